//! Fetches the photos that listings name by address.
//!
//! Owns whose turn it is, and how many photos come from one host at a time. How one photo is fetched, tried again and given up is
//! for [`serving`], what may be contacted for the guarded fetcher, what is a picture for intake. Each partner has a queue of its own
//! at each host, which ends when it ends: a host that does not answer holds up its own photos only, and a partner with thousands of
//! slow ones has a share of the places, on one host turn by turn with the others. A photo that fails on our side holds up nobody.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::audit::Act;
use crate::domain::time::Timestamp;
use crate::egress::GuardedFetcher;
use crate::intake::Intake;
use crate::store::{Effect, Lanes, Store, StoreError, Tx};

use self::serving::{Desk, Turn};

mod serving;
#[cfg(test)]
mod tests;

/// Hosts that are asked at once.
const HOSTS_AT_ONCE: usize = 8;
/// Those of one partner.
const HOSTS_OF_PARTNER: usize = 4;
/// Photos that are asked of one host at once.
const PHOTOS_A_HOST_AT_ONCE: usize = 2;
/// Photos of a partner that are asked of one host before it is another's turn.
const PHOTOS_A_TURN: usize = 32;
/// A turn in which this has passed asks for nothing more.
const TURN: Duration = Duration::from_secs(15);
/// Effects without a lane that are given one at a time.
const FILED_AT_ONCE: usize = 256;
/// Tries before a photo is given up.
const TRIES_MAX: u32 = 10;
/// Wait after the first failed try, milliseconds; each further one waits four times longer.
const RETRY_MS_MIN: i64 = 5_000;
/// Longest wait, milliseconds.
const RETRY_MS_MAX: i64 = 6 * 3_600_000;
/// How long a photo waits until its partner's letter is asked for again, milliseconds.
const LETTER_MS: i64 = 15 * 60_000;
/// How long to rest when nothing is due, and after a failure of our own.
const REST: Duration = Duration::from_secs(2);

/// Runs until `stop`: whenever something was committed or a host is done, and every few seconds for what has become due.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut queues = Queues::new(app.store.clone(), app.intake.clone(), app.fetcher.clone());
    let mut commits = app.store.commits();
    loop {
        commits.mark_unchanged();
        let started = queues.start().await;
        if let Err(error) = &started {
            failed_ourselves(error);
        }
        tokio::select! {
            () = queues.ended(), if started.is_ok() && queues.under_way() > 0 => {}
            changed = commits.changed(), if started.is_ok() => if changed.is_err() { break },
            () = tokio::time::sleep(REST) => {}
            () = stop.cancelled() => break,
        }
    }
    queues.running.shutdown().await;
}

