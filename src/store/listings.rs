//! Listings, their revisions and photos. Every change takes the next number of the sequence here; a photo that arrives later
//! is a change too.

use rusqlite::{OptionalExtension, Row, params};
use url::Url;

use super::changes::ChangedThing;
use super::outbox::Effect;
use super::rows::{
    content_hash, count, damaged, from_json, from_word, instant, maybe_content_hash, maybe_uuid, micros, to_json, uuid,
};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{DeliveryId, ListingId, PartnerId};
use crate::domain::listing::{Listing, ListingDraft, ListingPhoto, ListingStatus, PhotoSource, PhotoState, Seller, SellerKey};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;

/// What an upsert did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upserted {
    /// A new listing.
    New(ListingId),
    /// A new revision of a known listing.
    Changed(ListingId),
    /// The known listing says just that already.
    Unchanged(ListingId),
}

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

/// One revision of a listing as it was received, after redaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Its number, from 1.
    pub number: u32,
    /// The delivery that brought it.
    pub delivery: Option<DeliveryId>,
    /// When it was received.
    pub received_at: Timestamp,
    /// What it said.
    pub draft: ListingDraft<Seller>,
}

impl Tx<'_> {
    /// Takes one listing in: new, a new revision, or nothing new. Asks the outbox to fetch photos that are not held.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn upsert_listing(
        &mut self,
        partner: PartnerId,
        draft: &ListingDraft<Seller>,
        delivery: DeliveryId,
    ) -> Result<Upserted, StoreError> {
        let json = to_json(draft)?;
        let content = ContentHash::of(json.as_bytes());
        let (id, revision, new) = match self.listing_head(partner, &draft.reference)? {
            Some((id, _, known)) if known == content => return Ok(Upserted::Unchanged(id)),
            Some((id, revision, _)) => (id, revision + 1, false),
            None => (ListingId::generate(self.now()), 1, true),
        };
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO listings (id, partner_id, reference, status, seller_key, content_sha256, draft, ends_at, revision,
                                       received_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
                 ON CONFLICT (id) DO UPDATE SET status = ?4, seller_key = ?5, content_sha256 = ?6, draft = ?7, ends_at = ?8,
                                                revision = ?9, updated_at = ?10",
            )?
            .execute(params![
                id.0.as_bytes(),
                partner.0.as_bytes(),
                draft.reference,
                draft.status.word(),
                draft.seller.as_ref().map(|seller| seller.key.0),
                content.0,
                json,
                draft.ends_at.map(micros),
                revision,
                now,
            ])?;
        self.connection
            .prepare_cached(
                "INSERT INTO listing_revisions (listing_id, revision, delivery_id, received_at, draft) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id.0.as_bytes(), revision, delivery.0.as_bytes(), now, json])?;
        self.plan_photos(id, &draft.photos, new)?;
        self.record_change(ChangedThing::Listing(id))?;
        Ok(if new { Upserted::New(id) } else { Upserted::Changed(id) })
    }

    /// Takes a listing off sale on the partner's word.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn withdraw_listing(&mut self, id: ListingId) -> Result<(), StoreError> {
        let Some(mut listing) = self.listing(id)? else {
            return Err(StoreError::Missing { what: "listing" });
        };
        listing.draft.status = ListingStatus::Withdrawn;
        let json = to_json(&listing.draft)?;
        let now = micros(self.now());
        let revision = listing.revision + 1;
        self.connection
            .prepare_cached(
                "UPDATE listings SET status = 'withdrawn', draft = ?2, content_sha256 = ?3, revision = ?4, updated_at = ?5
                 WHERE id = ?1",
            )?
            .execute(params![
                id.0.as_bytes(),
                json,
                ContentHash::of(json.as_bytes()).0,
                revision,
                now
            ])?;
        self.connection
            .prepare_cached("INSERT INTO listing_revisions (listing_id, revision, received_at, draft) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![id.0.as_bytes(), revision, now, json])?;
        self.record_change(ChangedThing::Listing(id))?;
        Ok(())
    }

    /// Marks a listing as changed because something that its matches depend on has: an item that competed for it is another.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn touch_listing(&mut self, id: ListingId) -> Result<(), StoreError> {
        self.record_change(ChangedThing::Listing(id))?;
        Ok(())
    }

    /// Puts a photo that is held at a number of a listing. The photo itself must have been entered.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn hold_listing_photo(&mut self, id: ListingId, number: u16, sha256: ContentHash) -> Result<(), StoreError> {
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

    /// Notes that a fetch failed: to be tried again, or given up.
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

    /// Erases listings of a partner that have not changed since `before` and were never put to anybody, at most `limit`.
    /// Returns how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn erase_unmatched_listings(&mut self, partner: PartnerId, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT id FROM listings WHERE partner_id = ?1 AND updated_at < ?2
               AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.listing_id = listings.id)
               AND NOT EXISTS (SELECT 1 FROM questions WHERE questions.listing_id = listings.id)
             LIMIT ?3",
        )?;
        let ids: Vec<ListingId> = query
            .query_map(params![partner.0.as_bytes(), micros(before), count(limit)], |row| {
                uuid(row, "id").map(ListingId)
            })?
            .collect::<Result<_, _>>()?;
        for id in &ids {
            self.connection
                .prepare_cached("DELETE FROM listings WHERE id = ?1")?
                .execute([id.0.as_bytes()])?;
            self.record_change(ChangedThing::Listing(*id))?;
        }
        Ok(ids.len())
    }

    fn plan_photos(&mut self, id: ListingId, sources: &[PhotoSource], new: bool) -> Result<(), StoreError> {
        let known = if new { Vec::new() } else { self.listing_photos(id)? };
        for photo in &known {
            let still = sources
                .get(usize::from(photo.number) - 1)
                .is_some_and(|source| source.url == photo.url);
            if photo.url.is_some() && !still {
                self.connection
                    .prepare_cached("DELETE FROM listing_photos WHERE listing_id = ?1 AND number = ?2")?
                    .execute(params![id.0.as_bytes(), photo.number])?;
            }
        }
        for (number, source) in (1_u16..).zip(sources) {
            let Some(url) = &source.url else { continue };
            let inserted = self
                .connection
                .prepare_cached(
                    "INSERT INTO listing_photos (listing_id, number, url, expected_sha256, state) VALUES (?1, ?2, ?3, ?4, 'pending')
                     ON CONFLICT (listing_id, number) DO NOTHING",
                )?
                .execute(params![id.0.as_bytes(), number, url.as_str(), source.sha256.map(|hash| hash.0)])?;
            if inserted > 0 {
                self.send(&Effect::FetchPhoto { listing: id, number })?;
            }
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// A listing with its photos.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listing(&self, id: ListingId) -> Result<Option<Listing>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM listings WHERE id = ?1")?;
        let Some(mut listing) = query.query_row([id.0.as_bytes()], listing_row).optional()? else {
            return Ok(None);
        };
        listing.photos = self.listing_photos(id)?;
        Ok(Some(listing))
    }

    /// A partner's listing by the partner's own id.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listing_by_reference(&self, partner: PartnerId, reference: &str) -> Result<Option<Listing>, StoreError> {
        match self.listing_head(partner, reference)? {
            Some((id, _, _)) => self.listing(id),
            None => Ok(None),
        }
    }

    /// Id, revision and content of a partner's listing.
    fn listing_head(&self, partner: PartnerId, reference: &str) -> Result<Option<(ListingId, u32, ContentHash)>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT id, revision, content_sha256 FROM listings WHERE partner_id = ?1 AND reference = ?2")?;
        let head = query.query_row(params![partner.0.as_bytes(), reference], |row| {
            Ok((
                ListingId(uuid(row, "id")?),
                row.get("revision")?,
                content_hash(row, "content_sha256")?,
            ))
        });
        Ok(head.optional()?)
    }

    /// All revisions of a listing, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listing_revisions(&self, id: ListingId) -> Result<Vec<Revision>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM listing_revisions WHERE listing_id = ?1 ORDER BY revision DESC")?;
        let rows = query.query_map([id.0.as_bytes()], |row| {
            Ok(Revision {
                number: row.get("revision")?,
                delivery: maybe_uuid(row, "delivery_id")?.map(DeliveryId),
                received_at: instant(row, "received_at")?,
                draft: from_json(row, "draft")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

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

    /// How many listings are on sale with all partners.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_active_listings(&self) -> Result<u64, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT count(*) FROM listings WHERE status = 'active'")?;
        let count: i64 = query.query_row([], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// The ids of all listings.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listing_ids(&self) -> Result<Vec<ListingId>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT id FROM listings ORDER BY id")?;
        let rows = query.query_map([], |row| uuid(row, "id").map(ListingId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Other listings of the same seller, newest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listings_of_seller(&self, seller: SellerKey, limit: usize) -> Result<Vec<Listing>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM listings WHERE seller_key = ?1 ORDER BY received_at DESC, id DESC LIMIT ?2")?;
        let rows = query.query_map(params![seller.0, count(limit)], listing_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn listing_photos(&self, id: ListingId) -> Result<Vec<ListingPhoto>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM listing_photos WHERE listing_id = ?1 ORDER BY number")?;
        let rows = query.query_map([id.0.as_bytes()], photo_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn listing_row(row: &Row<'_>) -> rusqlite::Result<Listing> {
    let mut draft: ListingDraft<Seller> = from_json(row, "draft")?;
    draft.status = from_word(row, "status")?;
    Ok(Listing {
        id: ListingId(uuid(row, "id")?),
        partner: PartnerId(uuid(row, "partner_id")?),
        draft,
        photos: Vec::new(),
        revision: row.get("revision")?,
        received_at: instant(row, "received_at")?,
        updated_at: instant(row, "updated_at")?,
    })
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
