//! Newline-delimited JSON: one object a line, UTF-8. Blank lines are counted and skipped; a byte order mark may open the stream.

use std::io::{self, BufRead};

use super::lines::Ends;
use super::{Content, RawRecord, RecordSource};

/// Records from lines.
pub(super) struct Ndjson<R> {
    stream: R,
    ends: Ends,
    line: u64,
    ended: bool,
}

impl<R: BufRead> Ndjson<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            ends: Ends::default(),
            line: 0,
            ended: false,
        }
    }
}

impl<R: BufRead> RecordSource for Ndjson<R> {
    fn next_record(&mut self) -> io::Result<Option<RawRecord>> {
        while !self.ended {
            let Some(mut content) = self.ends.read_line(&mut self.stream)? else {
                break;
            };
            self.line += 1;
            if let Ok(bytes) = &mut content
                && self.line == 1
            {
                if let Some(reason) = foreign(bytes) {
                    self.ended = true;
                    content = Err(reason.to_owned());
                } else if bytes.starts_with(BYTE_ORDER_MARK) {
                    bytes.drain(..BYTE_ORDER_MARK.len());
                }
            }
            if !content.as_ref().is_ok_and(|bytes| bytes.trim_ascii().is_empty()) {
                return Ok(Some(RawRecord {
                    line: self.line,
                    content: content.map(Content::Own),
                }));
            }
        }
        Ok(None)
    }
}

/// UTF-8's byte order mark.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What a stream is instead of UTF-8 text, judged from its first bytes.
pub(super) fn foreign(start: &[u8]) -> Option<&'static str> {
    match start {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Some("the body is UTF-16; send UTF-8"),
        _ => compressed(start),
    }
}

/// What is said of a stream that is still compressed, judged from its first bytes.
pub(super) fn compressed(start: &[u8]) -> Option<&'static str> {
    match start {
        [0x1F, 0x8B, ..] => Some("the body is gzip; say so with Content-Encoding: gzip, or a file name that ends in .gz"),
        _ => None,
    }
}
