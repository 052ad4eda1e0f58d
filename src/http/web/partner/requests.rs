//! Disclosure requests: what police ask about a seller, until when and on which basis; and the partner's answer, shown once
//! more before it is given.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use super::own_partner;
use crate::app::App;
use crate::casework::views::PartnerRequestView;
use crate::casework::{CaseworkError, REASON_CHARACTERS, VALUE_CHARACTERS_MAX};
use crate::domain::audit::SubjectKind;
use crate::domain::disclosure::{DisclosureState, IdentityAnswer, NoticeKind};
use crate::domain::ids::DisclosureRequestId;
use crate::domain::partner::SellerField;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, FieldError, Page, SummaryRow, render};
use crate::http::web::{letters, words};

const NOTICES: [(&str, &str); 2] = [
    (
        "answered",
        "Your answer is given to the police. Only the officer who asked, or a supervisor, can open it, and each opening is \
         recorded.",
    ),
    ("declined", "You have declined. The police see your reason."),
];

/// What the box says that a field is not known by.
const UNKNOWN: &str = "yes";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/requests", get(list))
        .route("/requests/{id}", get(show).post(check))
        .route("/requests/{id}/answer", post(answer))
}

struct RequestRow {
    id: String,
    listing: String,
    case: String,
    asked: String,
    due: String,
    state: &'static str,
    colour: &'static str,
}

#[derive(Template)]
#[template(path = "partner/requests.html")]
struct RequestsPage {
    page: Page,
    requests: Vec<RequestRow>,
}

/// One field of the answer form.
struct AskedField {
    id: &'static str,
    label: &'static str,
    value: String,
    /// The name of the box that says that it is not known, and the box.
    unknown_id: String,
    unknown_legend: String,
    unknown: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "partner/request.html")]
struct RequestPage {
    page: Page,
    id: String,
    rows: Vec<SummaryRow>,
    open: bool,
    /// The police have taken it back.
    recalled: bool,
    decisions: Vec<Choice>,
    fields: Vec<AskedField>,
    reason: String,
}

#[derive(Template)]
#[template(path = "partner/request_check.html")]
struct CheckPage {
    page: Page,
    id: String,
    rows: Vec<SummaryRow>,
    given: Vec<(String, String)>,
    declines: bool,
}

/// What the partner wants to answer.
enum Answer {
    Give(IdentityAnswer),
    Decline(String),
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    own_partner(&app, &who).await?;
    let now = app.clock.now();
    let mut requests = app.casework.partner_requests(&who.principal()).await?;
    requests.sort_by_key(|request| !is_open(request));
    let page = with_notice(who.page("Disclosure requests", "/requests"), &uri, &NOTICES);
    let requests = requests.iter().map(|request| row(request, now)).collect();
    Ok(render(StatusCode::OK, &RequestsPage { page, requests }))
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    let request = own_request(&app, &who, &id).await?;
    let page = who.page("Disclosure request", "/requests");
    let shown = request_page(page, &request, &Fields::default(), app.clock.now());
    Ok(render(StatusCode::OK, &shown))
}

