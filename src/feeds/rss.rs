//! RSS 2.0 with Google's attributes: one record an `item`.
//!
//! Owns finding the items in the stream, so that a broken one costs itself alone, and reading their elements as cells. A document
//! type is refused, and of entities only XML's own five and numbered characters are known. What the cells mean is for
//! [`super::google`].

use std::io::{self, BufRead};
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::charset::{Decoded, text_of};
use super::content::{Cells, Header, Vocabulary};
use super::ndjson::compressed;
use super::{Content, RECORD_BYTES_MAX, RawRecord, RecordSource, too_long};

/// Elements of one item.
const ELEMENTS_MAX: usize = 1_000;
/// As many bytes as the longest mark that is looked for.
const TAIL_BYTES: usize = 9;

/// Records from items.
pub(super) struct Rss<R> {
    stream: Decoded<R>,
    place: Place,
    line: u64,
    /// The last bytes, for marks that may lie across two reads.
    tail: [u8; TAIL_BYTES],
    item: Vec<u8>,
    item_line: u64,
    long: bool,
    /// The header of the last item: most items have the same elements.
    header: Option<Arc<Header>>,
    /// Whether the document or its channel was closed.
    closed: bool,
    ended: bool,
    any: bool,
}

/// Where in the document the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Inside,
    /// In a comment, or in text without markup; `inside` an item or not.
    Comment {
        inside: bool,
    },
    Literal {
        inside: bool,
    },
}

/// What a byte has brought to an end.
enum Reached {
    Item,
    /// An item that was not closed before the next one began.
    Unclosed,
    DocumentType,
}

impl<R: BufRead> Rss<R> {
    pub(super) fn new(stream: Decoded<R>) -> Self {
        Self {
            stream,
            place: Place::Outside,
            line: 1,
            tail: [0; TAIL_BYTES],
            item: Vec::new(),
            item_line: 1,
            long: false,
            header: None,
            closed: false,
            ended: false,
            any: false,
        }
    }

    /// Takes one byte in.
    fn take(&mut self, byte: u8) -> Option<Reached> {
        self.line += u64::from(byte == b'\n');
        let opens = self.tail.ends_with(b"<item") && (byte == b'>' || byte.is_ascii_whitespace());
        let closes = byte == b'>' && self.tail.trim_ascii_end().ends_with(b"</item");
        self.tail.rotate_left(1);
        self.tail[TAIL_BYTES - 1] = byte;
        let inside = match self.place {
            Place::Comment { inside } | Place::Literal { inside } => inside,
            place => place == Place::Inside,
        };
        if inside && !(opens && self.place == Place::Inside) {
            self.long = self.long || self.item.len() >= RECORD_BYTES_MAX;
            if !self.long {
                self.item.push(byte);
            }
        }
        let ends = |mark: &[u8]| self.tail.ends_with(mark);
        match self.place {
            Place::Comment { .. } if ends(b"-->") => self.leave(inside),
            Place::Literal { .. } if ends(b"]]>") => self.leave(inside),
            Place::Comment { .. } | Place::Literal { .. } => {}
            _ if ends(b"<!--") => self.place = Place::Comment { inside },
            _ if ends(b"<![CDATA[") => self.place = Place::Literal { inside },
            _ if ends(b"<!DOCTYPE") => return Some(Reached::DocumentType),
            Place::Inside if closes => {
                self.place = Place::Outside;
                return Some(Reached::Item);
            }
            Place::Inside if opens => return Some(Reached::Unclosed),
            Place::Outside if ends(b"</channel") || ends(b"</rss") => self.closed = true,
            Place::Outside if opens => self.begin(byte),
            _ => {}
        }
        None
    }

    fn leave(&mut self, inside: bool) {
        self.place = if inside { Place::Inside } else { Place::Outside };
        // The end of one mark is not the beginning of another.
        self.tail = [0; TAIL_BYTES];
    }

    fn begin(&mut self, byte: u8) {
        self.place = Place::Inside;
        self.item_line = self.line - u64::from(byte == b'\n');
        self.item.clear();
        self.item.extend_from_slice(b"<item");
        self.item.push(byte);
        self.long = false;
    }

