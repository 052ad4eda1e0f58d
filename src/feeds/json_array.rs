//! One JSON array of objects, read element by element: the array is never in memory as a whole.
//!
//! Owns finding where elements begin and end (strings, brackets, commas). Whether an element is JSON is for the parser to say,
//! so that one bad element costs no other, as long as its brackets and quotes are closed: one that is not swallows what follows.

use std::io::{self, BufRead};

use super::ndjson::{BYTE_ORDER_MARK, foreign};
use super::{Content, RECORD_BYTES_MAX, RawRecord, RecordSource, too_long};

/// Records from the elements of an array.
pub(super) struct JsonArray<R> {
    stream: R,
    element: u64,
    place: Place,
}

/// Where in the stream the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the opening bracket.
    Start,
    /// After the opening bracket: an element or the closing bracket.
    First,
    /// After a comma: an element.
    Next,
    /// After the closing bracket.
    Closed,
    /// The stream broke off between elements; that is still to be said.
    BrokenOff,
    /// The stream broke off inside an element, which may have swallowed many; that is still to be said.
    Unclosed,
    /// Nothing more will be read.
    End,
}

/// How an element ended.
pub(super) enum Ending {
    Comma,
    Bracket,
    Stream,
}

impl<R: BufRead> JsonArray<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            element: 0,
            place: Place::Start,
        }
    }

    fn fault(&mut self, reason: &str) -> io::Result<Option<RawRecord>> {
        self.element += 1;
        self.place = Place::End;
        Ok(Some(RawRecord::fault(self.element, reason)))
    }

    fn start(&mut self) -> io::Result<Option<RawRecord>> {
        let mark = self.stream.fill_buf()?;
        if let Some(reason) = foreign(mark) {
            return self.fault(reason);
        }
        if mark.starts_with(BYTE_ORDER_MARK) {
            self.stream.consume(BYTE_ORDER_MARK.len());
        }
        match peek(&mut self.stream)? {
            None => self.place = Place::End,
            Some(b'[') => {
                self.stream.consume(1);
                self.place = Place::First;
            }
            Some(b'{') => return self.fault("expected `[` first, found `{`: this is a JSON object, or JSON lines"),
            Some(_) => return self.fault("expected `[` first: this is no JSON array"),
        }
        Ok(None)
    }

    fn element(&mut self) -> io::Result<RawRecord> {
        let (content, ending) = read_element(&mut self.stream)?;
        self.element += 1;
        self.place = match ending {
            Ending::Comma => Place::Next,
            Ending::Bracket => Place::Closed,
            Ending::Stream => Place::Unclosed,
        };
        Ok(RawRecord {
            line: self.element,
            content: content.map(Content::Own),
        })
    }
}

impl<R: BufRead> RecordSource for JsonArray<R> {
    fn next_record(&mut self) -> io::Result<Option<RawRecord>> {
        loop {
            match self.place {
                Place::Start => {
                    if let Some(fault) = self.start()? {
                        return Ok(Some(fault));
                    }
                }
                Place::First | Place::Next => match peek(&mut self.stream)? {
                    None => self.place = Place::BrokenOff,
                    Some(b']') if self.place == Place::First => {
                        self.stream.consume(1);
                        self.place = Place::Closed;
                    }
                    Some(_) => return self.element().map(Some),
                },
                Place::Closed => match peek(&mut self.stream)? {
                    None => self.place = Place::End,
                    Some(_) => return self.fault("something follows the end of the array"),
                },
                Place::BrokenOff => return self.fault("the array ends too early: its closing ] is missing"),
                Place::Unclosed => {
                    let reason = format!(
                        "nothing after the beginning of element {} could be read: one of its brackets or quotes is not closed, or the \
                         array ends too early",
                        self.element
                    );
                    return self.fault(&reason);
                }
                Place::End => return Ok(None),
            }
        }
    }
}

/// The next byte that is not white space, left in the stream.
pub(super) fn peek(stream: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let buffer = stream.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let blanks = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let next = buffer.get(blanks).copied();
        stream.consume(blanks);
        if next.is_some() {
            return Ok(next);
        }
    }
}

/// Reads an element and the comma or bracket after it.
pub(super) fn read_element(stream: &mut impl BufRead) -> io::Result<(Result<Vec<u8>, String>, Ending)> {
    let mut element = Vec::new();
    let mut scan = Scan::default();
    let mut long = false;
    let ending = loop {
        let buffer = stream.fill_buf()?;
        if buffer.is_empty() {
            break Ending::Stream;
        }
        let end = buffer.iter().position(|byte| scan.ends_at(*byte));
        let part = &buffer[..end.unwrap_or(buffer.len())];
        long = long || element.len() + part.len() > RECORD_BYTES_MAX;
        if !long {
            element.extend_from_slice(part);
        }
        let ending = end.map(|end| buffer[end]);
        let used = end.map_or(buffer.len(), |end| end + 1);
        stream.consume(used);
        match ending {
            Some(b',') => break Ending::Comma,
            Some(_) => break Ending::Bracket,
            None => {}
        }
    };
    Ok((if long { Err(too_long()) } else { Ok(element) }, ending))
}

/// Follows strings and brackets through an element.
#[derive(Default)]
pub(super) struct Scan {
    pub(super) depth: u64,
    pub(super) in_string: bool,
    escaped: bool,
}

impl Scan {
    /// Stands inside one bracket already.
    pub(super) fn inside() -> Self {
        Self {
            depth: 1,
            ..Self::default()
        }
    }

    /// Takes one byte in; whether it is the comma or bracket that ends the element.
    pub(super) fn ends_at(&mut self, byte: u8) -> bool {
        if self.in_string {
            let closes = byte == b'"' && !self.escaped;
            self.escaped = byte == b'\\' && !self.escaped;
            self.in_string = !closes;
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b',' | b']' if self.depth == 0 => return true,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        false
    }
}
