//! Coincidence: how many listings of other sellers agree with an item by their words at least as well, counted on the archive.
//!
//! A description says which model it is. What that is worth for the *object* is measured here: the rarer the model on the
//! market, the more. The rate is no probability of guilt; beside it stands how many listings agree by chance.

use std::collections::HashSet;
use std::sync::Arc;

use replevin_index::{Record, RecordText, Sequence, Side};

use super::MatchingError;
use super::candidates::{Desk, HeldItem, HeldListing};
use super::compare::{Compared, description, price};
use super::weights::{bounds, description as as_described, photo, seller as weights};
use crate::domain::assessment::Comparison;
use crate::domain::ids::ListingId;
use crate::domain::listing::{Listing, Seller, SellerKey};
use crate::domain::money::Money;

/// Listings that are looked at for one item by its words, and so the most that can be counted as agreeing by chance.
pub(super) const LISTINGS_MAX: usize = 50;

/// They are counted anew once so many changes have come as are one in so many listings of the archive: what is counted among
/// fifty is no surer than that. A small archive is counted each time.
const COUNTED_PER: u64 = 10;
const COUNTED_FROM: u64 = 2_000;

/// Of those that are looked at, so many last ones must agree less: else more may follow.
const TAIL: usize = 5;

/// The listings that read like an item, as the archive stands: before the theft and after it, and whatever number they state,
/// since how many listings read so is asked, and not which of them could be the item.
#[derive(Debug, Default)]
pub(super) struct LookAlikes {
    /// Each with its seller and with how much its words agree, the likeliest by single words first; at most [`LISTINGS_MAX`].
    listings: Vec<(Option<Seller>, f64)>,
    /// Whether there may be more of them than were looked at.
    cut: bool,
    /// How many listings the archive had when they were counted.
    archive: usize,
    /// What is asked for those that read like the item, other numbers or not.
    offers: Vec<Offer>,
}

/// What was counted, and at which change.
pub(super) struct Counted {
    at: Sequence,
    found: Arc<LookAlikes>,
}

/// What is asked for a listing that reads like an item.
#[derive(Debug)]
struct Offer {
    listing: ListingId,
    seller: Option<SellerKey>,
    /// How much its words agree, log10.
    words: f64,
    price: Money,
}

impl LookAlikes {
    /// Share of the archive's listings, those of one seller left out, that read as much like the item; (k + 1) / (n + 1),
    /// so that none found is not never. 1 when so many of those looked at do, or the last of them still, that more may follow.
    pub(super) fn rate(&self, agreement: f64, seller: Option<&Seller>) -> f64 {
        match self.agreeing(agreement, seller) {
            Some(agreeing) => ((agreeing + 1) as f64 / (self.archive + 1) as f64).min(1.0),
            None => 1.0,
        }
    }

    /// How many listings of other sellers read as much like the item; none when more may follow than were looked at.
    fn agreeing(&self, agreement: f64, seller: Option<&Seller>) -> Option<usize> {
        let others = |other: &Option<Seller>| seller.zip(other.as_ref()).is_none_or(|(own, other)| own.key != other.key);
        // Of ten listings of one model the wordiest is no rarer than the others.
        let as_much = |(_, words): &&(Option<Seller>, f64)| *words > 0.0 && *words >= agreement - as_described::AS_WELL;
        let agreeing = || self.listings.iter().filter(as_much);
        let tail = &self.listings[self.listings.len().saturating_sub(TAIL)..];
        if self.cut && (agreeing().count() * 2 >= LISTINGS_MAX || tail.iter().any(|last| as_much(&last))) {
            return None;
        }
        Some(agreeing().filter(|(other, _)| others(other)).count())
    }

    /// The lowest price that each other seller asks for what reads as much like the item as a listing does.
    fn prices(&self, listing: &Listing, agreement: f64) -> Vec<Money> {
        let own = listing.draft.seller.as_ref().map(|seller| seller.key);
        let least = (agreement - as_described::AS_WELL).max(weights::LOOKS_LIKE);
        let mut others: Vec<&Offer> = (self.offers.iter())
            .filter(|offer| offer.words >= least && offer.listing != listing.id)
            .filter(|offer| offer.seller.is_none() || offer.seller != own)
            .collect();
        others.sort_by_key(|offer| (offer.price.hundredths, offer.listing));
        let mut sellers = HashSet::new();
        others.retain(|offer| offer.price.hundredths > 0 && offer.seller.is_none_or(|seller| sellers.insert(seller)));
        others.into_iter().map(|offer| offer.price.clone()).collect()
    }
}

