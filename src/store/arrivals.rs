//! When something of a feed arrived, hour by hour, and when it was silent for too long.

use chrono::TimeDelta;
use rusqlite::{OptionalExtension, Row, params};

use super::rows::{count, instant, maybe_instant, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::feed::{Arrival, Silence, StreamFigures};
use crate::domain::ids::{FeedId, PartnerId};
use crate::domain::photo::PhotosFailing;
use crate::domain::rhythm::BusyHour;
use crate::domain::time::Timestamp;

/// Days of which arrivals are kept: a rhythm of weeks is learnt from some months.
const DAYS_KEPT: i64 = 100;
/// Past silences of a stream that are kept.
const SILENCES_KEPT: usize = 50;
const HOUR_MICROS: i64 = 3_600_000_000;

/// The id under which a stream's arrivals stand.
fn stream(partner: PartnerId, feed: Option<FeedId>) -> [u8; 16] {
    *feed.map_or(partner.0, |feed| feed.0).as_bytes()
}

impl Tx<'_> {
    /// Notes that something arrived now.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_arrival(&mut self, partner: PartnerId, feed: Option<FeedId>, arrival: &Arrival) -> Result<(), StoreError> {
        let (stream, now) = (stream(partner, feed), micros(self.now()));
        let hour = now.div_euclid(HOUR_MICROS);
        self.connection
            .prepare_cached(
                "INSERT INTO arrivals (stream_id, hour, partner_id, first_at, last_at, longest_wait, accepted, unchanged, rejected, delay)
                 VALUES (?1, ?2, ?3, ?4, ?4, 0, ?5, ?6, ?7, ?8)
                 ON CONFLICT (stream_id, hour) DO UPDATE SET
                     longest_wait = max(longest_wait, ?4 - last_at), last_at = max(last_at, ?4), accepted = accepted + ?5,
                     unchanged = unchanged + ?6, rejected = rejected + ?7, delay = coalesce(?8, delay)",
            )?
            .execute(params![
                stream,
                hour,
                partner.0.as_bytes(),
                now,
                number(arrival.accepted),
                number(arrival.unchanged),
                number(arrival.rejected),
                arrival.delay.and_then(|delay| delay.num_microseconds()),
            ])?;
        self.connection
            .prepare_cached("DELETE FROM arrivals WHERE stream_id = ?1 AND hour < ?2")?
            .execute(params![stream, hour - DAYS_KEPT * 24])?;
        Ok(())
    }

    /// Forgets a feed's arrivals and silences, with the feed.
    pub(super) fn forget_arrivals(&mut self, feed: FeedId) -> Result<(), StoreError> {
        for table in ["arrivals", "silences"] {
            self.connection
                .prepare_cached(&format!("DELETE FROM {table} WHERE stream_id = ?1"))?
                .execute([feed.0.as_bytes()])?;
        }
        Ok(())
    }

    /// Notes that a stream is silent. Whether that is new.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_silence(
        &mut self,
        partner: PartnerId,
        feed: Option<FeedId>,
        since: Timestamp,
        overdue_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (stream, now) = (stream(partner, feed), self.now());
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO silences (stream_id, since, partner_id, overdue_at, noticed_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (stream_id, since) DO NOTHING",
            )?
            .execute(params![
                stream,
                micros(since),
                partner.0.as_bytes(),
                micros(overdue_at),
                micros(now)
            ])?;
        if inserted > 0 {
            self.connection
                .prepare_cached(
                    "DELETE FROM silences WHERE stream_id = ?1 AND since <=
                         (SELECT since FROM silences WHERE stream_id = ?1 ORDER BY since DESC LIMIT 1 OFFSET ?2)",
                )?
                .execute(params![stream, count(SILENCES_KEPT)])?;
        }
        Ok(inserted > 0)
    }

    /// Notes that a stream is silent no more. Whether it was.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn end_silence(&mut self, partner: PartnerId, feed: Option<FeedId>) -> Result<bool, StoreError> {
        let ended = self
            .connection
            .prepare_cached("UPDATE silences SET ended_at = ?2 WHERE stream_id = ?1 AND ended_at IS NULL")?
            .execute(params![stream(partner, feed), micros(self.now())])?;
        Ok(ended > 0)
    }
}

