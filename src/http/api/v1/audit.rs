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
use crate::domain::audit::Entry;
use crate::domain::ids::AccountId;
use crate::http::caller::Caller;
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
struct EntryQuery {
    /// Only acts of this person.
    account: Option<Uuid>,
    /// Only acts for this case number.
    case: Option<String>,
    /// Only acts on the thing with this id.
    subject: Option<Uuid>,
    /// Only entries before this number.
    before: Option<u64>,
    /// How many at most: 1 to 1,000, else 100.
    limit: Option<usize>,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
struct EntryPage {
    /// Newest first. Each has `number`, `at`, `actor`, `action`, `subject`, `purpose`, `detail` and `hash`.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<Entry>,
    /// `before` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<u64>,
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
    responses((status = 200, body = EntryPage), (status = 403, body = Problem)))]
async fn list_entries(
    State(app): State<App>,
    Caller(caller): Caller,
    QueryOf(query): QueryOf<EntryQuery>,
) -> Result<Json<EntryPage>, Problem> {
    let filter = AuditFilter {
        account: query.account.map(AccountId),
        case: query.case,
        subject: query.subject,
        before: query.before,
        limit: query.limit.unwrap_or(ENTRIES_DEFAULT),
    };
    let entries = app.casework.audit_entries(&caller, filter).await?;
    let before = entries.last().map(|entry| entry.number).filter(|number| *number > 1);
    Ok(Json(EntryPage { entries, before }))
}

/// The head of the log: who keeps it can prove later that nothing before it was changed.
#[utoipa::path(get, path = "/audit/checkpoint", tag = "audit",
    responses((status = 200, body = CheckpointRecord), (status = 403, body = Problem)))]
async fn read_checkpoint(State(app): State<App>, Caller(caller): Caller) -> Result<Json<CheckpointRecord>, Problem> {
    let Checkpoint { entries, head } = app.casework.audit_checkpoint(&caller).await?;
    Ok(Json(CheckpointRecord { entries, head }))
}
