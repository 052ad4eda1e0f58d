//! `/reports`: the queue, one report with its evidence, and the steps of its life.

#![allow(
    unused_qualifications,
    reason = "the macro that describes queries writes their paths in full"
)]

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::pictures::{self, PhotoHash};
use super::report_record::{ReportRecord, ReportState, ReportSummary};
use crate::app::App;
use crate::casework::{Grounds, POLICE};
use crate::domain::assessment::Comparison;
use crate::domain::ids::ReportId;
use crate::domain::report::{Decision, Outcome};
use crate::domain::review_reason::ReviewReason;
use crate::http::caller::Caller;
use crate::http::cursor::{self, Cursor};
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId, QueryOf};
use crate::http::queue_filter::{self, Named};
use crate::http::search::report_number;
use crate::store::{Grouping, QueueOrder, QueuePart, QueuePlace, QueueQuery};

const STATES: [&str; 5] = ["open", "in review", "confirmed", "dismissed", "closed"];

/// The routes of this resource.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_reports))
        .routes(routes!(read_report))
        .routes(routes!(take_report))
        .routes(routes!(release_report))
        .routes(routes!(review_report))
        .routes(routes!(reopen_report))
        .routes(routes!(close_report))
        .routes(routes!(read_report_photo))
}

/// Which part of the queue.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only reports in this state: `open`, `in_review`, `confirmed`, `dismissed`, `closed`.
    state: Option<String>,
    /// Only those that the caller took or decided.
    #[serde(default)]
    mine: bool,
    /// Only those for which this kind of evidence speaks: `identifier`, `photo`, `description`, `marks`, `time`, `place`, `price`
    /// or `seller`.
    kind: Option<String>,
    /// Only those whose category begins so.
    category: Option<String>,
    /// Only listings in this country, or whose postcode or town begins so.
    place: Option<String>,
    /// Only listings with this partner, by its short name.
    partner: Option<String>,
    /// Only thefts that the police know under this number of a case.
    case: Option<String>,
    /// Only reports on the same item as the report of this number, `17` or `SR-17`…
    item_of: Option<String>,
    /// …on listings of the same seller…
    seller_of: Option<String>,
    /// …or of the same series.
    series_of: Option<String>,
    /// Of several reports on one `item`, or on listings of one `seller`, only the first in the order that is asked for.
    #[param(value_type = Option<String>)]
    group: Option<Grouping>,
    /// `urgency` (the default), `probability` or `raised`.
    #[param(value_type = Option<String>)]
    sort: Option<QueueOrder>,
    /// Where the page before ended, in the same order.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<QueuePlace>>,
    /// How many rows at most: 1 to 200, else 50.
    limit: Option<usize>,
}

impl ListQuery {
    /// The filters that are set, by the names that they have on the page too.
    fn filters(&self) -> Result<Named, Problem> {
        if let Some(kind) = &self.kind
            && !Comparison::ALL.iter().any(|comparison| comparison.word() == kind)
        {
            let known = Comparison::ALL.map(Comparison::word).join(", ");
            return Err(Problem::invalid("kind", format!("expected one of {known}")));
        }
        let all = [
            ("kind", &self.kind),
            ("category", &self.category),
            ("place", &self.place),
            ("partner", &self.partner),
            ("case", &self.case),
            ("item_of", &self.item_of),
            ("seller_of", &self.seller_of),
            ("series_of", &self.series_of),
        ];
        for (name, value) in &all[5..] {
            if value
                .as_ref()
                .is_some_and(|number| !matches!(report_number(number), Ok(Some(_))))
            {
                return Err(Problem::invalid(name, "expected the number of a report, such as 17 or SR-17"));
            }
        }
        let set = all.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        Ok(set.collect())
    }
}

/// A page of the queue.
#[derive(Debug, Serialize, ToSchema)]
struct ReportPage {
    /// The rows.
    reports: Vec<ReportSummary>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    cursor: Option<Cursor<QueuePlace>>,
}

/// An officer's decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewDecision {
    /// `confirmed` or `dismissed`.
    #[schema(value_type = String)]
    decision: Decision,
    /// Why, from a fixed set: of `confirmed` `same_number`, `same_photo`, `same_marks`, `owner_recognises`, `all_together`; of
    /// `dismissed` `another_number`, `looks_different`, `before_the_theft`, `owner_denies`, `copied`,
    /// `lawful_seller`, `too_little`.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    reasons: Vec<ReviewReason>,
    /// What was seen, apart from what is concluded: what anybody can look up again. 3 to 2,000 characters.
    #[serde(default)]
    facts: Option<String>,
    /// What is concluded, and why, in at least 3 characters.
    reason: String,
}

/// Why a report is thought over again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reopening {
    /// Why, in at least 3 characters.
    reason: String,
}

/// How a report ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Closing {
    /// `recovered`, `returned_to_owner`, `not_recovered`, `lawfully_held` (it is the item, and its holder may keep it) or
    /// `not_the_item`; of a dismissed report one of the last three.
    #[schema(value_type = String)]
    outcome: Outcome,
    /// Further words.
    #[serde(default)]
    note: Option<String>,
}

/// Reads a page of the queue, narrowed as its page can be: everything that is named must hold. Logged.
#[utoipa::path(get, path = "/reports", tag = "reports", params(ListQuery),
    responses((status = 200, body = ReportPage), (status = 400, body = Problem), (status = 403, body = Problem)))]
