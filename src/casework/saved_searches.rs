//! Saved searches: kept for a purpose, run over what is new, shown to their officer alone.
//!
//! A run looks at each listing that has changed since the last one, once, whatever number of searches there is. The log holds an
//! entry for each search that found something in a run, and one a day for a search that did not, with how many listings it was run
//! over: for the purpose under which it was saved.

use chrono::TimeDelta;
use serde_json::json;

use super::search::FoundListing;
use super::{Casework, CaseworkError, POLICE, reason, refusal};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, Purpose, PurposeError, SubjectKind};
use crate::domain::ids::{ListingId, SavedSearchId};
use crate::domain::listing::{Listing, ListingStatus, PhotoState};
use crate::domain::notification::Event;
use crate::domain::number_pattern::NumberPattern;
use crate::domain::photo::{Photo, PhotoFingerprint};
use crate::domain::saved_search::{Known, SAVED_DAYS_MAX, SavedSearch, Sought};
use crate::store::{ChangedThing, Reader, StoreError, Tx};

/// Most searches of one officer.
const SEARCHES_MAX: usize = 30;
/// Characters of a field at most.
const CHARACTERS_MAX: usize = 200;
/// Hits that are shown.
const SHOWN_MAX: usize = 100;
/// Changes that are looked at in one transaction: a few milliseconds, in which the writer serves nobody else.
const LOOKED_AT_ONCE: usize = 100;
/// Days that a search is kept after it was over.
pub const KEPT_DAYS: i64 = 30;

/// A saved search as its officer's list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearchView {
    /// The search.
    pub search: SavedSearch,
    /// Listings that it found.
    pub found: u64,
    /// Those of them that its officer has not seen.
    pub unseen: u64,
    /// Whether it is run.
    pub in_force: bool,
}

/// What a saved search found.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedHits {
    /// The search.
    pub search: SavedSearch,
    /// The listings, newest first, and whether each was seen before.
    pub listings: Vec<(FoundListing, bool)>,
}

impl Casework {
    /// Saves a search of the caller's, for a purpose, for so many days. `photo`: what the photo is that is asked for, whose bytes are
    /// kept.
    ///
    /// # Errors
    /// [`CaseworkError::Purpose`], when a field cannot be used, the caller has too many or may not, or the store fails.
    pub async fn save_search(
        &self,
        caller: &Principal,
        purpose: Result<Purpose, PurposeError>,
        (name, mut sought, days): (&str, Sought, i64),
        photo: Option<Photo>,
    ) -> Result<SavedSearch, CaseworkError> {
        let subject = SubjectKind::SavedSearch.all();
        let by = self.person(caller, &POLICE, subject).await?;
        let purpose = self.purpose(caller, subject, purpose).await?;
        let name = reason("name", name)?;
        sought.photo = photo.as_ref().map(|photo| photo.sha256);
        checked(&sought, days)?;
        self.store
            .act_with(move |tx| {
                if tx.saved_searches_of(by)?.len() >= SEARCHES_MAX {
                    return Err(CaseworkError::Conflict(format!(
                        "you have {SEARCHES_MAX} saved searches; end one first"
                    )));
                }
                let seller = match sought.seller_of {
                    None => None,
                    Some(number) => match tx.queue_sides(number)? {
                        Some((_, Some(seller))) => Some(seller),
                        _ => return Err(CaseworkError::invalid("seller", "no seller is known of this report")),
                    },
                };
                let search = SavedSearch {
                    id: SavedSearchId::generate(tx.now()),
                    account: by,
                    name,
                    sought,
                    seller,
                    purpose: purpose.clone(),
                    created_at: tx.now(),
                    expires_at: tx.now() + TimeDelta::days(days),
                };
                if let Some(photo) = &photo {
                    tx.insert_photo(photo)?;
                }
                tx.insert_saved_search(&search)?;
                let act = Act::new(
                    Actor::Account(by),
                    Action::SearchSaved,
                    SubjectKind::SavedSearch.with(search.id.0),
                );
                let act = act
                    .for_purpose(purpose)
                    .with_detail(json!({ "days": days, "fields": fields(&search.sought) }));
                Ok((search, vec![act]))
            })
            .await
    }

