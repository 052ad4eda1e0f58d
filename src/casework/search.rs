//! An officer's free search over items and listings: for a stated purpose, repeated in the log with each search.
//!
//! What was found by words, numbers and pictures comes from the index as ids; this file lets through what the police may see and
//! what the further conditions leave, and logs the search in the transaction that reads. Items that are not stolen stay
//! invisible. The log holds a digest of what was asked, never the words.

use serde_json::{Value, json};

use super::views::item_view;
use super::{Casework, CaseworkError, POLICE};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, Purpose, PurposeError, SubjectKind};
use crate::domain::ids::{ItemId, ListingId, ReportId};
use crate::domain::listing::{Listing, SellerKey};
use crate::domain::number_pattern::NumberPattern;
use crate::domain::place::Place;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// Results of each side that are shown.
const SHOWN_MAX: usize = 50;
/// Things of each side that are taken up by number, place, time or seller: more than are shown, as the further conditions leave some
/// out.
const FITTING_MAX: usize = 500;

/// What is searched for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Search {
    /// Items that the index found, best first, and how.
    pub items: Vec<(ItemId, String)>,
    /// Listings that the index found, best first, and how.
    pub listings: Vec<(ListingId, String)>,
    /// Whether the index was asked at all: else things are found by the further conditions.
    pub by_index: bool,
    /// A number of which a part can be read: what it can be is shown beside what the index found.
    pub number: Option<NumberPattern>,
    /// On listings of this seller.
    pub seller: Option<SoughtSeller>,
    /// The place's country is this, or its postcode or town begins so, in small letters.
    pub place: Option<String>,
    /// Listings received, and thefts that happened, from then on…
    pub from: Option<Timestamp>,
    /// …and before.
    pub to: Option<Timestamp>,
    /// SHA-256 of what was typed and shown, for the log.
    pub digest: String,
    /// Which fields were used.
    pub fields: Vec<&'static str>,
    /// Whether what was typed names the surname of whoever searches, for the log.
    pub own_surname: bool,
}

/// Whose listings are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoughtSeller {
    /// The seller of the report of this number.
    OfReport(u64),
    /// The seller that a partner calls so.
    Key(SellerKey),
}

/// An item that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundItem {
    /// What its owner calls it.
    pub title: String,
    /// How it was found.
    pub how: String,
    /// The theft report that names it, and the police's number of its case.
    pub theft: crate::domain::ids::TheftReportId,
    /// The police's number of the case.
    pub case: Option<String>,
    /// When it was stolen.
    pub stolen: (Timestamp, Timestamp),
    /// Where.
    pub place: Place,
}

/// A listing that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundListing {
    /// The listing, with the seller unreadable.
    pub listing: Listing,
    /// With whom it is.
    pub partner_name: String,
    /// How it was found.
    pub how: String,
    /// The reports on it: id and number.
    pub reports: Vec<(ReportId, u64)>,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Stolen or recovered items.
    pub items: Vec<FoundItem>,
    /// Listings.
    pub listings: Vec<FoundListing>,
    /// There may be more than are shown.
    pub cut: bool,
}

impl Casework {
    /// Shows what a search found, for a purpose. Logged: no entry, no answer.
    ///
    /// # Errors
    /// [`CaseworkError::Purpose`], when the caller may not, or the store fails.
    pub async fn search(
        &self,
        caller: &Principal,
        purpose: Result<Purpose, PurposeError>,
        search: Search,
    ) -> Result<Found, CaseworkError> {
        let subject = SubjectKind::Service.all();
        let by = self.person(caller, &POLICE, subject).await?;
        let purpose = self.purpose(caller, subject, purpose).await?;
        let search = self.with_numbers(search).await?;
        let found = self.store.act_with(move |tx| {
            let found = found(tx, &search)?;
            let act = Act::new(Actor::Account(by), Action::Searched, subject)
                .for_purpose(purpose)
                .with_detail(entry(&search, &found));
            Ok((found, vec![act]))
        });
        found.await
    }
}

impl Casework {
    /// The same search with the things whose numbers fit the pattern, behind what the index found.
    async fn with_numbers(&self, mut search: Search) -> Result<Search, StoreError> {
        let Some(pattern) = search.number.clone() else {
            return Ok(search);
        };
        let read = self.store.read(move |reader| reader.things_by_number(&pattern, FITTING_MAX));
        let (items, listings) = read.await?;
        for (id, how) in items {
            if search.items.iter().all(|(known, _)| *known != id) {
                search.items.push((id, how));
            }
        }
        for (id, how) in listings {
            if search.listings.iter().all(|(known, _)| *known != id) {
                search.listings.push((id, how));
            }
        }
        Ok(search)
    }
}

/// What the log says of a search: what was asked as a digest, and which things were shown.
fn entry(search: &Search, found: &Found) -> Value {
    let listings: Vec<ListingId> = found.listings.iter().map(|one| one.listing.id).collect();
    let thefts: Vec<_> = found.items.iter().map(|one| one.theft).collect();
    let mut entry = json!({
        "asked_sha256": search.digest,
        "fields": search.fields,
        "listings": listings,
        "theft_reports": thefts,
    });
    if search.own_surname {
        entry["own_surname"] = json!(true);
    }
    entry
}

