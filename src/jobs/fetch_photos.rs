//! Fetches the photos that listings name by address.
//!
//! Owns when to try again, when to give up, and how many photos come from one host at a time. What may be contacted is for the
//! guarded fetcher, what is a picture for intake. Each host has a queue of its own that ends when it ends: one that does not
//! answer holds up its own photos only. So does a photo that fails on our side.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::audit::Act;
use crate::domain::ids::ListingId;
use crate::domain::time::Timestamp;
use crate::egress::{FetchError, GuardedFetcher};
use crate::intake::{FeedGrant, Intake, IntakeError, NoLetter};
use crate::store::{DueEffect, Effect, Lanes, PhotoTask, Reader, Store, StoreError, Tx};

#[cfg(test)]
mod tests;

/// Hosts that are asked at once.
const HOSTS_AT_ONCE: usize = 8;
/// Photos that are asked of one host at once.
const PHOTOS_A_HOST_AT_ONCE: usize = 2;
/// Photos that are asked of one host before it is another's turn.
const PHOTOS_A_TURN: usize = 32;
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

/// The hosts that are being asked, and those that are left in peace for a while.
struct Queues {
    desk: Arc<Desk>,
    running: JoinSet<Turn>,
    hosts: HashMap<tokio::task::Id, String>,
    resting: BTreeMap<String, Timestamp>,
}

impl Queues {
    fn new(store: Store, intake: Intake, fetcher: GuardedFetcher) -> Self {
        Self {
            desk: Arc::new(Desk { store, intake, fetcher }),
            running: JoinSet::new(),
            hosts: HashMap::new(),
            resting: BTreeMap::new(),
        }
    }

    fn under_way(&self) -> usize {
        self.hosts.len()
    }

    /// Starts a turn of each host that has something due and is neither under way nor resting, as far as there is room.
    async fn start(&mut self) -> Result<(), StoreError> {
        let store = &self.desk.store;
        let now = store.clock().now();
        self.resting.retain(|_, until| *until > now);
        let room = HOSTS_AT_ONCE.saturating_sub(self.under_way());
        if room == 0 {
            return Ok(());
        }
        let mut lanes = store.read(move |reader| reader.due_lanes(Lanes::Hosts, now)).await?;
        if lanes.iter().any(String::is_empty) {
            file(store, now).await?;
            lanes = store.read(move |reader| reader.due_lanes(Lanes::Hosts, now)).await?;
        }
        lanes.retain(|lane| !lane.is_empty() && !self.resting.contains_key(lane) && self.hosts.values().all(|host| host != lane));
        for lane in lanes.into_iter().take(room) {
            let (desk, host) = (Arc::clone(&self.desk), lane.clone());
            let task = self.running.spawn(async move { desk.turn(host).await });
            self.hosts.insert(task.id(), lane);
        }
        Ok(())
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
        if let Some(host) = self.hosts.remove(&id)
            && turn.rest
        {
            let until = self.desk.store.clock().now() + TimeDelta::milliseconds(RETRY_MS_MIN);
            self.resting.insert(host, until);
        }
    }
}

/// How a host's turn ended.
struct Turn {
    /// It is left in peace for a while: it is in trouble, or all of its photos failed on our side.
    rest: bool,
}

/// Gives effects from before there were lanes theirs.
async fn file(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    keep(store, move |tx| {
        for due in tx.due_in_lane("", now, FILED_AT_ONCE)? {
            let Effect::FetchPhoto { listing, number } = due.effect else {
                continue;
            };
            match tx.photo_task(listing, number)? {
                Some(task) => tx.move_effect(due.id, task.lane())?,
                None => tx.finish_effect(due.id)?,
            }
        }
        Ok(())
    })
    .await
}

/// A photo that is to be fetched.
struct Due {
    effect: DueEffect,
    listing: ListingId,
    number: u16,
    task: PhotoTask,
    allowed_hosts: Vec<String>,
    letter: Result<FeedGrant, NoLetter>,
}

/// What of a host is due, and the effects whose photos are no longer wanted from there.
fn due(reader: &Reader<'_>, lane: &str, now: Timestamp) -> Result<(Vec<Due>, Vec<i64>), StoreError> {
    let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
    for effect in reader.due_in_lane(lane, now, PHOTOS_A_TURN)? {
        let Effect::FetchPhoto { listing, number } = effect.effect else {
            continue;
        };
        let task = reader.photo_task(listing, number)?.filter(|task| task.lane() == lane);
        let partner = match &task {
            Some(task) => reader.partner(task.partner)?,
            None => None,
        };
        let Some((task, partner)) = task.zip(partner) else {
            // One that another host has now has an effect in that host's lane.
            unwanted.push(effect.id);
            continue;
        };
        wanted.push(Due {
            letter: FeedGrant::of(reader, task.partner, now)?,
            allowed_hosts: partner.photo_hosts,
            effect,
            listing,
            number,
            task,
        });
    }
    Ok((wanted, unwanted))
}

/// What serving the photos needs.
struct Desk {
    store: Store,
    intake: Intake,
    fetcher: GuardedFetcher,
}

/// How a try ended that brought no photo.
struct Failure {
    reason: String,
    /// Whether another try can help; with the server's own wish for a pause, seconds.
    again: Option<u32>,
}

