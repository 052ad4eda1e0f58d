//! Partners.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{damaged, from_json, instant, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::PartnerId;
use crate::domain::partner::{Partner, Slug};

impl Tx<'_> {
    /// Enters a partner.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the short name is taken.
    pub fn insert_partner(&mut self, partner: &Partner) -> Result<(), StoreError> {
        if self.partner_by_slug(&partner.slug)?.is_some() {
            return Err(StoreError::Exists {
                what: "partner with this short name",
            });
        }
        self.connection
            .prepare_cached("INSERT INTO partners (id, slug, name, photo_hosts, created_at) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![
                partner.id.0.as_bytes(),
                partner.slug.as_str(),
                partner.name,
                to_json(&partner.photo_hosts)?,
                micros(partner.created_at)
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// A partner.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn partner(&self, id: PartnerId) -> Result<Option<Partner>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM partners WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], partner_row).optional()?)
    }

    /// A partner by its short name.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn partner_by_slug(&self, slug: &Slug) -> Result<Option<Partner>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM partners WHERE slug = ?1")?;
        Ok(query.query_row([slug.as_str()], partner_row).optional()?)
    }

    /// All partners by name.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn partners(&self) -> Result<Vec<Partner>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM partners ORDER BY name")?;
        let rows = query.query_map([], partner_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn partner_row(row: &Row<'_>) -> rusqlite::Result<Partner> {
    let slug: String = row.get("slug")?;
    Ok(Partner {
        id: PartnerId(uuid(row, "id")?),
        slug: slug.parse().map_err(|_| damaged("slug"))?,
        name: row.get("name")?,
        photo_hosts: from_json(row, "photo_hosts")?,
        created_at: instant(row, "created_at")?,
    })
}
