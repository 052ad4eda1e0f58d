//! The work that follows the store: brings the index up to it, then matches what is new.
//!
//! Two cursors. The index carries its own checkpoint; what the store changed after it is projected and applied, which is also
//! how an index that was deleted is rebuilt and one that lags after a crash catches up. The cursor `matching` lies in the
//! store and moves in the transaction that writes the results, never past the checkpoint: a change is matched only when the
//! index shows it. Whichever side of a pair came second finds the other.
//!
//! Owns the order of the steps and what becomes of a record that cannot be worked on: it is skipped, logged and counted, and
//! holds up nobody. How long each stage takes is counted (`replevin_matching_seconds`). [`read`] reads records, [`wake`] marks
//! who is judged again because another record is no longer what it was, [`judge`] finds and judges pairs, [`recent`] keeps what
//! was read, [`write`] writes what follows.

mod judge;
pub(super) mod read;
pub(super) mod recent;
mod wake;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use replevin_index::{Change, EngineError, Sequence, Side};
use uuid::Uuid;

use self::read::projected;
use super::candidates::Desk;
use super::{Matching, MatchingError};
use crate::domain::assessment::Assessment;
use crate::domain::ids::{ItemId, ListingId};
use crate::store::{ChangeRow, ChangedThing, Reader, StoreError};

/// The name of the cursor in the store.
const CURSOR: &str = "matching";
/// Changes that one step applies to the index at most; few in tests, so that there the rebuild takes several steps too.
const APPLIED_MAX: usize = if cfg!(test) { 3 } else { 2000 };
/// Changes that are matched between two writes: what was read and compared for one of them serves the others.
const MATCHED_MAX: usize = if cfg!(test) { 2 } else { 1000 };

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Changes that were applied to the index.
    pub applied: u64,
    /// Changes that were matched.
    pub matched: u64,
    /// Records that were skipped because they cannot be read or worked on; each is logged by its id.
    pub skipped: u64,
    /// Reports that were raised.
    pub reports_new: u64,
    /// Questions that were asked.
    pub questions_new: u64,
    /// Whether the index was damaged and is built anew.
    pub cleared: bool,
    /// Whether there is more to do at once.
    pub behind: bool,
}

impl Matching {
    /// Brings the index up to the store and matches what is new, up to a bounded number of changes. Blocks. A damaged index
    /// is cleared, and the next steps build it anew.
    ///
    /// # Errors
    /// A failure of the store or the index; calling again continues where the last success ended.
    pub fn step(&self) -> Result<Progress, MatchingError> {
        let _one_at_a_time = self.stepping.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut progress = Progress::default();
        match self.advance(&mut progress) {
            Err(MatchingError::Engine(error)) if error.is_damage() => {
                self.clear_damaged(&error)?;
                progress.cleared = true;
            }
            done => done?,
        }
        let (last, cursor) = self
            .store
            .read_blocking(|reader| Ok::<_, StoreError>((reader.last_change()?, reader.cursor(CURSOR)?)))?;
        progress.behind = cursor.min(self.engine.checkpoint()) < last || self.wake_grown()?;
        Ok(progress)
    }