    /// The caller's saved searches, oldest first. Says nothing of any listing.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn saved_searches(&self, caller: &Principal) -> Result<Vec<SavedSearchView>, CaseworkError> {
        let by = self.person(caller, &POLICE, SubjectKind::SavedSearch.all()).await?;
        let now = self.store.clock().now();
        let saved = self.store.read(move |reader| reader.saved_searches_of(by)).await?;
        let view = |(search, found, unseen): (SavedSearch, u64, u64)| SavedSearchView {
            in_force: search.expires_at > now,
            search,
            found,
            unseen,
        };
        Ok(saved.into_iter().map(view).collect())
    }

    /// Shows what a saved search of the caller's found, which is seen then. Logged as a search for its purpose.
    ///
    /// # Errors
    /// When it is somebody else's or missing, the caller may not, or the store fails.
    pub async fn open_saved_search(&self, caller: &Principal, id: SavedSearchId) -> Result<SavedHits, CaseworkError> {
        let subject = SubjectKind::SavedSearch.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let Some(search) = tx.saved_search(id)?.filter(|search| search.account == by) else {
                let act = refusal(&caller, subject, "the saved search is somebody else's");
                return Ok((Err(CaseworkError::missing("saved search")), vec![act]));
            };
            let mut listings = Vec::new();
            for hit in tx.search_hits(id, SHOWN_MAX)? {
                let shown = super::search::shown_listing(tx, hit.listing, hit.how)?;
                listings.extend(shown.map(|listing| (listing, hit.seen_at.is_some())));
            }
            tx.note_hits_seen(id)?;
            let ids: Vec<ListingId> = listings.iter().map(|(found, _)| found.listing.id).collect();
            let act = Act::new(Actor::Account(by), Action::Searched, subject)
                .for_purpose(search.purpose.clone())
                .with_detail(json!({ "saved_search": id, "listings": ids }));
            Ok((Ok(SavedHits { search, listings }), vec![act]))
        })
        .await
    }

    /// Ends a saved search of the caller's; what it found is forgotten.
    ///
    /// # Errors
    /// When it is somebody else's or missing, the caller may not, or the store fails.
    pub async fn end_saved_search(&self, caller: &Principal, id: SavedSearchId) -> Result<(), CaseworkError> {
        let subject = SubjectKind::SavedSearch.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let caller = caller.clone();
        self.settle(move |tx| {
            if tx.saved_search(id)?.is_none_or(|search| search.account != by) {
                let act = refusal(&caller, subject, "the saved search is somebody else's");
                return Ok((Err(CaseworkError::missing("saved search")), vec![act]));
            }
            tx.delete_saved_search(id)?;
            Ok((Ok(()), vec![Act::new(Actor::Account(by), Action::SavedSearchEnded, subject)]))
        })
        .await
    }

    /// Runs the saved searches over listings that have changed since the last run and that the index shows; how many changes were
    /// looked at. For jobs: blocks.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn run_saved_searches(&self) -> Result<usize, StoreError> {
        self.store.keep(|tx| {
            let shown = tx.cursor("matching")?.min(tx.numbers_filed()?);
            let mut changes = tx.changes_after(tx.saved_searches_ran()?, LOOKED_AT_ONCE)?;
            changes.retain(|change| change.sequence <= shown);
            let Some(last) = changes.last().map(|change| change.sequence) else {
                return Ok((0, Vec::new()));
            };
            let mut searches = Vec::new();
            for (search, looked, logged_at) in tx.saved_searches_in_force(tx.now())? {
                let photo = search.sought.photo.map(|photo| tx.photo(photo)).transpose()?.flatten();
                searches.push((search, photo.and_then(|photo| photo.fingerprint), looked, logged_at));
            }
            let by_photo = searches.iter().any(|(_, photo, ..)| photo.is_some());
            let mut listings = Vec::new();
            for change in changes.iter().filter(|_| !searches.is_empty()) {
                if let ChangedThing::Listing(id) = change.thing
                    && let Some(listing) = on_sale(tx, id)?
                {
                    let known = Known {
                        numbers: tx.numbers_of_listing(id)?,
                        photos: if by_photo { pictures(tx, &listing)? } else { Vec::new() },
                    };
                    listings.push((known, listing));
                }
            }
            let mut acts = Vec::new();
            for (search, photo, looked, logged_at) in searches {
                acts.extend(run(tx, (&search, photo.as_ref()), (&listings, looked, logged_at))?);
            }
            tx.saved_searches_ran_to(last)?;
            Ok((changes.len(), acts))
        })
    }
}