/// Shows the answer once more, or the form again; with `change` the form as it was filled in.
async fn check(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let request = own_request(&app, &form.who, &id).await?;
    let mut page = form.who.page("Disclosure request", "/requests");
    let now = app.clock.now();
    if form.fields.get("go") == "change" {
        return Ok(render(StatusCode::OK, &request_page(page, &request, &form.fields, now)));
    }
    let (rows, declines) = match read(&request, &form.fields) {
        Ok(Answer::Give(identity)) => {
            let asked = request.fields.iter();
            let value = |field: &SellerField| {
                identity
                    .0
                    .get(field)
                    .cloned()
                    .flatten()
                    .unwrap_or_else(|| "not known to you".to_owned())
            };
            (
                asked
                    .map(|field| SummaryRow::new(letters::field(*field), value(field)))
                    .collect(),
                false,
            )
        }
        Ok(Answer::Decline(reason)) => (vec![SummaryRow::new("Reason", reason)], true),
        Err(errors) => {
            page.errors = errors;
            return Ok(render(FORM_AGAIN, &request_page(page, &request, &form.fields, now)));
        }
    };
    let title = if declines {
        "Check your reason before you decline"
    } else {
        "Check your answer before you give it"
    };
    let given = form.fields.pairs().iter().filter(|(name, _)| name != "csrf" && name != "go");
    let shown = CheckPage {
        page: form.who.page(title, "/requests"),
        id: request.id.to_string(),
        rows,
        given: given.cloned().collect(),
        declines,
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn answer(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let request = own_request(&app, &form.who, &id).await?;
    let again = |errors: Vec<FieldError>| {
        let mut page = form.who.page("Disclosure request", "/requests");
        page.errors = errors;
        Ok(render(
            FORM_AGAIN,
            &request_page(page, &request, &form.fields, app.clock.now()),
        ))
    };
    let caller = form.who.principal();
    let given = match read(&request, &form.fields) {
        Ok(given) => given,
        Err(errors) => return again(errors),
    };
    let (done, word) = match given {
        Answer::Give(identity) => (
            app.casework.answer_disclosure(&caller, request.id, identity).await,
            "answered",
        ),
        Answer::Decline(reason) => (
            app.casework.decline_disclosure(&caller, request.id, &reason).await,
            "declined",
        ),
    };
    match done {
        Ok(_) => Ok(see_other(&format!("/requests?done={word}"))),
        Err(CaseworkError::Invalid { field, reason }) => {
            let field = if field == "declined" { "reason" } else { "decision" };
            again(vec![FieldError {
                field: field.to_owned(),
                text: words::sentence(&reason),
            }])
        }
        Err(error) => Err(error.into()),
    }
}

/// The request of this address, when it is put to the person's partner. Any other is missing, and the try is logged.
async fn own_request(app: &App, who: &SignedIn, id: &str) -> Result<PartnerRequestView, Refusal> {
    own_partner(app, who).await?;
    let id: DisclosureRequestId = id.parse().map_err(|_| Problem::missing("disclosure request"))?;
    let requests = app.casework.partner_requests(&who.principal()).await?;
    match requests.into_iter().find(|request| request.id == id) {
        Some(request) => Ok(request),
        None => {
            let subject = SubjectKind::DisclosureRequest.with(id.0);
            Err(who.hide(app, subject, "disclosure request").await)
        }
    }
}

fn read(request: &PartnerRequestView, fields: &Fields) -> Result<Answer, Vec<FieldError>> {
    let error = |field: &str, text: String| FieldError {
        field: field.to_owned(),
        text,
    };
    match fields.get("decision") {
        "give" => {
            let mut errors = Vec::new();
            let mut identity = BTreeMap::new();
            for field in &request.fields {
                let value = fields.get(field.word());
                let unknown = fields.get(&unknown_id(*field)) == UNKNOWN;
                if value.chars().count() > VALUE_CHARACTERS_MAX {
                    errors.push(error(field.word(), format!("Use at most {VALUE_CHARACTERS_MAX} characters.")));
                } else if unknown && !value.is_empty() {
                    let text = "Fill this in, or say that you do not know it, and not both.";
                    errors.push(error(field.word(), text.to_owned()));
                } else if !unknown && value.is_empty() {
                    errors.push(error(
                        field.word(),
                        "Fill this in, or say that you do not know it.".to_owned(),
                    ));
                } else {
                    identity.insert(*field, (!unknown).then(|| value.to_owned()));
                }
            }
            if identity.values().all(Option::is_none) && errors.is_empty() {
                let first = request.fields.first().map_or("decision", |field| field.word());
                errors.push(error(
                    first,
                    "Fill in at least one field, or decline with your reason.".to_owned(),
                ));
            }
            if errors.is_empty() {
                Ok(Answer::Give(IdentityAnswer(identity)))
            } else {
                Err(errors)
            }
        }
        "decline" => {
            let reason = fields.get("reason");
            if REASON_CHARACTERS.contains(&reason.chars().count()) {
                Ok(Answer::Decline(reason.to_owned()))
            } else {
                Err(vec![error(
                    "reason",
                    "Give your reason, in 3 to 2,000 characters.".to_owned(),
                )])
            }
        }
        _ => Err(vec![error(
            "decision",
            "Choose whether you give the data or decline.".to_owned(),
        )]),
    }
}

/// The name of the box that says that a field is not known.
fn unknown_id(field: SellerField) -> String {
    format!("{}_unknown", field.word())
}

fn request_page(page: Page, request: &PartnerRequestView, typed: &Fields, now: Timestamp) -> RequestPage {
    let choice = |value: &str, label: &str| Choice::new(value, label).chosen(typed.get("decision") == value);
    let asked = |field: &SellerField| AskedField {
        id: field.word(),
        label: letters::field(*field),
        value: typed.get(field.word()).to_owned(),
        unknown_id: unknown_id(*field),
        unknown_legend: format!("{}: not known", letters::field(*field)),
        unknown: vec![Choice::new(UNKNOWN, "We do not know it").chosen(typed.get(&unknown_id(*field)) == UNKNOWN)],
    };
    RequestPage {
        page,
        id: request.id.to_string(),
        rows: facts(request, now),
        open: is_open(request),
        recalled: request.notice(NoticeKind::Recalled).is_some(),
        decisions: vec![choice("give", "Give the data"), choice("decline", "Decline, with a reason")],
        fields: request.fields.iter().map(asked).collect(),
        reason: typed.get("reason").to_owned(),
    }
}

/// Whether an answer is awaited.
fn is_open(request: &PartnerRequestView) -> bool {
    matches!(request.state, DisclosureState::Asked { .. }) && request.notice(NoticeKind::Recalled).is_none()
}

fn facts(request: &PartnerRequestView, now: Timestamp) -> Vec<SummaryRow> {
    let asked: Vec<&str> = request.fields.iter().map(|field| letters::field(*field)).collect();
    let mut rows = vec![
        SummaryRow::new(
            "Your listing",
            format!("{} ({})", request.listing_title, request.listing_reference),
        ),
        SummaryRow::new("Asked about its seller", asked.join(", ")),
        SummaryRow::new("Police case number", request.case.clone()),
        SummaryRow::new("Legal basis", letters::basis(request.legal_basis).to_owned()),
        SummaryRow::new("Letter", request.letter_reference.clone()),
        SummaryRow::new("Asked", words::instant(request.requested_at)),
    ];
    match &request.state {
        DisclosureState::Asked { due, .. } => rows.push(SummaryRow::new("Answer by", deadline(*due, now))),
        DisclosureState::Answered { at } => rows.push(SummaryRow::new("Answered", words::instant(*at))),
        DisclosureState::Declined { at, reason } => {
            rows.push(SummaryRow::new("Declined", words::instant(*at)));
            rows.push(SummaryRow::new("Your reason", reason.clone()));
        }
        DisclosureState::Requested | DisclosureState::Refused => {}
    }
    for (kind, name) in [
        (NoticeKind::Reminded, "Reminded"),
        (NoticeKind::Recalled, "Taken back by the police"),
    ] {
        rows.extend(request.notice(kind).map(|at| SummaryRow::new(name, words::instant(at))));
    }
    rows
}

fn deadline(due: Timestamp, now: Timestamp) -> String {
    format!("{} ({})", words::instant(due), words::distance(due, now))
}

fn row(request: &PartnerRequestView, now: Timestamp) -> RequestRow {
    let (state, colour, due) = match &request.state {
        _ if request.notice(NoticeKind::Recalled).is_some() => ("Taken back", "grey", String::new()),
        DisclosureState::Asked { due, .. } if *due < now => ("Overdue", "red", deadline(*due, now)),
        DisclosureState::Asked { due, .. } => ("To answer", "yellow", deadline(*due, now)),
        DisclosureState::Answered { at } => ("Answered", "green", words::instant(*at)),
        DisclosureState::Declined { at, .. } => ("Declined", "grey", words::instant(*at)),
        DisclosureState::Requested | DisclosureState::Refused => ("Not put to you", "grey", String::new()),
    };
    RequestRow {
        id: request.id.to_string(),
        listing: format!("{} ({})", request.listing_title, request.listing_reference),
        case: request.case.clone(),
        asked: words::instant(request.requested_at),
        due,
        state,
        colour,
    }
}
