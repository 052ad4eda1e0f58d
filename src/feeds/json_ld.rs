//! JSON-LD: products of schema.org in a list, in a graph, one after another, or inside what describes a page.
//!
//! Owns finding the products. A list, a top-level `@graph` and a top-level `itemListElement` are read element by element, so that
//! a feed of any size needs the memory of one of them; whatever else is an element counts as one record's worth of JSON and is
//! searched whole. References by `@id` to other elements are not followed. What a product says is for [`super::schema_org`].

use std::collections::VecDeque;
use std::io::{self, BufRead};

use serde_json::Value;

use super::json_array::{Ending, Scan, peek, read_element};
use super::ndjson::{BYTE_ORDER_MARK, foreign};
use super::schema_org::{self, Sort};
use super::{Content, RECORD_BYTES_MAX, RawRecord, RecordSource, too_long};

/// Keys of a top-level object whose list is the feed.
const LISTS: [&str; 2] = ["@graph", "itemListElement"];
/// Where a product points to other things than itself: these are no offers of the feed.
const ASIDE: [&str; 6] = [
    "itemReviewed",
    "isRelatedTo",
    "isSimilarTo",
    "isAccessoryOrSparePartFor",
    "about",
    "mentions",
];

/// Records from JSON-LD.
pub(super) struct JsonLd<R> {
    stream: R,
    place: Place,
    products: Products,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first byte.
    Start,
    /// Between top-level values.
    Between,
    /// In a list; `nested` when it is that of a top-level object.
    List { nested: bool },
    /// After the list of a top-level object, whose end is still to come.
    Rest,
    /// Nothing more will be read.
    End,
}

impl<R: BufRead> JsonLd<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            place: Place::Start,
            products: Products::default(),
        }
    }

    fn step(&mut self) -> io::Result<()> {
        match self.place {
            Place::Start => self.start(),
            Place::Between => self.between(),
            Place::List { nested } => self.element(nested),
            Place::Rest => {
                // What is left of the object is one level deep already.
                let mut scan = Scan::inside();
                let closed = skip(&mut self.stream, |byte| {
                    scan.ends_at(byte);
                    scan.depth == 0
                })?;
                self.place = Place::Between;
                if !closed {
                    self.end_with("the object around the list ends too early");
                }
                Ok(())
            }
            Place::End => Ok(()),
        }
    }

    fn start(&mut self) -> io::Result<()> {
        let mark = self.stream.fill_buf()?;
        if let Some(reason) = foreign(mark) {
            self.end_with(reason);
            return Ok(());
        }
        if mark.starts_with(BYTE_ORDER_MARK) {
            self.stream.consume(BYTE_ORDER_MARK.len());
        }
        self.place = Place::Between;
        Ok(())
    }

    fn between(&mut self) -> io::Result<()> {
        match peek(&mut self.stream)? {
            None => {
                self.place = Place::End;
                self.products.finish();
            }
            Some(b'[') => {
                self.stream.consume(1);
                self.place = Place::List { nested: false };
            }
            Some(b'{') => self.object()?,
            Some(_) => self.end_with("expected JSON-LD: an object or a list of objects"),
        }
        Ok(())
    }

    /// A top-level object: read as a whole, or up to the list that is the feed.
    fn object(&mut self) -> io::Result<()> {
        let (mut read, mut head, mut long) = (Vec::new(), Head::default(), false);
        let found = skip(&mut self.stream, |byte| {
            long = long || read.len() == RECORD_BYTES_MAX;
            if !long {
                read.push(byte);
            }
            head.take(byte) != Found::Nothing
        })?;
        match (found, head.found) {
            (true, Found::List) => self.place = Place::List { nested: true },
            (true, _) if long => self.products.fault(too_long()),
            (true, _) => self.products.search(&read),
            (false, _) => self.end_with("the object ends too early: a bracket or quote is not closed"),
        }
        Ok(())
    }

    fn element(&mut self, nested: bool) -> io::Result<()> {
        let after = if nested { Place::Rest } else { Place::Between };
        match peek(&mut self.stream)? {
            None => self.end_with("the list ends too early: its closing ] is missing"),
            Some(b']') => {
                self.stream.consume(1);
                self.place = after;
            }
            Some(_) => {
                let (content, ending) = read_element(&mut self.stream)?;
                match content {
                    Ok(bytes) => self.products.search(&bytes),
                    Err(reason) => self.products.fault(reason),
                }
                match ending {
                    Ending::Comma => {}
                    Ending::Bracket => self.place = after,
                    Ending::Stream => self.end_with("the list ends too early, or a bracket or quote in it is not closed"),
                }
            }
        }
        Ok(())
    }

    fn end_with(&mut self, reason: &str) {
        self.products.fault(reason);
        self.place = Place::End;
    }
}

