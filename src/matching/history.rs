//! A seller's history: earlier thefts whose goods were found with the same seller.
//!
//! Only outcomes count that somebody held in their hands: what was recovered or went back to its owner. What was merely reported
//! or confirmed on a screen would let one mistake speak for the next. What it is worth is in [`super::compare::seller`].

use std::sync::Arc;

use super::MatchingError;
use super::candidates::{Desk, HeldItem, HeldListing};
use super::compare::{Compared, seller};
use super::weights::bounds;
use crate::domain::assessment::Comparison;
use crate::domain::item::ItemStatus;

/// Of the closed reports on a seller, so many newest are looked at.
const RECOVERED_MAX: usize = 50;

impl Desk<'_> {
    /// The numbers of the reports by which the goods of other thefts than the item's were found with the listing's seller, the
    /// newest of each theft.
    pub(super) fn history(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Vec<u64>, MatchingError> {
        let (ItemStatus::Stolen { theft_report }, Some(seller)) = (item.item.status, &listing.listing.draft.seller) else {
            return Ok(Vec::new());
        };
        let recovered = match self.sets.recovered.get(&seller.key) {
            Some(known) => Arc::clone(known),
            None => {
                let read = Arc::new(self.reader.recovered_from_seller(seller.key, RECOVERED_MAX)?);
                self.sets.recovered.insert(seller.key, Arc::clone(&read));
                read
            }
        };
        let mut thefts = vec![theft_report];
        let mut numbers = Vec::new();
        for &(theft, number) in &*recovered {
            if !thefts.contains(&theft) {
                thefts.push(theft);
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    /// The pair with its seller's history, where that may matter.
    pub(super) fn with_history(
        &mut self,
        item: &HeldItem,
        listing: &HeldListing,
        compared: Arc<Compared>,
    ) -> Result<Arc<Compared>, MatchingError> {
        let [_, most] = bounds(Comparison::Seller);
        if !self.may_matter(&compared, most) {
            return Ok(compared);
        }
        let history = self.history(item, listing)?;
        let told = compared.evidence.iter().filter(|told| told.comparison == Comparison::Seller);
        let loot_set: f64 = told.filter_map(|told| told.log10_lr).sum();
        Ok(match seller::history(&history, loot_set) {
            Some(evidence) => Arc::new(compared.beside(evidence)),
            None => compared,
        })
    }
}
