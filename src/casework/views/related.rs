//! Other reports that have to do with one: those that compete with it, each with its share, and those on the same seller.

use super::{SELLER_LISTINGS_MAX, item_view};
use crate::casework::relistings::Relisting;
use crate::domain::ids::ReportId;
use crate::domain::item::Item;
use crate::domain::joint::shares;
use crate::domain::listing::Listing;
use crate::domain::relisting::{offered_again, registered_again};
use crate::domain::report::Report;
use crate::store::{Reader, StoreError};

/// Another report that has to do with one.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherReport {
    /// Its id.
    pub id: ReportId,
    /// Its number.
    pub number: u64,
    /// The state's word.
    pub state: &'static str,
    /// How probable.
    pub probability: f64,
    /// What the item is called; empty when it is hidden.
    pub item_title: String,
    /// What the listing is called.
    pub listing_title: String,
}

/// How a report stands in a contest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing {
    /// It competes, and has this share of the probability, 0 to 1.
    Rival(f64),
    /// It does not compete: it is about the same object, offered or registered again.
    SameObject,
    /// It turned out not to be the item.
    Out,
}

/// The reports that exclude one another, because they are on one listing or on one item. The shares of those that compete and of
/// none of them add up to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Contest {
    /// How the report itself stands.
    pub own: Standing,
    /// The others, the most probable first.
    pub others: Vec<(OtherReport, Standing)>,
    /// What is left for none of them, or for what is too improbable for a report.
    pub none: f64,
}

/// What competes with a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Rivals {
    /// For the same listing: other items.
    pub for_listing: Contest,
    /// For the same item, of the same theft: other listings.
    pub for_item: Contest,
}

impl Contest {
    fn of(own: &Report, mut others: Vec<(OtherReport, bool, bool)>) -> Self {
        others.sort_by(|(a, ..), (b, ..)| b.probability.total_cmp(&a.probability).then(a.number.cmp(&b.number)));
        let stands = !own.state.is_not_the_item();
        let own = if stands { own.assessment.probability } else { 0.0 };
        let competing = others.iter().filter(|(_, same_object, is_out)| !same_object && !is_out);
        let probabilities: Vec<f64> = std::iter::once(own)
            .chain(competing.map(|(other, ..)| other.probability))
            .collect();
        let (shares, none) = shares(&probabilities);
        let mut shares = shares.into_iter();
        let own = shares.next().filter(|_| stands).map_or(Standing::Out, Standing::Rival);
        let others = others.into_iter().map(|(other, same_object, is_out)| {
            let standing = match (is_out, same_object) {
                (true, _) => Standing::Out,
                (false, true) => Standing::SameObject,
                (false, false) => shares.next().map_or(Standing::Out, Standing::Rival),
            };
            (other, standing)
        });
        Self {
            own,
            others: others.collect(),
            none,
        }
    }
}

/// What competes with a report on this item and this listing; `again`: the same object in other offers.
///
/// # Errors
/// A failure of the store.
pub(super) fn rivals(
    reader: &Reader<'_>,
    report: &Report,
    (item, listing): (&Item, &Listing),
    again: &[Relisting],
) -> Result<Rivals, StoreError> {
    let (mut for_listing, mut for_item) = (Vec::new(), Vec::new());
    for other in reader.reports_of_listing(report.listing)? {
        if let Some(theirs) = reader.item(other.item)?.filter(|_| other.id != report.id) {
            let same_object = registered_again(&item.draft.description, &theirs.draft.description);
            for_listing.push((told(&other, theirs, listing), same_object, other.state.is_not_the_item()));
        }
    }
    for other in reader.reports_of_item(report.item)? {
        if other.id == report.id || other.theft_report != report.theft_report {
            continue;
        }
        if let Some(theirs) = reader.listing(other.listing)? {
            let same_object = offered_again(listing, &theirs) || again.iter().any(|relisting| relisting.listing == other.listing);
            for_item.push((
                told(&other, item.clone(), &theirs),
                same_object,
                other.state.is_not_the_item(),
            ));
        }
    }
    Ok(Rivals {
        for_listing: Contest::of(report, for_listing),
        for_item: Contest::of(report, for_item),
    })
}

/// Further reports on the listings of a listing's seller, the most probable first.
///
/// # Errors
/// A failure of the store.
pub(super) fn others_of_seller(reader: &Reader<'_>, report: &Report, listing: &Listing) -> Result<Vec<OtherReport>, StoreError> {
    let Some(seller) = &listing.draft.seller else {
        return Ok(Vec::new());
    };
    let mut others = Vec::new();
    for listing in reader.listings_of_seller(seller.key, SELLER_LISTINGS_MAX)? {
        for other in reader.reports_of_listing(listing.id)? {
            if let Some(item) = reader.item(other.item)?.filter(|_| other.id != report.id) {
                others.push(told(&other, item, &listing));
            }
        }
    }
    others.sort_by(|a: &OtherReport, b| b.probability.total_cmp(&a.probability).then(a.number.cmp(&b.number)));
    Ok(others)
}

fn told(other: &Report, item: Item, listing: &Listing) -> OtherReport {
    OtherReport {
        id: other.id,
        number: other.number,
        state: other.state.word(),
        probability: other.assessment.probability,
        item_title: item_view(item).draft.description.title,
        listing_title: listing.draft.description.title.clone(),
    }
}