    /// Whether the index holds exactly the items and listings that the store says it should, once it is up to date.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn index_is_whole(&self) -> Result<bool, MatchingError> {
        let (items, listings) = self.store.read_blocking(|reader| {
            let items = reader.searchable_item_ids()?.into_iter().map(|id| id.0).collect::<Vec<_>>();
            let listings = reader.listing_ids()?.into_iter().map(|id| id.0).collect::<Vec<_>>();
            Ok::<_, StoreError>((items, listings))
        })?;
        let same = |side, mut expected: Vec<Uuid>| {
            let mut held = self.engine.ids(side);
            held.sort_unstable();
            expected.sort_unstable();
            held == expected
        };
        Ok(same(Side::Registered, items) && same(Side::Offered, listings))
    }

    /// Reads every file of the index and clears it when one is damaged, so that the next steps build it anew. Returns whether
    /// it was sound. Blocks for seconds on a large index; steps go on meanwhile.
    ///
    /// # Errors
    /// A failure of the index.
    pub fn check_index(&self) -> Result<bool, MatchingError> {
        if self.engine.validate()? {
            return Ok(true);
        }
        let _one_at_a_time = self.stepping.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.clear_damaged(&EngineError::Damaged("a file has another checksum".to_owned()))?;
        Ok(false)
    }

    fn clear_damaged(&self, error: &EngineError) -> Result<(), MatchingError> {
        metrics::counter!("replevin_index_damaged").increment(1);
        tracing::error!(
            error = error as &dyn std::error::Error,
            "search index is damaged and is built anew"
        );
        self.recent.forget_all();
        Ok(self.engine.clear()?)
    }

    fn advance(&self, progress: &mut Progress) -> Result<(), MatchingError> {
        self.bring_up(progress)?;
        while self.match_next(progress)? {}
        Ok(())
    }

    fn bring_up(&self, progress: &mut Progress) -> Result<(), MatchingError> {
        let (last, cursor) = self
            .store
            .read_blocking(|reader| Ok::<_, MatchingError>((reader.last_change()?, reader.cursor(CURSOR)?)))?;
        if self.engine.checkpoint() > last {
            // The store is the truth: an older one was put back.
            tracing::warn!(
                checkpoint = self.engine.checkpoint().0,
                last = last.0,
                "search index is ahead of the store and is rebuilt"
            );
            self.engine.clear()?;
            self.recent.forget_all();
        }
        let checkpoint = self.engine.checkpoint();
        if checkpoint == Sequence(0) && cursor > checkpoint && cursor < last {
            self.wake_all()?;
        }
        let began = Instant::now();
        let (changes, through) = self.store.read_blocking(|reader| {
            let rows = reader.changes_after(checkpoint, APPLIED_MAX)?;
            for row in &rows {
                let (side, id) = place(row.thing);
                self.recent.forget(side, id);
            }
            let changes = self.projections(reader, &rows, progress)?;
            Ok::<_, MatchingError>((changes, rows.last().map_or(checkpoint, |row| row.sequence)))
        })?;
        if through == checkpoint {
            return Ok(());
        }
        took("project", began);
        let began = Instant::now();
        self.wake(&changes)?;
        took("wake", began);
        progress.applied += changes.len() as u64;
        let began = Instant::now();
        self.engine.apply(changes, through)?;
        self.engine.commit()?;
        took("index", began);
        Ok(())
    }

    fn projections(
        &self,
        reader: &Reader<'_>,
        rows: &[ChangeRow],
        progress: &mut Progress,
    ) -> Result<Vec<Change>, MatchingError> {
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            let mut change = None;
            let mut unreadable = 0;
            self.guarded(row.thing, &mut progress.skipped, || {
                change = Some(projected(reader, row, &mut unreadable)?);
                Ok(())
            })?;
            skip(&mut progress.skipped, unreadable);
            // What cannot be projected cannot be found either.
            changes.push(change.unwrap_or_else(|| removal(row.thing)));
        }
        Ok(changes)
    }

    /// Matches the next changes that the index shows; whether there were any.
    fn match_next(&self, progress: &mut Progress) -> Result<bool, MatchingError> {
        let checkpoint = self.engine.checkpoint();
        let (rows, on_sale) = self.store.read_blocking(|reader| {
            let mut rows = reader.changes_after(reader.cursor(CURSOR)?, MATCHED_MAX)?;
            rows.retain(|row| row.sequence <= checkpoint);
            Ok::<_, MatchingError>((rows, self.on_sale(reader)?))
        })?;
        let Some(through) = rows.last().map(|row| row.sequence) else {
            return Ok(false);
        };
        let began = Instant::now();
        let judged = self.judge_rows(&rows, on_sale)?;
        let skipped = &mut progress.skipped;
        let decoys = (self.store).read_blocking(|reader| self.judge_decoys(reader, through, on_sale, skipped))?;
        took("judge", began);
        progress.matched += rows.len() as u64;
        progress.skipped += judged.skipped;
        let began = Instant::now();
        let written = (self.store).keep(move |tx| write::write(tx, judged.findings, &decoys, through))?;
        took("write", began);
        progress.reports_new += written.reports;
        progress.questions_new += written.questions;
        skip(&mut progress.skipped, written.skipped);
        Ok(true)
    }

    /// Does what concerns one record. When that record is at fault, it is skipped: it must not hold up all others for ever.
    pub(super) fn guarded(
        &self,
        thing: ChangedThing,
        skipped: &mut u64,
        work: impl FnOnce() -> Result<(), MatchingError>,
    ) -> Result<(), MatchingError> {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(Err(MatchingError::Store(error))) if error.is_of_one_row() => {
                tracing::error!(?thing, error = &error as &dyn std::error::Error, "skipped: cannot be matched");
            }
            Ok(done) => return done,
            // A damaged index makes its reader panic, whatever the record.
            Err(_) if !self.engine.validate()? => {
                return Err(EngineError::Damaged("reading it panicked".to_owned()).into());
            }
            Err(_) => tracing::error!(?thing, "skipped: matching it panicked"),
        }
        skip(skipped, 1);
        Ok(())
    }
}

