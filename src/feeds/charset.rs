//! Streams in whatever encoding become UTF-8.
//!
//! A stream that names its encoding (a byte order mark, the sender's word, an XML declaration) is decoded as a whole. One that
//! names none passes as it is, and [`text_of`] decides for each record: what is valid UTF-8 is UTF-8, the rest Windows-1252, which
//! catalogue programs on Windows write. Accented text in Windows-1252 is hardly ever valid UTF-8.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Decoded text that is held at once, bytes.
const WINDOW_BYTES: usize = 16 << 10;
/// An XML declaration stands within so many bytes.
const DECLARATION_BYTES: usize = 200;

/// A stream whose encoding is found out when it is first read.
pub(super) struct Decoded<R> {
    stream: R,
    said: Option<&'static Encoding>,
    begun: bool,
    decoder: Option<Window>,
    /// Where it is noted that the sender's word is doubtful.
    doubt: Doubt,
}

/// The encoding that was believed although the whole stream is valid UTF-8, and not only ASCII; none without such a doubt.
pub(super) type Doubt = Rc<Cell<Option<&'static str>>>;

/// A part of the text, decoded.
struct Window {
    decoder: Decoder,
    text: Vec<u8>,
    at: usize,
    ended: bool,
    /// Whether the bytes are UTF-8 as well; only asked of an encoding that the sender names.
    utf8: Option<Utf8>,
}

/// Whether bytes that come in parts are UTF-8.
#[derive(Debug, Default)]
struct Utf8 {
    /// The beginning of a character whose rest is in the next part.
    begun: Vec<u8>,
    beyond_ascii: bool,
    broken: bool,
}

impl<R: BufRead> Decoded<R> {
    /// `said`: what the sender says it is.
    pub(super) fn new(stream: R, said: Option<&'static Encoding>) -> Self {
        Self::doubted(stream, said, Doubt::default())
    }

    /// The same, and where the sender's word turns out doubtful that is noted.
    pub(super) fn doubted(stream: R, said: Option<&'static Encoding>, doubt: Doubt) -> Self {
        Self {
            stream,
            said,
            begun: false,
            decoder: None,
            doubt,
        }
    }

    fn begin(&mut self) -> io::Result<()> {
        self.begun = true;
        let start = self.stream.fill_buf()?;
        let (encoding, mark, believed) = match Encoding::for_bom(start) {
            Some((encoding, length)) => (Some(encoding), length, false),
            None => (self.said.or_else(|| declared(start)), 0, self.said.is_some()),
        };
        self.stream.consume(mark);
        self.decoder = encoding.filter(|encoding| *encoding != UTF_8).map(|encoding| Window {
            decoder: encoding.new_decoder_without_bom_handling(),
            text: Vec::new(),
            at: 0,
            ended: false,
            utf8: believed.then(Utf8::default),
        });
        Ok(())
    }
}

impl Window {
    fn refill(&mut self, stream: &mut impl BufRead, doubt: &Doubt) -> io::Result<()> {
        while self.at == self.text.len() && !self.ended {
            self.text.resize(WINDOW_BYTES, 0);
            self.at = 0;
            let raw = stream.fill_buf()?;
            let last = raw.is_empty();
            let (result, used, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, last);
            if let Some(utf8) = &mut self.utf8 {
                utf8.look(&raw[..used]);
            }
            stream.consume(used);
            self.text.truncate(written);
            self.ended = last && result == CoderResult::InputEmpty;
            if self.ended && self.utf8.as_ref().is_some_and(Utf8::is_likely) {
                doubt.set(Some(self.decoder.encoding().name()));
            }
        }
        Ok(())
    }
}

impl Utf8 {
    fn look(&mut self, part: &[u8]) {
        if self.broken || (self.begun.is_empty() && part.is_ascii()) {
            return;
        }
        self.beyond_ascii = true;
        let joined;
        let bytes = if self.begun.is_empty() {
            part
        } else {
            joined = [self.begun.as_slice(), part].concat();
            &joined
        };
        self.begun = match std::str::from_utf8(bytes) {
            Ok(_) => Vec::new(),
            Err(error) => {
                self.broken = error.error_len().is_some();
                bytes[error.valid_up_to()..].iter().take(4).copied().collect()
            }
        };
    }

    fn is_likely(&self) -> bool {
        self.beyond_ascii && !self.broken && self.begun.is_empty()
    }
}