    /// Reads on until something is reached; `None` at the end of the stream.
    fn advance(&mut self) -> io::Result<Option<(u8, Reached)>> {
        loop {
            let buffer = self.stream.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let (mut used, length) = (0, buffer.len().min(4096));
            let mut part = [0; 4096];
            part[..length].copy_from_slice(&buffer[..length]);
            let mut reached = None;
            while used < length && reached.is_none() {
                reached = self.take(part[used]).map(|reached| (part[used], reached));
                used += 1;
            }
            self.stream.consume(used);
            if reached.is_some() {
                return Ok(reached);
            }
        }
    }

    fn content(&mut self) -> Result<Content, String> {
        if self.long {
            return Err(too_long());
        }
        let text = text_of(std::mem::take(&mut self.item));
        let (names, values) = cells(&text)?;
        let header = match &self.header {
            Some(header) if header.names == names => Arc::clone(header),
            _ => Arc::new(Header {
                names,
                vocabulary: Vocabulary::Google,
            }),
        };
        self.header = Some(Arc::clone(&header));
        Ok(Content::Cells(Cells { header, values }))
    }

    fn end_with(&mut self, reason: &str) -> RawRecord {
        self.ended = true;
        RawRecord::fault(
            if self.place == Place::Outside {
                self.line
            } else {
                self.item_line
            },
            reason,
        )
    }
}

impl<R: BufRead> RecordSource for Rss<R> {
    fn next_record(&mut self) -> io::Result<Option<RawRecord>> {
        if self.ended {
            return Ok(None);
        }
        if !self.any
            && let Some(reason) = compressed(self.stream.fill_buf()?)
        {
            return Ok(Some(self.end_with(reason)));
        }
        let Some((byte, reached)) = self.advance()? else {
            if self.place != Place::Outside {
                return Ok(Some(self.end_with("the document ends inside this item")));
            }
            let fault = match (self.any, self.closed) {
                (false, _) => Some("no item of RSS is in here"),
                (true, false) => Some("the document ends before its channel is closed: the rest of it is missing"),
                (true, true) => None,
            };
            self.ended = true;
            return Ok(fault.map(|reason| RawRecord::fault(self.line, reason)));
        };
        self.any = true;
        Ok(Some(match reached {
            Reached::Item => RawRecord {
                line: self.item_line,
                content: self.content(),
            },
            Reached::Unclosed => {
                let fault = RawRecord::fault(self.item_line, "this item is not closed before the next one begins");
                self.begin(byte);
                fault
            }
            Reached::DocumentType => self.end_with("a document type is not accepted"),
        }))
    }
}

/// The elements of an item: their names and what they say.
fn cells(item: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let broken = |error: &dyn std::fmt::Display| format!("not well-formed XML: {error}");
    let mut reader = Reader::from_str(item);
    let (mut names, mut values): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut depth = 0_usize;
    loop {
        let event = reader.read_event().map_err(|error| broken(&error))?;
        let text = match &event {
            Event::Start(start) => {
                depth += 1;
                if depth == 2 {
                    open(start, &mut names, &mut values)?;
                }
                continue;
            }
            Event::Empty(start) => {
                if depth == 1 {
                    open(start, &mut names, &mut values)?;
                }
                continue;
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Event::Text(text) => text.xml10_content(),
            Event::CData(text) => text.xml10_content(),
            Event::GeneralRef(reference) => entity(reference)?.to_string().into(),
            Event::DocType(_) => return Err("a document type is not accepted".to_owned()),
            Event::Eof => break,
            _ => continue,
        };
        if let Some(value) = values.last_mut().filter(|_| depth >= 2) {
            value.push_str(&text);
        }
    }
    if depth > 0 {
        return Err("not well-formed XML: an element is not closed".to_owned());
    }
    Ok((names, values))
}

/// Begins the cell of an element.
fn open(start: &BytesStart<'_>, names: &mut Vec<String>, values: &mut Vec<String>) -> Result<(), String> {
    if names.len() == ELEMENTS_MAX {
        return Err(format!("more than {ELEMENTS_MAX} elements in one item"));
    }
    names.push(start.name().as_ref().to_owned());
    values.push(String::new());
    Ok(())
}

fn entity(reference: &BytesRef<'_>) -> Result<char, String> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => return Ok(character),
        Ok(None) => {}
        Err(_) => return Err("not well-formed XML: a character number that is none".to_owned()),
    }
    let name = reference.xml10_content();
    match name.as_ref() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        other => {
            let other: String = other.chars().take(20).collect();
            Err(format!("the entity &{other}; is not one of XML's own"))
        }
    }
}
