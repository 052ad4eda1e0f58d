//! A record as its format has it: before anybody asks what its fields mean.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One record as it lies in its source.
#[derive(Debug, PartialEq)]
pub struct RawRecord {
    /// Where: the line, from 1; among JSON values the position, from 1.
    pub line: u64,
    /// What it holds, or why there is nothing that could be read.
    pub content: Result<Content, String>,
}

/// What a record holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// The bytes of a JSON object with our own fields.
    Own(Vec<u8>),
    /// A product of schema.org.
    Node(serde_json::Value),
    /// Named cells: a row of a table, an item of RSS.
    Cells(Cells),
}

/// A row, or what is written like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    /// What the cells are called; one header serves all rows of a table.
    pub header: Arc<Header>,
    /// The cells, as many as the header has names.
    pub values: Vec<String>,
}

/// What the cells of rows are called, and in whose vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The names, as the source has them.
    pub names: Vec<String>,
    /// Whose names these are.
    pub vocabulary: Vocabulary,
}

/// Whose column names a table uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vocabulary {
    /// Our own field names, such as `price.amount`, or whatever the feed's mapping says.
    Own,
    /// Google product data.
    Google,
    /// The item feed of eBay's Feed API.
    Ebay,
    /// A catalogue as LiveAuctioneers takes it.
    LiveAuctioneers,
}

impl RawRecord {
    /// A record of which only the fault is known.
    pub(super) fn fault(line: u64, reason: impl Into<String>) -> Self {
        Self {
            line,
            content: Err(reason.into()),
        }
    }
}
