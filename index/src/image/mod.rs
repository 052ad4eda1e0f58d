//! Photos: bounded decoding, fingerprints, and exact search for near ones.
//!
//! Owns how a picture becomes hashes (one fixed path, versioned by [`FINGERPRINT_VERSION`]) and how near two fingerprints
//! are. Leaves what nearness is worth to the caller.

use serde::{Deserialize, Serialize};

pub mod decode;
pub mod hash;
pub mod near;

/// The version of the path from picture to hashes. Stored with every fingerprint; another version is another fingerprint
/// and must be computed anew from the original bytes.
pub const FINGERPRINT_VERSION: u16 = 1;

/// A 256-bit perceptual hash; bit 0 is the highest bit of the first byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash256(#[serde(with = "hex::serde")] pub [u8; 32]);

/// One of the eight ways a picture can be turned and mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dihedral {
    /// As it is.
    Upright,
    /// A quarter turn clockwise.
    Turned90,
    /// A half turn.
    Turned180,
    /// Three quarter turns clockwise.
    Turned270,
    /// Left and right exchanged.
    Mirrored,
    /// Top and bottom exchanged.
    Flipped,
    /// Mirrored along the falling diagonal.
    Transposed,
    /// Mirrored along the rising diagonal.
    Transversed,
}

/// Both hashes of one form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashPair {
    /// PDQ (Facebook's 256-bit DCT hash).
    pub pdq: Hash256,
    /// The second, independent 256-bit hash (see [`hash`]).
    pub second: Hash256,
}

/// All that is kept of a picture to find it again: the hashes of its eight dihedral forms, full and with a border trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoFingerprint {
    /// [`FINGERPRINT_VERSION`] when it was made.
    pub version: u16,
    /// PDQ's quality, 0 (featureless) to 100.
    pub quality: u8,
    /// The full picture in the order of [`Dihedral`]'s variants.
    pub full: [HashPair; 8],
    /// The picture without its uniform border, when it has one.
    pub trimmed: Option<[HashPair; 8]>,
}

/// How near two fingerprints are: the best over the forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoComparison {
    /// PDQ bits that differ, 0 to 256.
    pub pdq_bits: u16,
    /// Bits of the second hash that differ in the same form, 0 to 256.
    pub second_bits: u16,
    /// How the query's picture has to be turned to lie on the found one.
    pub form: Dihedral,
    /// Whether a border was trimmed from either picture to get there.
    pub trimmed: bool,
}
