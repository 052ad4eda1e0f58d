//! Lines of a stream, each held alone and never longer than a record may be.

use std::io::{self, BufRead};

use super::{RECORD_BYTES_MAX, too_long};

/// Reads up to and over the next line break. `None` at the end; `Err` inside when the line is too long, which is read over too.
pub(super) fn read_line(stream: &mut impl BufRead) -> io::Result<Option<Result<Vec<u8>, String>>> {
    let mut line = Vec::new();
    let (mut any, mut long) = (false, false);
    loop {
        let buffer = stream.fill_buf()?;
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
        stream.consume(used);
        if end.is_some() {
            break;
        }
    }
    Ok(any.then(|| if long { Err(too_long()) } else { Ok(line) }))
}
