//! Holds: what police ask a partner to keep, its answer, and extending and lifting by an officer.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::casework::PartnerHold;
use crate::domain::hold::{Hold, HoldExpiry, HoldState};
use crate::domain::ids::{HoldId, ReportId};
use crate::http::caller::{Caller, StatedPurpose};
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(answer))
        .routes(routes!(ask))
        .routes(routes!(extend))
        .routes(routes!(lift))
}

/// A thing that a partner is asked to keep.
#[derive(Debug, Serialize, ToSchema)]
struct HoldView {
    /// Its id.
    id: Uuid,
    /// The partner's own id of the listing; for the partner alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    listing: Option<String>,
    /// The report that it rests on; for the police alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Uuid>,
    /// The police's number of the case.
    case: String,
    /// `asked`, `held`, `refused`, `lifted` or `expired`.
    #[schema(value_type = String)]
    state: HoldState,
    /// When it was asked.
    asked_at: DateTime<Utc>,
    /// By when the partner is to say whether it has the thing.
    answer_due: DateTime<Utc>,
    /// When it runs out.
    ends_at: DateTime<Utc>,
    /// What follows then: `release`, it may be sold; `keep`, it is kept until the police have decided.
    #[schema(value_type = String)]
    expiry: HoldExpiry,
    /// How often it was extended.
    extensions: u32,
    /// What the partner said.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// A partner's holds.
#[derive(Debug, Serialize, ToSchema)]
struct HoldsAnswer {
    /// Newest first.
    holds: Vec<HoldView>,
}

/// What a partner says to a hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldAnswerBody {
    /// Whether it keeps the thing.
    held: bool,
    /// A note; where it does not keep it, why.
    #[serde(default)]
    note: String,
}

/// Why something is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReasonBody {
    /// In words, 3 to 2,000 characters.
    reason: String,
}

/// List holds
#[utoipa::path(get, path = "/partners/{partner}/holds", tag = "holds",
    params(("partner" = String, Path, description = "The partner's short name")),
    responses((status = 200, body = HoldsAnswer), (status = 403, body = Problem, description = "Another partner's holds")))]
async fn list(State(app): State<App>, caller: Caller, Path(partner): Path<String>) -> Result<Json<HoldsAnswer>, Problem> {
    caller.partner(&app, &partner).await?;
    let holds = app.casework.partner_holds(&caller.0).await?;
    Ok(Json(HoldsAnswer {
        holds: holds.into_iter().map(of_partner).collect(),
    }))
}

/// Say whether a thing is kept
///
/// The answer is final: a second one is refused.
#[utoipa::path(post, path = "/partners/{partner}/holds/{id}/answer", tag = "holds", request_body = HoldAnswerBody,
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = Uuid, Path, description = "The hold"),
    ),
    responses(
        (status = 200, body = HoldView),
        (status = 403, body = Problem, description = "Another partner's hold"),
        (status = 404, body = Problem, description = "No such hold"),
        (status = 409, body = Problem, description = "No answer is awaited"),
    ))]
async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path((partner, _)): Path<(String, String)>,
    PathId(id): PathId<HoldId>,
    JsonBody(body): JsonBody<HoldAnswerBody>,
) -> Result<Json<HoldView>, Problem> {
    caller.partner(&app, &partner).await?;
    let held = app.casework.answer_hold(&caller.0, id, body.held, &body.note).await?;
    Ok(Json(of_partner(held)))
}

/// Ask a partner to keep a thing
///
/// On a report that the caller has taken, or that is confirmed, for a purpose; under the policy of the letter in force. Nobody is
/// asked again, as on the pages: the partner is told at once. On a report that is not decided the reason is to say why it cannot wait
/// for that; the log says that it was undecided.
#[utoipa::path(post, path = "/reports/{id}/holds", tag = "holds",
    params(
        ("id" = Uuid, Path, description = "The report"),
        ("Purpose-Case" = String, Header, description = "The case number"),
        ("Purpose-Reason" = String, Header, description = "Why"),
    ),
    responses(
        (status = 201, body = HoldView),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 404, body = Problem, description = "No such report"),
        (status = 409, body = Problem, description = "The report or the letter does not allow it, or the listing is held"),
        (status = 428, body = Problem, description = "No purpose was stated"),
    ))]
async fn ask(
    State(app): State<App>,
    caller: Caller,
    StatedPurpose(purpose): StatedPurpose,
    PathId(id): PathId<ReportId>,
) -> Result<(StatusCode, Json<HoldView>), Problem> {
    let hold = app.casework.ask_hold(&caller.0, id, purpose).await?;
    Ok((StatusCode::CREATED, Json(of_police(hold))))
}

/// Extend a hold
#[utoipa::path(post, path = "/holds/{id}/extension", tag = "holds", request_body = ReasonBody,
    params(("id" = Uuid, Path, description = "The hold")),
    responses(
        (status = 200, body = HoldView),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 404, body = Problem, description = "No such hold"),
        (status = 409, body = Problem, description = "It is over, or was extended as often as may be"),
    ))]
async fn extend(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<HoldId>,
    JsonBody(body): JsonBody<ReasonBody>,
) -> Result<Json<HoldView>, Problem> {
    let hold = app.casework.extend_hold(&caller.0, id, &body.reason).await?;
    Ok(Json(of_police(hold)))
}

/// Lift a hold
#[utoipa::path(post, path = "/holds/{id}/lift", tag = "holds", request_body = ReasonBody,
    params(("id" = Uuid, Path, description = "The hold")),
    responses(
        (status = 200, body = HoldView),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 404, body = Problem, description = "No such hold"),
        (status = 409, body = Problem, description = "It is over"),
    ))]
async fn lift(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<HoldId>,
    JsonBody(body): JsonBody<ReasonBody>,
) -> Result<Json<HoldView>, Problem> {
    let hold = app.casework.lift_hold(&caller.0, id, &body.reason).await?;
    Ok(Json(of_police(hold)))
}

fn of_partner(held: PartnerHold) -> HoldView {
    let listing = Some(held.reference);
    HoldView {
        listing,
        report: None,
        ..of_police(held.hold)
    }
}

fn of_police(hold: Hold) -> HoldView {
    HoldView {
        id: hold.id.0,
        listing: None,
        report: Some(hold.report.0),
        case: hold.case,
        state: hold.state,
        asked_at: hold.asked_at,
        answer_due: hold.notice_due,
        ends_at: hold.ends_at,
        expiry: hold.policy.expiry,
        extensions: hold.extensions,
        note: hold.note,
    }
}
