//! The supervisor's desk: disclosure requests that wait for a second pair of eyes.
//!
//! Shows what is asked, why, on which report, and which conditions hold; the word itself is given through `casework`, which
//! asks the gate again.

mod check;
mod figures;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use self::check::check;
use super::confirming;
use super::officer::{Case, Condition, Step, entered_in_words, fields_in_words, of_approval, request_id, stopped};
use super::refusal::Refusal;
use super::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other};
use super::shell::{Choice, NavLink, Notice, Page, SummaryRow, render};
use super::{letters, words};
use crate::app::App;
use crate::casework::views::{PendingView, ReportView};
use crate::casework::{CaseStanding, CaseworkError, REASON_CHARACTERS, RequestView};
use crate::domain::account::Role;
use crate::domain::disclosure::{DisclosureState, NoticeKind};
use crate::domain::ids::{AccountId, DisclosureRequestId};
use crate::store::StoreError;

const APPROVALS: &str = "/approvals";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(APPROVALS, get(list))
        .route("/approvals/{id}", get(show).post(decide))
        .merge(figures::routes())
}

#[derive(Template)]
#[template(path = "supervisor/approvals.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    overdue: Vec<Overdue>,
}

/// One request whose answer stays due.
struct Overdue {
    id: String,
    report: u64,
    partner: String,
    by: String,
    due: String,
    received: Option<String>,
}

/// One request that waits.
struct Row {
    id: String,
    report: u64,
    partner: String,
    by: String,
    own: bool,
    asked_at: String,
    fields: String,
    probability: String,
    yardstick: String,
    case: String,
    /// It is not the theft's.
    another_case: bool,
}

#[derive(Template)]
#[template(path = "supervisor/approval.html")]
struct ApprovalPage {
    page: Page,
    id: String,
    report: u64,
    report_id: String,
    rows: Vec<SummaryRow>,
    /// The request's case and the theft's, when they differ.
    another_case: Option<(String, String)>,
    /// The report in short.
    summary: Vec<SummaryRow>,
    findings: Vec<(String, String)>,
    conditions: Vec<Condition>,
    own: bool,
    spoken: bool,
    choices: Vec<Choice>,
    reason: String,
}

/// What the supervisor's word has done to the request that the address names, as it stands now.
async fn notice(app: &App, uri: &Uri, me: AccountId) -> Result<Option<Notice>, Refusal> {
    let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
    let Ok(id) = query.get("request").parse::<DisclosureRequestId>() else {
        return Ok(None);
    };
    let read = app.store.read(move |reader| {
        let Some(request) = reader.disclosure_request(id)? else {
            return Ok(None);
        };
        let report = reader.report(request.report)?.map_or(0, |report| report.number);
        let partner = reader
            .partner(request.partner)?
            .map(|partner| partner.name)
            .unwrap_or_default();
        let needed = reader
            .letter(request.letter)?
            .map_or(1, |letter| letter.terms.approvals.max(1));
        Ok::<_, StoreError>(Some((request, report, partner, needed)))
    });
    let Some((request, report, partner, needed)) = read.await? else {
        return Ok(None);
    };
    if request.approvals.iter().all(|approval| approval.by != me) {
        return Ok(None);
    }
    let given = request.approvals.iter().filter(|approval| approval.approved).count();
    let missing = usize::from(needed).saturating_sub(given);
    let said = match (query.get("done"), &request.state) {
        ("refused", _) => format!("You have refused the request on SR-{report}. It has ended, and the officer sees your reason."),
        ("approved", DisclosureState::Requested) => format!(
            "You have approved the request on SR-{report}. It waits for {missing} more approval{} before it goes to {partner}.",
            if missing == 1 { "" } else { "s" }
        ),
        ("approved", DisclosureState::Asked { due, .. }) => format!(
            "You have approved the request on SR-{report}. It is now with {partner}, whose answer is due {}.",
            words::instant(*due)
        ),
        ("approved", _) => format!("You have approved the request on SR-{report}."),
        _ => return Ok(None),
    };
    Ok(Some(Notice::success(said)))
}

