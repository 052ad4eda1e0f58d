//! Which pairs are worth comparing, and who competes with a pair.
//!
//! A pair is assessed by one rule whichever side found it: its rival items are those that a search from the listing finds, its
//! rival listings those that a search from the item finds. What was read or compared once is kept for the length of a batch.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use replevin_index::image::{Hash256, PhotoFingerprint};
use replevin_index::{Engine, EngineError, Record, Side, TextAgreement};
use uuid::Uuid;

use super::assess::{Prior, assess};
use super::coincidence::words;
use super::compare::{Archive, Compared, ItemFacts, ListingFacts, compare, seller};
use super::loot::Sets;
use super::pass::recent::{Batch, Recent};
use super::weights::bounds;
use super::weights::marks::LOOKED_AT;
use super::weights::photo::SOURCES;
use super::{MatchingError, MatchingOptions};
use crate::domain::assessment::{Assessment, Comparison, Evidence};
use crate::domain::ids::{ItemId, ListingId};
use crate::domain::item::{Item, ItemStatus};
use crate::domain::listing::Listing;
use crate::store::Reader;

/// An item as a batch holds it.
pub(super) struct HeldItem {
    pub(super) item: Item,
    /// Whether an officer has verified the theft.
    pub(super) verified: bool,
    pub(super) facts: ItemFacts,
}

impl HeldItem {
    /// Whether it is stolen, by a verified theft or one that is only stated.
    pub(super) fn is_stolen(&self) -> bool {
        matches!(self.item.status, ItemStatus::Stolen { .. })
    }
}

/// Records that are looked at on account of a mark.
pub(super) const MARKED_MAX: usize = 10;

/// A listing as a batch holds it.
pub(super) struct HeldListing {
    pub(super) listing: Listing,
    pub(super) facts: ListingFacts,
}

/// What a search from a record finds on the opposite side: by number or photo, nearest first, then by marks, then by loot sets.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// All of it.
    pub(super) all: Vec<Uuid>,
    /// Without what only a picture links that hangs everywhere, and that therefore tells nothing apart: there can be hundreds.
    pub(super) telling: Vec<Uuid>,
    /// From a listing: the other items of the loot sets that it belongs to.
    pub(super) beside: Vec<Uuid>,
}

/// Reads, compares and assesses for the length of one batch, at one snapshot of store and index.
pub(super) struct Desk<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) engine: &'a Engine,
    options: &'a MatchingOptions,
    /// Listings that are on sale now.
    pub(super) on_sale: u64,
    pub(super) prior: Prior,
    archive: IndexArchive<'a>,
    /// What other batches read, when this desk may use it.
    pub(super) recent: Option<&'a Recent>,
    /// What the desks of this batch found and compared.
    pub(super) batch: Arc<Batch>,
    items: HashMap<Uuid, Option<Arc<HeldItem>>>,
    listings: HashMap<Uuid, Option<Arc<HeldListing>>>,
    pub(super) sets: Sets,
    // Counted where the change is applied; here they only pass by.
    unreadable: u64,
}

impl<'a> Desk<'a> {
    pub(super) fn new(reader: &'a Reader<'a>, engine: &'a Engine, options: &'a MatchingOptions, on_sale: u64) -> Self {
        Self {
            reader,
            engine,
            options,
            on_sale,
            prior: options.prior(on_sale),
            archive: IndexArchive::new(engine),
            recent: None,
            batch: Arc::default(),
            items: HashMap::new(),
            listings: HashMap::new(),
            sets: Sets::default(),
            unreadable: 0,
        }
    }

    /// The desk with what other batches read and what the other desks of this one do, to use and to add to.
    pub(super) fn keeping(self, recent: &'a Recent, batch: Arc<Batch>) -> Self {
        Self {
            recent: Some(recent),
            batch,
            ..self
        }
    }

    /// An item that can be searched for; none when it is gone, withdrawn or unreadable.
    pub(super) fn item(&mut self, id: Uuid) -> Result<Option<Arc<HeldItem>>, MatchingError> {
        if let Some(known) = self.items.get(&id) {
            return Ok(known.clone());
        }
        let mut held = self.recent.and_then(|recent| recent.items.get(&id));
        if held.is_none() {
            held = super::pass::read::read_item(self.reader, ItemId(id), &mut self.unreadable)?.map(Arc::new);
            if let Some((recent, held)) = self.recent.zip(held.as_ref()) {
                recent.items.keep(id, Arc::clone(held));
            }
        }
        self.items.insert(id, held.clone());
        Ok(held)
    }

