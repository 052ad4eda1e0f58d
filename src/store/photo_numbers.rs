//! The numbers that were read off photos, and which photos wait to be read.

use replevin_index::identifier::FoundIdentifier;
use rusqlite::params;

use super::rows::{content_hash, count, damaged, micros, to_word};
use super::{Reader, StoreError, Tx};
use crate::domain::photo::{ContentHash, Photo, PhotoWay};

impl Tx<'_> {
    /// Has a photo wait for every way of reading it. Said of one that is known, nothing.
    pub(super) fn await_photo_numbers(&mut self, photo: &Photo) -> Result<(), StoreError> {
        for way in PhotoWay::ALL {
            self.connection
                .prepare_cached(
                    "INSERT INTO photo_numbers (sha256, way, version, of_listing, created_at, numbers)
                     VALUES (?1, ?2, 0, 1, ?3, '[]') ON CONFLICT DO NOTHING",
                )?
                .execute(params![photo.sha256.0, to_word(way)?, micros(photo.created_at)])?;
        }
        Ok(())
    }

    /// Puts a photo among those of items, which are read first.
    pub(super) fn prefer_photo_numbers(&mut self, sha256: ContentHash) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE photo_numbers SET of_listing = 0 WHERE sha256 = ?1 AND of_listing = 1")?
            .execute([sha256.0])?;
        Ok(())
    }

    /// Keeps what the present version of a reader read off a photo; whether that differs from what was held. Nothing is kept of a photo
    /// that is gone.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn keep_photo_numbers(
        &mut self,
        sha256: ContentHash,
        way: PhotoWay,
        numbers: &[FoundIdentifier],
    ) -> Result<bool, StoreError> {
        let numbers = serde_json::to_string(numbers).map_err(|_| damaged("numbers"))?;
        let name = to_word(way)?;
        let held: Vec<String> = self
            .connection
            .prepare_cached("SELECT numbers FROM photo_numbers WHERE sha256 = ?1 AND way = ?2")?
            .query_map(params![sha256.0, name], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        self.connection
            .prepare_cached("UPDATE photo_numbers SET version = ?3, numbers = ?4 WHERE sha256 = ?1 AND way = ?2")?
            .execute(params![sha256.0, name, way.version(), numbers])?;
        Ok(held.first().is_some_and(|held| *held != numbers))
    }
}

impl Reader<'_> {
    /// The numbers that were read off a photo, barcodes before labels.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photo_numbers(&self, sha256: ContentHash) -> Result<Vec<FoundIdentifier>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT numbers FROM photo_numbers WHERE sha256 = ?1 AND numbers <> '[]' ORDER BY way")?;
        let rows = query.query_map([sha256.0], |row| {
            let numbers: String = row.get(0)?;
            serde_json::from_str::<Vec<FoundIdentifier>>(&numbers).map_err(|_| damaged("numbers"))
        })?;
        let all: Vec<_> = rows.collect::<Result<_, _>>()?;
        Ok(all.concat())
    }

    /// Photos that the present version of a reader has not read, items' first, the newest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photos_to_read(&self, way: PhotoWay, limit: usize) -> Result<Vec<ContentHash>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT sha256 FROM photo_numbers WHERE way = ?1 AND version < ?2
             ORDER BY version, of_listing, created_at DESC LIMIT ?3",
        )?;
        let rows = query.query_map(params![to_word(way)?, way.version(), count(limit)], |row| {
            content_hash(row, "sha256")
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many photos the present version of a reader has not read.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_photos_to_read(&self, way: PhotoWay) -> Result<u64, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT count(*) FROM photo_numbers WHERE way = ?1 AND version < ?2")?;
        let waiting: i64 = query.query_row(params![to_word(way)?, way.version()], |row| row.get(0))?;
        Ok(waiting.unsigned_abs())
    }
}
