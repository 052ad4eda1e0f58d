//! Feeds: one file a format behind one trait; bad lines are told apart from good ones.
//!
//! Owns how bytes become records ([`RecordSource`]), how a record's fields are read ([`record`]), and what is said of those that
//! cannot be used. A source holds one record at a time, whatever the size of the whole; [`listings`] and [`items`] gather all good
//! ones, up to the number that their door allows. Leaves transport, redaction and storing to
//! others: nothing here knows who sent the bytes.

mod beginning;
mod build;
mod charset;
mod code_page;
mod content;
mod ebay;
mod fault;
mod format;
mod google;
mod html;
pub mod inflate;
mod json;
mod json_array;
mod json_ld;
pub mod kept;
mod lines;
mod live_auctioneers;
pub mod mapping;
mod ndjson;
mod notes;
mod reading;
pub mod record;
mod row;
mod rss;
mod schema_org;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::io::{self, BufRead};
use std::sync::Arc;

use crate::domain::listing::{ListingDraft, Note, RejectedLine, SellerGiven};
use crate::domain::mapping::Mapping;
use beginning::Beginning;
use charset::{Decoded, Doubt};
use code_page::Dos;
use fault::{FAULTS_A_LINE_MAX, brief};
use mapping::NO_COLUMN;
use reading::Reading;
use record::ItemRecord;
use table::{Expected, Table};

pub use content::{Cells, Content, Header, RawRecord, Vocabulary};
pub use fault::FieldFault;
pub use format::{Charset, Format, UnknownFormat, charset};
pub use notes::{NO_RECORD, NOTES_MAX};

/// Longest record, bytes.
pub const RECORD_BYTES_MAX: usize = 1 << 20;
/// Rejected lines that are described one by one; further ones are only counted.
pub const REJECTED_SHOWN_MAX: usize = 1_000;
/// What may differ between the doors through which records come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Photos may be paths relative to a photo directory: in files, never in a feed.
    pub photo_paths: bool,
    /// More good records than this in one body are refused as a whole; `None`: any number, for files of one's own.
    pub records_max: Option<usize>,
    /// An item's identifiers must fit the grammar of their kind, check digit included: where the owner can correct a slip.
    pub strict_identifiers: bool,
    /// What the columns of tables mean, and what goes for all records.
    pub mapping: Option<Arc<Mapping>>,
    /// The encoding that the sender names, where the format has one.
    pub charset: Option<Charset>,
}

/// A format at work: takes records one by one out of a stream of bytes.
pub trait RecordSource {
    /// The next record; `None` after the last one.
    ///
    /// # Errors
    /// When the stream cannot be read on.
    fn next_record(&mut self) -> io::Result<Option<RawRecord>>;
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
    /// It is not compressed as it is said to be, and nothing of it could be read.
    #[error("the compressed body is damaged from its beginning: nothing of it could be read")]
    Damaged,
    /// It is plainly not compressed as it is said to be.
    #[error("{0}")]
    NotCompressed(&'static str),
    /// It is plainly something else than it is said to be.
    #[error("{0}")]
    Mistaken(&'static str),
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
    /// What was not understood although records count; of items only what goes for the stream as a whole.
    pub notes: Vec<Note>,
    /// The body breaks off: there was to be more.
    pub cut_off: bool,
}

/// What is to be told of a stream as a whole.
#[derive(Default)]
struct Whole {
    notes: Vec<Note>,
    cut_off: bool,
}

/// One record after reading.
#[derive(Debug)]
pub struct ReadRecord<T> {
    /// Where it stands; see [`RawRecord::line`].
    pub line: u64,
    /// What it holds as its format has it; none where nothing could be read.
    pub content: Option<Content>,
    /// What it says, or what is wrong with it.
    pub result: Result<T, Vec<FieldFault>>,
}

/// Opens a stream of bytes in a format; whether the encoding that was said is doubtful shows at its end.
fn open<'a>(format: Format, stream: impl BufRead + 'a, options: &ReadOptions, doubt: &Doubt) -> Box<dyn RecordSource + 'a> {
    let mapping = options.mapping.as_deref();
    let said = options.charset.or_else(|| charset(mapping?.charset.as_deref()?));
    let separator = mapping.and_then(|mapping| u8::try_from(mapping.separator?).ok());
    // What comes out of a code page is UTF-8, and passes as that.
    let (said, page) = match said {
        Some(Charset::Web(encoding)) => (Some(encoding), None),
        Some(Charset::Dos(page)) => (None, Some(page)),
        None => (None, None),
    };
    let stream: Box<dyn BufRead + 'a> = match page.filter(|_| format.has_charsets()) {
        Some(page) => Box::new(Dos::new(stream, page)),
        None => Box::new(stream),
    };
    let stream = Beginning::new(stream);
    let decoded = |stream| Decoded::doubted(stream, said, Doubt::clone(doubt));
    let table = |stream, vocabulary, separator| Box::new(Table::new(decoded(stream), Expected { vocabulary, separator }));
    match format {
        Format::Ndjson => Box::new(ndjson::Ndjson::new(stream)),
        Format::JsonArray => Box::new(json_array::JsonArray::new(stream)),
        Format::JsonLd => Box::new(json_ld::JsonLd::new(stream)),
        Format::Html => Box::new(html::Html::new(decoded(stream))),
        Format::GoogleRss => Box::new(rss::Rss::new(decoded(stream))),
        Format::GoogleTsv => table(stream, Some(Vocabulary::Google), separator),
        Format::EbayTsv => table(stream, Some(Vocabulary::Ebay), separator),
        Format::LiveAuctioneers => table(stream, Some(Vocabulary::LiveAuctioneers), separator),
        Format::Csv => table(stream, None, separator),
    }
}

