//! One row of a table, cell by cell; it may run over several lines where a cell is quoted.

use super::table::Dialect;

/// What a row is after one more line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fed {
    /// Complete.
    Complete,
    /// A quoted cell goes on in the next line.
    Open,
    /// It cannot be a row.
    Fault(String),
}

/// A row that is being read.
pub(super) struct Row {
    dialect: Dialect,
    cells: Vec<Vec<u8>>,
    /// The quoted cell that goes on in the next line.
    open: Option<Vec<u8>>,
}

impl Row {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            cells: Vec::new(),
            open: None,
        }
    }

    pub(super) fn into_cells(self) -> Vec<Vec<u8>> {
        self.cells
    }

    /// Takes one line in, which has no line end.
    pub(super) fn feed(&mut self, line: &[u8]) -> Fed {
        let mut rest = line;
        if let Some(mut cell) = self.open.take() {
            cell.push(b'\n');
            match self.quoted(rest, cell) {
                Quoted::Closed(cell, after) => match self.after(after) {
                    Some(next) => {
                        self.cells.push(cell);
                        match next {
                            None => return Fed::Complete,
                            Some(next) => rest = next,
                        }
                    }
                    None => {
                        return Fed::Fault(
                            "a quote is opened on this line, and its closing quote is followed by text".to_owned(),
                        );
                    }
                },
                Quoted::Open(cell) => {
                    self.open = Some(cell);
                    return Fed::Open;
                }
            }
        }
        self.feed_cells(rest)
    }

    /// Takes cells in that begin here.
    fn feed_cells(&mut self, mut rest: &[u8]) -> Fed {
        loop {
            if let Some(inside) = rest.strip_prefix(b"\"") {
                match self.quoted(inside, Vec::new()) {
                    Quoted::Open(cell) => {
                        self.open = Some(cell);
                        return Fed::Open;
                    }
                    Quoted::Closed(cell, after) => {
                        if let Some(next) = self.after(after) {
                            self.cells.push(cell);
                            match next {
                                None => return Fed::Complete,
                                Some(next) => {
                                    rest = next;
                                    continue;
                                }
                            }
                        }
                        // Text that begins with a quotation is taken as it stands.
                    }
                }
            }
            let end = rest.iter().position(|byte| *byte == self.dialect.separator);
            self.cells.push(rest[..end.unwrap_or(rest.len())].to_vec());
            match end {
                None => return Fed::Complete,
                Some(end) => rest = &rest[end + 1..],
            }
        }
    }

    /// Reads on inside quotes.
    fn quoted<'l>(&self, line: &'l [u8], mut cell: Vec<u8>) -> Quoted<'l> {
        let mut at = 0;
        while let Some(byte) = line.get(at) {
            match (*byte, line.get(at + 1)) {
                (b'\\', Some(next @ (b'"' | b'\\'))) if self.dialect.backslash => {
                    cell.push(*next);
                    at += 1;
                }
                (b'"', Some(b'"')) if !self.dialect.backslash => {
                    cell.push(b'"');
                    at += 1;
                }
                (b'"', _) => return Quoted::Closed(cell, &line[at + 1..]),
                (byte, _) => cell.push(byte),
            }
            at += 1;
        }
        Quoted::Open(cell)
    }

    /// What follows a closing quote: the rest after the separator, or the row's end. `None` when it is text.
    fn after<'l>(&self, rest: &'l [u8]) -> Option<Option<&'l [u8]>> {
        match rest.split_first() {
            None => Some(None),
            Some((byte, next)) if *byte == self.dialect.separator => Some(Some(next)),
            Some(_) if rest.iter().all(|byte| *byte == b' ') => Some(None),
            Some(_) => None,
        }
    }
}

enum Quoted<'l> {
    Closed(Vec<u8>, &'l [u8]),
    Open(Vec<u8>),
}
