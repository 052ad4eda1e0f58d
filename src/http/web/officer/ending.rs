//! How a report ends, and how it is thought over again: closing with an outcome and reopening with a reason, each looked at once
//! more before it is done.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::decide::{caption, settled, typed};
use super::{CheckPage, QUEUE, Step, back_to_report, police, report_id};
use crate::app::App;
use crate::casework::{CaseworkError, REASON_CHARACTERS};
use crate::domain::ids::ReportId;
use crate::domain::report::{Outcome, Report, ReportState};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn};
use crate::http::web::shell::{Choice, NavLink, Page, SummaryRow, render};
use crate::http::web::words::sentence;
use crate::store::StoreError;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/reports/{id}/reopen", get(reopen_form).post(reopen))
        .route("/reports/{id}/close", get(close_form).post(close))
}

#[derive(Template)]
#[template(path = "officer/step.html")]
pub(super) struct StepPage {
    pub(super) page: Page,
    pub(super) back: NavLink,
    pub(super) caption: String,
    pub(super) action: String,
    /// The outcomes; none when it is only about a reason.
    pub(super) outcomes: Vec<Choice>,
    /// Name, label and hint of the text.
    pub(super) text: (&'static str, &'static str, &'static str),
    pub(super) value: String,
}

async fn reopen_form(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    let page = reopen_page(&app, who.page(REOPEN, QUEUE), report_id(&id)?, "").await?;
    Ok(render(StatusCode::OK, &page))
}

async fn reopen(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let reason = form.fields.get("reason");
    let again = async |text: Option<&str>| -> Result<Response, Refusal> {
        let mut page = form.who.page(REOPEN, QUEUE);
        if let Some(text) = text {
            page = page.with_error("reason", sentence(text));
        }
        let status = if text.is_some() { FORM_AGAIN } else { StatusCode::OK };
        Ok(render(status, &reopen_page(&app, page, id, reason).await?))
    };
    match Step::of(&form.fields) {
        _ if reason.chars().count() < *REASON_CHARACTERS.start() => again(Some("say why you think again")).await,
        Step::Change => again(None).await,
        Step::Check => {
            let page = CheckPage {
                page: form.who.page("Check before you reopen", QUEUE),
                back: back_to_report(id),
                caption: caption(&app, id).await?,
                rows: SummaryRow::filled(&[("Why", reason)]),
                follows: vec![
                    "The report comes into your review, and its decision no longer holds.".to_owned(),
                    "While it is not confirmed, an identity that the partner gave cannot be opened.".to_owned(),
                ],
                action: format!("/reports/{id}/reopen"),
                typed: typed(&form, &["reason"]),
                button: "Reopen the report".to_owned(),
                look: "warning",
            };
            Ok(render(StatusCode::OK, &page))
        }
        Step::Send => match app.casework.reopen_report(&caller, id, reason).await {
            Err(CaseworkError::Invalid { reason, .. }) => again(Some(&reason)).await,
            done => {
                let by = form.who.account.id;
                let stands =
                    |report: &Report| matches!(&report.state, ReportState::InReview { by: officer, .. } if *officer == by);
                settled(&app, &form.who, (id, done), stands, &format!("/reports/{id}?done=reopened")).await
            }
        },
    }
}

async fn close_form(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    let page = close_page(&app, who.page(CLOSE, QUEUE), report_id(&id)?, "", "").await?;
    Ok(render(StatusCode::OK, &page))
}

async fn close(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let (chosen, note) = (form.fields.get("outcome"), form.fields.get("note"));
    let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.word() == chosen);
    let again = async |wrong: Option<(&str, &str)>| -> Result<Response, Refusal> {
        let mut page = form.who.page(CLOSE, QUEUE);
        if let Some((field, text)) = wrong {
            page = page.with_error(field, sentence(text));
        }
        let status = if wrong.is_some() { FORM_AGAIN } else { StatusCode::OK };
        Ok(render(status, &close_page(&app, page, id, chosen, note).await?))
    };
    let Some(outcome) = outcome else {
        return again(Some(("outcome", "say how it ended"))).await;
    };
    match Step::of(&form.fields) {
        Step::Change => again(None).await,
        Step::Check => {
            let page = CheckPage {
                page: form.who.page("Check the outcome", QUEUE),
                back: back_to_report(id),
                caption: caption(&app, id).await?,
                rows: SummaryRow::filled(&[("Outcome", outcome_words(outcome).0), ("Note", note)]),
                follows: std::iter::once(outcome_words(outcome).1.to_owned())
                    .chain(identity_after(&app, id).await?)
                    .collect(),
                action: format!("/reports/{id}/close"),
                typed: typed(&form, &["outcome", "note"]),
                button: "Record and close".to_owned(),
                look: "",
            };
            Ok(render(StatusCode::OK, &page))
        }
        Step::Send => match app.casework.close_report(&caller, id, outcome, Some(note)).await {
            Err(CaseworkError::Invalid { field, reason }) => again(Some((field, &reason))).await,
            done => {
                let stands =
                    |report: &Report| matches!(&report.state, ReportState::Closed { outcome: known, .. } if *known == outcome);
                settled(&app, &form.who, (id, done), stands, &format!("/reports/{id}?done=closed")).await
            }
        },
    }
}