async fn list(State(app): State<App>, uri: Uri, who: SignedIn) -> Result<Response, Refusal> {
    who.with_role(&app, &[Role::Supervisor]).await?;
    let pending = app.casework.disclosures_to_approve(&who.principal()).await?;
    let row = |view: &PendingView| Row {
        id: view.request.id.to_string(),
        report: view.report_number,
        partner: view.partner_name.clone(),
        by: view.requester_name.clone(),
        own: view.request.requested_by == who.account.id,
        asked_at: words::instant(view.request.requested_at),
        fields: fields_in_words(&view.request.fields),
        probability: words::probability(view.probability),
        yardstick: view.yardstick.clone(),
        case: view.request.purpose.case.clone(),
        another_case: view.is_for_another_case(),
    };
    let page = ListPage {
        page: Page {
            notice: notice(&app, &uri, who.account.id).await?,
            ..who.page("Approvals", APPROVALS)
        },
        rows: pending.iter().map(row).collect(),
        overdue: overdue(&app, &who).await?,
    };
    Ok(render(StatusCode::OK, &page))
}

/// The requests whose answer stays due, with whether the partner has read them.
async fn overdue(app: &App, who: &SignedIn) -> Result<Vec<Overdue>, Refusal> {
    let now = app.clock.now();
    let found = app.casework.overdue_disclosures(&who.principal()).await?;
    let row = |view: RequestView| {
        let DisclosureState::Asked { due, .. } = view.request.state else {
            return None;
        };
        Some(Overdue {
            id: view.request.id.to_string(),
            report: view.report_number,
            partner: view.partner_name,
            by: view.requester_name,
            due: format!("{}, {}", words::instant(due), words::distance(due, now)),
            received: view.request.notice(NoticeKind::Received).map(words::instant),
        })
    };
    Ok(found.into_iter().filter_map(row).collect())
}

async fn show(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    who.with_role(&app, &[Role::Supervisor]).await?;
    let frame = who.page(TITLE, APPROVALS);
    approval(&app, &who, request_id(&id)?, frame, ("", "")).await
}

const TITLE: &str = "Approve the disclosure request?";

/// The page of a request that waits; of one that does not, where it is now.
async fn approval(
    app: &App,
    who: &SignedIn,
    id: DisclosureRequestId,
    page: Page,
    (chosen, reason): (&str, &str),
) -> Result<Response, Refusal> {
    let caller = who.principal();
    let pending = app.casework.disclosures_to_approve(&caller).await?;
    let Some(view) = pending.into_iter().find(|view| view.request.id == id) else {
        return Ok(over(who, id));
    };
    let report = app.casework.open_report(&caller, view.request.report).await?;
    let me = who.account.id;
    let refusals = app.casework.approval_refusals(&caller, view.request.clone()).await?;
    let standing = CaseStanding {
        report: report.report.state.clone(),
        item: Some(report.item.status),
    };
    let case = Case {
        letter: Some(&view.letter),
        partner: &view.partner_name,
        probability: view.probability,
        standing: &standing,
    };
    let conditions = of_approval(case, &refusals);
    let status = if page.errors.is_empty() { StatusCode::OK } else { FORM_AGAIN };
    let page = ApprovalPage {
        page,
        id: id.to_string(),
        report: view.report_number,
        report_id: view.request.report.to_string(),
        rows: asked(&view),
        another_case: view.theft_case.clone().filter(|_| view.is_for_another_case()).map(|theft| {
            let stated = view.request.purpose.case.clone();
            (stated, theft)
        }),
        summary: summary(&report),
        findings: findings(&report),
        conditions,
        own: view.request.requested_by == me,
        spoken: view.request.approvals.iter().any(|approval| approval.by == me),
        choices: choices(chosen),
        reason: reason.to_owned(),
    };
    Ok(render(status, &page))
}

/// What is said of a request that does not wait for anybody's word.
fn over(who: &SignedIn, id: DisclosureRequestId) -> Response {
    let error = CaseworkError::Conflict("this request does not wait for approval any more".to_owned());
    let back = NavLink::new(format!("/disclosures/{id}"), "See the request");
    stopped(who, APPROVALS, error, back)
}

/// The request as its page and the check page show it: whoever gives their word reads it whole.
fn asked(view: &PendingView) -> Vec<SummaryRow> {
    let request = &view.request;
    let (reference, title) = &view.listing;
    SummaryRow::filled(&[
        ("Report", format!("SR-{}", view.report_number)),
        ("Asked for", fields_in_words(&request.fields)),
        ("Of the seller of", format!("{reference}: {title}")),
        ("Of", format!("{} under {}", view.partner_name, view.letter.terms.reference)),
        (
            "By",
            format!("{}, {}", view.requester_name, words::instant(request.requested_at)),
        ),
        ("Legal basis", letters::basis(view.letter.terms.legal_basis).to_owned()),
        (
            "Probability",
            format!("{}, {}", words::probability(view.probability), view.yardstick),
        ),
        ("Item entered", entered_in_words(view.entered).to_owned()),
        ("Case stated", request.purpose.case.clone()),
        ("Case of the theft", view.theft_case.clone().unwrap_or_default()),
        ("Reason", request.purpose.reason.clone()),
        (
            "Approvals so far",
            format!("{} of {}", request.approvals.len(), view.letter.terms.approvals.max(1)),
        ),
    ])
}