/// Runs one search over listings; its entry in the log, when it has found something or had none for a day.
fn run(
    tx: &mut Tx<'_>,
    (search, photo): (&SavedSearch, Option<&PhotoFingerprint>),
    (listings, looked, logged_at): (&[(Known, Listing)], u64, Option<crate::domain::time::Timestamp>),
) -> Result<Option<Act>, StoreError> {
    let mut found = Vec::new();
    // What was on sale before somebody asked, a search tells at once.
    let newer: Vec<_> = listings
        .iter()
        .filter(|(_, listing)| listing.updated_at > search.created_at)
        .collect();
    for (known, listing) in &newer {
        if let Some(how) = search.finds(listing, known, photo)
            && tx.insert_search_hit(search.id, listing.id, &how)?
        {
            found.push(listing.id);
        }
    }
    if !found.is_empty() {
        tx.announce(&Event::search_found(search.id, found.len()))?;
    }
    let looked = looked + newer.len() as u64;
    let due = logged_at.unwrap_or(search.created_at) + TimeDelta::days(1) <= tx.now();
    let logged = !found.is_empty() || due && looked > 0;
    tx.count_search_run(search.id, newer.len() as u64, logged)?;
    let act = Act::new(
        Actor::Service,
        Action::SavedSearchRan,
        SubjectKind::SavedSearch.with(search.id.0),
    )
    .for_purpose(search.purpose.clone())
    .with_detail(json!({ "for": search.account, "looked_through": looked, "listings": found }));
    Ok(logged.then_some(act))
}

fn on_sale(reader: &Reader<'_>, id: ListingId) -> Result<Option<Listing>, StoreError> {
    match reader.listing(id) {
        // One that cannot be read holds up nobody.
        Err(error) if error.is_damaged_row() => Ok(None),
        found => Ok(found?.filter(|listing| listing.draft.status == ListingStatus::Active)),
    }
}

/// What the photos of a listing are found by, of those that are read.
fn pictures(reader: &Reader<'_>, listing: &Listing) -> Result<Vec<PhotoFingerprint>, StoreError> {
    let mut shown = Vec::new();
    for photo in &listing.photos {
        if let PhotoState::Held { sha256 } = photo.state {
            shown.extend(reader.photo(sha256)?.and_then(|photo| photo.fingerprint));
        }
    }
    Ok(shown)
}

fn checked(sought: &Sought, days: i64) -> Result<(), CaseworkError> {
    if sought.is_nothing() {
        return Err(CaseworkError::invalid("words", "say what to search for"));
    }
    for (field, text) in [("words", &sought.words), ("number", &sought.number), ("place", &sought.place)] {
        if text.chars().count() > CHARACTERS_MAX {
            return Err(CaseworkError::invalid(
                field,
                format!("give at most {CHARACTERS_MAX} characters"),
            ));
        }
    }
    if !sought.number.is_empty() {
        NumberPattern::parse(&sought.number).map_err(|error| CaseworkError::invalid("number", error.to_string()))?;
    }
    if sought.from.zip(sought.to).is_some_and(|(from, to)| from >= to) {
        return Err(CaseworkError::invalid("to", "it has to come after the beginning"));
    }
    if !(1..=SAVED_DAYS_MAX).contains(&days) {
        return Err(CaseworkError::invalid("days", format!("give 1 to {SAVED_DAYS_MAX} days")));
    }
    Ok(())
}

fn fields(sought: &Sought) -> Vec<&'static str> {
    let used = [
        ("words", !sought.words.is_empty()),
        ("number", !sought.number.is_empty()),
        ("place", !sought.place.is_empty()),
        ("seller", sought.seller_of.is_some()),
        ("from", sought.from.is_some()),
        ("to", sought.to.is_some()),
        ("photo", sought.photo.is_some()),
    ];
    used.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect()
}
