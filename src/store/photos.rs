//! What was read from photos. Their bytes lie in files, see [`crate::store::PhotoFiles`].

use replevin_index::image::features::{FEATURES_VERSION, PhotoFeatures};
use replevin_index::image::{FINGERPRINT_VERSION, PhotoFingerprint};
use rusqlite::{OptionalExtension, Row, params};

use super::rows::{content_hash, count, damaged, from_word, instant, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ItemId, ListingId, PartnerId, ReportId};
use crate::domain::photo::{ContentHash, Photo, PhotoSide};

/// Nothing uses a photo.
const UNUSED: &str = "NOT EXISTS (SELECT 1 FROM item_photos WHERE item_photos.sha256 = photos.sha256)
    AND NOT EXISTS (SELECT 1 FROM listing_photos WHERE listing_photos.sha256 = photos.sha256)
    AND NOT EXISTS (SELECT 1 FROM superseded_photos WHERE superseded_photos.sha256 = photos.sha256)
    AND NOT EXISTS (SELECT 1 FROM report_photos WHERE report_photos.sha256 = photos.sha256)
    AND NOT EXISTS (SELECT 1 FROM ownership_proof_photos WHERE ownership_proof_photos.sha256 = photos.sha256)
    AND NOT EXISTS (SELECT 1 FROM saved_searches WHERE saved_searches.photo_sha256 = photos.sha256)";

/// Who uses a photo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhotoUses {
    /// The items that show it.
    pub items: Vec<ItemId>,
    /// The listings that show it or have shown it.
    pub listings: Vec<ListingId>,
    /// The reports whose evidence rests on it, with the side that showed it.
    pub reports: Vec<(ReportId, PhotoSide)>,
    /// The reports on which a seller shows it as proof, with the partner that sent it.
    pub proofs: Vec<(ReportId, PartnerId)>,
}

impl Tx<'_> {
    /// Enters what was read from a photo; one that is known stays as it is.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_photo(&mut self, photo: &Photo) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO photos (sha256, size_bytes, format, width, height, body_serial, lens_serial, fingerprint_version,
                                     fingerprint, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (sha256) DO NOTHING",
            )?
            .execute(params![
                photo.sha256.0,
                i64::try_from(photo.size_bytes).unwrap_or(i64::MAX),
                photo.format,
                photo.width,
                photo.height,
                photo.body_serial,
                photo.lens_serial,
                photo.fingerprint.as_ref().map_or(0, |fingerprint| fingerprint.version),
                photo.fingerprint.as_ref().map(PhotoFingerprint::to_bytes).unwrap_or_default(),
                micros(photo.created_at),
            ])?;
        if let Some(features) = &photo.features {
            self.connection
                .prepare_cached(
                    "INSERT INTO photo_features (sha256, version, features) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING",
                )?
                .execute(params![photo.sha256.0, FEATURES_VERSION, features.to_bytes()])?;
        }
        self.await_photo_numbers(photo)
    }

    /// Replaces what a photo is found by with that of the program's present versions.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn renew_fingerprint(
        &mut self,
        sha256: ContentHash,
        fingerprint: &PhotoFingerprint,
        features: &PhotoFeatures,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE photos SET fingerprint = ?2, fingerprint_version = ?3 WHERE sha256 = ?1")?
            .execute(params![sha256.0, fingerprint.to_bytes(), fingerprint.version])?;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO photo_features (sha256, version, features) VALUES (?1, ?2, ?3)")?
            .execute(params![sha256.0, FEATURES_VERSION, features.to_bytes()])?;
        Ok(())
    }

    /// Forgets those of these photos that nothing uses: no item, no listing now or before, no report's evidence, no saved search. Returns
    /// them, so that their files can go too.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_unused_photos(&mut self, photos: &[ContentHash]) -> Result<Vec<ContentHash>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached(&format!("DELETE FROM photos WHERE sha256 = ?1 AND {UNUSED}"))?;
        let mut deleted = Vec::new();
        for sha256 in photos {
            if query.execute([sha256.0])? > 0 {
                deleted.push(*sha256);
            }
        }
        Ok(deleted)
    }
}

