//! Columns that no field is read from: told once each, and read all the same where a format leaves room for one's own attributes and
//! the column's name announces identifiers.
//!
//! Leaves passing over what belongs to a format and is of no use here, such as what its shipping costs, to the formats' own lists.

use replevin_index::identifier::{IdentifierKind, announced_by};

use super::super::content::{Cells, Header, Vocabulary};
use super::super::notes::Notes;
use super::super::{ebay, google, live_auctioneers};
use super::{same_name, usual_field};
use crate::domain::mapping::Mapping;

/// Said of a column of a table.
const UNREAD: &str = "no field is read from this column; name it in the feed's mapping if it matters";

/// The columns of one header that no field is read from, and how many rows have said something there.
pub(super) struct Unread(Vec<Column>);

struct Column {
    at: usize,
    rows: u64,
    /// The line of the first of them.
    line: u64,
}

impl Unread {
    /// Of the columns that are left: those that are read as identifiers after all, each with its field, and the others.
    pub(super) fn of(header: &Header, mapping: &Mapping, left: Vec<usize>) -> (Vec<(&'static str, usize)>, Self) {
        let passed: &[&str] = match header.vocabulary {
            Vocabulary::Own => &[],
            Vocabulary::Google => google::PASSED,
            Vocabulary::Ebay => ebay::PASSED,
            Vocabulary::LiveAuctioneers => live_auctioneers::PASSED,
        };
        let (mut numbers, mut columns) = (Vec::new(), Vec::new());
        for at in left {
            let name = header.names.get(at).map_or("", |name| bare(name));
            if passed.iter().any(|passed| same_name(passed, name)) {
                continue;
            }
            // In a table of one's own the mapping alone says what is read.
            let field =
                number_field(name).filter(|field| header.vocabulary != Vocabulary::Own && !mapping.columns.contains_key(*field));
            match field {
                Some(field) => numbers.push((field, at)),
                None => columns.push(Column { at, rows: 0, line: 0 }),
            }
        }
        (numbers, Self(columns))
    }

    /// Counts what the row on a line says.
    pub(super) fn count(&mut self, line: u64, cells: &Cells) {
        for column in &mut self.0 {
            if cells.values.get(column.at).is_some_and(|cell| !cell.trim().is_empty()) {
                column.line = if column.rows == 0 { line } else { column.line };
                column.rows += 1;
            }
        }
    }

    /// Tells what was counted.
    pub(super) fn tell(&self, header: &Header, notes: &mut Notes) {
        for column in self.0.iter().filter(|column| column.rows > 0) {
            let name = header.names.get(column.at).map_or("", String::as_str);
            match number_field(bare(name)) {
                Some(field) => {
                    let reason = format!(
                        "no field is read from this column, though its name announces identifiers: name it in the feed's mapping as \
                         \"{field}\", or call it so"
                    );
                    notes.unread(name, &reason, column.rows, column.line);
                }
                None => notes.unread(name, UNREAD, column.rows, column.line),
            }
        }
    }
}

/// The field for identifiers that a name announces, such as `identifiers.imei` for `IMEI-Nr.`.
pub(in super::super) fn number_field(name: &str) -> Option<&'static str> {
    let usual = usual_field(name).filter(|field| field.starts_with("identifiers."));
    usual.or_else(|| {
        Some(match announced_by(name)? {
            IdentifierKind::Imei => "identifiers.imei",
            IdentifierKind::Vin => "identifiers.vin",
            IdentifierKind::FrameNumber => "identifiers.frame_number",
            IdentifierKind::HullNumber => "identifiers.hull_number",
            IdentifierKind::Chip => "identifiers.chip",
            IdentifierKind::Serial => "identifiers.serial",
            IdentifierKind::Plate => "identifiers.plate",
            IdentifierKind::ProductCode => "identifiers.product_code",
            IdentifierKind::OwnerNumber => return None,
        })
    })
}

/// A name without the prefix of its namespace, as elements of RSS have one.
fn bare(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, name)| name)
}
