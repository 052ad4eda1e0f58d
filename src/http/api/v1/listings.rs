//! A partner's listings: listed, shown as we hold them, taken down. How they come in is [`super::push`]'s.

#![allow(
    unused_qualifications,
    reason = "the macro that describes queries writes their paths in full"
)]

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::casework::relistings;
use crate::domain::listing::{Listing, ListingPhoto, PhotoState};
use crate::domain::partner::Partner;
use crate::feeds::record::{DescriptionLine, MoneyLine, PlaceLine};
use crate::http::caller::Caller;
use crate::http::cursor::{self, Cursor};
use crate::http::error::Problem;
use crate::http::input::{PartnerName, QueryOf};
use crate::store::{ListingHeading, StoreError};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show, withdraw))
}

/// A page of a partner's listings.
#[derive(Debug, Serialize, ToSchema)]
struct ListingPage {
    /// In the order of your own ids, letter by letter.
    listings: Vec<ListingRow>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    cursor: Option<Cursor<String>>,
}

/// A listing in the list.
#[derive(Debug, Serialize, ToSchema)]
struct ListingRow {
    /// The partner's own id.
    #[serde(rename = "ref")]
    reference: String,
    /// `active`, `sold`, `ended` or `withdrawn`.
    status: &'static str,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// Which of the listings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListingsQuery {
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<String>>,
    /// How many listings at most: 1 to 200, else 50.
    limit: Option<usize>,
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
    /// Where the record says that it is; absent for uploads that it does not name.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// What is held was uploaded: it stays until it is taken off, or a photo from `url` takes its place.
    uploaded: bool,
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

/// List listings
///
/// All that we hold of the partner, with their status: to compare with one's own.
#[utoipa::path(
    get, path = "/partners/{partner}/listings", tag = "listings",
    params(("partner" = String, Path, description = "The partner's short name"), ListingsQuery),
    responses(
        (status = 200, body = ListingPage),
        (status = 403, body = Problem, description = "Another partner's listings"),
    )
)]
async fn list(
    State(app): State<App>,
    caller: Caller,
    PartnerName(partner): PartnerName,
    QueryOf(query): QueryOf<ListingsQuery>,
) -> Result<Json<ListingPage>, Problem> {
    let partner = caller.partner(&app, &partner).await?.id;
    let limit = cursor::rows(query.limit);
    let after = query.cursor.map(|cursor| cursor.0);
    let read = app
        .store
        .read(move |reader| reader.listings_of_partner(partner, after.as_deref(), limit + 1));
    let mut rows: Vec<ListingHeading> = read.await?;
    let cursor = cursor::cut(&mut rows, limit, |last| last.reference.clone());
    let listings = rows.into_iter().map(|row| ListingRow {
        reference: row.reference,
        status: row.status.word(),
        updated_at: row.updated_at,
    });
    Ok(Json(ListingPage {
        listings: listings.collect(),
        cursor,
    }))
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
            uploaded: photo.upload.is_some(),
            state,
            sha256,
            attempts,
            error,
        }
    }
}