    /// A listing; none when it is gone or unreadable.
    pub(super) fn listing(&mut self, id: Uuid) -> Result<Option<Arc<HeldListing>>, MatchingError> {
        if let Some(known) = self.listings.get(&id) {
            return Ok(known.clone());
        }
        let mut held = match self.recent {
            Some(recent) => recent.listings.get(&id),
            None => self.batch.listings.get(&id),
        };
        if held.is_none() {
            held = super::pass::read::read_listing(self.reader, ListingId(id), &mut self.unreadable)?.map(Arc::new);
            let kept = self.recent.map_or(&self.batch.listings, |recent| &recent.listings);
            if let Some(held) = &held {
                kept.keep(id, Arc::clone(held));
            }
        }
        self.listings.insert(id, held.clone());
        Ok(held)
    }

    /// What a search from a record finds by number, by photo, by a mark, or as part of a loot set. What shares words alone is
    /// another object of the model until more is known, and is not looked for.
    pub(super) fn found(&mut self, record: &Record) -> Result<Arc<Found>, MatchingError> {
        if let Some(known) = self.batch.found.get(&(record.side, record.id)) {
            return Ok(known);
        }
        let mut found = Found::default();
        for hit in self.engine.search_individual(record)? {
            let shown = (hit.photos.iter().map(|near| near.query)).chain(hit.parts.iter().map(|near| near.query));
            let mut photos = shown.filter_map(|photo| record.photos.get(photo));
            if !hit.identifiers.is_empty() || photos.any(|photo| self.archive.photo_sources(photo) < SOURCES.len()) {
                found.telling.push(hit.id);
            }
            found.all.push(hit.id);
        }
        self.add_marked(record, &mut found)?;
        self.add_loot(record, &mut found)?;
        let found = Arc::new(found);
        self.batch.found.keep((record.side, record.id), Arc::clone(&found));
        Ok(found)
    }

    /// Adds the pairs of verified thefts that a mark speaks for and that share no number and no photo.
    fn add_marked(&mut self, record: &Record, found: &mut Found) -> Result<(), MatchingError> {
        let own = match record.side {
            Side::Registered => self.item(record.id)?.filter(|item| item.verified && item.is_stolen()),
            Side::Offered => None,
        };
        if record.side == Side::Registered && own.is_none() {
            return Ok(());
        }
        for id in self.engine.search_marks(record, MARKED_MAX)? {
            // Most are not stolen: they are not even read.
            if found.all.contains(&id) || (own.is_none() && self.reader.theft_of_item(ItemId(id))?.is_none()) {
                continue;
            }
            let pair = match &own {
                Some(item) => self.listing(id)?.map(|listing| (Arc::clone(item), listing)),
                None => self.item(id)?.zip(self.listing(record.id)?),
            };
            let Some((item, listing)) = pair else { continue };
            let compared = self.plain(&item, &listing)?;
            let marks = compared.evidence.iter().find(|told| told.comparison == Comparison::Marks);
            if item.verified && marks.and_then(|told| told.log10_lr) >= Some(LOOKED_AT) {
                found.telling.push(id);
                found.all.push(id);
            }
        }
        Ok(())
    }

    /// Adds what belongs to a loot set with a record and shares no number and no photo with it.
    fn add_loot(&mut self, record: &Record, found: &mut Found) -> Result<(), MatchingError> {
        let mut set = match record.side {
            Side::Registered => match self.item(record.id)? {
                Some(item) => self.loot_of_item(&item)?,
                None => return Ok(()),
            },
            Side::Offered => match self.listing(record.id)? {
                Some(listing) => {
                    let (set, others) = self.loot_of_listing(&listing)?;
                    found.beside = others.into_iter().collect();
                    set
                }
                None => return Ok(()),
            },
        };
        set.retain(|id| !found.all.contains(id));
        found.telling.extend(&set);
        found.all.extend(set);
        Ok(())
    }

    /// Of how many listings an item could be any, as the prior takes it.
    pub(super) fn could_be(&self) -> f64 {
        self.prior.factors.could_be
    }

    /// How many sellers show that photo of a record which the fewest show; none without photos.
    pub(super) fn fewest_sellers(&self, record: &Record) -> Option<usize> {
        record.photos.iter().map(|photo| self.archive.photo_sources(photo)).min()
    }

