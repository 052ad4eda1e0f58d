//! What the engine is fed: records on two sides, and the changes that carry them.
//!
//! Owns the shape of a record. Where the parts come from (an item, a listing, a line of a file) is the caller's business.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::identifier::FoundIdentifier;
use crate::image::PhotoFingerprint;
use crate::image::features::PhotoFeatures;

/// Which of the two sides a record stands on. A search looks on the opposite side only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The register: what owners say is theirs.
    Registered,
    /// The archive: what is or was offered for sale.
    Offered,
}

impl Side {
    /// The side that a search from this side looks on.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Registered => Self::Offered,
            Self::Offered => Self::Registered,
        }
    }
}

/// The number of a change in the caller's one sequence. Zero is before the first change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

/// An opaque key of whoever put a record forward (a seller, an owner). Only used to count how many *different* sources
/// show the same photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceKey(pub u64);

/// The words of a record. Empty strings stand for "not said".
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RecordText {
    /// ISO 639-1 code that the source gave, when it gave one; otherwise the language is detected.
    pub language: Option<String>,
    /// One line that names the object.
    pub title: String,
    /// Free text.
    pub description: String,
    /// Maker or brand.
    pub brand: String,
    /// The maker's model name or number.
    pub model: String,
    /// Category as the source names it.
    pub category: String,
    /// Colour as the source names it.
    pub color: String,
    /// Distinguishing marks: engraving, scratch, missing part.
    pub marks: String,
}

/// One searchable record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The side it stands on.
    pub side: Side,
    /// The caller's id, unique within its side.
    pub id: Uuid,
    /// Who put it forward, when known.
    pub source: Option<SourceKey>,
    /// Whether a search by words or by marks finds it, and not only what tells one object: a register holds far more than
    /// anybody looks for. Records of the offered side always are.
    pub by_words: bool,
    /// Its words.
    pub text: RecordText,
    /// Identifiers that were given as such or found in its text or photos; each normalised value once a kind.
    pub identifiers: Vec<FoundIdentifier>,
    /// Fingerprints of its photos, in the source's order.
    pub photos: Vec<PhotoFingerprint>,
    /// The local features of the photos, in the same order; a photo whose features are not known has empty ones, and missing
    /// ones at the end count as empty.
    pub features: Vec<PhotoFeatures>,
}

/// One change of the record set.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The record is new, or replaces the one with the same side and id.
    Put(Box<Record>),
    /// The record is gone; unknown ids are ignored.
    Remove {
        /// The side it stood on.
        side: Side,
        /// Its id.
        id: Uuid,
    },
}