impl Matching {
    /// What comparing a pair comes to now, whatever would follow from it; none when one of both is gone or withdrawn.
    ///
    /// # Errors
    /// A failure of store or index.
    pub fn assess_pair(&self, item: ItemId, listing: ListingId) -> Result<Option<Assessment>, MatchingError> {
        self.store.read_blocking(|reader| {
            let mut desk = Desk::new(reader, &self.engine, &self.options, self.on_sale(reader)?);
            let (item, listing) = (desk.item(item.0)?, desk.listing(listing.0)?);
            let pair = item.zip(listing);
            pair.map(|(item, listing)| desk.assess_fully(&item, &listing)).transpose()
        })
    }

    /// What every listing that a search from an item brings up comes to now, the improbable ones too; none when the item is gone
    /// or withdrawn.
    ///
    /// # Errors
    /// A failure of store or index.
    pub fn assess_candidates(&self, item: ItemId) -> Result<Vec<(ListingId, Assessment)>, MatchingError> {
        self.store.read_blocking(|reader| {
            let mut desk = Desk::new(reader, &self.engine, &self.options, self.on_sale(reader)?);
            let Some(item) = desk.item(item.0)? else {
                return Ok(Vec::new());
            };
            let found = desk.found(&item.facts.record)?;
            let mut assessed = Vec::with_capacity(found.all.len());
            for &id in &found.all {
                if let Some(listing) = desk.listing(id)? {
                    assessed.push((ListingId(id), desk.assess_fully(&item, &listing)?));
                }
            }
            Ok(assessed)
        })
    }
}

/// Counts how long a stage of a step took, for the operator.
fn took(stage: &'static str, began: Instant) {
    metrics::histogram!("replevin_matching_seconds", "stage" => stage).record(began.elapsed());
}

/// Counts records that were skipped, for the step and for the operator.
fn skip(skipped: &mut u64, count: u64) {
    if count > 0 {
        *skipped += count;
        metrics::counter!("replevin_matching_skipped").increment(count);
    }
}

fn removal(thing: ChangedThing) -> Change {
    let (side, id) = place(thing);
    Change::Remove { side, id }
}

/// Where the index has a thing.
fn place(thing: ChangedThing) -> (Side, Uuid) {
    match thing {
        ChangedThing::Item(id) => (Side::Registered, id.0),
        ChangedThing::Listing(id) => (Side::Offered, id.0),
    }
}

#[cfg(test)]
mod tests;