/// Reads all listings of a stream one by one and hands each to `sink`: the memory of one record, whatever the size of the whole.
/// What is to be told of the stream as a whole is returned.
///
/// # Errors
/// When the body as a whole is refused, or the stream fails, or `sink` wants no more.
pub fn each_listing(
    format: Format,
    stream: impl BufRead,
    options: &ReadOptions,
    sink: impl FnMut(ReadRecord<ListingDraft<SellerGiven>>) -> Result<(), FeedError>,
) -> Result<Vec<Note>, FeedError> {
    let mut reading = Reading::new(options);
    let whole = each(format, stream, options, |line, content| reading.listing(line, content), sink)?;
    Ok(reading.notes(whole.notes))
}

/// Reads one listing again from what its format had.
///
/// # Errors
/// What is wrong with it.
pub fn listing_of(content: &Content, options: &ReadOptions) -> Result<ListingDraft<SellerGiven>, Vec<FieldFault>> {
    Reading::new(options).listing(0, content).map_err(brief)
}

/// The partner's own id of a record that could not be read as a listing, where it says one.
#[must_use]
pub fn reference_of(content: &Content, options: &ReadOptions) -> Option<String> {
    Reading::new(options).reference(content)
}

/// Looks at the beginning of a stream before it is read in a format, `said` being whether somebody named the format.
///
/// # Errors
/// [`FeedError::Mistaken`] when it is plainly something else, and what reading it would end with at once.
pub fn look(format: Format, said: bool, stream: &mut impl BufRead) -> Result<(), FeedError> {
    let beginning = stream.fill_buf().map_err(|error| match inflate::reason_of(&error) {
        Some(inflate::Reason::TooMuch(refusal)) => refusal.into(),
        Some(inflate::Reason::Damaged) => FeedError::Damaged,
        None => FeedError::Io(error),
    })?;
    format
        .mistaken(said, beginning)
        .map_or(Ok(()), |reason| Err(FeedError::Mistaken(reason)))
}

