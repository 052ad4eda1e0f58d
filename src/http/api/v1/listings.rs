//! A partner's listings: shown as we hold them, taken down. How they come in is [`super::push`]'s.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::casework::relistings;
use crate::domain::listing::{Listing, ListingPhoto, PhotoState};
use crate::domain::partner::Partner;
use crate::feeds::record::{DescriptionLine, MoneyLine, PlaceLine};
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::store::StoreError;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, withdraw))
}

/// A listing as we hold it.
#[derive(Debug, Serialize, ToSchema)]
struct ListingView {
    /// Our id.
    id: Uuid,
    /// The partner's short name.
    partner: String,
    /// The partner's own id.
    #[serde(rename = "ref")]
    reference: String,
    /// Where the public sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(flatten)]
    description: DescriptionLine,
    /// What is asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<MoneyLine>,
    /// Its photos and what became of them.
    photos: Vec<ListingPhotoView>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    seller: Option<SellerView>,
    /// Where the object is.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<PlaceLine>,
    /// When the partner says it was put up.
    #[serde(skip_serializing_if = "Option::is_none")]
    posted_at: Option<DateTime<Utc>>,
    /// When the sale ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<DateTime<Utc>>,
    /// `active`, `sold`, `ended` or `withdrawn`.
    status: String,
    /// Your own ids of earlier listings of the same seller that this one seems to be once more; it follows them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    follows: Vec<String>,
    /// Number of the newest revision, from 1.
    revision: u32,
    /// When we first received it.
    received_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// A seller as we keep them: unreadable.
#[derive(Debug, Serialize, ToSchema)]
struct SellerView {
    /// Keyed hash of the partner's reference, in hex.
    key: String,
    /// Since when the partner knows the seller.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<NaiveDate>,
}

/// A photo of a listing and what became of it.
#[derive(Debug, Serialize, ToSchema)]
struct ListingPhotoView {
    /// Its number, from 1.
    number: u16,
    /// Where it is fetched from; absent for uploads.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// `pending`, `held` or `failed`.
    state: &'static str,
    /// SHA-256 of the bytes that are held, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// Tries so far, while pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Show a listing as we hold it
///
/// With what happened to its photos.
#[utoipa::path(
    get, path = "/partners/{partner}/listings/{id}", tag = "listings",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = String, Path, description = "The partner's own id of the listing, percent-encoded"),
    ),
    responses(
        (status = 200, body = ListingView),
        (status = 403, body = Problem, description = "Another partner's listing"),
        (status = 404, body = Problem, description = "No such listing"),
    )
)]
async fn show(
    State(app): State<App>,
    caller: Caller,
    Path((partner, reference)): Path<(String, String)>,
) -> Result<Json<ListingView>, Problem> {
    let partner = caller.partner(&app, &partner).await?;
    let id = partner.id;
    let listing = app
        .store
        .read(move |reader| {
            let Some(listing) = reader.listing_by_reference(id, &reference)? else {
                return Ok::<_, StoreError>(None);
            };
            let follows = relistings::own_earlier(reader, &listing)?;
            Ok(Some((listing, follows)))
        })
        .await?;
    match listing {
        Some((listing, follows)) => Ok(Json(view(&partner, listing, follows))),
        None => Err(Problem::missing("listing")),
    }
}

/// Take a listing off sale
///
/// It stays withdrawn until it is pushed again.
#[utoipa::path(
    delete, path = "/partners/{partner}/listings/{id}", tag = "listings",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = String, Path, description = "The partner's own id of the listing, percent-encoded"),
    ),
    responses(
        (status = 204, description = "Withdrawn"),
        (status = 403, body = Problem, description = "Another partner's listing"),
        (status = 404, body = Problem, description = "No such listing"),
    )
)]
async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Path((partner, reference)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let partner = caller.partner(&app, &partner).await?;
    app.intake.withdraw_listing(caller.actor(), partner.id, &reference).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(partner: &Partner, listing: Listing, follows: Vec<String>) -> ListingView {
    let draft = listing.draft;
    ListingView {
        id: listing.id.0,
        partner: partner.slug.to_string(),
        reference: draft.reference,
        url: draft.url.map(String::from),
        description: (&draft.description).into(),
        price: draft.price.as_ref().map(MoneyLine::from),
        photos: listing.photos.into_iter().map(ListingPhotoView::from).collect(),
        seller: draft.seller.map(|seller| SellerView {
            key: hex::encode(seller.key.0),
            since: seller.since,
        }),
        location: PlaceLine::of(&draft.place),
        posted_at: draft.posted_at,
        ends_at: draft.ends_at,
        status: draft.status.word().to_owned(),
        follows,
        revision: listing.revision,
        received_at: listing.received_at,
        updated_at: listing.updated_at,
    }
}

impl From<ListingPhoto> for ListingPhotoView {
    fn from(photo: ListingPhoto) -> Self {
        let (state, sha256, attempts, error) = match photo.state {
            PhotoState::Pending { attempts, error } => ("pending", None, Some(attempts), error),
            PhotoState::Held { sha256 } => ("held", Some(sha256.to_string()), None, None),
            PhotoState::Failed { error } => ("failed", None, None, Some(error)),
        };
        Self {
            number: photo.number,
            url: photo.url.map(String::from),
            state,
            sha256,
            attempts,
            error,
        }
    }
}
