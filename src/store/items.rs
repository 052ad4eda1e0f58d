//! Items and their photos. Every change of an item takes the next number of the sequence here, which also keeps what is said
//! of it from then on as its next revision.

use rusqlite::{OptionalExtension, Row, params};

use super::changes::ChangedThing;
use super::rows::{content_hash, count, damaged, from_json, instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::description::Description;
use crate::domain::ids::{AccountId, ItemId, TheftReportId};
use crate::domain::item::{Item, ItemDraft, ItemStatus};
use crate::domain::money::Money;
use crate::domain::photo::{ContentHash, PhotoRef};
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Enters an item. Its photos are entered one by one with [`Tx::put_item_photo`].
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_item(&mut self, item: &Item) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO items (id, owner_id, status, theft_report_id, description, value_hundredths, value_currency,
                                    created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                item.id.0.as_bytes(),
                item.owner.0.as_bytes(),
                item.status.word(),
                theft_of(item.status).map(|id| id.0.into_bytes()),
                to_json(&item.draft.description)?,
                item.draft.value.as_ref().map(|value| value.hundredths),
                item.draft.value.as_ref().map(|value| value.currency.as_str()),
                micros(item.created_at),
                micros(item.updated_at),
            ])?;
        self.record_change(ChangedThing::Item(item.id))?;
        Ok(())
    }

    /// Replaces an item's status and description.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_item(&mut self, item: &Item) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "UPDATE items SET status = ?2, theft_report_id = ?3, description = ?4, value_hundredths = ?5, value_currency = ?6,
                                  updated_at = ?7 WHERE id = ?1",
            )?
            .execute(params![
                item.id.0.as_bytes(),
                item.status.word(),
                theft_of(item.status).map(|id| id.0.into_bytes()),
                to_json(&item.draft.description)?,
                item.draft.value.as_ref().map(|value| value.hundredths),
                item.draft.value.as_ref().map(|value| value.currency.as_str()),
                now,
            ])?;
        self.record_change(ChangedThing::Item(item.id))?;
        Ok(())
    }

    /// Marks an item as changed because something that its matches depend on has: its theft report was verified.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn touch_item(&mut self, item: ItemId) -> Result<(), StoreError> {
        self.record_change(ChangedThing::Item(item))?;
        Ok(())
    }

    /// Puts a photo at a number, replacing what stood there.
    ///
    /// # Errors
    /// A failure of the database, or when the photo itself was not entered.
    pub fn put_item_photo(&mut self, item: ItemId, photo: &PhotoRef) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO item_photos (item_id, number, sha256) VALUES (?1, ?2, ?3)
                 ON CONFLICT (item_id, number) DO UPDATE SET sha256 = ?3",
            )?
            .execute(params![item.0.as_bytes(), photo.number, photo.sha256.0])?;
        self.prefer_photo_numbers(photo.sha256)?;
        self.connection
            .prepare_cached("UPDATE items SET updated_at = ?2 WHERE id = ?1")?
            .execute(params![item.0.as_bytes(), now])?;
        self.record_change(ChangedThing::Item(item))?;
        Ok(())
    }

    /// Takes one photo off an item.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when it has none of that number; a failure of the database.
    pub fn delete_item_photo(&mut self, item: ItemId, number: u16) -> Result<(), StoreError> {
        let now = micros(self.now());
        let deleted = self
            .connection
            .prepare_cached("DELETE FROM item_photos WHERE item_id = ?1 AND number = ?2")?
            .execute(params![item.0.as_bytes(), number])?;
        if deleted == 0 {
            return Err(StoreError::Missing { what: "photo" });
        }
        self.connection
            .prepare_cached("UPDATE items SET updated_at = ?2 WHERE id = ?1")?
            .execute(params![item.0.as_bytes(), now])?;
        self.record_change(ChangedThing::Item(item))?;
        Ok(())
    }

    /// Takes all photos off an item.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_item_photos(&mut self, item: ItemId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM item_photos WHERE item_id = ?1")?
            .execute([item.0.as_bytes()])?;
        self.record_change(ChangedThing::Item(item))?;
        Ok(())
    }
}

