//! The page of one report: is this the same item, how sure is that, and what speaks against it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::decision::{decided, decisions, grounds, reasons};
use super::disclosures::{RequestLine, request_lines};
use super::evidence::EvidenceView;
use super::identifiers::IdentifierRow;
use super::pictures::{Chosen, Facts, Pictures};
use super::proofs::{self, ProofLine};
use super::relistings::{self, RelistingRow};
use super::revisions::{self, RevisionRow};
use super::rivals::Contests;
use super::sides::{Event, Related, SideRow, described, events, provenance, related};
use super::{QUEUE, identifiers, need_more, police, report_id, state_colour};
use crate::app::App;
use crate::casework::views::{HistoryLine, ReportView};
use crate::domain::evidence_pack::Marking;
use crate::domain::ids::ReportId;
use crate::domain::item::ItemStatus;
use crate::domain::late_entry::Entered;
use crate::domain::listing::ListingStatus;
use crate::domain::report::{Decision, ReportState};
use crate::domain::report_question::ReportQuestion;
use crate::domain::time::Timestamp;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, SignedIn, with_notice};
use crate::http::web::shell::{Choice, Page, SummaryRow, render};
use crate::http::web::words;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/reports/{id}", get(show))
}

/// What somebody filled into the form of the decision.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    /// `confirmed`, `dismissed`, or nothing yet.
    pub(super) decision: String,
    pub(super) facts: String,
    pub(super) reason: String,
    /// The ticked reasons from the fixed set.
    pub(super) reasons: Vec<String>,
    /// A comment that could not be used.
    pub(super) comment: String,
    /// What is wrong with it: field and sentence.
    pub(super) faults: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "officer/report.html")]
struct ReportPage {
    page: Page,
    id: String,
    number: u64,
    state: StateLine,
    item_title: String,
    /// The item is neither stolen nor recovered any more.
    hidden: bool,
    /// The owner entered something late, after the listing was put up.
    late: bool,
    /// The owner registered it after the listing was put up, and soon after the theft.
    prompt: bool,
    theft: TheftLine,
    listing_title: String,
    partner: String,
    sale: SaleLine,
    evidence: EvidenceView,
    identifiers: Vec<IdentifierRow>,
    pictures: Pictures,
    sides: Vec<SideRow>,
    /// Whether anything of what both sides say was compared.
    compared: bool,
    events: Vec<Event>,
    provenance: Vec<SummaryRow>,
    address: Option<String>,
    revisions: Vec<RevisionRow>,
    revisions_skipped: usize,
    rivals: Contests,
    others: Vec<Related>,
    relistings: Vec<RelistingRow>,
    proofs: Vec<ProofLine>,
    history: Vec<HistoryRow>,
    requests: Vec<RequestLine>,
    /// What was seen, and what was concluded from it; none while nothing is decided.
    decided: Vec<SummaryRow>,
    can: Can,
    decisions: Vec<Choice>,
    confirmed_reasons: Vec<Choice>,
    dismissed_reasons: Vec<Choice>,
    facts: String,
    reason: String,
    questions: Vec<QuestionRow>,
    comment: String,
    /// As what packs of it go.
    pack: PackLine,
    /// Whether keys are shortcuts.
    shortcuts: bool,
}

/// As what evidence packs of the report go.
#[derive(Default)]
struct PackLine {
    /// Who vouches for it as evidence; none while it is intelligence.
    vouched: Option<String>,
    /// Whether the viewer can do so.
    promote: bool,
}

/// What was asked of the owner or the partner.
struct QuestionRow {
    asked: &'static str,
    text: String,
    at: String,
    answer: Option<(String, String)>,
}

/// The state in words.
struct StateLine {
    word: &'static str,
    colour: &'static str,
    /// Who and since when, or the decision's reason.
    more: String,
}

struct TheftLine {
    id: String,
    crime_reference: String,
}

struct SaleLine {
    /// When, how far from now, and when for programs.
    ends: Option<(String, String, String)>,
    on_sale: bool,
    status: &'static str,
}

struct HistoryRow {
    at: String,
    step: String,
    by: String,
    note: String,
    facts: String,
}

/// What the viewer can do with the report now.
struct Can {
    take: bool,
    /// Also hand back.
    decide: bool,
    reopen: bool,
    close: bool,
    ask: bool,
    /// Why the identity can neither be asked for nor opened, though the report was confirmed.
    not_asked: Option<&'static str>,
    /// A request is on its way: another can be made when it has ended.
    asked: bool,
    /// Taken by somebody else: nothing but to look.
    wait: bool,
    /// Give it to another officer.
    assign: bool,
}

