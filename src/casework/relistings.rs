//! One object offered again under another number: the offers before and after a listing, and what was decided about them.
//!
//! Told when it is looked at, so that it is as true as the listings are. Whether one offer is another is for
//! [`relisting`]. An earlier decision is information: it decides nothing about a later report.

use std::collections::HashMap;

use crate::domain::ids::{ItemId, ListingId, ReportId};
use crate::domain::listing::{Listing, PhotoState};
use crate::domain::photo::ContentHash;
use crate::domain::relisting::{self, CARRIERS_MAX, RelistedBy, Shared, alike, relisted};
use crate::domain::report::{Decision, ReportState, Review};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// A seller's listings that are looked at, the newest ones.
const SELLER_LISTINGS_MAX: usize = 200;
/// Photos of a listing that are compared with those of the seller's others.
const PHOTOS_COMPARED: usize = 8;
/// Offers that are told.
const TOLD_MAX: usize = 10;

/// The same object in another offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Relisting {
    /// The other offer.
    pub listing: ListingId,
    /// With whom it is.
    pub partner_name: String,
    /// The partner's own id of it.
    pub reference: String,
    /// What it is called.
    pub title: String,
    /// When we first received it.
    pub received_at: Timestamp,
    /// Whether it came before.
    pub earlier: bool,
    /// By what it was recognised.
    pub by: RelistedBy,
    /// The reports on it.
    pub reports: Vec<FormerReport>,
}

/// A report on another offer of the same object.
#[derive(Debug, Clone, PartialEq)]
pub struct FormerReport {
    /// Its id.
    pub id: ReportId,
    /// Its number.
    pub number: u64,
    /// The state's word.
    pub state: &'static str,
    /// Whether it is about the item that is asked about.
    pub same_item: bool,
    /// What was decided, with the reasons and when.
    pub review: Option<Review>,
}

impl FormerReport {
    /// What was decided about it, where something was.
    #[must_use]
    pub fn decision(&self) -> Option<Decision> {
        self.review.as_ref().map(|review| review.decision)
    }
}

/// The offers of the same object before and after a listing, the newest first; `item`: the one that a report is about.
///
/// # Errors
/// A failure of the store.
pub fn of_listing(reader: &Reader<'_>, listing: &Listing, item: Option<ItemId>) -> Result<Vec<Relisting>, StoreError> {
    let mut found = Vec::new();
    for (id, shared) in candidates(reader, listing)? {
        let Some(other) = reader.listing(id)? else { continue };
        let earlier = other.received_at < listing.received_at;
        let by = match earlier {
            true => relisted(&other, listing, shared),
            false => relisted(listing, &other, shared),
        };
        if let Some(by) = by {
            found.push(told(reader, other, earlier, by, item)?);
        }
    }
    found.sort_by_key(|relisting| std::cmp::Reverse(relisting.received_at));
    found.truncate(TOLD_MAX);
    Ok(found)
}

/// The partner's own ids of the offers that a listing follows, of the same partner and seller.
///
/// # Errors
/// A failure of the store.
pub fn own_earlier(reader: &Reader<'_>, listing: &Listing) -> Result<Vec<String>, StoreError> {
    let seller = listing.draft.seller.as_ref().map(|seller| seller.key);
    let mut references = Vec::new();
    for relisting in of_listing(reader, listing, None)?
        .iter()
        .filter(|relisting| relisting.earlier)
    {
        let other = reader.listing(relisting.listing)?;
        let own =
            other.filter(|other| other.partner == listing.partner && other.draft.seller.as_ref().map(|by| by.key) == seller);
        references.extend(own.map(|other| other.draft.reference));
    }
    Ok(references)
}

/// Listings that may be the same offer, and what they share with this one.
fn candidates(reader: &Reader<'_>, listing: &Listing) -> Result<HashMap<ListingId, Shared>, StoreError> {
    let mut candidates: HashMap<ListingId, Shared> = HashMap::new();
    for sha256 in photos(listing) {
        let carriers = reader.photo_carriers(sha256, CARRIERS_MAX + 1)?;
        if carriers.len() <= CARRIERS_MAX {
            for carrier in carriers {
                candidates.entry(carrier).or_default().photo = true;
            }
        }
    }
    if let Some(seller) = &listing.draft.seller {
        let of_seller = reader.listings_of_seller(seller.key, SELLER_LISTINGS_MAX)?;
        let others = of_seller.iter().filter(|other| other.id != listing.id);
        let (texts, rest): (Vec<&Listing>, Vec<&Listing>) = others.partition(|other| alike(other, listing));
        let few = texts.len() < CARRIERS_MAX;
        for id in near_photos(reader, listing, &of_seller)? {
            candidates.entry(id).or_default().near_photo = true;
        }
        for other in texts {
            candidates.entry(other.id).or_default().text = few;
        }
        // One number is enough, whatever else they share.
        for other in rest {
            candidates.entry(other.id).or_default();
        }
    }
    candidates.remove(&listing.id);
    Ok(candidates)
}

/// Those of a seller's listings with the same partner that show nearly what a listing shows; none where that is more than a few.
fn near_photos(reader: &Reader<'_>, listing: &Listing, of_seller: &[Listing]) -> Result<Vec<ListingId>, StoreError> {
    let ours = reader.fingerprints_of_listing(listing.id, PHOTOS_COMPARED)?;
    if ours.is_empty() {
        return Ok(Vec::new());
    }
    let mut near = Vec::new();
    for other in of_seller {
        let is_other = other.id != listing.id && other.partner == listing.partner;
        if is_other && relisting::near(&ours, &reader.fingerprints_of_listing(other.id, PHOTOS_COMPARED)?) {
            near.push(other.id);
        }
    }
    Ok(if near.len() < CARRIERS_MAX { near } else { Vec::new() })
}

fn photos(listing: &Listing) -> impl Iterator<Item = ContentHash> + '_ {
    listing.photos.iter().filter_map(|photo| match photo.state {
        PhotoState::Held { sha256 } => Some(sha256),
        PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
    })
}

fn told(
    reader: &Reader<'_>,
    other: Listing,
    earlier: bool,
    by: RelistedBy,
    item: Option<ItemId>,
) -> Result<Relisting, StoreError> {
    let partner = reader.partner(other.partner)?;
    let reports = reader.reports_of_listing(other.id)?.into_iter().map(|report| FormerReport {
        id: report.id,
        number: report.number,
        state: report.state.word(),
        same_item: item == Some(report.item),
        review: match report.state {
            ReportState::Decided(review) | ReportState::Closed { review, .. } => Some(review),
            ReportState::Open | ReportState::InReview { .. } => None,
        },
    });
    Ok(Relisting {
        listing: other.id,
        partner_name: partner.map(|partner| partner.name).unwrap_or_default(),
        reference: other.draft.reference,
        title: other.draft.description.title,
        received_at: other.received_at,
        earlier,
        by,
        reports: reports.collect(),
    })
}
