//! Steps in a report's life: take, hand back, decide. Decisions are shown on a check page first. How a report ends, and is
//! thought over again, is `ending`'s.
//!
//! The same form twice is harmless: when the report stands already where the form would bring it, by the same person, the
//! second one is told what the first one was told.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;

use super::confirm::{ASK_REASON, ConfirmPage, THEN_ASK};
use super::report::{Typed, page};
use super::{CheckPage, QUEUE, Step, back_to_report, disclose, entered_in_words, police, report_id, stopped};
use crate::app::App;
use crate::casework::{CaseworkError, Grounds, REASON_CHARACTERS};
use crate::domain::account::Principal;
use crate::domain::ids::ReportId;
use crate::domain::late_entry::Entered;
use crate::domain::report::{Decision, Report, ReportState};
use crate::domain::review_reason::ReviewReason;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{NavLink, SummaryRow, render};
use crate::http::web::words::sentence;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/reports/{id}/take", post(take))
        .route("/reports/{id}/release", post(release))
        .route("/reports/{id}/decision", post(decide))
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
    // The queue offers to take it back: one press undoes it.
    let address = format!("/queue?done=released&report={id}");
    settled(&app, &form.who, (id, done), stands, &address).await
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
                let went_on = settled(&app, &form.who, (id, done), stands, &address).await?;
                let why = form.fields.get(ASK_REASON);
                if asks && !why.is_empty() && went_on.status() == StatusCode::SEE_OTHER {
                    return disclose::straight_on(&app, &form.who, id, why).await;
                }
                Ok(went_on)
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
            ("Item entered", entered_in_words(entered(app, id).await?)),
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

/// Goes on after a step that was taken, now or by the same form before; else says why not.
pub(super) async fn settled(
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

/// How what was entered of a report's item stands to its listing.
pub(super) async fn entered(app: &App, id: ReportId) -> Result<Entered, Refusal> {
    let read = app.store.read(move |reader| match reader.report(id)? {
        Some(report) => reader.entered(&report),
        None => Ok(Entered::Before),
    });
    Ok(read.await?)
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
