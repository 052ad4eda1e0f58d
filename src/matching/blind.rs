//! Which candidates are drawn for blind review.
//!
//! Those below the reporting threshold, for which number, photo, mark or loot set speak: what is never put to the police has no
//! outcome, and without a sample of it nobody would know what the threshold misses. Drawn by a keyed hash of item, listing and
//! theft: nobody can steer it by choosing what they send, both directions draw alike, and assessing a pair again draws no other.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::candidates::{Desk, HeldItem, HeldListing};
use super::{MatchingError, MatchingOptions};
use crate::domain::assessment::Assessment;
use crate::domain::blind_review::Drawn;
use crate::domain::ids::{ItemId, ListingId, TheftReportId};
use crate::domain::item::ItemStatus;

/// Whether this pair is drawn: for a share of all pairs, evenly.
fn is_drawn(options: &MatchingOptions, item: ItemId, listing: ListingId, theft: TheftReportId) -> bool {
    #[allow(clippy::expect_used)]
    let mut mac = Hmac::<Sha256>::new_from_slice(&options.blind_review_key).expect("HMAC takes keys of any length");
    for id in [item.0, listing.0, theft.0] {
        mac.update(id.as_bytes());
    }
    let digest: [u8; 32] = mac.finalize().into_bytes().into();
    let number = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    // 2^64, at which both ends are exact.
    (number as f64) < options.blind_review_share * 18_446_744_073_709_551_616.0
}

/// The candidate as it is drawn; none when it is not. `assessed` is what it came to when that is known already.
pub(super) fn draw(
    desk: &mut Desk<'_>,
    options: &MatchingOptions,
    item: &HeldItem,
    listing: &HeldListing,
    assessed: Option<Assessment>,
) -> Result<Option<Drawn>, MatchingError> {
    let ItemStatus::Stolen { theft_report } = item.item.status else {
        return Ok(None);
    };
    if !item.verified || !is_drawn(options, item.item.id, listing.listing.id, theft_report) {
        return Ok(None);
    }
    let assessment = match assessed {
        Some(assessment) => Some(assessment),
        None => desk.assess_telling(item, listing)?,
    };
    // What an outcome excludes has no odds to learn from.
    let assessment = assessment.filter(|assessment| assessment.log10_lr.is_some());
    Ok(assessment.map(|assessment| Drawn {
        item: item.item.id,
        listing: listing.listing.id,
        theft_report,
        share: options.blind_review_share,
        assessment: assessment.without_words(),
    }))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn drawn(share: f64, key: u8) -> Vec<u128> {
        let options = MatchingOptions {
            blind_review_share: share,
            blind_review_key: [key; 32],
            ..MatchingOptions::default()
        };
        let theft = TheftReportId(Uuid::from_u128(7));
        (0..4000)
            .filter(|one| is_drawn(&options, ItemId(Uuid::from_u128(1)), ListingId(Uuid::from_u128(*one)), theft))
            .collect()
    }

    #[test]
    fn a_share_of_all_is_drawn_always_the_same_and_more_of_a_larger_share() {
        let twentieth = drawn(0.05, 1);
        assert!((150..250).contains(&twentieth.len()), "{}", twentieth.len());
        assert_eq!(twentieth, drawn(0.05, 1));
        assert_ne!(twentieth, drawn(0.05, 2));
        let tenth = drawn(0.1, 1);
        assert!(twentieth.iter().all(|one| tenth.contains(one)));
        assert_eq!((drawn(0.0, 1).len(), drawn(1.0, 1).len()), (0, 4000));
    }
}
