//! Pushes: a batch of a partner's listings comes in, once however often it is sent.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::push_body::Written;
use crate::app::App;
use crate::domain::feed::Feed;
use crate::domain::listing::{Note, RejectedLine};
use crate::domain::partner::Partner;
use crate::domain::photo::ContentHash;
use crate::feeds::FeedError;
use crate::feeds::record::ListingLine;
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::QueryOf;
use crate::intake::{IntakeError, Push, PushKey, PushOutcome};

/// A compressed push may inflate to this many times the largest body as sent.
const INFLATED_TIMES_MAX: u64 = 4;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(push))
}

/// How a push is to be taken.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// What was not understood although its records count, told once each: columns that a mapping names and the file lacks, columns
    /// and fields that nothing is read from, ids that came before, identifiers that can be none, amounts without a currency, an
    /// encoding that is doubtful, a body without a record. At most 21; empty when all was understood.
    notes: Vec<NoteView>,
}

/// What of a batch was not understood.
#[derive(Debug, Serialize, ToSchema)]
struct NoteView {
    /// The field, or the name of the column or field that is not read; empty when it is the batch as a whole.
    field: String,
    /// What becomes of it.
    reason: String,
    /// How many records have it; absent where it is not a matter of records.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
    /// The line of the first of them; in an array the element's position.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

/// A line that was not taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RejectedView {
    /// Its number, from 1; in an array the element's position, from 1.
    pub(super) line: u64,
    /// The field, as a path such as `price.amount`; empty when the whole line is at fault.
    field: String,
    /// What is wrong.
    reason: String,
}

/// Push a batch of listings
///
/// NDJSON, one listing a line, unless `Content-Type` or `format` say otherwise; compressed with `Content-Encoding: gzip` or `zstd`.
/// Answers after the batch is durable, 200 also when some lines were rejected: the good ones count. So look at `rejected`, and at
/// `notes`, which tells what was not understood of records that count. Needs a letter of intent in force.
///
/// With an `Idempotency-Key` the same push may be sent again as often as is needed, for three days: it has one effect, and what
/// became of it is answered again, with `Idempotency-Replayed: true`. A body that breaks off does not use its key up: the whole of it
/// may follow under the same. Whoever asks with `Expect: 100-continue` is refused before
/// the body is sent. Where more comes in than can be taken, the answer is 503 with `Retry-After`.
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
        ("feed" = Option<String>, Query, description = "The feed whose settings say how it is written; see `PUT /partners/{partner}/feeds/{feed}`"),
        ("Idempotency-Key" = Option<String>, Header, description = "What you call this push: 1 to 200 printable ASCII characters")),
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
        (status = 400, body = Problem, description = "A query parameter that is none, or a compressed body of which nothing could be read"),
        (status = 403, body = Problem, description = "Another partner's feed, or no letter in force"),
        (status = 413, body = Problem, description = "Larger than 64 MiB as sent, inflates to too much, or more than 100,000 records"),
        (status = 415, body = Problem, description = "A format or a compression that is not read, or a body that is plainly of another format than it is said to be"),
        (status = 422, body = Problem, description = "The key was used for another push"),
        (status = 503, body = Problem, description = "More comes in than can be taken at once; try again after `Retry-After` seconds"),
    )
)]
async fn push(
    State(app): State<App>,
    caller: Caller,
    Path(partner): Path<String>,
    QueryOf(query): QueryOf<PushQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let partner = caller.partner(&app, &partner).await?;
    let feed = feed_of(&app, &partner, query.feed).await?;
    let feed_id = feed.as_ref().map(|feed| feed.id);
    let written = Written::of(&headers, query.format.as_deref(), feed)?;
    app.intake.open_feed(caller.actor(), partner.id).await?;
    let mut room = app.intake.room(partner.id);
    let bytes = body::read_into(Some(&mut room), &headers, body, app.http.push_bytes_max).await?;
    let (sent, hashed) = (bytes.len(), bytes.clone());
    let sha256 = app.intake.aside(sent, move || ContentHash::of(&hashed)).await?;
    let key = key(&headers, written.request_sha256(sha256))?.filter(|_| !query.dry_run);
    if let Some(key) = &key
        && let Some(before) = app.intake.pushed_before(partner.id, key).await?
    {
        return Ok(answer(before));
    }
    let inflated_max = app.http.push_bytes_max as u64 * INFLATED_TIMES_MAX;
    let (intake, id) = (app.intake.clone(), partner.id);
    let seller_key = move |reference: &str| hex::encode(intake.seller_key(id, reference).0);
    let read = move || {
        let (parsed, quarantined) = written.listings(&bytes, inflated_max, &seller_key)?;
        Ok::<_, FeedError>(Push {
            drafts: parsed.good,
            rejected: parsed.rejected,
            rejected_count: parsed.rejected_count,
            notes: parsed.notes,
            quarantined,
            size_bytes: bytes.len() as u64,
            sha256,
            // What broke off has not come: the key stays free for the whole of it.
            key: key.filter(|_| !parsed.cut_off),
            feed: feed_id,
        })
    };
    let turn = app.intake.turn(id, sent).await?;
    let push = app.intake.aside(sent, read).await??;
    drop(room);
    let outcome = if query.dry_run {
        app.intake.try_listings(caller.actor(), id, push).await?
    } else {
        app.intake.push_listings(caller.actor(), id, push).await?
    };
    drop(turn);
    Ok(answer(outcome))
}

/// What the partner calls the push, if it says so.
fn key(headers: &HeaderMap, request: ContentHash) -> Result<Option<PushKey>, IntakeError> {
    let given = headers.get("idempotency-key");
    given
        .map(|key| PushKey::parse(key.to_str().map_err(|_| IntakeError::PushKeyForm)?, request))
        .transpose()
}

fn answer(outcome: PushOutcome) -> Response {
    let replayed = outcome.replayed;
    let mut response = Json(PushAnswer::from(outcome)).into_response();
    if replayed {
        let headers = response.headers_mut();
        headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    response
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
            notes: outcome.notes.into_iter().map(NoteView::from).collect(),
            rejected_count: (outcome.rejected_count > lines_shown).then_some(outcome.rejected_count),
        }
    }
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        Self {
            field: note.field,
            reason: note.reason,
            records: (note.records > 0).then_some(note.records),
            line: (note.line > 0).then_some(note.line),
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
