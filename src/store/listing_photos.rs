//! A listing's photos: what a revision names, what is held of it, and what it showed before.
//!
//! A photo is known by its address, so that one that moves to another place stays held. An upload takes the place of what stood at
//! its number, and stays whatever later revisions leave out: until it is taken off, a revision says that there are no photos, or an
//! address that one names at its number has brought another. What is no longer shown stays remembered as long as the listing does.

use rusqlite::{OptionalExtension, Row, params};
use url::Url;

use super::changes::ChangedThing;
use super::outbox::Effect;
use super::rows::{damaged, maybe_content_hash, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ListingId, PartnerId};
use crate::domain::listing::{ListingDraft, ListingPhoto, PhotoState, Seller, Upload};
use crate::domain::photo::ContentHash;

mod plan;

use plan::Plan;

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
    /// Puts a photo that is held at a number of a listing: fetched, or uploaded. The photo itself must have been entered.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn hold_listing_photo(
        &mut self,
        id: ListingId,
        number: u16,
        sha256: ContentHash,
        upload: Option<Upload>,
    ) -> Result<(), StoreError> {
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
        self.connection
            .prepare_cached("UPDATE listing_photos SET upload = ?3, error = NULL WHERE listing_id = ?1 AND number = ?2")?
            .execute(params![id.0.as_bytes(), number, upload.map(Upload::word)])?;
        if changed > 0 {
            self.record_change(ChangedThing::Listing(id))?;
        }
        Ok(())
    }

    /// Takes a photo off a listing; what it showed stays remembered. One that was uploaded where the record names an address makes way
    /// for that address, which is fetched. Nothing happens when there is none.
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
            .prepare_cached(
                "DELETE FROM listing_photos WHERE listing_id = ?1 AND number = ?2 AND (url IS NULL OR upload IS NULL)",
            )?
            .execute(params![id.0.as_bytes(), number])?;
        let bared = self
            .connection
            .prepare_cached(
                "UPDATE listing_photos SET state = 'pending', sha256 = NULL, attempts = 0, error = NULL, upload = NULL
                 WHERE listing_id = ?1 AND number = ?2",
            )?
            .execute(params![id.0.as_bytes(), number])?;
        if bared > 0
            && let Some(task) = self.photo_task(id, number)?
        {
            self.send(&Effect::FetchPhoto { listing: id, number }, &task.lane())?;
        }
        if removed + bared > 0 {
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
                "UPDATE listing_photos SET attempts = attempts + 1, error = ?3,
                     state = CASE WHEN ?4 AND upload IS NULL THEN 'failed' ELSE state END,
                     upload = CASE WHEN ?4 AND upload IS NOT NULL THEN 'stands' ELSE upload END
                 WHERE listing_id = ?1 AND number = ?2 AND (state = 'pending' OR upload = 'until_fetched')",
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
                 WHERE listing_id = ?1 AND number = ?2 AND (state = 'pending' OR upload = 'until_fetched') AND error IS NOT ?3",
            )?
            .execute(params![id.0.as_bytes(), number, why])?;
        Ok(())
    }

    /// Makes a listing's photos those that its newest revision names, beside those that were uploaded, unless it says that there are
    /// none. `shown_to` is the last revision that showed the others.
    pub(super) fn plan_photos(&mut self, id: ListingId, draft: &ListingDraft<Seller>, shown_to: u32) -> Result<(), StoreError> {
        let known = if shown_to == 0 { Vec::new() } else { self.listing_photos(id)? };
        let plan = Plan::of(&known, &draft.photos, !draft.no_photos);
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
                "INSERT INTO listing_photos (listing_id, number, url, expected_sha256, state, sha256, attempts, error, upload)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
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
                photo.upload.map(Upload::word),
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
             WHERE listing_id = ?1 AND number = ?2 AND (state = 'pending' OR upload = 'until_fetched')
               AND listing_photos.url IS NOT NULL",
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

    /// Whether a draft says that there are no photos, and there are: they were uploaded since it came.
    pub(super) fn shows_what_is_denied(&self, id: ListingId, draft: &ListingDraft<Seller>) -> Result<bool, StoreError> {
        if !draft.no_photos {
            return Ok(false);
        }
        let mut query = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM listing_photos WHERE listing_id = ?1)")?;
        Ok(query.query_row([id.0.as_bytes()], |row| row.get(0))?)
    }

    pub(super) fn listing_photos(&self, id: ListingId) -> Result<Vec<ListingPhoto>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM listing_photos WHERE listing_id = ?1 ORDER BY number")?;
        let rows = query.query_map([id.0.as_bytes()], photo_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn photo_row(row: &Row<'_>) -> rusqlite::Result<ListingPhoto> {
    let state: String = row.get("state")?;
    let url: Option<String> = row.get("url")?;
    let error: Option<String> = row.get("error")?;
    Ok(ListingPhoto {
        number: row.get("number")?,
        url: url.map(|url| url.parse().map_err(|_| damaged("url"))).transpose()?,
        expected: maybe_content_hash(row, "expected_sha256")?,
        upload: match row.get::<_, Option<String>>("upload")?.as_deref() {
            None => None,
            Some("stands") => Some(Upload::Stands),
            Some("until_fetched") => Some(Upload::UntilFetched),
            Some(_) => return Err(damaged("upload")),
        },
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
