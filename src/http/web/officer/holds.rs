//! Holding a thing on a report: what the letter's policy says, asking for it, extending and lifting it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::decide::caption;
use super::{QUEUE, back_to_report, police, purpose, report_id};
use crate::app::App;
use crate::casework::{CaseworkError, HoldGround};
use crate::domain::hold::{Hold, HoldState};
use crate::domain::ids::{HoldId, ReportId};
use crate::http::error::Problem;
use crate::http::web::letters::hold_policy;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{NavLink, Page, SummaryRow, render};
use crate::http::web::words;

const TITLE: &str = "Hold the goods";
const NOTICES: [(&str, &str); 3] = [
    ("asked", "The partner is asked to keep it."),
    ("extended", "The hold is extended, and the partner is told."),
    ("lifted", "The hold is lifted, and the partner is told."),
];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/reports/{id}/hold", get(show).post(change))
}

struct HoldCard {
    id: String,
    state: &'static str,
    colour: &'static str,
    rows: Vec<SummaryRow>,
    in_force: bool,
    can_extend: bool,
}

#[derive(Template)]
#[template(path = "officer/hold.html")]
struct HoldPage {
    page: Page,
    back: NavLink,
    caption: String,
    action: String,
    policy: Vec<SummaryRow>,
    holds: Vec<HoldCard>,
    /// Whether one can be asked for; whether the report's state allows it at all.
    can_ask: bool,
    askable: bool,
    case: String,
    reason: String,
}

async fn show(State(app): State<App>, Path(id): Path<String>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    let page = with_notice(who.page(TITLE, QUEUE), &uri, &NOTICES);
    let shown = hold_page(&app, &who, report_id(&id)?, page, None).await?;
    Ok(render(StatusCode::OK, &shown))
}

async fn change(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let hold = || {
        form.fields
            .get("hold")
            .parse::<HoldId>()
            .map_err(|_| Problem::missing("hold"))
    };
    let why = form.fields.get("reason");
    let (done, changed) = match form.fields.get("go") {
        "extend" => ("extended", app.casework.extend_hold(&caller, hold()?, why).await.map(drop)),
        "lift" => ("lifted", app.casework.lift_hold(&caller, hold()?, why).await.map(drop)),
        _ => {
            let stated = match purpose(&form.fields) {
                Ok(stated) => stated,
                Err((field, text)) => {
                    let page = form.who.page(TITLE, QUEUE).with_error(field, text);
                    let shown = hold_page(&app, &form.who, id, page, Some(&form.fields)).await?;
                    return Ok(render(FORM_AGAIN, &shown));
                }
            };
            ("asked", app.casework.ask_hold(&caller, id, Ok(stated)).await.map(drop))
        }
    };
    match changed {
        Ok(()) => Ok(see_other(&format!("/reports/{id}/hold?done={done}"))),
        Err(CaseworkError::Invalid { field, reason }) => {
            let page = form.who.page(TITLE, QUEUE).with_error(field, words::sentence(&reason));
            let shown = hold_page(&app, &form.who, id, page, Some(&form.fields)).await?;
            Ok(render(FORM_AGAIN, &shown))
        }
        Err(error) => Err(error.into()),
    }
}

async fn hold_page(app: &App, who: &SignedIn, id: ReportId, page: Page, typed: Option<&Fields>) -> Result<HoldPage, Refusal> {
    let HoldGround {
        policy,
        crime_reference,
        holds,
        askable,
    } = app.casework.hold_ground(&who.principal(), id).await?;
    let text = |name: &str| typed.map(|typed| typed.get(name).to_owned());
    Ok(HoldPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/hold"),
        can_ask: askable && policy.is_some() && !holds.iter().any(Hold::is_in_force),
        askable,
        policy: policy.as_ref().map(hold_policy).unwrap_or_default(),
        holds: holds.iter().map(|hold| card(hold, policy.is_some())).collect(),
        case: text("case").unwrap_or_else(|| crime_reference.unwrap_or_default()),
        reason: text("reason").unwrap_or_default(),
    })
}

/// `lettered` says whether a letter is in force under which it could be extended.
fn card(hold: &Hold, lettered: bool) -> HoldCard {
    let (state, colour) = match hold.state {
        HoldState::Asked if hold.reminded_at.is_some() => ("not answered in time", "orange"),
        HoldState::Asked => ("not answered yet", "yellow"),
        HoldState::Held if hold.told_at.is_some() => ("run out, waits for you", "orange"),
        HoldState::Held => ("held", "green"),
        HoldState::Refused => ("not held", "red"),
        HoldState::Lifted => ("lifted", "grey"),
        HoldState::Expired => ("run out", "grey"),
    };
    let maybe = |at: Option<crate::domain::time::Timestamp>| at.map(words::instant).unwrap_or_default();
    HoldCard {
        id: hold.id.to_string(),
        state,
        colour,
        rows: SummaryRow::filled(&[
            ("Asked", words::instant(hold.asked_at)),
            ("Why", hold.reason.clone()),
            ("To be answered by", words::instant(hold.notice_due)),
            ("Partner reminded", maybe(hold.reminded_at)),
            ("Answered", maybe(hold.answered_at)),
            ("The partner’s note", hold.note.clone().unwrap_or_default()),
            ("Until", words::instant(hold.ends_at)),
            (
                "Extended",
                format!("{} of {} times", hold.extensions, hold.policy.extensions_max),
            ),
            ("Over since", maybe(hold.ended_at)),
        ]),
        in_force: hold.is_in_force(),
        can_extend: hold.can_extend() && lettered,
    }
}
