//! Loot sets: several objects of one burglary that one seller offers.
//!
//! A pair of an item and a listing that share no number and no photo is found here by its words, when the same seller also
//! offers what looks like other objects of the same theft. Owns who belongs to such a set and how often chance would make one;
//! what that is worth is in [`super::compare::seller`].
//!
//! Cheap first: most listings of a batch share no two words of their names with any stolen item, most sellers offer one thing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use replevin_index::Side;
use uuid::Uuid;

use super::MatchingError;
use super::candidates::{Desk, HeldItem, HeldListing};
use super::coincidence::{LISTINGS_MAX, least_rate, looks_like, named};
use super::compare::seller::{Companion, at_most, chance};
use super::names::Names;
use crate::domain::ids::{ItemId, ListingId, TheftReportId};
use crate::domain::item::ItemStatus;
use crate::domain::listing::{Seller, SellerKey};

/// Items that are looked at for one listing by its words.
const ITEMS_MAX: usize = 10;
/// A theft of more objects is a store's, not a household's: whatever anybody sells looks like one of them.
const THEFT_ITEMS_MAX: usize = 20;
/// Of a seller's listings, so many newest are looked at.
const SELLER_LISTINGS_MAX: usize = 30;
/// Of the open reports on a seller's other listings, at most this many newest are judged again on account of one.
pub(super) const SELLER_REPORTS_MAX: usize = 50;

/// What is known of sellers and their loot sets for the length of a batch.
#[derive(Default)]
pub(super) struct Sets {
    thefts: HashMap<TheftReportId, Arc<Vec<ItemId>>>,
    sold: HashMap<SellerKey, u64>,
    offered: HashMap<SellerKey, Arc<Vec<(ListingId, Arc<Names>)>>>,
    reported: HashMap<SellerKey, Arc<Vec<(ItemId, TheftReportId)>>>,
    /// Thefts whose goods were recovered from a seller, each with the report's number.
    pub(super) recovered: HashMap<SellerKey, Arc<Vec<(TheftReportId, u64)>>>,
    /// Of pairs of an item and a listing: what else the seller offers that looks like something else of the burglary.
    beside: HashMap<(Uuid, Uuid), Arc<Beside>>,
    /// What records are named, without the rest of them.
    names: HashMap<(Side, Uuid), Arc<Names>>,
}

/// Pairs of another item of the burglary and another listing of the seller that looks like it.
type Beside = Vec<(ItemId, ListingId)>;

