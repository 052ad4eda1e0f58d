//! Reading items and listings for a pass: what the store holds, with all that a comparison needs.
//!
//! A row that cannot be read is told apart from a database that fails: the one is skipped and counted, the other ends the step.

use replevin_index::{Change, Record, Side};

use crate::domain::ids::{ItemId, ListingId};
use crate::domain::item::{ItemStatus, Verification};
use crate::domain::listing::PhotoState;
use crate::domain::photo::ContentHash;
use crate::matching::MatchingError;
use crate::matching::candidates::{HeldItem, HeldListing};
use crate::matching::compare::{ItemFacts, ListingFacts, TheftFacts};
use crate::matching::project::{PhotoFacts, item_record, listing_record, owner_source, seller_source};
use crate::store::{ChangeRow, ChangedThing, Reader, StoreError};

/// The change of the index that a change of the store asks for.
pub(super) fn projected(reader: &Reader<'_>, row: &ChangeRow, skipped: &mut u64) -> Result<Change, MatchingError> {
    let (side, id, record) = match row.thing {
        ChangedThing::Item(id) => (
            Side::Registered,
            id.0,
            read_item(reader, id, skipped)?.map(|held| held.facts.record),
        ),
        ChangedThing::Listing(id) => (
            Side::Offered,
            id.0,
            read_listing(reader, id, skipped)?.map(|held| held.facts.record),
        ),
    };
    Ok(record.map_or(Change::Remove { side, id }, |record: Record| Change::Put(Box::new(record))))
}

/// An item with all that a comparison needs; none when it is gone, withdrawn, or cannot be read.
pub(in crate::matching) fn read_item(
    reader: &Reader<'_>,
    id: ItemId,
    skipped: &mut u64,
) -> Result<Option<HeldItem>, MatchingError> {
    let Some(item) = readable("item", id.0, reader.item(id), skipped)? else {
        return Ok(None);
    };
    if item.status == ItemStatus::Withdrawn {
        return Ok(None);
    }
    let theft = match item.status {
        ItemStatus::Stolen { theft_report } => readable(
            "theft report",
            theft_report.0,
            reader.theft_without_items(theft_report),
            skipped,
        )?,
        _ => None,
    };
    let (hashes, photos) = photos(reader, item.photos.iter().map(|photo| photo.sha256), skipped)?;
    let verified = (theft.as_ref()).is_some_and(|theft| matches!(theft.verification, Verification::Verified { .. }));
    let record = item_record(id.0, Some(owner_source(item.owner)), &item.draft.description, &photos);
    Ok(Some(HeldItem {
        verified,
        facts: ItemFacts {
            // Words alone are looked for where the police look for the object.
            record: Record {
                by_words: verified,
                ..record
            },
            photos: hashes,
            theft: theft.map(|report| TheftFacts {
                from: Some(report.theft.from),
                to: Some(report.theft.to),
                place: report.theft.place,
            }),
        },
        item,
    }))
}

/// A listing with all that a comparison needs; none when it is gone or cannot be read.
pub(in crate::matching) fn read_listing(
    reader: &Reader<'_>,
    id: ListingId,
    skipped: &mut u64,
) -> Result<Option<HeldListing>, MatchingError> {
    let Some(listing) = readable("listing", id.0, reader.listing(id), skipped)? else {
        return Ok(None);
    };
    let held = listing.photos.iter().filter_map(|photo| match photo.state {
        PhotoState::Held { sha256 } => Some(sha256),
        PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
    });
    let (hashes, photos) = photos(reader, held, skipped)?;
    let seller = listing.draft.seller.as_ref().map(|seller| seller_source(seller.key));
    Ok(Some(HeldListing {
        facts: ListingFacts {
            record: listing_record(id.0, seller, &listing.draft.description, &photos),
            photos: hashes,
            received_at: Some(listing.received_at),
            posted_at: listing.draft.posted_at,
            place: listing.draft.place.clone(),
        },
        listing,
    }))
}

/// The photos that can be read: their bytes' names and what was read from them, in one order.
fn photos(
    reader: &Reader<'_>,
    hashes: impl Iterator<Item = ContentHash>,
    skipped: &mut u64,
) -> Result<(Vec<ContentHash>, Vec<PhotoFacts>), MatchingError> {
    let (mut names, mut photos) = (Vec::new(), Vec::new());
    for sha256 in hashes {
        // A fingerprint of another version is renewed by a job of its own, which makes the record a change again.
        if let Some(photo) = readable("photo", sha256, reader.photo(sha256), skipped)? {
            let numbers = readable("photo's numbers", sha256, reader.photo_numbers(sha256).map(Some), skipped)?;
            names.push(sha256);
            photos.push(PhotoFacts {
                fingerprint: photo.fingerprint,
                features: photo.features,
                body_serial: photo.body_serial,
                lens_serial: photo.lens_serial,
                numbers: numbers.unwrap_or_default(),
            });
        }
    }
    Ok((names, photos))
}

/// Tells a row that cannot be read, which must not hold up all others for ever, from a failure of the database, which may.
fn readable<T>(
    kind: &'static str,
    id: impl std::fmt::Display,
    read: Result<Option<T>, StoreError>,
    skipped: &mut u64,
) -> Result<Option<T>, MatchingError> {
    match read {
        Ok(value) => Ok(value),
        Err(error) if error.is_damaged_row() => {
            *skipped += 1;
            tracing::error!(kind, %id, error = &error as &dyn std::error::Error, "skipped: cannot be read");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