impl Desk {
    /// Serves what is due of one host. Once it is in trouble, the rest of its photos is put off untried.
    async fn turn(&self, lane: String) -> Turn {
        let now = self.store.clock().now();
        let read = self.store.read(move |reader| due(reader, &lane, now)).await;
        let (queue, unwanted) = match read {
            Ok(read) => read,
            Err(error) => {
                failed_ourselves(&error);
                return Turn { rest: true };
            }
        };
        let (in_trouble, served, failed) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
        let finish = move |tx: &mut Tx<'_>| unwanted.into_iter().try_for_each(|effect| tx.finish_effect(effect));
        if let Err(error) = keep(&self.store, finish).await {
            failed_ourselves(&error);
            return Turn { rest: true };
        }
        let each = stream::iter(queue).for_each_concurrent(PHOTOS_A_HOST_AT_ONCE, |photo| {
            let (in_trouble, served, failed) = (&in_trouble, &served, &failed);
            async move {
                match self.serve(&photo, in_trouble).await {
                    Ok(()) => served.fetch_add(1, Ordering::Relaxed),
                    Err(error) => {
                        self.put_off(&photo, &error).await;
                        failed.fetch_add(1, Ordering::Relaxed)
                    }
                };
            }
        });
        each.await;
        let all_failed = failed.into_inner() > 0 && served.into_inner() == 0;
        Turn {
            rest: all_failed || in_trouble.into_inner(),
        }
    }

    async fn serve(&self, photo: &Due, in_trouble: &AtomicBool) -> Result<(), IntakeError> {
        if let Err(no_letter) = &photo.letter {
            return self.wait_for_letter(photo, no_letter).await;
        }
        if in_trouble.load(Ordering::Relaxed) {
            let until = self.store.clock().now() + retry_after(1, None, chance());
            return self.postpone(photo, until).await;
        }
        let allowed = (!photo.allowed_hosts.is_empty()).then_some(photo.allowed_hosts.as_slice());
        let failure = match self.fetcher.fetch(&photo.task.url, allowed).await {
            Ok(fetched) => {
                let accept = self
                    .intake
                    .accept_fetched_photo(photo.listing, photo.number, &photo.task, fetched.bytes);
                match accept.await {
                    Ok(()) => {
                        metrics::counter!("replevin_photos_fetched", "outcome" => "held").increment(1);
                        let effect = photo.effect.id;
                        return Ok(keep(&self.store, move |tx| tx.finish_effect(effect)).await?);
                    }
                    Err(IntakeError::NoLetter(no_letter)) => return self.wait_for_letter(photo, &no_letter).await,
                    Err(error) if error.is_refusal() => Failure {
                        reason: error.to_string(),
                        again: None,
                    },
                    // A failure of our own is nobody's fault.
                    Err(error) => return Err(error),
                }
            }
            Err(error) => {
                in_trouble.fetch_or(error.is_transient(), Ordering::Relaxed);
                failed(&error)
            }
        };
        self.note(photo, failure).await
    }

    /// Puts a photo off whose partner has no letter in force. Not a try: nothing was asked of the host.
    async fn wait_for_letter(&self, photo: &Due, no_letter: &NoLetter) -> Result<(), IntakeError> {
        let until = self.store.clock().now() + TimeDelta::milliseconds(LETTER_MS);
        let (effect, listing, number, why) = (photo.effect.id, photo.listing, photo.number, no_letter.to_string());
        let kept = keep(&self.store, move |tx| {
            tx.note_photo_waits(listing, number, &why)?;
            tx.postpone_effect(effect, until)
        });
        Ok(kept.await?)
    }

    async fn postpone(&self, photo: &Due, until: Timestamp) -> Result<(), IntakeError> {
        let effect = photo.effect.id;
        Ok(keep(&self.store, move |tx| tx.postpone_effect(effect, until)).await?)
    }

    /// Puts a photo off that failed on our side, longer each time, so that it does not stand before others.
    async fn put_off(&self, photo: &Due, error: &IntakeError) {
        failed_ourselves(error);
        let until = self.store.clock().now() + retry_after(photo.effect.attempts + 1, None, chance());
        if let Err(error) = self.postpone(photo, until).await {
            failed_ourselves(&error);
        }
    }

    /// Notes a failed try: another one later, or none any more.
    async fn note(&self, photo: &Due, failure: Failure) -> Result<(), IntakeError> {
        let tries = photo.task.attempts + 1;
        let again = failure.again.filter(|_| tries < TRIES_MAX);
        let outcome = if again.is_some() { "put_off" } else { "given_up" };
        metrics::counter!("replevin_photos_fetched", "outcome" => outcome).increment(1);
        let due = again.map(|pause_s| self.store.clock().now() + retry_after(tries, Some(pause_s), chance()));
        let (effect, listing, number, task) = (photo.effect.id, photo.listing, photo.number, photo.task.clone());
        let noted = keep(&self.store, move |tx| {
            // The partner may have named something else meanwhile: that has its own effect and its own tries.
            let wanted = tx.photo_task(listing, number)?;
            let same = wanted.is_some_and(|wanted| (&wanted.url, wanted.expected) == (&task.url, task.expected));
            if same {
                tx.note_photo_failure(listing, number, &failure.reason, due.is_none())?;
            }
            match due {
                Some(due) if same => tx.postpone_effect(effect, due),
                _ => tx.finish_effect(effect),
            }
        });
        Ok(noted.await?)
    }
}

fn failed(error: &FetchError) -> Failure {
    Failure {
        reason: error.to_string(),
        again: error.is_transient().then(|| error.retry_after_s().unwrap_or(0)),
    }
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
