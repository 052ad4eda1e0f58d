//! Web pages: the JSON-LD that stands in their `script` elements; one page, or many one after another.
//!
//! Owns finding those elements as a browser would: not in comments, not in other elements' text, attributes quoted or not. A
//! block is one record's worth of JSON at most. What is in it is for [`super::json_ld`].

use std::io::{self, BufRead};

use super::charset::{Decoded, text_of};
use super::json_ld::Products;
use super::{RECORD_BYTES_MAX, RawRecord, RecordSource, too_long};

/// A tag's text that is looked at, bytes; of longer ones the rest is read over.
const TAG_BYTES_MAX: usize = 8 << 10;
/// Elements whose content is no markup up to their own end tag.
const RAW: [&[u8]; 6] = [b"script", b"style", b"textarea", b"title", b"xmp", b"iframe"];

/// Records from pages.
pub(super) struct Html<R> {
    stream: Decoded<R>,
    products: Products,
    ended: bool,
}

impl<R: BufRead> Html<R> {
    pub(super) fn new(stream: Decoded<R>) -> Self {
        Self {
            stream,
            products: Products::default(),
            ended: false,
        }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let next = self.stream.fill_buf()?.first().copied();
        self.stream.consume(usize::from(next.is_some()));
        Ok(next)
    }

    /// Reads up to and over the next tag, and over what belongs to it. `false` at the end.
    fn step(&mut self) -> io::Result<bool> {
        loop {
            match self.byte()? {
                None => return Ok(false),
                // Before anything else it is the sign for less.
                Some(b'<') if self.stream.fill_buf()?.first().is_some_and(|next| opens_a_tag(*next)) => break,
                Some(_) => {}
            }
        }
        let Some(tag) = self.tag()? else { return Ok(false) };
        let length = tag.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let name = tag[..length].to_ascii_lowercase();
        if RAW.contains(&name.as_slice()) {
            let linked = name == b"script" && is_linked_data(&tag[length..]);
            return self.raw(&name, linked);
        }
        Ok(true)
    }

    /// The text of a tag after its `<`, without its `>`; empty for a comment. `None` when the page ends in it.
    fn tag(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut tag = Vec::new();
        let mut quote = None;
        loop {
            let Some(byte) = self.byte()? else { return Ok(None) };
            match quote {
                Some(open) if byte == open => quote = None,
                Some(_) => {}
                None if byte == b'>' => return Ok(Some(tag)),
                // A quote opens a value only after an equals sign: an apostrophe elsewhere means nothing.
                None if matches!(byte, b'"' | b'\'') && tag.trim_ascii_end().ends_with(b"=") => quote = Some(byte),
                None => {}
            }
            if tag.len() < TAG_BYTES_MAX {
                tag.push(byte);
            }
            if tag == b"!--" {
                return self.comment().map(|closed| closed.then(Vec::new));
            }
        }
    }

    fn comment(&mut self) -> io::Result<bool> {
        let mut dashes = 2;
        while let Some(byte) = self.byte()? {
            match byte {
                b'-' => dashes += 1,
                b'>' if dashes >= 2 => return Ok(true),
                _ => dashes = 0,
            }
        }
        Ok(false)
    }

    /// Reads over an element's raw text and its end tag; `keep`: it is JSON-LD. `false` when the page ends in it.
    fn raw(&mut self, name: &[u8], keep: bool) -> io::Result<bool> {
        let (mut text, mut long) = (Vec::new(), false);
        // The end tag, as far as it has been seen.
        let mut tail: Vec<u8> = Vec::new();
        let whole = name.len() + 2;
        while let Some(byte) = self.byte()? {
            if tail.len() == whole && (byte == b'>' || byte == b'/' || byte.is_ascii_whitespace()) {
                if byte != b'>' {
                    self.tag()?;
                }
                text.truncate(text.len().saturating_sub(whole));
                match (keep, long) {
                    (true, true) => self.products.fault(too_long()),
                    (true, false) => self.block(text),
                    _ => {}
                }
                return Ok(true);
            }
            let wanted = match tail.len() {
                0 => Some(b'<'),
                1 => Some(b'/'),
                seen => name.get(seen - 2).copied(),
            };
            if wanted == Some(byte.to_ascii_lowercase()) {
                tail.push(byte);
            } else {
                tail.clear();
                if byte == b'<' {
                    tail.push(byte);
                }
            }
            long = long || text.len() > RECORD_BYTES_MAX;
            if keep && !long {
                text.push(byte);
            }
        }
        if keep {
            self.products.fault("the page ends inside its JSON-LD");
        }
        Ok(false)
    }

    fn block(&mut self, bytes: Vec<u8>) {
        let text = text_of(bytes);
        let text = text.trim().trim_start_matches('/').trim_start();
        let text = text.strip_prefix("<![CDATA[").unwrap_or(text);
        let text = text.strip_suffix("]]>").unwrap_or(text);
        let text = text.trim_end().trim_end_matches('/').trim();
        if !text.is_empty() {
            self.products.search(text.as_bytes());
        }
    }
}

impl<R: BufRead> RecordSource for Html<R> {
    fn next_record(&mut self) -> io::Result<Option<RawRecord>> {
        loop {
            if let Some(record) = self.products.next() {
                return Ok(Some(record));
            }
            if self.ended {
                return Ok(None);
            }
            if !self.step()? {
                self.ended = true;
                self.products.finish();
            }
        }
    }
}

fn opens_a_tag(next: u8) -> bool {
    next.is_ascii_alphabetic() || matches!(next, b'/' | b'!' | b'?')
}

/// Whether a script's attributes say that it holds JSON-LD.
fn is_linked_data(attributes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(attributes).to_ascii_lowercase();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("type") {
        let named = at == 0 || rest[..at].ends_with(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | '/'));
        rest = &rest[at + 4..];
        let Some(value) = rest.trim_start().strip_prefix('=').filter(|_| named) else {
            continue;
        };
        let value = value.trim_start();
        let value = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next(),
            _ => value.split_ascii_whitespace().next(),
        };
        let essence = value.and_then(|value| value.split(';').next()).unwrap_or_default();
        return essence.trim() == "application/ld+json";
    }
    false
}
