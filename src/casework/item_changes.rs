//! What an owner changed of an item, told to the police with what makes a change suspect.
//!
//! Owns which changes count as late: after an officer had verified the theft, and after the listing was put up. Leaves
//! keeping the revisions to `store`, and sending a verified theft report back to `intake`, where items are changed.

use crate::domain::description::Description;
use crate::domain::ids::{ItemId, TheftReportId};
use crate::domain::item::{TheftReport, Verification};
use crate::domain::item_revision::{ItemDifference, ItemRevision, differences};
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
    /// The listing was public by then, as far as is known: what was entered can have been copied from it.
    pub after_listing: bool,
}

/// The changes of an item from its registration on, oldest first.
///
/// # Errors
/// A failure of the store.
pub(super) fn of_item(
    reader: &Reader<'_>,
    item: ItemId,
    theft: TheftReportId,
    listing_public_since: Option<Timestamp>,
) -> Result<Vec<ItemChangeView>, StoreError> {
    let events = reader.theft_report_events(theft)?;
    let verified_at = events.iter().find(|event| event.status == "verified").map(|event| event.at);
    let mut changes = Vec::new();
    let mut before: Option<ItemRevision> = None;
    for revision in reader.item_revisions(item)? {
        let after = (&revision.description, revision.photos.as_slice());
        let found = match &before {
            Some(before) => differences((&before.description, &before.photos), after),
            None => differences((&Description::default(), &[]), after),
        };
        if before.is_none() || !found.is_empty() {
            changes.push(ItemChangeView {
                at: revision.at,
                registered: before.is_none(),
                differences: found,
                after_verification: verified_at.is_some_and(|at| revision.at > at),
                after_listing: listing_public_since.is_some_and(|at| revision.at > at),
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
