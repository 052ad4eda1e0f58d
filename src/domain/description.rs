//! How an object is described, on either side: the words, the identifiers, the colour.

use std::collections::BTreeMap;

use replevin_index::identifier::IdentifierKind;
use serde::{Deserialize, Serialize};

/// At most this many identifiers are taken in for an object, and all of them are compared.
pub const IDENTIFIERS_MAX: usize = 50;

/// An identifier as somebody gave it: its kind and the characters. Its grammar is applied when it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenIdentifier {
    /// What sort of number it is.
    pub kind: IdentifierKind,
    /// As given.
    pub value: String,
}

/// What is said of an object. Empty strings stand for "not said".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Description {
    /// One line that names the object, at most 300 characters.
    pub title: String,
    /// Free text, at most 20,000 characters.
    pub text: String,
    /// ISO 639-1 code of the language, when said.
    pub language: Option<String>,
    /// Category as the source names it.
    pub category: String,
    /// Maker or brand.
    pub brand: String,
    /// The maker's model.
    pub model: String,
    /// Colour as the source names it.
    pub color: String,
    /// Condition as the source names it.
    pub condition: String,
    /// Distinguishing marks.
    pub marks: String,
    /// Identifiers that were given as such.
    pub identifiers: Vec<GivenIdentifier>,
    /// What else the source says, under names that the feed's settings allow: shown, and never matched on.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: BTreeMap<String, String>,
}
