//! Leads: that a partner was asked to sell what is stolen, and what an officer did about it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use super::{identifiers, police};
use crate::app::App;
use crate::casework::{CaseworkError, LeadView};
use crate::domain::ids::LeadId;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Page, render};
use crate::http::web::words;

const LEADS: &str = "/leads";
const NOTICES: [(&str, &str); 1] = [(
    "followed",
    "Your note is kept. If the partner asks about the item again, the lead is open again.",
)];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/leads", get(list))
        .route("/leads/{id}", post(follow).get(back))
}

#[derive(Template)]
#[template(path = "officer/leads.html")]
struct LeadsPage {
    page: Page,
    leads: Vec<Row>,
}

struct Row {
    id: String,
    /// The name of its form's field.
    field: String,
    item: String,
    theft: String,
    case: String,
    verified: bool,
    partner: String,
    /// What the partner said of it.
    asked: Vec<String>,
    times: String,
    probability: String,
    /// Why, strongest first.
    says: Vec<String>,
    /// What was done about it, by whom and when.
    followed: Option<String>,
    /// What was typed as a note.
    note: String,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let page = with_notice(who.page("Leads", LEADS), &uri, &NOTICES);
    let leads = app.casework.leads(&police(&app, &who).await?).await?;
    let leads = leads.iter().map(row).collect();
    Ok(render(StatusCode::OK, &LeadsPage { page, leads }))
}

/// A form that was sent leads back to the list when it is asked for as a page.
async fn back(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    Ok(see_other(LEADS))
}

async fn follow(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id: LeadId = id.parse().map_err(|_| Problem::missing("lead"))?;
    let field = field(id);
    let note = form.fields.get(&field);
    match app.casework.follow_lead(&caller, id, note).await {
        Ok(()) => Ok(see_other("/leads?done=followed")),
        Err(CaseworkError::Invalid { reason, .. }) => {
            let page = form.who.page("Leads", LEADS).with_error(&field, words::sentence(&reason));
            let leads = app.casework.leads(&caller).await?;
            let mut leads: Vec<Row> = leads.iter().map(row).collect();
            for lead in leads.iter_mut().filter(|lead| lead.id == id.to_string()) {
                note.clone_into(&mut lead.note);
            }
            Ok(render(FORM_AGAIN, &LeadsPage { page, leads }))
        }
        Err(error) => Err(error.into()),
    }
}

fn field(id: LeadId) -> String {
    format!("note-{id}")
}

fn row(view: &LeadView) -> Row {
    let lead = &view.lead;
    let mut asked: Vec<String> = (lead.asked.identifiers.iter())
        .map(|given| format!("{} {}", identifiers::word(given.kind), given.value))
        .collect();
    asked.extend((!lead.asked.title.is_empty()).then(|| lead.asked.title.clone()));
    asked.extend(lead.asked.photo.then(|| "a photo".to_owned()));
    asked.extend(
        lead.asked
            .reference
            .as_ref()
            .map(|reference| format!("their number {reference}")),
    );
    let last = words::instant(lead.last_at);
    let times = match lead.times {
        1 => last,
        2 => format!("{last}, and once before"),
        times => format!("{last}, and {} times since {}", times - 1, words::instant(lead.first_at)),
    };
    let followed = lead.followed.as_ref().map(|followed| {
        let by = view.followed_by.as_deref().unwrap_or("somebody whose account is gone");
        format!("{}, {}: {}", by, words::instant(followed.at), followed.note)
    });
    Row {
        id: lead.id.to_string(),
        field: field(lead.id),
        item: view.item_title.clone(),
        theft: lead.suspected.theft_report.to_string(),
        case: view.crime_reference.clone().unwrap_or_default(),
        verified: view.verified,
        partner: view.partner_name.clone(),
        asked,
        times,
        probability: words::probability(lead.suspected.probability),
        says: lead
            .suspected
            .evidence
            .iter()
            .map(|evidence| words::sentence(&evidence.says))
            .collect(),
        followed,
        note: String::new(),
    }
}
