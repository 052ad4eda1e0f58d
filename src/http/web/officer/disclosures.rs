//! What was asked of partners: the list, one request, and opening its answer.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use super::conditions::{Case, Condition, none_fails, of_opening};
use super::{ShownOnce, police, purpose, request_tag, stopped};
use crate::app::App;
use crate::casework::{CaseworkError, RequestView};
use crate::domain::disclosure::{DisclosureRequest, DisclosureState, NoticeKind};
use crate::domain::ids::DisclosureRequestId;
use crate::domain::partner::SellerField;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{NavLink, Page, SummaryRow, render};
use crate::http::web::{confirming, letters, words};

const DISCLOSURES: &str = "/disclosures";
/// The newest requests are shown; older ones are found from their report.
const REQUESTS_MAX: usize = 200;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/disclosures", get(list))
        .route("/disclosures/{id}", get(show))
        .route("/disclosures/{id}/identity", post(open).get(back_from_identity))
}

#[derive(Template)]
#[template(path = "officer/disclosures.html")]
struct ListPage {
    page: Page,
    everybodys: bool,
    rows: Vec<Row>,
}

/// One request of the list.
struct Row {
    id: String,
    report: u64,
    report_id: String,
    partner: String,
    by: String,
    asked_at: String,
    fields: String,
    state: &'static str,
    colour: &'static str,
    more: String,
}

#[derive(Template)]
#[template(path = "officer/disclosure_request.html")]
struct RequestPage {
    page: Page,
    id: String,
    report: u64,
    report_id: String,
    state: &'static str,
    colour: &'static str,
    more: String,
    rows: Vec<SummaryRow>,
    /// The conditions for opening the answer; none while there is no answer.
    conditions: Vec<Condition>,
    answered: bool,
    /// Whether nothing stands against opening it.
    open: bool,
    case: String,
    reason: String,
    /// Whether the password is asked for again before the answer is opened.
    ask_password: bool,
}

/// One request as its report shows it.
pub(super) struct RequestLine {
    pub(super) id: String,
    pub(super) state: &'static str,
    pub(super) colour: &'static str,
    pub(super) asked_at: String,
    pub(super) fields: String,
    pub(super) due: Option<String>,
    pub(super) answered: bool,
}

/// The requests on a report, as it shows them.
pub(super) fn request_lines(requests: &[DisclosureRequest], now: Timestamp) -> Vec<RequestLine> {
    let line = |request: &DisclosureRequest| {
        let (state, colour) = request_tag(request);
        let said = match request.state {
            _ if request.is_recalled() => standing(request, now),
            DisclosureState::Answered { .. } | DisclosureState::Declined { .. } => {
                format!(
                    "{} {}",
                    words::sentence(request.state.word()).trim_end_matches('.'),
                    standing(request, now)
                )
            }
            _ => standing(request, now),
        };
        RequestLine {
            id: request.id.to_string(),
            state,
            colour,
            asked_at: words::instant(request.requested_at),
            fields: fields_in_words(&request.fields),
            due: Some(said).filter(|text| !text.is_empty()),
            answered: is_answered(request),
        }
    };
    requests.iter().map(line).collect()
}

/// Whether there is an answer that could be opened.
fn is_answered(request: &DisclosureRequest) -> bool {
    matches!(request.state, DisclosureState::Answered { .. }) && !request.is_recalled()
}

/// What stands for and against opening the answer, when there is one.
async fn conditions(app: &App, who: &SignedIn, view: &RequestView) -> Result<Vec<Condition>, Refusal> {
    if !is_answered(&view.request) {
        return Ok(Vec::new());
    }
    let ground = app.casework.opening_refusals(&who.principal(), view.request.clone()).await?;
    let case = Case {
        letter: Some(&view.letter),
        partner: &view.partner_name,
        probability: ground.probability,
        standing: &ground.standing,
    };
    Ok(of_opening(case, &ground.refusals))
}

/// Seller data in words: `name, bank account`.
pub(in crate::http::web) fn fields_in_words(fields: &[SellerField]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| letters::field(*field)).collect();
    names.join(", ")
}

/// The deadline, or when and why it ended.
fn standing(request: &DisclosureRequest, now: Timestamp) -> String {
    if let Some(at) = request.notice(NoticeKind::Recalled) {
        return format!("{}, because nothing is pursued on the report any more", words::instant(at));
    }
    match &request.state {
        DisclosureState::Requested | DisclosureState::Refused => String::new(),
        DisclosureState::Asked { due, .. } if *due < now => {
            format!(
                "Overdue: the answer was due {}, {}",
                words::instant(*due),
                words::distance(*due, now)
            )
        }
        DisclosureState::Asked { due, .. } => {
            format!("Answer due {}, {}", words::instant(*due), words::distance(*due, now))
        }
        // The tag beside it says what happened.
        DisclosureState::Answered { at } => words::instant(*at),
        DisclosureState::Declined { at, reason } => format!("{}: {reason}", words::instant(*at)),
    }
}

