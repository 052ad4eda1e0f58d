//! Files the numbers and places of items and listings, so that they are found by a part of them: whatever has changed since it last
//! looked.
//!
//! Derived data with a cursor of its own: emptied, it is filed anew from the first change.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::domain::listing::PhotoState;
use crate::domain::photo::ContentHash;
use crate::domain::place::Place;
use crate::matching::project::{item_record, listing_record};
use crate::store::{ChangedThing, Reader, Store, StoreError};

/// Changes that are filed in one transaction: a few milliseconds, in which the writer serves nobody else.
const AT_ONCE: usize = 100;
/// How long to rest when nothing has changed, and after a failure.
const REST: Duration = Duration::from_secs(5);

/// Runs until `stop`: whenever something was committed.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut commits = app.store.commits();
    loop {
        commits.mark_unchanged();
        let blocking = app.clone();
        let more = match tokio::task::spawn_blocking(move || step(&blocking.store)).await {
            Ok(Ok(filed)) => filed == AT_ONCE,
            failure => {
                metrics::counter!("replevin_job_failures", "job" => "numbers").increment(1);
                match failure {
                    Ok(Err(error)) => tracing::error!(error = &error as &dyn std::error::Error, "filing numbers failed"),
                    Err(panic) => tracing::error!(%panic, "filing numbers panicked"),
                    Ok(Ok(_)) => {}
                }
                tokio::select! {
                    () = tokio::time::sleep(REST) => {}
                    () = stop.cancelled() => return,
                }
                continue;
            }
        };
        if stop.is_cancelled() {
            return;
        }
        if !more {
            tokio::select! {
                changed = commits.changed() => if changed.is_err() { return },
                () = stop.cancelled() => return,
            }
        }
    }
}

/// Files what has changed, up to a bounded number of changes; how many those were.
///
/// # Errors
/// A failure of the store; the next step begins where the last success ended.
pub fn step(store: &Store) -> Result<usize, StoreError> {
    let (last, read) = store.read_blocking(|reader| {
        let changes = reader.changes_after(reader.numbers_filed()?, AT_ONCE)?;
        let mut read = Vec::with_capacity(changes.len());
        for change in &changes {
            read.push((change.thing, numbers(reader, change.thing)?, places(reader, change.thing)?));
        }
        Ok::<_, StoreError>((changes.last().map(|change| change.sequence), read))
    })?;
    let filed = read.len();
    let Some(last) = last else { return Ok(0) };
    store.keep(move |tx| {
        for (thing, numbers, places) in &read {
            tx.file_numbers(*thing, numbers)?;
            tx.file_places(*thing, places)?;
        }
        Ok::<_, StoreError>((tx.numbers_filed_to(last)?, Vec::new()))
    })?;
    Ok(filed)
}

/// The numbers that a thing gives, that its text holds and that its photos show; none of one that is gone or cannot be read.
fn numbers(reader: &Reader<'_>, thing: ChangedThing) -> Result<Vec<String>, StoreError> {
    let read = match thing {
        ChangedThing::Item(id) => reader.item(id).map(|item| {
            item.map(|item| {
                let record = item_record(Uuid::nil(), None, &item.draft.description, &[]);
                let photos: Vec<ContentHash> = item.photos.iter().map(|photo| photo.sha256).collect();
                (record, photos)
            })
        }),
        ChangedThing::Listing(id) => reader.listing(id).map(|listing| {
            listing.map(|listing| {
                let record = listing_record(Uuid::nil(), None, &listing.draft.description, &[]);
                let held = listing.photos.iter().filter_map(|photo| match photo.state {
                    PhotoState::Held { sha256 } => Some(sha256),
                    PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
                });
                (record, held.collect())
            })
        }),
    };
    let Some((record, photos)) = (match read {
        Err(error) if error.is_damaged_row() => None,
        read => read?,
    }) else {
        return Ok(Vec::new());
    };
    let mut numbers: Vec<String> = record
        .identifiers
        .into_iter()
        .map(|found| found.identifier.normalised)
        .collect();
    for photo in photos {
        numbers.extend(
            reader
                .photo_numbers(photo)?
                .into_iter()
                .map(|found| found.identifier.normalised),
        );
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// Where a listing is offered, or an item was stolen each time.
fn places(reader: &Reader<'_>, thing: ChangedThing) -> Result<Vec<Place>, StoreError> {
    let read = match thing {
        ChangedThing::Item(id) => {
            let thefts = reader.theft_reports_of_item(id);
            thefts.map(|thefts| thefts.into_iter().map(|report| report.theft.place).collect())
        }
        ChangedThing::Listing(id) => {
            let listing = reader.listing(id);
            listing.map(|listing| listing.into_iter().map(|listing| listing.draft.place).collect())
        }
    };
    match read {
        Err(error) if error.is_damaged_row() => Ok(Vec::new()),
        read => read,
    }
}
