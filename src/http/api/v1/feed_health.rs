//! How a partner's feeds fare, for its own monitors.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::casework::feed_health::{self, PartnerHealth, StreamHealth};
use crate::domain::photo::PhotoHost;
use crate::domain::rhythm::Standing;
use crate::http::caller::Caller;
use crate::http::error::Problem;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// How a partner's feeds fare.
#[derive(Debug, Serialize, ToSchema)]
struct HealthAnswer {
    /// What is pushed without naming a feed, where there is any, and the feeds by name.
    feeds: Vec<StreamView>,
    /// Why records wait in quarantine, the most frequent first.
    rejected: Vec<RejectedBecause>,
    /// Why photos cannot be had, the most frequent first.
    photos_failing: Vec<PhotosFailingView>,
    /// How fetching photos goes, host by host, those with most failures first; twenty at most.
    photo_hosts: Vec<PhotoHostView>,
    /// When the letter of intent ends, where that is soon and none follows it: from then on nothing is taken in.
    #[serde(skip_serializing_if = "Option::is_none")]
    letter_ends: Option<DateTime<Utc>>,
}

/// How one feed fares.
#[derive(Debug, Serialize, ToSchema)]
struct StreamView {
    /// The feed; absent: what is pushed without naming one.
    #[serde(skip_serializing_if = "Option::is_none")]
    feed: Option<String>,
    /// `nothing`, `learning`, `well`, or `silent` for longer than its own rhythm explains.
    standing: &'static str,
    /// When something arrived last.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<DateTime<Utc>>,
    /// By when the next arrival is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_by: Option<DateTime<Utc>>,
    /// How long it usually is until the next arrival, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    usual_s: Option<i64>,
    /// Listings that were new or changed, within seven days.
    accepted: u64,
    /// Records that said nothing new, within seven days.
    unchanged: u64,
    /// Records that could not be taken in, within seven days.
    rejected: u64,
    /// From being put up to being received, seconds: the median of the last delivery with new listings that said when.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_s: Option<i64>,
    /// Failures to fetch it, one after the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<u32>,
}

/// What is wrong with records that wait.
#[derive(Debug, Serialize, ToSchema)]
struct RejectedBecause {
    /// The field; empty for the whole record.
    field: String,
    /// What is wrong with it.
    reason: String,
    /// How many records.
    records: u64,
}

/// Why photos cannot be had.
#[derive(Debug, Serialize, ToSchema)]
struct PhotosFailingView {
    /// Why.
    reason: String,
    /// How many photos.
    photos: u64,
    /// How many of them are still tried again; the others are given up until their listing changes.
    retried: u64,
    /// Your own id of one such listing.
    example: String,
}

/// How photos come from one host.
#[derive(Debug, Serialize, ToSchema)]
struct PhotoHostView {
    /// Its name.
    host: String,
    /// How often it was asked, within seven days.
    tries: u64,
    /// How often that brought no photo.
    failures: u64,
    /// Photos that wait to be fetched from it.
    waiting: u64,
    /// What the last failure was.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error_at: Option<DateTime<Utc>>,
}

/// Show how feeds fare
///
/// What arrives, what is rejected and why, photos that cannot be had, and feeds that have been silent for longer than their own
/// rhythm explains. A silence ends by itself when something arrives.
#[utoipa::path(
    get, path = "/partners/{partner}/health", tag = "feeds",
    params(("partner" = String, Path, description = "The partner's short name")),
    responses((status = 200, body = HealthAnswer), (status = 403, body = Problem, description = "Another partner's feeds"))
)]
async fn show(State(app): State<App>, caller: Caller, Path(partner): Path<String>) -> Result<Json<HealthAnswer>, Problem> {
    let id = caller.partner(&app, &partner).await?.id;
    let now = app.clock.now();
    let health = app.store.read(move |reader| feed_health::of_partner(reader, id, now)).await?;
    Ok(Json(health.into()))
}

impl From<PartnerHealth> for HealthAnswer {
    fn from(health: PartnerHealth) -> Self {
        Self {
            feeds: health.streams.into_iter().map(StreamView::from).collect(),
            rejected: health
                .rejected
                .into_iter()
                .map(|(field, reason, records)| RejectedBecause { field, reason, records })
                .collect(),
            photos_failing: health
                .photos_failing
                .into_iter()
                .map(|failing| PhotosFailingView {
                    reason: failing.reason,
                    photos: failing.photos,
                    retried: failing.retried,
                    example: failing.example,
                })
                .collect(),
            photo_hosts: health.photo_hosts.into_iter().map(PhotoHostView::from).collect(),
            letter_ends: health.letter_ends,
        }
    }
}

impl From<PhotoHost> for PhotoHostView {
    fn from(host: PhotoHost) -> Self {
        Self {
            host: host.host,
            tries: host.tries,
            failures: host.failures,
            waiting: host.waiting,
            last_error: host.fault,
            last_error_at: host.fault_at,
        }
    }
}

impl From<StreamHealth> for StreamView {
    fn from(stream: StreamHealth) -> Self {
        let (standing, expected) = match stream.standing {
            Standing::Nothing => ("nothing", None),
            Standing::Learning => ("learning", None),
            Standing::Well(expected) => ("well", Some(expected)),
            Standing::Silent(expected) => ("silent", Some(expected)),
        };
        Self {
            feed: stream.feed.map(|feed| feed.name.to_string()),
            standing,
            last_at: stream.last_at,
            expected_by: expected.map(|expected| expected.overdue_at),
            usual_s: expected.map(|expected| expected.usual.num_seconds()),
            accepted: stream.figures.accepted,
            unchanged: stream.figures.unchanged,
            rejected: stream.figures.rejected,
            delay_s: stream.figures.delay.map(|delay| TimeDelta::num_seconds(&delay)),
            failures: stream.pull.map(|pull| pull.failures),
        }
    }
}
