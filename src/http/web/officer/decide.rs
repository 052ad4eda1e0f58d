//! Steps in a report's life: take, hand back, decide, reopen, close. Decisions are shown on a check page first.
//!
//! The same form twice is harmless: when the report stands already where the form would bring it, by the same person, the
//! second one is told what the first one was told.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use super::confirm::{ConfirmPage, THEN_ASK};
use super::report::{Typed, page};
use super::{CheckPage, QUEUE, Step, back_to_report, police, report_id, stopped};
use crate::app::App;
use crate::casework::{CaseworkError, Grounds, REASON_CHARACTERS};
use crate::domain::account::Principal;
use crate::domain::ids::ReportId;
use crate::domain::report::{Decision, Outcome, Report, ReportState};
use crate::domain::review_reason::ReviewReason;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, NavLink, Page, SummaryRow, render};
use crate::http::web::words::sentence;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/reports/{id}/take", post(take))
        .route("/reports/{id}/release", post(release))
        .route("/reports/{id}/decision", post(decide))
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

async fn take(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    match app.casework.take_report(&caller, id).await {
        Ok(_) => Ok(see_other(&format!("/reports/{id}?done=taken"))),
        Err(error) => Ok(stopped(&form.who, QUEUE, error, NavLink::new(QUEUE, "Back to the queue"))),
    }
}

async fn release(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let done = app.casework.release_report(&caller, id).await;
    let stands = |report: &Report| report.state == ReportState::Open;
    settled(&app, &form.who, (id, done), stands, "/queue?done=released").await
}

async fn decide(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let mut typed = Typed {
        decision: form.fields.get("decision").to_owned(),
        facts: form.fields.get("facts").to_owned(),
        reason: form.fields.get("reason").to_owned(),
        reasons: REASONS
            .iter()
            .flat_map(|name| form.fields.all(name))
            .map(str::to_owned)
            .collect(),
        ..Typed::default()
    };
    let decision = match typed.decision.as_str() {
        "confirmed" => Some(Decision::Confirmed),
        "dismissed" => Some(Decision::Dismissed),
        _ => None,
    };
    if decision.is_none() {
        typed
            .faults
            .push(fault("decision", "say whether the listing is the stolen item"));
    }
    let reasons = decision.map(|decision| chosen_reasons(&form, decision)).unwrap_or_default();
    if let Some(decision) = decision.filter(|_| reasons.is_empty()) {
        typed.faults.push(fault(reasons_field(decision), "choose what it rests on"));
    }
    if typed.reason.chars().count() < *REASON_CHARACTERS.start() {
        typed.faults.push(fault("reason", "say why"));
    }
    // Whoever confirms can go on to ask for the seller's identity at once.
    let asks = form.fields.get("step") == THEN_ASK;
    let step = if asks { Step::Send } else { Step::of(&form.fields) };
    let (Some(decision), true) = (decision, typed.faults.is_empty()) else {
        return page(&app, &form.who, id, None, typed).await;
    };
    match step {
        Step::Change => page(&app, &form.who, id, None, typed).await,
        Step::Check => {
            let check = check_decision(&app, &form, id, decision).await?;
            Ok(match decision {
                Decision::Confirmed => render(StatusCode::OK, &ConfirmPage::of(check)),
                Decision::Dismissed => render(StatusCode::OK, &check),
            })
        }
        Step::Send => match review(&app, &caller, id, (decision, reasons, &typed)).await {
            Err(CaseworkError::Invalid { field, reason }) => {
                typed.faults.push(fault(field, &reason));
                page(&app, &form.who, id, None, typed).await
            }
            done => {
                let by = form.who.account.id;
                let stands = |report: &Report| matches!(&report.state, ReportState::Decided(review) if review.by == by && review.decision == decision);
                let address = match asks {
                    true => format!("/reports/{id}/disclosure"),
                    false => format!("/reports/{id}?done={}", typed.decision),
                };
                settled(&app, &form.who, (id, done), stands, &address).await
            }
        },
    }
}

