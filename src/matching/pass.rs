//! The work that follows the store: brings the index up to it, then matches what is new.
//!
//! Two cursors. The index carries its own checkpoint; what the store changed after it is projected and applied, which is also
//! how an index that was deleted is rebuilt and one that lags after a crash catches up. The cursor `matching` lies in the
//! store and moves in the transaction that writes the results, never past the checkpoint: a change is matched only when the
//! index shows it. Whichever side of a pair came second finds the other.
//!
//! Which listings make a report: every one that is not excluded by time, whatever its status. It was on sale after the theft,
//! and the police want what was sold as well.

pub(super) mod read;

use std::collections::BTreeSet;

use replevin_index::{Sequence, Side};

use self::read::projected;
use super::candidates::{Desk, HeldItem, HeldListing};
use super::{Matching, MatchingError};
use crate::domain::assessment::Assessment;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, ItemId, ListingId, ReportId, TheftReportId};
use crate::domain::item::{ItemStatus, Verification};
use crate::domain::listing::ListingStatus;
use crate::domain::report::ReportState;
use crate::store::{ChangeRow, ChangedThing, Raised, Reader, StoreError, Tx};

/// The name of the cursor in the store.
const CURSOR: &str = "matching";
/// Changes that one step applies to the index at most.
const APPLIED_MAX: usize = 2000;
/// Changes that are matched between two writes.
const MATCHED_MAX: usize = 500;

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Changes that were applied to the index.
    pub applied: u64,
    /// Changes that were matched.
    pub matched: u64,
    /// Changes that were skipped because the record cannot be read; each is logged by its id.
    pub skipped: u64,
    /// Reports that were raised.
    pub reports_new: u64,
    /// Questions that were asked.
    pub questions_new: u64,
    /// Whether there is more to do at once.
    pub behind: bool,
}

impl Matching {
    /// Brings the index up to the store and matches what is new, up to a bounded number of changes. Blocks.
    ///
    /// # Errors
    /// A failure of the store or the index; calling again continues where the last success ended.
    pub fn step(&self) -> Result<Progress, MatchingError> {
        let _one_at_a_time = self.stepping.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut progress = Progress::default();
        self.bring_up(&mut progress)?;
        while self.match_next(&mut progress)? {}
        let (last, cursor) = self
            .store
            .read_blocking(|reader| Ok::<_, StoreError>((reader.last_change()?, reader.cursor(CURSOR)?)))?;
        progress.behind = cursor < last;
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
        let same = |side, mut expected: Vec<uuid::Uuid>| {
            let mut held = self.engine.ids(side);
            held.sort_unstable();
            expected.sort_unstable();
            held == expected
        };
        Ok(same(Side::Registered, items) && same(Side::Offered, listings))
    }

    fn bring_up(&self, progress: &mut Progress) -> Result<(), MatchingError> {
        let checkpoint = self.engine.checkpoint();
        let last = self
            .store
            .read_blocking(|reader| Ok::<_, MatchingError>(reader.last_change()?))?;
        if checkpoint > last {
            // The store is the truth: an older one was put back.
            tracing::warn!(
                checkpoint = checkpoint.0,
                last = last.0,
                "search index is ahead of the store and is rebuilt"
            );
            self.engine.clear()?;
        }
        let checkpoint = self.engine.checkpoint();
        let (changes, through) = self.store.read_blocking(|reader| {
            let rows = reader.changes_after(checkpoint, APPLIED_MAX)?;
            let mut changes = Vec::with_capacity(rows.len());
            for row in &rows {
                changes.push(projected(reader, row, &mut progress.skipped)?);
            }
            Ok::<_, MatchingError>((changes, rows.last().map_or(checkpoint, |row| row.sequence)))
        })?;
        if changes.is_empty() {
            return Ok(());
        }
        progress.applied += changes.len() as u64;
        self.engine.apply(changes, through)?;
        self.engine.commit()?;
        Ok(())
    }