/// How much a pair looks like one object, whatever else the seller offers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Likeness {
    /// What the description comes to, log10.
    pub(super) words: f64,
    /// What numbers, photos and marks come to, log10.
    individual: f64,
}

impl Likeness {
    /// The share of listings that look as much like the item: counted for the words, and what the rest says of it, but never
    /// less than one in the whole archive.
    pub(super) fn rate(&self, look_alikes: &LookAlikes, seller: &Seller) -> f64 {
        let by_words = look_alikes.rate(self.words, Some(seller));
        by_words
            .min(10.0_f64.powf(-self.individual))
            .max(least_rate(look_alikes.archive))
    }
}

/// The least share of an archive of so many listings that can be counted: one in all of it.
pub(super) fn least_rate(archive: usize) -> f64 {
    1.0 / (archive + 1) as f64
}

/// How much a pair looks like one object; none when something speaks against it or little for it.
pub(super) fn looks_like(compared: &Compared) -> Option<Likeness> {
    compared.log10_lr?;
    let weights = |comparison| {
        let told = compared.evidence.iter().filter(move |told| told.comparison == comparison);
        told.filter_map(|told| told.log10_lr)
    };
    let contradicted = weights(Comparison::Identifier).any(|weight| weight < 0.0);
    let words = words(compared);
    let individual = compared.individual;
    (!contradicted && words + individual >= weights::LOOKS_LIKE).then_some(Likeness { words, individual })
}

/// What the words of a pair come to, log10.
pub(super) fn words(compared: &Compared) -> f64 {
    let told = compared
        .evidence
        .iter()
        .filter(|told| told.comparison == Comparison::Description);
    told.filter_map(|told| told.log10_lr).sum()
}

/// A record with nothing but what it is called: what else is said of it costs more to look for than it finds.
pub(super) fn named(record: &Record) -> Record {
    Record {
        text: RecordText {
            description: String::new(),
            marks: String::new(),
            ..record.text.clone()
        },
        identifiers: Vec::new(),
        photos: Vec::new(),
        features: Vec::new(),
        ..*record
    }
}

