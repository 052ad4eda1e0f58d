//! Photos: bounded decoding, fingerprints, and exact search for near ones.
//!
//! Owns how a picture becomes hashes (one fixed path, versioned by [`FINGERPRINT_VERSION`]) and how near two fingerprints
//! are. Leaves what nearness is worth to the caller.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub mod barcode;
mod border;
pub mod decode;
mod exif;
pub mod features;
pub mod hash;
mod header;
pub mod legible;
pub mod near;
mod pdq;
mod reduce;
mod second;
#[cfg(test)]
pub(crate) mod testing;

/// The version of the path from picture to hashes. Stored with every fingerprint; another version is another fingerprint
/// and must be computed anew from the original bytes.
pub const FINGERPRINT_VERSION: u16 = 1;

/// A 256-bit perceptual hash; bit 0 is the highest bit of the first byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash256(#[serde(with = "hex::serde")] pub [u8; 32]);

impl Hash256 {
    /// How many of the 256 bits differ.
    #[must_use]
    pub fn distance_bits(&self, other: &Self) -> u16 {
        let differing: u32 = self
            .words()
            .iter()
            .zip(other.words())
            .map(|(a, b)| (a ^ b).count_ones())
            .sum();
        // At most 256.
        differing as u16
    }

    /// The bits as four words, bit 0 the highest bit of the first word.
    #[must_use]
    pub fn words(&self) -> [u64; 4] {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(self.0.as_chunks::<8>().0) {
            *word = u64::from_be_bytes(*bytes);
        }
        words
    }
}

/// 64 lower-case hex digits.
impl fmt::Display for Hash256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The same 64 hex digits as [`fmt::Display`]: an array of bytes helps nobody.
impl fmt::Debug for Hash256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash256 {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

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

impl Dihedral {
    /// All eight, in the order of the variants and of the hashes in a [`PhotoFingerprint`].
    pub const ALL: [Self; 8] = [
        Self::Upright,
        Self::Turned90,
        Self::Turned180,
        Self::Turned270,
        Self::Mirrored,
        Self::Flipped,
        Self::Transposed,
        Self::Transversed,
    ];
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
    /// How the offered picture has to be turned to lie on the registered one.
    pub form: Dihedral,
    /// Whether a border was trimmed from either picture to get there.
    pub trimmed: bool,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn hashes_print_and_parse_as_64_hex_digits() {
        let hash = Hash256(std::array::from_fn(|k| (k * 8 + 1) as u8));
        let text = hash.to_string();
        assert_eq!(text.len(), 64);
        assert!(text.starts_with("010911"));
        assert_eq!(format!("{hash:?}"), text);
        assert_eq!(text.parse::<Hash256>().unwrap(), hash);
        assert_eq!(serde_json::to_string(&hash).unwrap(), format!("\"{text}\""));
        assert!("01".parse::<Hash256>().is_err());
        assert!("g".repeat(64).parse::<Hash256>().is_err());
    }

    #[test]
    fn distance_counts_differing_bits() {
        let zero = Hash256([0; 32]);
        let mut one = [0; 32];
        (one[0], one[31]) = (0x80, 0x01);
        assert_eq!(zero.distance_bits(&Hash256(one)), 2);
        assert_eq!(zero.distance_bits(&Hash256([0xFF; 32])), 256);
        assert_eq!(Hash256(one).words(), [1 << 63, 0, 0, 1]);
    }
}
