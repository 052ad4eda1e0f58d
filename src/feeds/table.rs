//! Tables: a header and rows of cells, in the quoting of RFC 4180 or with backslashes as eBay's feed has it.
//!
//! Owns what a row is. A quote that is never closed, or that is closed by another row's, costs its own line and no other: reading
//! goes on with the line after it. Every line is read at most a few times, whatever the quotes: what ends one row's search for its
//! closing quote is the next line that opens one. What the cells mean is for [`super::mapping`].

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::sync::Arc;

use super::charset::{Decoded, text_of};
use super::content::{Cells, Header, Vocabulary};
use super::lines::Ends;
use super::ndjson::compressed;
use super::row::{Fed, Row};
use super::{Content, RECORD_BYTES_MAX, RawRecord, RecordSource};
use super::{ebay, google, live_auctioneers};

/// Most columns of a table.
const COLUMNS_MAX: usize = 1_000;
/// What may stand between cells, the likelier first where a header has as many of each.
const SEPARATORS: [u8; 4] = [b'\t', b';', b',', b'|'];

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What stands between cells.
    pub(super) separator: u8,
    /// A backslash inside quotes takes the next quote or backslash as it is; without it a quote inside quotes is doubled.
    pub(super) backslash: bool,
}

/// What is known of a table before its header is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Expected {
    /// Whose columns; found out from the header where it is not said.
    pub(super) vocabulary: Option<Vocabulary>,
    /// What stands between cells; found out from the header where it is not said.
    pub(super) separator: Option<u8>,
}

/// Records from rows.
pub(super) struct Table<R> {
    stream: Decoded<R>,
    ends: Ends,
    expected: Expected,
    /// Lines that were read in search of a closing quote, to be read again.
    back: VecDeque<Line>,
    line: u64,
    header: Option<(Arc<Header>, Dialect)>,
    ended: bool,
}

/// A line without its end, or why it could not be read.
type Line = Result<Vec<u8>, String>;
/// A row's cells, or why it has none.
type RowCells = Result<Vec<Vec<u8>>, String>;

impl<R: BufRead> Table<R> {
    pub(super) fn new(stream: Decoded<R>, expected: Expected) -> Self {
        Self {
            stream,
            ends: Ends::default(),
            expected,
            back: VecDeque::new(),
            line: 0,
            header: None,
            ended: false,
        }
    }

    /// The next line as it lies, without its end.
    fn next_line(&mut self) -> io::Result<Option<Line>> {
        let next = match self.back.pop_front() {
            Some(line) => Some(line),
            None => self.ends.read_line(&mut self.stream)?,
        };
        self.line += u64::from(next.is_some());
        Ok(next.map(|line| {
            line.map(|mut line| {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                line
            })
        }))
    }

    /// The next row that is not blank, with the line on which it begins. A row of another width than `columns` is a fault.
    fn next_row(&mut self, dialect: Dialect, columns: Option<usize>) -> io::Result<Option<(u64, RowCells)>> {
        let first = loop {
            match self.next_line()? {
                None => return Ok(None),
                Some(Err(reason)) => return Ok(Some((self.line, Err(reason)))),
                Some(Ok(line))
                    if line
                        .iter()
                        .all(|byte| byte.is_ascii_whitespace() || *byte == dialect.separator) => {}
                Some(Ok(line)) => break line,
            }
        };
        let begun = self.line;
        let mut row = Row::new(dialect);
        let mut fed = row.feed(&first);
        let (mut more, mut size) = (Vec::new(), first.len());
        while let Fed::Open = fed {
            fed = match self.next_line()? {
                None => Fed::Fault("a quote is opened and not closed".to_owned()),
                Some(Err(reason)) => {
                    let fault = format!("a quote is opened and not closed before a line that is {reason}");
                    more.push(Err(reason));
                    Fed::Fault(fault)
                }
                Some(Ok(line)) => {
                    size += line.len() + 1;
                    let fed = if size > RECORD_BYTES_MAX {
                        Fed::Fault("a quote is opened and not closed within 1 MiB".to_owned())
                    } else {
                        row.feed(&line)
                    };
                    more.push(Ok(line));
                    fed
                }
            };
        }
        let mut cells = match fed {
            Fed::Fault(reason) => Err(reason),
            _ => Ok(row.into_cells()),
        };
        if let (Ok(row), Some(columns)) = (&mut cells, columns)
            && let Err(reason) = fit(row, columns)
        {
            let quoted = if more.is_empty() {
                ""
            } else {
                "; perhaps a quote is opened and not closed"
            };
            cells = Err(format!("{reason}{quoted}"));
        }
        if cells.is_err() {
            self.line -= more.len() as u64;
            more.into_iter().rev().for_each(|line| self.back.push_front(line));
        }
        Ok(Some((begun, cells)))
    }

