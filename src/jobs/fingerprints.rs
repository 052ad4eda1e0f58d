//! Renews the fingerprints and features that another version of the program made, once after the start: reads the original
//! again, and makes every item and listing that shows it a change, so that the index and matching follow.
//!
//! Moves through the photos in the order of their hashes; one whose file cannot be read is passed over until the next start.

use std::time::Duration;

use replevin_index::image::decode::{DecodeLimits, read};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::photo::ContentHash;
use crate::store::{PhotoFiles, Store, StoreError};

/// Photos of one step.
const PHOTOS_A_STEP: usize = 32;
/// How long to wait after a failure before trying again.
const RETRY_AFTER: Duration = Duration::from_secs(60);

/// Runs until all is renewed or `stop`.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut after = None;
    while !stop.is_cancelled() {
        let blocking = app.clone();
        let round = tokio::task::spawn_blocking(move || step(&blocking.store, &blocking.photo_files, after)).await;
        match round {
            Ok(Ok(None)) => return,
            Ok(Ok(reached)) => after = reached,
            failure => {
                metrics::counter!("replevin_job_failures", "job" => "fingerprints").increment(1);
                match failure {
                    Ok(Err(error)) => tracing::error!(error = &error as &dyn std::error::Error, "renewing fingerprints failed"),
                    Err(panic) => tracing::error!(%panic, "renewing fingerprints panicked"),
                    Ok(Ok(_)) => {}
                }
                tokio::select! {
                    () = tokio::time::sleep(RETRY_AFTER) => {}
                    () = stop.cancelled() => return,
                }
            }
        }
    }
}

/// Renews some of them; returns how far it came, none when nothing is left.
fn step(store: &Store, files: &PhotoFiles, after: Option<ContentHash>) -> Result<Option<ContentHash>, StoreError> {
    let outdated = store.read_blocking(|reader| reader.photos_of_other_version(after, PHOTOS_A_STEP))?;
    for &sha256 in &outdated {
        // It was taken in under the limits of its time.
        let limits = DecodeLimits {
            bytes_max: u64::MAX,
            ..DecodeLimits::default()
        };
        let reading = match files.read(sha256).map(|bytes| read(&bytes, &limits)) {
            Ok(Ok(reading)) => reading,
            Ok(Err(error)) => {
                passed_over(sha256, &error);
                continue;
            }
            Err(error) => {
                passed_over(sha256, &error);
                continue;
            }
        };
        store.keep(move |tx| {
            tx.renew_fingerprint(sha256, &reading.fingerprint, &reading.features)?;
            let uses = tx.photo_uses(sha256)?;
            for item in uses.items {
                tx.touch_item(item)?;
            }
            for listing in uses.listings {
                tx.touch_listing(listing)?;
            }
            Ok::<_, StoreError>(((), Vec::new()))
        })?;
        metrics::counter!("replevin_fingerprints_renewed").increment(1);
    }
    Ok(outdated.last().copied())
}

fn passed_over(sha256: ContentHash, error: &(dyn std::error::Error + 'static)) {
    metrics::counter!("replevin_fingerprints_passed_over").increment(1);
    tracing::warn!(photo = %sha256, error, "a photo's fingerprint cannot be renewed");
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use replevin_index::image::FINGERPRINT_VERSION;

    use super::*;
    use crate::domain::photo::Photo;
    use crate::domain::time::Clock;

    /// A grey bitmap of 64 by 64 pixels.
    fn bitmap(shade: u8) -> Vec<u8> {
        let pixels = 64 * 64 * 3_u32;
        let mut bytes = b"BM".to_vec();
        for number in [54 + pixels, 0, 54, 40, 64, 64, 1 | 24 << 16, 0, pixels, 0, 0, 0, 0] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend((0..pixels).map(|at| shade.wrapping_mul((at / 192) as u8)));
        bytes
    }

    #[test]
    fn a_fingerprint_of_another_version_is_renewed_from_the_original() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("replevin.db");
        let store = Store::open(&path, Clock::system()).unwrap();
        let files = PhotoFiles::open(&folder.path().join("photos")).unwrap();
        let kept = files.keep(&bitmap(3)).unwrap();
        let lost = ContentHash::of(b"its file is gone");
        let fingerprint = read(&bitmap(3), &DecodeLimits::default()).unwrap().fingerprint;
        for sha256 in [kept, lost] {
            let photo = Photo {
                sha256,
                size_bytes: 1,
                format: "bmp".to_owned(),
                width: 64,
                height: 64,
                body_serial: None,
                lens_serial: None,
                fingerprint: Some(fingerprint.clone()),
                features: None,
                created_at: chrono::Utc::now(),
            };
            store
                .keep(move |tx| Ok::<_, StoreError>((tx.insert_photo(&photo)?, Vec::new())))
                .unwrap();
        }
        rusqlite::Connection::open(&path)
            .unwrap()
            .execute(
                "UPDATE photos SET fingerprint_version = ?1, fingerprint = x'0102'",
                [FINGERPRINT_VERSION + 1],
            )
            .unwrap();
        let held = |sha256| {
            let photo = store.read_blocking(|reader| reader.photo(sha256)).unwrap().unwrap();
            (photo.fingerprint, photo.features.is_some())
        };
        let renew_all = || {
            let mut after = None;
            while let Some(reached) = step(&store, &files, after).unwrap() {
                after = Some(reached);
            }
        };
        assert_eq!(held(kept), (None, false), "the row stays readable");
        renew_all();
        let renewed = (Some(fingerprint), true);
        assert_eq!((held(kept), held(lost)), (renewed.clone(), (None, false)));
        // Of a database from before features, and of one from another version of them.
        for sql in ["DELETE FROM photo_features", "UPDATE photo_features SET version = 999"] {
            rusqlite::Connection::open(&path).unwrap().execute(sql, []).unwrap();
            assert_eq!(held(kept), (renewed.0.clone(), false), "{sql}");
            renew_all();
            assert_eq!(held(kept), renewed, "{sql}");
        }
    }
}