fn each<T>(
    format: Format,
    stream: impl BufRead,
    options: &ReadOptions,
    mut parse: impl FnMut(u64, &Content) -> Result<T, Vec<FieldFault>>,
    mut sink: impl FnMut(ReadRecord<T>) -> Result<(), FeedError>,
) -> Result<Whole, FeedError> {
    let doubt = Doubt::default();
    let mut source = open(format, stream, options, &doubt);
    let (mut last_line, mut cut_off) = (0, false);
    loop {
        match source.next_record() {
            Ok(None) => {
                let notes = notes::of_whole(last_line > 0, doubt.get());
                return Ok(Whole { notes, cut_off });
            }
            Ok(Some(RawRecord { line, content })) => {
                last_line = line;
                let (content, result) = match content {
                    Ok(content) => {
                        let result = parse(line, &content).map_err(brief);
                        (Some(content), result)
                    }
                    Err(reason) => (None, Err(brief(vec![FieldFault::whole(reason)]))),
                };
                cut_off = result
                    .as_ref()
                    .err()
                    .is_some_and(|faults| faults.iter().any(FieldFault::is_of_the_end));
                sink(ReadRecord { line, content, result })?;
            }
            Err(error) => match inflate::reason_of(&error) {
                Some(inflate::Reason::TooMuch(refusal)) => return Err(refusal.into()),
                Some(inflate::Reason::Damaged) if last_line == 0 => return Err(FeedError::Damaged),
                Some(inflate::Reason::Damaged) => {
                    let reason = "the compressed body is damaged or ends too early here";
                    sink(ReadRecord {
                        line: last_line + 1,
                        content: None,
                        result: Err(vec![FieldFault::whole(reason)]),
                    })?;
                    return Ok(Whole {
                        cut_off: true,
                        ..Whole::default()
                    });
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
    listings_and(format, stream, options, |_, _, _| {})
}

/// Reads listings, and shows `rejected` each record that is none: its line, what it holds, what is wrong with it.
///
/// # Errors
/// When the body as a whole is refused, or the stream fails.
pub fn listings_and(
    format: Format,
    stream: impl BufRead,
    options: &ReadOptions,
    rejected: impl FnMut(u64, Option<&Content>, &[FieldFault]),
) -> Result<Parsed<ListingDraft<SellerGiven>>, FeedError> {
    let mut reading = Reading::new(options);
    let mut parsed = collect(
        format,
        stream,
        options,
        |line, content| reading.listing(line, content),
        rejected,
    )?;
    parsed.notes = reading.notes(parsed.notes);
    Ok(parsed)
}

/// Reads items.
///
/// # Errors
/// When the body as a whole is refused, or the stream fails.
pub fn items(format: Format, stream: impl BufRead, options: &ReadOptions) -> Result<Parsed<ItemRecord>, FeedError> {
    let mut reading = Reading::new(options);
    collect(format, stream, options, |_, content| reading.item(content), |_, _, _| {})
}

fn collect<T>(
    format: Format,
    stream: impl BufRead,
    options: &ReadOptions,
    parse: impl FnMut(u64, &Content) -> Result<T, Vec<FieldFault>>,
    mut rejected: impl FnMut(u64, Option<&Content>, &[FieldFault]),
) -> Result<Parsed<T>, FeedError> {
    let mut parsed = Parsed {
        good: Vec::new(),
        rejected: Vec::new(),
        rejected_count: 0,
        notes: Vec::new(),
        cut_off: false,
    };
    let whole = each(format, stream, options, parse, |read| {
        match read.result {
            Ok(record) => parsed.good.push(record),
            Err(faults) => {
                rejected(read.line, read.content.as_ref(), &faults);
                parsed.reject(read.line, faults);
            }
        }
        match options.records_max {
            Some(most) if parsed.good.len() > most => Err(FeedError::TooMany(most)),
            _ => Ok(()),
        }
    })?;
    (parsed.notes, parsed.cut_off) = (whole.notes, whole.cut_off);
    Ok(parsed)
}

impl<T> Parsed<T> {
    fn reject(&mut self, line: u64, faults: Vec<FieldFault>) {
        self.rejected_count += 1;
        // What is wrong with a table's header is told of its first row, not of each.
        let told = |fault: &FieldFault| {
            let of_header = fault.reason.starts_with(NO_COLUMN);
            of_header && self.rejected.iter().take(FAULTS_A_LINE_MAX).any(|known| known.says(fault))
        };
        let room = REJECTED_SHOWN_MAX - self.rejected.len();
        let faults = faults.iter().filter(|fault| !told(fault)).take(room);
        let faults: Vec<RejectedLine> = faults.map(|fault| fault.at(line)).collect();
        self.rejected.extend(faults);
    }
}

/// What is said of a record longer than [`RECORD_BYTES_MAX`].
fn too_long() -> String {
    format!("longer than {} MiB", RECORD_BYTES_MAX >> 20)
}
