//! Records of a partner that wait in quarantine: shown, read again, discarded.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::push::RejectedView;
use crate::app::App;
use crate::domain::audit::Actor;
use crate::domain::feed::{Feed, HeldRecord};
use crate::domain::ids::{FeedId, PartnerId};
use crate::domain::listing::{RejectedLine, SellerKey};
use crate::feeds::{FieldFault, ReadOptions, kept, listing_of};
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::{JsonBody, QueryOf};
use crate::intake::Reread;

/// Records of one page.
const PAGE_MAX: usize = 100;
/// Records that are read and taken in together.
const A_PART: usize = 500;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(quarantine, discard))
        .routes(routes!(discard_one))
        .routes(routes!(retry))
}

/// Which part of the quarantine is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuarantineQuery {
    /// Where the page before ended.
    #[serde(default)]
    cursor: i64,
    /// The feed that they came by.
    feed: Option<String>,
}

/// Records that wait, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
struct QuarantineAnswer {
    records: Vec<HeldView>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<i64>,
}

/// A record that could not be taken in.
#[derive(Debug, Serialize, ToSchema)]
struct HeldView {
    /// Its number.
    number: i64,
    /// Your own id of the listing, where it could be read: once the listing is taken in, the record goes by itself.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// The feed that it came by; absent when it was pushed without naming one.
    #[serde(skip_serializing_if = "Option::is_none")]
    feed: Option<String>,
    /// The delivery that brought it.
    delivery: String,
    /// When that was.
    received_at: DateTime<Utc>,
    /// How it is written.
    format: String,
    /// What is wrong with it, as it was read last: when it came, or by `retry`.
    faults: Vec<RejectedView>,
    /// The record after redaction; absent where nothing could be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    record: Option<serde_json::Value>,
}

/// Which records go.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DiscardQuery {
    /// The number of the last one that was looked at.
    through: Option<i64>,
    /// All go, those too that nobody has looked at.
    #[serde(default)]
    all: bool,
}

/// What was let go.
#[derive(Debug, Serialize, ToSchema)]
struct DiscardAnswer {
    /// How many records.
    discarded: usize,
}

/// Under which feed's settings records are read again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RetryBody {
    /// The feed's name: its own records are read again. Without it all records are: each under the settings of the feed that it
    /// came by, or under none where it came by none.
    feed: Option<String>,
    /// With `feed`: read also those that were pushed without naming a feed, under this one's settings. Without it: read those
    /// alone, under none.
    #[serde(default)]
    unnamed: bool,
}

/// What became of records that were read again.
#[derive(Debug, Serialize, ToSchema)]
struct RetryAnswer {
    /// Listings that were new or changed.
    accepted: u64,
    /// Records that said nothing new.
    unchanged: u64,
    /// Records whose listing has been sent again since: the later word counts.
    superseded: u64,
    /// Records that still cannot be read, and wait on.
    waiting: u64,
}

/// Show records that could not be taken in
///
/// With line, field and reason, and the record after redaction, for thirty days and ten thousand records at most. A page holds
/// a hundred.
#[utoipa::path(
    get, path = "/partners/{partner}/quarantine", tag = "feeds",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("cursor" = Option<i64>, Query, description = "`next` of the page before"),
        ("feed" = Option<String>, Query, description = "Only those that came by this feed"),
    ),
    responses(
        (status = 200, body = QuarantineAnswer),
        (status = 400, body = Problem, description = "No such feed"),
        (status = 403, body = Problem, description = "Another partner's records"),
    )
)]
async fn quarantine(
    State(app): State<App>,
    caller: Caller,
    Path(partner): Path<String>,
    QueryOf(query): QueryOf<QuarantineQuery>,
) -> Result<Json<QuarantineAnswer>, Problem> {
    let id = caller.partner(&app, &partner).await?.id;
    let feeds = app.store.read(move |reader| reader.feeds_of(id)).await?;
    let of = query.feed.map(|name| {
        let named = feeds.iter().find(|feed| feed.name.as_str() == name);
        named
            .map(|feed| feed.id)
            .ok_or_else(|| Problem::invalid("feed", "there is no such feed; see GET /api/v1/partners/{partner}/feeds"))
    });
    let of = of.transpose()?;
    let held = app
        .store
        .read(move |reader| match of {
            None => reader.quarantined(id, query.cursor, PAGE_MAX + 1),
            Some(feed) => reader.quarantined_of(id, feed, query.cursor, PAGE_MAX + 1),
        })
        .await?;
    let more = held.len() > PAGE_MAX;
    let records: Vec<HeldView> = held.into_iter().take(PAGE_MAX).map(|held| held_view(held, &feeds)).collect();
    let next = records.last().filter(|_| more).map(|last| last.number);
    Ok(Json(QuarantineAnswer { records, next }))
}

