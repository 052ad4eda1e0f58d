//! How a partner's feeds fare: when each was fetched last and what came of it, and the records that wait in quarantine.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::own_partner;
use crate::app::App;
use crate::domain::feed::{Feed, HeldRecord, PullRun, PullState};
use crate::http::web::refusal::Refusal;
use crate::http::web::session::SignedIn;
use crate::http::web::shell::{Page, render};
use crate::http::web::words;
use crate::store::StoreError;

/// Waiting records that are shown.
const WAITING_SHOWN: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/feeds", get(show))
}

struct FeedRow {
    name: String,
    format: String,
    /// Where it stands, in a word.
    standing: &'static str,
    colour: &'static str,
    last: String,
    next: String,
    /// What is to be said of the last run, or to be done.
    note: String,
}

struct WaitingRow {
    received_at: String,
    line: u64,
    field: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "partner/feeds.html")]
struct FeedsPage {
    page: Page,
    feeds: Vec<FeedRow>,
    waiting: Vec<WaitingRow>,
    more: bool,
}

async fn show(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let (feeds, mut waiting) = app
        .store
        .read(move |reader| {
            let mut feeds = Vec::new();
            for feed in reader.feeds_of(partner)? {
                let (state, run) = (reader.pull_state(feed.id)?, reader.pull_runs(feed.id, 1)?.pop());
                feeds.push(feed_row(&feed, state.as_ref(), run));
            }
            Ok::<_, StoreError>((feeds, reader.quarantined(partner, 0, WAITING_SHOWN + 1)?))
        })
        .await?;
    let more = waiting.len() > WAITING_SHOWN;
    waiting.truncate(WAITING_SHOWN);
    let shown = FeedsPage {
        page: who.page("Feeds", "/feeds"),
        feeds,
        waiting: waiting.into_iter().map(waiting_row).collect(),
        more,
    };
    Ok(render(StatusCode::OK, &shown))
}

fn feed_row(feed: &Feed, state: Option<&PullState>, run: Option<PullRun>) -> FeedRow {
    let (standing, colour) = match (state, &run) {
        (None, _) => ("pushed by you", "grey"),
        (Some(state), _) if state.failures > 0 => ("failing", "red"),
        (Some(state), _) if state.held > 0 => ("to be confirmed", "yellow"),
        (Some(_), None) => ("not fetched yet", "blue"),
        (Some(_), Some(_)) => ("well", "green"),
    };
    let last = run.as_ref().map_or_else(String::new, |run| match run.outcome.as_str() {
        "taken" => format!(
            "{}: {} new or changed, {} unchanged, {} rejected, {} withdrawn",
            words::instant(run.ended_at),
            run.accepted,
            run.unchanged,
            run.rejected,
            run.withdrawn
        ),
        "unchanged" => format!("{}: the file had not changed", words::instant(run.ended_at)),
        _ => format!("{}: failed", words::instant(run.ended_at)),
    });
    FeedRow {
        name: feed.name.to_string(),
        format: feed.settings.format.clone(),
        standing,
        colour,
        last,
        next: state.map_or_else(String::new, |state| words::instant(state.due_at)),
        note: run.map(|run| run.note).unwrap_or_default(),
    }
}

fn waiting_row(held: HeldRecord) -> WaitingRow {
    let record = held.quarantined;
    let first = record.faults.into_iter().next();
    let (field, reason) = first.map_or_else(Default::default, |fault| (fault.field, fault.reason));
    WaitingRow {
        received_at: words::instant(held.received_at),
        line: record.line,
        field,
        reason,
    }
}
