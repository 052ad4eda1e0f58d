//! The tokens of a partner's systems, as its own people see, replace and revoke them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::access::TokenHolder;
use crate::app::App;
use crate::domain::ids::TokenId;
use crate::domain::time::Timestamp;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId};
use crate::store::TokenSummary;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(revoke))
        .routes(routes!(rotate))
}

/// A token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
struct TokenView {
    /// Its id.
    id: Uuid,
    /// Its first characters, to recognise it by.
    prefix: String,
    /// What it is used for.
    label: String,
    /// What may be done with it: `listings`, `checks`, `requests`.
    scopes: Vec<String>,
    /// `in_force`, `ending`, `ended` or `revoked`.
    state: &'static str,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was used last, to about ten minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<DateTime<Utc>>,
    /// When it ends or ended, where that is settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<DateTime<Utc>>,
}

/// A partner's tokens.
#[derive(Debug, Serialize, ToSchema)]
struct TokensAnswer {
    /// Newest first.
    tokens: Vec<TokenView>,
}

/// How a token is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RotationBody {
    /// How long the old one works on, hours: 0 to 168, seven days. A day where it is not said.
    #[serde(default = "a_day")]
    overlap_hours: u32,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct NewTokenAnswer {
    #[serde(flatten)]
    token: TokenView,
    /// The token itself: told in this answer and never again.
    secret: String,
}

fn a_day() -> u32 {
    24
}

/// List tokens
///
/// Those of the partner's systems, without their secrets, also those that have ended. For the partner's people: with a token of a
/// person's, not of a system's.
#[utoipa::path(
    get, path = "/partners/{partner}/tokens", tag = "tokens",
    params(("partner" = String, Path, description = "The partner's short name")),
    responses((status = 200, body = TokensAnswer), (status = 403, body = Problem, description = "Nobody of this partner's people"))
)]
async fn list(State(app): State<App>, caller: Caller, Path(partner): Path<String>) -> Result<Json<TokensAnswer>, Problem> {
    let partner = caller.partner_person(&app, &partner).await?;
    let (tokens, now) = (app.access.tokens_of(TokenHolder::Partner(partner.id)).await?, app.clock.now());
    Ok(Json(TokensAnswer {
        tokens: tokens.into_iter().map(|token| view(token, now)).collect(),
    }))
}

/// Replace a token
///
/// By a new one with the same scopes, whose secret is told in this answer and never again. The old one works on for as long as is
/// asked, so that every system can be given the new one before it ends.
#[utoipa::path(
    post, path = "/partners/{partner}/tokens/{id}/rotation", tag = "tokens", request_body = RotationBody,
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = Uuid, Path, description = "The token that is replaced"),
    ),
    responses(
        (status = 201, body = NewTokenAnswer),
        (status = 403, body = Problem, description = "Nobody of this partner's people"),
        (status = 404, body = Problem, description = "No token in force of this partner's"),
        (status = 409, body = Problem, description = "It was replaced already"),
    )
)]
async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Path((partner, _)): Path<(String, String)>,
    PathId(id): PathId<TokenId>,
    JsonBody(body): JsonBody<RotationBody>,
) -> Result<(StatusCode, Json<NewTokenAnswer>), Problem> {
    let partner = caller.partner_person(&app, &partner).await?;
    let holder = TokenHolder::Partner(partner.id);
    let new = app
        .access
        .rotate_token(caller.actor(), holder, id, body.overlap_hours)
        .await?;
    let answer = NewTokenAnswer {
        secret: new.secret.reveal().to_owned(),
        token: view(new.summary, app.clock.now()),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Revoke a token
///
/// At once it opens nothing any more.
#[utoipa::path(
    delete, path = "/partners/{partner}/tokens/{id}", tag = "tokens",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = Uuid, Path, description = "The token"),
    ),
    responses(
        (status = 204, description = "Revoked"),
        (status = 403, body = Problem, description = "Nobody of this partner's people"),
        (status = 404, body = Problem, description = "No token in force of this partner's"),
    )
)]
async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path((partner, _)): Path<(String, String)>,
    PathId(id): PathId<TokenId>,
) -> Result<StatusCode, Problem> {
    let partner = caller.partner_person(&app, &partner).await?;
    app.access
        .revoke_token_of(caller.actor(), TokenHolder::Partner(partner.id), id)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(token: TokenSummary, now: Timestamp) -> TokenView {
    TokenView {
        id: token.id.0,
        state: match (token.revoked_at, token.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(at)) if at <= now => "ended",
            (None, Some(_)) => "ending",
            (None, None) => "in_force",
        },
        prefix: token.prefix,
        label: token.label,
        scopes: token.scopes.each().iter().map(|scope| scope.word().to_owned()).collect(),
        created_at: token.created_at,
        used_at: token.used_at,
        ends_at: token.expires_at,
        revoked_at: token.revoked_at,
    }
}