/// Discard records that wait
///
/// Those that you have looked at and will not mend: up to the number `through`, so that none goes that came in the meantime; or all,
/// with `all=true`. One of the two must be said. Their listings are not touched.
#[utoipa::path(
    delete, path = "/partners/{partner}/quarantine", tag = "feeds",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("through" = Option<i64>, Query, description = "The number of the last record that goes, as `GET` tells it"),
        ("all" = Option<bool>, Query, description = "All go; in place of `through`"),
    ),
    responses(
        (status = 200, body = DiscardAnswer),
        (status = 400, body = Problem, description = "Neither `through` nor `all=true`, or both"),
        (status = 403, body = Problem, description = "Another partner's records"),
    )
)]
async fn discard(
    State(app): State<App>,
    caller: Caller,
    Path(partner): Path<String>,
    QueryOf(query): QueryOf<DiscardQuery>,
) -> Result<Json<DiscardAnswer>, Problem> {
    let id = caller.partner(&app, &partner).await?.id;
    let through = match (query.through, query.all) {
        (Some(through), false) => through,
        (None, true) => i64::MAX,
        (None, false) => {
            let reason = "say up to which record they go, as GET tells their numbers, or all=true: records that nobody has looked at go, too";
            return Err(Problem::invalid("through", reason));
        }
        (Some(_), true) => return Err(Problem::invalid("all", "goes in place of `through`, not beside it")),
    };
    let numbers = 1..=through;
    let discarded = app.intake.discard(caller.actor(), id, numbers).await?;
    Ok(Json(DiscardAnswer { discarded }))
}

/// Discard a record that waits
#[utoipa::path(
    delete, path = "/partners/{partner}/quarantine/{id}", tag = "feeds",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("id" = i64, Path, description = "The record's number"),
    ),
    responses(
        (status = 204, description = "It waits no longer"),
        (status = 403, body = Problem, description = "Another partner's records"),
    )
)]
async fn discard_one(
    State(app): State<App>,
    caller: Caller,
    Path((partner, number)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let id = caller.partner(&app, &partner).await?.id;
    let number: i64 = number.parse().map_err(|_| Problem::missing("record in quarantine"))?;
    app.intake.discard(caller.actor(), id, number..=number).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read records again
///
/// Under a feed's present settings, after they were changed; without a feed all that wait. Records that were pushed without naming
/// a feed are read under one's settings only with `unnamed`. What can be read now is taken in, unless its listing has been sent
/// again since; the rest waits on, and `GET` tells what is wrong with it now. Needs a letter of intent in force.
#[utoipa::path(
    post, path = "/partners/{partner}/quarantine/retry", tag = "feeds",
    params(("partner" = String, Path, description = "The partner's short name")),
    request_body = RetryBody,
    responses(
        (status = 200, body = RetryAnswer),
        (status = 403, body = Problem, description = "Another partner's records, or no letter in force"),
        (status = 404, body = Problem, description = "No such feed"),
    )
)]
async fn retry(
    State(app): State<App>,
    caller: Caller,
    Path(partner): Path<String>,
    JsonBody(body): JsonBody<RetryBody>,
) -> Result<Json<RetryAnswer>, Problem> {
    let id = caller.partner(&app, &partner).await?.id;
    let feeds = app.store.read(move |reader| reader.feeds_of(id)).await?;
    let under = match body.feed {
        None if body.unnamed => Settings::Unnamed,
        None => Settings::EachItsOwn(feeds),
        Some(name) => {
            let named = feeds.into_iter().find(|feed| feed.name.as_str() == name);
            let feed = Box::new(named.ok_or_else(|| Problem::missing("feed"))?);
            Settings::Of(feed, body.unnamed)
        }
    };
    Ok(Json(reread(&app, caller.actor(), id, &under).await?))
}

/// Under which settings records are read again.
enum Settings {
    /// Each under those of the feed that it came by.
    EachItsOwn(Vec<Feed>),
    /// Under one feed's: its own records, and those of no feed where that is said.
    Of(Box<Feed>, bool),
    /// Under none: those of no feed.
    Unnamed,
}

