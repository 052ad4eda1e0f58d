//! The index over both sides: `apply` changes, `commit` them, `search` the opposite side, ask for the `checkpoint`.
//!
//! Owns the on-disk state (one tantivy index that also stores each record's identifiers and fingerprints) and the tables in
//! memory that are filled from it on opening. It is derived: deleting its directory loses nothing, the caller applies its
//! changes again from [`Sequence`] 0.

use std::path::Path;

use uuid::Uuid;

use crate::hit::Hit;
use crate::image::PhotoFingerprint;
use crate::record::{Change, Record, RecordText, Sequence, Side};

/// How an engine is opened.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Memory that tantivy may use before it writes a segment, in bytes.
    pub writer_memory_bytes: usize,
    /// At most this many text candidates a search.
    pub text_candidates_max: usize,
    /// PDQ distance up to which a photo is a hit, in bits.
    pub photo_radius_bits: u16,
}

/// Why the engine could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The directory could not be read or written.
    #[error("index directory")]
    Io(#[from] std::io::Error),
}

/// How much two texts agree; symmetric.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TextAgreement {
    /// BM25-weighted share of the registered side's words that the offered side also says, 0 to 1.
    pub share_registered: f64,
    /// The same share of the offered side's title words, 0 to 1.
    pub share_offered_title: f64,
    /// Inverse document frequency summed over the shared terms, in nats.
    pub shared_idf: f64,
    /// Terms that both say, rarest first, with the number of records that say them.
    pub shared_terms: Vec<(String, u64)>,
    /// Brands: both given and equal, both given and different, or not comparable.
    pub brand: Option<bool>,
    /// Model numbers likewise.
    pub model: Option<bool>,
    /// Colours likewise, over the concepts of the languages that are known.
    pub color: Option<bool>,
}

/// The search engine. Cheap to share behind an `Arc`; one thread applies and commits, any number search.
pub struct Engine {}

impl Engine {
    /// Opens the index in `dir`, creating it when it is missing. An index of another format version, or a damaged one, is
    /// emptied, which shows as checkpoint 0.
    pub fn open(_dir: &Path, _options: EngineOptions) -> Result<Self, EngineError> {
        Ok(Self {})
    }

    /// Applies changes; `through` is the sequence number of the last. They are searchable after [`Engine::commit`].
    pub fn apply(&self, _changes: Vec<Change>, _through: Sequence) -> Result<(), EngineError> {
        Ok(())
    }

    /// Makes everything applied durable and searchable; returns the new checkpoint.
    pub fn commit(&self) -> Result<Sequence, EngineError> {
        Ok(Sequence(0))
    }

    /// The last change that is durable and searchable in every part.
    #[must_use]
    pub fn checkpoint(&self) -> Sequence {
        Sequence(0)
    }

    /// Finds the records of the opposite side that are near the query by any way of finding.
    pub fn search(&self, _query: &Record) -> Result<Vec<Hit>, EngineError> {
        Ok(Vec::new())
    }

    /// How much the texts of two records agree, with the term statistics of the whole index.
    pub fn text_agreement(&self, _registered: &RecordText, _offered: &RecordText) -> Result<TextAgreement, EngineError> {
        todo!()
    }

    /// How many different sources on the offered side show a photo within the radius of this one.
    #[must_use]
    pub fn photo_sources(&self, _photo: &PhotoFingerprint) -> usize {
        0
    }

    /// The ids on a side, in no order.
    #[must_use]
    pub fn ids(&self, _side: Side) -> Vec<Uuid> {
        Vec::new()
    }

    /// How many records stand on a side.
    #[must_use]
    pub fn len(&self, _side: Side) -> usize {
        0
    }

    /// Forgets everything: checkpoint 0, no records.
    pub fn clear(&self) -> Result<(), EngineError> {
        Ok(())
    }
}