async fn list_reports(
    State(app): State<App>,
    caller: Caller,
    QueryOf(query): QueryOf<ListQuery>,
) -> Result<Json<ReportPage>, Problem> {
    let filters = query.filters()?;
    let state = query.state.map(|state| state.replace('_', " "));
    if state.as_deref().is_some_and(|state| !STATES.contains(&state)) {
        return Err(Problem::invalid("state", format!("expected one of {}", STATES.join(", "))));
    }
    let order = query.sort.unwrap_or_default();
    if query.cursor.is_some_and(|cursor| cursor.0.order != order) {
        return Err(Problem::invalid("cursor", "it is of another order: name the same sort"));
    }
    let limit = cursor::rows(query.limit);
    // Before anything is looked up for the filters: whoever may not read the queue learns nothing from them.
    let by = caller.account(&app, &POLICE).await?;
    let queue = QueueQuery {
        state,
        officer: query.mine.then_some(by),
        filter: queue_filter::named(&app, &caller.0, filters).await?,
        grouping: query.group,
        order,
        part: query.cursor.map_or(QueuePart::Start, |cursor| QueuePart::After(cursor.0)),
        // One more tells whether there is a next page.
        limit: limit + 1,
    };
    let mut rows = app.casework.queue(&caller.0, queue).await?;
    let cursor = cursor::cut(&mut rows, limit, |row| row.place);
    Ok(Json(ReportPage {
        reports: rows.into_iter().map(ReportSummary::from).collect(),
        cursor,
    }))
}

/// Opens a report with its evidence. Logged each time.
#[utoipa::path(get, path = "/reports/{id}", tag = "reports", params(("id" = Uuid, Path, description = "The report")),
    responses((status = 200, body = ReportRecord), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn read_report(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ReportId>,
) -> Result<Json<ReportRecord>, Problem> {
    Ok(Json(app.casework.open_report(&caller, id).await?.into()))
}

/// Claims an open report.
#[utoipa::path(post, path = "/reports/{id}/take", tag = "reports", params(("id" = Uuid, Path, description = "The report")),
    responses((status = 200, body = ReportState), (status = 409, description = "Its state does not allow it", body = Problem)))]
async fn take_report(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ReportId>,
) -> Result<Json<ReportState>, Problem> {
    Ok(Json(app.casework.take_report(&caller, id).await?.into()))
}

/// Hands a report back.
#[utoipa::path(post, path = "/reports/{id}/release", tag = "reports", params(("id" = Uuid, Path, description = "The report")),
    responses((status = 200, body = ReportState), (status = 409, description = "Its state does not allow it", body = Problem)))]
async fn release_report(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ReportId>,
) -> Result<Json<ReportState>, Problem> {
    Ok(Json(app.casework.release_report(&caller, id).await?.into()))
}

/// Confirms or dismisses a report.
#[utoipa::path(post, path = "/reports/{id}/review", tag = "reports", request_body = ReviewDecision,
    params(("id" = Uuid, Path, description = "The report")),
    responses((status = 200, body = ReportState), (status = 400, body = Problem),
              (status = 409, description = "Its state does not allow it", body = Problem)))]
async fn review_report(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ReportId>,
    JsonBody(body): JsonBody<ReviewDecision>,
) -> Result<Json<ReportState>, Problem> {
    let grounds = Grounds {
        reasons: body.reasons,
        facts: body.facts,
        words: body.reason,
    };
    let report = app.casework.review_report(&caller, id, body.decision, grounds).await?;
    Ok(Json(report.into()))
}

/// Thinks a decided report over again.
#[utoipa::path(post, path = "/reports/{id}/reopen", tag = "reports", request_body = Reopening,
    params(("id" = Uuid, Path, description = "The report")),
    responses((status = 200, body = ReportState), (status = 400, body = Problem),
              (status = 409, description = "Its state does not allow it", body = Problem)))]
async fn reopen_report(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ReportId>,
    JsonBody(body): JsonBody<Reopening>,
) -> Result<Json<ReportState>, Problem> {
    Ok(Json(app.casework.reopen_report(&caller, id, &body.reason).await?.into()))
}

/// Records a decided report's outcome.
#[utoipa::path(post, path = "/reports/{id}/close", tag = "reports", request_body = Closing,
    params(("id" = Uuid, Path, description = "The report")),
    responses((status = 200, body = ReportState), (status = 400, body = Problem),
              (status = 409, description = "Its state does not allow it", body = Problem)))]
async fn close_report(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ReportId>,
    JsonBody(body): JsonBody<Closing>,
) -> Result<Json<ReportState>, Problem> {
    let closed = app
        .casework
        .close_report(&caller, id, body.outcome, body.note.as_deref())
        .await?;
    Ok(Json(closed.into()))
}

/// A photo that a report shows, drawn anew without what the camera wrote. Logged.
#[utoipa::path(get, path = "/reports/{id}/photos/{sha256}", tag = "reports",
    params(("id" = Uuid, Path, description = "The report"), ("sha256" = String, Path, description = "The original's SHA-256")),
    responses((status = 200, description = "The picture", content_type = "image/jpeg"), (status = 404, body = Problem)))]
async fn read_report_photo(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ReportId>,
    PhotoHash(sha256): PhotoHash,
) -> Result<Response, Problem> {
    app.casework.open_report_photo(&caller, id, sha256).await?;
    pictures::serve(&app, sha256).await
}