async fn review(
    app: &App,
    caller: &Principal,
    id: ReportId,
    (decision, reasons, typed): (Decision, Vec<ReviewReason>, &Typed),
) -> Result<Report, CaseworkError> {
    let grounds = Grounds {
        reasons,
        facts: Some(typed.facts.clone()),
        words: typed.reason.clone(),
    };
    app.casework.review_report(caller, id, decision, grounds).await
}

/// The fields of the reasons from the fixed set, one a decision: without a script both stand in the form.
const REASONS: [&str; 2] = ["confirmed_reasons", "dismissed_reasons"];

pub(super) fn reasons_field(decision: Decision) -> &'static str {
    match decision {
        Decision::Confirmed => REASONS[0],
        Decision::Dismissed => REASONS[1],
    }
}

/// The reasons that are ticked for a decision; those for the other one are left aside.
fn chosen_reasons(form: &PersonalForm, decision: Decision) -> Vec<ReviewReason> {
    let ticked = form.fields.all(reasons_field(decision));
    ticked.filter_map(|word| ReviewReason::parse(decision, word)).collect()
}

async fn check_decision(app: &App, form: &PersonalForm, id: ReportId, decision: Decision) -> Result<CheckPage, Refusal> {
    let (words, follows, button, look) = match decision {
        Decision::Confirmed => (
            "Confirm: it is the same item",
            "You can then ask the partner for the seller’s identity, if the letter of intent allows it and a supervisor approves.",
            "Confirm the report",
            "",
        ),
        Decision::Dismissed => (
            "Dismiss: it is not, or not sure enough",
            "The report leaves the queue. It can be reopened with a reason.",
            "Dismiss the report",
            "warning",
        ),
    };
    let rests: Vec<&str> = chosen_reasons(form, decision).into_iter().map(ReviewReason::words).collect();
    Ok(CheckPage {
        page: form.who.page("Check your decision", QUEUE),
        back: back_to_report(id),
        caption: caption(app, id).await?,
        rows: SummaryRow::filled(&[
            ("Decision", words),
            ("It rests on", &rests.join("; ")),
            ("What you saw", form.fields.get("facts")),
            ("What you conclude", form.fields.get("reason")),
        ]),
        follows: vec![follows.to_owned()],
        action: format!("/reports/{id}/decision"),
        typed: typed(form, &["decision", reasons_field(decision), "facts", "reason"]),
        button: button.to_owned(),
        look,
    })
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
                follows: vec![outcome_words(outcome).1.to_owned()],
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

/// What an outcome is called and what follows from it.
fn outcome_words(outcome: Outcome) -> (&'static str, &'static str) {
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
        Outcome::NotTheItem => (
            "It turned out to be another object",
            "The item stays stolen; other listings are still compared with it.",
        ),
    }
}

/// Goes on after a step that was taken, now or by the same form before; else says why not.
async fn settled(
    app: &App,
    who: &SignedIn,
    (id, done): (ReportId, Result<Report, CaseworkError>),
    stands: impl Fn(&Report) -> bool,
    address: &str,
) -> Result<Response, Refusal> {
    match done {
        Ok(_) => Ok(see_other(address)),
        Err(error @ CaseworkError::Report(_)) => {
            let report = app.store.read(move |reader| reader.report(id)).await?;
            if report.is_some_and(|report| stands(&report)) {
                return Ok(see_other(address));
            }
            Ok(stopped(who, QUEUE, error, back_to_report(id)))
        }
        Err(error) => Ok(stopped(who, QUEUE, error, back_to_report(id))),
    }
}

/// What stands above a heading: the report's number.
pub(super) async fn caption(app: &App, id: ReportId) -> Result<String, Refusal> {
    let report = app.store.read(move |reader| reader.report(id)).await?;
    match report {
        Some(report) => Ok(format!("SR-{}", report.number)),
        None => Err(crate::http::error::Problem::missing("report").into()),
    }
}

fn fault(field: &str, text: &str) -> (String, String) {
    (field.to_owned(), sentence(text))
}

/// What was typed into these fields, to be sent again.
pub(super) fn typed(form: &PersonalForm, names: &[&str]) -> Vec<(String, String)> {
    let mut typed = Vec::new();
    for name in names {
        typed.extend(form.fields.all(name).map(|value| ((*name).to_owned(), value.to_owned())));
    }
    typed
}