impl Desk<'_> {
    /// The listings that belong to one loot set with an item, and those items of the theft that are in the set as well.
    pub(super) fn loot_of_item(&mut self, item: &HeldItem) -> Result<BTreeSet<Uuid>, MatchingError> {
        let mut found = BTreeSet::new();
        let Some(theft) = theft_of(item) else { return Ok(found) };
        if self.stolen_with(theft)?.len() < 2 {
            return Ok(found);
        }
        for id in self.engine.search_words(&named(&item.facts.record), LISTINGS_MAX)? {
            if self.may_look_like(item.item.id, ListingId(id))?
                && let Some(listing) = self.listing(id)?
                && !self.beside(item, &listing)?.is_empty()
            {
                found.insert(id);
            }
        }
        Ok(found)
    }

    /// The items with which a listing belongs to a loot set, and all other items of those sets.
    pub(super) fn loot_of_listing(&mut self, listing: &HeldListing) -> Result<(BTreeSet<Uuid>, BTreeSet<Uuid>), MatchingError> {
        let (mut found, mut others) = (BTreeSet::new(), BTreeSet::new());
        if self.sold_beside(listing)? < 2 {
            return Ok((found, others));
        }
        for id in self.engine.search_words(&named(&listing.facts.record), ITEMS_MAX)? {
            // Most are not stolen, or alone: they are not even read.
            let theft = self.reader.theft_of_item(ItemId(id))?;
            if theft
                .map(|theft| self.stolen_with(theft))
                .transpose()?
                .is_none_or(|items| items.len() < 2)
            {
                continue;
            }
            if !self.may_look_like(ItemId(id), listing.listing.id)? {
                continue;
            }
            let Some(item) = self.item(id)? else { continue };
            let beside = self.beside(&item, listing)?;
            if !beside.is_empty() {
                found.insert(id);
                others.extend(beside.iter().map(|(other, _)| other.0));
            }
        }
        Ok((found, others))
    }

    /// The other objects of the item's theft that the listing's seller offers too, each by its likeliest listing; none when
    /// the pair does not look like one object itself.
    pub(super) fn companions(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Vec<Companion>, MatchingError> {
        let beside = self.beside(item, listing)?;
        let Some(seller) = (listing.listing.draft.seller.as_ref()).filter(|_| !beside.is_empty()) else {
            return Ok(Vec::new());
        };
        let tries = self.tries(item, listing)?;
        let mut companions: Vec<Companion> = Vec::new();
        for &(other, beside) in &*beside {
            let Some((other, beside)) = self.item(other.0)?.zip(self.listing(beside.0)?) else {
                continue;
            };
            if let Some(chance) = self.chance_of(&other, &beside, seller, tries)? {
                companions.push(Companion {
                    item: other.item.id,
                    listing: beside.listing.id,
                    title: other.item.draft.description.title.clone(),
                    chance,
                });
            }
        }
        // The rarest first; each object and each listing once.
        companions.sort_by(|a, b| (a.chance.total_cmp(&b.chance)).then_with(|| (a.item, a.listing).cmp(&(b.item, b.listing))));
        let (mut items, mut listings): (HashSet<ItemId>, HashSet<ListingId>) = Default::default();
        companions.retain(|one| {
            let new = !items.contains(&one.item) && !listings.contains(&one.listing);
            new && items.insert(one.item) && listings.insert(one.listing)
        });
        Ok(companions)
    }

    /// What the companions of a pair can come to at most, log10: each as if nobody else offered its like.
    pub(super) fn companions_at_most(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<f64, MatchingError> {
        let beside = self.beside(item, listing)?;
        let others: HashSet<ItemId> = beside.iter().map(|(other, _)| *other).collect();
        let rate = least_rate(self.engine.len(Side::Offered));
        Ok(at_most(others.len(), chance(rate, self.tries(item, listing)?)))
    }

    /// What else the listing's seller offers that looks like something else of the item's theft, however often chance does
    /// that; nothing when the pair does not look like one object itself.
    pub(super) fn beside(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Arc<Beside>, MatchingError> {
        let key = (item.item.id.0, listing.listing.id.0);
        if let Some(known) = self.sets.beside.get(&key) {
            return Ok(Arc::clone(known));
        }
        let beside = Arc::new(self.look_beside(item, listing)?);
        self.sets.beside.insert(key, Arc::clone(&beside));
        Ok(beside)
    }

    fn look_beside(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Beside, MatchingError> {
        let Some((theft, seller)) = theft_of(item).zip(listing.listing.draft.seller.as_ref()) else {
            return Ok(Vec::new());
        };
        if self.stolen_with(theft)?.len() < 2
            || self.sold_beside(listing)? < 2
            || !self.may_look_like(item.item.id, listing.listing.id)?
        {
            return Ok(Vec::new());
        }
        // By name first: to read and compare all that is said costs the most.
        let mut others = Vec::new();
        for &other in self.stolen_with(theft)?.iter().filter(|other| **other != item.item.id) {
            others.push((other, self.names(Side::Registered, other.0)?));
        }
        let mut named_alike = Vec::new();
        let offered = self.seller_listings(seller)?;
        for (beside, theirs) in offered.iter().filter(|(beside, _)| *beside != listing.listing.id) {
            let alike = others.iter().filter(|(_, ours)| ours.may_mean(theirs));
            named_alike.extend(alike.map(|(other, _)| (*other, *beside)));
        }
        if named_alike.is_empty() || looks_like(&*self.plain(item, listing)?).is_none() {
            return Ok(Vec::new());
        }
        let mut look_alike = Vec::with_capacity(named_alike.len());
        for (other, beside) in named_alike {
            let Some(held) = self.item(other.0)?.filter(|other| other.verified) else {
                continue;
            };
            let Some(offered) = self.listing(beside.0)? else { continue };
            if looks_like(&*self.plain(&held, &offered)?).is_some() {
                look_alike.push((other, beside));
            }
        }
        Ok(look_alike)
    }

    /// The items of the open reports on a seller's other listings for which a listing could speak, or could have spoken: it is
    /// named like something of the same burglary.
    pub(super) fn reported_beside(&mut self, listing: &HeldListing) -> Result<Vec<ItemId>, MatchingError> {
        let Some(seller) = listing.listing.draft.seller.as_ref() else {
            return Ok(Vec::new());
        };
        let reported = match self.sets.reported.get(&seller.key) {
            Some(known) => Arc::clone(known),
            None => {
                let read = Arc::new(self.reader.open_reports_of_seller(&seller.key.0, SELLER_REPORTS_MAX)?);
                self.sets.reported.insert(seller.key, Arc::clone(&read));
                read
            }
        };
        let mut items = Vec::new();
        for &(item, theft) in &*reported {
            for &stolen in &*self.stolen_with(theft)? {
                if self.may_look_like(stolen, listing.listing.id)? {
                    items.push(item);
                    break;
                }
            }
        }
        Ok(items)
    }

    /// How many pairs could make a companion by chance: each listing of the seller with each other object of the theft. That only
    /// one of nineteen objects turned up is then told as what it is.
    fn tries(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<u64, MatchingError> {
        let others = match theft_of(item) {
            Some(theft) => self.stolen_with(theft)?.len().saturating_sub(1),
            None => 0,
        };
        Ok(self.sold_beside(listing)?.saturating_mul(others.max(1) as u64))
    }

    /// Probability that in so many tries chance brings what looks as much like an item as this listing does; none when it does
    /// not look like it.
    fn chance_of(
        &mut self,
        item: &HeldItem,
        listing: &HeldListing,
        seller: &Seller,
        tries: u64,
    ) -> Result<Option<f64>, MatchingError> {
        let Some(likeness) = looks_like(&*self.plain(item, listing)?) else {
            return Ok(None);
        };
        let rate = likeness.rate(&*self.look_alikes(item)?, seller);
        Ok(Some(chance(rate, tries)))
    }

    /// The items of a theft; none of one that is too large to be a set.
    fn stolen_with(&mut self, theft: TheftReportId) -> Result<Arc<Vec<ItemId>>, MatchingError> {
        if let Some(known) = self.sets.thefts.get(&theft) {
            return Ok(Arc::clone(known));
        }
        let items = self.reader.stolen_items(theft)?;
        let items = Arc::new(if items.len() > THEFT_ITEMS_MAX { Vec::new() } else { items });
        self.sets.thefts.insert(theft, Arc::clone(&items));
        Ok(items)
    }

    /// How many listings the seller of a listing has or had, itself included; 0 when nobody knows the seller.
    fn sold_beside(&mut self, listing: &HeldListing) -> Result<u64, MatchingError> {
        let Some(seller) = &listing.listing.draft.seller else {
            return Ok(0);
        };
        if let Some(known) = self.sets.sold.get(&seller.key) {
            return Ok(*known);
        }
        let count = self.reader.count_listings_of_seller(seller.key)?;
        self.sets.sold.insert(seller.key, count);
        Ok(count)
    }

    /// The seller's newest listings and what they are named.
    fn seller_listings(&mut self, seller: &Seller) -> Result<Arc<Vec<(ListingId, Arc<Names>)>>, MatchingError> {
        if let Some(known) = self.sets.offered.get(&seller.key) {
            return Ok(Arc::clone(known));
        }
        let mut named = Vec::with_capacity(SELLER_LISTINGS_MAX);
        for id in self.reader.listing_ids_of_seller(seller.key, SELLER_LISTINGS_MAX)? {
            named.push((id, self.names(Side::Offered, id.0)?));
        }
        let named = Arc::new(named);
        self.sets.offered.insert(seller.key, Arc::clone(&named));
        Ok(named)
    }

    /// Whether both are named so much alike that they may be of one model. Reads nothing else of either.
    fn may_look_like(&mut self, item: ItemId, listing: ListingId) -> Result<bool, MatchingError> {
        let ours = self.names(Side::Registered, item.0)?;
        let theirs = self.names(Side::Offered, listing.0)?;
        Ok(ours.may_mean(&theirs))
    }

    fn names(&mut self, side: Side, id: Uuid) -> Result<Arc<Names>, MatchingError> {
        let key = (side, id);
        if let Some(known) = self.sets.names.get(&key) {
            return Ok(Arc::clone(known));
        }
        let mut names = self.recent.and_then(|recent| recent.names.get(&key));
        if names.is_none() {
            let read = match side {
                Side::Registered => self.reader.item_description(ItemId(id)),
                Side::Offered => self.reader.listing_description(ListingId(id)),
            };
            let described = match read {
                Ok(description) => description,
                // What cannot be read is told of where it is matched itself.
                Err(error) if error.is_damaged_row() => None,
                Err(error) => return Err(error.into()),
            };
            let read = Arc::new(described.as_ref().map(Names::of).unwrap_or_default());
            // What could not be read may be readable when the next batch asks.
            if let Some(recent) = self.recent.filter(|_| !read.is_empty()) {
                recent.names.keep(key, Arc::clone(&read));
            }
            names = Some(read);
        }
        let names = names.unwrap_or_default();
        self.sets.names.insert(key, Arc::clone(&names));
        Ok(names)
    }
}

/// The verified theft of a stolen item.
fn theft_of(item: &HeldItem) -> Option<TheftReportId> {
    match item.item.status {
        ItemStatus::Stolen { theft_report } if item.verified => Some(theft_report),
        _ => None,
    }
}
