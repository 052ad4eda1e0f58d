//! Deliveries: one push of a partner each, with what was rejected of it.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{content_hash, count, from_json, instant, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{DeliveryId, PartnerId};
use crate::domain::listing::Delivery;

impl Tx<'_> {
    /// Says how far a delivery came since it was entered.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn update_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE deliveries SET accepted = ?2, unchanged = ?3, remaining = ?4, notes = ?5 WHERE id = ?1")?
            .execute(params![
                delivery.id.0.as_bytes(),
                i64::try_from(delivery.accepted).unwrap_or(i64::MAX),
                i64::try_from(delivery.unchanged).unwrap_or(i64::MAX),
                i64::try_from(delivery.remaining).unwrap_or(i64::MAX),
                to_json(&delivery.notes)?,
            ])?;
        Ok(())
    }

    /// Enters a delivery. It must stand before the revisions that it brought.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO deliveries (id, partner_id, received_at, size_bytes, sha256, accepted, unchanged, rejected,
                                         rejected_lines, remaining, notes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                delivery.id.0.as_bytes(),
                delivery.partner.0.as_bytes(),
                micros(delivery.received_at),
                i64::try_from(delivery.size_bytes).unwrap_or(i64::MAX),
                delivery.sha256.0,
                i64::try_from(delivery.accepted).unwrap_or(i64::MAX),
                i64::try_from(delivery.unchanged).unwrap_or(i64::MAX),
                i64::try_from(delivery.rejected_count).unwrap_or(i64::MAX),
                to_json(&delivery.rejected)?,
                i64::try_from(delivery.remaining).unwrap_or(i64::MAX),
                to_json(&delivery.notes)?,
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// A delivery.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM deliveries WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], delivery_row).optional()?)
    }

    /// A page of a partner's deliveries, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn deliveries_page(&self, partner: PartnerId, skip: usize, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM deliveries WHERE partner_id = ?1 ORDER BY received_at DESC, id DESC LIMIT ?2 OFFSET ?3",
        )?;
        let rows = query.query_map(params![partner.0.as_bytes(), count(limit), count(skip)], delivery_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A partner's last deliveries, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn deliveries(&self, partner: PartnerId, limit: usize) -> Result<Vec<Delivery>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM deliveries WHERE partner_id = ?1 ORDER BY received_at DESC, id DESC LIMIT ?2")?;
        let rows = query.query_map(params![partner.0.as_bytes(), count(limit)], delivery_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn delivery_row(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let number = |column: &str| row.get::<_, i64>(column).map(i64::unsigned_abs);
    Ok(Delivery {
        id: DeliveryId(uuid(row, "id")?),
        partner: PartnerId(uuid(row, "partner_id")?),
        received_at: instant(row, "received_at")?,
        size_bytes: number("size_bytes")?,
        sha256: content_hash(row, "sha256")?,
        accepted: number("accepted")?,
        unchanged: number("unchanged")?,
        remaining: number("remaining")?,
        rejected_count: number("rejected")?,
        rejected: from_json(row, "rejected_lines")?,
        notes: from_json(row, "notes")?,
    })
}
