//! The truth that an evaluation is held against: a CSV of pairs.
//!
//! The first line names the columns, in any order. `item` and `listing` must be there. With `same` (1 or 0) the rows are
//! labels, and nothing is known of other pairs. Without it the rows are all that are the same, and every other pair is not; a
//! column `expected`, as in the sample market, then says which rows: `report` and `question` are the same, `no_report` is not.
//! Other columns are left alone.

use std::collections::HashMap;

use crate::domain::listing::RejectedLine;
use crate::matching::offline::{OfflineItem, OfflineListing};

/// Known pairs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Truth {
    pub(super) rows: Vec<Row>,
    /// Whether each row says if it is the same; otherwise all are, and no other pair is.
    pub(super) labelled: bool,
}

/// A known pair: the places of its records in their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) item: usize,
    pub(super) listing: usize,
    pub(super) same: bool,
}

impl Row {
    /// Where its records stand in their files.
    pub(super) fn places(&self) -> (usize, usize) {
        (self.item, self.listing)
    }
}

impl Truth {
    /// Reads the text of a truth file, or says what is wrong with which lines.
    pub(super) fn read(text: &str, items: &[OfflineItem], listings: &[OfflineListing]) -> Result<Self, Vec<RejectedLine>> {
        let mut lines = (1..).zip(text.trim_start_matches('\u{feff}').lines());
        let (number, head) = lines.next().unwrap_or((1, ""));
        let columns = Columns::read(number, head).map_err(|fault| vec![fault])?;
        let known = Known {
            items: (items.iter().zip(0..))
                .map(|(item, place)| (item.key.as_str(), place))
                .collect(),
            listings: (listings.iter().zip(0..))
                .map(|(listing, place)| (listing.key.as_str(), place))
                .collect(),
        };
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            match columns.row(number, line, &known) {
                Ok(row) => rows.push(row),
                Err(fault) => faults.push(fault),
            }
        }
        let labelled = columns.same.is_some();
        if !labelled {
            // Said twice is said once.
            rows.retain(|row| row.same);
            rows.sort_by_key(Row::places);
            rows.dedup();
        }
        if faults.is_empty() {
            Ok(Self { rows, labelled })
        } else {
            Err(faults)
        }
    }
}

/// The records that rows may name.
struct Known<'a> {
    items: HashMap<&'a str, usize>,
    listings: HashMap<&'a str, usize>,
}

/// Which column holds what.
struct Columns {
    count: usize,
    item: usize,
    listing: usize,
    same: Option<usize>,
    expected: Option<usize>,
}

impl Columns {
    fn read(line: u64, head: &str) -> Result<Self, RejectedLine> {
        let names = cells(head).map_err(|reason| fault(line, "", reason))?;
        let place = |name: &str| names.iter().position(|named| named.trim() == name);
        let needed = |name: &str| {
            place(name).ok_or_else(|| {
                fault(
                    line,
                    name,
                    "no such column; the first line must be item,listing or item,listing,same",
                )
            })
        };
        Ok(Self {
            count: names.len(),
            item: needed("item")?,
            listing: needed("listing")?,
            same: place("same"),
            expected: place("expected"),
        })
    }

    fn row(&self, line: u64, text: &str, known: &Known<'_>) -> Result<Row, RejectedLine> {
        let cells = cells(text).map_err(|reason| fault(line, "", reason))?;
        if cells.len() != self.count {
            let reason = format!("{} columns, the first line has {}", cells.len(), self.count);
            return Err(fault(line, "", reason));
        }
        let cell = |column: usize| cells[column].trim();
        let place = |field: &str, column: usize, file: &str, of: &HashMap<&str, usize>| {
            let id = cell(column);
            (of.get(id).copied()).ok_or_else(|| fault(line, field, format!("\"{id}\" is not in the {file}")))
        };
        let said = |field: &str, column: usize, same: &[&str], other: &str| match cell(column) {
            value if same.contains(&value) => Ok(true),
            value if value == other => Ok(false),
            value => Err(fault(
                line,
                field,
                format!("\"{value}\" is neither {} nor {other}", same.join(" nor ")),
            )),
        };
        Ok(Row {
            item: place("item", self.item, "register", &known.items)?,
            listing: place("listing", self.listing, "listings", &known.listings)?,
            same: match (self.same, self.expected) {
                (Some(column), _) => said("same", column, &["1"], "0")?,
                (None, Some(column)) => said("expected", column, &["report", "question"], "no_report")?,
                (None, None) => true,
            },
        })
    }
}

