//! Quarantine: records that could not be taken in, bounded in number and age.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{count, from_json, instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::feed::{HeldRecord, Quarantined};
use crate::domain::ids::{DeliveryId, FeedId, PartnerId};
use crate::domain::listing::RejectedLine;
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Puts a delivery's records into quarantine.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantine(&mut self, partner: PartnerId, delivery: DeliveryId, records: &[Quarantined]) -> Result<(), StoreError> {
        let now = micros(self.now());
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO quarantine (partner_id, feed_id, delivery_id, received_at, line, faults, format, record, reference)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for record in records {
            insert.execute(params![
                partner.0.as_bytes(),
                record.feed.map(|feed| *feed.0.as_bytes()),
                delivery.0.as_bytes(),
                now,
                i64::try_from(record.line).unwrap_or(i64::MAX),
                to_json(&record.faults)?,
                record.format,
                record.record,
                record.reference.as_deref().filter(|reference| is_reference(reference)),
            ])?;
        }
        Ok(())
    }

    /// Lets the oldest of a partner's records go whose numbers are no higher than `through`, at most so many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn drop_oldest_quarantined(&mut self, partner: PartnerId, through: i64, records_max: usize) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "DELETE FROM quarantine WHERE number IN
                     (SELECT number FROM quarantine WHERE partner_id = ?1 AND number <= ?2 ORDER BY number LIMIT ?3)",
            )?
            .execute(params![partner.0.as_bytes(), through, count(records_max)])?;
        Ok(())
    }

    /// Says anew what is wrong with a record that waits.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn set_quarantined_faults(&mut self, partner: PartnerId, number: i64, faults: &[RejectedLine]) -> Result<(), StoreError> {
        let mut update = self
            .connection
            .prepare_cached("UPDATE quarantine SET faults = ?3 WHERE partner_id = ?1 AND number = ?2")?;
        update.execute(params![partner.0.as_bytes(), number, to_json(&faults)?])?;
        Ok(())
    }

    /// Lets records go.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn release_quarantined(&mut self, partner: PartnerId, numbers: &[i64]) -> Result<(), StoreError> {
        let mut delete = self
            .connection
            .prepare_cached("DELETE FROM quarantine WHERE partner_id = ?1 AND number = ?2")?;
        for number in numbers {
            delete.execute(params![partner.0.as_bytes(), number])?;
        }
        Ok(())
    }

    /// Lets records go whose listings were taken in since: those with numbers up to `through` that bear one of these references
    /// and came by another delivery than `by`, in which their order is not known; how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn release_quarantined_as<'a>(
        &mut self,
        partner: PartnerId,
        references: impl Iterator<Item = &'a str>,
        by: DeliveryId,
        through: i64,
    ) -> Result<usize, StoreError> {
        let mut any = self
            .connection
            .prepare_cached("SELECT 1 FROM quarantine WHERE partner_id = ?1 LIMIT 1")?;
        if !any.exists([partner.0.as_bytes()])? {
            return Ok(0);
        }
        let mut delete = self.connection.prepare_cached(
            "DELETE FROM quarantine WHERE partner_id = ?1 AND reference = ?2 AND delivery_id <> ?3 AND number <= ?4",
        )?;
        let mut gone = 0;
        for reference in references {
            gone += delete.execute(params![partner.0.as_bytes(), reference, by.0.as_bytes(), through])?;
        }
        Ok(gone)
    }

    /// Lets a partner's records go with numbers from `from` through `through`; how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn release_quarantined_between(&mut self, partner: PartnerId, from: i64, through: i64) -> Result<usize, StoreError> {
        let mut delete = self
            .connection
            .prepare_cached("DELETE FROM quarantine WHERE partner_id = ?1 AND number BETWEEN ?2 AND ?3")?;
        Ok(delete.execute(params![partner.0.as_bytes(), from, through])?)
    }

    /// Lets a feed's records go that came before an instant: a later file has said everything anew.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn release_quarantined_of(&mut self, feed: FeedId, before: Timestamp) -> Result<(), StoreError> {
        let mut delete = self
            .connection
            .prepare_cached("DELETE FROM quarantine WHERE feed_id = ?1 AND received_at < ?2")?;
        delete.execute(params![feed.0.as_bytes(), micros(before)])?;
        Ok(())
    }

    /// Lets a partner's records go that came before an instant; how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn release_quarantined_before(&mut self, partner: PartnerId, before: Timestamp) -> Result<usize, StoreError> {
        let mut delete = self
            .connection
            .prepare_cached("DELETE FROM quarantine WHERE partner_id = ?1 AND received_at < ?2")?;
        Ok(delete.execute(params![partner.0.as_bytes(), micros(before)])?)
    }
}

impl Reader<'_> {
    /// The number of the newest of a partner's records that are beyond the newest so many; none when there are no more.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantined_beyond(&self, partner: PartnerId, records_max: usize) -> Result<Option<i64>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT number FROM quarantine WHERE partner_id = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2")?;
        let number = query.query_row(params![partner.0.as_bytes(), count(records_max)], |row| row.get(0));
        Ok(number.optional()?)
    }

    /// A partner's quarantined records with numbers above `after`, the oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantined(&self, partner: PartnerId, after: i64, limit: usize) -> Result<Vec<HeldRecord>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM quarantine WHERE partner_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3")?;
        let rows = query.query_map(params![partner.0.as_bytes(), after, count(limit)], held_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// As [`Reader::quarantined`], of those that came by one feed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantined_of(
        &self,
        partner: PartnerId,
        feed: FeedId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<HeldRecord>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM quarantine WHERE partner_id = ?1 AND feed_id = ?2 AND number > ?3 ORDER BY number LIMIT ?4",
        )?;
        let key = params![partner.0.as_bytes(), feed.0.as_bytes(), after, count(limit)];
        let rows = query.query_map(key, held_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Whether a listing can have this reference.
fn is_reference(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= Quarantined::REFERENCE_CHARS_MAX
}

fn held_row(row: &Row<'_>) -> rusqlite::Result<HeldRecord> {
    Ok(HeldRecord {
        number: row.get("number")?,
        delivery: DeliveryId(uuid(row, "delivery_id")?),
        received_at: instant(row, "received_at")?,
        quarantined: Quarantined {
            feed: maybe_uuid(row, "feed_id")?.map(FeedId),
            line: row.get::<_, i64>("line")?.unsigned_abs(),
            faults: from_json(row, "faults")?,
            reference: row.get("reference")?,
            format: row.get("format")?,
            record: row.get("record")?,
        },
    })
}
