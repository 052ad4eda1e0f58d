//! Photos as they are served: decoded within limits and drawn anew, small and without what the camera wrote.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use replevin_index::image::decode::{DecodeLimits, thumbnail};

use super::error::Problem;
use crate::app::App;
use crate::domain::photo::ContentHash;

/// Longer side of a served photo, pixels: enough to compare scratches.
const SIDE_MAX: u32 = 1200;

/// The photo's picture as JPEG. Whether the one who asks may see it has been decided before.
///
/// # Errors
/// 404 when its bytes are not held, 500 when they are damaged or cannot be drawn.
pub async fn serve(app: &App, sha256: ContentHash) -> Result<Response, Problem> {
    let permit = app.decoding.acquire().await.map_err(|error| Problem::internal(&error))?;
    let files = app.photo_files.clone();
    let drawn = tokio::task::spawn_blocking(move || {
        let bytes = files.read(sha256).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Problem::missing("photo"),
            _ => Problem::internal(&error),
        })?;
        thumbnail(&bytes, &DecodeLimits::default(), SIDE_MAX).map_err(|error| Problem::internal(&error))
    });
    let jpeg = drawn.await.map_err(|error| Problem::internal(&error))??;
    drop(permit);
    let mut response = (StatusCode::OK, jpeg).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // For the one who may see it, for the time of one look.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=300"));
    Ok(response)
}