    /// Reads the header; `Err` when there is none that could be used.
    fn read_header(&mut self) -> io::Result<Result<Option<(Arc<Header>, Dialect)>, String>> {
        if let Some(reason) = compressed(self.stream.fill_buf()?) {
            self.line = 1;
            return Ok(Err(reason.to_owned()));
        }
        let mut separator = self.expected.separator;
        let line = loop {
            match self.next_line()? {
                None => return Ok(Ok(None)),
                Some(Err(reason)) => return Ok(Err(reason)),
                Some(Ok(line)) if line.trim_ascii().is_empty() => {}
                Some(Ok(line)) => match line.trim_ascii() {
                    // What some spreadsheets write before the header.
                    [b's', b'e', b'p', b'=', said] => separator = Some(*said),
                    _ => break line,
                },
            }
        };
        let dialect = Dialect {
            separator: separator.unwrap_or_else(|| separator_of(&line)),
            backslash: false,
        };
        self.line -= 1;
        self.back.push_front(Ok(line));
        let Some((_, cells)) = self.next_row(dialect, None)? else {
            return Ok(Ok(None));
        };
        Ok(cells.and_then(|cells| header(cells, self.expected.vocabulary)).map(|header| {
            let backslash = header.vocabulary == Vocabulary::Ebay;
            Some((Arc::new(header), Dialect { backslash, ..dialect }))
        }))
    }
}

impl<R: BufRead> RecordSource for Table<R> {
    fn next_record(&mut self) -> io::Result<Option<RawRecord>> {
        if self.ended {
            return Ok(None);
        }
        let (header, dialect) = match &self.header {
            Some((header, dialect)) => (Arc::clone(header), *dialect),
            None => match self.read_header()? {
                Ok(Some((header, dialect))) => {
                    self.header = Some((Arc::clone(&header), dialect));
                    (header, dialect)
                }
                Ok(None) => {
                    self.ended = true;
                    return Ok(None);
                }
                Err(reason) => {
                    self.ended = true;
                    return Ok(Some(RawRecord::fault(self.line, reason)));
                }
            },
        };
        let row = self.next_row(dialect, Some(header.names.len()))?;
        self.ended = row.is_none();
        Ok(row.map(|(line, cells)| RawRecord {
            line,
            content: cells.map(|cells| {
                let values = cells.into_iter().map(text_of).collect();
                Content::Cells(Cells { header, values })
            }),
        }))
    }
}

/// Brings a row to the header's width where nothing is lost by it.
fn fit(cells: &mut Vec<Vec<u8>>, columns: usize) -> Result<(), String> {
    while cells.len() > columns && cells.last().is_some_and(|cell| cell.trim_ascii().is_empty()) {
        cells.pop();
    }
    if cells.len() == columns {
        return Ok(());
    }
    Err(format!("{} cells, the header names {columns}", cells.len()))
}

/// What stands between the cells of a header.
fn separator_of(line: &[u8]) -> u8 {
    let count = |separator: u8| {
        let mut quoted = false;
        let outside = line.iter().filter(|byte| {
            quoted ^= **byte == b'"';
            !quoted && **byte == separator
        });
        outside.count()
    };
    let most = SEPARATORS.iter().map(|separator| count(*separator)).max().unwrap_or_default();
    let found = SEPARATORS.iter().find(|separator| count(**separator) == most && most > 0);
    found.copied().unwrap_or(b',')
}

fn header(cells: Vec<Vec<u8>>, expected: Option<Vocabulary>) -> Result<Header, String> {
    let mut names: Vec<String> = cells.into_iter().map(|cell| text_of(cell).trim().to_owned()).collect();
    // A separator at the end of the header names no column.
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    if names.len() > COLUMNS_MAX {
        return Err(format!("{} columns, at most {COLUMNS_MAX} are accepted", names.len()));
    }
    let vocabulary = expected.unwrap_or_else(|| vocabulary_of(&names));
    Ok(Header { names, vocabulary })
}

/// Whose columns these are, judged from names that nobody else uses.
fn vocabulary_of(names: &[String]) -> Vocabulary {
    let has = |wanted: &[&str]| wanted.iter().all(|wanted| names.iter().any(|name| name == wanted));
    if has(&ebay::MARKS) {
        Vocabulary::Ebay
    } else if has(&live_auctioneers::MARKS) {
        Vocabulary::LiveAuctioneers
    } else if google::MARKS.iter().any(|marks| has(marks)) {
        Vocabulary::Google
    } else {
        Vocabulary::Own
    }
}
