//! Serving one lane: each of its photos is fetched, or hung from what was fetched before; tried again later, or given up.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use chrono::TimeDelta;
use futures::{StreamExt, stream};

use super::{LETTER_MS, PHOTOS_A_HOST_AT_ONCE, PHOTOS_A_TURN, TRIES_MAX, TURN, chance, failed_ourselves, keep, retry_after};
use crate::domain::ids::ListingId;
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::egress::{FetchError, GuardedFetcher};
use crate::intake::{FeedGrant, Intake, IntakeError, NoLetter};
use crate::store::{DueEffect, Effect, FetchedBefore, PhotoTask, Reader, Store, StoreError, Tx};

/// What was fetched so short a time ago is not asked for again for another listing of the partner, milliseconds.
const FRESH_MS: i64 = 10 * 60_000;

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
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) intake: Intake,
    pub(super) fetcher: GuardedFetcher,
}

/// How a lane's turn ended.
pub(super) struct Turn {
    /// Its host is left in peace for a while: it is in trouble, or all of its photos failed on our side.
    pub(super) rest: bool,
}

/// What a try brought.
enum Got {
    /// A photo, and what its server calls it.
    Photo(ContentHash, Option<String>),
    /// One that is held already; nobody was asked.
    Known,
}

/// Why a try brought nothing.
enum NotGot {
    Fetch(FetchError),
    Intake(IntakeError),
}

impl From<FetchError> for NotGot {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<IntakeError> for NotGot {
    fn from(error: IntakeError) -> Self {
        Self::Intake(error)
    }
}

/// How a try ended that brought no photo.
struct Failure {
    reason: String,
    /// Whether another try can help; with the server's own wish for a pause, seconds.
    again: Option<u32>,
}

impl Desk {
    /// Serves what is due of one lane. Once its host is in trouble, the rest of its photos is put off untried; once the time of a
    /// turn is over, the rest waits for the next.
    pub(super) async fn turn(&self, lane: String) -> Turn {
        let began = Instant::now();
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
                if began.elapsed() > TURN {
                    return;
                }
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
        match self.fetch(photo).await {
            Ok(Got::Photo(sha256, etag)) => self.done(photo, Some((sha256, etag))).await,
            Ok(Got::Known) => self.done(photo, None).await,
            Err(NotGot::Fetch(error)) => {
                in_trouble.fetch_or(error.is_transient(), Ordering::Relaxed);
                self.note(photo, failed(&error)).await
            }
            Err(NotGot::Intake(IntakeError::NoLetter(no_letter))) => self.wait_for_letter(photo, &no_letter).await,
            Err(NotGot::Intake(error)) if error.is_refusal() => {
                let reason = error.to_string();
                self.note(photo, Failure { reason, again: None }).await
            }
            // A failure of our own is nobody's fault.
            Err(NotGot::Intake(error)) => Err(error),
        }
    }

    /// Fetches a photo, unless it was fetched a moment ago for another listing of the partner, or is the same there still.
    async fn fetch(&self, photo: &Due) -> Result<Got, NotGot> {
        let (listing, number, task) = (photo.listing, photo.number, &photo.task);
        let allowed = (!photo.allowed_hosts.is_empty()).then_some(photo.allowed_hosts.as_slice());
        self.fetcher.check_url(&task.url, allowed)?;
        let asked = task.clone();
        let before = self.store.read(move |reader| reader.fetched_before(&asked)).await;
        let before = before.map_err(IntakeError::from)?;
        let fits = |before: &FetchedBefore| task.expected.is_none_or(|expected| expected == before.sha256);
        let mut before = before.filter(fits);
        if let Some(known) = &before
            && self.store.clock().now() - known.at < TimeDelta::milliseconds(FRESH_MS)
        {
            if self.intake.accept_known_photo(listing, number, task, known.sha256).await? {
                return Ok(Got::Known);
            }
            before = None;
        }
        let etag = before.as_ref().and_then(|known| known.etag.as_deref());
        match (self.fetcher.fetch_changed(&task.url, allowed, etag).await?, before) {
            (Some(fetched), _) => {
                let sha256 = ContentHash::of(&fetched.bytes);
                let accept = self.intake.accept_fetched_photo(listing, number, task, fetched.bytes);
                accept.await?;
                Ok(Got::Photo(sha256, fetched.etag))
            }
            (None, Some(known)) if self.intake.accept_known_photo(listing, number, task, known.sha256).await? => {
                Ok(Got::Photo(known.sha256, known.etag))
            }
            // It was forgotten this moment: the next try asks for all of it.
            (None, _) => Err(NotGot::Fetch(FetchError::Changed)),
        }
    }

    /// Notes that a photo is held: `fetched`, when its server was asked.
    async fn done(&self, photo: &Due, fetched: Option<(ContentHash, Option<String>)>) -> Result<(), IntakeError> {
        let outcome = if fetched.is_some() { "held" } else { "known" };
        metrics::counter!("replevin_photos_fetched", "outcome" => outcome).increment(1);
        let (effect, task) = (photo.effect.id, photo.task.clone());
        let done = keep(&self.store, move |tx| {
            if let Some((sha256, etag)) = &fetched {
                tx.count_photo_try(&task, None)?;
                tx.remember_fetched(&task, *sha256, etag.as_deref())?;
            }
            tx.finish_effect(effect)
        });
        Ok(done.await?)
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
            tx.count_photo_try(&task, Some(&failure.reason))?;
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
