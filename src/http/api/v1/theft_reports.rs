//! `/theft-reports`: stating a theft, reading it, an officer's decision, the owner's contact details.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::casework::NewTheft;
use crate::domain::ids::{ItemId, TheftReportId};
use crate::domain::item::{TheftReport, Verification};
use crate::feeds::record::PlaceLine;
use crate::http::caller::{Caller, ConfirmPassword, StatedPurpose};
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId};

/// The routes of this resource.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(state_theft))
        .routes(routes!(read_theft))
        .routes(routes!(decide_theft))
        .routes(routes!(open_contact))
}

/// A statement that items were stolen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TheftStatement {
    /// Which items: 1 to 200, all of one owner.
    items: Vec<Uuid>,
    /// The earliest time at which it can have happened.
    from: DateTime<Utc>,
    /// The latest time; not in the future.
    to: DateTime<Utc>,
    /// Where.
    #[serde(default)]
    location: PlaceLine,
    /// The police's number of the case, when there is one yet.
    #[serde(default)]
    crime_reference: Option<String>,
    /// What happened.
    #[serde(default)]
    circumstances: String,
}

/// A theft report.
#[derive(Debug, Serialize, ToSchema)]
struct TheftRecord {
    /// Its id.
    id: Uuid,
    /// `unverified`, `verified` or `rejected`.
    status: &'static str,
    /// Which items.
    items: Vec<Uuid>,
    /// The earliest time.
    from: DateTime<Utc>,
    /// The latest time.
    to: DateTime<Utc>,
    /// Where.
    location: PlaceLine,
    /// The police's number of the case.
    crime_reference: Option<String>,
    /// What happened.
    circumstances: String,
    /// Whether an officer has verified it.
    verified: bool,
    /// When an officer decided on it.
    decided_at: Option<DateTime<Utc>>,
    /// When it was stated.
    created_at: DateTime<Utc>,
}

impl From<TheftReport> for TheftRecord {
    fn from(report: TheftReport) -> Self {
        let decided_at = match report.verification {
            Verification::Unverified => None,
            Verification::Verified { at, .. } | Verification::Rejected { at, .. } => Some(at),
        };
        Self {
            id: report.id.0,
            status: report.verification.word(),
            items: report.items.iter().map(|id| id.0).collect(),
            from: report.theft.from,
            to: report.theft.to,
            location: (&report.theft.place).into(),
            crime_reference: report.theft.crime_reference,
            circumstances: report.theft.circumstances,
            verified: matches!(report.verification, Verification::Verified { .. }),
            decided_at,
            created_at: report.created_at,
        }
    }
}

/// An officer's decision on a theft report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerificationDecision {
    /// Whether it is verified; else it is rejected.
    verified: bool,
    /// The police's number of the case; needed for verifying unless it was stated.
    #[serde(default)]
    crime_reference: Option<String>,
}

/// How an owner is reached.
#[derive(Debug, Serialize, ToSchema)]
struct ContactRecord {
    /// What they are called.
    name: String,
    /// Their e-mail address.
    email: String,
}

/// States that items were stolen.
#[utoipa::path(post, path = "/theft-reports", tag = "theft reports", request_body = TheftStatement,
    responses((status = 201, description = "Entered, unverified; the items are stolen from now on", body = TheftRecord),
              (status = 400, description = "The statement cannot be used", body = Problem),
              (status = 404, description = "An item is missing or somebody else's", body = Problem),
              (status = 409, description = "An item is in another state", body = Problem)))]
async fn state_theft(
    State(app): State<App>,
    Caller(caller): Caller,
    JsonBody(body): JsonBody<TheftStatement>,
) -> Result<(StatusCode, Json<TheftRecord>), Problem> {
    let new = NewTheft {
        items: body.items.into_iter().map(ItemId).collect(),
        from: body.from,
        to: body.to,
        place: body.location.into(),
        crime_reference: body.crime_reference,
        circumstances: body.circumstances,
    };
    let report = app.casework.report_theft(&caller, new).await?;
    Ok((StatusCode::CREATED, Json(report.into())))
}

/// Reads a theft report. Logged when the police do.
#[utoipa::path(get, path = "/theft-reports/{id}", tag = "theft reports",
    params(("id" = Uuid, Path, description = "The theft report")),
    responses((status = 200, body = TheftRecord), (status = 404, body = Problem)))]
async fn read_theft(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<TheftReportId>,
) -> Result<Json<TheftRecord>, Problem> {
    let view = app.casework.theft_report(&caller, id).await?;
    Ok(Json(view.report.into()))
}

/// An officer verifies or rejects a theft report. Verified, its items are searched for at once.
#[utoipa::path(post, path = "/theft-reports/{id}/verification", tag = "theft reports", request_body = VerificationDecision,
    params(("id" = Uuid, Path, description = "The theft report")),
    responses((status = 200, body = TheftRecord),
              (status = 400, description = "There is no crime reference", body = Problem),
              (status = 409, description = "It was decided before", body = Problem)))]
async fn decide_theft(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<TheftReportId>,
    JsonBody(body): JsonBody<VerificationDecision>,
) -> Result<Json<TheftRecord>, Problem> {
    let report = if body.verified {
        app.casework
            .verify_theft(&caller, id, body.crime_reference.as_deref(), None)
            .await?
    } else {
        app.casework.reject_theft(&caller, id).await?
    };
    Ok(Json(report.into()))
}

/// Opens the contact details of the owner of stolen items, for a purpose that names the theft's case once the police know one. Each
/// opening is logged, and whether the password was given in `Confirm-Password`; it must be where the service is set to ask for it
/// (`[http] api_asks_password`).
#[utoipa::path(get, path = "/theft-reports/{id}/contact", tag = "theft reports",
    params(("id" = Uuid, Path, description = "The theft report"),
           ("Purpose-Case" = String, Header, description = "The case number"),
           ("Purpose-Reason" = String, Header, description = "Why this is needed"),
           ("Confirm-Password" = Option<String>, Header, description = "The password of the token's account")),
    responses((status = 200, body = ContactRecord), (status = 403, description = "The password is wrong", body = Problem),
              (status = 404, body = Problem),
              (status = 422, description = "Another case is stated than the theft's", body = Problem),
              (status = 428, description = "No purpose is stated, or the service asks for `Confirm-Password`", body = Problem),
              (status = 429, description = "Too many wrong passwords", body = Problem)))]
async fn open_contact(
    State(app): State<App>,
    Caller(caller): Caller,
    StatedPurpose(purpose): StatedPurpose,
    ConfirmPassword(password): ConfirmPassword,
    PathId(id): PathId<TheftReportId>,
) -> Result<Json<ContactRecord>, Problem> {
    let confirmed = app.access.confirm_token(&caller, password.as_deref()).await?;
    let contact = app.casework.open_contact(&caller, id, purpose, confirmed).await?;
    Ok(Json(ContactRecord {
        name: contact.name,
        email: contact.email,
    }))
}