impl Desk<'_> {
    pub(super) fn look_alikes(&mut self, item: &HeldItem) -> Result<Arc<LookAlikes>, MatchingError> {
        if let Some(known) = self.batch.look_alikes.get(&item.item.id.0) {
            return Ok(known);
        }
        if let Some(counted) = self.counted_lately(item) {
            self.batch.look_alikes.keep(item.item.id.0, Arc::clone(&counted));
            return Ok(counted);
        }
        let ids = self.engine.search_words(&named(&item.facts.record), LISTINGS_MAX)?;
        let mut found = LookAlikes {
            cut: ids.len() == LISTINGS_MAX,
            archive: self.engine.len(Side::Offered),
            ..LookAlikes::default()
        };
        for id in ids {
            let Some(listing) = self.listing(id)? else { continue };
            let compared = self.plain(item, &listing)?;
            let words = words(&compared);
            let seller = listing.listing.draft.seller.clone();
            found.offers.extend(listing.listing.draft.price.clone().map(|price| Offer {
                listing: listing.listing.id,
                seller: seller.as_ref().map(|seller| seller.key),
                words,
                price,
            }));
            found.listings.push((seller, words));
        }
        let found = Arc::new(found);
        self.batch.look_alikes.keep(item.item.id.0, Arc::clone(&found));
        if let Some(recent) = self.recent {
            let counted = Counted {
                at: self.engine.checkpoint(),
                found: Arc::clone(&found),
            };
            recent.look_alikes.keep(item.item.id.0, Arc::new(counted));
        }
        Ok(found)
    }

    /// What was counted lately and has not changed by so much that it shows.
    fn counted_lately(&self, item: &HeldItem) -> Option<Arc<LookAlikes>> {
        let counted = self.recent?.look_alikes.get(&item.item.id.0)?;
        let changes = self.engine.checkpoint().0.saturating_sub(counted.at.0);
        let archive = self.engine.len(Side::Offered) as u64;
        let stands = archive >= COUNTED_FROM && changes <= archive / COUNTED_PER;
        stands.then(|| Arc::clone(&counted.found))
    }

    /// The pair with its description weighed by how many listings agree as well, where it is marks or a loot set that tell
    /// objects apart. A number carries its model in itself, and a copied photo its words.
    pub(super) fn measured(
        &mut self,
        item: &HeldItem,
        listing: &HeldListing,
        compared: Arc<Compared>,
    ) -> Result<Arc<Compared>, MatchingError> {
        let weight = |comparison| {
            let mut told = compared.evidence.iter();
            told.find(|told| told.comparison == comparison).and_then(|told| told.log10_lr)
        };
        let rests_on_words = weight(Comparison::Marks).or(weight(Comparison::Seller)).is_some()
            && weight(Comparison::Identifier).is_none()
            && weight(Comparison::Photo) < Some(photo::EXPLAINS_TEXT);
        let Some(likeness) = looks_like(&*self.plain(item, listing)?).filter(|one| rests_on_words && one.words > 0.0) else {
            return Ok(compared);
        };
        let look_alikes = self.look_alikes(item)?;
        let coincidence = description::Coincidence {
            agreeing: look_alikes.agreeing(likeness.words, listing.listing.draft.seller.as_ref()),
            archive: look_alikes.archive,
            on_sale: self.on_sale,
            could_be: self.could_be(),
        };
        Ok(Arc::new(compared.with_description(|evidence| {
            description::measure(evidence, compared.described_against, coincidence);
        })))
    }

    /// The pair with its price beside what others ask, where that may matter: what is asked for strangers is not looked up.
    pub(super) fn priced(
        &mut self,
        item: &HeldItem,
        listing: &HeldListing,
        compared: Arc<Compared>,
    ) -> Result<Arc<Compared>, MatchingError> {
        let Some(asked) = &listing.listing.draft.price else {
            return Ok(compared);
        };
        // The seller's history is weighed after it.
        let [most, history] = [Comparison::Price, Comparison::Seller].map(|comparison| bounds(comparison)[1]);
        if !self.may_matter(&compared, most + history) {
            return Ok(compared);
        }
        let agreement = words(&*self.plain(item, listing)?);
        let others = self.look_alikes(item)?.prices(&listing.listing, agreement);
        Ok(match price::compare(asked, &others) {
            Some(evidence) => Arc::new(compared.beside(evidence)),
            None => compared,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::listing::SellerKey;

    fn seller(number: u8) -> Seller {
        Seller {
            key: SellerKey([number; 32]),
            since: None,
        }
    }

    #[test]
    fn other_sellers_listings_that_agree_as_well_are_counted() {
        let look_alikes = LookAlikes {
            listings: vec![
                (Some(seller(1)), 0.9),
                (Some(seller(2)), 0.8),
                (None, 0.8),
                (Some(seller(3)), 0.5),
            ],
            cut: false,
            archive: 999,
            ..LookAlikes::default()
        };
        for (agreement, except, expected) in [
            (1.1, None, 1),
            (0.95, None, 4),
            (0.8, None, 4),
            (0.8, Some(1), 3),
            (0.8, Some(9), 4),
            (0.6, None, 5),
            (0.4, Some(3), 4),
        ] {
            let rate = look_alikes.rate(agreement, except.map(seller).as_ref());
            assert!(
                (rate - f64::from(expected) / 1000.0).abs() < 1e-12,
                "{agreement} {except:?}: {rate}"
            );
        }
    }

    #[test]
    fn what_may_go_on_is_everybodys() {
        let many = |count: usize| LookAlikes {
            listings: (0..LISTINGS_MAX)
                .map(|place| (None, if place < count { 0.6 } else { 0.1 }))
                .collect(),
            cut: true,
            archive: 1_000_000,
            ..LookAlikes::default()
        };
        assert!(many(LISTINGS_MAX / 2).rate(0.6, None) >= 1.0);
        assert!(many(LISTINGS_MAX / 2).rate(0.8, None) < 1e-5);
        assert!(many(LISTINGS_MAX / 2 - 1).rate(0.6, None) < 1e-4);
        // Few agree, but the last one looked at does.
        let mut late = many(3);
        late.listings[LISTINGS_MAX - 1].1 = 0.6;
        assert!(late.rate(0.6, None) >= 1.0);
        late.cut = false;
        assert!(late.rate(0.6, None) < 1e-5);
    }
}
