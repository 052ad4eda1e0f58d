//! What a record of a partner's is: a listing, the end of one, or the test listing of a decoy, which never is a listing.

use crate::domain::decoy::reference_in;
use crate::domain::ids::{DeliveryId, FeedId, ListingId, PartnerId};
use crate::domain::listing::{ListingDraft, ListingStatus, Seller};
use crate::store::{Reader, StoreError, Tx, Upserted};

/// What taking a record in came to.
pub(super) struct Taken {
    /// The listing; none for a decoy's.
    pub(super) listing: Option<ListingId>,
    /// Whether it is a listing that was not known.
    pub(super) is_new: bool,
    /// Whether it said something new.
    pub(super) is_accepted: bool,
    /// It takes a listing off sale that is not held.
    pub(super) is_of_nothing: bool,
}

/// Takes a record in: as a listing, or as the test listing of a decoy of the partner's. One of a decoy that was taken back is let
/// go: it is nobody's offer.
pub(super) fn take(
    tx: &mut Tx<'_>,
    partner: PartnerId,
    draft: &ListingDraft<Seller>,
    delivery: DeliveryId,
    feed: Option<FeedId>,
) -> Result<Taken, StoreError> {
    let reference = reference_in(&draft.reference);
    let decoy = reference
        .map(|reference| tx.decoy_by_reference(partner, reference))
        .transpose()?;
    let Some(decoy) = decoy.flatten() else {
        if draft.only_withdraws() {
            return withdraw(tx, partner, &draft.reference);
        }
        let upserted = tx.upsert_listing(partner, draft, delivery)?;
        return Ok(Taken {
            listing: Some(upserted.listing()),
            is_new: matches!(upserted, Upserted::New(_)),
            is_accepted: !matches!(upserted, Upserted::Unchanged(_)),
            is_of_nothing: false,
        });
    };
    let draft = shown(draft);
    let is_accepted = decoy.withdrawn_at.is_none() && decoy.came.is_none_or(|came| came.draft != draft);
    if is_accepted {
        tx.note_decoy_came(decoy.id, feed, &draft)?;
    }
    Ok(Taken {
        listing: None,
        is_new: false,
        is_accepted,
        is_of_nothing: false,
    })
}

/// Takes a listing off sale, of which nothing else is said.
fn withdraw(tx: &mut Tx<'_>, partner: PartnerId, reference: &str) -> Result<Taken, StoreError> {
    let listing = tx.listing_by_reference(partner, reference)?;
    let on_sale = listing
        .as_ref()
        .filter(|listing| listing.draft.status != ListingStatus::Withdrawn);
    if let Some(listing) = on_sale {
        tx.withdraw_listing(listing.id)?;
    }
    Ok(Taken {
        is_accepted: on_sale.is_some(),
        is_new: false,
        is_of_nothing: listing.is_none(),
        listing: listing.map(|listing| listing.id),
    })
}

/// Whether taking a record in would say something new.
pub(super) fn would_say_something(
    reader: &Reader<'_>,
    partner: PartnerId,
    draft: &ListingDraft<Seller>,
) -> Result<bool, StoreError> {
    let reference = reference_in(&draft.reference);
    let decoy = reference
        .map(|reference| reader.decoy_by_reference(partner, reference))
        .transpose()?;
    match decoy.flatten() {
        Some(decoy) => {
            let draft = shown(draft);
            Ok(decoy.withdrawn_at.is_none() && decoy.came.is_none_or(|came| came.draft != draft))
        }
        None if draft.only_withdraws() => {
            let listing = reader.listing_by_reference(partner, &draft.reference)?;
            Ok(listing.is_some_and(|listing| listing.draft.status != ListingStatus::Withdrawn))
        }
        None => Ok(!reader.holds_revision(partner, draft)?),
    }
}

/// What of a test listing is compared: nobody sells it, and nothing is fetched for it.
fn shown(draft: &ListingDraft<Seller>) -> ListingDraft<Seller> {
    ListingDraft {
        url: None,
        photos: Vec::new(),
        seller: None,
        ..draft.clone()
    }
}
