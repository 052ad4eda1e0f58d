//! Which pairs a number of changes touches, and what follows from each.
//!
//! Changes are shared out among workers, each with a reader and a desk of its own, so that all processors work on a long batch.
//! What one of them found or compared serves the others, and no two judge one pair.
//!
//! A pair's probability depends on both records, on the item's other listings and on the listing's other items. So a changed item
//! touches all its pairs and those of every listing that it could be; a changed listing touches all its pairs and those of every
//! item that it could be; and since a photo is worth less the more sellers show it, a photo touches what else shows it. The
//! index stands still meanwhile; the store may be newer by what came in since, which will be a change of its own and have its
//! pairs judged again: whatever came first, the same reports stand in the end.
//!
//! Which listings make a report: every one that is not excluded by time, whatever its status. It was on sale after the theft,
//! and the police want what was sold as well.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use uuid::Uuid;

use crate::domain::assessment::Assessment;
use crate::domain::blind_review::Drawn;
use crate::domain::ids::{AccountId, ItemId, ListingId, ReportId, TheftReportId};
use crate::domain::item::ItemStatus;
use crate::domain::listing::ListingStatus;
use crate::matching::blind;
use crate::matching::candidates::{Desk, HeldItem, HeldListing};
use crate::matching::pass::recent::Batch;
use crate::matching::{Matching, MatchingError};
use crate::store::{ChangeRow, ChangedThing, Reader};

/// A photo that more sellers show than this has been worth nothing for a while: one seller more or less changes nothing.
const SELLERS_MAX: usize = 8;
/// Of the listings that share a photo with a touched item, at most this many nearest are judged again on its account.
const SHARING_MAX: usize = 50;

/// Changes that a worker takes at a time.
const TAKEN: usize = 8;
/// More workers would wait for each other: the store reads from one file.
const WORKERS_MAX: usize = 8;

/// Whose pairs some changes touch. Ordered, so that the same changes always write the same.
#[derive(Default)]
struct Touched {
    items: BTreeSet<ItemId>,
    listings: BTreeSet<ListingId>,
}

/// What follows from a number of changes.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    /// Records that could not be worked on; each is logged.
    pub(super) skipped: u64,
}

/// One who judges some of the changes.
struct Worker<'a> {
    matching: &'a Matching,
    reader: &'a Reader<'a>,
    desk: Desk<'a>,
}

/// What follows from a pair.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) item: ItemId,
    pub(super) listing: ListingId,
    pub(super) consequence: Consequence,
}

/// What a finding asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Consequence {
    /// A report for this theft stands, with this assessment.
    Report(TheftReportId, Assessment),
    /// The owner of an item that is safe at home is asked.
    Question(AccountId, Assessment),
    /// An open report is no longer probable enough.
    Below(ReportId, Assessment),
    /// The theft of an open report is over for its item.
    Over(ReportId),
    /// It is not probable enough, and drawn for blind review.
    Drawn(Drawn),
}

impl Consequence {
    /// What is written first of several for one pair.
    fn rank(&self) -> u8 {
        match self {
            Self::Report(..) => 0,
            Self::Question(..) => 1,
            Self::Below(..) => 2,
            Self::Over(..) => 3,
            Self::Drawn(..) => 4,
        }
    }
}

