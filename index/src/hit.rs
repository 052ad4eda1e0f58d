//! What a search found: which record, by which way of finding, and how near. No verdict.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::identifier::{FoundIdentifier, IdentifierDistance};
use crate::image::PhotoComparison;
use crate::image::features::PartComparison;

/// One record of the opposite side that was found by at least one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The found record's id, on the side opposite to the query's.
    pub id: Uuid,
    /// Pairs of identifiers that lie near each other, nearest first.
    pub identifiers: Vec<IdentifierHit>,
    /// Pairs of photos that lie near each other, nearest first; at most one for each of the query's photos.
    pub photos: Vec<PhotoHit>,
    /// Pairs of photos of which one shows a part of the other, most corners first; at most one for each pair. None for a
    /// photo of the query that finds this record by its hash.
    pub parts: Vec<PartHit>,
    /// Rank and score among the text candidates.
    pub text: Option<TextHit>,
}

/// Two identifiers that lie near each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdentifierHit {
    /// The query's.
    pub query: FoundIdentifier,
    /// The found record's.
    pub found: FoundIdentifier,
    /// How far apart they are.
    pub distance: IdentifierDistance,
    /// How many *other* records of the found side carry an identifier that lies equally near or nearer: the rivals.
    pub rivals: u32,
}

/// Two photos that lie near each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoHit {
    /// Index into the query's photos.
    pub query: usize,
    /// Index into the found record's photos.
    pub found: usize,
    /// How near, and in which form.
    pub comparison: PhotoComparison,
}

/// Two photos of which one shows a part of the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartHit {
    /// Index into the query's photos.
    pub query: usize,
    /// Index into the found record's photos.
    pub found: usize,
    /// What lies alike in both.
    pub comparison: PartComparison,
}

/// A text candidate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TextHit {
    /// Position among the text candidates of this query, the best is 0.
    pub rank: u32,
    /// BM25 score; comparable within one query only.
    pub bm25: f32,
}