fn summary(view: &ReportView) -> Vec<SummaryRow> {
    let item = &view.item.draft.description.title;
    let decision = view.history.iter().rev().find(|line| line.event.step == "confirmed");
    SummaryRow::filled(&[
        (
            "Stolen item",
            if view.item.hidden {
                "no longer shown".to_owned()
            } else {
                item.clone()
            },
        ),
        ("Offered as", view.listing.draft.description.title.clone()),
        (
            "Confirmed",
            decision.map_or_else(
                || "not".to_owned(),
                |line| {
                    let by = line.by_name.clone().unwrap_or_default();
                    let why = line.event.note.clone().unwrap_or_default();
                    format!("{}, by {by}: {why}", words::instant(line.event.at))
                },
            ),
        ),
    ])
}

/// Every finding with its weight, strongest first, for and against.
fn findings(view: &ReportView) -> Vec<(String, String)> {
    let evidence = view.report.assessment.evidence.iter();
    evidence
        .map(|one| {
            let weight = one.log10_lr.map_or_else(|| "excludes".to_owned(), words::weight);
            (words::sentence(&one.says), weight)
        })
        .collect()
}

async fn decide(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    form.who.with_role(&app, &[Role::Supervisor]).await?;
    let id = request_id(&id)?;
    let (chosen, reason) = (form.fields.get("decision"), form.fields.get("reason"));
    let again = async |wrong: Option<(&str, &str)>| {
        let mut frame = form.who.page(TITLE, APPROVALS);
        if let Some((field, text)) = wrong {
            frame = frame.with_error(field, words::sentence(text));
        }
        approval(&app, &form.who, id, frame, (chosen, reason)).await
    };
    let approves = match chosen {
        "approve" => true,
        "refuse" => false,
        _ => return again(Some(("decision", "approve or refuse"))).await,
    };
    if !approves && reason.chars().count() < *REASON_CHARACTERS.start() {
        return again(Some(("reason", "say why you refuse"))).await;
    }
    match Step::of(&form.fields) {
        Step::Change => again(None).await,
        Step::Check => check(&app, &form, (id, approves), None).await,
        Step::Send => {
            let caller = form.who.principal();
            let confirmed = match confirming::confirmed(&app, &form).await? {
                Ok(confirmed) => confirmed,
                Err(text) => return check(&app, &form, (id, approves), Some(text)).await,
            };
            let word = if approves { "approved" } else { "refused" };
            let address = format!("{APPROVALS}?done={word}&request={id}");
            let given = (approves, Some(reason));
            match app.casework.decide_disclosure(&caller, id, given, confirmed).await {
                Ok(_) => Ok(see_other(&address)),
                Err(CaseworkError::Invalid { reason, .. }) => again(Some(("reason", &reason))).await,
                Err(CaseworkError::Conflict(_)) if spoke(&app, id, form.who.account.id, approves).await? => {
                    // The same form again: the word was given the first time.
                    Ok(see_other(&address))
                }
                Err(error) => Ok(stopped(
                    &form.who,
                    APPROVALS,
                    error,
                    NavLink::new(APPROVALS, "Back to approvals"),
                )),
            }
        }
    }
}

/// Whether this supervisor has given just this word before.
async fn spoke(app: &App, id: DisclosureRequestId, me: AccountId, approved: bool) -> Result<bool, Refusal> {
    let request = app.store.read(move |reader| reader.disclosure_request(id)).await?;
    Ok(request.is_some_and(|request| {
        let mut words = request.approvals.iter();
        words.any(|approval| approval.by == me && approval.approved == approved)
    }))
}

fn choices(chosen: &str) -> Vec<Choice> {
    let choice = |value: &str, label: &str| Choice::new(value, label).chosen(value == chosen);
    vec![choice("approve", "Approve"), choice("refuse", "Refuse, with a reason")]
}
