//! The outbox: effects that leave the service, written in the transaction of their cause, done afterwards.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::rows::{count, from_json, micros, to_json};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::ListingId;
use crate::domain::time::Timestamp;

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum Effect {
    /// Fetch a listing's photo.
    FetchPhoto {
        /// The listing.
        listing: ListingId,
        /// The photo's number.
        number: u16,
    },
}

/// An effect whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueEffect {
    /// Names the row.
    pub id: i64,
    /// What to do.
    pub effect: Effect,
    /// Tries so far.
    pub attempts: u32,
}

impl Tx<'_> {
    /// Puts an effect into the outbox, due at once.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn send(&mut self, effect: &Effect) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached("INSERT INTO outbox (effect, due_at) VALUES (?1, ?2)")?
            .execute(params![to_json(effect)?, now])?;
        Ok(())
    }

    /// Takes an effect out: it is done, or given up.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn finish_effect(&mut self, id: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM outbox WHERE id = ?1")?
            .execute([id])?;
        Ok(())
    }

    /// Puts an effect off until `due`, with one more try on its account.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn postpone_effect(&mut self, id: i64, due: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE outbox SET due_at = ?2, attempts = attempts + 1 WHERE id = ?1")?
            .execute(params![id, micros(due)])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// Effects that are due at `now`, the longest waiting first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn due_effects(&self, now: Timestamp, limit: usize) -> Result<Vec<DueEffect>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT id, effect, attempts FROM outbox WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?2")?;
        let rows = query.query_map(params![micros(now), count(limit)], |row| {
            Ok(DueEffect {
                id: row.get("id")?,
                effect: from_json(row, "effect")?,
                attempts: row.get("attempts")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many effects wait, due or not.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_effects(&self) -> Result<u64, StoreError> {
        let count: i64 = self
            .connection
            .prepare_cached("SELECT count(*) FROM outbox")?
            .query_row([], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }
}