impl Reader<'_> {
    /// The hours in which something of a stream arrived, in their order.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn busy_hours(&self, partner: PartnerId, feed: Option<FeedId>) -> Result<Vec<BusyHour>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT first_at, last_at, longest_wait FROM arrivals WHERE stream_id = ?1 ORDER BY hour")?;
        let rows = query.query_map([stream(partner, feed)], |row| {
            Ok(BusyHour {
                first_at: instant(row, "first_at")?,
                last_at: instant(row, "last_at")?,
                longest_wait: TimeDelta::microseconds(row.get("longest_wait")?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What arrived of a stream since an instant, whole hours, and how long its listings take to reach us.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn stream_figures(
        &self,
        partner: PartnerId,
        feed: Option<FeedId>,
        since: Timestamp,
    ) -> Result<StreamFigures, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT coalesce(sum(accepted), 0), coalesce(sum(unchanged), 0), coalesce(sum(rejected), 0),
                    (SELECT delay FROM arrivals WHERE stream_id = ?1 AND delay IS NOT NULL ORDER BY hour DESC LIMIT 1)
             FROM arrivals WHERE stream_id = ?1 AND hour >= ?2",
        )?;
        let hour = micros(since).div_euclid(HOUR_MICROS);
        let figures = query.query_row(params![stream(partner, feed), hour], |row| {
            let figure = |at: usize| row.get::<_, i64>(at).map(i64::unsigned_abs);
            Ok(StreamFigures {
                accepted: figure(0)?,
                unchanged: figure(1)?,
                rejected: figure(2)?,
                delay: row.get::<_, Option<i64>>(3)?.map(TimeDelta::microseconds),
            })
        })?;
        Ok(figures)
    }

    /// The past silences of a stream, the newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn silences_of(&self, partner: PartnerId, feed: Option<FeedId>, limit: usize) -> Result<Vec<Silence>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM silences WHERE stream_id = ?1 ORDER BY since DESC LIMIT ?2")?;
        let rows = query.query_map(params![stream(partner, feed), count(limit)], silence_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a stream is noted as silent.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn is_noted_silent(&self, partner: PartnerId, feed: Option<FeedId>) -> Result<bool, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT 1 FROM silences WHERE stream_id = ?1 AND ended_at IS NULL")?;
        Ok(query.query_row([stream(partner, feed)], |_| Ok(())).optional()?.is_some())
    }

    /// What is wrong with a partner's records that wait in quarantine: field, reason and how many, the most frequent first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn rejected_because(&self, partner: PartnerId, limit: usize) -> Result<Vec<(String, String, u64)>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT json_extract(faults, '$[0].field') AS field, json_extract(faults, '$[0].reason') AS reason, count(*) AS number
             FROM quarantine WHERE partner_id = ?1 GROUP BY 1, 2 ORDER BY number DESC, field, reason LIMIT ?2",
        )?;
        let rows = query.query_map(params![partner.0.as_bytes(), count(limit)], |row| {
            let text = |column: &str| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
            Ok((text("field")?, text("reason")?, row.get::<_, i64>("number")?.unsigned_abs()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Why photos of a partner's listings cannot be had, be they given up or still to be tried again, the most frequent first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photos_failing(&self, partner: PartnerId, limit: usize) -> Result<Vec<PhotosFailing>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT coalesce(error, '') AS why, count(*) AS number, max(reference) AS example,
                    count(*) FILTER (WHERE state = 'pending' OR upload = 'until_fetched') AS retried
             FROM listing_photos JOIN listings ON listings.id = listing_id
             WHERE (state = 'failed' OR error IS NOT NULL) AND partner_id = ?1
             GROUP BY 1 ORDER BY number DESC, why LIMIT ?2",
        )?;
        let number = |row: &Row<'_>, column: &str| row.get::<_, i64>(column).map(i64::unsigned_abs);
        let rows = query.query_map(params![partner.0.as_bytes(), count(limit)], |row| {
            Ok(PhotosFailing {
                reason: row.get("why")?,
                photos: number(row, "number")?,
                retried: number(row, "retried")?,
                example: row.get("example")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn silence_row(row: &Row<'_>) -> rusqlite::Result<Silence> {
    let partner = PartnerId(uuid(row, "partner_id")?);
    let stream = uuid(row, "stream_id")?;
    Ok(Silence {
        partner,
        feed: (stream != partner.0).then_some(FeedId(stream)),
        since: instant(row, "since")?,
        overdue_at: instant(row, "overdue_at")?,
        noticed_at: instant(row, "noticed_at")?,
        ended_at: maybe_instant(row, "ended_at")?,
    })
}

fn number(figure: u64) -> i64 {
    i64::try_from(figure).unwrap_or(i64::MAX)
}