fn failed_ourselves(error: &(dyn std::error::Error + 'static)) {
    metrics::counter!("replevin_job_failures", "job" => "fetch_photos").increment(1);
    tracing::error!(error, "fetching photos failed, will try again");
}

/// The lanes that are being served, and the hosts that are left in peace for a while.
struct Queues {
    desk: Arc<Desk>,
    running: JoinSet<Turn>,
    lanes: HashMap<tokio::task::Id, String>,
    resting: BTreeMap<String, Timestamp>,
    /// When lanes that wait had a turn: a number that grows.
    served: HashMap<String, u64>,
    turns: u64,
}

/// The host and the partner of a lane.
fn parts(lane: &str) -> (&str, &str) {
    lane.split_once(' ').unwrap_or((lane, ""))
}

impl Queues {
    fn new(store: Store, intake: Intake, fetcher: GuardedFetcher) -> Self {
        Self {
            desk: Arc::new(Desk { store, intake, fetcher }),
            running: JoinSet::new(),
            lanes: HashMap::new(),
            resting: BTreeMap::new(),
            served: HashMap::new(),
            turns: 0,
        }
    }

    fn under_way(&self) -> usize {
        self.lanes.len()
    }

    /// Starts turns of lanes that have something due, the longest without one first, as far as there is room: one of a host at a
    /// time, a few of a partner, none of a host that rests.
    async fn start(&mut self) -> Result<(), StoreError> {
        let store = &self.desk.store;
        let now = store.clock().now();
        self.resting.retain(|_, until| *until > now);
        if self.under_way() >= HOSTS_AT_ONCE {
            return Ok(());
        }
        let mut due = store.read(move |reader| reader.due_lanes(Lanes::Hosts, now)).await?;
        if due.iter().any(String::is_empty) {
            file(store, now).await?;
            due = store.read(move |reader| reader.due_lanes(Lanes::Hosts, now)).await?;
        }
        due.retain(|lane| !lane.is_empty());
        let waiting: HashSet<&String> = due.iter().collect();
        self.served.retain(|lane, _| waiting.contains(lane));
        due.sort_by_key(|lane| self.served.get(lane).copied().unwrap_or(0));
        for lane in due {
            if self.under_way() >= HOSTS_AT_ONCE {
                break;
            }
            if self.may_begin(&lane) {
                self.turns += 1;
                self.served.insert(lane.clone(), self.turns);
                let (desk, named) = (Arc::clone(&self.desk), lane.clone());
                let task = self.running.spawn(async move { desk.turn(named).await });
                self.lanes.insert(task.id(), lane);
            }
        }
        Ok(())
    }

    fn may_begin(&self, lane: &str) -> bool {
        let (host, partner) = parts(lane);
        let under_way = || self.lanes.values().map(|lane| parts(lane));
        !self.resting.contains_key(host)
            && under_way().all(|(other, _)| other != host)
            && under_way().filter(|(_, other)| *other == partner).count() < HOSTS_OF_PARTNER
    }

    /// Waits until a host's turn is over.
    async fn ended(&mut self) {
        let Some(ended) = self.running.join_next_with_id().await else {
            return;
        };
        let (id, turn) = match ended {
            Ok((id, turn)) => (id, turn),
            Err(error) => {
                failed_ourselves(&error);
                (error.id(), Turn { rest: true })
            }
        };
        if let Some(lane) = self.lanes.remove(&id)
            && turn.rest
        {
            let until = self.desk.store.clock().now() + TimeDelta::milliseconds(RETRY_MS_MIN);
            self.resting.insert(parts(&lane).0.to_owned(), until);
        }
    }
}

/// Gives effects from before there were lanes, or when these were others, theirs.
async fn file(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    keep(store, move |tx| {
        for due in tx.due_in_lane("", now, FILED_AT_ONCE)? {
            let Effect::FetchPhoto { listing, number } = due.effect else {
                continue;
            };
            match tx.photo_task(listing, number)? {
                Some(task) => tx.move_effect(due.id, &task.lane())?,
                None => tx.finish_effect(due.id)?,
            }
        }
        Ok(())
    })
    .await
}

/// Runs a job's bookkeeping off the asynchronous threads.
async fn keep(
    store: &Store,
    work: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), StoreError> {
    let store = store.clone();
    let kept = tokio::task::spawn_blocking(move || store.keep(move |tx| work(tx).map(|()| ((), Vec::<Act>::new()))));
    kept.await.map_err(|_| StoreError::Stopped)?
}

/// How long to wait after the given number of failed tries: four times longer each, moved by up to a fifth either way with
/// `chance` (0 to 1), and never shorter than the server asked for.
fn retry_after(tries: u32, pause_s: Option<u32>, chance: f64) -> TimeDelta {
    let steps = tries.saturating_sub(1).min(16);
    let plain = RETRY_MS_MIN.saturating_mul(1 << (2 * steps).min(32)).min(RETRY_MS_MAX);
    let moved = (plain as f64 * (0.8 + 0.4 * chance)) as i64;
    let asked = pause_s.map_or(0, |seconds| i64::from(seconds) * 1_000);
    TimeDelta::milliseconds(moved.clamp(RETRY_MS_MIN * 4 / 5, RETRY_MS_MAX).max(asked))
}

/// A number from 0 to 1 by chance; half when the system has none to give.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |bits| f64::from(bits) / f64::from(u32::MAX))
}
