//! How a record is written into the index, and read back.
//!
//! Owns the byte layout, [`VERSION`] 3. Integers are little-endian, lengths are LEB128.
//!
//! | part | bytes |
//! | --- | --- |
//! | version | 1 |
//! | side (0 registered, 1 offered) | 1 |
//! | id | 16 |
//! | source: present (0, 1), then the key when present | 1, 8 |
//! | found by words (0, 1) | 1 |
//! | identifiers: length, then JSON | |
//! | photos: number, then each: fingerprint version, quality, trimmed present, its hash pairs | 2, 1, 1, 512 or 1024 |
//! | features: number, then each: length, then its bytes | |
//! | text: length, then JSON | |
//!
//! What the tables in memory need stands in front, so that opening the index reads no texts.

use uuid::Uuid;

use crate::identifier::FoundIdentifier;
use crate::image::features::PhotoFeatures;
use crate::image::{Hash256, HashPair, PhotoFingerprint};
use crate::record::{Record, RecordText, Side, SourceKey};

/// The version of the layout, the first byte of every record.
pub(super) const VERSION: u8 = 3;

/// The stored bytes are not a record of this version.
#[derive(Debug, thiserror::Error)]
#[error("unreadable record: {0}")]
pub struct StoredError(&'static str);

/// What the tables in memory keep of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Summary {
    pub(super) side: Side,
    pub(super) id: Uuid,
    pub(super) source: Option<SourceKey>,
    pub(super) identifiers: Vec<FoundIdentifier>,
    pub(super) photos: Vec<PhotoSummary>,
    /// As far as the table of features keeps them.
    pub(super) features: Vec<PhotoFeatures>,
}

/// The upright hashes of a photo, and what made them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PhotoSummary {
    pub(super) version: u16,
    pub(super) full: Hash256,
    pub(super) trimmed: Option<Hash256>,
}

impl Summary {
    pub(super) fn of(record: &Record) -> Self {
        let photos = record.photos.iter().map(|photo| PhotoSummary {
            version: photo.version,
            full: photo.full[0].pdq,
            trimmed: photo.trimmed.as_ref().map(|forms| forms[0].pdq),
        });
        Self {
            side: record.side,
            id: record.id,
            source: record.source,
            identifiers: record.identifiers.clone(),
            photos: photos.collect(),
            features: record.features.iter().map(PhotoFeatures::indexed).collect(),
        }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoredError> {
        let mut reader = Reader(bytes);
        let (side, id, source, _, identifiers) = reader.front()?;
        let mut photos = Vec::new();
        for _ in 0..reader.length()? {
            let (version, _, trimmed) = reader.photo_front()?;
            let full = reader.hash()?;
            reader.take(FORMS_BYTES - HASH_BYTES)?;
            let trimmed = if trimmed {
                let hash = reader.hash()?;
                reader.take(FORMS_BYTES - HASH_BYTES)?;
                Some(hash)
            } else {
                None
            };
            photos.push(PhotoSummary { version, full, trimmed });
        }
        let features = reader.features()?.iter().map(PhotoFeatures::indexed).collect();
        Ok(Self {
            side,
            id,
            source,
            identifiers,
            photos,
            features,
        })
    }
}

const HASH_BYTES: usize = 32;
const FORMS_BYTES: usize = 8 * 2 * HASH_BYTES;

/// Writes a record.
pub(super) fn write(record: &Record) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = vec![VERSION, side_number(record.side)];
    bytes.extend(record.id.as_bytes());
    match record.source {
        Some(SourceKey(key)) => {
            bytes.push(1);
            bytes.extend(key.to_le_bytes());
        }
        None => bytes.push(0),
    }
    bytes.push(u8::from(record.by_words));
    write_block(&mut bytes, &serde_json::to_vec(&record.identifiers)?);
    write_length(&mut bytes, record.photos.len());
    for photo in &record.photos {
        bytes.extend(photo.version.to_le_bytes());
        bytes.extend([photo.quality, u8::from(photo.trimmed.is_some())]);
        for pair in photo.full.iter().chain(photo.trimmed.iter().flatten()) {
            bytes.extend(pair.pdq.0);
            bytes.extend(pair.second.0);
        }
    }
    write_length(&mut bytes, record.features.len());
    for features in &record.features {
        write_block(&mut bytes, &features.to_bytes());
    }
    write_block(&mut bytes, &serde_json::to_vec(&record.text)?);
    Ok(bytes)
}

/// Reads a record back.
pub(super) fn read(bytes: &[u8]) -> Result<Record, StoredError> {
    let mut reader = Reader(bytes);
    let (side, id, source, by_words, identifiers) = reader.front()?;
    let mut photos = Vec::new();
    for _ in 0..reader.length()? {
        photos.push(reader.photo()?);
    }
    let features = reader.features()?;
    let text: RecordText = serde_json::from_slice(reader.block()?).map_err(|_| StoredError("text"))?;
    if !reader.0.is_empty() {
        return Err(StoredError("bytes behind the end"));
    }
    Ok(Record {
        side,
        id,
        source,
        by_words,
        text,
        identifiers,
        photos,
        features,
    })
}

