//! A listing's photos: what a revision names, what is held of it, and what it showed before.
//!
//! A photo is known by its address, so that one that moves to another place stays held. The later word counts: an upload takes
//! the place of what stood at its number, and a revision that names a new address for a number takes the place of an upload.
//! What is no longer shown stays remembered as long as the listing does.

use rusqlite::{OptionalExtension, Row, params};
use url::Url;

use super::changes::ChangedThing;
use super::outbox::Effect;
use super::rows::{damaged, maybe_content_hash, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ListingId, PartnerId};
use crate::domain::listing::{ListingPhoto, PhotoSource, PhotoState};
use crate::domain::photo::ContentHash;

/// The lane of addresses without a host, which are refused when they are fetched.
const NO_HOST: &str = "-";

/// A photo that has to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoTask {
    /// Whose listing.
    pub partner: PartnerId,
    /// Where from.
    pub url: Url,
    /// What its bytes must hash to, when the partner said so.
    pub expected: Option<ContentHash>,
    /// Tries so far.
    pub attempts: u32,
}

impl PhotoTask {
    /// The host that it is fetched from.
    #[must_use]
    pub fn host(&self) -> &str {
        host_of(&self.url)
    }

    /// In which lane of the outbox it is fetched: its host's, and there its partner's.
    #[must_use]
    pub fn lane(&self) -> String {
        lane(&self.url, self.partner)
    }
}

fn host_of(url: &Url) -> &str {
    url.host_str().unwrap_or(NO_HOST)
}

/// The lane of what is fetched from a host for a partner; no host's name holds a blank.
fn lane(url: &Url, partner: PartnerId) -> String {
    format!("{} {partner}", host_of(url))
}

