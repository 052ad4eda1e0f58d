//! Reads numbers off the photos that are held, in the background: from barcodes and, where Debian's `tesseract` is installed, from
//! the text on labels. What it finds is kept with the photo, and every item and listing that shows it becomes a change, so that
//! index and matching follow.
//!
//! One photo at a time, barcodes before labels, items' photos before listings', the newest first. It lets matching go first,
//! though not for ever. A photo whose file cannot be read is passed over until the next start.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use replevin_index::identifier::FoundIdentifier;
use replevin_index::image::decode::{DecodeLimits, grey};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::photo::{ContentHash, PhotoWay};
use crate::store::{PhotoFiles, Store, StoreError};

pub mod barcodes;
pub mod label;
pub mod tesseract;

use tesseract::TesseractError;

pub use tesseract::Tesseract;

/// How long to wait after a failure before trying again.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// How long matching is let go first before each photo.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks at whether matching has caught up.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Most time on one photo and way; what was read until then counts.
const PHOTO_TIME_MAX: Duration = Duration::from_secs(300);
/// Most numbers kept of one photo and way.
const NUMBERS_MAX: usize = 16;

/// Runs until `stop`.
pub(super) async fn run(app: App, label_reader: impl FnOnce() -> Option<Tesseract> + Send + 'static, stop: CancellationToken) {
    let mut commits = app.store.commits();
    let tesseract = tokio::task::spawn_blocking(label_reader).await.unwrap_or_default();
    let mut reader = Reader {
        tesseract,
        passed_over: HashSet::new(),
    };
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        let_matching_go_first(&app, &stop).await;
        let (blocking, stopping) = (app.clone(), stop.clone());
        let round = tokio::task::spawn_blocking(move || {
            let read = reader.step(&blocking.store, &blocking.photo_files, &stopping);
            (read, reader)
        });
        let (read, same) = match round.await {
            Ok(done) => done,
            Err(panic) => {
                failed();
                tracing::error!(%panic, "reading numbers off photos panicked; it rests until the next start");
                return;
            }
        };
        reader = same;
        match read {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    changed = commits.changed() => if changed.is_err() { return },
                    () = stop.cancelled() => return,
                }
            }
            Err(error) => {
                failed();
                tracing::error!(error = &error as &dyn std::error::Error, "reading numbers off photos failed");
                tokio::select! {
                    () = tokio::time::sleep(RETRY_AFTER) => {}
                    () = stop.cancelled() => return,
                }
            }
        }
    }
}

fn failed() {
    metrics::counter!("replevin_job_failures", "job" => "photo_numbers").increment(1);
}

async fn let_matching_go_first(app: &App, stop: &CancellationToken) {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until && !stop.is_cancelled() {
        let behind = app
            .store
            .read(|reader| Ok::<_, StoreError>(reader.cursor("matching")? < reader.last_change()?));
        if !behind.await.unwrap_or(false) {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What reads, and what it could not read.
struct Reader {
    tesseract: Option<Tesseract>,
    passed_over: HashSet<(PhotoWay, ContentHash)>,
}

impl Reader {
    /// Reads the photo whose turn it is; whether there was one.
    fn step(&mut self, store: &Store, files: &PhotoFiles, stop: &CancellationToken) -> Result<bool, StoreError> {
        let Some((way, sha256)) = self.next(store)? else {
            return Ok(false);
        };
        let until = Instant::now() + PHOTO_TIME_MAX;
        let more = || !stop.is_cancelled() && Instant::now() < until;
        let Some(numbers) = self.read(files, way, sha256, &more) else {
            self.passed_over.insert((way, sha256));
            return Ok(true);
        };
        // What was cut short is read again after the next start.
        if stop.is_cancelled() {
            return Ok(false);
        }
        let found = numbers.len() as u64;
        store.keep(move |tx| {
            if tx.keep_photo_numbers(sha256, way, &numbers)? {
                let uses = tx.photo_uses(sha256)?;
                for item in uses.items {
                    tx.touch_item(item)?;
                }
                for listing in uses.listings {
                    tx.touch_listing(listing)?;
                }
            }
            Ok::<_, StoreError>(((), Vec::new()))
        })?;
        let name = word(way);
        metrics::counter!("replevin_photos_read", "way" => name).increment(1);
        metrics::counter!("replevin_photo_numbers_found", "way" => name).increment(found);
        Ok(true)
    }

    fn next(&self, store: &Store) -> Result<Option<(PhotoWay, ContentHash)>, StoreError> {
        for way in PhotoWay::ALL {
            if way == PhotoWay::Label && self.tesseract.is_none() {
                continue;
            }
            let limit = self.passed_over.len() + 1;
            let waiting = store.read_blocking(|reader| reader.photos_to_read(way, limit))?;
            let next = waiting.into_iter().find(|sha256| !self.passed_over.contains(&(way, *sha256)));
            if let Some(sha256) = next {
                return Ok(Some((way, sha256)));
            }
        }
        Ok(None)
    }

    /// What a photo says; none when it cannot be read.
    fn read(
        &self,
        files: &PhotoFiles,
        way: PhotoWay,
        sha256: ContentHash,
        more: &dyn Fn() -> bool,
    ) -> Option<Vec<FoundIdentifier>> {
        // It was taken in under the limits of its time.
        let limits = DecodeLimits {
            bytes_max: u64::MAX,
            ..DecodeLimits::default()
        };
        let picture = match files.read(sha256).map(|bytes| grey(&bytes, &limits)) {
            Ok(Ok(picture)) => picture,
            Ok(Err(error)) => return passed_over(sha256, &error),
            Err(error) => return passed_over(sha256, &error),
        };
        let mut numbers = match (way, &self.tesseract) {
            (PhotoWay::Barcode, _) => barcodes::numbers(&picture, more),
            (PhotoWay::Label, Some(tesseract)) => match label::read(tesseract, &picture, more) {
                Ok(text) => text.numbers(),
                // The service ends, or the photo's time is over.
                Err(TesseractError::Stopped) => return None,
                Err(error) => return passed_over(sha256, &error),
            },
            (PhotoWay::Label, None) => return None,
        };
        numbers.truncate(NUMBERS_MAX);
        Some(numbers)
    }
}

fn passed_over<T>(sha256: ContentHash, error: &(dyn std::error::Error + 'static)) -> Option<T> {
    metrics::counter!("replevin_photos_passed_over").increment(1);
    tracing::warn!(photo = %sha256, error, "no numbers can be read off a photo");
    None
}

fn word(way: PhotoWay) -> &'static str {
    match way {
        PhotoWay::Barcode => "barcode",
        PhotoWay::Label => "label",
    }
}

#[cfg(test)]
mod tests;
