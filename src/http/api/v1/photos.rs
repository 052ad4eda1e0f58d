//! Photos put as raw bytes: of a partner's listing, of an owner's item; and taken off again.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::items::item_id;
use crate::app::App;
use crate::domain::account::Role;
use crate::feeds::record::PHOTOS_MAX;
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::intake::PhotoKept;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(put_listing_photo, delete_listing_photo))
        .routes(routes!(put_item_photo))
        .routes(routes!(delete_item_photo))
}

/// A photo that is held now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PhotoAnswer {
    /// Its number, from 1.
    number: u16,
    /// SHA-256 of its bytes, in hex.
    sha256: String,
    /// Pixels, as displayed.
    width: u32,
    /// Pixels, as displayed.
    height: u32,
}

/// Put a photo of a listing
///
/// The raw bytes of a JPEG, PNG, WebP, GIF, TIFF or BMP file, at most 20 MiB and 40 megapixels: for partners whose photos have no
/// public address. Replaces what stood at that number. It stays, whatever later records leave out, until it is taken off, a record
/// says `"photos": []`, or an address that a record names at its number has brought another photo. Where the record announces a
/// `sha256` for that number, other bytes are refused. Answers after the photo is durable. Needs a letter of intent in force.
#[utoipa::path(
    put, path = "/partners/{partner}/listings/{id}/photos/{n}", tag = "listings",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = String, Path, description = "The partner's own id of the listing, percent-encoded"),
        ("n" = u16, Path, description = "The photo's number, 1 to 50"),
    ),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses(
        (status = 200, body = PhotoAnswer),
        (status = 403, body = Problem, description = "Another partner's listing, or no letter in force"),
        (status = 404, body = Problem, description = "No such listing"),
        (status = 413, body = Problem, description = "Too many bytes"),
        (status = 415, body = Problem, description = "Not a picture that is read"),
        (status = 422, body = Problem, description = "Too many pixels, damaged, or not what the record announces"),
    )
)]
async fn put_listing_photo(
    State(app): State<App>,
    caller: Caller,
    Path((partner, reference, number)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PhotoAnswer>, Problem> {
    let partner = caller.partner(&app, &partner).await?;
    let number = photo_number(&number)?;
    app.intake.open_feed(caller.actor(), partner.id).await?;
    let bytes = body::read(&headers, body, app.http.photo_bytes_max).await?;
    let put = app
        .intake
        .put_listing_photo(caller.actor(), partner.id, &reference, number, bytes);
    Ok(Json(PhotoAnswer::of(number, &put.await?)))
}

/// Take a photo off a listing
///
/// One that was put here; where the record names an address at its number, that is fetched then. A photo that was not put here goes
/// when the record is sent without it. A photo on which
/// the evidence of a suspicion report rests is kept with that report all the same. Logged.
#[utoipa::path(
    delete, path = "/partners/{partner}/listings/{id}/photos/{n}", tag = "listings",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = String, Path, description = "The partner's own id of the listing, percent-encoded"),
        ("n" = u16, Path, description = "The photo's number, 1 to 50"),
    ),
    responses(
        (status = 204, description = "Taken off"),
        (status = 400, body = Problem, description = "Photos are numbered from 1 to 50"),
        (status = 403, body = Problem, description = "Another partner's listing"),
        (status = 404, body = Problem, description = "No such listing, or it has no such photo"),
        (status = 409, body = Problem, description = "It was not uploaded: the listing's record names it"),
    )
)]
async fn delete_listing_photo(
    State(app): State<App>,
    caller: Caller,
    Path((partner, reference, number)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let partner = caller.partner(&app, &partner).await?;
    let number = photo_number(&number)?;
    app.intake
        .remove_listing_photo(caller.actor(), partner.id, &reference, number)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put a photo of an item
///
/// The raw bytes of a JPEG, PNG, WebP, GIF, TIFF or BMP file, at most 20 MiB and 40 megapixels. Replaces what stood at that number.
/// Answers after the photo is durable.
#[utoipa::path(
    put, path = "/items/{id}/photos/{n}", tag = "items",
    params(
        ("id" = Uuid, Path, description = "The item"),
        ("n" = u16, Path, description = "The photo's number, 1 to 50"),
    ),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses(
        (status = 200, body = PhotoAnswer),
        (status = 404, body = Problem, description = "The caller has no such item"),
        (status = 409, body = Problem, description = "The item is withdrawn"),
        (status = 413, body = Problem, description = "Too many bytes"),
        (status = 415, body = Problem, description = "Not a picture that is read"),
        (status = 422, body = Problem, description = "Too many pixels, or damaged"),
    )
)]
async fn put_item_photo(
    State(app): State<App>,
    caller: Caller,
    Path((id, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PhotoAnswer>, Problem> {
    let owner = caller.account(&app, &[Role::Owner]).await?;
    let id = item_id(&id)?;
    let number = photo_number(&number)?;
    app.intake.item_of(owner, id).await?;
    let bytes = body::read(&headers, body, app.http.photo_bytes_max).await?;
    let kept = app.intake.put_item_photo(owner, id, number, bytes).await?;
    Ok(Json(PhotoAnswer::of(number, &kept)))
}

/// Take a photo off an item
///
/// A photo on which the evidence of a suspicion report rests is kept with that report all the same. Logged.
#[utoipa::path(
    delete, path = "/items/{id}/photos/{n}", tag = "items",
    params(
        ("id" = Uuid, Path, description = "The item"),
        ("n" = u16, Path, description = "The photo's number, 1 to 50"),
    ),
    responses(
        (status = 204, description = "Taken off"),
        (status = 404, body = Problem, description = "The caller has no such item, or it no such photo"),
    )
)]
async fn delete_item_photo(
    State(app): State<App>,
    caller: Caller,
    Path((id, number)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let owner = caller.account(&app, &[Role::Owner]).await?;
    let (id, number) = (item_id(&id)?, photo_number(&number)?);
    app.intake.remove_item_photo(owner, id, number).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn photo_number(given: &str) -> Result<u16, Problem> {
    let number = given
        .parse()
        .ok()
        .filter(|number| (1..=PHOTOS_MAX).contains(&usize::from(*number)));
    number.ok_or_else(|| Problem::invalid("n", format!("photos are numbered from 1 to {PHOTOS_MAX}")))
}

impl PhotoAnswer {
    pub(super) fn of(number: u16, kept: &PhotoKept) -> Self {
        Self {
            number,
            sha256: kept.sha256.to_string(),
            width: kept.width,
            height: kept.height,
        }
    }
}