    /// Matches the next changes that the index shows; whether there were any.
    fn match_next(&self, progress: &mut Progress) -> Result<bool, MatchingError> {
        let checkpoint = self.engine.checkpoint();
        let batch = self.store.read_blocking(|reader| {
            let cursor = reader.cursor(CURSOR)?;
            let mut rows = reader.changes_after(cursor, MATCHED_MAX)?;
            rows.retain(|row| row.sequence <= checkpoint);
            let Some(last) = rows.last().map(|row| row.sequence) else {
                return Ok(None);
            };
            let mut desk = Desk::new(reader, &self.engine, &self.options);
            let mut batch = Batch::new(last);
            for row in &rows {
                self.match_one(&mut desk, row, &mut batch)?;
            }
            self.revise(reader, &mut desk, &mut batch)?;
            Ok::<_, MatchingError>(Some(batch))
        })?;
        let Some(batch) = batch else { return Ok(false) };
        progress.matched += batch.matched;
        let (reports, questions) = self.store.keep(move |tx| write(tx, batch))?;
        progress.reports_new += reports;
        progress.questions_new += questions;
        Ok(true)
    }

    fn match_one(&self, desk: &mut Desk<'_>, row: &ChangeRow, batch: &mut Batch) -> Result<(), MatchingError> {
        batch.matched += 1;
        match row.thing {
            ChangedThing::Item(id) => {
                let Some(item) = desk.item(id.0)? else { return Ok(()) };
                batch.touched.insert(item.item.id);
                for &found in desk.found(&item.facts.record)?.iter() {
                    let Some(listing) = desk.listing(found)? else { continue };
                    self.judge(desk, &item, &listing, batch)?;
                }
            }
            ChangedThing::Listing(id) => {
                let Some(listing) = desk.listing(id.0)? else { return Ok(()) };
                for &found in desk.found(&listing.facts.record)?.iter() {
                    let Some(item) = desk.item(found)? else { continue };
                    batch.touched.insert(item.item.id);
                    self.judge(desk, &item, &listing, batch)?;
                }
            }
        }
        Ok(())
    }

    /// What follows from a pair: a report, a question, or nothing.
    fn judge(&self, desk: &mut Desk<'_>, item: &HeldItem, listing: &HeldListing, batch: &mut Batch) -> Result<(), MatchingError> {
        let consequence = match item.item.status {
            ItemStatus::Stolen { theft_report } if item.verified => Consequence::Report(theft_report),
            ItemStatus::Registered | ItemStatus::Recovered if may_be_asked(item, listing) => {
                Consequence::Question(item.item.owner)
            }
            // Unverified: the item comes again when it is verified.
            _ => return Ok(()),
        };
        let Some(assessment) = desk.assess(item, listing)? else {
            return Ok(());
        };
        if assessment.probability >= self.options.report_threshold {
            batch.findings.push(Finding {
                item: item.item.id,
                listing: listing.listing.id,
                consequence,
                assessment,
            });
        }
        Ok(())
    }
}

/// Below this change of probability a report stays as it is.
const REVISED_FROM: f64 = 0.01;

impl Matching {
    /// Looks again at the open reports of the items that this batch touched: a listing that comes later can speak against an
    /// earlier one, as when a photo turns out to hang everywhere. Whatever came first, the same reports stand in the end.
    fn revise(&self, reader: &Reader<'_>, desk: &mut Desk<'_>, batch: &mut Batch) -> Result<(), MatchingError> {
        for id in std::mem::take(&mut batch.touched) {
            let Some(item) = desk.item(id.0)? else { continue };
            let ItemStatus::Stolen { theft_report } = item.item.status else {
                continue;
            };
            for report in reader.reports_of_item(id)? {
                if report.state != ReportState::Open || report.theft_report != theft_report {
                    continue;
                }
                let Some(listing) = desk.listing(report.listing.0)? else {
                    continue;
                };
                let assessment = desk.assess_fully(&item, &listing)?;
                let stands = assessment.probability >= self.options.report_threshold;
                if stands && (assessment.probability - report.assessment.probability).abs() < REVISED_FROM {
                    continue;
                }
                batch.findings.push(Finding {
                    item: id,
                    listing: report.listing,
                    consequence: if stands {
                        Consequence::Report(theft_report)
                    } else {
                        Consequence::Retraction(report.id)
                    },
                    assessment,
                });
            }
        }
        Ok(())
    }
}

