//! Photos as the API serves them: drawn anew, for the one who may see them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::domain::photo::ContentHash;
use crate::http::error::Problem;
use crate::http::input::path_value;
use crate::intake::IntakeError;

/// Longer side of a served photo, pixels: enough to compare scratches.
const SIDE_MAX: u32 = 1280;

/// The photo's picture as JPEG, without what the camera wrote. Whether the one who asks may see it has been decided before.
pub(super) async fn serve(app: &App, sha256: ContentHash) -> Result<Response, Problem> {
    let jpeg = app.intake.thumbnail(sha256, SIDE_MAX).await.map_err(|error| match error {
        IntakeError::Store(error) => error.into(),
        error => Problem::internal(&error),
    })?;
    let mut response = jpeg.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The path's parameter `sha256`.
pub(super) struct PhotoHash(pub(super) ContentHash);

impl<S: Send + Sync> FromRequestParts<S> for PhotoHash {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        path_value(parts, state, "sha256").await.map(Self)
    }
}
