//! How things are held under each letter: listed for the police and administrators, set and ended by administrators.

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
use crate::casework::HoldPolicyView;
use crate::domain::hold::{HoldExpiry, HoldPolicy, HoldTrigger};
use crate::domain::ids::LetterId;
use crate::domain::partner::LetterStanding;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(set, end))
}

/// How things are held.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PolicyBody {
    /// What begins a hold: `asked`, an officer asks; `confirmed`, a report is confirmed; `raised`, one at or above the letter's
    /// threshold is raised. An officer may ask in any case.
    #[schema(value_type = String)]
    trigger: HoldTrigger,
    /// For how many days, 1 to 365.
    days: u32,
    /// Within how many hours the partner says whether it has the thing, 1 to 720.
    notice_hours: u32,
    /// By how many days it is extended at a time, 0 to 365.
    extension_days: u32,
    /// How often, 0 to 20.
    extensions_max: u32,
    /// What follows when it has run out: `release`, the thing may be sold; `keep`, it is kept until the police have decided.
    #[schema(value_type = String)]
    expiry: HoldExpiry,
}

/// How things are held under one letter.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyView {
    /// The letter.
    letter: Uuid,
    /// What it is called.
    reference: String,
    /// Whether it is in force.
    in_force: bool,
    /// The partner's short name.
    partner: String,
    /// How things are held.
    policy: PolicyBody,
    /// Since when.
    set_at: DateTime<Utc>,
}

/// How things are held.
#[derive(Debug, Serialize, ToSchema)]
struct PoliciesAnswer {
    /// By partner and letter.
    policies: Vec<PolicyView>,
}

/// List how things are held
///
/// Under each letter for which it is set.
#[utoipa::path(get, path = "/hold-policies", tag = "holds",
    responses(
        (status = 200, body = PoliciesAnswer),
        (status = 403, body = Problem, description = "Needs an officer or an administrator"),
    ))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<PoliciesAnswer>, Problem> {
    let policies = app.casework.hold_policies(&caller.0).await?;
    Ok(Json(PoliciesAnswer {
        policies: policies.into_iter().map(view).collect(),
    }))
}

/// Set how things are held under a letter
///
/// In place of what was set before. What is held already goes on as it was asked.
#[utoipa::path(put, path = "/letters/{id}/hold-policy", tag = "holds", request_body = PolicyBody,
    params(("id" = Uuid, Path, description = "The letter")),
    responses(
        (status = 200, body = PolicyBody),
        (status = 400, body = Problem, description = "A number cannot be used"),
        (status = 403, body = Problem, description = "Needs an administrator"),
        (status = 404, body = Problem, description = "No such letter"),
    ))]
async fn set(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<LetterId>,
    JsonBody(body): JsonBody<PolicyBody>,
) -> Result<Json<PolicyBody>, Problem> {
    let policy = HoldPolicy {
        trigger: body.trigger,
        days: body.days,
        notice_hours: body.notice_hours,
        extension_days: body.extension_days,
        extensions_max: body.extensions_max,
        expiry: body.expiry,
    };
    app.casework.set_hold_policy(caller.actor(), id, policy).await?;
    Ok(Json(body))
}

/// End how things are held under a letter
///
/// Nothing is held under it from then on. What is held stays held until its own end.
#[utoipa::path(delete, path = "/letters/{id}/hold-policy", tag = "holds",
    params(("id" = Uuid, Path, description = "The letter")),
    responses(
        (status = 204, description = "Ended"),
        (status = 403, body = Problem, description = "Needs an administrator"),
        (status = 404, body = Problem, description = "Nothing is set for such a letter"),
    ))]
async fn end(State(app): State<App>, caller: Caller, PathId(id): PathId<LetterId>) -> Result<StatusCode, Problem> {
    app.casework.end_hold_policy(caller.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(view: HoldPolicyView) -> PolicyView {
    let policy = view.policy;
    PolicyView {
        letter: view.letter.id.0,
        reference: view.letter.terms.reference,
        in_force: view.standing == LetterStanding::Active,
        partner: view.partner.slug.to_string(),
        policy: PolicyBody {
            trigger: policy.trigger,
            days: policy.days,
            notice_hours: policy.notice_hours,
            extension_days: policy.extension_days,
            extensions_max: policy.extensions_max,
            expiry: policy.expiry,
        },
        set_at: view.set_at,
    }
}
