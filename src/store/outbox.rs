//! The outbox: effects that leave the service, written in the transaction of their cause, done afterwards.
//!
//! Effects that may hold each other up share a lane: those on one host. Lanes do not wait for each other.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::rows::{count, from_json, micros, to_json};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ListingId, MessageId};
use crate::domain::notification::Recipient;
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
    /// Send a message to somebody outside.
    SendMessage {
        /// Which.
        message: MessageId,
    },
}

/// What begins the lanes of messages; no host's name holds a colon.
const MESSAGES: &str = "to:";

/// The lane of what is sent to somebody: each endpoint its own, and one for all mail, which goes through one server.
pub(super) fn lane_of(to: Recipient) -> String {
    match to {
        Recipient::Webhook(id) => format!("{MESSAGES}{id}"),
        Recipient::Mailbox(_) => format!("{MESSAGES}mail"),
    }
}

/// Which lanes are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    /// Those of hosts that photos are fetched from.
    Hosts,
    /// Those of messages.
    Messages,
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
    /// Puts an effect into a lane of the outbox, due at once.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn send(&mut self, effect: &Effect, lane: &str) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached("INSERT INTO outbox (effect, lane, due_at) VALUES (?1, ?2, ?3)")?
            .execute(params![to_json(effect)?, lane, now])?;
        Ok(())
    }

    /// Puts a message that waits no more into its lane again, due at once.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn send_again(&mut self, message: MessageId, to: Recipient) -> Result<(), StoreError> {
        self.send(&Effect::SendMessage { message }, &lane_of(to))
    }

    /// Moves an effect to another lane.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn move_effect(&mut self, id: i64, lane: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE outbox SET lane = ?2 WHERE id = ?1")?
            .execute(params![id, lane])?;
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

    /// Puts off whatever of a lane is due before `until` until then. That counts as no try.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn postpone_lane(&mut self, lane: &str, until: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE outbox SET due_at = ?2 WHERE lane = ?1 AND due_at < ?2")?
            .execute(params![lane, micros(until)])?;
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
    /// The lanes of a sort that have something due at `now`, the longest waiting first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn due_lanes(&self, lanes: Lanes, now: Timestamp) -> Result<Vec<String>, StoreError> {
        // Steps from lane to lane in the index, whatever number of effects each holds.
        let mut query = self.connection.prepare_cached(
            "WITH RECURSIVE lanes (lane) AS (
                 SELECT min(lane) FROM outbox
                 UNION ALL
                 SELECT (SELECT min(lane) FROM outbox WHERE outbox.lane > lanes.lane) FROM lanes WHERE lanes.lane IS NOT NULL
             ), waiting (lane, due) AS (
                 SELECT lane, (SELECT min(due_at) FROM outbox WHERE outbox.lane = lanes.lane) FROM lanes WHERE lane IS NOT NULL
             )
             SELECT lane FROM waiting WHERE due <= ?1 ORDER BY due, lane",
        )?;
        let rows = query.query_map([micros(now)], |row| row.get::<_, String>("lane"))?;
        let mut found: Vec<String> = rows.collect::<Result<_, _>>()?;
        found.retain(|lane| lane.starts_with(MESSAGES) == (lanes == Lanes::Messages));
        Ok(found)
    }

    /// Effects of a lane that are due at `now`, the longest waiting first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn due_in_lane(&self, lane: &str, now: Timestamp, limit: usize) -> Result<Vec<DueEffect>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT id, effect, attempts FROM outbox WHERE lane = ?1 AND due_at <= ?2 ORDER BY due_at, id LIMIT ?3",
        )?;
        let rows = query.query_map(params![lane, micros(now), count(limit)], |row| {
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
