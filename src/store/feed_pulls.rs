//! Pulled feeds: when each is due, how it went, and which listings it names.

use rusqlite::{OptionalExtension, Row, params};

use super::feeds::feed_row;
use super::rows::{count, from_json, instant, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::feed::{Feed, PullRun, PullState};
use crate::domain::ids::{FeedId, ListingId};
use crate::domain::time::Timestamp;

/// Runs of a feed that are kept.
const RUNS_KEPT: usize = 500;

impl Tx<'_> {
    /// Notes where pulling a feed stands; `None` when it is not pulled any more.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_pull_state(&mut self, feed: FeedId, state: Option<&PullState>) -> Result<(), StoreError> {
        let Some(state) = state else {
            let mut query = self.connection.prepare_cached("DELETE FROM feed_pulls WHERE feed_id = ?1")?;
            query.execute([feed.0.as_bytes()])?;
            return Ok(());
        };
        self.connection
            .prepare_cached(
                "INSERT INTO feed_pulls (feed_id, due_at, etag, last_modified, failures, held, confirmed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (feed_id) DO UPDATE SET due_at = ?2, etag = ?3, last_modified = ?4, failures = ?5, held = ?6,
                                                     confirmed = ?7",
            )?
            .execute(params![
                feed.0.as_bytes(),
                micros(state.due_at),
                state.etag,
                state.last_modified,
                state.failures,
                i64::try_from(state.held).unwrap_or(i64::MAX),
                state.confirmed,
            ])?;
        Ok(())
    }

    /// Enters a run, and lets the oldest go.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_pull_run(&mut self, feed: FeedId, run: &PullRun) -> Result<(), StoreError> {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO feed_runs (feed_id, started_at, ended_at, outcome, accepted, unchanged, rejected, withdrawn,
                                                   held, note, bytes, because)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                feed.0.as_bytes(),
                micros(run.started_at),
                micros(run.ended_at),
                run.outcome,
                number(run.accepted),
                number(run.unchanged),
                number(run.rejected),
                number(run.withdrawn),
                number(run.held),
                run.note,
                number(run.bytes),
                to_json(&run.because)?,
            ])?;
        self.connection
            .prepare_cached(
                "DELETE FROM feed_runs WHERE feed_id = ?1 AND started_at <=
                     (SELECT started_at FROM feed_runs WHERE feed_id = ?1 ORDER BY started_at DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![feed.0.as_bytes(), count(RUNS_KEPT)])?;
        Ok(())
    }

    /// Notes that a run of a feed names a listing.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_named(&mut self, feed: FeedId, listing: ListingId, run: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO feed_listings (feed_id, listing_id, named_by) VALUES (?1, ?2, ?3)
                 ON CONFLICT (feed_id, listing_id) DO UPDATE SET named_by = ?3",
            )?
            .execute(params![feed.0.as_bytes(), listing.0.as_bytes(), micros(run)])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The pulled feeds that are due, the longest overdue first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn due_pulls(&self, now: Timestamp) -> Result<Vec<(Feed, PullState)>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM feed_pulls JOIN feeds ON id = feed_id WHERE due_at <= ?1 ORDER BY due_at")?;
        let rows = query.query_map([micros(now)], |row| Ok((feed_row(row)?, state_row(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Where pulling a feed stands; none when it is pushed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn pull_state(&self, feed: FeedId) -> Result<Option<PullState>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM feed_pulls WHERE feed_id = ?1")?;
        Ok(query.query_row([feed.0.as_bytes()], state_row).optional()?)
    }

    /// A feed's last runs, the newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn pull_runs(&self, feed: FeedId, limit: usize) -> Result<Vec<PullRun>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM feed_runs WHERE feed_id = ?1 ORDER BY started_at DESC LIMIT ?2")?;
        let rows = query.query_map(params![feed.0.as_bytes(), count(limit)], run_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many listings on sale a feed has named, and how many of these `run` has not, nor another feed of the partner since this
    /// one named them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn missing_of(&self, feed: FeedId, run: Timestamp) -> Result<(u64, u64), StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT count(*), count(*) FILTER (WHERE named_by <> ?2 AND NOT EXISTS (
                 SELECT 1 FROM feed_listings other WHERE other.listing_id = mine.listing_id AND other.named_by > mine.named_by))
             FROM feed_listings mine JOIN listings ON listings.id = listing_id WHERE feed_id = ?1 AND status = 'active'",
        )?;
        let counts = query.query_row(params![feed.0.as_bytes(), micros(run)], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, i64>(1)?.unsigned_abs()))
        })?;
        Ok(counts)
    }

    /// Some of the listings on sale that a run has not named; see [`Reader::missing_of`].
    ///
    /// # Errors
    /// A failure of the database.
    pub fn missing_listings(&self, feed: FeedId, run: Timestamp, limit: usize) -> Result<Vec<ListingId>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT listing_id FROM feed_listings mine JOIN listings ON listings.id = listing_id
             WHERE feed_id = ?1 AND named_by <> ?2 AND status = 'active' AND NOT EXISTS (
                 SELECT 1 FROM feed_listings other WHERE other.listing_id = mine.listing_id AND other.named_by > mine.named_by)
             LIMIT ?3",
        )?;
        let rows = query.query_map(params![feed.0.as_bytes(), micros(run), count(limit)], |row| {
            Ok(ListingId(uuid(row, "listing_id")?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn state_row(row: &Row<'_>) -> rusqlite::Result<PullState> {
    Ok(PullState {
        due_at: instant(row, "due_at")?,
        etag: row.get("etag")?,
        last_modified: row.get("last_modified")?,
        failures: row.get("failures")?,
        held: row.get::<_, i64>("held")?.unsigned_abs(),
        confirmed: row.get("confirmed")?,
    })
}

fn run_row(row: &Row<'_>) -> rusqlite::Result<PullRun> {
    let number = |column: &str| row.get::<_, i64>(column).map(i64::unsigned_abs);
    Ok(PullRun {
        started_at: instant(row, "started_at")?,
        ended_at: instant(row, "ended_at")?,
        outcome: row.get("outcome")?,
        accepted: number("accepted")?,
        unchanged: number("unchanged")?,
        rejected: number("rejected")?,
        withdrawn: number("withdrawn")?,
        held: number("held")?,
        note: row.get("note")?,
        bytes: number("bytes")?,
        because: from_json(row, "because")?,
    })
}