/// A listing that ended before its like was registered is how the owner came by it.
fn may_be_asked(item: &HeldItem, listing: &HeldListing) -> bool {
    listing.listing.draft.status == ListingStatus::Active || listing.listing.received_at >= item.item.created_at
}

/// What was found among a number of changes.
struct Batch {
    through: Sequence,
    matched: u64,
    findings: Vec<Finding>,
    // Items whose open reports are looked at again; ordered, so that the same batch always writes the same.
    touched: BTreeSet<ItemId>,
}

impl Batch {
    fn new(through: Sequence) -> Self {
        Self {
            through,
            matched: 0,
            findings: Vec::new(),
            touched: BTreeSet::new(),
        }
    }
}

/// A pair that passed the threshold.
struct Finding {
    item: ItemId,
    listing: ListingId,
    consequence: Consequence,
    assessment: Assessment,
}

#[derive(Clone, Copy)]
enum Consequence {
    Report(TheftReportId),
    Retraction(ReportId),
    Question(AccountId),
}

/// Writes findings and cursor in one transaction, asking the store again: an item can have been recovered meanwhile, and its
/// change comes after.
fn write(tx: &mut Tx<'_>, batch: Batch) -> Result<((u64, u64), Vec<Act>), StoreError> {
    let (mut reports, mut questions, mut acts) = (0, 0, Vec::new());
    for finding in batch.findings {
        let Some(item) = tx.item(finding.item)? else { continue };
        if tx.listing(finding.listing)?.is_none() {
            continue;
        }
        let detail = serde_json::json!({
            "item": finding.item,
            "listing": finding.listing,
            "probability": finding.assessment.probability,
            "model": finding.assessment.model,
        });
        match finding.consequence {
            Consequence::Report(theft) => {
                if item.status != (ItemStatus::Stolen { theft_report: theft }) || !is_verified(tx, theft)? {
                    continue;
                }
                if let Raised::New(id) = tx.raise_report(finding.item, finding.listing, theft, &finding.assessment)? {
                    reports += 1;
                    acts.push(Act::new(Actor::Service, Action::ReportRaised, SubjectKind::Report.with(id.0)).with_detail(detail));
                }
            }
            Consequence::Retraction(report) => {
                let open = tx.report(report)?.is_some_and(|report| report.state == ReportState::Open);
                if open {
                    tx.retract_report(report)?;
                    acts.push(
                        Act::new(Actor::Service, Action::ReportRetracted, SubjectKind::Report.with(report.0)).with_detail(detail),
                    );
                }
            }
            Consequence::Question(owner) => {
                let safe = matches!(item.status, ItemStatus::Registered | ItemStatus::Recovered) && item.owner == owner;
                // A recovered item was once reported beside this listing: its owner knows.
                let reported = tx
                    .reports_of_item(finding.item)?
                    .iter()
                    .any(|report| report.listing == finding.listing);
                if !safe || reported {
                    continue;
                }
                if let Some(id) = tx.ask_question(finding.item, finding.listing, owner, &finding.assessment)? {
                    questions += 1;
                    acts.push(
                        Act::new(Actor::Service, Action::QuestionAsked, SubjectKind::Question.with(id.0)).with_detail(detail),
                    );
                }
            }
        }
    }
    tx.set_cursor(CURSOR, batch.through)?;
    Ok(((reports, questions), acts))
}

fn is_verified(reader: &Reader<'_>, theft: TheftReportId) -> Result<bool, StoreError> {
    let report = reader.theft_report(theft)?;
    Ok(report.is_some_and(|report| matches!(report.verification, Verification::Verified { .. })))
}

#[cfg(test)]
mod tests;
