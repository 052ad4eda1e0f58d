//! Fetches the feeds that partners let us fetch, when their schedules say so.
//!
//! Owns when a feed is due, when to try again after a failure, how many are fetched at once, and what a whole file means for
//! listings that it does not name. What may be contacted is for the guarded fetcher, how bytes become listings for the feeds, and
//! what is taken in for intake.
//!
//! After a pause of ours each feed is due once, however often it was missed, the longest overdue first, and no more at once than
//! ever; of a host, one at a time. Feeds that came at once take turns, a part each, so that a large one holds up no small one. A
//! feed that fails is asked ever more rarely; after [`BROKEN_AFTER`](crate::domain::feed::BROKEN_AFTER) failures it counts as
//! broken and is tried every six hours, until one try succeeds or somebody has it fetched at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::taking::{Taken, take_in};
use self::under_way::UnderWay;
use crate::app::App;
use crate::domain::audit::{Act, Actor};
use crate::domain::feed::{Feed, Pull, PullRun, PullState};
use crate::domain::time::Timestamp;
use crate::egress::{DownloadOptions, Downloaded, FetchError, Validators};
use crate::feeds::FeedError;
use crate::intake::{IntakeError, PullRow};
use crate::store::StoreError;

mod taking;
#[cfg(test)]
mod tests;
mod under_way;

/// Feeds of which a part is read and taken in at the same time; the others wait in a queue for their next part.
const PARTS_AT_ONCE: usize = 2;
/// How long a feed rests whose run could not even be noted.
const REST_AFTER_FAULT: Duration = Duration::from_secs(60);
/// How long to rest between two looks at what is due.
const REST: Duration = Duration::from_secs(2);
/// Wait after the first failure, seconds; each further one waits four times longer.
const RETRY_S_MIN: i64 = 60;
/// Longest wait, seconds: a feed that fails on and on is tried so often and no more.
const RETRY_S_MAX: i64 = 6 * 3_600;
/// Share of a feed's listings on sale that may be missing at once.
const MISSING_SHARE_MAX: f64 = 0.2;
/// So many may be missing whatever their share: in a feed of a few listings one sale is a fifth of them.
const MISSING_HARMLESS: u64 = 3;

/// Why a feed could not be pulled.
#[derive(Debug, thiserror::Error)]
enum PullError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It could not be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// It may not be taken in, or could not.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// It could not be kept while it is read.
    #[error("the file could not be kept here")]
    Spool(#[source] std::io::Error),
    /// It is a file of something else, or all of it is broken.
    #[error("none of its {rejected} records could be read; {first}")]
    NoneRead {
        /// How many there are.
        rejected: u64,
        /// What is wrong with the first.
        first: String,
    },
    /// Reading it ended in a panic, which is a fault of ours that the log shows.
    #[error("the file could not be read here")]
    Panicked,
    /// The service is ending.
    #[error("the service is ending")]
    Stopped,
}

impl PullError {
    /// Whether we are at fault ourselves, so that the partner's server is none the worse for it.
    fn is_ours(&self) -> bool {
        match self {
            Self::Fetch(FetchError::Write(_)) | Self::Spool(_) | Self::Panicked | Self::Stopped => true,
            Self::Intake(error) => matches!(error, IntakeError::Store(_) | IntakeError::Files(_)),
            _ => false,
        }
    }

    /// Whether it gave way to files that were begun before.
    fn is_for_lack_of_room(&self) -> bool {
        matches!(self, Self::Fetch(FetchError::Write(error)) if error.kind() == std::io::ErrorKind::StorageFull)
    }

    /// What is told to the partner.
    fn note(&self) -> String {
        if self.is_for_lack_of_room() {
            return "there is no room for the file here now: files of other feeds that came first take it up. It is fetched again in \
                    a minute"
                .to_owned();
        }
        if self.is_ours() {
            return "it failed on our side and is tried again".to_owned();
        }
        if let Self::Fetch(FetchError::Status { status: 401 | 403, .. }) = self {
            return format!(
                "{self}: it wants a user with a password, a header with a secret, or another one than is held for it"
            );
        }
        self.to_string()
    }
}

/// How a pull ended well.
enum Pulled {
    Unchanged,
    Taken(Validators, Taken),
}

