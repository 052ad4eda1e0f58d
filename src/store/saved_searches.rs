//! Saved searches, and what they found.

use replevin_index::Sequence;
use rusqlite::{OptionalExtension, Row, params};

use super::rows::{count, damaged, instant, maybe_instant, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::audit::Purpose;
use crate::domain::ids::{AccountId, ListingId, SavedSearchId};
use crate::domain::listing::SellerKey;
use crate::domain::photo::ContentHash;
use crate::domain::saved_search::{SavedSearch, Sought};
use crate::domain::time::Timestamp;

/// The name of the cursor up to which listings were looked at.
const CURSOR: &str = "saved_searches";

/// A listing that a saved search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchHit {
    /// Which.
    pub listing: ListingId,
    /// By what.
    pub how: String,
    /// When.
    pub found_at: Timestamp,
    /// When its officer saw it, if they did.
    pub seen_at: Option<Timestamp>,
}

impl Tx<'_> {
    /// Enters a saved search.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_saved_search(&mut self, search: &SavedSearch) -> Result<(), StoreError> {
        let sought = &search.sought;
        self.connection
            .prepare_cached(
                "INSERT INTO saved_searches (id, account_id, name, words, number, place, seller_of, seller_key, purpose_case,
                                             purpose_reason, created_at, expires_at, from_at, to_at, photo_sha256)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            )?
            .execute(params![
                search.id.0.as_bytes(),
                search.account.0.as_bytes(),
                search.name,
                sought.words,
                sought.number,
                sought.place,
                sought.seller_of.map(|number| i64::try_from(number).unwrap_or(i64::MAX)),
                search.seller.map(|seller| seller.0),
                search.purpose.case,
                search.purpose.reason,
                micros(search.created_at),
                micros(search.expires_at),
                sought.from.map(micros),
                sought.to.map(micros),
                sought.photo.map(|photo| photo.0),
            ])?;
        Ok(())
    }

    /// Removes a saved search with what it found.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_saved_search(&mut self, id: SavedSearchId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM saved_searches WHERE id = ?1")?
            .execute([id.0.as_bytes()])?;
        Ok(())
    }

    /// Removes searches that were over before `before`; how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_saved_searches_before(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("DELETE FROM saved_searches WHERE expires_at < ?1")?
            .execute([micros(before)])?)
    }

    /// Enters that a search found a listing; whether it had not before.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_search_hit(&mut self, id: SavedSearchId, listing: ListingId, how: &str) -> Result<bool, StoreError> {
        let now = micros(self.now());
        let entered = self
            .connection
            .prepare_cached(
                "INSERT INTO search_hits (search_id, listing_id, how, found_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?
            .execute(params![id.0.as_bytes(), listing.0.as_bytes(), how, now])?;
        Ok(entered > 0)
    }

    /// Notes that what a search found was seen.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_hits_seen(&mut self, id: SavedSearchId) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached("UPDATE search_hits SET seen_at = ?2 WHERE search_id = ?1 AND seen_at IS NULL")?
            .execute(params![id.0.as_bytes(), now])?;
        Ok(())
    }

    /// Notes up to which change listings were looked at.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn saved_searches_ran_to(&mut self, sequence: Sequence) -> Result<(), StoreError> {
        self.set_cursor(CURSOR, sequence)
    }

    /// Adds to how many listings a search was run over since its last entry in the log, and empties that count when it has its entry.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_search_run(&mut self, id: SavedSearchId, listings: u64, logged: bool) -> Result<(), StoreError> {
        let now = micros(self.now());
        let listings = i64::try_from(listings).unwrap_or(i64::MAX);
        let sql = match logged {
            true => "UPDATE saved_searches SET looked_through = 0 * ?2, logged_at = ?3 WHERE id = ?1",
            false => "UPDATE saved_searches SET looked_through = looked_through + ?2 + 0 * ?3 WHERE id = ?1",
        };
        self.connection
            .prepare_cached(sql)?
            .execute(params![id.0.as_bytes(), listings, now])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// A saved search.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn saved_search(&self, id: SavedSearchId) -> Result<Option<SavedSearch>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM saved_searches WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], search_row).optional()?)
    }

    /// Somebody's saved searches, oldest first, each with how much it found and how much of that was not seen.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn saved_searches_of(&self, account: AccountId) -> Result<Vec<(SavedSearch, u64, u64)>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT s.*, (SELECT count(*) FROM search_hits AS h WHERE h.search_id = s.id) AS found,
                    (SELECT count(*) FROM search_hits AS h WHERE h.search_id = s.id AND h.seen_at IS NULL) AS unseen
             FROM saved_searches AS s WHERE account_id = ?1 ORDER BY id",
        )?;
        let rows = query.query_map([account.0.as_bytes()], |row| {
            let number = |column: &str| row.get::<_, i64>(column).map(i64::unsigned_abs);
            Ok((search_row(row)?, number("found")?, number("unseen")?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The searches that are run at `now`, each with how many listings it was run over since its last entry in the log, and when
    /// that was.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn saved_searches_in_force(&self, now: Timestamp) -> Result<Vec<(SavedSearch, u64, Option<Timestamp>)>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM saved_searches WHERE expires_at > ?1 ORDER BY id")?;
        let rows = query.query_map([micros(now)], |row| {
            let looked: i64 = row.get("looked_through")?;
            Ok((search_row(row)?, looked.unsigned_abs(), maybe_instant(row, "logged_at")?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What a search found, newest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn search_hits(&self, id: SavedSearchId, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM search_hits WHERE search_id = ?1 ORDER BY found_at DESC, listing_id LIMIT ?2")?;
        let rows = query.query_map(params![id.0.as_bytes(), count(limit)], |row| {
            Ok(SearchHit {
                listing: ListingId(uuid(row, "listing_id")?),
                how: row.get("how")?,
                found_at: instant(row, "found_at")?,
                seen_at: maybe_instant(row, "seen_at")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Up to which change listings were looked at for saved searches.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn saved_searches_ran(&self) -> Result<Sequence, StoreError> {
        self.cursor(CURSOR)
    }
}

fn search_row(row: &Row<'_>) -> rusqlite::Result<SavedSearch> {
    let seller: Option<[u8; 32]> = row.get("seller_key")?;
    let photo: Option<[u8; 32]> = row.get("photo_sha256")?;
    let (case, reason): (String, String) = (row.get("purpose_case")?, row.get("purpose_reason")?);
    Ok(SavedSearch {
        id: SavedSearchId(uuid(row, "id")?),
        account: AccountId(uuid(row, "account_id")?),
        name: row.get("name")?,
        sought: Sought {
            words: row.get("words")?,
            number: row.get("number")?,
            place: row.get("place")?,
            seller_of: row.get::<_, Option<i64>>("seller_of")?.map(i64::unsigned_abs),
            from: maybe_instant(row, "from_at")?,
            to: maybe_instant(row, "to_at")?,
            photo: photo.map(ContentHash),
        },
        seller: seller.map(SellerKey),
        purpose: Purpose::parse(&case, &reason).map_err(|_| damaged("purpose_case"))?,
        created_at: instant(row, "created_at")?,
        expires_at: instant(row, "expires_at")?,
    })
}