impl Matching {
    /// What follows from these changes, by item and listing.
    pub(super) fn judge_rows(&self, rows: &[ChangeRow], on_sale: u64) -> Result<Judged, MatchingError> {
        let parts: Vec<&[ChangeRow]> = rows.chunks(TAKEN).collect();
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let batch = Arc::new(Batch::default());
        let work = || {
            let done = self.store.read_blocking(|reader| {
                let mut worker = Worker::new(self, reader, on_sale, &batch);
                let mut done = Vec::new();
                while !failed.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(rows) = parts.get(place) else { break };
                    done.push(worker.judge_part(rows)?);
                }
                Ok::<_, MatchingError>(done)
            });
            // The others need not go on with what is going to be done again.
            failed.fetch_or(done.is_err(), Ordering::Relaxed);
            done
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let others = workers.min(WORKERS_MAX).min(parts.len()).saturating_sub(1);
        let done = std::thread::scope(|scope| {
            let others: Vec<_> = (0..others).map(|_| scope.spawn(work)).collect();
            let mut done = work()?;
            for other in others {
                done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok::<_, MatchingError>(done)
        })?;
        let mut all = Judged::default();
        for judged in done {
            all.findings.extend(judged.findings);
            all.skipped += judged.skipped;
        }
        // Whoever found them, the same changes always write the same.
        let place = |finding: &Finding| (finding.item, finding.listing, finding.consequence.rank());
        all.findings.sort_by_key(place);
        Ok(all)
    }
}

impl<'a> Worker<'a> {
    fn new(matching: &'a Matching, reader: &'a Reader<'a>, on_sale: u64, batch: &Arc<Batch>) -> Self {
        let desk = Desk::new(reader, &matching.engine, &matching.options, on_sale);
        Self {
            matching,
            reader,
            desk: desk.keeping(&matching.recent, Arc::clone(batch)),
        }
    }

    fn judge_part(&mut self, rows: &[ChangeRow]) -> Result<Judged, MatchingError> {
        let (mut touched, mut judged) = (Touched::default(), Judged::default());
        let matching = self.matching;
        for row in rows {
            matching.guarded(row.thing, &mut judged.skipped, || self.touch(row, &mut touched))?;
        }
        self.judge_touched(touched, &mut judged)?;
        Ok(judged)
    }

    /// Notes whose pairs a change touches.
    fn touch(&mut self, row: &ChangeRow, touched: &mut Touched) -> Result<(), MatchingError> {
        let (reader, desk) = (self.reader, &mut self.desk);
        match row.thing {
            ChangedThing::Item(id) => {
                touched.items.insert(id);
                let Some(item) = desk.item(id.0)? else { return Ok(()) };
                let found = desk.found(&item.facts.record)?;
                touched.listings.extend(found.telling.iter().copied().map(ListingId));
            }
            ChangedThing::Listing(id) => {
                touched.listings.insert(id);
                (touched.items).extend(reader.open_reports_of_listing(id)?.into_iter().map(|(_, item)| item));
                let Some(listing) = desk.listing(id.0)? else { return Ok(()) };
                let found = desk.found(&listing.facts.record)?;
                touched.items.extend(found.beside.iter().copied().map(ItemId));
                // What it takes from other reports by being another one, [`super::wake`] sees to.
                (touched.items).extend(desk.reported_beside(&listing)?);
                let sellers = desk.fewest_sellers(&listing.facts.record);
                let few = sellers.is_some_and(|sellers| sellers <= SELLERS_MAX);
                for &id in &found.all {
                    // What everybody shows moves nobody, but for those who were reported before everybody did.
                    if few || found.telling.contains(&id) || !reader.open_reports_of_item(ItemId(id))?.is_empty() {
                        touched.items.insert(ItemId(id));
                    }
                }
                if few {
                    for &id in found.all.iter().take(SHARING_MAX) {
                        let Some(item) = desk.item(id)? else { continue };
                        let sharing = desk.found(&item.facts.record)?;
                        (touched.listings).extend(sharing.all.iter().take(SHARING_MAX).copied().map(ListingId));
                    }
                }
            }
        }
        Ok(())
    }

