//! A partner's listings: pushed in batches, shown as we hold them, taken down.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::push_body::Written;
use crate::app::App;
use crate::domain::feed::Feed;
use crate::domain::listing::{Listing, ListingPhoto, PhotoState, RejectedLine};
use crate::domain::partner::Partner;
use crate::domain::photo::ContentHash;
use crate::feeds::FeedError;
use crate::feeds::record::{DescriptionLine, ListingLine, MoneyLine, PlaceLine};
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::QueryOf;
use crate::intake::{Push, PushOutcome};

/// A compressed push may inflate to this many times the largest body as sent.
const INFLATED_TIMES_MAX: u64 = 4;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(push)).routes(routes!(show, withdraw))
}

/// How a push is to be taken.
#[derive(Debug, Default, Deserialize)]
struct PushQuery {
    /// Only say what would become of the batch.
    #[serde(default)]
    dry_run: bool,
    /// How the body is written, where its media type does not say.
    format: Option<String>,
    /// The feed whose settings say how it is written.
    feed: Option<String>,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
struct PushAnswer {
    /// Listings that were new or changed.
    accepted: u64,
    /// Records that said nothing new.
    unchanged: u64,
    /// What is wrong with the others; a line with several faults stands here several times.
    rejected: Vec<RejectedView>,
    /// How many lines were rejected; present when `rejected` does not show all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_count: Option<u64>,
}

/// A line that was not taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RejectedView {
    /// Its number, from 1; in an array the element's position, from 1.
    line: u64,
    /// The field, as a path such as `price.amount`; empty when the whole line is at fault.
    field: String,
    /// What is wrong.
    reason: String,
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

/// Push a batch of listings
///
/// NDJSON, one listing a line, unless `Content-Type` or `format` say otherwise; gzip with `Content-Encoding: gzip`. Answers
/// after the batch is durable, 200 also when some lines were rejected: the good ones count. Needs a letter of intent in force.
///
/// | `format` | `Content-Type` | what it is |
/// | --- | --- | --- |
/// | `ndjson` | `application/x-ndjson`, or none | one JSON object a line |
/// | `json` | `application/json` | one JSON array of objects |
/// | `json-ld` | `application/ld+json` | products of schema.org: a list, a graph, or one after another |
/// | `html` | `text/html` | web pages that hold such products |
/// | `google-rss` | `application/rss+xml`, `application/xml`, `text/xml` | Google product data as RSS 2.0 |
/// | `google-tsv`, `ebay-tsv`, `liveauctioneers` | `text/tab-separated-values`, `text/csv` | a table with a header that says whose it is |
/// | `csv` | the same | any other table: its columns bear our fields' names, such as `price.amount` or `identifiers.serial` |
///
/// Tables, RSS and pages may come in another encoding than UTF-8, which `charset` names; without it a record that is not UTF-8
/// counts as Windows-1252.
#[utoipa::path(
    post, path = "/partners/{partner}/listings", tag = "listings",
    params(("partner" = String, Path, description = "The partner's short name"),
        ("dry_run" = Option<bool>, Query, description = "Only say what would become of the batch"),
        ("format" = Option<String>, Query, description = "How the body is written, where its media type does not say"),
        ("feed" = Option<String>, Query, description = "The feed whose settings say how it is written; see `PUT /partners/{partner}/feeds/{feed}`")),
    request_body(content(
        (ListingLine = "application/x-ndjson"),
        (Vec<ListingLine> = "application/json"),
        (String = "application/ld+json"),
        (String = "text/html"),
        (String = "application/rss+xml"),
        (String = "text/tab-separated-values"),
        (String = "text/csv"),
    )),
    responses(
        (status = 200, body = PushAnswer),
        (status = 403, body = Problem, description = "Another partner's feed, or no letter in force"),
        (status = 413, body = Problem, description = "Larger than 64 MiB as sent, inflates to too much, or more than 100,000 records"),
        (status = 415, body = Problem, description = "A format that is not read"),
    )
)]
async fn push(
    State(app): State<App>,
    caller: Caller,
    Path(partner): Path<String>,
    QueryOf(query): QueryOf<PushQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PushAnswer>, Problem> {
    let partner = caller.partner(&app, &partner).await?;
    let feed = feed_of(&app, &partner, query.feed).await?;
    let written = Written::of(&headers, query.format.as_deref(), feed)?;
    app.intake.open_feed(caller.actor(), partner.id).await?;
    let bytes = body::read(&headers, body, app.http.push_bytes_max).await?;
    let inflated_max = app.http.push_bytes_max as u64 * INFLATED_TIMES_MAX;
    let (intake, id) = (app.intake.clone(), partner.id);
    let seller_key = move |reference: &str| hex::encode(intake.seller_key(id, reference).0);
    let read = move || {
        let (size_bytes, sha256) = (bytes.len() as u64, ContentHash::of(&bytes));
        let (parsed, quarantined) = written.listings(&bytes, inflated_max, &seller_key)?;
        Ok::<_, FeedError>(Push {
            drafts: parsed.good,
            rejected: parsed.rejected,
            rejected_count: parsed.rejected_count,
            quarantined,
            size_bytes,
            sha256,
        })
    };
    let turn = app.intake.turn().await?;
    let push = turn.read(read).await??;
    let outcome = if query.dry_run {
        app.intake.try_listings(caller.actor(), partner.id, push).await?
    } else {
        app.intake.push_listings(caller.actor(), partner.id, push).await?
    };
    drop(turn);
    Ok(Json(outcome.into()))
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
        .read(move |reader| reader.listing_by_reference(id, &reference))
        .await?;
    match listing {
        Some(listing) => Ok(Json(view(&partner, listing))),
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

/// The feed that a push names.
async fn feed_of(app: &App, partner: &Partner, name: Option<String>) -> Result<Option<Feed>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let id = partner.id;
    let feed = app.store.read(move |reader| reader.feed_named(id, &name)).await?;
    feed.map(Some)
        .ok_or_else(|| Problem::invalid("feed", "there is no such feed; see GET /api/v1/partners/{partner}/feeds"))
}

impl From<PushOutcome> for PushAnswer {
    fn from(outcome: PushOutcome) -> Self {
        // Faults of a line stand together, so that lines are counted where the number changes.
        let lines_shown = outcome.rejected.chunk_by(|one, next| one.line == next.line).count() as u64;
        Self {
            accepted: outcome.accepted,
            unchanged: outcome.unchanged,
            rejected: outcome.rejected.into_iter().map(RejectedView::from).collect(),
            rejected_count: (outcome.rejected_count > lines_shown).then_some(outcome.rejected_count),
        }
    }
}

impl From<RejectedLine> for RejectedView {
    fn from(rejected: RejectedLine) -> Self {
        Self {
            line: rejected.line,
            field: rejected.field,
            reason: rejected.reason,
        }
    }
}

fn view(partner: &Partner, listing: Listing) -> ListingView {
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
