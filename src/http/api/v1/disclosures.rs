//! Disclosure requests: the police's side and the partner's.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::progress::Progress;
use crate::app::App;
use crate::casework::views::{self, PartnerRequestView};
use crate::domain::disclosure::{DisclosureRequest, IdentityAnswer};
use crate::domain::ids::{DisclosureRequestId, ReportId};
use crate::domain::partner::SellerField;
use crate::http::caller::{Caller, ConfirmPassword, StatedPurpose};
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PartnerName, PathId};

/// The routes of this resource.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(request_disclosure))
        .routes(routes!(approve_disclosure))
        .routes(routes!(read_disclosure))
        .routes(routes!(open_identity))
        .routes(routes!(list_partner_requests))
        .routes(routes!(answer_partner_request))
}

/// What is asked about a seller.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Asking {
    /// Of `name`, `address`, `email`, `phone`, `birth_date`, `bank_account`, `network_address`, what the letter lets be asked.
    #[schema(value_type = Vec<String>)]
    fields: Vec<SellerField>,
}

/// A supervisor's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApprovalWord {
    /// For or against.
    approved: bool,
    /// Why; required when against.
    #[serde(default)]
    reason: Option<String>,
}

/// The partner's answer: one of both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// Every asked field: what the partner knows, or `null` where it does not know it.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, Option<String>>>)]
    identity: Option<IdentityAnswer>,
    /// Why the partner declines.
    #[serde(default)]
    declined: Option<String>,
}

/// A supervisor's word as it was given.
#[derive(Debug, Serialize, ToSchema)]
struct ApprovalRecord {
    /// The supervisor's account.
    by: Uuid,
    /// When.
    at: DateTime<Utc>,
    /// For or against.
    approved: bool,
    /// Why.
    reason: Option<String>,
}

/// A disclosure request as the police see it.
#[derive(Debug, Serialize, ToSchema)]
struct RequestRecord {
    /// Its id.
    id: Uuid,
    /// How far it is.
    #[serde(flatten)]
    progress: Progress,
    /// The report that it rests on.
    report: Uuid,
    /// The letter that it is made under.
    letter: Uuid,
    /// Which data are asked.
    fields: Vec<&'static str>,
    /// The case number.
    case: String,
    /// The police's number of the theft's case, when the request names another one: the supervisors are shown both.
    #[serde(skip_serializing_if = "Option::is_none")]
    differs_from_theft_case: Option<String>,
    /// The reason.
    reason: String,
    /// Who asked.
    requested_by: Uuid,
    /// When.
    requested_at: DateTime<Utc>,
    /// The supervisors' words.
    approvals: Vec<ApprovalRecord>,
}

impl From<DisclosureRequest> for RequestRecord {
    fn from(request: DisclosureRequest) -> Self {
        let approvals = request.approvals.into_iter().map(|approval| ApprovalRecord {
            by: approval.by.0,
            at: approval.at,
            approved: approval.approved,
            reason: approval.reason,
        });
        Self {
            id: request.id.0,
            progress: Progress::told(request.state, &request.notices),
            report: request.report.0,
            letter: request.letter.0,
            fields: request.fields.iter().map(|field| field.word()).collect(),
            case: request.purpose.case,
            differs_from_theft_case: None,
            reason: request.purpose.reason,
            requested_by: request.requested_by.0,
            requested_at: request.requested_at,
            approvals: approvals.collect(),
        }
    }
}

/// A request as the police see it, beside the case of its theft.
async fn record(app: &App, request: DisclosureRequest) -> Result<RequestRecord, Problem> {
    let report = request.report;
    let theft_case = app.store.read(move |reader| views::theft_case(reader, report)).await?;
    let other = theft_case.filter(|case| !request.purpose.is_for_case(case));
    Ok(RequestRecord {
        differs_from_theft_case: other,
        ..RequestRecord::from(request)
    })
}

/// A disclosure request as the partner sees it to whom it is put.
#[derive(Debug, Serialize, ToSchema)]
struct PartnerRecord {
    /// Its id.
    id: Uuid,
    /// How far it is.
    #[serde(flatten)]
    progress: Progress,
    /// Our id of the listing whose seller is meant.
    listing: Uuid,
    /// The partner's own id of it.
    listing_ref: String,
    /// How it is called.
    listing_title: String,
    /// Which data are asked.
    fields: Vec<&'static str>,
    /// `voluntary_letter`, `statute` or `court_order`.
    legal_basis: &'static str,
    /// How the parties cite the letter.
    letter: String,
    /// The police's number of the case.
    case: String,
}

