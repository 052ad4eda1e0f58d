//! Checks: whether what somebody asks about may be a stolen item, by the comparisons and the threshold of every report.
//!
//! What is asked about is compared like a listing that came in just now. Only what a number, a photo or a mark speaks for is
//! found. Rivals are left out: they only take away, and a check accuses nobody. Writes nothing; what follows from an answer is
//! for whoever asks.

use std::sync::Arc;

use replevin_index::Side;
use uuid::Uuid;

use super::candidates::{Desk, HeldListing};
use super::compare::ListingFacts;
use super::project::{PhotoFacts, listing_record};
use super::{Matching, MatchingError};
use crate::domain::description::Description;
use crate::domain::ids::{ListingId, PartnerId};
use crate::domain::item::ItemStatus;
use crate::domain::lead::Suspected;
use crate::domain::listing::{Listing, ListingDraft, ListingStatus};
use crate::domain::place::Place;
use crate::domain::time::Timestamp;

/// What is asked about.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// What is said of it.
    pub description: Description,
    /// What was read from its photos.
    pub photos: Vec<PhotoFacts>,
}

impl Matching {
    /// The stolen items that each of these may be, the likeliest first; none where nothing speaks for one. Blocks.
    ///
    /// # Errors
    /// A failure of the store or the index.
    pub fn check(&self, questions: &[Question], now: Timestamp) -> Result<Vec<Vec<Suspected>>, MatchingError> {
        self.store.read_blocking(|reader| {
            let on_sale = self.on_sale_lately(reader)?;
            let each = questions.iter().map(|question| {
                let mut desk = Desk::new(reader, &self.engine, &self.options, on_sale);
                suspected(&mut desk, question, now)
            });
            each.collect()
        })
    }
}

fn suspected(desk: &mut Desk<'_>, question: &Question, now: Timestamp) -> Result<Vec<Suspected>, MatchingError> {
    let asked = Arc::new(held(question, now));
    desk.batch.listings.keep(Uuid::nil(), Arc::clone(&asked));
    let mut suspected = Vec::new();
    for &id in &desk.found(&asked.facts.record)?.all {
        let Some(item) = desk.item(id)?.filter(|item| item.is_stolen()) else {
            continue;
        };
        let ItemStatus::Stolen { theft_report } = item.item.status else {
            continue;
        };
        if let Some((probability, evidence)) = desk.likely(&item, &asked)? {
            suspected.push(Suspected {
                item: item.item.id,
                theft_report,
                probability,
                evidence,
            });
        }
    }
    suspected.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    Ok(suspected)
}

/// What is asked about as a listing that nobody has.
fn held(question: &Question, now: Timestamp) -> HeldListing {
    let record = listing_record(Uuid::nil(), None, &question.description, &question.photos);
    debug_assert_eq!(record.side, Side::Offered);
    HeldListing {
        facts: ListingFacts {
            record,
            photos: Vec::new(),
            received_at: Some(now),
            posted_at: None,
            place: Place::default(),
        },
        listing: Listing {
            id: ListingId(Uuid::nil()),
            partner: PartnerId(Uuid::nil()),
            draft: ListingDraft {
                reference: String::new(),
                url: None,
                description: question.description.clone(),
                price: None,
                no_photos: false,
                photos: Vec::new(),
                seller: None,
                place: Place::default(),
                posted_at: None,
                ends_at: None,
                status: ListingStatus::Active,
            },
            photos: Vec::new(),
            revision: 1,
            received_at: now,
            updated_at: now,
        },
    }
}
