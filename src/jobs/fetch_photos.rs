//! Fetches the photos that listings name by address.
//!
//! Owns when to try again, when to give up, and how many photos come from one host at a time. What may be contacted is for the
//! guarded fetcher, what is a picture for intake. A host that does not answer holds up its own photos only.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures::{TryStreamExt, stream};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::audit::Act;
use crate::domain::ids::ListingId;
use crate::domain::time::Timestamp;
use crate::egress::{FetchError, GuardedFetcher};
use crate::intake::{Intake, IntakeError};
use crate::store::{Effect, PhotoTask, Reader, Store, StoreError, Tx};

#[cfg(test)]
mod tests;

/// Photos looked at in one step.
const PHOTOS_A_STEP: usize = 256;
/// Hosts that are asked at once.
const HOSTS_AT_ONCE: usize = 8;
/// Photos that are asked of one host at once.
const PHOTOS_A_HOST_AT_ONCE: usize = 2;
/// Photos that are asked of one host in one step; the others wait, so that they do not stand before other hosts' photos.
const PHOTOS_A_HOST_A_STEP: usize = 32;
/// How long these others wait, milliseconds.
const QUEUE_MS: i64 = 500;
/// Tries before a photo is given up.
const TRIES_MAX: u32 = 10;
/// Wait after the first failed try, milliseconds; each further one waits four times longer.
const RETRY_MS_MIN: i64 = 5_000;
/// Longest wait, milliseconds.
const RETRY_MS_MAX: i64 = 6 * 3_600_000;
/// How long to rest when nothing is due, and after a failure of our own.
const REST: Duration = Duration::from_secs(2);

/// Runs until `stop`: whenever something was committed, and every few seconds for what has become due.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut commits = app.store.commits();
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        let round = tokio::select! {
            round = step(&app) => round,
            () = stop.cancelled() => return,
        };
        let more = match round {
            Ok(more) => more,
            Err(error) => {
                metrics::counter!("replevin_job_failures", "job" => "fetch_photos").increment(1);
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "fetching photos failed, will try again"
                );
                tokio::select! {
                    () = tokio::time::sleep(REST) => {}
                    () = stop.cancelled() => return,
                }
                false
            }
        };
        if !more {
            tokio::select! {
                changed = commits.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(REST) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}

/// One round over what is due. Returns whether more is due already.
///
/// # Errors
/// A failure of the store or of the disk; what was not fetched stays due.
pub async fn step(app: &App) -> Result<bool, IntakeError> {
    round(&app.store, &app.intake, &app.fetcher).await
}

async fn round(store: &Store, intake: &Intake, fetcher: &GuardedFetcher) -> Result<bool, IntakeError> {
    let now = store.clock().now();
    let due = store.read(move |reader| due(reader, now)).await?;
    let more = due.len() == PHOTOS_A_STEP;
    let (mut hosts, mut unwanted, mut waiting) = (BTreeMap::<String, Vec<Due>>::new(), Vec::new(), Vec::new());
    for (effect, wanted) in due {
        let Some(photo) = wanted else {
            unwanted.push(effect);
            continue;
        };
        let queue = hosts
            .entry(photo.task.url.host_str().unwrap_or_default().to_owned())
            .or_default();
        if queue.len() < PHOTOS_A_HOST_A_STEP {
            queue.push(photo);
        } else {
            waiting.push(effect);
        }
    }
    if !unwanted.is_empty() || !waiting.is_empty() {
        let wait_until = now + TimeDelta::milliseconds(QUEUE_MS);
        keep(store, move |tx| {
            unwanted.into_iter().try_for_each(|effect| tx.finish_effect(effect))?;
            waiting
                .into_iter()
                .try_for_each(|effect| tx.postpone_effect(effect, wait_until))
        })
        .await?;
    }
    let desk = Desk { store, intake, fetcher };
    let queues = stream::iter(hosts.into_values().map(Ok));
    queues
        .try_for_each_concurrent(HOSTS_AT_ONCE, |queue| desk.serve_host(queue))
        .await?;
    Ok(more)
}

/// A photo that is to be fetched.
struct Due {
    effect: i64,
    listing: ListingId,
    number: u16,
    task: PhotoTask,
    allowed_hosts: Vec<String>,
}

/// What is due, each with what to do; `None` when the photo is no longer wanted.
fn due(reader: &Reader<'_>, now: Timestamp) -> Result<Vec<(i64, Option<Due>)>, StoreError> {
    let mut found = Vec::new();
    for effect in reader.due_effects(now, PHOTOS_A_STEP)? {
        let Effect::FetchPhoto { listing, number } = effect.effect;
        let task = reader.photo_task(listing, number)?;
        let allowed_hosts = match &task {
            Some(task) => reader.partner(task.partner)?.map(|partner| partner.photo_hosts),
            None => None,
        };
        let photo = task.zip(allowed_hosts).map(|(task, allowed_hosts)| Due {
            effect: effect.id,
            listing,
            number,
            task,
            allowed_hosts,
        });
        found.push((effect.id, photo));
    }
    Ok(found)
}

/// What serving the photos needs.
struct Desk<'a> {
    store: &'a Store,
    intake: &'a Intake,
    fetcher: &'a GuardedFetcher,
}

