//! The revisions of items: what was said of each, since when. Written by every change of an item, in the same transaction, as
//! the change is numbered.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{from_json, instant, micros, to_json};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ItemId, TheftReportId};
use crate::domain::item_revision::ItemRevision;
use crate::domain::late_entry::{Entered, Order};
use crate::domain::report::Report;
use crate::domain::time::Timestamp;

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

    /// How what was entered of a report's item stands to its listing.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn entered(&self, report: &Report) -> Result<Entered, StoreError> {
        let revisions = self.item_revisions(report.item)?;
        let (listing, theft) = (self.listing(report.listing)?, self.theft_report(report.theft_report)?);
        let (Some(first), Some(listing), Some(theft)) = (revisions.first(), listing, theft) else {
            return Ok(Entered::Before);
        };
        let order = Order {
            registered_at: first.at,
            stolen_by: theft.theft.to,
            listing_public_since: listing.public_since(),
        };
        Ok(order.of_all(&revisions))
    }

    /// Since when an item is described as it is; nothing when it is gone.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn item_described_at(&self, id: ItemId) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.last_item_revision(id)?.map(|last| last.at))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rusqlite::Connection;

    use crate::domain::ids::{ItemId, TheftReportId};
    use crate::domain::time::{Clock, Timestamp};
    use crate::store::{Store, StoreError};

    /// The database of a program before there were revisions, with one stolen item that has a photo and a verified theft.
    const BEFORE: &str = "
        INSERT INTO accounts VALUES (zeroblob(16), 'a@example.org', 'A', 'owner', NULL, NULL, 1, 0);
        INSERT INTO theft_reports (id, reporter_id, from_at, to_at, place, circumstances, status, decided_by, decided_at, created_at)
            VALUES (zeroblob(16), zeroblob(16), 0, 0, '{}', '', 'verified', zeroblob(16), 500, 0);
        INSERT INTO items (id, owner_id, status, theft_report_id, description, created_at, updated_at)
            VALUES (zeroblob(16), zeroblob(16), 'stolen', zeroblob(16), '{\"title\": \"Bicycle\"}', 100, 700);
        INSERT INTO photos (sha256, size_bytes, format, width, height, fingerprint_version, fingerprint, created_at)
            VALUES (zeroblob(32), 1, 'jpeg', 1, 1, 1, x'00', 0);
        INSERT INTO item_photos VALUES (zeroblob(16), 2, zeroblob(32));";

    #[test]
    fn what_was_there_before_revisions_counts_from_its_last_change() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("replevin.sqlite");
        let before = Connection::open(&path).unwrap();
        for script in &crate::store::migrate::MIGRATIONS[..2] {
            before.execute_batch(script).unwrap();
        }
        before.pragma_update(None, "user_version", 2).unwrap();
        before.execute_batch(BEFORE).unwrap();
        drop(before);
        let store = Store::open(&path, Clock::system()).unwrap();
        let (item, theft) = (ItemId(uuid::Uuid::nil()), TheftReportId(uuid::Uuid::nil()));
        let read =
            store.read_blocking(|reader| Ok::<_, StoreError>((reader.item_revisions(item)?, reader.theft_report_events(theft)?)));
        let (revisions, events) = read.unwrap();
        let at = |micros| Timestamp::from_timestamp_micros(micros).unwrap();
        assert_eq!((revisions.len(), revisions[0].number, revisions[0].at), (1, 1, at(700)));
        assert_eq!(revisions[0].description.title, "Bicycle");
        assert_eq!((revisions[0].photos[0].number, revisions[0].photos[0].sha256.0), (2, [0; 32]));
        assert_eq!(
            (events.len(), events[0].at, events[0].status.as_str()),
            (1, at(500), "verified")
        );
    }
}