impl From<PartnerRequestView> for PartnerRecord {
    fn from(view: PartnerRequestView) -> Self {
        Self {
            id: view.id.0,
            progress: Progress::told(view.state, &view.notices),
            listing: view.listing.0,
            listing_ref: view.listing_reference,
            listing_title: view.listing_title,
            fields: view.fields.iter().map(|field| field.word()).collect(),
            legal_basis: view.legal_basis.word(),
            letter: view.letter_reference,
            case: view.case,
        }
    }
}

/// The requests put to a partner.
#[derive(Debug, Serialize, ToSchema)]
struct PartnerPage {
    /// Newest first.
    requests: Vec<PartnerRecord>,
}

/// How far a request is after an answer.
#[derive(Debug, Serialize, ToSchema)]
struct Answered {
    /// The request's id.
    id: Uuid,
    /// How far it is.
    #[serde(flatten)]
    progress: Progress,
}

/// A seller's identity.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityRecord {
    /// The asked fields, as far as the partner had them.
    identity: BTreeMap<&'static str, String>,
    /// Fields that were asked for and that the partner answered it does not know.
    not_known: Vec<&'static str>,
}

/// Asks for a seller's identity under the letter, for a purpose. It goes to the supervisors first.
#[utoipa::path(post, path = "/reports/{id}/disclosure-requests", tag = "disclosure", request_body = Asking,
    params(("id" = Uuid, Path, description = "The confirmed report"),
           ("Purpose-Case" = String, Header, description = "The case number"),
           ("Purpose-Reason" = String, Header, description = "Why this is needed")),
    responses((status = 201, body = RequestRecord),
              (status = 403, description = "The letter does not allow it: every reason is in `errors`", body = Problem),
              (status = 409, description = "A request on this report is under way", body = Problem),
              (status = 428, description = "No purpose is stated", body = Problem)))]
async fn request_disclosure(
    State(app): State<App>,
    Caller(caller): Caller,
    StatedPurpose(purpose): StatedPurpose,
    PathId(id): PathId<ReportId>,
    JsonBody(body): JsonBody<Asking>,
) -> Result<(StatusCode, Json<RequestRecord>), Problem> {
    let request = app.casework.request_disclosure(&caller, id, body.fields, purpose).await?;
    Ok((StatusCode::CREATED, Json(record(&app, request).await?)))
}

/// A supervisor approves or refuses a request. On the pages they give their password again; here it can be sent in
/// `Confirm-Password`, and must be where the service is set to ask for it (`[http] api_asks_password`). The log says which it was.
#[utoipa::path(post, path = "/disclosure-requests/{id}/approval", tag = "disclosure", request_body = ApprovalWord,
    params(("id" = Uuid, Path, description = "The request"),
           ("Confirm-Password" = Option<String>, Header, description = "The password of the token's account")),
    responses((status = 200, body = RequestRecord), (status = 400, body = Problem),
              (status = 403, description = "The letter does not allow it: every reason is in `errors`; or the password is wrong",
               body = Problem),
              (status = 409, description = "It does not wait for this word", body = Problem),
              (status = 428, description = "The service asks for `Confirm-Password`", body = Problem),
              (status = 429, description = "Too many wrong passwords", body = Problem)))]
async fn approve_disclosure(
    State(app): State<App>,
    Caller(caller): Caller,
    ConfirmPassword(password): ConfirmPassword,
    PathId(id): PathId<DisclosureRequestId>,
    JsonBody(body): JsonBody<ApprovalWord>,
) -> Result<Json<RequestRecord>, Problem> {
    let confirmed = app.access.confirm_token(&caller, password.as_deref()).await?;
    let word = (body.approved, body.reason.as_deref());
    let request = app.casework.decide_disclosure(&caller, id, word, confirmed).await?;
    Ok(Json(record(&app, request).await?))
}

