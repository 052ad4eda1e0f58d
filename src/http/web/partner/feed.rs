//! One feed of a partner's: how far fetching it is, its last runs with what came of each, its settings, and what can be done now.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::own_partner;
use crate::app::App;
use crate::domain::audit::Actor;
use crate::domain::feed::{FeedSettings, PullProgress, PullRun};
use crate::domain::feed_secret::PullSecret;
use crate::domain::partner::Slug;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Page, SummaryRow, render};
use crate::http::web::words;
use crate::store::StoreError;

/// Runs that are shown.
const RUNS_SHOWN: usize = 30;
const NOTICES: [(&str, &str); 4] = [
    ("saved", "The settings are saved."),
    (
        "fetching",
        "The feed is fetched now. What comes of it stands here in a moment.",
    ),
    (
        "again",
        "The feed is fetched and read now, also if its file has not changed. What comes of it stands here in a moment.",
    ),
    (
        "confirmed",
        "The feed is fetched now. What it does not name any more is withdrawn.",
    ),
];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/feeds/{feed}", get(show).post(fetch))
}

struct RunRow {
    began: String,
    lasted: String,
    size: String,
    outcome: &'static str,
    colour: &'static str,
    /// What was taken in, where anything came.
    records: String,
    /// Why records were rejected.
    because: Vec<String>,
    note: String,
}

#[derive(Template)]
#[template(path = "partner/feed.html")]
struct FeedPage {
    page: Page,
    name: String,
    pulled: bool,
    /// How far it is, while it is fetched.
    progress: Option<String>,
    /// When it is fetched next.
    next: String,
    /// Listings that wait for somebody to confirm that they are gone.
    held: u64,
    settings: Vec<SummaryRow>,
    runs: Vec<RunRow>,
}

async fn show(State(app): State<App>, who: SignedIn, Path(name): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let named = name.clone();
    let read = app.store.read(move |reader| {
        let Some(feed) = reader.feed_named(partner, &named)? else {
            return Ok::<_, StoreError>(None);
        };
        let (state, runs) = (reader.pull_state(feed.id)?, reader.pull_runs(feed.id, RUNS_SHOWN)?);
        Ok(Some((feed, state, runs)))
    });
    let (feed, state, runs) = read.await?.ok_or_else(|| Problem::missing("feed"))?;
    let now = app.clock.now();
    let shown = FeedPage {
        page: with_notice(who.page(format!("Feed {name}"), "/feeds"), &uri, &NOTICES),
        name,
        pulled: state.is_some(),
        progress: app.intake.pull_progress(feed.id).map(|progress| so_far(&progress, now)),
        next: state.as_ref().map_or_else(String::new, |state| {
            format!("{} ({})", words::instant(state.due_at), words::distance(state.due_at, now))
        }),
        held: state.map_or(0, |state| state.held),
        settings: settings(&feed.settings),
        runs: runs.into_iter().map(row).collect(),
    };
    Ok(render(StatusCode::OK, &shown))
}

/// Has a feed fetched at once; with `go=again` it is read also if it has not changed, with `go=missing` what it does not name any
/// more is withdrawn, however much.
async fn fetch(State(app): State<App>, Path(name): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &form.who).await?;
    let slug: Slug = name.parse().map_err(|_| Problem::missing("feed"))?;
    let actor = Actor::Account(form.who.account.id);
    let (done, asked) = match form.fields.get("go") {
        "missing" => ("confirmed", app.intake.confirm_missing(actor, partner, slug).await),
        "again" => ("again", app.intake.fetch_feed(actor, partner, slug, true).await),
        _ => ("fetching", app.intake.fetch_feed(actor, partner, slug, false).await),
    };
    asked.map_err(Problem::from)?;
    Ok(see_other(&format!("/feeds/{name}?done={done}")))
}

/// How far fetching a feed is, in words.
pub(super) fn so_far(progress: &PullProgress, now: Timestamp) -> String {
    let began = words::distance(progress.started_at, now);
    let of = progress
        .bytes_total
        .map_or_else(String::new, |total| format!(" of {}", size(total)));
    let bytes = format!("{}{of}", size(progress.bytes));
    if let Some(before) = progress.before {
        let before = match before {
            0 => "it is the next".to_owned(),
            1 => "one feed comes before it".to_owned(),
            more => format!("{} feeds come before it", words::thousands(more)),
        };
        return match progress.is_reading {
            true => format!("It waits for its turn to be read on: {before}; it began {began}."),
            false => format!("It waits for a place: {before}; it was due {began}."),
        };
    }
    match progress.is_reading {
        true => format!(
            "It is being read: {bytes}, {} records so far; it began {began}.",
            words::thousands(progress.records)
        ),
        false => format!("It is being fetched: {bytes}; it began {began}."),
    }
}