/// The cells of a line of CSV. A cell in quotes may hold commas, and quotes written twice, but no line breaks: so every fault
/// has its line.
fn cells(line: &str) -> Result<Vec<String>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .buffer_capacity(line.len().max(1))
        .from_reader(line.as_bytes());
    let cells = reader.records().next().transpose().map_err(|error| error.to_string())?;
    Ok(cells.iter().flatten().map(str::to_owned).collect())
}

fn fault(line: u64, field: &str, reason: impl Into<String>) -> RejectedLine {
    RejectedLine {
        line,
        field: field.to_owned(),
        reason: reason.into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::feeds::{self, Format, ReadOptions};

    fn read(text: &str) -> Result<Truth, Vec<RejectedLine>> {
        let lines: &[u8] = b"{\"id\":\"a\",\"title\":\"Bicycle\"}\n{\"id\":\"b,\\\"c\",\"title\":\"Lamp\"}\n";
        let options = ReadOptions::default();
        let items = feeds::items(Format::Ndjson, lines, &options)
            .unwrap()
            .good
            .into_iter()
            .map(|item| OfflineItem {
                key: item.id,
                draft: item.draft,
                stolen: true,
                theft: None,
                photos: Vec::new(),
            });
        let listings = feeds::listings(Format::Ndjson, lines, &options)
            .unwrap()
            .good
            .into_iter()
            .map(|draft| OfflineListing {
                key: draft.reference.clone(),
                draft,
                photos: Vec::new(),
            });
        Truth::read(text, &items.collect::<Vec<_>>(), &listings.collect::<Vec<_>>())
    }

    fn rows(text: &str) -> (bool, Vec<(usize, usize, bool)>) {
        let truth = read(text).unwrap();
        (
            truth.labelled,
            truth.rows.iter().map(|row| (row.item, row.listing, row.same)).collect(),
        )
    }

    #[test]
    fn rows_are_labels_or_all_that_is_the_same() {
        assert_eq!(rows("item,listing\na,a\n\na,a\n"), (false, vec![(0, 0, true)]));
        assert_eq!(
            rows("\u{feff}item,listing,same\r\na,a,1\r\na,\"b,\"\"c\",0\r\na,a,1"),
            (true, vec![(0, 0, true), (0, 1, false), (0, 0, true)])
        );
        assert_eq!(rows("same,note,listing,item\n0,x,a,a\n"), (true, vec![(0, 0, false)]));
        let expected = "item,listing,plant,expected,note\na,a,exact,report,\na,\"b,\"\"c\",trap,no_report,\"one, two\"\n";
        assert_eq!(rows(expected), (false, vec![(0, 0, true)]));
    }

    #[test]
    fn faults_name_line_field_and_reason() {
        for (text, line, field, reason) in [
            ("", 1, "item", "no such column"),
            ("item,offer\n", 1, "listing", "no such column"),
            ("item,listing\na,a\nz,a\n", 3, "item", "\"z\" is not in the register"),
            ("item,listing\na,\n", 2, "listing", "\"\" is not in the listings"),
            ("item,listing,same\na,a,yes\n", 2, "same", "\"yes\" is neither 1 nor 0"),
            (
                "item,listing,expected\na,a,1\n",
                2,
                "expected",
                "neither report nor question nor no_report",
            ),
            ("item,listing\na,a,1\n", 2, "", "3 columns, the first line has 2"),
            // A quote that is not closed swallows the rest of its line.
            ("item,listing\n\"a,a\n", 2, "", "1 columns, the first line has 2"),
            ("item,listing\n\"a\"b,a\n", 2, "item", "\"ab\" is not in the register"),
        ] {
            let faults = read(text).unwrap_err();
            assert_eq!((faults[0].line, faults[0].field.as_str()), (line, field), "{text}");
            assert!(faults[0].reason.contains(reason), "{text}: {}", faults[0].reason);
        }
        assert_eq!(read("item,listing\nz,a\na,z\n").unwrap_err().len(), 2);
    }
}