/// How far a request is: for the officer who asked, and supervisors. Logged.
#[utoipa::path(get, path = "/disclosure-requests/{id}", tag = "disclosure", params(("id" = Uuid, Path, description = "The request")),
    responses((status = 200, body = RequestRecord), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn read_disclosure(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<DisclosureRequestId>,
) -> Result<Json<RequestRecord>, Problem> {
    let request = app.casework.disclosure(&caller, id).await?;
    Ok(Json(record(&app, request).await?))
}

/// Opens the seller's identity, for a purpose that names the request's case. Each opening is logged, and whether the password was
/// given in `Confirm-Password`; it must be where the service is set to ask for it (`[http] api_asks_password`).
#[utoipa::path(get, path = "/disclosure-requests/{id}/identity", tag = "disclosure",
    params(("id" = Uuid, Path, description = "The request"),
           ("Purpose-Case" = String, Header, description = "The case number"),
           ("Purpose-Reason" = String, Header, description = "Why this is needed"),
           ("Confirm-Password" = Option<String>, Header, description = "The password of the token's account")),
    responses((status = 200, body = IdentityRecord), (status = 400, body = Problem),
              (status = 403, description = "The letter does not allow it: every reason is in `errors`; or the password is wrong",
               body = Problem),
              (status = 422, description = "Another case is stated than the one that the request was made for", body = Problem),
              (status = 428, description = "No purpose is stated, or the service asks for `Confirm-Password`", body = Problem),
              (status = 429, description = "Too many wrong passwords", body = Problem)))]
async fn open_identity(
    State(app): State<App>,
    Caller(caller): Caller,
    StatedPurpose(purpose): StatedPurpose,
    ConfirmPassword(password): ConfirmPassword,
    PathId(id): PathId<DisclosureRequestId>,
) -> Result<Json<IdentityRecord>, Problem> {
    let confirmed = app.access.confirm_token(&caller, password.as_deref()).await?;
    let (request, identity) = app.casework.open_identity(&caller, id, purpose, confirmed).await?;
    let unknown = request.fields.iter().filter(|field| !identity.0.contains_key(field));
    let not_known = unknown.map(|field| field.word()).collect();
    let fields = identity.0.into_iter().map(|(field, value)| (field.word(), value));
    Ok(Json(IdentityRecord {
        identity: fields.collect(),
        not_known,
    }))
}

/// The requests that were put to a partner. Logged.
#[utoipa::path(get, path = "/partners/{partner}/disclosure-requests", tag = "disclosure",
    params(("partner" = String, Path, description = "The partner's short name")),
    responses((status = 200, body = PartnerPage), (status = 403, body = Problem)))]
async fn list_partner_requests(
    State(app): State<App>,
    caller: Caller,
    PartnerName(partner): PartnerName,
) -> Result<Json<PartnerPage>, Problem> {
    caller.partner(&app, &partner).await?;
    let requests = app.casework.partner_requests(&caller.0).await?;
    Ok(Json(PartnerPage {
        requests: requests.into_iter().map(PartnerRecord::from).collect(),
    }))
}

/// The partner gives the seller's identity, or declines with its reason. Once: an answer that leaves out an asked field is refused.
#[utoipa::path(post, path = "/partners/{partner}/disclosure-requests/{id}/answer", tag = "disclosure", request_body = Answer,
    params(("partner" = String, Path, description = "The partner's short name"), ("id" = Uuid, Path, description = "The request")),
    responses((status = 200, body = Answered), (status = 400, body = Problem),
              (status = 403, description = "The letter does not allow it: every reason is in `errors`", body = Problem),
              (status = 404, body = Problem), (status = 409, description = "No answer is awaited", body = Problem)))]
async fn answer_partner_request(
    State(app): State<App>,
    caller: Caller,
    PartnerName(partner): PartnerName,
    PathId(id): PathId<DisclosureRequestId>,
    JsonBody(body): JsonBody<Answer>,
) -> Result<Json<Answered>, Problem> {
    caller.partner(&app, &partner).await?;
    let request = match (body.identity, body.declined) {
        (Some(identity), None) => app.casework.answer_disclosure(&caller.0, id, identity).await?,
        (None, Some(reason)) => app.casework.decline_disclosure(&caller.0, id, &reason).await?,
        _ => return Err(Problem::invalid("identity", "send either `identity` or `declined`")),
    };
    Ok(Json(Answered {
        id: request.id.0,
        progress: request.state.into(),
    }))
}
