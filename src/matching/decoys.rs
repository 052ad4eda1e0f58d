//! Decoys: judged in their turn among what came in, each against its own test listing alone.
//!
//! The pair stands in no index that serves others. Whether a search finds it is tried on an index of these two records; what is
//! found is compared on the real archive, which says how rare its words are, under the real prior. So a decoy shows what would
//! have become of a real pair with nobody to compete, and changes nothing for anybody else.

use chrono::TimeDelta;
use replevin_index::{Change, Engine, EngineOptions, Record, Sequence};

use super::assess::{Competition, assess};
use super::candidates::{Desk, HeldItem, HeldListing, MARKED_MAX};
use super::compare::{ItemFacts, ListingFacts, TheftFacts};
use super::offline::TemporaryDirectory;
use super::project::{item_record, listing_record};
use super::weights::marks::LOOKED_AT;
use super::{Matching, MatchingError};
use crate::domain::assessment::Comparison;
use crate::domain::decoy::{CameIn, Decoy};
use crate::domain::ids::{AccountId, DecoyId, ItemId, ListingId, TheftReportId};
use crate::domain::item::{Item, ItemDraft, ItemStatus};
use crate::domain::listing::Listing;
use crate::domain::place::Place;
use crate::domain::time::Timestamp;
use crate::store::{ChangedThing, Reader};

/// Decoys that are judged between two writes.
const JUDGED_MAX: usize = 1000;
/// An invented thing is stolen so long before it is planted, days.
const STOLEN_BEFORE: TimeDelta = TimeDelta::days(2);

/// What a decoy was judged at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct JudgedDecoy {
    pub(super) id: DecoyId,
    /// The change by which it came in.
    pub(super) sequence: Sequence,
    pub(super) probability: f64,
    /// Whether it would have been reported.
    pub(super) alerted: bool,
}

impl Matching {
    /// Judges the decoys that came in by changes up to a number.
    pub(super) fn judge_decoys(
        &self,
        reader: &Reader<'_>,
        through: Sequence,
        on_sale: u64,
        skipped: &mut u64,
    ) -> Result<Vec<JudgedDecoy>, MatchingError> {
        let mut judged = Vec::new();
        for (sequence, decoy) in reader.decoys_waiting(through, JUDGED_MAX)? {
            let thing = ChangedThing::Listing(ListingId(decoy.id.0));
            self.guarded(thing, skipped, || {
                let Some(came) = &decoy.came else { return Ok(()) };
                let mut desk = Desk::new(reader, &self.engine, &self.options, on_sale);
                let probability = self.judge_decoy(&mut desk, &decoy, came)?;
                judged.push(JudgedDecoy {
                    id: decoy.id,
                    sequence,
                    probability,
                    alerted: probability >= self.options.report_threshold,
                });
                Ok(())
            })?;
        }
        Ok(judged)
    }

    /// How probable the pair is; zero where no search finds it.
    fn judge_decoy(&self, desk: &mut Desk<'_>, decoy: &Decoy, came: &CameIn) -> Result<f64, MatchingError> {
        let (item, listing) = (item(decoy), listing(decoy, came));
        let plain = desk.plain(&item, &listing)?;
        let marks = plain.evidence.iter().find(|told| told.comparison == Comparison::Marks);
        let by_marks = marks.and_then(|told| told.log10_lr) >= Some(LOOKED_AT);
        if !is_found(&item.facts.record, &listing.facts.record, by_marks)? {
            return Ok(0.0);
        }
        let compared = desk.measured(&item, &listing, plain)?;
        let compared = desk.priced(&item, &listing, compared)?;
        let compared = self.options.read(compared);
        if !compared.tells_apart() {
            return Ok(0.0);
        }
        let assessment = assess(
            &compared,
            self.options.prior(desk.on_sale),
            &Competition::default(),
            &self.options,
        );
        Ok(assessment.probability)
    }
}

/// Whether a search from the listing finds the thing: by its number, or, where the marks say enough, by these.
fn is_found(item: &Record, listing: &Record, by_marks: bool) -> Result<bool, MatchingError> {
    let directory = TemporaryDirectory::new().map_err(|error| MatchingError::Engine(error.into()))?;
    let engine = Engine::open(directory.path(), EngineOptions::default())?;
    engine.apply(vec![Change::Put(Box::new(item.clone()))], Sequence(1))?;
    engine.commit()?;
    let hits = engine.search_individual(listing)?;
    if hits.iter().any(|hit| hit.id == item.id) {
        return Ok(true);
    }
    Ok(by_marks && engine.search_marks(listing, MARKED_MAX)?.contains(&item.id))
}

/// The invented thing as if it were registered, stolen, and its theft verified.
fn item(decoy: &Decoy) -> HeldItem {
    let record = item_record(decoy.id.0, None, &decoy.invention.item, &[]);
    let stolen_at: Timestamp = decoy.planted_at - STOLEN_BEFORE;
    HeldItem {
        verified: true,
        facts: ItemFacts {
            record: Record {
                by_words: true,
                ..record
            },
            photos: Vec::new(),
            theft: Some(TheftFacts {
                from: Some(stolen_at),
                to: Some(stolen_at),
                place: Place::default(),
            }),
        },
        item: Item {
            id: ItemId(decoy.id.0),
            owner: AccountId(decoy.id.0),
            status: ItemStatus::Stolen {
                theft_report: TheftReportId(decoy.id.0),
            },
            draft: ItemDraft {
                description: decoy.invention.item.clone(),
                value: None,
            },
            photos: Vec::new(),
            created_at: stolen_at,
            updated_at: stolen_at,
        },
    }
}

/// Its test listing as it came in.
fn listing(decoy: &Decoy, came: &CameIn) -> HeldListing {
    HeldListing {
        facts: ListingFacts {
            record: listing_record(decoy.id.0, None, &came.draft.description, &[]),
            photos: Vec::new(),
            received_at: Some(came.at),
            posted_at: came.draft.posted_at,
            place: came.draft.place.clone(),
        },
        listing: Listing {
            id: ListingId(decoy.id.0),
            partner: decoy.partner,
            draft: came.draft.clone(),
            photos: Vec::new(),
            revision: 1,
            received_at: came.at,
            updated_at: came.at,
        },
    }
}
