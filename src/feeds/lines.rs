//! Lines of a stream, each held alone and never longer than a record may be.
//!
//! A line ends with a line feed, before which a carriage return may stand. Where the first line ends with a carriage return alone,
//! as some old programs write, each carriage return ends one.

use std::io::{self, BufRead};

use super::{RECORD_BYTES_MAX, too_long};

/// What lines of one stream end with, found out from the first.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Ends {
    /// No line has ended yet.
    #[default]
    Unknown,
    /// A line feed.
    Feed,
    /// A carriage return, or a line feed.
    Return,
}

impl Ends {
    /// Reads up to and over the next line break. `None` at the end; `Err` inside when the line is too long, which is read over
    /// too.
    pub(super) fn read_line(&mut self, stream: &mut impl BufRead) -> io::Result<Option<Result<Vec<u8>, String>>> {
        let mut line = Vec::new();
        let (mut any, mut long) = (false, false);
        loop {
            let buffer = stream.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            any = true;
            let end = buffer.iter().position(|byte| self.may_end(*byte));
            let part = &buffer[..end.unwrap_or(buffer.len())];
            long = long || line.len() + part.len() > RECORD_BYTES_MAX;
            if !long {
                line.extend_from_slice(part);
            }
            let byte = end.map(|end| buffer[end]);
            let used = end.map_or(buffer.len(), |end| end + 1);
            stream.consume(used);
            match (*self, byte) {
                (_, None) => {}
                (Self::Unknown, Some(b'\r')) => {
                    let next = stream.fill_buf()?.first().copied();
                    if next == Some(b'\n') {
                        stream.consume(1);
                        *self = Self::Feed;
                    } else if next.is_some() {
                        *self = Self::Return;
                    }
                    break;
                }
                (Self::Unknown, Some(_)) => {
                    *self = Self::Feed;
                    break;
                }
                _ => break,
            }
        }
        Ok(any.then(|| if long { Err(too_long()) } else { Ok(line) }))
    }

    fn may_end(self, byte: u8) -> bool {
        byte == b'\n' || (byte == b'\r' && !matches!(self, Self::Feed))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    #[test]
    fn lines_end_as_the_first_does() {
        for (text, expected) in [
            ("a\nb\rc\r\nd", vec!["a", "b\rc\r", "d"]),
            ("a\r\nb\rc\nd\n", vec!["a", "b\rc", "d"]),
            ("a\rb\rc", vec!["a", "b", "c"]),
            ("a\rb\nc\r", vec!["a", "b", "c"]),
            ("\r\na\rb", vec!["", "a\rb"]),
            ("a\r", vec!["a"]),
            ("", vec![]),
        ] {
            for buffer in [1, 2, 64] {
                let mut stream = BufReader::with_capacity(buffer, Cursor::new(text));
                let (mut ends, mut found) = (Ends::default(), Vec::new());
                while let Some(line) = ends.read_line(&mut stream).unwrap() {
                    found.push(String::from_utf8(line.unwrap()).unwrap());
                }
                assert_eq!(found, expected, "{text:?} by {buffer}");
            }
        }
    }
}