/// How a try ended that brought no photo.
struct Failure {
    reason: String,
    /// Whether another try can help; with the server's own wish for a pause, seconds.
    again: Option<u32>,
}

impl Desk<'_> {
    /// Serves the photos of one host. Once it is in trouble, the rest of its photos is put off untried.
    async fn serve_host(&self, queue: Vec<Due>) -> Result<(), IntakeError> {
        let in_trouble = AtomicBool::new(false);
        stream::iter(queue.into_iter().map(Ok))
            .try_for_each_concurrent(PHOTOS_A_HOST_AT_ONCE, |photo| self.serve(photo, &in_trouble))
            .await
    }

    async fn serve(&self, photo: Due, in_trouble: &AtomicBool) -> Result<(), IntakeError> {
        if in_trouble.load(Ordering::Relaxed) {
            let until = self.store.clock().now() + retry_after(1, None, chance());
            return Ok(keep(self.store, move |tx| tx.postpone_effect(photo.effect, until)).await?);
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
                        return Ok(keep(self.store, move |tx| tx.finish_effect(photo.effect)).await?);
                    }
                    Err(error) => refused(error)?,
                }
            }
            Err(error) => {
                in_trouble.fetch_or(error.is_transient(), Ordering::Relaxed);
                failed(&error)
            }
        };
        self.note(photo, failure).await
    }

    /// Notes a failed try: another one later, or none any more.
    async fn note(&self, photo: Due, failure: Failure) -> Result<(), IntakeError> {
        let tries = photo.task.attempts + 1;
        let again = failure.again.filter(|_| tries < TRIES_MAX);
        let outcome = if again.is_some() { "put_off" } else { "given_up" };
        metrics::counter!("replevin_photos_fetched", "outcome" => outcome).increment(1);
        let due = again.map(|pause_s| self.store.clock().now() + retry_after(tries, Some(pause_s), chance()));
        let noted = keep(self.store, move |tx| {
            // The partner may have named another address meanwhile: that one has its own effect and its own tries.
            let wanted = tx.photo_task(photo.listing, photo.number)?;
            let same = wanted.is_some_and(|task| task.url == photo.task.url);
            if same {
                tx.note_photo_failure(photo.listing, photo.number, &failure.reason, due.is_none())?;
            }
            match due {
                Some(due) if same => tx.postpone_effect(photo.effect, due),
                _ => tx.finish_effect(photo.effect),
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

/// What a refusal of intake means for the photo. A failure of our own is nobody's fault: the photo stays due.
fn refused(error: IntakeError) -> Result<Failure, IntakeError> {
    match error {
        IntakeError::NoLetter(_) => Ok(Failure {
            reason: error.to_string(),
            again: Some(0),
        }),
        error if error.is_refusal() => Ok(Failure {
            reason: error.to_string(),
            again: None,
        }),
        error => Err(error),
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