/// Runs until `stop`.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut running = JoinSet::new();
    let parts = Arc::new(Semaphore::new(PARTS_AT_ONCE));
    let mut under_way: HashMap<tokio::task::Id, UnderWay> = HashMap::new();
    loop {
        if let Err(error) = start(&app, &parts, &mut running, &mut under_way, &stop).await {
            failed_ourselves(&error);
        }
        tokio::select! {
            Some(ended) = running.join_next_with_id(), if !running.is_empty() => {
                let id = match &ended {
                    Ok((id, ())) => *id,
                    Err(error) => {
                        failed_ourselves(error);
                        error.id()
                    }
                };
                under_way.remove(&id);
            }
            () = tokio::time::sleep(REST) => {}
            () = stop.cancelled() => break,
        }
    }
    running.shutdown().await;
}

fn failed_ourselves(error: &(dyn std::error::Error + 'static)) {
    metrics::counter!("replevin_job_failures", "job" => "pull_feeds").increment(1);
    tracing::error!(error, "pulling feeds failed, will try again");
}

/// Starts what is due, as far as there is room: what has waited longest first. What waits on is put on the board.
async fn start(
    app: &App,
    parts: &Arc<Semaphore>,
    running: &mut JoinSet<()>,
    under_way: &mut HashMap<tokio::task::Id, UnderWay>,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let due = app.store.read(move |reader| reader.due_pulls(now)).await?;
    let mut waiting = Vec::new();
    for (feed, state) in due {
        if under_way.values().any(|other| other.feed == feed.id) {
            continue;
        }
        let Some(pull) = feed.settings.pull.clone() else { continue };
        let beginning = UnderWay {
            feed: feed.id,
            partner: feed.partner,
            host: pull.url.host_str().unwrap_or_default().to_owned(),
        };
        if !beginning.may_begin(under_way.values()) {
            waiting.push((feed.id, state.due_at));
            continue;
        }
        let (app, parts, stop) = (app.clone(), Arc::clone(parts), stop.clone());
        let task = running.spawn(async move {
            if let Err(error) = turn(&app, &feed, &pull, state, &parts, &stop).await {
                failed_ourselves(&error);
                // It is still due: its server must not be asked again at once because of us.
                drop(tokio::time::timeout(REST_AFTER_FAULT, stop.cancelled()).await);
            }
        });
        under_way.insert(task.id(), beginning);
    }
    app.intake.pulls_wait(waiting);
    Ok(())
}

/// Pulls a feed once and notes how that went.
async fn turn(
    app: &App,
    feed: &Feed,
    pull: &Pull,
    state: PullState,
    parts: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Result<(), StoreError> {
    let (started_at, began) = (app.clock.now(), state.clone());
    let turn = Turn {
        app: app.clone(),
        feed: feed.clone(),
        run: started_at,
        parts: Arc::clone(parts),
        stop: stop.clone(),
        row: app.intake.pull_begins(feed.id, started_at),
    };
    let pulled = one(&turn, pull, &state).await;
    if matches!(pulled, Err(PullError::Stopped)) {
        return Ok(());
    }
    let mut run = PullRun {
        started_at,
        ended_at: app.clock.now(),
        outcome: "taken".to_owned(),
        bytes: 0,
        because: Vec::new(),
        accepted: 0,
        unchanged: 0,
        rejected: 0,
        withdrawn: 0,
        held: 0,
        note: String::new(),
    };
    let well = PullState {
        due_at: pull.next(run.ended_at),
        failures: 0,
        ..state.clone()
    };
    let next = match pulled {
        Ok(Pulled::Unchanged) => {
            run.outcome = "unchanged".to_owned();
            well
        }
        Ok(Pulled::Taken(validators, taken)) => {
            (run.accepted, run.unchanged, run.rejected) = (taken.accepted, taken.unchanged, taken.rejected);
            (run.withdrawn, run.held, run.note) = (taken.withdrawn, taken.held, taken.note);
            (run.bytes, run.because) = (taken.bytes, taken.because);
            PullState {
                etag: validators.etag,
                last_modified: validators.last_modified,
                held: taken.held,
                confirmed: false,
                ..well
            }
        }
        Err(error) => {
            run.outcome = "failed".to_owned();
            run.bytes = turn.came();
            run.note = error.note();
            if error.is_ours() {
                failed_ourselves(&error);
            } else {
                tracing::warn!(feed = %feed.name, error = &error as &dyn std::error::Error, "a feed could not be pulled");
            }
            after_failure(&error, state, run.ended_at)
        }
    };
    metrics::counter!("replevin_feeds_pulled", "outcome" => run.outcome.clone()).increment(1);
    note(app, feed, began, next, run).await
}

/// Notes a run, unless the feed has been given another place or removed meanwhile.
async fn note(app: &App, feed: &Feed, began: PullState, next: PullState, run: PullRun) -> Result<(), StoreError> {
    let (store, feed) = (app.store.clone(), feed.clone());
    let noted = tokio::task::spawn_blocking(move || {
        store.keep(move |tx| {
            let now = tx.feed_named(feed.partner, feed.name.as_str())?;
            if now.is_some_and(|now| now.id == feed.id) {
                tx.insert_pull_run(feed.id, &run)?;
                // What somebody has set meanwhile counts.
                if tx.pull_state(feed.id)? == Some(began) {
                    tx.save_pull_state(feed.id, Some(&next))?;
                }
            }
            Ok::<_, StoreError>(((), Vec::<Act>::new()))
        })
    });
    noted.await.map_err(|_| StoreError::Stopped)?
}

/// One turn of a feed.
#[derive(Clone)]
struct Turn {
    app: App,
    feed: Feed,
    /// When the run began; names it.
    run: Timestamp,
    /// Who may read a part now.
    parts: Arc<Semaphore>,
    stop: CancellationToken,
    /// Tells whoever asks how far it is.
    row: PullRow,
}

impl Turn {
    /// Bytes of the file that have come.
    fn came(&self) -> u64 {
        let progress = self.app.intake.pull_progress(self.feed.id);
        progress.map_or(0, |row| {
            if row.is_reading {
                row.bytes_total.unwrap_or(0)
            } else {
                row.bytes
            }
        })
    }
}

async fn one(turn: &Turn, pull: &Pull, state: &PullState) -> Result<Pulled, PullError> {
    let Turn { app, feed, stop, .. } = turn;
    app.intake.open_feed(Actor::Service, feed.partner).await?;
    let (file, place) = app.spool.file().map_err(PullError::Spool)?;
    let mut writing = tokio::fs::File::from_std(file.try_clone().map_err(PullError::Spool)?);
    let known = Validators {
        etag: state.etag.clone(),
        last_modified: state.last_modified.clone(),
    };
    let options = DownloadOptions {
        own_headers: app.intake.feed_headers(feed).await?,
        part_bytes: pull.parts,
        bytes_max: app.feed_bytes_max,
        ..DownloadOptions::default()
    };
    let room = |bytes: u64, total: Option<u64>| {
        turn.row.note(|row| (row.bytes, row.bytes_total) = (bytes, total));
        place.room(bytes)
    };
    let downloading = app
        .fetcher
        .download_within(&pull.url, None, (&known, &options), &mut writing, &room);
    let downloaded = tokio::select! {
        downloaded = downloading => downloaded?,
        () = stop.cancelled() => return Err(PullError::Stopped),
    };
    let Downloaded::Whole { bytes, validators, .. } = downloaded else {
        return Ok(Pulled::Unchanged);
    };
    let (turn, whole, confirmed) = (turn.clone(), pull.whole, state.confirmed);
    let taking = tokio::task::spawn_blocking(move || {
        // Its room is taken up as long as it is read.
        let _place = place;
        let mut taken = take_in(&turn, file, bytes)?;
        if whole {
            taken.settle(&turn, confirmed)?;
        }
        Ok::<_, PullError>(taken)
    });
    let taken = taking.await.map_err(|error| match error.is_panic() {
        true => PullError::Panicked,
        false => PullError::Stopped,
    })??;
    Ok(Pulled::Taken(validators, taken))
}

/// When to try again: four times later each time, moved by chance so that feeds that failed together do not come back together,
/// and never earlier than the server asked for.
fn after_failure(error: &PullError, state: PullState, now: Timestamp) -> PullState {
    let failures = if error.is_ours() { state.failures } else { state.failures + 1 };
    let asked = match error {
        PullError::Fetch(error) => error.retry_after_s().map_or(0, i64::from),
        _ => 0,
    };
    let chance = getrandom::u32().map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX));
    let wait = wait_s(failures, chance).max(asked);
    PullState {
        due_at: now + TimeDelta::seconds(wait),
        failures,
        ..state
    }
}

fn wait_s(failures: u32, chance: f64) -> i64 {
    let steps = failures.saturating_sub(1).min(8);
    let plain = (RETRY_S_MIN << (2 * steps)).min(RETRY_S_MAX);
    (plain as f64 * (0.8 + 0.4 * chance)) as i64
}
