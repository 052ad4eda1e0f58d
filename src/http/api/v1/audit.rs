//! `/audit`: the log and its head, for the control body.

#![allow(
    unused_qualifications,
    reason = "the macro that describes queries writes their paths in full"
)]

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::casework::ENTRIES_MAX;
use crate::domain::audit::Entry;
use crate::domain::ids::AccountId;
use crate::http::caller::Caller;
use crate::http::cursor::{self, Cursor};
use crate::http::error::Problem;
use crate::http::input::QueryOf;
use crate::store::{AuditFilter, Checkpoint};

/// Entries of a page where the caller names no number.
const ENTRIES_DEFAULT: usize = 100;

/// The routes of this resource.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_entries))
        .routes(routes!(read_checkpoint))
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct EntryQuery {
    /// Only acts of this person.
    account: Option<Uuid>,
    /// Only acts for this case number, and acts on the case's theft reports, suspicion reports and disclosure requests.
    case: Option<String>,
    /// Only acts on the thing with this id.
    subject: Option<Uuid>,
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<u64>>,
    /// How many at most: 1 to 1,000, else 100.
    limit: Option<usize>,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
struct EntryPage {
    /// Newest first. Each has `number`, `at`, `actor`, `action`, `subject`, `purpose`, `detail` and `hash`.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<Entry>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    cursor: Option<Cursor<u64>>,
}

/// The head of the log.
#[derive(Debug, Serialize, ToSchema)]
struct CheckpointRecord {
    /// How many entries there are.
    entries: u64,
    /// The hash of the last one, 64 hex digits.
    #[schema(value_type = String)]
    head: crate::domain::audit::ChainHash,
}

/// Reads the log, which is logged as well.
#[utoipa::path(get, path = "/audit/entries", tag = "audit", params(EntryQuery),
    responses((status = 200, body = EntryPage), (status = 400, body = Problem), (status = 403, body = Problem)))]
async fn list_entries(
    State(app): State<App>,
    Caller(caller): Caller,
    QueryOf(query): QueryOf<EntryQuery>,
) -> Result<Json<EntryPage>, Problem> {
    let limit = query.limit.unwrap_or(ENTRIES_DEFAULT).clamp(1, ENTRIES_MAX);
    let filter = AuditFilter {
        account: query.account.map(AccountId),
        case: query.case,
        subject: query.subject,
        before: query.cursor.map(|cursor| cursor.0),
        // One more tells whether there is a next page.
        limit: limit + 1,
    };
    let mut entries = app.casework.audit_entries(&caller, filter).await?;
    let cursor = cursor::cut(&mut entries, limit, |entry| entry.number);
    Ok(Json(EntryPage { entries, cursor }))
}

/// The head of the log: who keeps it can prove later that nothing before it was changed.
#[utoipa::path(get, path = "/audit/checkpoint", tag = "audit",
    responses((status = 200, body = CheckpointRecord), (status = 403, body = Problem)))]
async fn read_checkpoint(State(app): State<App>, Caller(caller): Caller) -> Result<Json<CheckpointRecord>, Problem> {
    let Checkpoint { entries, head } = app.casework.audit_checkpoint(&caller).await?;
    Ok(Json(CheckpointRecord { entries, head }))
}