impl Reader<'_> {
    /// What was read from a photo.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photo(&self, sha256: ContentHash) -> Result<Option<Photo>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT photos.*, photo_features.version AS features_version, features
             FROM photos LEFT JOIN photo_features USING (sha256) WHERE sha256 = ?1",
        )?;
        Ok(query.query_row([sha256.0], photo_row).optional()?)
    }

    /// Whether a photo has been entered.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photo_is_known(&self, sha256: ContentHash) -> Result<bool, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT 1 FROM photos WHERE sha256 = ?1")?;
        Ok(query.exists([sha256.0])?)
    }

    /// Who uses a photo.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photo_uses(&self, sha256: ContentHash) -> Result<PhotoUses, StoreError> {
        Ok(PhotoUses {
            items: self
                .connection
                .prepare_cached("SELECT item_id AS id FROM item_photos WHERE sha256 = ?1")?
                .query_map([sha256.0], |row| uuid(row, "id").map(ItemId))?
                .collect::<Result<_, _>>()?,
            listings: self
                .connection
                .prepare_cached(
                    "SELECT listing_id AS id FROM listing_photos WHERE sha256 = ?1
                     UNION SELECT listing_id FROM superseded_photos WHERE sha256 = ?1",
                )?
                .query_map([sha256.0], |row| uuid(row, "id").map(ListingId))?
                .collect::<Result<_, _>>()?,
            reports: self
                .connection
                .prepare_cached("SELECT DISTINCT report_id AS id, side FROM report_photos WHERE sha256 = ?1")?
                .query_map([sha256.0], |row| Ok((ReportId(uuid(row, "id")?), from_word(row, "side")?)))?
                .collect::<Result<_, _>>()?,
            proofs: self.proofs_with_photo(sha256)?,
        })
    }

    /// The fingerprints of photos that a listing shows, the first ones. Photos that were read by an older version are left out.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn fingerprints_of_listing(&self, listing: ListingId, limit: usize) -> Result<Vec<PhotoFingerprint>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT fingerprint FROM listing_photos JOIN photos USING (sha256)
             WHERE listing_id = ?1 AND fingerprint_version = ?2 ORDER BY number LIMIT ?3",
        )?;
        let rows = query.query_map(params![listing.0.as_bytes(), FINGERPRINT_VERSION, count(limit)], |row| {
            PhotoFingerprint::from_bytes(&row.get::<_, Vec<u8>>("fingerprint")?).map_err(|_| damaged("fingerprint"))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Some of the listings that show a photo now.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photo_carriers(&self, sha256: ContentHash, limit: usize) -> Result<Vec<ListingId>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT DISTINCT listing_id FROM listing_photos WHERE sha256 = ?1 LIMIT ?2")?;
        let rows = query.query_map(params![sha256.0, count(limit)], |row| uuid(row, "listing_id").map(ListingId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Photos that nothing uses.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn unused_photos(&self) -> Result<Vec<ContentHash>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached(&format!("SELECT sha256 FROM photos WHERE {UNUSED}"))?;
        let rows = query.query_map([], |row| content_hash(row, "sha256"))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a listing has shown a photo, now or before.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listing_has_shown(&self, listing: ListingId, sha256: ContentHash) -> Result<bool, StoreError> {
        Ok(self.photo_uses(sha256)?.listings.contains(&listing))
    }

    /// All photos that are held, for comparing with the files.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photo_hashes(&self) -> Result<Vec<ContentHash>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT sha256 FROM photos")?;
        let rows = query.query_map([], |row| content_hash(row, "sha256"))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Photos whose fingerprint or features are of another version than the program's, by their hash, after one of them, at most
    /// `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn photos_of_other_version(&self, after: Option<ContentHash>, limit: usize) -> Result<Vec<ContentHash>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT photos.sha256 AS sha256 FROM photos LEFT JOIN photo_features USING (sha256)
             WHERE (fingerprint_version <> ?1 OR version IS NOT ?4) AND (?2 IS NULL OR photos.sha256 > ?2)
             ORDER BY photos.sha256 LIMIT ?3",
        )?;
        let after = after.map(|hash| hash.0);
        let rows = query.query_map(params![FINGERPRINT_VERSION, after, count(limit), FEATURES_VERSION], |row| {
            content_hash(row, "sha256")
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn photo_row(row: &Row<'_>) -> rusqlite::Result<Photo> {
    let size: i64 = row.get("size_bytes")?;
    let version: u16 = row.get("fingerprint_version")?;
    let bytes: Vec<u8> = row.get("fingerprint")?;
    // One of another version reads as none: the photo is as good as before, and a job renews the fingerprint.
    let fingerprint = match version {
        FINGERPRINT_VERSION => Some(PhotoFingerprint::from_bytes(&bytes).map_err(|_| damaged("fingerprint"))?),
        _ => None,
    };
    let features = match row.get::<_, Option<u16>>("features_version")? {
        Some(FEATURES_VERSION) => {
            let bytes: Vec<u8> = row.get("features")?;
            Some(PhotoFeatures::from_bytes(&bytes).map_err(|_| damaged("features"))?)
        }
        _ => None,
    };
    Ok(Photo {
        sha256: content_hash(row, "sha256")?,
        size_bytes: size.unsigned_abs(),
        format: row.get("format")?,
        width: row.get("width")?,
        height: row.get("height")?,
        body_serial: row.get("body_serial")?,
        lens_serial: row.get("lens_serial")?,
        fingerprint,
        features,
        created_at: instant(row, "created_at")?,
    })
}