/// Words of `?done=` and what they mean.
const NOTICES: &[(&str, &str)] = &[
    (
        "taken",
        "You have taken this report. Nobody else decides it while you have it.",
    ),
    (
        "confirmed",
        "You have confirmed the report. You can now ask for the seller’s identity.",
    ),
    ("dismissed", "You have dismissed the report."),
    ("reopened", "You have reopened the report. It is in your review."),
    ("closed", "The outcome is recorded and the report is closed."),
    ("asked", "Your request is with the supervisors."),
    ("question", "Your question is put. The answer appears here."),
    ("assigned", "The report is in the other officer’s review."),
    ("commented", "Your comment stands in the history."),
    (
        "proof_asked",
        "The partner is asked to have its seller show proof. The answer appears here.",
    ),
    ("proof_judged", "What you make of the proof stands in the history."),
    (
        "promoted",
        "You vouch for this report. Packs made from now on are marked as evidence.",
    ),
    (
        "under_way",
        "A request on this report is on its way already. Another can be made when it is answered, declined or refused.",
    ),
];

async fn show(State(app): State<App>, who: SignedIn, uri: Uri, Path(id): Path<String>) -> Result<Response, Refusal> {
    page(&app, &who, report_id(&id)?, Some(&uri), Typed::default()).await
}

/// The page of a report; again with what was typed when the decision's form comes back.
pub(super) async fn page(app: &App, who: &SignedIn, id: ReportId, uri: Option<&Uri>, typed: Typed) -> Result<Response, Refusal> {
    let caller = police(app, who).await?;
    let view = app.casework.open_report_with_photos(&caller, id).await?;
    let (view, facts) = app
        .store
        .read(move |reader| {
            let facts = Facts::read(reader, &view)?;
            Ok::<_, crate::store::StoreError>((view, facts))
        })
        .await?;
    let mut page = who.page("Is this the same item?", QUEUE);
    if let Some(uri) = uri {
        page = with_notice(page, uri, NOTICES);
    }
    let chosen = uri.map(Chosen::of).unwrap_or_default();
    let status = if typed.faults.is_empty() { StatusCode::OK } else { FORM_AGAIN };
    for (field, text) in &typed.faults {
        page = page.with_error(field, text);
    }
    let mut page = built(page, who, (&view, &facts, chosen), typed, app.clock.now());
    page.shortcuts = need_more::shortcuts(app, who).await?;
    let (marking, vouched) = app.casework.report_marking(&caller, id).await?;
    page.pack.promote &= marking == Marking::Intelligence;
    page.pack.vouched = vouched;
    Ok(render(status, &page))
}

fn built(
    page: Page,
    who: &SignedIn,
    (view, facts, chosen): (&ReportView, &Facts, Chosen),
    typed: Typed,
    now: Timestamp,
) -> ReportPage {
    let (item, listing) = (&view.item.draft.description, &view.listing.draft);
    let sides = described(view);
    ReportPage {
        page,
        id: view.report.id.to_string(),
        number: view.report.number,
        state: state(view, who),
        item_title: item.title.clone(),
        hidden: view.item.hidden,
        late: view.item.entered() == Entered::Late,
        prompt: view.item.entered() == Entered::Promptly,
        theft: TheftLine {
            id: view.theft.id.to_string(),
            crime_reference: view.theft.theft.crime_reference.clone().unwrap_or_default(),
        },
        listing_title: listing.description.title.clone(),
        partner: view.partner.name.clone(),
        sale: SaleLine {
            ends: listing
                .ends_at
                .map(|at| (words::instant(at), words::distance(at, now), words::machine(at))),
            on_sale: listing.status == ListingStatus::Active && listing.ends_at.is_none_or(|at| at > now),
            status: listing.status.word(),
        },
        evidence: EvidenceView::of(&view.report.assessment),
        identifiers: identifiers::rows(item, &listing.description, &facts.of_sides()),
        pictures: Pictures::of(view, facts, chosen),
        compared: sides.iter().any(|row| !row.finding.is_empty()),
        sides,
        events: events(view),
        provenance: provenance(view),
        address: web_address(listing.url.as_ref()),
        revisions: revisions::rows(&view.revisions),
        revisions_skipped: view.revisions_skipped,
        rivals: Contests::of(view),
        others: related(&view.others_of_seller),
        relistings: relistings::rows(&view.relistings),
        proofs: proofs::lines(&view.proofs, now),
        history: view.history.iter().map(history).collect(),
        requests: request_lines(&view.disclosures, now),
        decided: decided(&view.report.state),
        can: can(view, who),
        decisions: decisions(&typed.decision),
        confirmed_reasons: reasons(Decision::Confirmed, &typed.reasons),
        dismissed_reasons: reasons(Decision::Dismissed, &typed.reasons),
        facts: typed.facts,
        reason: typed.reason,
        questions: view.questions.iter().map(question).collect(),
        comment: typed.comment,
        pack: PackLine {
            vouched: None,
            promote: can_promote(view, who),
        },
        shortcuts: true,
    }
}

