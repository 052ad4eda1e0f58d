//! What operators and their monitors ask: alive, ready and if not why, figures.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use replevin_index::Side;
use serde_json::json;

use super::error::Problem;
use crate::app::App;
use crate::store::StoreError;

/// Changes that may wait for the index while the service still counts as ready.
const LAG_MAX: u64 = 10_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(figures))
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
            let lag = last.0.saturating_sub(app.engine.checkpoint().0.min(matched.0));
            if lag > LAG_MAX {
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
    let (counts, reports, last, matched) = app
        .store
        .read(|reader| {
            Ok::<_, StoreError>((
                reader.counts()?,
                reader.count_reports()?,
                reader.last_change()?,
                reader.cursor("matching")?,
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
    text.push_str(&format!("replevin_matching_cursor {}\n", matched.0));
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
