//! The HTTP API: `/api/v1` and its description.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use super::error::Problem;
use crate::app::App;

mod description;
pub mod v1;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Replevin",
        description = "Takes in listings, recognises stolen goods among them, and puts them to the police under the letter of intent."
    ),
    modifiers(&TokenSecurity),
    security(("token" = []))
)]
struct Description;

struct TokenSecurity;

impl utoipa::Modify for TokenSecurity {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        openapi
            .components
            .get_or_insert_with(Default::default)
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The description of the API, as JSON for readers.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn describe() -> serde_json::Result<String> {
    described().1.to_pretty_json()
}

/// The routes of the API and their description.
fn described() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .nest("/api/v1", v1::routes())
        .split_for_parts();
    description::complete(&mut description);
    (router, description)
}

/// The routes below `/api` and their description at `/api/openapi.json`.
pub(super) fn routes() -> Router<App> {
    let (router, description) = described();
    router
        .route("/api/openapi.json", get(|| async move { Json(description) }))
        .route("/api/{*path}", axum::routing::any(nothing_here))
        .method_not_allowed_fallback(wrong_method)
}

async fn nothing_here(State(_): State<App>) -> Problem {
    Problem::missing("address in this API; see /api/openapi.json")
}

async fn wrong_method() -> Response {
    let mut response = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method",
        "this address does not take that method",
    )
    .into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}