impl Reader<'_> {
    /// An item with its photos.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn item(&self, id: ItemId) -> Result<Option<Item>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM items WHERE id = ?1")?;
        let Some(mut item) = query.query_row([id.0.as_bytes()], item_row).optional()? else {
            return Ok(None);
        };
        item.photos = self.item_photos(id)?;
        Ok(Some(item))
    }

    /// An owner's items with their photos, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn items_of(&self, owner: AccountId) -> Result<Vec<Item>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM items WHERE owner_id = ?1 ORDER BY created_at DESC, id DESC")?;
        let mut items = query
            .query_map([owner.0.as_bytes()], item_row)?
            .collect::<Result<Vec<_>, _>>()?;
        for item in &mut items {
            item.photos = self.item_photos(item.id)?;
        }
        Ok(items)
    }

    /// A page of an owner's items with their photos, newest first, from behind the item of this instant and id.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn items_page(
        &self,
        owner: AccountId,
        after: Option<(Timestamp, ItemId)>,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM items WHERE owner_id = ?1 AND (?2 IS NULL OR (created_at, id) < (?2, ?3))
             ORDER BY created_at DESC, id DESC LIMIT ?4",
        )?;
        let (at, id) = (after.map(|(at, _)| micros(at)), after.map(|(_, id)| id.0.into_bytes()));
        let mut items = query
            .query_map(params![owner.0.as_bytes(), at, id, count(limit)], item_row)?
            .collect::<Result<Vec<_>, _>>()?;
        for item in &mut items {
            item.photos = self.item_photos(item.id)?;
        }
        Ok(items)
    }

    /// The ids of all items, and of all that may be searched for: everything but `withdrawn`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn searchable_item_ids(&self) -> Result<Vec<ItemId>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT id FROM items WHERE status <> 'withdrawn' ORDER BY id")?;
        let rows = query.query_map([], |row| uuid(row, "id").map(ItemId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The ids of all items that are stolen.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn stolen_item_ids(&self) -> Result<Vec<ItemId>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT id FROM items WHERE status = 'stolen' ORDER BY id")?;
        let rows = query.query_map([], |row| uuid(row, "id").map(ItemId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How an item is described, without reading the rest of it; none when it is gone.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn item_description(&self, item: ItemId) -> Result<Option<Description>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT description FROM items WHERE id = ?1")?;
        let description = query.query_row([item.0.as_bytes()], |row| from_json(row, "description"));
        Ok(description.optional()?)
    }

    /// The theft that an item is stolen by, without reading the item; none when it is not stolen, or gone.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn theft_of_item(&self, item: ItemId) -> Result<Option<TheftReportId>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT theft_report_id FROM items WHERE id = ?1 AND status = 'stolen'")?;
        let theft = query
            .query_row([item.0.as_bytes()], |row| uuid(row, "theft_report_id").map(TheftReportId))
            .optional()?;
        Ok(theft)
    }

    fn item_photos(&self, item: ItemId) -> Result<Vec<PhotoRef>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT number, sha256 FROM item_photos WHERE item_id = ?1 ORDER BY number")?;
        let rows = query.query_map([item.0.as_bytes()], |row| {
            Ok(PhotoRef {
                number: row.get("number")?,
                sha256: content_hash(row, "sha256")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether an item shows a photo.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn item_shows(&self, item: ItemId, sha256: ContentHash) -> Result<bool, StoreError> {
        Ok(self.item_photos(item)?.iter().any(|photo| photo.sha256 == sha256))
    }
}

fn theft_of(status: ItemStatus) -> Option<TheftReportId> {
    match status {
        ItemStatus::Stolen { theft_report } => Some(theft_report),
        ItemStatus::Registered | ItemStatus::Recovered | ItemStatus::Withdrawn => None,
    }
}

fn item_row(row: &Row<'_>) -> rusqlite::Result<Item> {
    let status: String = row.get("status")?;
    let theft = maybe_uuid(row, "theft_report_id")?.map(TheftReportId);
    let hundredths: Option<i64> = row.get("value_hundredths")?;
    let currency: Option<String> = row.get("value_currency")?;
    Ok(Item {
        id: ItemId(uuid(row, "id")?),
        owner: AccountId(uuid(row, "owner_id")?),
        status: match (status.as_str(), theft) {
            ("registered", None) => ItemStatus::Registered,
            ("stolen", Some(theft_report)) => ItemStatus::Stolen { theft_report },
            ("recovered", None) => ItemStatus::Recovered,
            ("withdrawn", None) => ItemStatus::Withdrawn,
            _ => return Err(damaged("status")),
        },
        draft: ItemDraft {
            description: from_json(row, "description")?,
            value: hundredths
                .zip(currency)
                .map(|(hundredths, currency)| Money { hundredths, currency }),
        },
        photos: Vec::new(),
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}
