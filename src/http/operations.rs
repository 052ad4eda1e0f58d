//! What operators and their monitors ask: alive, ready and if not why, figures.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use replevin_index::Side;
use serde_json::json;

use super::client_address::is_local;
use super::error::Problem;
use super::web::refusal::Refusal;
use crate::app::App;
use crate::domain::photo::PhotoWay;
use crate::store::StoreError;

/// Changes that may wait for the index while the service still counts as ready.
const LAG_MAX: u64 = 10_000;

/// All of it: for an address that only operators reach.
pub(super) fn routes() -> Router<App> {
    alive().merge(inside())
}

/// What of it stands beside the pages. Figures move with every report that is raised, so that a stranger who could read them
/// would learn what a listing of theirs set off: they are told to this machine alone, and only when no proxy is in front.
pub(super) fn public_routes(app: &App) -> Router<App> {
    if app.http.operations_to_local {
        alive().merge(inside().route_layer(middleware::from_fn(only_local)))
    } else {
        alive()
    }
}

fn alive() -> Router<App> {
    Router::new().route("/healthz", get(healthz))
}

fn inside() -> Router<App> {
    Router::new().route("/readyz", get(readyz)).route("/metrics", get(figures))
}

async fn only_local(ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request, next: Next) -> Response {
    if is_local(peer.ip(), request.headers()) {
        next.run(request).await
    } else {
        Refusal::from(Problem::missing("page; check the address")).into_response()
    }
}

async fn healthz() -> &'static str {
    "alive\n"
}

/// Ready when the store answers and the index is not far behind; otherwise 503 with the reasons.
async fn readyz(State(app): State<App>) -> Response {
    let mut reasons = Vec::new();
    match app
        .store
        .read(|reader| Ok::<_, StoreError>((reader.last_change()?, reader.cursor("matching")?)))
        .await
    {
        Ok((last, matched)) => {
            let checkpoint = app.engine.checkpoint();
            let lag = last.0.saturating_sub(checkpoint.0.min(matched.0));
            // What was matched stood in the index once: it was lost, and shows a part of both sides only.
            if checkpoint < matched || lag > LAG_MAX {
                reasons.push(format!("degraded: the index is being built, {lag} changes to go"));
            }
        }
        Err(_) => reasons.push("the store does not answer".to_owned()),
    }
    if reasons.is_empty() {
        Json(json!({ "ready": true })).into_response()
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "ready": false, "reasons": reasons })),
        )
            .into_response()
    }
}

/// Prometheus text.
async fn figures(State(app): State<App>) -> Result<Response, Problem> {
    let (counts, reports, last, [matched, filed], to_read) = app
        .store
        .read(|reader| {
            Ok::<_, StoreError>((
                reader.counts()?,
                reader.count_reports()?,
                reader.last_change()?,
                [reader.cursor("matching")?, reader.numbers_filed()?],
                [
                    ("barcode", reader.count_photos_to_read(PhotoWay::Barcode)?),
                    ("label", reader.count_photos_to_read(PhotoWay::Label)?),
                ],
            ))
        })
        .await?;
    let mut text = app.metrics.render();
    for (table, rows) in counts {
        text.push_str(&format!("replevin_rows{{table=\"{table}\"}} {rows}\n"));
    }
    for (state, rows) in reports {
        text.push_str(&format!("replevin_reports{{state=\"{state}\"}} {rows}\n"));
    }
    for (side, name) in [(Side::Registered, "register"), (Side::Offered, "archive")] {
        text.push_str(&format!(
            "replevin_index_records{{side=\"{name}\"}} {}\n",
            app.engine.len(side)
        ));
    }
    text.push_str(&format!(
        "replevin_sequence {}\nreplevin_index_checkpoint {}\n",
        last.0,
        app.engine.checkpoint().0
    ));
    text.push_str(&format!(
        "replevin_matching_cursor {}\nreplevin_numbers_cursor {}\n",
        matched.0, filed.0
    ));
    for (way, photos) in to_read {
        text.push_str(&format!("replevin_photos_to_read{{way=\"{way}\"}} {photos}\n"));
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