/// Bytes in a unit that fits.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes.div_ceil(1 << 10)),
        _ => format!("{} MiB", words::thousands(bytes.div_ceil(1 << 20))),
    }
}

fn row(run: PullRun) -> RunRow {
    let seconds = (run.ended_at - run.started_at).num_seconds().max(0);
    let (outcome, colour) = match run.outcome.as_str() {
        "taken" => ("taken in", "green"),
        "unchanged" => ("not changed", "grey"),
        _ => ("failed", "red"),
    };
    let counted = [
        (run.accepted, "new or changed"),
        (run.unchanged, "unchanged"),
        (run.rejected, "rejected"),
        (run.withdrawn, "withdrawn"),
        (run.held, "missing, held back"),
    ];
    let counted = counted.iter().filter(|(count, _)| *count > 0);
    let records: Vec<String> = counted
        .map(|(count, what)| format!("{} {what}", words::thousands(*count)))
        .collect();
    let because = run.because.iter().map(|because| {
        let field = if because.field.is_empty() {
            "whole record"
        } else {
            &because.field
        };
        format!("{} × {field}: {}", words::thousands(because.records), because.reason)
    });
    RunRow {
        began: words::instant(run.started_at),
        lasted: match seconds {
            0..120 => format!("{seconds} s"),
            _ => format!("{} min", seconds / 60),
        },
        size: if run.bytes == 0 { String::new() } else { size(run.bytes) },
        outcome,
        colour,
        records: records.join(", "),
        because: because.collect(),
        note: run.note,
    }
}

fn settings(settings: &FeedSettings) -> Vec<SummaryRow> {
    let mut rows = vec![("Written as", settings.format.clone())];
    let columns = settings.mapping.columns.len();
    rows.push((
        "Columns that are mapped",
        if columns == 0 { String::new() } else { columns.to_string() },
    ));
    match &settings.pull {
        None => rows.push(("How it comes", "you push it".to_owned())),
        Some(pull) => {
            let zone = pull.time_zone.map_or("UTC", |zone| zone.name());
            let whole = if pull.whole {
                "everything that is on sale"
            } else {
                "what is new or has changed"
            };
            let headers: Vec<String> = pull.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            rows.extend([
                ("Fetched from", pull.url.to_string()),
                ("When", format!("{} ({zone})", pull.schedule)),
                ("A file holds", whole.to_owned()),
                (
                    "Shown to your server",
                    match &pull.secret {
                        None => String::new(),
                        Some(PullSecret::User(name)) => format!("the user {name} with a password that we hold"),
                        Some(PullSecret::Header(name)) => format!("the header {name} with a value that we hold"),
                    },
                ),
                ("Other headers", headers.join(", ")),
                ("Asked for at once", pull.parts.map_or_else(String::new, size)),
            ]);
        }
    }
    SummaryRow::filled(&rows)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_is_said_in_words() {
        let began: Timestamp = "2026-11-22T04:30:00Z".parse().unwrap();
        let now = began + chrono::TimeDelta::minutes(3);
        let mut progress = PullProgress::begun(began);
        progress.bytes = 3 << 20;
        assert_eq!(so_far(&progress, now), "It is being fetched: 3 MiB; it began 3 minutes ago.");
        progress.bytes_total = Some(2_000 << 20);
        progress.is_reading = true;
        progress.records = 12_000;
        let said = so_far(&progress, now);
        assert!(
            said.starts_with("It is being read: 3 MiB of 2,000 MiB, 12,000 records"),
            "{said}"
        );
        progress.before = Some(2);
        assert!(so_far(&progress, now).contains("turn to be read on: 2 feeds come before it"));
        progress = PullProgress::begun(began);
        progress.before = Some(0);
        assert_eq!(
            so_far(&progress, now),
            "It waits for a place: it is the next; it was due 3 minutes ago."
        );
    }
}