const REOPEN: &str = "Reopen the report";
const CLOSE: &str = "How did it end?";

async fn reopen_page(app: &App, page: Page, id: ReportId, value: &str) -> Result<StepPage, Refusal> {
    Ok(StepPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/reopen"),
        outcomes: Vec::new(),
        text: ("reason", "Why do you think again", "It stays in the report’s history."),
        value: value.to_owned(),
    })
}

async fn close_page(app: &App, page: Page, id: ReportId, chosen: &str, note: &str) -> Result<StepPage, Refusal> {
    let report = app.store.read(move |reader| reader.report(id)).await?;
    let outcomes = match report.map(|report| report.state) {
        Some(ReportState::Decided(review)) => review.decision.outcomes(),
        // Sending the form says why a report in another state cannot be closed.
        _ => &Outcome::ALL,
    };
    let choice = |outcome: &Outcome| {
        let (label, hint) = outcome_words(*outcome);
        Choice::new(outcome.word(), label)
            .with_hint(hint)
            .chosen(outcome.word() == chosen)
    };
    Ok(StepPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/close"),
        outcomes: outcomes.iter().map(choice).collect(),
        text: ("note", "Note (optional)", "Say nothing here that names the seller."),
        value: note.to_owned(),
    })
}

/// What closing means for the seller's identity, on a report on which it could still be asked for or opened.
async fn identity_after(app: &App, id: ReportId) -> Result<Option<String>, Refusal> {
    let read = app.store.read(move |reader| {
        let requests = reader.disclosure_requests_of_report(id)?;
        Ok::<_, StoreError>((reader.report(id)?, requests))
    });
    let (report, requests) = read.await?;
    let confirmed = report.is_some_and(|report| report.state.word() == "confirmed");
    let said = "On a closed report the seller’s identity can neither be asked for nor opened";
    Ok(match requests.iter().find(|request| !request.is_recalled()) {
        _ if !confirmed => None,
        Some(request) if request.is_under_way() => Some(format!("{said}. A request is on its way: wait for its answer first.")),
        Some(_) => Some(format!("{said}: open it first, if the case still needs it.")),
        None => Some(format!("{said}: ask for it first, if the case still needs it.")),
    })
}

/// What an outcome is called and what follows from it.
pub(super) fn outcome_words(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Recovered => (
            "The item was secured",
            "The item becomes recovered and is no longer searched for.",
        ),
        Outcome::ReturnedToOwner => (
            "The owner has it back",
            "The item becomes recovered and is no longer searched for.",
        ),
        Outcome::NotRecovered => (
            "It could not be secured",
            "The item stays stolen; other listings are still compared with it.",
        ),
        Outcome::LawfullyHeld => (
            "It is the item, and its holder has it lawfully",
            "What was asked of the partner is taken back, what is held is let go, and nothing counts against the seller. The item \
             stays stolen until its owner takes that back: tell them.",
        ),
        Outcome::NotTheItem => (
            "It turned out to be another object",
            "The item stays stolen; other listings are still compared with it.",
        ),
    }
}
