//! The police desk: the queue, reports, theft reports, disclosures.
//!
//! Owns the routes of officers and what their pages share: the role check, check pages, and pages for what could not be done.
//! What may be done is `casework`'s business; these pages ask it and show what it says.

mod align;
mod blind_reviews;
mod conditions;
mod confirm;
mod decide;
mod decision;
mod disclose;
mod disclosures;
mod ending;
mod evidence;
mod holds;
mod identifiers;
mod item_changes;
mod leads;
mod need_more;
pub(in crate::http) mod pack;
mod pictures;
mod proofs;
mod queue;
mod relistings;
mod report;
mod revisions;
mod rivals;
mod saved_searches;
mod search;
mod series;
mod sides;
mod thefts;
mod waterfall;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use super::session::{Fields, SignedIn};
use super::shell::{NavLink, Page, SummaryRow, render};
use super::words::sentence;
use crate::app::App;
use crate::casework::{CaseworkError, POLICE};
use crate::domain::account::Principal;
use crate::domain::audit::{Purpose, PurposeError};
use crate::domain::disclosure::{DisclosureRequest, DisclosureState};
use crate::domain::ids::ReportId;
use crate::http::error::Problem;

pub(in crate::http::web) use conditions::{Case, Condition, of_approval};
pub(in crate::http::web) use disclosures::{fields_in_words, request_id};
pub(in crate::http::web) use item_changes::summary as entered_in_words;

/// The navigation's link of the queue and all that hangs on it.
const QUEUE: &str = "/queue";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(queue::routes())
        .merge(report::routes())
        .merge(blind_reviews::routes())
        .merge(decide::routes())
        .merge(ending::routes())
        .merge(leads::routes())
        .merge(need_more::routes())
        .merge(proofs::routes())
        .merge(pack::routes())
        .merge(disclose::routes())
        .merge(disclosures::routes())
        .merge(holds::routes())
        .merge(search::routes())
        .merge(saved_searches::routes())
        .merge(series::routes())
        .merge(thefts::routes())
}

/// What a form would do, shown before it is done. The same form comes back with `step`: `send` or `change`.
#[derive(Template)]
#[template(path = "officer/check.html")]
pub(in crate::http::web) struct CheckPage {
    pub(in crate::http::web) page: Page,
    pub(in crate::http::web) back: NavLink,
    /// What it is about, above the heading.
    pub(in crate::http::web) caption: String,
    pub(in crate::http::web) rows: Vec<SummaryRow>,
    /// What follows from it, in sentences.
    pub(in crate::http::web) follows: Vec<String>,
    /// Where the form goes.
    pub(in crate::http::web) action: String,
    /// What was typed, to be sent again: names and values.
    pub(in crate::http::web) typed: Vec<(String, String)>,
    /// What the button says.
    pub(in crate::http::web) button: String,
    /// `""` or `"warning"`.
    pub(in crate::http::web) look: &'static str,
}

/// Personal data that was opened for a stated purpose: shown once, with a reminder that the look was recorded.
#[derive(Template)]
#[template(path = "officer/shown_once.html")]
struct ShownOnce {
    page: Page,
    back: NavLink,
    caption: String,
    rows: Vec<SummaryRow>,
    opened: String,
}

/// Something could not be done, and why; with a way back.
#[derive(Template)]
#[template(path = "officer/stopped.html")]
struct StoppedPage {
    page: Page,
    lead: &'static str,
    reasons: Vec<String>,
    back: NavLink,
}

/// Where a person is with a form that is checked before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http::web) enum Step {
    /// Filled in: show the check page.
    Check,
    /// Back to the form with what was typed.
    Change,
    /// Do it.
    Send,
}

impl Step {
    /// Reads the button that was pressed.
    pub(in crate::http::web) fn of(fields: &Fields) -> Self {
        match fields.get("step") {
            "send" => Self::Send,
            "change" => Self::Change,
            _ => Self::Check,
        }
    }
}

/// The caller, when they are police. Else the refusal is logged.
async fn police(app: &App, who: &SignedIn) -> Result<Principal, Refusal> {
    who.with_role(app, &POLICE).await?;
    Ok(who.principal())
}

/// A page that says why something was not done: nothing was changed by it. Failures that are nobody's doing become their
/// usual page.
pub(in crate::http::web) fn stopped(who: &SignedIn, current: &str, error: CaseworkError, back: NavLink) -> Response {
    let (status, title, lead, reasons) = match error {
        CaseworkError::Gate(refusals) => (
            StatusCode::FORBIDDEN,
            "The letter of intent does not allow this",
            "Nothing was done. That this was asked and refused stands in the log. What stands against it:",
            refusals.iter().map(ToString::to_string).collect(),
        ),
        error @ (CaseworkError::Conflict(_)
        | CaseworkError::Report(_)
        | CaseworkError::Item(_)
        | CaseworkError::Verification(_)) => (
            StatusCode::CONFLICT,
            "This has changed meanwhile",
            "Nothing was done:",
            vec![error.to_string()],
        ),
        error => return Refusal::from(error).into_response(),
    };
    let page = StoppedPage {
        page: who.page(title, current),
        lead,
        reasons: reasons.iter().map(|reason: &String| sentence(reason)).collect(),
        back,
    };
    render(status, &page)
}

/// The id in an address.
fn report_id(text: &str) -> Result<ReportId, Refusal> {
    text.parse().map_err(|_| Problem::missing("report").into())
}

/// The purpose that was typed in the fields `case` and `reason`; else the field at fault and a sentence.
fn purpose(fields: &Fields) -> Result<Purpose, (&'static str, String)> {
    Purpose::parse(fields.get("case"), fields.get("reason")).map_err(|error| match error {
        PurposeError::Case | PurposeError::Both => ("case", sentence(&PurposeError::Case.to_string())),
        PurposeError::Reason => ("reason", sentence(&error.to_string())),
    })
}

/// A link back to a report.
fn back_to_report(id: ReportId) -> NavLink {
    NavLink::new(format!("/reports/{id}"), "Back to the report")
}

/// How far a disclosure request is, as a tag: its words and its colour.
pub(in crate::http::web) fn request_tag(request: &DisclosureRequest) -> (&'static str, &'static str) {
    match &request.state {
        _ if request.is_recalled() => ("Taken back", "grey"),
        DisclosureState::Requested => ("Waits for approval", "yellow"),
        DisclosureState::Refused => ("Refused by a supervisor", "red"),
        DisclosureState::Asked { .. } => ("With the partner", ""),
        DisclosureState::Answered { .. } => ("Answered", "green"),
        DisclosureState::Declined { .. } => ("Declined by the partner", "red"),
    }
}

/// A report's state as a tag's colour.
fn state_colour(word: &str) -> &'static str {
    match word {
        "open" => "yellow",
        "confirmed" => "green",
        "in review" => "",
        _ => "grey",
    }
}