impl<R: BufRead> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.begun {
            self.begin()?;
        }
        match &mut self.decoder {
            None => self.stream.fill_buf(),
            Some(window) => {
                window.refill(&mut self.stream, &self.doubt)?;
                Ok(&window.text[window.at..])
            }
        }
    }

    fn consume(&mut self, amount: usize) {
        match &mut self.decoder {
            None => self.stream.consume(amount),
            Some(window) => window.at = (window.at + amount).min(window.text.len()),
        }
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let length = ready.len().min(buffer.len());
        buffer[..length].copy_from_slice(&ready[..length]);
        self.consume(length);
        Ok(length)
    }
}

/// Text of a stream that named no encoding.
pub(super) fn text_of(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => WINDOWS_1252.decode_without_bom_handling(error.as_bytes()).0.into_owned(),
    }
}

/// The encoding that an XML declaration names; UTF-16 also without its mark, where the declaration's first bytes show it.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    match start {
        [b'<', 0, b'?', 0, ..] => return Some(UTF_16LE),
        [0, b'<', 0, b'?', ..] => return Some(UTF_16BE),
        _ => {}
    }
    let start = start[..start.len().min(DECLARATION_BYTES)].trim_ascii_start();
    let declaration = start.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..declaration.iter().position(|byte| *byte == b'>')?];
    let declaration = std::str::from_utf8(declaration).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    // Whoever declares UTF-16 in bytes that are plainly not it means UTF-8, as XML says.
    Encoding::for_label(label.as_bytes()).filter(|encoding| *encoding != UTF_16LE && *encoding != UTF_16BE)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    fn decoded(bytes: &[u8], said: Option<&'static Encoding>, buffer: usize) -> String {
        let mut text = String::new();
        let stream = BufReader::with_capacity(buffer, Cursor::new(bytes));
        Decoded::new(stream, said).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn encodings_are_found_and_decoded() {
        let utf16: Vec<u8> = "\u{feff}skærm".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let xml = b"<?xml version=\"1.0\" encoding='ISO-8859-1'?><a>sk\xE6rm</a>";
        for buffer in [200, 4096] {
            assert_eq!(decoded(b"\xEF\xBB\xBFsk\xC3\xA6rm", None, buffer), "skærm");
            assert_eq!(decoded(&utf16, None, buffer), "skærm");
            assert_eq!(decoded(b"sk\xE6rm", Some(WINDOWS_1252), buffer), "skærm");
            assert!(decoded(xml, None, buffer).ends_with("<a>skærm</a>"));
        }
        assert_eq!(decoded(b"", Some(WINDOWS_1252), 16), "");
        let long = "æ".repeat(3 * WINDOW_BYTES);
        let (bytes, _, _) = WINDOWS_1252.encode(&long);
        assert_eq!(decoded(&bytes, Some(WINDOWS_1252), 777), long);
    }

    #[test]
    fn an_encoding_that_was_said_in_vain_is_doubted() {
        let doubt = |bytes: &[u8], said, buffer| {
            let (mut text, doubt) = (String::new(), Doubt::default());
            let stream = BufReader::with_capacity(buffer, Cursor::new(bytes));
            Decoded::doubted(stream, said, Rc::clone(&doubt))
                .read_to_string(&mut text)
                .unwrap();
            doubt.get()
        };
        let windows = Some(WINDOWS_1252);
        for buffer in [1, 2, 3, 4096] {
            assert_eq!(doubt("skærm € 20".as_bytes(), windows, buffer), Some("windows-1252"));
            for (bytes, said) in [
                (b"screen".as_slice(), windows),
                (b"sk\xE6rm", windows),
                (b"sk\xC3\xA6rm \xE6", windows),
                (b"sk\xC3\xA6rm \xC3", windows),
                (b"sk\xC3\xA6rm", None),
            ] {
                assert_eq!(doubt(bytes, said, buffer), None, "{bytes:?} by {buffer}");
            }
        }
        // A byte order mark says it itself.
        assert_eq!(doubt(b"\xEF\xBB\xBFsk\xC3\xA6rm", windows, 4096), None);
    }

    #[test]
    fn a_record_is_utf_8_where_it_can_be() {
        assert_eq!(text_of(b"sk\xC3\xA6rm".to_vec()), "skærm");
        assert_eq!(text_of(b"sk\xE6rm \x80 20".to_vec()), "skærm € 20");
    }
}