impl<R: BufRead> RecordSource for JsonLd<R> {
    fn next_record(&mut self) -> io::Result<Option<RawRecord>> {
        loop {
            if let Some(record) = self.products.next() {
                return Ok(Some(record));
            }
            if self.place == Place::End {
                return Ok(None);
            }
            self.step()?;
        }
    }
}

/// Products that were found and are still to be given; numbered in the order of the whole stream.
#[derive(Default)]
pub(super) struct Products {
    waiting: VecDeque<RawRecord>,
    count: u64,
}

impl Products {
    pub(super) fn next(&mut self) -> Option<RawRecord> {
        self.waiting.pop_front()
    }

    pub(super) fn fault(&mut self, reason: impl Into<String>) {
        self.count += 1;
        self.waiting.push_back(RawRecord::fault(self.count, reason));
    }

    /// Looks for products in one value.
    pub(super) fn search(&mut self, json: &[u8]) {
        match serde_json::from_slice::<Value>(json) {
            Ok(value) => self.gather(value),
            Err(error) => self.fault(super::json::explain(&error)),
        }
    }

    /// Says so when there was nothing at all.
    pub(super) fn finish(&mut self) {
        if self.count == 0 {
            self.fault("no Product of schema.org is in here");
        }
    }

    // As deep as the parser allows, which is 128 levels.
    fn gather(&mut self, value: Value) {
        match value {
            Value::Array(values) => values.into_iter().for_each(|value| self.gather(value)),
            Value::Object(mut node) => match schema_org::sort_of(&node) {
                Sort::Product => {
                    self.count += 1;
                    self.waiting.push_back(RawRecord {
                        line: self.count,
                        content: Ok(Content::Node(Value::Object(node))),
                    });
                }
                Sort::Offer => {
                    if let Some(Value::Object(mut product)) = node.remove("itemOffered") {
                        product.insert("offers".to_owned(), Value::Object(node));
                        self.gather(Value::Object(product));
                    }
                }
                Sort::Other => {
                    let inner = node.into_iter().filter(|(key, _)| !ASIDE.contains(&key.as_str()));
                    inner.for_each(|(_, value)| self.gather(value));
                }
            },
            _ => {}
        }
    }
}

/// Reads until `ends` says so at a byte, which is read too. `false` when the stream ended before.
fn skip(stream: &mut impl BufRead, mut ends: impl FnMut(u8) -> bool) -> io::Result<bool> {
    loop {
        let buffer = stream.fill_buf()?;
        if buffer.is_empty() {
            return Ok(false);
        }
        let end = buffer.iter().position(|byte| ends(*byte));
        let used = end.map_or(buffer.len(), |end| end + 1);
        stream.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// Follows a top-level object up to its end, or into the list that is the feed.
#[derive(Default)]
struct Head {
    scan: Scan,
    /// The last string on the object's own level, which is a key when a colon follows.
    text: Vec<u8>,
    key: bool,
    found: Found,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Found {
    #[default]
    Nothing,
    List,
    End,
}

impl Head {
    fn take(&mut self, byte: u8) -> Found {
        let (was_in_string, depth) = (self.scan.in_string, self.scan.depth);
        self.scan.ends_at(byte);
        if depth == 1 && was_in_string && self.scan.in_string && self.text.len() < 32 {
            self.text.push(byte);
        }
        if !was_in_string {
            match byte {
                b'"' if depth == 1 => self.text.clear(),
                b':' if depth == 1 => self.key = LISTS.iter().any(|list| list.as_bytes() == self.text),
                b'[' if depth == 1 && self.key => self.found = Found::List,
                b'}' if self.scan.depth == 0 => self.found = Found::End,
                byte if byte.is_ascii_whitespace() => {}
                _ => self.key = false,
            }
        }
        self.found
    }
}
