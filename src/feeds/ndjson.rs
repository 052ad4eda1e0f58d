//! Newline-delimited JSON: one object a line, UTF-8. Blank lines are counted and skipped; a byte order mark may open the stream.

use std::io::{self, BufRead};

use super::{RECORD_BYTES_MAX, RawRecord, RecordSource, too_long};

/// Records from lines.
pub(super) struct Ndjson<R> {
    stream: R,
    line: u64,
    ended: bool,
}

impl<R: BufRead> Ndjson<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            line: 0,
            ended: false,
        }
    }

    /// Reads up to and over the next line break. `None` at the end; `Err` when the line is too long, which is read over too.
    fn read_line(&mut self) -> io::Result<Option<Result<Vec<u8>, String>>> {
        let mut line = Vec::new();
        let (mut any, mut long) = (false, false);
        loop {
            let buffer = self.stream.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            any = true;
            let end = buffer.iter().position(|byte| *byte == b'\n');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            long = long || line.len() + part.len() > RECORD_BYTES_MAX;
            if !long {
                line.extend_from_slice(part);
            }
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.stream.consume(used);
            if end.is_some() {
                break;
            }
        }
        Ok(any.then(|| if long { Err(too_long()) } else { Ok(line) }))
    }
}

impl<R: BufRead> RecordSource for Ndjson<R> {
    fn next_record(&mut self) -> io::Result<Option<RawRecord>> {
        while !self.ended {
            let Some(mut content) = self.read_line()? else { break };
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
                    content,
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
        [0x1F, 0x8B, ..] => Some("the body is gzip; say so with Content-Encoding: gzip, or a file name that ends in .gz"),
        _ => None,
    }
}
