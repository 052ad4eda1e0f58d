//! How pulling a partner's feed goes, and what somebody has to confirm of it.

#![allow(
    unused_qualifications,
    reason = "the macro that describes queries writes their paths in full"
)]

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::named_feed::NamedFeed;
use crate::app::App;
use crate::domain::feed::{PullProgress, PullRun, RejectedBecause};
use crate::http::error::Problem;
use crate::http::input::QueryOf;
use crate::store::StoreError;

/// Runs that are shown.
const RUNS_SHOWN: usize = 100;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(runs))
        .routes(routes!(confirm))
        .routes(routes!(fetch))
}

/// How pulling a feed goes.
#[derive(Debug, Serialize, ToSchema)]
struct RunsAnswer {
    /// When it is fetched next; absent when it is pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<DateTime<Utc>>,
    /// Failures one after the other; from six on it counts as broken, and is tried every six hours.
    failures: u32,
    /// Listings missing in the last whole file that wait for somebody to confirm that they are gone.
    held: u64,
    /// How far fetching it is; absent when it is not being fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    under_way: Option<ProgressView>,
    /// The last hundred runs, the newest first.
    runs: Vec<RunView>,
}

/// How far fetching a feed is.
#[derive(Debug, Serialize, ToSchema)]
struct ProgressView {
    /// When it began; while it has no place yet, when it was due.
    started_at: DateTime<Utc>,
    /// `waiting` for a place, `fetching` or `reading`.
    stage: &'static str,
    /// While it waits: how many feeds come before it, yours and others.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<u64>,
    /// Bytes that have come, or that have been read of those that came.
    bytes: u64,
    /// How many there are; absent while the server does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_total: Option<u64>,
    /// Records that were taken in, or rejected.
    records: u64,
}

/// Why records of a run were not taken in.
#[derive(Debug, Serialize, ToSchema)]
struct BecauseView {
    /// The field; empty for the whole record.
    field: String,
    /// What is wrong with it.
    reason: String,
    /// How many records.
    records: u64,
}

/// One run of a pulled feed.
#[derive(Debug, Serialize, ToSchema)]
struct RunView {
    /// When it began.
    started_at: DateTime<Utc>,
    /// When it ended.
    ended_at: DateTime<Utc>,
    /// `taken`, `unchanged` or `failed`.
    outcome: String,
    /// The file's size as it was sent, bytes.
    bytes: u64,
    /// Listings that were new or changed.
    accepted: u64,
    /// Listings that said nothing new.
    unchanged: u64,
    /// Records that could not be taken in; they wait in quarantine.
    rejected: u64,
    /// Why, the most frequent first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    because: Vec<BecauseView>,
    /// Listings that were withdrawn because they were missing.
    withdrawn: u64,
    /// Listings that were missing and not withdrawn.
    held: u64,
    /// What failed, or why missing listings were held.
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

/// Show how pulling a feed goes
#[utoipa::path(
    get, path = "/partners/{partner}/feeds/{feed}/runs", tag = "feeds",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("feed" = String, Path, description = "The feed's short name"),
    ),
    responses(
        (status = 200, body = RunsAnswer),
        (status = 403, body = Problem, description = "Another partner's feed"),
        (status = 404, body = Problem, description = "No such feed"),
    )
)]
async fn runs(State(app): State<App>, named: NamedFeed) -> Result<Json<RunsAnswer>, Problem> {
    let name = named.name()?;
    let read = app.store.read(move |reader| {
        let Some(feed) = reader.feed_named(named.partner, name.as_str())? else {
            return Ok::<_, StoreError>(None);
        };
        Ok(Some((
            feed.id,
            reader.pull_state(feed.id)?,
            reader.pull_runs(feed.id, RUNS_SHOWN)?,
        )))
    });
    let (id, state, runs) = read.await?.ok_or_else(|| Problem::missing("feed"))?;
    Ok(Json(RunsAnswer {
        due_at: state.as_ref().map(|state| state.due_at),
        failures: state.as_ref().map_or(0, |state| state.failures),
        held: state.map_or(0, |state| state.held),
        under_way: app.intake.pull_progress(id).map(ProgressView::from),
        runs: runs.into_iter().map(RunView::from).collect(),
    }))
}

/// Confirm that missing listings are gone
///
/// Where too many listings were missing in a whole file at once, none was withdrawn. This fetches the feed at once, and withdraws
/// what it does not name, however much that is.
#[utoipa::path(
    post, path = "/partners/{partner}/feeds/{feed}/missing", tag = "feeds",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("feed" = String, Path, description = "The feed's short name"),
    ),
    responses(
        (status = 202, description = "Confirmed; it is fetched as soon as there is room"),
        (status = 403, body = Problem, description = "Another partner's feed"),
        (status = 404, body = Problem, description = "No such feed, or none that is pulled"),
    )
)]
async fn confirm(State(app): State<App>, named: NamedFeed) -> Result<StatusCode, Problem> {
    app.intake.confirm_missing(named.actor, named.partner, named.name()?).await?;
    Ok(StatusCode::ACCEPTED)
}

/// How a feed is to be fetched.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FetchQuery {
    /// Read the file also where it has not changed.
    #[serde(default)]
    again: bool,
}

/// Fetch a feed at once
///
/// Whatever its schedule says, and however often it has failed: say so when a fault of yours is mended. It does not wait for the
/// file; `GET …/runs` tells what came of it. With `?again=true` a file that has not changed is read again.
#[utoipa::path(
    post, path = "/partners/{partner}/feeds/{feed}/fetch", tag = "feeds",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("feed" = String, Path, description = "The feed's short name"),
        FetchQuery,
    ),
    responses(
        (status = 202, description = "It is fetched as soon as there is room"),
        (status = 403, body = Problem, description = "Another partner's feed"),
        (status = 404, body = Problem, description = "No such feed, or none that is pulled"),
    )
)]
async fn fetch(State(app): State<App>, named: NamedFeed, QueryOf(query): QueryOf<FetchQuery>) -> Result<StatusCode, Problem> {
    let name = named.name()?;
    app.intake.fetch_feed(named.actor, named.partner, name, query.again).await?;
    Ok(StatusCode::ACCEPTED)
}

impl From<PullProgress> for ProgressView {
    fn from(progress: PullProgress) -> Self {
        Self {
            started_at: progress.started_at,
            stage: match (progress.before, progress.is_reading) {
                (Some(_), _) => "waiting",
                (None, true) => "reading",
                (None, false) => "fetching",
            },
            before: progress.before,
            bytes: progress.bytes,
            bytes_total: progress.bytes_total,
            records: progress.records,
        }
    }
}

impl From<RejectedBecause> for BecauseView {
    fn from(because: RejectedBecause) -> Self {
        Self {
            field: because.field,
            reason: because.reason,
            records: because.records,
        }
    }
}

impl From<PullRun> for RunView {
    fn from(run: PullRun) -> Self {
        Self {
            started_at: run.started_at,
            ended_at: run.ended_at,
            outcome: run.outcome,
            bytes: run.bytes,
            because: run.because.into_iter().map(BecauseView::from).collect(),
            accepted: run.accepted,
            unchanged: run.unchanged,
            rejected: run.rejected,
            withdrawn: run.withdrawn,
            held: run.held,
            note: run.note,
        }
    }
}