/// The listing's public address, when a browser can follow it.
fn web_address(url: Option<&url::Url>) -> Option<String> {
    url.filter(|url| matches!(url.scheme(), "http" | "https"))
        .map(ToString::to_string)
}

fn state(view: &ReportView, who: &SignedIn) -> StateLine {
    let report = &view.report;
    let officer = match report.state.officer() {
        Some(officer) if officer == who.account.id => "you".to_owned(),
        _ => view.officer_name.clone().unwrap_or_else(|| "an officer".to_owned()),
    };
    let more = match &report.state {
        ReportState::Open => "nobody has taken it".to_owned(),
        ReportState::InReview { since, .. } => format!("by {officer} since {}", words::instant(*since)),
        ReportState::Decided(review) => format!("by {officer}, {}: {}", words::instant(review.at), grounds(review)),
        ReportState::Closed {
            review,
            outcome,
            closed_at,
        } => {
            let decision = match review.decision {
                Decision::Confirmed => "confirmed",
                Decision::Dismissed => "dismissed",
            };
            let outcome = outcome.word().replace('_', " ");
            format!(
                "{}: {outcome}; {decision} by {officer}: {}",
                words::instant(*closed_at),
                grounds(review)
            )
        }
    };
    let word = report.state.word();
    StateLine {
        word,
        colour: state_colour(word),
        more,
    }
}

fn history(line: &HistoryLine) -> HistoryRow {
    HistoryRow {
        at: words::instant(line.event.at),
        step: words::sentence(&line.event.step).trim_end_matches('.').to_owned(),
        by: line.by_name.clone().unwrap_or_else(|| "the service".to_owned()),
        note: line.event.note.clone().unwrap_or_default().replace("_", " "),
        facts: line.event.facts.clone().unwrap_or_default(),
    }
}

fn can(view: &ReportView, who: &SignedIn) -> Can {
    let own = view.report.state.officer() == Some(who.account.id);
    let supervises = who.account.role == crate::domain::account::Role::Supervisor;
    let state = &view.report.state;
    let in_review = matches!(state, ReportState::InReview { .. });
    let confirmed = state.word() == "confirmed";
    let asked = view.disclosures.iter().any(|request| request.is_under_way());
    let theft_report = view.report.theft_report;
    let is_stolen = view.item.status == ItemStatus::Stolen { theft_report };
    Can {
        take: *state == ReportState::Open,
        decide: in_review && own,
        reopen: matches!(state, ReportState::Decided(_) | ReportState::Closed { .. }),
        close: matches!(state, ReportState::Decided(_)) && (own || supervises),
        ask: confirmed && own && !asked && is_stolen,
        not_asked: match state {
            ReportState::Closed { review, .. } if review.decision == Decision::Confirmed => {
                Some("This report is closed: the seller’s identity can neither be asked for nor opened on it.")
            }
            _ if confirmed && !is_stolen => Some(
                "The item is not reported stolen any more: the seller’s identity can neither be asked for nor opened on this report.",
            ),
            _ => None,
        },
        asked,
        wait: in_review && !own,
        assign: (in_review && own) || (supervises && (in_review || *state == ReportState::Open)),
    }
}

/// Whether the viewer can vouch for the report: it is confirmed, and they decided it or supervise.
fn can_promote(view: &ReportView, who: &SignedIn) -> bool {
    let (ReportState::Decided(review) | ReportState::Closed { review, .. }) = &view.report.state else {
        return false;
    };
    let supervises = who.account.role == crate::domain::account::Role::Supervisor;
    review.decision == Decision::Confirmed && (review.by == who.account.id || supervises)
}

fn question(question: &ReportQuestion) -> QuestionRow {
    QuestionRow {
        asked: need_more::asked(question.to),
        text: question.text.clone(),
        at: words::instant(question.asked_at),
        answer: (question.answer.as_ref()).map(|(answer, at)| (answer.clone(), words::instant(*at))),
    }
}
