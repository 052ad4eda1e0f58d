//! Holds: what police ask the partner to keep, until when; and whether it has it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use super::own_partner;
use crate::app::App;
use crate::casework::{CaseworkError, PartnerHold};
use crate::domain::hold::{HoldExpiry, HoldState};
use crate::domain::ids::HoldId;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Page, render};
use crate::http::web::words;

const NOTICES: [(&str, &str); 2] = [
    ("held", "The police know that you keep it."),
    ("refused", "The police see why you do not keep it."),
];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/holds", get(list)).route("/holds/{id}", post(answer))
}

struct HoldRow {
    id: String,
    listing: String,
    case: String,
    asked: String,
    answer_by: String,
    until: String,
    then: &'static str,
    state: &'static str,
    colour: &'static str,
    /// Whether an answer is awaited.
    open: bool,
    /// The field of the reason, one a hold.
    field: String,
    typed: String,
}

#[derive(Template)]
#[template(path = "partner/holds.html")]
struct HoldsPage {
    page: Page,
    holds: Vec<HoldRow>,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    own_partner(&app, &who).await?;
    let page = with_notice(who.page("Holds", "/holds"), &uri, &NOTICES);
    Ok(render(StatusCode::OK, &holds_page(&app, &who, page, None).await?))
}

async fn holds_page(app: &App, who: &SignedIn, page: Page, typed: Option<(&str, &str)>) -> Result<HoldsPage, Refusal> {
    let holds = app.casework.partner_holds(&who.principal()).await?;
    Ok(HoldsPage {
        page,
        holds: holds.iter().map(|hold| row(hold, typed)).collect(),
    })
}

async fn answer(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    own_partner(&app, &form.who).await?;
    let hold: HoldId = id.parse().map_err(|_| Problem::missing("hold"))?;
    let held = form.fields.get("go") == "held";
    let field = format!("note-{hold}");
    let note = form.fields.get(&field);
    match app.casework.answer_hold(&form.who.principal(), hold, held, note).await {
        Ok(_) => Ok(see_other(&format!("/holds?done={}", if held { "held" } else { "refused" }))),
        Err(CaseworkError::Invalid { reason, .. }) => {
            let page = form.who.page("Holds", "/holds").with_error(&field, words::sentence(&reason));
            let shown = holds_page(&app, &form.who, page, Some((&field, note))).await?;
            Ok(render(FORM_AGAIN, &shown))
        }
        Err(error) => Err(error.into()),
    }
}

fn row(held: &PartnerHold, typed: Option<(&str, &str)>) -> HoldRow {
    let hold = &held.hold;
    let (state, colour) = match hold.state {
        HoldState::Asked if hold.reminded_at.is_some() => ("answer overdue", "red"),
        HoldState::Asked => ("to be answered", "yellow"),
        HoldState::Held => ("held", "blue"),
        HoldState::Refused => ("not held", "grey"),
        HoldState::Lifted => ("lifted", "grey"),
        HoldState::Expired => ("run out", "grey"),
    };
    let field = format!("note-{}", hold.id);
    HoldRow {
        id: hold.id.to_string(),
        listing: match held.title.is_empty() {
            true => held.reference.clone(),
            false => format!("{}: {}", held.reference, held.title),
        },
        case: hold.case.clone(),
        asked: words::instant(hold.asked_at),
        answer_by: words::instant(hold.notice_due),
        until: words::instant(hold.ends_at),
        then: match hold.policy.expiry {
            HoldExpiry::Release => "then it may be sold",
            HoldExpiry::Keep => "then it is kept until the police have decided",
        },
        state,
        colour,
        open: hold.state == HoldState::Asked,
        typed: typed
            .filter(|(name, _)| *name == field)
            .map_or_else(String::new, |(_, text)| text.to_owned()),
        field,
    }
}