impl Tx<'_> {
    /// Puts a photo that is held at a number of a listing. The photo itself must have been entered.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn hold_listing_photo(&mut self, id: ListingId, number: u16, sha256: ContentHash) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO superseded_photos (listing_id, revision, number, url, sha256)
                 SELECT listing_id, revision, number, listing_photos.url, sha256
                 FROM listing_photos JOIN listings ON listings.id = listing_id
                 WHERE listing_id = ?1 AND number = ?2 AND sha256 <> ?3 ON CONFLICT DO NOTHING",
            )?
            .execute(params![id.0.as_bytes(), number, sha256.0])?;
        let changed = self
            .connection
            .prepare_cached(
                "INSERT INTO listing_photos (listing_id, number, state, sha256) VALUES (?1, ?2, 'held', ?3)
                 ON CONFLICT (listing_id, number) DO UPDATE SET state = 'held', sha256 = ?3, error = NULL
                 WHERE sha256 IS NOT ?3",
            )?
            .execute(params![id.0.as_bytes(), number, sha256.0])?;
        if changed > 0 {
            self.record_change(ChangedThing::Listing(id))?;
        }
        Ok(())
    }

    /// Takes a photo off a listing; what it showed stays remembered. Nothing happens when there is none.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn remove_listing_photo(&mut self, id: ListingId, number: u16) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO superseded_photos (listing_id, revision, number, url, sha256)
                 SELECT listing_id, revision, number, listing_photos.url, sha256
                 FROM listing_photos JOIN listings ON listings.id = listing_id
                 WHERE listing_id = ?1 AND number = ?2 AND sha256 IS NOT NULL ON CONFLICT DO NOTHING",
            )?
            .execute(params![id.0.as_bytes(), number])?;
        let removed = self
            .connection
            .prepare_cached("DELETE FROM listing_photos WHERE listing_id = ?1 AND number = ?2")?
            .execute(params![id.0.as_bytes(), number])?;
        if removed > 0 {
            self.record_change(ChangedThing::Listing(id))?;
        }
        Ok(())
    }

    /// Notes that a fetch failed: to be tried again, or given up until the listing changes.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_photo_failure(&mut self, id: ListingId, number: u16, error: &str, given_up: bool) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE listing_photos SET attempts = attempts + 1, error = ?3, state = CASE WHEN ?4 THEN 'failed' ELSE state END
                 WHERE listing_id = ?1 AND number = ?2 AND state = 'pending'",
            )?
            .execute(params![id.0.as_bytes(), number, error, given_up])?;
        Ok(())
    }

    /// Notes why a photo has not been asked for. Not a try.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_photo_waits(&mut self, id: ListingId, number: u16, why: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE listing_photos SET error = ?3
                 WHERE listing_id = ?1 AND number = ?2 AND state = 'pending' AND error IS NOT ?3",
            )?
            .execute(params![id.0.as_bytes(), number, why])?;
        Ok(())
    }

    /// Makes a listing's photos those that its newest revision names. `shown_to` is the last revision that showed the others.
    pub(super) fn plan_photos(&mut self, id: ListingId, sources: &[PhotoSource], shown_to: u32) -> Result<(), StoreError> {
        let known = if shown_to == 0 { Vec::new() } else { self.listing_photos(id)? };
        let plan = Plan::of(&known, sources);
        if plan.photos != known {
            if !known.is_empty() {
                self.connection
                    .prepare_cached("DELETE FROM listing_photos WHERE listing_id = ?1")?
                    .execute([id.0.as_bytes()])?;
            }
            for photo in &plan.photos {
                self.insert_listing_photo(id, photo)?;
            }
        }
        for (photo, sha256) in &plan.superseded {
            let url = photo.url.as_ref().map(Url::as_str);
            self.connection
                .prepare_cached(
                    "INSERT INTO superseded_photos (listing_id, revision, number, url, sha256) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(params![id.0.as_bytes(), shown_to, photo.number, url, sha256.0])?;
        }
        if plan.fetch.is_empty() {
            return Ok(());
        }
        let partner = self
            .connection
            .prepare_cached("SELECT partner_id FROM listings WHERE id = ?1")?
            .query_row([id.0.as_bytes()], |row| Ok(PartnerId(uuid(row, "partner_id")?)))?;
        for photo in plan.photos.iter().filter(|photo| plan.fetch.contains(&photo.number)) {
            let (number, Some(url)) = (photo.number, &photo.url) else {
                continue;
            };
            self.send(&Effect::FetchPhoto { listing: id, number }, &lane(url, partner))?;
        }
        Ok(())
    }

    fn insert_listing_photo(&mut self, id: ListingId, photo: &ListingPhoto) -> Result<(), StoreError> {
        let (state, sha256, attempts, error) = match &photo.state {
            PhotoState::Pending { attempts, error } => ("pending", None, *attempts, error.as_deref()),
            PhotoState::Held { sha256 } => ("held", Some(sha256.0), 0, None),
            PhotoState::Failed { error } => ("failed", None, 0, Some(error.as_str())),
        };
        self.connection
            .prepare_cached(
                "INSERT INTO listing_photos (listing_id, number, url, expected_sha256, state, sha256, attempts, error)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                id.0.as_bytes(),
                photo.number,
                photo.url.as_ref().map(Url::as_str),
                photo.expected.map(|hash| hash.0),
                state,
                sha256,
                attempts,
                error,
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// What has to be fetched for a photo; `None` when it is no longer wanted.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photo_task(&self, id: ListingId, number: u16) -> Result<Option<PhotoTask>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT partner_id, url, expected_sha256, attempts FROM listing_photos
             JOIN listings ON listings.id = listing_photos.listing_id
             WHERE listing_id = ?1 AND number = ?2 AND state = 'pending' AND listing_photos.url IS NOT NULL",
        )?;
        let task = query.query_row(params![id.0.as_bytes(), number], |row| {
            let url: String = row.get("url")?;
            Ok(PhotoTask {
                partner: PartnerId(uuid(row, "partner_id")?),
                url: url.parse().map_err(|_| damaged("url"))?,
                expected: maybe_content_hash(row, "expected_sha256")?,
                attempts: row.get("attempts")?,
            })
        });
        Ok(task.optional()?)
    }

    pub(super) fn listing_photos(&self, id: ListingId) -> Result<Vec<ListingPhoto>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM listing_photos WHERE listing_id = ?1 ORDER BY number")?;
        let rows = query.query_map([id.0.as_bytes()], photo_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// What a revision makes of the photos of a listing.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// All photos, by number.
    photos: Vec<ListingPhoto>,
    /// Those that were held and are not shown any more.
    superseded: Vec<(ListingPhoto, ContentHash)>,
    /// The numbers that have to be fetched.
    fetch: Vec<u16>,
}

impl Plan {
    fn of(known: &[ListingPhoto], sources: &[PhotoSource]) -> Self {
        let mut plan = Self {
            photos: Vec::new(),
            superseded: Vec::new(),
            fetch: Vec::new(),
        };
        let mut left: Vec<&ListingPhoto> = known.iter().collect();
        for (number, source) in (1_u16..).zip(sources) {
            let Some(url) = &source.url else { continue };
            let same = (left.iter().enumerate()).filter(|(_, photo)| photo.url.as_ref() == Some(url));
            // Of several under one address the one that is what was announced, then the one that stands here.
            let best = same.min_by_key(|(_, photo)| (!is_as_announced(photo, source), photo.number != number));
            let photo = best.map(|(at, _)| at).map(|at| left.remove(at));
            plan.name(photo, number, url, source.sha256);
        }
        for photo in left {
            let taken = plan.photos.iter().any(|other| other.number == photo.number);
            if photo.url.is_none() && !taken {
                plan.photos.push(photo.clone());
            } else {
                plan.supersede(photo);
            }
        }
        plan.photos.sort_by_key(|photo| photo.number);
        plan
    }

    /// Puts a named address at a number: with what is known of it, or to be fetched.
    fn name(&mut self, known: Option<&ListingPhoto>, number: u16, url: &Url, expected: Option<ContentHash>) {
        let anew = PhotoState::Pending {
            attempts: 0,
            error: None,
        };
        let state = match known.map(|photo| (photo, &photo.state)) {
            Some((photo, state @ PhotoState::Held { sha256 })) => {
                if expected.is_none() || expected == photo.expected || expected == Some(*sha256) {
                    state.clone()
                } else {
                    self.supersede(photo);
                    anew
                }
            }
            Some((photo, state @ PhotoState::Pending { .. })) if photo.expected == expected => state.clone(),
            // A revision is the partner's word that it may be right now: what was given up is tried again.
            _ => anew,
        };
        // An effect that is under way for something else will not serve this.
        let waits_already = known.is_some_and(|photo| (photo.number, photo.expected, &photo.state) == (number, expected, &state));
        if matches!(state, PhotoState::Pending { .. }) && !waits_already {
            self.fetch.push(number);
        }
        self.photos.push(ListingPhoto {
            number,
            url: Some(url.clone()),
            expected,
            state,
        });
    }

    fn supersede(&mut self, photo: &ListingPhoto) {
        if let PhotoState::Held { sha256 } = photo.state {
            self.superseded.push((photo.clone(), sha256));
        }
    }
}

fn is_as_announced(photo: &ListingPhoto, source: &PhotoSource) -> bool {
    let held = match photo.state {
        PhotoState::Held { sha256 } => Some(sha256),
        PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
    };
    source.sha256 == photo.expected || (held.is_some() && held == source.sha256)
}

fn photo_row(row: &Row<'_>) -> rusqlite::Result<ListingPhoto> {
    let state: String = row.get("state")?;
    let url: Option<String> = row.get("url")?;
    let error: Option<String> = row.get("error")?;
    Ok(ListingPhoto {
        number: row.get("number")?,
        url: url.map(|url| url.parse().map_err(|_| damaged("url"))).transpose()?,
        expected: maybe_content_hash(row, "expected_sha256")?,
        state: match (state.as_str(), maybe_content_hash(row, "sha256")?) {
            ("held", Some(sha256)) => PhotoState::Held { sha256 },
            ("pending", None) => PhotoState::Pending {
                attempts: row.get("attempts")?,
                error,
            },
            ("failed", None) => PhotoState::Failed {
                error: error.unwrap_or_default(),
            },
            _ => return Err(damaged("state")),
        },
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
