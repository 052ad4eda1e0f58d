//! Photos as the service keeps them: the original bytes by their SHA-256, and what was read from them.

use std::fmt;
use std::str::FromStr;

use replevin_index::image::FINGERPRINT_VERSION;
pub use replevin_index::image::PhotoFingerprint;
use replevin_index::image::barcode::BARCODE_VERSION;
use replevin_index::image::features::PhotoFeatures;
use replevin_index::image::hash::compare;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::time::Timestamp;

/// At most this many photos are taken in for an item or a listing, and all of them are compared.
pub const PHOTOS_MAX: usize = 50;

/// PDQ bits, of 256, up to which two pictures are taken for the same; see [`nearly_same`].
pub const SAME_PICTURE_BITS: u16 = 40;
/// Below this PDQ quality (0 to 100) a picture has too little in it; the reference of PDQ advises to drop it.
pub const PICTURE_QUALITY_MIN: u8 = 50;

/// In how many of 256 measured features two pictures differ that are nearly the same: both show something, both were read by
/// today's rules, and no more differ than one picture's copies do. None when they are not.
#[must_use]
pub fn nearly_same(one: &PhotoFingerprint, other: &PhotoFingerprint) -> Option<u16> {
    let shows = |photo: &PhotoFingerprint| photo.version == FINGERPRINT_VERSION && photo.quality >= PICTURE_QUALITY_MIN;
    let bits = (shows(one) && shows(other)).then(|| compare(one, other).pdq_bits);
    bits.filter(|bits| *bits <= SAME_PICTURE_BITS)
}

/// Why photos of a partner cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotosFailing {
    /// What the last try came to.
    pub reason: String,
    /// How many photos.
    pub photos: u64,
    /// How many of them are tried again; the others are given up until their listing changes.
    pub retried: u64,
    /// The partner's own id of one such listing.
    pub example: String,
}

/// How fetching a partner's photos from one host goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoHost {
    /// Its name.
    pub host: String,
    /// How often it was asked within seven days.
    pub tries: u64,
    /// How often that brought no photo.
    pub failures: u64,
    /// Photos that wait to be fetched from it.
    pub waiting: u64,
    /// What the last failure was.
    pub fault: Option<String>,
    /// When that was.
    pub fault_at: Option<Timestamp>,
}

impl PhotoHost {
    /// One that was not asked yet.
    #[must_use]
    pub fn unknown(host: String) -> Self {
        Self {
            host,
            tries: 0,
            failures: 0,
            waiting: 0,
            fault: None,
            fault_at: None,
        }
    }
}

/// The SHA-256 of some bytes, written as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

/// A text that is not 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256: expected 64 hex digits")]
pub struct ContentHashError;

impl FromStr for ContentHash {
    type Err = ContentHashError;

    fn from_str(text: &str) -> Result<Self, ContentHashError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| ContentHashError)?;
        Ok(Self(bytes))
    }
}

impl Serialize for ContentHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A photo's place in an item or a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoRef {
    /// Its number, from 1, in the order of the source.
    pub number: u16,
    /// The original bytes.
    pub sha256: ContentHash,
}

/// Which side of a pair shows a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoSide {
    /// The item.
    Item,
    /// The listing.
    Listing,
}

/// The version of how text on labels is read and of what is believed of it.
const LABEL_VERSION: u16 = 1;

/// A way in which numbers are read off a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoWay {
    /// From barcodes.
    Barcode,
    /// From the text on labels.
    Label,
}

impl PhotoWay {
    /// Both, the surer first.
    pub const ALL: [Self; 2] = [Self::Barcode, Self::Label];

    /// The present version of the reader, from 1; what an earlier one read is read again.
    #[must_use]
    pub fn version(self) -> u16 {
        match self {
            Self::Barcode => BARCODE_VERSION,
            Self::Label => LABEL_VERSION,
        }
    }
}

/// A photo that the evidence of a report named, now or before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvidencePhoto {
    /// Which side showed it.
    pub side: PhotoSide,
    /// Its place among that side's photos when it was compared, from 1.
    pub place: u16,
    /// The original bytes.
    pub sha256: ContentHash,
}

/// What was read from a photo's bytes, once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// The original bytes.
    pub sha256: ContentHash,
    /// Size of the original, bytes.
    pub size_bytes: u64,
    /// Format's short name: `jpeg`, `png`, `webp`, …
    pub format: String,
    /// Pixels, as displayed.
    pub width: u32,
    /// Pixels, as displayed.
    pub height: u32,
    /// Serial number of the camera's body, from EXIF.
    pub body_serial: Option<String>,
    /// Serial number of the lens, from EXIF.
    pub lens_serial: Option<String>,
    /// To find it again; absent while the one that is held is of another version of the program, until it is renewed.
    pub fingerprint: Option<PhotoFingerprint>,
    /// To find parts of it again; absent likewise.
    pub features: Option<PhotoFeatures>,
    /// When it was first received.
    pub created_at: Timestamp,
}
