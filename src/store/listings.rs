//! Listings and their revisions. Every change takes the next number of the sequence here. Their photos are for
//! `listing_photos`; one that arrives later is a change too.

use chrono::TimeDelta;
use rusqlite::{OptionalExtension, Row, params};

use super::changes::ChangedThing;
use super::rows::{content_hash, count, first_id, from_json, from_word, instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::description::Description;
use crate::domain::ids::{DeliveryId, ListingId, PartnerId};
use crate::domain::listing::{Listing, ListingDraft, ListingStatus, Seller, SellerKey};
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;

/// How often at most it is noted that an unchanged listing was named again, hours: days are what retention counts.
const SEEN_EVERY_HOURS: i64 = 24;

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

impl Upserted {
    /// Which listing it was.
    #[must_use]
    pub fn listing(self) -> ListingId {
        match self {
            Self::New(id) | Self::Changed(id) | Self::Unchanged(id) => id,
        }
    }
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

/// A listing in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingHeading {
    /// The partner's own id.
    pub reference: String,
    /// Its status.
    pub status: ListingStatus,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What an upsert compares with.
struct Head {
    id: ListingId,
    revision: u32,
    content: ContentHash,
    last_seen_at: Timestamp,
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
            Some(head) if head.content == content && !self.shows_what_is_denied(head.id, draft)? => {
                self.note_seen(&head)?;
                return Ok(Upserted::Unchanged(head.id));
            }
            Some(head) => (head.id, head.revision + 1, false),
            None => (ListingId::generate(self.now()), 1, true),
        };
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO listings (id, partner_id, reference, status, seller_key, content_sha256, draft, ends_at, revision,
                                       received_at, updated_at, last_seen_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?10)
                 ON CONFLICT (id) DO UPDATE SET status = ?4, seller_key = ?5, content_sha256 = ?6, draft = ?7, ends_at = ?8,
                                                revision = ?9, updated_at = ?10, last_seen_at = ?10",
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
        self.plan_photos(id, draft, revision - 1)?;
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
                "UPDATE listings SET status = 'withdrawn', draft = ?2, content_sha256 = ?3, revision = ?4, updated_at = ?5,
                                     last_seen_at = ?5 WHERE id = ?1",
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

    /// Erases listings of a partner that it has not named since `before` and that were never put to anybody, at most `limit`.
    /// Returns how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn erase_unmatched_listings(&mut self, partner: PartnerId, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT id FROM listings WHERE partner_id = ?1 AND last_seen_at < ?2
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

    fn note_seen(&mut self, head: &Head) -> Result<(), StoreError> {
        if self.now() - head.last_seen_at < TimeDelta::hours(SEEN_EVERY_HOURS) {
            return Ok(());
        }
        let now = micros(self.now());
        self.connection
            .prepare_cached("UPDATE listings SET last_seen_at = ?2 WHERE id = ?1")?
            .execute(params![head.id.0.as_bytes(), now])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// Whether a partner's listing says just what a draft says.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn holds_revision(&self, partner: PartnerId, draft: &ListingDraft<Seller>) -> Result<bool, StoreError> {
        let content = ContentHash::of(to_json(draft)?.as_bytes());
        match self.listing_head(partner, &draft.reference)? {
            Some(head) => Ok(head.content == content && !self.shows_what_is_denied(head.id, draft)?),
            None => Ok(false),
        }
    }

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
            Some(head) => self.listing(head.id),
            None => Ok(None),
        }
    }

    fn listing_head(&self, partner: PartnerId, reference: &str) -> Result<Option<Head>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT id, revision, content_sha256, last_seen_at FROM listings WHERE partner_id = ?1 AND reference = ?2",
        )?;
        let head = query.query_row(params![partner.0.as_bytes(), reference], |row| {
            Ok(Head {
                id: ListingId(uuid(row, "id")?),
                revision: row.get("revision")?,
                content: content_hash(row, "content_sha256")?,
                last_seen_at: instant(row, "last_seen_at")?,
            })
        });
        Ok(head.optional()?)
    }

    /// A partner's listings in the order of the partner's own ids, after one of them or from the first; at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listings_of_partner(
        &self,
        partner: PartnerId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ListingHeading>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT reference, status, updated_at FROM listings WHERE partner_id = ?1 AND reference > ?2
             ORDER BY reference LIMIT ?3",
        )?;
        let rows = query.query_map(params![partner.0.as_bytes(), after.unwrap_or(""), count(limit)], |row| {
            Ok(ListingHeading {
                reference: row.get("reference")?,
                status: from_word(row, "status")?,
                updated_at: instant(row, "updated_at")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
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

    /// The ids of listings that were first received from an instant on and before another, the newest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listing_ids_received(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<ListingId>, StoreError> {
        let (from, to) = (from.map_or([0; 16], first_id), to.map_or([255; 16], first_id));
        let mut query = self
            .connection
            .prepare_cached("SELECT id FROM listings WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")?;
        let rows = query.query_map(params![from, to, count(limit)], |row| uuid(row, "id").map(ListingId))?;
        Ok(rows.collect::<Result<_, _>>()?)
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

    /// How many listings a seller has or had.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_listings_of_seller(&self, seller: SellerKey) -> Result<u64, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT count(*) FROM listings WHERE seller_key = ?1")?;
        let listings: i64 = query.query_row([seller.0], |row| row.get(0))?;
        Ok(listings.unsigned_abs())
    }

    /// How a listing is described, without the rest of it; none when it is gone.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listing_description(&self, listing: ListingId) -> Result<Option<Description>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Described {
            description: Description,
        }
        let mut query = self.connection.prepare_cached("SELECT draft FROM listings WHERE id = ?1")?;
        let described = query.query_row([listing.0.as_bytes()], |row| from_json::<Described>(row, "draft"));
        Ok(described.optional()?.map(|described| described.description))
    }

    /// The listings of a seller, those that came last first, as their ids tell; at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listings_of_seller(&self, seller: SellerKey, limit: usize) -> Result<Vec<Listing>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM listings WHERE seller_key = ?1 ORDER BY id DESC LIMIT ?2")?;
        let rows = query.query_map(params![seller.0, count(limit)], listing_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The same, their ids alone, which the index tells.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listing_ids_of_seller(&self, seller: SellerKey, limit: usize) -> Result<Vec<ListingId>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT id FROM listings WHERE seller_key = ?1 ORDER BY id DESC LIMIT ?2")?;
        let rows = query.query_map(params![seller.0, count(limit)], |row| uuid(row, "id").map(ListingId))?;
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