async fn list(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    let caller = police(&app, &who).await?;
    let requests = app.casework.disclosure_requests(&caller, REQUESTS_MAX).await?;
    let now = app.clock.now();
    let row = |view: &RequestView| {
        let (state, colour) = request_tag(&view.request);
        Row {
            id: view.request.id.to_string(),
            report: view.report_number,
            report_id: view.request.report.to_string(),
            partner: view.partner_name.clone(),
            by: view.requester_name.clone(),
            asked_at: words::instant(view.request.requested_at),
            fields: fields_in_words(&view.request.fields),
            state,
            colour,
            more: standing(&view.request, now),
        }
    };
    let page = ListPage {
        page: who.page("Disclosure requests", DISCLOSURES),
        everybodys: who.account.role == crate::domain::account::Role::Supervisor,
        rows: requests.iter().map(row).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

async fn show(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    let frame = who.page("Disclosure request", DISCLOSURES);
    let page = request_page(&app, &who, request_id(&id)?, frame, "").await?;
    Ok(render(StatusCode::OK, &page))
}

async fn request_page(
    app: &App,
    who: &SignedIn,
    id: DisclosureRequestId,
    page: Page,
    reason: &str,
) -> Result<RequestPage, Refusal> {
    let caller = police(app, who).await?;
    let view = app.casework.disclosure_request(&caller, id).await?;
    let request = &view.request;
    let (state, colour) = request_tag(request);
    let conditions = conditions(app, who, &view).await?;
    Ok(RequestPage {
        page,
        open: none_fails(&conditions),
        id: id.to_string(),
        report: view.report_number,
        report_id: request.report.to_string(),
        state,
        colour,
        more: standing(request, app.clock.now()),
        rows: request_rows(&view),
        conditions,
        answered: is_answered(request),
        case: request.purpose.case.clone(),
        reason: reason.to_owned(),
        ask_password: confirming::must_ask(app, who).await?,
    })
}

fn request_rows(view: &RequestView) -> Vec<SummaryRow> {
    let request = &view.request;
    let mut rows = vec![
        SummaryRow::new("Partner", view.partner_name.clone()),
        SummaryRow::new("Letter of intent", view.letter.terms.reference.clone()),
        SummaryRow::new("Asked for", fields_in_words(&request.fields)),
        SummaryRow::new("Case", request.purpose.case.clone()),
        SummaryRow::new("Reason", request.purpose.reason.clone()),
        SummaryRow::new(
            "Asked",
            format!("{}, by {}", words::instant(request.requested_at), view.requester_name),
        ),
    ];
    for (approval, name) in request.approvals.iter().zip(&view.approver_names) {
        let verb = if approval.approved { "Approved" } else { "Refused" };
        let reason = approval
            .reason
            .as_ref()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        rows.push(SummaryRow::new(
            verb,
            format!("{}, by {name}{reason}", words::instant(approval.at)),
        ));
    }
    for (kind, name) in [
        (NoticeKind::Received, "Read by the partner"),
        (NoticeKind::Reminded, "Partner reminded"),
        (NoticeKind::Escalated, "Supervisors told"),
        (NoticeKind::Recalled, "Taken back"),
        (NoticeKind::RecallReceived, "Read that it was taken back"),
    ] {
        rows.extend(request.notice(kind).map(|at| SummaryRow::new(name, words::instant(at))));
    }
    if request.state == DisclosureState::Requested {
        let need = view.letter.terms.approvals.max(1);
        rows.push(SummaryRow::new(
            "Approvals",
            format!("{} of {need} that the letter asks for", request.approvals.len()),
        ));
    }
    rows
}

/// Opens the identity for a stated purpose to whoever has given their password again, and shows it once: a reload would be
/// another look.
async fn open(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = request_id(&id)?;
    let again = async |field: &str, text: String| {
        let frame = form.who.page("Disclosure request", DISCLOSURES).with_error(field, text);
        let page = request_page(&app, &form.who, id, frame, form.fields.get("reason")).await?;
        Ok(render(FORM_AGAIN, &page))
    };
    let purpose = match purpose(&form.fields) {
        Ok(purpose) => purpose,
        Err((field, text)) => return again(field, text).await,
    };
    let confirmed = match confirming::confirmed(&app, &form).await? {
        Ok(confirmed) => confirmed,
        Err(text) => return again(confirming::FIELD, text).await,
    };
    let back = NavLink::new(format!("{DISCLOSURES}/{id}"), "Back to the request");
    let opened = app.casework.open_identity(&caller, id, Ok(purpose.clone()), confirmed).await;
    let (request, identity) = match opened {
        Ok(opened) => opened,
        Err(error @ CaseworkError::OtherCase { .. }) => return again("case", words::sentence(&error.to_string())).await,
        Err(error) => return Ok(stopped(&form.who, DISCLOSURES, error, back)),
    };
    let rows = request.fields.iter().map(|field| {
        let unknown = "not known to the partner, by its answer".to_owned();
        SummaryRow::new(letters::field(*field), identity.0.get(field).cloned().unwrap_or(unknown))
    });
    let page = ShownOnce {
        page: form.who.page("The seller’s identity", DISCLOSURES),
        back,
        caption: format!("Case {}", purpose.case),
        rows: rows.collect(),
        opened: words::instant(app.clock.now()),
    };
    Ok(render(StatusCode::OK, &page))
}

/// An identity has no address: it is asked for anew.
async fn back_from_identity(Path(id): Path<String>, _who: SignedIn) -> Result<Response, Refusal> {
    Ok(see_other(&format!("{DISCLOSURES}/{}", request_id(&id)?)))
}

/// The id in an address.
pub(in crate::http::web) fn request_id(text: &str) -> Result<DisclosureRequestId, Refusal> {
    text.parse().map_err(|_| Problem::missing("disclosure request").into())
}
