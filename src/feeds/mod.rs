//! Feeds: one file a format behind one trait; bad lines are told apart from good ones.
//!
//! Owns how bytes become records ([`RecordSource`]), how a record's fields are read ([`record`]), and what is said of those that
//! cannot be used. A source holds one record at a time, whatever the size of the whole; [`listings`] and [`items`] gather all good
//! ones, up to the number that their door allows. Leaves transport, redaction and storing to
//! others: nothing here knows who sent the bytes.

pub mod inflate;
mod json;
mod json_array;
mod ndjson;
pub mod record;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead};

use crate::domain::listing::{ListingDraft, RejectedLine, SellerGiven};
use record::ItemRecord;

/// Longest record, bytes.
pub const RECORD_BYTES_MAX: usize = 1 << 20;
/// Rejected lines that are described one by one; further ones are only counted.
pub const REJECTED_SHOWN_MAX: usize = 1_000;
/// Faults described of one line.
const FAULTS_A_LINE_MAX: usize = 10;

/// A format in which records come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// One JSON array of objects.
    JsonArray,
}

/// What may differ between the doors through which records come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Photos may be paths relative to a photo directory: in files, never in a feed.
    pub photo_paths: bool,
    /// More good records than this in one body are refused as a whole; `None`: any number, for files of one's own.
    pub records_max: Option<usize>,
    /// An item's identifiers must fit the grammar of their kind, check digit included: where the owner can correct a slip.
    pub strict_identifiers: bool,
}

/// One record as it lies in its source.
#[derive(Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// Where: the line, from 1; in an array the element's position, from 1.
    pub line: u64,
    /// Its bytes, or why there are none that could be read.
    pub content: Result<Vec<u8>, String>,
}

/// A format at work: takes records one by one out of a stream of bytes.
pub trait RecordSource {
    /// The next record; `None` after the last one.
    ///
    /// # Errors
    /// When the stream cannot be read on.
    fn next_record(&mut self) -> io::Result<Option<RawRecord>>;
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field, as a path such as `price.amount` or `identifiers[0].kind`; empty when the record as a whole is at fault.
    pub field: String,
    /// What is wrong, for people.
    pub reason: String,
}

/// Why nothing of a body is used.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// It inflates to more than is accepted.
    #[error(transparent)]
    Inflated(#[from] inflate::TooInflated),
    /// It holds more records than are accepted at once.
    #[error("more than {0} records in one body; send them in several")]
    TooMany(usize),
    /// It could not be read.
    #[error("the records could not be read")]
    Io(#[source] io::Error),
}

/// What was read from a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<T> {
    /// The good records, in order.
    pub good: Vec<T>,
    /// The others, fault by fault, at most [`REJECTED_SHOWN_MAX`].
    pub rejected: Vec<RejectedLine>,
    /// How many lines were rejected.
    pub rejected_count: u64,
}

/// Opens a stream of bytes in a format.
pub fn open<'a>(format: Format, stream: impl BufRead + 'a) -> Box<dyn RecordSource + 'a> {
    match format {
        Format::Ndjson => Box::new(ndjson::Ndjson::new(stream)),
        Format::JsonArray => Box::new(json_array::JsonArray::new(stream)),
    }
}

/// Reads all records of a stream one by one and hands each to `sink` with its line.
///
/// # Errors
/// When the body as a whole is refused, or the stream fails.
pub fn each<T>(
    format: Format,
    stream: impl BufRead,
    mut parse: impl FnMut(&[u8]) -> Result<T, Vec<FieldFault>>,
    mut sink: impl FnMut(u64, Result<T, Vec<FieldFault>>) -> Result<(), FeedError>,
) -> Result<(), FeedError> {
    let mut source = open(format, stream);
    let mut last_line = 0;
    loop {
        match source.next_record() {
            Ok(None) => return Ok(()),
            Ok(Some(raw)) => {
                last_line = raw.line;
                let result = match &raw.content {
                    Ok(bytes) => parse(bytes),
                    Err(reason) => Err(vec![FieldFault::whole(reason.clone())]),
                };
                sink(raw.line, result)?;
            }
            Err(error) => match inflate::reason_of(&error) {
                Some(inflate::Reason::TooMuch(refusal)) => return Err(refusal.into()),
                Some(inflate::Reason::Damaged) => {
                    let reason = "the compressed body is damaged or ends too early here";
                    return sink(last_line + 1, Err(vec![FieldFault::whole(reason)]));
                }
                None => return Err(FeedError::Io(error)),
            },
        }
    }
}

/// Reads listings.
///
/// # Errors
/// When the body as a whole is refused, or the stream fails.
pub fn listings(
    format: Format,
    stream: impl BufRead,
    options: &ReadOptions,
) -> Result<Parsed<ListingDraft<SellerGiven>>, FeedError> {
    collect(format, stream, options, |bytes| record::parse_listing(bytes, options))
}

/// Reads items.
///
/// # Errors
/// When the body as a whole is refused, or the stream fails.
pub fn items(format: Format, stream: impl BufRead, options: &ReadOptions) -> Result<Parsed<ItemRecord>, FeedError> {
    collect(format, stream, options, |bytes| record::parse_item(bytes, options))
}

fn collect<T>(
    format: Format,
    stream: impl BufRead,
    options: &ReadOptions,
    parse: impl FnMut(&[u8]) -> Result<T, Vec<FieldFault>>,
) -> Result<Parsed<T>, FeedError> {
    let mut parsed = Parsed {
        good: Vec::new(),
        rejected: Vec::new(),
        rejected_count: 0,
    };
    each(format, stream, parse, |line, result| {
        match result {
            Ok(record) => parsed.good.push(record),
            Err(faults) => parsed.reject(line, faults),
        }
        match options.records_max {
            Some(most) if parsed.good.len() > most => Err(FeedError::TooMany(most)),
            _ => Ok(()),
        }
    })?;
    Ok(parsed)
}

impl<T> Parsed<T> {
    fn reject(&mut self, line: u64, faults: Vec<FieldFault>) {
        self.rejected_count += 1;
        let room = REJECTED_SHOWN_MAX - self.rejected.len();
        self.rejected.extend(faults.into_iter().take(room).map(|fault| RejectedLine {
            line,
            field: fault.field,
            reason: fault.reason,
        }));
    }
}

impl FieldFault {
    fn whole(reason: impl Into<String>) -> Self {
        Self {
            field: String::new(),
            reason: reason.into(),
        }
    }
}

/// What is said of a record longer than [`RECORD_BYTES_MAX`].
fn too_long() -> String {
    format!("longer than {} MiB", RECORD_BYTES_MAX >> 20)
}
