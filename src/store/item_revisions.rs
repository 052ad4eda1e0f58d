//! The revisions of items: what was said of each, since when. Written by every change of an item, in the same transaction.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{from_json, instant, micros, to_json};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ItemId, TheftReportId};
use crate::domain::item_revision::ItemRevision;

impl Tx<'_> {
    /// Keeps what is said of an item now as its next revision, when it differs from the last one.
    pub(super) fn keep_item_revision(&mut self, id: ItemId) -> Result<(), StoreError> {
        let Some(item) = self.item(id)? else { return Ok(()) };
        let last = self.last_item_revision(id)?;
        let same = |last: &ItemRevision| last.description == item.draft.description && last.photos == item.photos;
        if last.as_ref().is_some_and(same) {
            return Ok(());
        }
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO item_revisions (item_id, revision, at, description, photos) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                id.0.as_bytes(),
                last.map_or(1, |last| last.number + 1),
                now,
                to_json(&item.draft.description)?,
                to_json(&item.photos)?,
            ])?;
        Ok(())
    }

    /// Forgets everything that was ever said of an item.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_item_revisions(&mut self, id: ItemId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM item_revisions WHERE item_id = ?1")?
            .execute([id.0.as_bytes()])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// Everything that was said of an item, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn item_revisions(&self, id: ItemId) -> Result<Vec<ItemRevision>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM item_revisions WHERE item_id = ?1 ORDER BY revision")?;
        let rows = query.query_map([id.0.as_bytes()], revision_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many revisions the items of a theft report have together: it grows with every change of any of them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn stolen_items_revision(&self, theft: TheftReportId) -> Result<u64, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT count(*) FROM theft_report_items JOIN item_revisions ON item_revisions.item_id = theft_report_items.item_id
             WHERE theft_report_items.theft_report_id = ?1",
        )?;
        let count: i64 = query.query_row([theft.0.as_bytes()], |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    fn last_item_revision(&self, id: ItemId) -> Result<Option<ItemRevision>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM item_revisions WHERE item_id = ?1 ORDER BY revision DESC LIMIT 1")?;
        Ok(query.query_row([id.0.as_bytes()], revision_row).optional()?)
    }
}

fn revision_row(row: &Row<'_>) -> rusqlite::Result<ItemRevision> {
    Ok(ItemRevision {
        number: row.get("revision")?,
        at: instant(row, "at")?,
        description: from_json(row, "description")?,
        photos: from_json(row, "photos")?,
    })
}
