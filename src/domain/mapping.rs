//! How a partner's own columns are read as ours: part of a feed's configuration.
//!
//! Owns what can be said. Which of our fields there are, and how their values are read, is for the feeds.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use url::Url;

/// What a partner's columns mean, and what goes for all of its records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// For each of our fields, such as `price.amount` or `identifiers.serial`, the column or columns that hold it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Columns>,
    /// What a field says where no column does, such as `price.currency` or `language`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub constants: BTreeMap<String, String>,
    /// What stands between cells; found out from the header where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// Encoding, by its name on the web such as `windows-1252`, or one of DOS such as `cp850`; found out from the bytes where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// Amounts are written `1.200,50`. Without it, whatever cannot be mistaken is understood.
    #[serde(skip_serializing_if = "is_false")]
    pub decimal_comma: bool,
    /// The zone of times that name none; UTC where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Tz>,
    /// How times are written, such as `%d-%m-%Y %H:%M`; the usual forms are understood without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_format: Option<String>,
    /// The address below which photos lie that are named by file alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo_base: Option<Url>,
    /// What stands between photos in one cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo_separator: Option<char>,
    /// Stands between the parts of an id that is made of several columns; without it the first of them that says something is the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_separator: Option<String>,
    /// Put before each id, where ids repeat from one delivery to the next, as lot numbers do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id_prefix: String,
    /// Fields or columns that are none of ours and are kept as they are: shown, and never matched on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
    /// Words for `active`, `sold`, `ended` and `withdrawn` beside the usual ones.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub statuses: BTreeMap<String, String>,
}

/// One column or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Columns {
    /// One.
    One(String),
    /// Several: texts are joined, photos follow each other, of anything else the first that says something counts.
    Several(Vec<String>),
}

impl Columns {
    /// Their names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(flag: &bool) -> bool {
    !flag
}
