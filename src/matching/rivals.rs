//! Who competes with a pair: the other items that its listing could be, and the other listings that could be its item.
//!
//! Whatever is registered competes, whether it is stolen or safe at home, as it stood before the theft. What somebody enters
//! afterwards does not, unless an officer has verified its theft: whoever has the goods, or only sees the listing, could else
//! register the victim's number or photo and so take the probability out of the report.

use super::MatchingError;
use super::assess::Competition;
use super::candidates::{Desk, HeldItem, HeldListing};
use super::same_object::{same_offered, same_registered};

impl Desk<'_> {
    /// The competition of a pair.
    pub(super) fn competition(&mut self, item: &HeldItem, listing: &HeldListing) -> Result<Competition, MatchingError> {
        let mut competition = Competition::default();
        let found = self.found(&listing.facts.record)?;
        for &id in found.telling.iter().filter(|id| **id != item.item.id.0) {
            let Some(other) = self.item(id)? else { continue };
            let rival = self.compared(&other, listing)?;
            if !rival.tells_apart() || same_registered(&item.facts.record, &other.facts.record) {
                continue;
            }
            if self.is_late(item, &other)? {
                competition.late_items += 1;
                continue;
            }
            let odds = self.prior.odds(&rival);
            competition.items.push(odds);
            if other.is_stolen() && other.verified {
                competition.stolen_items.push(odds);
            }
        }
        let found = self.found(&item.facts.record)?;
        for &id in found.telling.iter().filter(|id| **id != listing.listing.id.0) {
            let Some(other) = self.listing(id)? else { continue };
            let rival = self.compared(item, &other)?;
            if rival.tells_apart() && !same_offered(&listing.facts.record, &other.facts.record) {
                competition.listings.push(self.prior.odds(&rival));
            }
        }
        Ok(competition)
    }

    /// Whether a rival of a verified theft's item was entered, or changed to what it says, after the earliest time of the theft,
    /// and no officer has seen it.
    fn is_late(&self, item: &HeldItem, rival: &HeldItem) -> Result<bool, MatchingError> {
        let theft = item.facts.theft.as_ref().filter(|_| item.verified);
        let Some(from) = theft.and_then(|theft| theft.from).filter(|_| !rival.verified) else {
            return Ok(false);
        };
        let described = self.reader.item_described_at(rival.item.id)?;
        Ok(described.unwrap_or(rival.item.created_at) > from)
    }
}
