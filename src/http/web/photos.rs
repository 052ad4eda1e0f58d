//! `/photos/{sha256}`: photos on pages, small and without metadata.
//!
//! Leaves who may see which photo to `casework`.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::refusal::Refusal;
use super::session::{Fields, SignedIn};
use super::shell::protect;
use crate::app::App;
use crate::domain::photo::ContentHash;
use crate::http::error::Problem;

/// Longer side of a picture, pixels.
const SIDE_MAX: u32 = 1280;
/// Longer side with `?size=small`, pixels.
const SMALL_SIDE_MAX: u32 = 320;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/photos/{sha256}", get(photo))
}

/// The address of a photo in full.
#[must_use]
pub fn address(sha256: ContentHash) -> String {
    format!("/photos/{sha256}")
}

/// The address of a photo as a thumbnail.
#[must_use]
pub fn small_address(sha256: ContentHash) -> String {
    format!("/photos/{sha256}?size=small")
}

async fn photo(State(app): State<App>, who: SignedIn, Path(sha256): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    let sha256: ContentHash = sha256.parse().map_err(|_| Problem::missing("photo"))?;
    app.casework.open_photo(&who.principal(), sha256).await?;
    let small = Fields::parse(uri.query().unwrap_or("").as_bytes()).get("size") == "small";
    let side_max = if small { SMALL_SIDE_MAX } else { SIDE_MAX };
    let jpeg = app.intake.thumbnail(sha256, side_max).await?;
    let mut response = jpeg.into_response();
    protect(response.headers_mut());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Ok(response)
}
