//! What must hold of any bytes in any format, whoever made them up: the fuzzer, or the tests that change stored ones.
//!
//! Every record is either taken or refused, and counted once; lines lie within the file and do not go back; a record costs no
//! more memory than its bytes and the limits explain; how the stream was cut changes nothing; what is kept of a record can be
//! read again; and a listing that is written in our own format is the same listing.

use std::io::{BufRead, Cursor, Read, Result as IoResult};
use std::sync::Arc;

use replevin::domain::listing::{ListingDraft, SellerGiven};
use replevin::domain::mapping::Mapping;
use replevin::feeds::record::{ListingLine, parse_listing};
use replevin::feeds::{
    Content, FieldFault, Format, RECORD_BYTES_MAX, REJECTED_SHOWN_MAX, ReadOptions, each_listing, kept, listings_and,
    reference_of,
};

/// The longest name of a field, and the longest reason, that a fault may have: what is shown and stored for each, bytes.
const FAULT_BYTES_MAX: usize = 1_000;
/// Faults of one record.
const FAULTS_MAX: usize = 100;
/// What is kept of a record at most, bytes.
const KEPT_BYTES_MAX: usize = 16 << 10;

/// One record as it was read.
type Told = (u64, Option<Content>, Result<ListingDraft<SellerGiven>, Vec<FieldFault>>);

/// Checks all of it for bytes in a format.
pub fn examine(format: Format, data: &[u8]) {
    for options in options(format) {
        let whole = told(format, Cursor::new(data), &options);
        counted(format, data, &options, &whole);
        for sizes in [[1, 1, 1], [3, 1, 200]] {
            let pieces = Pieces {
                data,
                sizes,
                turn: 0,
                at: 0,
            };
            assert!(
                told(format, pieces, &options) == whole,
                "{format}: cut into pieces of {sizes:?} bytes it reads otherwise"
            );
        }
        let lines = most_lines(format, data);
        let mut last = 1;
        for record in &whole {
            let line = record.0;
            assert!(
                (last..=lines).contains(&line),
                "{format}: line {line} after {last}, of {lines}"
            );
            last = line;
            bounded(format, data, record);
            kept_again(record, &options);
        }
    }
}

/// How a format is read: as it comes, and a table also by a mapping.
fn options(format: Format) -> Vec<ReadOptions> {
    let mut all = vec![ReadOptions::default()];
    let mapping = match format {
        Format::Csv => include_bytes!("../../fixtures/feeds/danish.mapping.json").as_slice(),
        Format::LiveAuctioneers => include_bytes!("../../fixtures/feeds/liveauctioneers.mapping.json"),
        _ => return all,
    };
    let mapping: Mapping = serde_json::from_slice(mapping).expect("a mapping of the samples");
    all.push(ReadOptions {
        mapping: Some(Arc::new(mapping)),
        ..ReadOptions::default()
    });
    all
}

fn told(format: Format, stream: impl BufRead, options: &ReadOptions) -> Vec<Told> {
    let mut all = Vec::new();
    each_listing(format, stream, options, |read| {
        all.push((read.line, read.content, read.result));
        Ok(())
    })
    .expect("bytes in memory can be read");
    all
}

/// Taken and refused together are all, and the refused are described.
fn counted(format: Format, data: &[u8], options: &ReadOptions, whole: &[Told]) {
    let mut refused = 0;
    let parsed = listings_and(format, Cursor::new(data), options, |_, _, faults| {
        assert!(!faults.is_empty(), "{format}: refused for nothing");
        refused += 1;
    })
    .expect("bytes in memory can be read");
    assert_eq!(parsed.rejected_count, refused, "{format}");
    assert_eq!(
        parsed.good.len() as u64 + refused,
        whole.len() as u64,
        "{format}: records were lost or doubled"
    );
    assert!(parsed.rejected.len() <= REJECTED_SHOWN_MAX);
    assert!(
        parsed.rejected.iter().all(|line| !line.reason.is_empty()),
        "{format}: no reason"
    );
}

/// The last line that a record can stand on: breaks and the one after them; among JSON values no more than bytes can open.
fn most_lines(format: Format, data: &[u8]) -> u64 {
    let counted = match format {
        Format::JsonArray | Format::JsonLd | Format::Html => data.len(),
        // A carriage return alone ends lines too, where the first one ends so.
        _ => data.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count(),
    };
    counted as u64 + 1
}

/// What a record holds comes from its bytes; what is said of it is short.
fn bounded(format: Format, data: &[u8], (line, content, result): &Told) {
    // A byte of Windows-1252 becomes up to three of UTF-8; a byte of JSON nests a value.
    let most = (3 * data.len()).min(3 * RECORD_BYTES_MAX) + 64;
    let held = match content {
        None => 0,
        Some(Content::Own(bytes)) => bytes.len(),
        Some(Content::Cells(cells)) => {
            assert_eq!(cells.values.len(), cells.header.names.len(), "{format}: {line}");
            cells.values.iter().map(String::len).sum()
        }
        Some(Content::Node(node)) => node.to_string().len() / 8,
    };
    assert!(held <= most, "{format}: the record at {line} holds {held} bytes");
    if let Err(faults) = result {
        assert!(faults.len() <= FAULTS_MAX, "{format}: {} faults at {line}", faults.len());
        for fault in faults {
            let told = fault.field.len().max(fault.reason.len());
            assert!(
                told <= FAULT_BYTES_MAX,
                "{format}: a fault at {line} of {told} bytes: {fault:?}"
            );
        }
    }
}

/// What is kept of a record is short and reads again; a listing in our own words is the same listing.
fn kept_again((_, content, result): &Told, options: &ReadOptions) {
    let Some(content) = content else { return };
    let _ = reference_of(content, options);
    if let Some(json) = kept::keep(content, options, &|text| format!("{:016x}", text.len())) {
        assert!(json.len() <= KEPT_BYTES_MAX);
        assert!(kept::restore(&json).is_some(), "what was kept is lost: {json}");
    }
    if let Ok(draft) = result {
        let line = serde_json::to_vec(&ListingLine::from(draft)).expect("a listing can be written");
        let again = parse_listing(&line, &ReadOptions::default());
        assert_eq!(again.as_ref(), Ok(draft), "{}", String::from_utf8_lossy(&line));
    }
}

/// Bytes that come in pieces, as from a network.
struct Pieces<'d> {
    data: &'d [u8],
    sizes: [usize; 3],
    turn: usize,
    at: usize,
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> IoResult<&[u8]> {
        let rest = &self.data[self.at..];
        Ok(&rest[..rest.len().min(self.sizes[self.turn % self.sizes.len()])])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
        self.turn += usize::from(amount > 0);
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let ready = self.fill_buf()?;
        let length = ready.len().min(buffer.len());
        buffer[..length].copy_from_slice(&ready[..length]);
        self.consume(length);
        Ok(length)
    }
}
