//! `/blind-reviews`: pairs below the reporting threshold, drawn at random, of which an officer says whether both are the same
//! without being told what the program thinks of them.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::pictures::{self, PhotoHash};
use super::report_record::{ItemRecord, ListingRecord, TheftFacts};
use super::wire::ListingRef;
use crate::app::App;
use crate::casework::BlindReviewView;
use crate::domain::blind_review::Verdict;
use crate::domain::ids::BlindReviewId;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId};

/// The routes of this resource.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(next_blind_review))
        .routes(routes!(decide_blind_review))
        .routes(routes!(read_blind_review_photo))
}

/// The pair to review next.
#[derive(Debug, Serialize, ToSchema)]
struct NextBlindReview {
    /// How many pairs wait.
    waiting: u64,
    /// The one that has waited longest; null when none waits.
    pair: Option<BlindPair>,
}

/// A pair: both sides as they stand, and nothing of what the program thinks of them.
#[derive(Debug, Serialize, ToSchema)]
struct BlindPair {
    /// Names the review.
    id: Uuid,
    /// The stolen item.
    item: ItemRecord,
    /// The theft.
    theft: TheftFacts,
    /// The listing.
    listing: ListingRecord,
}

impl From<BlindReviewView> for BlindPair {
    fn from(view: BlindReviewView) -> Self {
        let reference = ListingRef {
            id: view.listing.id.0,
            partner: view.partner.slug.to_string(),
            reference: view.listing.draft.reference.clone(),
        };
        Self {
            id: view.id.0,
            item: view.item.into(),
            theft: view.theft.into(),
            listing: ListingRecord::of(reference, view.listing),
        }
    }
}

/// What an officer says of a pair.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BlindVerdict {
    /// Whether the listing is the item; null when it cannot be told.
    same: Option<bool>,
    /// Why, in at least 3 characters.
    reason: String,
}

/// A review that is entered.
#[derive(Debug, Serialize, ToSchema)]
struct BlindReviewDone {
    /// Its id.
    id: Uuid,
    /// `same`, `another` or `unsure`.
    #[schema(value_type = String)]
    verdict: Verdict,
}

/// Reads the pair that has waited longest for a blind review. Logged.
#[utoipa::path(get, path = "/blind-reviews", tag = "blind reviews",
    responses((status = 200, body = NextBlindReview), (status = 403, body = Problem)))]
async fn next_blind_review(State(app): State<App>, Caller(caller): Caller) -> Result<Json<NextBlindReview>, Problem> {
    let pair = app.casework.next_blind_review(&caller).await?;
    Ok(Json(NextBlindReview {
        waiting: app.casework.blind_reviews_waiting(&caller).await?,
        pair: pair.map(BlindPair::from),
    }))
}

/// Says whether both sides of a pair are the same, once. It teaches the weights, and decides nothing about the pair.
#[utoipa::path(post, path = "/blind-reviews/{id}", tag = "blind reviews", request_body = BlindVerdict,
    params(("id" = Uuid, Path, description = "The review")),
    responses((status = 200, body = BlindReviewDone), (status = 400, body = Problem), (status = 404, body = Problem),
              (status = 409, description = "It was reviewed already", body = Problem)))]
async fn decide_blind_review(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<BlindReviewId>,
    JsonBody(body): JsonBody<BlindVerdict>,
) -> Result<Json<BlindReviewDone>, Problem> {
    let verdict = app.casework.decide_blind_review(&caller, id, body.same, &body.reason).await?;
    Ok(Json(BlindReviewDone { id: id.0, verdict }))
}

/// A photo that a pair shows, drawn anew without what the camera wrote. Logged.
#[utoipa::path(get, path = "/blind-reviews/{id}/photos/{sha256}", tag = "blind reviews",
    params(("id" = Uuid, Path, description = "The review"), ("sha256" = String, Path, description = "The original's SHA-256")),
    responses((status = 200, description = "The picture", content_type = "image/jpeg"), (status = 404, body = Problem)))]
async fn read_blind_review_photo(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<BlindReviewId>,
    PhotoHash(sha256): PhotoHash,
) -> Result<Response, Problem> {
    app.casework.open_blind_review_photo(&caller, id, sha256).await?;
    pictures::serve(&app, sha256).await
}