impl Settings {
    /// How to read a record that came by a feed, or by none; `None` when it is not meant.
    fn for_record(&self, came_by: Option<FeedId>) -> Option<ReadOptions> {
        let feed = match self {
            Self::Of(feed, unnamed) if came_by.map_or(*unnamed, |id| id == feed.id) => Some(feed.as_ref()),
            Self::Unnamed if came_by.is_none() => None,
            Self::Of(..) | Self::Unnamed => return None,
            Self::EachItsOwn(feeds) => feeds.iter().find(|feed| Some(feed.id) == came_by),
        };
        Some(ReadOptions {
            mapping: feed.map(|feed| Arc::new(feed.settings.mapping.clone())),
            ..ReadOptions::default()
        })
    }
}

/// Reads records again, a part at a time.
async fn reread(app: &App, actor: Actor, partner: PartnerId, under: &Settings) -> Result<RetryAnswer, Problem> {
    let mut answer = RetryAnswer {
        accepted: 0,
        unchanged: 0,
        superseded: 0,
        waiting: 0,
    };
    app.intake.open_feed(actor, partner).await?;
    let mut options: HashMap<Option<FeedId>, Option<ReadOptions>> = HashMap::new();
    let mut after = 0;
    loop {
        let held = app
            .store
            .read(move |reader| reader.quarantined(partner, after, A_PART))
            .await?;
        let Some(last) = held.last() else { return Ok(answer) };
        after = last.number;
        let (mut ready, mut told_anew) = (Vec::new(), Vec::new());
        for held in held {
            let came_by = held.quarantined.feed;
            let options = options.entry(came_by).or_insert_with(|| under.for_record(came_by));
            let Some(options) = options else { continue };
            match read(&held, options) {
                Ok(record) => ready.push(record),
                Err(faults) => {
                    answer.waiting += 1;
                    let faults: Vec<RejectedLine> = faults.iter().map(|fault| fault.at(held.quarantined.line)).collect();
                    if !faults.is_empty() && faults != held.quarantined.faults {
                        told_anew.push((held.number, faults));
                    }
                }
            }
        }
        if !told_anew.is_empty() {
            app.intake.wait_on(actor, partner, told_anew).await?;
        }
        if !ready.is_empty() {
            let outcome = app.intake.take_reread(actor, partner, ready).await?;
            answer.accepted += outcome.accepted;
            answer.unchanged += outcome.unchanged;
            answer.superseded += outcome.superseded;
        }
    }
}

/// Reads a record again. What is wrong with it is empty where that is known no better than before.
fn read(held: &HeldRecord, options: &ReadOptions) -> Result<Reread, Vec<FieldFault>> {
    let kept = held.quarantined.record.as_deref().and_then(kept::restore);
    let content = kept.ok_or_else(Vec::new)?;
    let lost = kept::lost(&content, options);
    let draft = match listing_of(&content, options) {
        Ok(draft) if !kept::is_misread(&draft) => draft,
        Ok(_) => return Err(lost),
        Err(faults) => {
            let others = faults
                .into_iter()
                .filter(|fault| lost.iter().all(|lost| lost.field != fault.field));
            return Err(lost.iter().cloned().chain(others).collect());
        }
    };
    let hidden = draft.seller.as_ref().and_then(|seller| kept::hidden(&seller.reference));
    let seller = hidden.map(|hidden| {
        let mut key = [0; 32];
        hex::decode_to_slice(hidden, &mut key).map(|()| SellerKey(key))
    });
    let seller = seller.transpose().map_err(|_| Vec::new())?;
    Ok(Reread {
        number: held.number,
        received_at: held.received_at,
        draft,
        seller,
    })
}

fn held_view(held: HeldRecord, feeds: &[Feed]) -> HeldView {
    let record = held.quarantined;
    let feed = feeds.iter().find(|feed| Some(feed.id) == record.feed);
    HeldView {
        number: held.number,
        reference: record.reference,
        feed: feed.map(|feed| feed.name.to_string()),
        delivery: held.delivery.to_string(),
        received_at: held.received_at,
        format: record.format,
        faults: record.faults.into_iter().map(RejectedView::from).collect(),
        record: record.record.and_then(|kept| serde_json::from_str(&kept).ok()),
    }
}