fn found(reader: &Reader<'_>, search: &Search) -> Result<Found, StoreError> {
    let seller = match search.seller {
        None => None,
        Some(SoughtSeller::Key(key)) => Some(key),
        Some(SoughtSeller::OfReport(number)) => match reader.queue_sides(number)? {
            Some((_, Some(seller))) => Some(seller),
            // A report without a seller, or none at all, has no further listings.
            _ => return Ok(Found::default()),
        },
    };
    let mut found = Found::default();
    if seller.is_none() {
        let given = items(reader, search)?;
        found.cut |= given.len() >= FITTING_MAX;
        for (id, how) in given {
            if found.items.len() == SHOWN_MAX {
                found.cut = true;
                break;
            }
            found.items.extend(item(reader, id, &how, search)?);
        }
    }
    let given = listings(reader, search, seller)?;
    found.cut |= given.len() >= FITTING_MAX;
    for (id, how) in given {
        if found.listings.len() == SHOWN_MAX {
            found.cut = true;
            break;
        }
        found.listings.extend(listing(reader, (id, how), search, seller)?);
    }
    Ok(found)
}

/// The items that the index found, or where it was not asked those of the place and the time.
fn items(reader: &Reader<'_>, search: &Search) -> Result<Vec<(ItemId, String)>, StoreError> {
    let (ids, how) = match (&search.place, search.by_index) {
        (_, true) => return Ok(search.items.clone()),
        (Some(place), false) => (reader.items_stolen_at(place, FITTING_MAX)?, "by where it was stolen"),
        (None, false) => (
            reader.items_stolen_within(search.from, search.to, FITTING_MAX)?,
            "by when it was stolen",
        ),
    };
    Ok(ids.into_iter().map(|id| (id, how.to_owned())).collect())
}

/// The same of listings, or those of a seller.
fn listings(reader: &Reader<'_>, search: &Search, seller: Option<SellerKey>) -> Result<Vec<(ListingId, String)>, StoreError> {
    let time = (search.from, search.to);
    let (ids, how) = match (search.by_index, seller, &search.place) {
        (true, ..) => return Ok(search.listings.clone()),
        (false, Some(seller), _) => (reader.listing_ids_of_seller(seller, FITTING_MAX)?, "by its seller"),
        (false, None, Some(place)) => (reader.listings_at(place, time, FITTING_MAX)?, "by place"),
        (false, None, None) => (reader.listing_ids_received(time.0, time.1, FITTING_MAX)?, "by time"),
    };
    Ok(ids.into_iter().map(|id| (id, how.to_owned())).collect())
}

fn item(reader: &Reader<'_>, id: ItemId, how: &str, search: &Search) -> Result<Option<FoundItem>, StoreError> {
    let Some(view) = reader.item(id)?.map(item_view).filter(|view| !view.hidden) else {
        return Ok(None);
    };
    let Some(theft) = reader.theft_reports_of_item(id)?.into_iter().next() else {
        return Ok(None);
    };
    let stated = &theft.theft;
    let in_time = search.from.is_none_or(|from| stated.to >= from) && search.to.is_none_or(|to| stated.from < to);
    if !in_time || !is_at(&stated.place, search.place.as_deref()) {
        return Ok(None);
    }
    Ok(Some(FoundItem {
        title: view.draft.description.title,
        how: how.to_owned(),
        theft: theft.id,
        case: theft.theft.crime_reference,
        stolen: (theft.theft.from, theft.theft.to),
        place: theft.theft.place,
    }))
}

fn listing(
    reader: &Reader<'_>,
    (id, how): (ListingId, String),
    search: &Search,
    seller: Option<SellerKey>,
) -> Result<Option<FoundListing>, StoreError> {
    let Some(listing) = reader.listing(id)? else { return Ok(None) };
    let in_time =
        search.from.is_none_or(|from| listing.received_at >= from) && search.to.is_none_or(|to| listing.received_at < to);
    let of_seller = seller.is_none() || listing.draft.seller.as_ref().map(|seller| seller.key) == seller;
    if !in_time || !of_seller || !is_at(&listing.draft.place, search.place.as_deref()) {
        return Ok(None);
    }
    let reports = reader.reports_of_listing(id)?;
    Ok(Some(FoundListing {
        partner_name: reader
            .partner(listing.partner)?
            .map(|partner| partner.name)
            .unwrap_or_default(),
        reports: reports.into_iter().map(|report| (report.id, report.number)).collect(),
        listing,
        how,
    }))
}

/// A listing that a saved search found, as a search shows it; none when it is gone.
pub(super) fn shown_listing(reader: &Reader<'_>, id: ListingId, how: String) -> Result<Option<FoundListing>, StoreError> {
    listing(reader, (id, how), &Search::default(), None)
}

/// Whether a place is the one that is wanted, if one is.
fn is_at(place: &Place, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| place.is_at(wanted))
}