    /// Judges every touched pair, and every open report of what was touched.
    fn judge_touched(&mut self, touched: Touched, judged: &mut Judged) -> Result<(), MatchingError> {
        let (matching, reader) = (self.matching, self.reader);
        let mut open = BTreeSet::new();
        for id in touched.items {
            matching.guarded(ChangedThing::Item(id), &mut judged.skipped, || {
                if let Some(item) = self.desk.item(id.0)? {
                    for &found in &self.desk.found(&item.facts.record)?.telling {
                        judged.findings.extend(self.judge((id.0, found))?);
                    }
                }
                Ok(())
            })?;
            let reports = reader.open_reports_of_item(id)?.into_iter();
            open.extend(reports.map(|(report, listing)| (report, id, listing)));
        }
        for id in touched.listings {
            matching.guarded(ChangedThing::Listing(id), &mut judged.skipped, || {
                if let Some(listing) = self.desk.listing(id.0)? {
                    for &found in &self.desk.found(&listing.facts.record)?.telling {
                        judged.findings.extend(self.judge((found, id.0))?);
                    }
                }
                Ok(())
            })?;
            let reports = reader.open_reports_of_listing(id)?.into_iter();
            open.extend(reports.map(|(report, item)| (report, item, id)));
        }
        for (report, item, listing) in open {
            matching.guarded(ChangedThing::Item(item), &mut judged.skipped, || {
                judged.findings.extend(self.revise(item, listing, report)?);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What follows from a pair: a report, a question, or nothing.
    fn judge(&mut self, pair: (Uuid, Uuid)) -> Result<Option<Finding>, MatchingError> {
        if !self.desk.batch.judges(pair) {
            return Ok(None);
        }
        let (Some(item), Some(listing)) = (self.desk.item(pair.0)?, self.desk.listing(pair.1)?) else {
            return Ok(None);
        };
        let consequence: fn(&HeldItem, Assessment) -> Option<Consequence> = match item.item.status {
            ItemStatus::Stolen { .. } if item.verified => |item, assessment| {
                let ItemStatus::Stolen { theft_report } = item.item.status else {
                    return None;
                };
                Some(Consequence::Report(theft_report, assessment))
            },
            ItemStatus::Registered | ItemStatus::Recovered if may_be_asked(&item, &listing) => {
                |item, assessment| Some(Consequence::Question(item.item.owner, assessment))
            }
            // Unverified: the item comes again when it is verified.
            _ => return Ok(None),
        };
        let (matching, desk) = (self.matching, &mut self.desk);
        let assessed = desk.assess(&item, &listing)?;
        let probable = (assessed.as_ref()).is_some_and(|one| one.probability >= matching.options.report_threshold);
        let consequence = match assessed {
            Some(assessment) if probable => consequence(&item, assessment),
            below => blind::draw(desk, &matching.options, &item, &listing, below)?.map(Consequence::Drawn),
        };
        Ok(consequence.map(|consequence| Finding {
            item: item.item.id,
            listing: listing.listing.id,
            consequence,
        }))
    }

    /// Whether an open report still stands: its theft may be over, and what came later can speak against it, as when a photo
    /// turns out to hang everywhere.
    fn revise(&mut self, item: ItemId, listing: ListingId, report: ReportId) -> Result<Option<Finding>, MatchingError> {
        if !self.desk.batch.revises(report) {
            return Ok(None);
        }
        let (reader, desk) = (self.reader, &mut self.desk);
        let Some(known) = reader.report(report)? else {
            return Ok(None);
        };
        let finding = |consequence| {
            Some(Finding {
                item,
                listing,
                consequence,
            })
        };
        let stolen = match reader.item(item)? {
            Some(item) => {
                item.status
                    == (ItemStatus::Stolen {
                        theft_report: known.theft_report,
                    })
            }
            None => false,
        };
        if !stolen {
            return Ok(finding(Consequence::Over(report)));
        }
        // An item or a listing that cannot be read just now says nothing against the report.
        let (Some(held), Some(offered)) = (desk.item(item.0)?, desk.listing(listing.0)?) else {
            return Ok(None);
        };
        if !held.verified {
            return Ok(finding(Consequence::Over(report)));
        }
        let assessment = desk.assess_fully(&held, &offered)?;
        let stands = assessment.probability >= self.matching.options.report_threshold;
        Ok(finding(if stands {
            Consequence::Report(known.theft_report, assessment)
        } else {
            Consequence::Below(report, assessment)
        }))
    }
}

/// A listing that ended before its like was registered is how the owner came by it.
fn may_be_asked(item: &HeldItem, listing: &HeldListing) -> bool {
    listing.listing.draft.status == ListingStatus::Active || listing.listing.received_at >= item.item.created_at
}