/// The number that stands for a side, here and in the index key.
pub(super) fn side_number(side: Side) -> u8 {
    match side {
        Side::Registered => 0,
        Side::Offered => 1,
    }
}

fn write_block(bytes: &mut Vec<u8>, block: &[u8]) {
    write_length(bytes, block.len());
    bytes.extend(block);
}

fn write_length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    #[allow(clippy::type_complexity)]
    fn front(&mut self) -> Result<(Side, Uuid, Option<SourceKey>, bool, Vec<FoundIdentifier>), StoredError> {
        if self.byte()? != VERSION {
            return Err(StoredError("another version"));
        }
        let side = match self.byte()? {
            0 => Side::Registered,
            1 => Side::Offered,
            _ => return Err(StoredError("side")),
        };
        let id = Uuid::from_bytes(self.array()?);
        let source = match self.byte()? {
            0 => None,
            1 => Some(SourceKey(u64::from_le_bytes(self.array()?))),
            _ => return Err(StoredError("source")),
        };
        let by_words = match self.byte()? {
            0 => false,
            1 => true,
            _ => return Err(StoredError("found by words")),
        };
        let identifiers = serde_json::from_slice(self.block()?).map_err(|_| StoredError("identifiers"))?;
        Ok((side, id, source, by_words, identifiers))
    }

    fn photo_front(&mut self) -> Result<(u16, u8, bool), StoredError> {
        let version = u16::from_le_bytes(self.array()?);
        let quality = self.byte()?;
        match self.byte()? {
            0 => Ok((version, quality, false)),
            1 => Ok((version, quality, true)),
            _ => Err(StoredError("photo")),
        }
    }

    fn photo(&mut self) -> Result<PhotoFingerprint, StoredError> {
        let (version, quality, trimmed) = self.photo_front()?;
        let full = self.forms()?;
        let trimmed = if trimmed { Some(self.forms()?) } else { None };
        Ok(PhotoFingerprint {
            version,
            quality,
            full,
            trimmed,
        })
    }

    fn features(&mut self) -> Result<Vec<PhotoFeatures>, StoredError> {
        let mut features = Vec::new();
        for _ in 0..self.length()? {
            features.push(PhotoFeatures::from_bytes(self.block()?).map_err(|_| StoredError("features"))?);
        }
        Ok(features)
    }

    fn forms(&mut self) -> Result<[HashPair; 8], StoredError> {
        let mut forms = [HashPair {
            pdq: Hash256([0; HASH_BYTES]),
            second: Hash256([0; HASH_BYTES]),
        }; 8];
        for form in &mut forms {
            *form = HashPair {
                pdq: self.hash()?,
                second: self.hash()?,
            };
        }
        Ok(forms)
    }

    fn hash(&mut self) -> Result<Hash256, StoredError> {
        Ok(Hash256(self.array()?))
    }

    fn block(&mut self) -> Result<&'a [u8], StoredError> {
        let length = self.length()?;
        self.take(length)
    }

    fn length(&mut self) -> Result<usize, StoredError> {
        let mut length = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(length);
            }
        }
        Err(StoredError("length"))
    }

    fn byte(&mut self) -> Result<u8, StoredError> {
        Ok(self.array::<1>()?[0])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], StoredError> {
        let (front, rest) = self.0.split_first_chunk().ok_or(StoredError("cut short"))?;
        self.0 = rest;
        Ok(*front)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], StoredError> {
        let (front, rest) = self.0.split_at_checked(length).ok_or(StoredError("cut short"))?;
        self.0 = rest;
        Ok(front)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_written_is_read_back(record in samples::record()) {
            let bytes = write(&record).unwrap();
            prop_assert_eq!(Summary::read(&bytes).unwrap(), Summary::of(&record));
            prop_assert_eq!(read(&bytes).unwrap(), record);
        }

        #[test]
        fn a_record_that_is_cut_short_is_refused(record in samples::record(), keep in 0.0..1.0_f64) {
            let bytes = write(&record).unwrap();
            prop_assert!(read(&bytes[..(bytes.len() as f64 * keep) as usize]).is_err());
        }

        #[test]
        fn any_bytes_are_read_without_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            let _ = read(&bytes);
            let _ = Summary::read(&bytes);
        }
    }

    #[test]
    fn another_version_is_refused() {
        let mut bytes = write(&samples::bicycle(Side::Offered, 1)).unwrap();
        bytes[0] = VERSION + 1;
        assert!(read(&bytes).is_err() && Summary::read(&bytes).is_err());
    }
}
