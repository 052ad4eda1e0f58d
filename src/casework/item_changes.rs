//! What an owner changed of an item, told to the police with what makes a change suspect.
//!
//! Owns which changes came after an officer had verified the theft. Leaves which came late for a listing to
//! `domain::late_entry`, keeping the revisions to `store`, and sending a verified theft report back to `intake`, where items are changed.

use crate::domain::ids::ItemId;
use crate::domain::item::{TheftReport, Verification};
use crate::domain::item_revision::{ItemDifference, ItemRevision};
use crate::domain::late_entry::{Entered, Order, changed};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// One change of an item, or its registration.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemChangeView {
    /// When.
    pub at: Timestamp,
    /// It is how the item was registered, with everything that was said of it then.
    pub registered: bool,
    /// What differs from before.
    pub differences: Vec<ItemDifference>,
    /// An officer had verified the theft by then.
    pub after_verification: bool,
    /// How it stands to the listing, as far as is known: what was entered after that was public can have been copied from it.
    pub entered: Entered,
}

/// The changes of an item from its registration on, oldest first.
///
/// # Errors
/// A failure of the store.
pub(super) fn of_item(
    reader: &Reader<'_>,
    item: ItemId,
    theft: &TheftReport,
    listing_public_since: Option<Timestamp>,
) -> Result<Vec<ItemChangeView>, StoreError> {
    let events = reader.theft_report_events(theft.id)?;
    let verified_at = events.iter().find(|event| event.status == "verified").map(|event| event.at);
    let mut changes = Vec::new();
    let mut before: Option<ItemRevision> = None;
    let mut order = None;
    for revision in reader.item_revisions(item)? {
        let found = changed(before.as_ref(), &revision);
        let order = *order.get_or_insert(listing_public_since.map(|listing_public_since| Order {
            registered_at: revision.at,
            stolen_by: theft.theft.to,
            listing_public_since,
        }));
        if before.is_none() || !found.is_empty() {
            changes.push(ItemChangeView {
                at: revision.at,
                registered: before.is_none(),
                after_verification: verified_at.is_some_and(|at| revision.at > at),
                entered: order.map_or(Entered::Before, |order| order.entered(revision.at, &found)),
                differences: found,
            });
        }
        before = Some(revision);
    }
    Ok(changes)
}

/// When an unverified report was sent back, after an officer had verified it, because an item was changed.
///
/// # Errors
/// A failure of the store.
pub(super) fn sent_back(reader: &Reader<'_>, report: &TheftReport) -> Result<Option<Timestamp>, StoreError> {
    if report.verification != Verification::Unverified {
        return Ok(None);
    }
    Ok(reader.theft_report_events(report.id)?.last().map(|event| event.at))
}
