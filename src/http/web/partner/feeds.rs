//! How a partner's feeds fare: when each was fetched last and what came of it, and the records that wait in quarantine.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use super::feed::so_far;
use super::own_partner;
use crate::app::App;
use crate::casework::feed_health;
use crate::domain::audit::Actor;
use crate::domain::feed::{Feed, HeldRecord, PullRun, PullState};
use crate::http::error::Problem;
use crate::http::web::feed_health::HealthView;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Page, render};
use crate::http::web::words;
use crate::store::StoreError;

/// Waiting records that are shown.
const WAITING_SHOWN: usize = 100;
const NOTICES: [(&str, &str); 1] = [(
    "discarded",
    "The records that you looked at wait no longer. Their listings are as they were.",
)];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/feeds", get(show))
        .route("/quarantine/discarded", post(discard))
}

struct FeedRow {
    name: String,
    format: String,
    /// Where it stands, in a word.
    standing: &'static str,
    colour: &'static str,
    last: String,
    next: String,
    /// Whether we fetch it, and so can at once.
    pulled: bool,
    /// Listings that wait for somebody to confirm that they are gone.
    held: u64,
    /// What is to be said of the last run, or to be done.
    note: String,
    /// How far it is, while it is fetched.
    progress: Option<String>,
}

struct WaitingRow {
    number: i64,
    reference: String,
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
    health: HealthView,
    waiting: Vec<WaitingRow>,
    /// The number of the last record that is shown.
    through: i64,
    more: bool,
}

async fn show(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let now = app.clock.now();
    let (mut feeds, mut waiting, health) = app
        .store
        .read(move |reader| {
            let mut feeds = Vec::new();
            for feed in reader.feeds_of(partner)? {
                let (state, run) = (reader.pull_state(feed.id)?, reader.pull_runs(feed.id, 1)?.pop());
                feeds.push((feed.id, feed_row(&feed, state.as_ref(), run)));
            }
            let waiting = reader.quarantined(partner, 0, WAITING_SHOWN + 1)?;
            Ok::<_, StoreError>((feeds, waiting, feed_health::of_partner(reader, partner, now)?))
        })
        .await?;
    for (feed, row) in &mut feeds {
        row.progress = app.intake.pull_progress(*feed).map(|progress| so_far(&progress, now));
    }
    let more = waiting.len() > WAITING_SHOWN;
    waiting.truncate(WAITING_SHOWN);
    let through = waiting.last().map_or(0, |last| last.number);
    let shown = FeedsPage {
        through,
        page: with_notice(who.page("Feeds", "/feeds"), &uri, &NOTICES),
        feeds: feeds.into_iter().map(|(_, row)| row).collect(),
        health: HealthView::of(&health, now),
        waiting: waiting.into_iter().map(waiting_row).collect(),
        more,
    };
    Ok(render(StatusCode::OK, &shown))
}

/// Lets the records go that the page showed.
async fn discard(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &form.who).await?;
    let number = |name: &str| form.fields.get(name).parse().ok();
    let Some(through) = number("through") else {
        return Err(Problem::invalid("through", "say up to which record").into());
    };
    let from = number("from").unwrap_or(1);
    let actor = Actor::Account(form.who.account.id);
    let gone = app.intake.discard(actor, partner, from..=through).await;
    gone.map_err(Problem::from)?;
    Ok(see_other("/feeds?done=discarded"))
}

fn feed_row(feed: &Feed, state: Option<&PullState>, run: Option<PullRun>) -> FeedRow {
    let (standing, colour) = match (state, &run) {
        (None, _) => ("pushed by you", "grey"),
        (Some(state), _) if state.is_broken() => ("broken", "red"),
        (Some(state), _) if state.failures > 0 => ("failing", "orange"),
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
        pulled: state.is_some(),
        held: state.map_or(0, |state| state.held),
        next: state.map_or_else(String::new, |state| words::instant(state.due_at)),
        note: run.map(|run| run.note).unwrap_or_default(),
        progress: None,
    }
}

fn waiting_row(held: HeldRecord) -> WaitingRow {
    let record = held.quarantined;
    let first = record.faults.into_iter().next();
    let (field, reason) = first.map_or_else(Default::default, |fault| (fault.field, fault.reason));
    WaitingRow {
        number: held.number,
        reference: record.reference.unwrap_or_default(),
        received_at: words::instant(held.received_at),
        line: record.line,
        field,
        reason,
    }
}
