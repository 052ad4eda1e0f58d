//! Identifiers: numbers that name one individual object.
//!
//! Owns kinds, grammars, check digits, normalisation, extraction from free text and near look-up. Leaves what a hit is
//! worth to the caller. The grammars and their sources stand in `scheme`.

use serde::{Deserialize, Serialize};

mod characters;
pub mod extract;
pub mod kind;
pub mod near;
pub mod normalize;
mod placeholder;
mod scheme;

pub use extract::{Extracted, announced_by, extract};
pub use kind::{IdentifierKind, Scheme, Validity};
pub use near::{NearIdentifier, NearIdentifiers, distance};
pub use normalize::{IdentifierError, guess, parse};

/// An identifier in its three forms.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// What sort of number it is; compared within its own kind only.
    pub kind: IdentifierKind,
    /// The grammar that it was read by.
    pub scheme: Scheme,
    /// As given.
    pub given: String,
    /// As the grammar writes it: case, separators.
    pub normalised: String,
    /// Look-alike characters merged, by position where the grammar fixes letter or digit. Only used to *find*.
    pub folded: String,
    /// What the grammar and its check digit say.
    pub valid: Validity,
}

/// Where in a record an identifier was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundIn {
    /// Given as an identifier by the source.
    Given,
    /// In the title.
    Title,
    /// In the description.
    Description,
    /// In the distinguishing marks.
    Marks,
    /// In a photo's EXIF data.
    Exif,
    /// In a barcode that a photo shows.
    Barcode,
    /// In the text on a label that a photo shows.
    Label,
}

/// An identifier and where it was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FoundIdentifier {
    /// The identifier.
    pub identifier: Identifier,
    /// Where it stood.
    pub found_in: FoundIn,
    /// Whether a word beside it announced it ("serial number", "stelnr."); given ones count as announced.
    pub announced: bool,
    /// Which of the record's photos shows it, from 1; none of a number that no photo shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<u16>,
}

impl FoundIdentifier {
    /// Whether nothing says that it is an identifier at all: a dense mixture of letters and digits in a text. It can be a
    /// known number written without a word; as a number of its own it says nothing. See [`extract::Reading::loose`].
    #[must_use]
    pub fn is_loose(&self) -> bool {
        let identifier = &self.identifier;
        !self.announced
            && identifier.kind == IdentifierKind::Serial
            && identifier.scheme == Scheme::Generic
            && identifier.valid == Validity::Weak
    }
}

/// How far two identifiers of one kind are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IdentifierDistance {
    /// Edits (insert, delete, replace, swap of neighbours) between the normalised forms; an IMEI is compared on its first
    /// 14 digits.
    pub edits: u8,
    /// How many of those edits only exchange look-alike characters (0/O, 1/I, 5/S, 8/B, 2/Z, …).
    pub look_alikes: u8,
}