    /// Assesses a pair when number or photo speak for it and it can reach the threshold.
    pub(super) fn assess(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Option<Assessment>, MatchingError> {
        if !self.may_become_a_report(item, listing)? {
            return Ok(None);
        }
        let compared = self.compared(item, listing)?;
        if !self.may_be_reported(&compared, 0.0) {
            return Ok(None);
        }
        self.assess_fully(item, listing).map(Some)
    }

    /// Whether a pair could be reported if all that is costly to weigh spoke for it as loudly as it can: what else the seller
    /// offers, what was recovered from them, how many listings agree as well, and the price.
    fn may_become_a_report(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<bool, MatchingError> {
        let plain = self.plain(item, listing)?;
        let companions = self.companions_at_most(item, listing)?;
        let history = self.history(item, listing)?.len();
        if companions <= 0.0 && !plain.tells_apart() {
            return Ok(false);
        }
        let [seller, description, price] =
            [Comparison::Seller, Comparison::Description, Comparison::Price].map(|comparison| bounds(comparison)[1]);
        // A calibration may read it as more than the table says.
        let seller = match self.options.calibration {
            Some(_) => seller,
            None => companions + seller::history_worth(history),
        };
        let plain = self.options.read(plain);
        let described = words(&plain).min(description);
        Ok(self.may_come_to_a_report(&plain, seller + description - described + price))
    }

    /// The same for what a pair was weighed at so far, if further evidence adds `log10_lr` at most: else it need not be looked up.
    pub(super) fn may_matter(&self, compared: &Arc<Compared>, log10_lr: f64) -> bool {
        self.may_be_reported(&self.options.read(Arc::clone(compared)), log10_lr)
    }

    /// Whether a pair tells objects apart and may reach the threshold when further evidence adds `log10_lr` at most.
    pub(super) fn may_be_reported(&self, compared: &Compared, log10_lr: f64) -> bool {
        compared.tells_apart() && self.may_come_to_a_report(compared, log10_lr)
    }

    fn may_come_to_a_report(&self, compared: &Compared, log10_lr: f64) -> bool {
        let odds = self.prior.odds(compared) * 10.0_f64.powf(log10_lr);
        // Rivals only take away.
        odds / (1.0 + odds) >= self.options.report_threshold
    }

    /// How probable a pair is that tells objects apart and may reach the threshold, and what speaks for it; rivals, which only
    /// take away, are left out.
    pub(super) fn likely(
        &mut self,
        item: &HeldItem,
        listing: &HeldListing,
    ) -> Result<Option<(f64, Vec<Evidence>)>, MatchingError> {
        let compared = self.compared(item, listing)?;
        if !self.may_be_reported(&compared, 0.0) {
            return Ok(None);
        }
        let odds = self.prior.odds(&compared);
        Ok(Some((odds / (1.0 + odds), compared.evidence.clone())))
    }

    /// Assesses a pair for which number, photo, mark or loot set speak, whatever it amounts to.
    pub(super) fn assess_telling(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Option<Assessment>, MatchingError> {
        let tells_apart = self.compared(item, listing)?.tells_apart();
        tells_apart.then(|| self.assess_fully(item, listing)).transpose()
    }

    /// Assesses a pair whatever it amounts to.
    pub(super) fn assess_fully(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Assessment, MatchingError> {
        let compared = self.compared(item, listing)?;
        let competition = self.competition(item, listing)?;
        Ok(assess(&compared, self.prior, &competition, self.options))
    }

    /// A pair by itself, whatever else the seller offers.
    pub(super) fn plain(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Arc<Compared>, MatchingError> {
        let key = (item.item.id.0, listing.listing.id.0);
        if let Some(known) = self.batch.plain.get(&key) {
            return Ok(known);
        }
        let compared = Arc::new(compare(&item.facts, &listing.facts, &self.archive)?);
        self.batch.plain.keep(key, Arc::clone(&compared));
        Ok(compared)
    }

    pub(super) fn compared(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Arc<Compared>, MatchingError> {
        let key = (item.item.id.0, listing.listing.id.0);
        if let Some(known) = self.batch.pairs.get(&key) {
            return Ok(known);
        }
        let mut compared = self.plain(item, listing)?;
        if let Some(evidence) = seller::compare(&self.companions(item, listing)?) {
            compared = Arc::new(compared.with(evidence));
        }
        let compared = self.measured(item, listing, compared)?;
        let compared = self.priced(item, listing, compared)?;
        let compared = self.options.read(self.with_history(item, listing, compared)?);
        self.batch.pairs.keep(key, Arc::clone(&compared));
        Ok(compared)
    }
}

/// The index as the comparisons ask it, remembering how many sellers show a photo.
pub(super) struct IndexArchive<'a> {
    engine: &'a Engine,
    sources: RefCell<HashMap<Hash256, usize>>,
}

impl<'a> IndexArchive<'a> {
    pub(super) fn new(engine: &'a Engine) -> Self {
        Self {
            engine,
            sources: RefCell::default(),
        }
    }
}

impl Archive for IndexArchive<'_> {
    fn photo_sources(&self, photo: &PhotoFingerprint) -> usize {
        let known = self.sources.borrow().get(&photo.full[0].pdq).copied();
        known.unwrap_or_else(|| {
            let sources = self.engine.photo_sources(photo);
            self.sources.borrow_mut().insert(photo.full[0].pdq, sources);
            sources
        })
    }

    fn text_agreement(&self, item: &Record, listing: &Record) -> Result<TextAgreement, EngineError> {
        self.engine.text_agreement(&item.text, &listing.text)
    }

    fn records(&self) -> u64 {
        (self.engine.len(Side::Registered) + self.engine.len(Side::Offered)) as u64
    }

    fn listings(&self) -> u64 {
        self.engine.len(Side::Offered) as u64
    }
}
