//! Which pairs a number of changes touches, and what follows from each.
//!
//! A pair's probability depends on both records, on the item's other listings and on the listing's other items. So a changed item
//! touches all its pairs and those of every listing that it could be; a changed listing touches all its pairs and those of every
//! item that it could be; and since a photo is worth less the more sellers show it, a photo touches what else shows it. Each
//! touched pair is judged at one snapshot: whatever came first, the same reports stand in the end.
//!
//! Which listings make a report: every one that is not excluded by time, whatever its status. It was on sale after the theft,
//! and the police want what was sold as well.

use std::collections::{BTreeSet, HashSet};

use replevin_index::Sequence;
use uuid::Uuid;

use crate::domain::assessment::Assessment;
use crate::domain::blind_review::Drawn;
use crate::domain::ids::{AccountId, ItemId, ListingId, ReportId, TheftReportId};
use crate::domain::item::ItemStatus;
use crate::domain::listing::ListingStatus;
use crate::matching::blind;
use crate::matching::candidates::{Desk, HeldItem, HeldListing};
use crate::matching::{Matching, MatchingError};
use crate::store::{ChangeRow, ChangedThing, Reader};

/// A photo that more sellers show than this has been worth nothing for a while: one seller more or less changes nothing.
const SELLERS_MAX: usize = 8;
/// Of the listings that share a photo with a touched item, at most this many nearest are judged again on its account.
const SHARING_MAX: usize = 50;
/// Of the open reports on a seller's other listings, at most this many newest are judged again on account of one.
const SELLER_REPORTS_MAX: usize = 50;

/// What was touched and found among a number of changes. Ordered, so that the same batch always writes the same.
pub(super) struct Batch {
    pub(super) through: Sequence,
    pub(super) findings: Vec<Finding>,
    items: BTreeSet<ItemId>,
    listings: BTreeSet<ListingId>,
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

impl Batch {
    pub(super) fn new(through: Sequence) -> Self {
        Self {
            through,
            findings: Vec::new(),
            items: BTreeSet::new(),
            listings: BTreeSet::new(),
        }
    }

    /// Notes whose pairs a change touches.
    pub(super) fn touch(&mut self, reader: &Reader<'_>, desk: &mut Desk<'_>, row: &ChangeRow) -> Result<(), MatchingError> {
        match row.thing {
            ChangedThing::Item(id) => {
                self.items.insert(id);
                let Some(item) = desk.item(id.0)? else { return Ok(()) };
                let found = desk.found(&item.facts.record)?;
                self.listings.extend(found.telling.iter().copied().map(ListingId));
            }
            ChangedThing::Listing(id) => {
                self.listings.insert(id);
                self.items
                    .extend(reader.open_reports_of_listing(id)?.into_iter().map(|(_, item)| item));
                let Some(listing) = desk.listing(id.0)? else { return Ok(()) };
                let found = desk.found(&listing.facts.record)?;
                self.items.extend(found.beside.iter().copied().map(ItemId));
                // What else the seller offers may have spoken for other reports, and may do so no more.
                if let Some(seller) = &listing.listing.draft.seller {
                    self.items
                        .extend(reader.open_reports_of_seller(seller.key, SELLER_REPORTS_MAX)?);
                }
                let sellers = desk.fewest_sellers(&listing.facts.record);
                let few = sellers.is_some_and(|sellers| sellers <= SELLERS_MAX);
                for &id in &found.all {
                    // What everybody shows moves nobody, but for those who were reported before everybody did.
                    if few || found.telling.contains(&id) || !reader.open_reports_of_item(ItemId(id))?.is_empty() {
                        self.items.insert(ItemId(id));
                    }
                }
                if few {
                    for &id in found.all.iter().take(SHARING_MAX) {
                        let Some(item) = desk.item(id)? else { continue };
                        let sharing = desk.found(&item.facts.record)?;
                        self.listings
                            .extend(sharing.all.iter().take(SHARING_MAX).copied().map(ListingId));
                    }
                }
            }
        }
        Ok(())
    }
}

impl Matching {
    /// Judges every touched pair, and every open report of what was touched.
    pub(super) fn judge_touched(
        &self,
        reader: &Reader<'_>,
        desk: &mut Desk<'_>,
        batch: &mut Batch,
        skipped: &mut u64,
    ) -> Result<(), MatchingError> {
        let (mut judged, mut open) = (HashSet::new(), BTreeSet::new());
        for id in std::mem::take(&mut batch.items) {
            self.guarded(ChangedThing::Item(id), skipped, || {
                if let Some(item) = desk.item(id.0)? {
                    for &found in &desk.found(&item.facts.record)?.telling {
                        self.judge(desk, (id.0, found), &mut judged, &mut batch.findings)?;
                    }
                }
                Ok(())
            })?;
            open.extend(
                reader
                    .open_reports_of_item(id)?
                    .into_iter()
                    .map(|(report, listing)| (report, id, listing)),
            );
        }
        for id in std::mem::take(&mut batch.listings) {
            self.guarded(ChangedThing::Listing(id), skipped, || {
                if let Some(listing) = desk.listing(id.0)? {
                    for &found in &desk.found(&listing.facts.record)?.telling {
                        self.judge(desk, (found, id.0), &mut judged, &mut batch.findings)?;
                    }
                }
                Ok(())
            })?;
            open.extend(
                reader
                    .open_reports_of_listing(id)?
                    .into_iter()
                    .map(|(report, item)| (report, item, id)),
            );
        }
        for (report, item, listing) in open {
            self.guarded(ChangedThing::Item(item), skipped, || {
                batch.findings.extend(self.revised(reader, desk, item, listing, report)?);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What follows from a pair: a report, a question, or nothing.
    fn judge(
        &self,
        desk: &mut Desk<'_>,
        pair: (Uuid, Uuid),
        judged: &mut HashSet<(Uuid, Uuid)>,
        findings: &mut Vec<Finding>,
    ) -> Result<(), MatchingError> {
        if !judged.insert(pair) {
            return Ok(());
        }
        let (Some(item), Some(listing)) = (desk.item(pair.0)?, desk.listing(pair.1)?) else {
            return Ok(());
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
            _ => return Ok(()),
        };
        let assessed = desk.assess(&item, &listing)?;
        let probable = (assessed.as_ref()).is_some_and(|one| one.probability >= self.options.report_threshold);
        let consequence = match assessed {
            Some(assessment) if probable => consequence(&item, assessment),
            below => blind::draw(desk, &self.options, &item, &listing, below)?.map(Consequence::Drawn),
        };
        findings.extend(consequence.map(|consequence| Finding {
            item: item.item.id,
            listing: listing.listing.id,
            consequence,
        }));
        Ok(())
    }

    /// Whether an open report still stands: its theft may be over, and what came later can speak against it, as when a photo
    /// turns out to hang everywhere.
    fn revised(
        &self,
        reader: &Reader<'_>,
        desk: &mut Desk<'_>,
        item: ItemId,
        listing: ListingId,
        report: ReportId,
    ) -> Result<Option<Finding>, MatchingError> {
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
        let stands = assessment.probability >= self.options.report_threshold;
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
