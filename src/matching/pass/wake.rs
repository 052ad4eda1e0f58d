//! Who is judged again because another record is no longer what it was.
//!
//! A record that is changed or removed no longer finds those beside whom it stood, so they are found by what the index still
//! holds of it, and given a new number in the sequence *before* the index forgets: a crash in between loses nobody. What a record
//! newly finds is found when it is matched, and needs no waking.

use std::collections::BTreeSet;

use replevin_index::{Change, Record, Sequence, Side};

use crate::domain::ids::{ItemId, ListingId};
use crate::matching::candidates::MARKED_MAX;
use crate::matching::loot::SELLER_REPORTS_MAX;
use crate::matching::{Matching, MatchingError};
use crate::store::{StoreError, Tx};

/// At most this many are woken by one record, the nearest first: among more, each holds too small a share to matter.
const WOKEN_MAX: usize = 200;
/// Records that one transaction wakes, so that the writer stays free for others in between.
const WOKEN_AT_ONCE: usize = 1000;

/// The name under which the store keeps how many listings there were when all of one side were woken for the archive's growth.
const GROWN: &str = "archive_grown";
/// Below so many listings nothing is rare.
const GROWN_FROM: u64 = 100;
/// From so many on the archive tells how rare something is as well as it ever will.
const GROWN_TO: u64 = 20_000;

impl Matching {
    /// Wakes those who stood beside the records that these changes replace.
    pub(super) fn wake(&self, changes: &[Change]) -> Result<(), MatchingError> {
        let (mut items, mut listings) = (BTreeSet::new(), BTreeSet::new());
        for change in changes {
            let (side, id, next) = match change {
                Change::Put(record) => (record.side, record.id, Some(&**record)),
                Change::Remove { side, id } => (*side, *id, None),
            };
            let Some(before) = self.engine.record(side, id)? else {
                continue;
            };
            if next.is_none_or(|next| !speaks_as_much(next, &before)) {
                items.extend(self.reported_beside(&before)?);
            }
            if next.is_some_and(|next| finds_as_much(next, &before)) {
                continue;
            }
            let individual = self.engine.search_individual(&before)?.into_iter().map(|hit| hit.id);
            let marked = self.engine.search_marks(&before, MARKED_MAX)?;
            for id in individual.take(WOKEN_MAX).chain(marked) {
                match side {
                    Side::Offered => drop(items.insert(ItemId(id))),
                    Side::Registered => drop(listings.insert(ListingId(id))),
                }
            }
        }
        if items.is_empty() && listings.is_empty() {
            return Ok(());
        }
        self.store.keep(move |tx| {
            for id in items {
                tx.touch_item(id)?;
            }
            for id in listings {
                tx.touch_listing(id)?;
            }
            Ok::<_, StoreError>(((), Vec::new()))
        })?;
        Ok(())
    }

    /// The items of the open reports on the listings of a listing's seller, for which it may have spoken.
    fn reported_beside(&self, listing: &Record) -> Result<Vec<ItemId>, MatchingError> {
        let Some(seller) = listing.source.filter(|_| listing.side == Side::Offered) else {
            return Ok(Vec::new());
        };
        let reported =
            (self.store).read_blocking(|reader| reader.open_reports_of_seller(&seller.0.to_be_bytes(), SELLER_REPORTS_MAX))?;
        Ok(reported.into_iter().map(|(item, _)| item).collect())
    }

    /// Wakes every stolen item, or every listing when there are fewer, when a small archive has grown by half since they were woken
    /// last: what nobody else says is found to be rare only as more is there to compare it with, and a pair that was too improbable
    /// then may be probable now. Whether it did.
    pub(super) fn wake_grown(&self) -> Result<bool, MatchingError> {
        let listings = self.engine.len(Side::Offered) as u64;
        let before = self
            .store
            .read_blocking(|reader| Ok::<_, MatchingError>(reader.cursor(GROWN)?.0))?;
        if listings < GROWN_FROM || before >= GROWN_TO || 2 * listings < 3 * before {
            return Ok(false);
        }
        // A country's register may stand before its first listing: to search for all of it again would hold up what comes in.
        let stolen = self.store.read_blocking(|reader| reader.stolen_item_ids())?;
        if stolen.len() as u64 <= listings {
            self.touch_all(&stolen, |tx, id| tx.touch_item(id))?;
        } else {
            self.touch_all(&self.store.read_blocking(|reader| reader.listing_ids())?, |tx, id| {
                tx.touch_listing(id)
            })?;
        }
        self.store
            .keep(move |tx| Ok::<_, StoreError>((tx.set_cursor(GROWN, Sequence(listings))?, Vec::new())))?;
        Ok(true)
    }

    /// Wakes every stolen item: the index was lost while changes waited to be matched, and with it what they replaced.
    pub(super) fn wake_all(&self) -> Result<(), MatchingError> {
        let items = self.store.read_blocking(|reader| reader.stolen_item_ids())?;
        self.touch_all(&items, |tx, id| tx.touch_item(id))
    }

    /// Gives all of these the next numbers of the sequence.
    fn touch_all<T: Copy + Send + 'static>(
        &self,
        ids: &[T],
        touch: fn(&mut Tx<'_>, T) -> Result<(), StoreError>,
    ) -> Result<(), MatchingError> {
        for ids in ids.chunks(WOKEN_AT_ONCE) {
            let ids = ids.to_vec();
            self.store.keep(move |tx| {
                ids.into_iter().try_for_each(|id| touch(tx, id))?;
                Ok::<_, StoreError>(((), Vec::new()))
            })?;
        }
        Ok(())
    }
}

/// Whether a listing still says all that made it look like something of a burglary.
fn speaks_as_much(next: &Record, before: &Record) -> bool {
    next.text == before.text && next.identifiers == before.identifiers && finds_as_much(next, before)
}

/// Whether a record still finds all that it found: it has every number, photo and mark that it had, from the same source. Marks
/// stand in all of its text.
fn finds_as_much(next: &Record, before: &Record) -> bool {
    next.source == before.source
        && next.text == before.text
        && before.identifiers.iter().all(|found| next.identifiers.contains(found))
        && before.photos.iter().all(|photo| next.photos.contains(photo))
        && before.features.iter().all(|features| next.features.contains(features))
}
