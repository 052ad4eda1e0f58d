//! What partners call their pushes: the same push again under its key finds what became of the first.

use rusqlite::{OptionalExtension, params};

use super::rows::{content_hash, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{DeliveryId, PartnerId};
use crate::domain::listing::Delivery;
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Notes under which key a delivery came, and the hash of what was asked.
    ///
    /// # Errors
    /// A failure of the database, also when the partner has used the key.
    pub fn insert_push_key(
        &mut self,
        partner: PartnerId,
        key: &str,
        request: ContentHash,
        delivery: DeliveryId,
    ) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO push_keys (partner_id, key, request_sha256, delivery_id, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![partner.0.as_bytes(), key, request.0, delivery.0.as_bytes(), now])?;
        Ok(())
    }

    /// Forgets the keys that were used before an instant; how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn forget_push_keys(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let mut delete = self.connection.prepare_cached("DELETE FROM push_keys WHERE at < ?1")?;
        Ok(delete.execute([micros(before)])?)
    }
}

impl Reader<'_> {
    /// What a partner asked under a key, and the delivery that it became.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn push_key(&self, partner: PartnerId, key: &str) -> Result<Option<(ContentHash, Delivery)>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT request_sha256, delivery_id FROM push_keys WHERE partner_id = ?1 AND key = ?2")?;
        let known = query.query_row(params![partner.0.as_bytes(), key], |row| {
            Ok((content_hash(row, "request_sha256")?, DeliveryId(uuid(row, "delivery_id")?)))
        });
        let Some((request, delivery)) = known.optional()? else {
            return Ok(None);
        };
        Ok(self.delivery(delivery)?.map(|delivery| (request, delivery)))
    }
}
