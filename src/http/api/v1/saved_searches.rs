//! Saved searches: an officer's own, saved for a purpose, run over whatever comes on sale, ended.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::search::{FoundListingView, listing};
use crate::app::App;
use crate::casework::{POLICE, SavedSearchView};
use crate::domain::ids::SavedSearchId;
use crate::domain::saved_search::{SavedSearch, Sought};
use crate::http::caller::{Caller, StatedPurpose};
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId};

/// Largest body that is read, bytes: a photo of the usual bound in Base64.
const BODY_BYTES_MAX: usize = 30 << 20;

pub(super) fn routes() -> OpenApiRouter<App> {
    let with_photo = OpenApiRouter::new().routes(routes!(list, save));
    with_photo
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .routes(routes!(show, end))
}

/// What is looked for. Everything that is given must hold of a listing, and at least one beside the times is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SavedSearchBody {
    /// What the officer calls it, 3 to 2,000 characters.
    name: String,
    /// For how many days it is run, 1 to 90.
    days: i64,
    /// Words, each of which begins a word of the listing.
    #[serde(default)]
    words: String,
    /// A number, or at least four characters of one: `?` for one that cannot be read, `*` for any.
    #[serde(default)]
    number: String,
    /// A country, or the beginning of a postcode or town.
    #[serde(default)]
    place: String,
    /// On listings of the seller of the report of this number.
    #[serde(default)]
    seller_of: Option<u64>,
    /// Put up from then on…
    #[serde(default)]
    from: Option<DateTime<Utc>>,
    /// …and before.
    #[serde(default)]
    to: Option<DateTime<Utc>>,
    /// A photo that the listing shows nearly the same, JPEG, PNG or WebP, in Base64.
    #[serde(default)]
    image: Option<String>,
}

/// A saved search.
#[derive(Debug, Serialize, ToSchema)]
struct SavedView {
    /// Its id.
    id: Uuid,
    /// What the officer calls it.
    name: String,
    /// What it asks for, in words.
    asks: String,
    /// The case number for which it was saved…
    case: String,
    /// …and why.
    reason: String,
    /// When it was saved.
    created_at: DateTime<Utc>,
    /// Until when it is run.
    expires_at: DateTime<Utc>,
    /// SHA-256 of the photo that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<String>,
    /// Listings that it found.
    found: u64,
    /// Those of them that the officer has not seen.
    unseen: u64,
}

/// The caller's saved searches.
#[derive(Debug, Serialize, ToSchema)]
struct SavedAnswer {
    /// Oldest first.
    searches: Vec<SavedView>,
}

/// What a saved search found.
#[derive(Debug, Serialize, ToSchema)]
struct HitsAnswer {
    /// Newest first.
    listings: Vec<HitView>,
}

/// A listing that a saved search found.
#[derive(Debug, Serialize, ToSchema)]
struct HitView {
    /// The listing.
    #[serde(flatten)]
    listing: FoundListingView,
    /// Whether the officer saw it before.
    seen: bool,
}

/// List the caller's saved searches
#[utoipa::path(get, path = "/searches", tag = "reports",
    responses((status = 200, body = SavedAnswer), (status = 403, body = Problem, description = "Needs an officer")))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<SavedAnswer>, Problem> {
    let searches = app.casework.saved_searches(&caller.0).await?;
    Ok(Json(SavedAnswer {
        searches: searches.into_iter().map(view).collect(),
    }))
}

/// Save a search that alerts
///
/// It is run over whatever comes on sale from now on. Every run that finds something stands in the log with the case and the reason.
#[utoipa::path(post, path = "/searches", tag = "reports", request_body = SavedSearchBody,
    params(
        ("Purpose-Case" = String, Header, description = "The case number"),
        ("Purpose-Reason" = String, Header, description = "Why"),
    ),
    responses(
        (status = 201, body = SavedView),
        (status = 400, body = Problem, description = "Nothing is asked, or a field cannot be used"),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 409, body = Problem, description = "The caller has too many saved searches"),
        (status = 428, body = Problem, description = "No purpose was stated"),
    ))]
async fn save(
    State(app): State<App>,
    caller: Caller,
    StatedPurpose(purpose): StatedPurpose,
    JsonBody(body): JsonBody<SavedSearchBody>,
) -> Result<(StatusCode, Json<SavedView>), Problem> {
    caller.account(&app, &POLICE).await?;
    // Held until the search is saved: its photo is nobody's before.
    let (mut photo, mut _keeping) = (None, None);
    if let Some(image) = body.image.filter(|_| purpose.is_ok()) {
        let bytes = STANDARD.decode(image.as_bytes());
        let bytes = bytes.map_err(|_| Problem::invalid("image", "expected a picture's bytes in Base64"))?;
        let kept = app.intake.keep_photo(Bytes::from(bytes)).await?;
        (photo, _keeping) = (Some(kept.0), Some(kept.1));
    }
    let sought = Sought {
        words: body.words.trim().to_owned(),
        number: body.number.trim().to_owned(),
        place: body.place.trim().to_owned(),
        seller_of: body.seller_of,
        from: body.from,
        to: body.to,
        photo: None,
    };
    let asked = (body.name.as_str(), sought, body.days);
    let search = app.casework.save_search(&caller.0, purpose, asked, photo).await?;
    Ok((StatusCode::CREATED, Json(saved(search, (0, 0)))))
}

/// Show what a saved search found
///
/// It is seen then. Stands in the log as a search for its case and reason.
#[utoipa::path(get, path = "/searches/{id}", tag = "reports",
    params(("id" = Uuid, Path, description = "The saved search")),
    responses(
        (status = 200, body = HitsAnswer),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 404, body = Problem, description = "No such search of the caller's"),
    ))]
async fn show(State(app): State<App>, caller: Caller, PathId(id): PathId<SavedSearchId>) -> Result<Json<HitsAnswer>, Problem> {
    let found = app.casework.open_saved_search(&caller.0, id).await?;
    let hit = |(found, seen)| HitView {
        listing: listing(found),
        seen,
    };
    Ok(Json(HitsAnswer {
        listings: found.listings.into_iter().map(hit).collect(),
    }))
}

/// End a saved search
///
/// What it found is forgotten.
#[utoipa::path(delete, path = "/searches/{id}", tag = "reports",
    params(("id" = Uuid, Path, description = "The saved search")),
    responses(
        (status = 204, description = "Ended"),
        (status = 403, body = Problem, description = "Needs an officer"),
        (status = 404, body = Problem, description = "No such search of the caller's"),
    ))]
async fn end(State(app): State<App>, caller: Caller, PathId(id): PathId<SavedSearchId>) -> Result<StatusCode, Problem> {
    app.casework.end_saved_search(&caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(view: SavedSearchView) -> SavedView {
    saved(view.search, (view.found, view.unseen))
}

fn saved(search: SavedSearch, (found, unseen): (u64, u64)) -> SavedView {
    SavedView {
        id: search.id.0,
        name: search.name,
        asks: search.sought.says(),
        case: search.purpose.case,
        reason: search.purpose.reason,
        created_at: search.created_at,
        expires_at: search.expires_at,
        photo: search.sought.photo.map(|photo| photo.to_string()),
        found,
        unseen,
    }
}
