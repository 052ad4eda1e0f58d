//! The formats by their names, and the media types that stand for them.

use encoding_rs::Encoding;

use super::code_page::CodePage;
use super::inflate::Compression;

/// Fewer bytes than this are never taken for no text by what they hold.
const BINARY_BYTES_MIN: usize = 64;

/// A format in which records come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// One JSON array of objects.
    JsonArray,
    /// Products of schema.org in JSON-LD.
    JsonLd,
    /// Web pages that hold such products.
    Html,
    /// Google product data as a table.
    GoogleTsv,
    /// Google product data as RSS 2.0.
    GoogleRss,
    /// The item feed of eBay's Feed API.
    EbayTsv,
    /// A LiveAuctioneers catalogue.
    LiveAuctioneers,
    /// A table with a header: in one of the vocabularies above, in our own field names, or by a mapping.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 9] = [
        Self::Ndjson,
        Self::JsonArray,
        Self::JsonLd,
        Self::Html,
        Self::GoogleTsv,
        Self::GoogleRss,
        Self::EbayTsv,
        Self::LiveAuctioneers,
        Self::Csv,
    ];

    /// Its name in the API, in configurations and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::JsonArray => "json",
            Self::JsonLd => "json-ld",
            Self::Html => "html",
            Self::GoogleTsv => "google-tsv",
            Self::GoogleRss => "google-rss",
            Self::EbayTsv => "ebay-tsv",
            Self::LiveAuctioneers => "liveauctioneers",
            Self::Csv => "csv",
        }
    }

    /// The format of a media type without its parameters, in lower case. Tables say by their header whose they are.
    #[must_use]
    pub fn of_media_type(essence: &str) -> Option<Self> {
        Some(match essence {
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => Self::Ndjson,
            "application/json" => Self::JsonArray,
            "application/ld+json" => Self::JsonLd,
            "text/html" | "application/xhtml+xml" => Self::Html,
            "application/rss+xml" | "application/xml" | "text/xml" => Self::GoogleRss,
            "text/csv" | "text/tab-separated-values" | "application/csv" => Self::Csv,
            _ => return None,
        })
    }

    /// What a file seems to be by its beginning. Of a table the header says whose it is.
    #[must_use]
    pub fn of_beginning(bytes: &[u8]) -> Self {
        let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(64 << 10)]);
        let text = beginning.trim_start_matches('\u{FEFF}').trim_start();
        let is_schema = text.contains("\"@type\"") || text.contains("\"@graph\"");
        match text.chars().next() {
            Some('{' | '[') if is_schema => Self::JsonLd,
            Some('{') => Self::Ndjson,
            Some('[') => Self::JsonArray,
            Some('<') if text.contains("<rss") || text.contains("http://base.google.com/ns/1.0") => Self::GoogleRss,
            Some('<') => Self::Html,
            _ => Self::Csv,
        }
    }

    /// Why bytes that begin so are not of this format, where that is plain. `said`: somebody named the format, so that only what
    /// cannot be it is refused; otherwise what looks like something else is.
    #[must_use]
    pub fn mistaken(self, said: bool, beginning: &[u8]) -> Option<&'static str> {
        match Compression::of_beginning(beginning) {
            Some(Compression::Gzip) => return Some("this is gzip: send it with Content-Encoding: gzip"),
            Some(Compression::Zstd) => return Some("this is Zstandard: send it with Content-Encoding: zstd"),
            None => {}
        }
        if let Some(other) = other_file(beginning) {
            return Some(other);
        }
        let text = String::from_utf8_lossy(&beginning[..beginning.len().min(64 << 10)]);
        let text = text.trim_start_matches('\u{FEFF}').trim_start();
        let line = text.split(['\n', '\r']).next().unwrap_or_default();
        let is_page = ["<!doctype html", "<html"].iter().any(|begin| {
            let beginning = text.get(..begin.len()).unwrap_or_default();
            beginning.eq_ignore_ascii_case(begin)
        });
        let is_object = text.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('"'));
        let is_array = text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'));
        match self {
            // What a server answers that is being repaired.
            _ if is_page && said && self != Self::Html => Some("this is a web page, and not the file that was expected"),
            Self::Csv | Self::GoogleTsv | Self::EbayTsv | Self::LiveAuctioneers if is_object => {
                Some("this looks like JSON lines, and a table was expected: send ?format=ndjson")
            }
            Self::Csv | Self::GoogleTsv | Self::EbayTsv | Self::LiveAuctioneers if is_array => {
                Some("this looks like a JSON array, and a table was expected: send ?format=json")
            }
            Self::JsonArray if text.starts_with('{') => Some(
                "expected `[` first, found `{`: send application/x-ndjson (one object a line), or put [ ] around the objects",
            ),
            // What is no UTF-8 is told of as that.
            Self::JsonArray if !text.is_empty() && !text.starts_with(['[', '\u{FFFD}']) => {
                Some("expected `[` first, and this is no JSON array: say what it is with Content-Type (text/csv, …) or ?format=")
            }
            Self::Ndjson if is_array || (!said && line.starts_with('[')) => {
                Some("this looks like a JSON array: send Content-Type: application/json, or ?format=json")
            }
            Self::Ndjson if !said && line.starts_with('<') => Some(
                "this looks like XML or HTML: send Content-Type: application/rss+xml or text/html, or ?format=google-rss or html",
            ),
            Self::Ndjson if !said && looks_like_a_header(line) => {
                Some("this looks like a table: send Content-Type: text/csv, or ?format=csv")
            }
            _ => None,
        }
    }

    /// Whether it may come in another encoding than UTF-8.
    #[must_use]
    pub fn has_charsets(self) -> bool {
        !matches!(self, Self::Ndjson | Self::JsonArray | Self::JsonLd)
    }
}

/// Why a word names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of ndjson, json, json-ld, html, google-tsv, google-rss, ebay-tsv, liveauctioneers, csv")]
pub struct UnknownFormat;

impl std::str::FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.word() == word)
            .ok_or(UnknownFormat)
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// What is said of a file that is no text, judged from its first bytes.
fn other_file(beginning: &[u8]) -> Option<&'static str> {
    const PICTURE: &str =
        "this is a picture, and a file of listings was expected: photos are put one by one, below their listing";
    const ARCHIVE: &str =
        "this is an archive of another kind: send the file in it, with Content-Encoding: gzip or zstd if it is large";
    Some(match beginning {
        [b'P', b'K', 3, 4, ..] => "this is a ZIP archive or a workbook (xlsx): save it as CSV, and send that",
        [0xD0, 0xCF, 0x11, 0xE0, ..] => "this is a workbook (xls): save it as CSV, and send that",
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] | [b'G', b'I', b'F', b'8', ..] => PICTURE,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => PICTURE,
        [b'%', b'P', b'D', b'F', b'-', ..] => "this is a PDF: send the table or the records that it was made from",
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, ..]
        | [0xFD, b'7', b'z', b'X', b'Z', ..]
        | [b'7', b'z', 0xBC, 0xAF, ..]
        | [b'R', b'a', b'r', b'!', ..] => ARCHIVE,
        [b'S', b'Q', b'L', b'i', b't', b'e', b' ', b'f', ..] => "this is a database: send what is in it as CSV",
        _ if is_no_text(beginning) => {
            "this is no text: it holds bytes that no text has. Is it a picture, an archive, or compressed?"
        }
        _ => return None,
    })
}

/// Whether more bytes are control characters than stand in any text. In UTF-16, every other byte of some scripts is one.
fn is_no_text(beginning: &[u8]) -> bool {
    let beginning = &beginning[..beginning.len().min(4 << 10)];
    let nuls = |odd: usize| beginning.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let is_wide = matches!((nuls(0), nuls(1)), (0, 4..) | (4.., 0))
        || beginning.starts_with(&[0xFF, 0xFE])
        || beginning.starts_with(&[0xFE, 0xFF]);
    let is_strange = |byte: &&u8| matches!(byte, 1..=8 | 0x0E..=0x19 | 0x1C..=0x1F | 0x7F);
    let strange = beginning.iter().filter(is_strange).count();
    !is_wide && beginning.len() >= BINARY_BYTES_MIN && strange * 20 > beginning.len()
}

/// Several short names with one of the usual marks between them, and nothing that JSON begins with.
fn looks_like_a_header(line: &str) -> bool {
    let short = |cell: &str| (1..=60).contains(&cell.trim().chars().count());
    let is_row = |mark: char| line.contains(mark) && line.trim_end_matches(mark).split(mark).all(short);
    !line.contains(['{', '}']) && ['\t', ';', ',', '|'].into_iter().any(is_row)
}

/// An encoding in which tables, RSS and pages may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// One that has a name on the web.
    Web(&'static Encoding),
    /// One of DOS.
    Dos(CodePage),
}

impl Charset {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Web(encoding) => encoding.name(),
            Self::Dos(page) => page.name,
        }
    }
}

/// An encoding by its name on the web, or by its number among the code pages of DOS.
#[must_use]
pub fn charset(label: &str) -> Option<Charset> {
    let of_web = || Encoding::for_label(label.as_bytes()).map(Charset::Web);
    of_web().or_else(|| CodePage::of_label(label).map(Charset::Dos))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_word_and_the_error_names_all() {
        for format in Format::ALL {
            assert_eq!(format.word().parse::<Format>().unwrap(), format);
            assert!(UnknownFormat.to_string().contains(format.word()));
        }
        assert_eq!("xml".parse::<Format>(), Err(UnknownFormat));
    }

    #[test]
    fn what_is_plainly_something_else_is_seen() {
        for (format, said, beginning, hint) in [
            (Format::Ndjson, false, "id;title\n1;Ring\n", Some("text/csv")),
            (Format::Ndjson, false, "\u{feff}id\ttitle\t\n", Some("text/csv")),
            (Format::Ndjson, false, "<?xml version=\"1.0\"?>", Some("google-rss")),
            (Format::Ndjson, false, "[{\"id\":\"1\"}]", Some("application/json")),
            (Format::Ndjson, false, "{\"id\":\"1\",\"title\":\"Ring\"}", None),
            (Format::Ndjson, false, "{id,title}\n{\"id\":\"1\"}", None),
            (Format::Ndjson, false, "oops", None),
            (Format::Ndjson, false, "", None),
            (Format::Ndjson, true, "id;title\n", None),
            (Format::Ndjson, true, "\u{1f}\u{8b}", None),
            (Format::Csv, true, "{\"id\":\"1\"}", Some("ndjson")),
            (Format::Csv, true, "{id};title\n", None),
            (Format::Csv, true, "[id];title\n", None),
            (Format::Csv, true, "\u{feff}[\n {\"id\":\"1\"}]", Some("?format=json")),
            (Format::Csv, true, "PK\u{3}\u{4}xl", Some("save it as CSV")),
            (Format::Ndjson, true, "[\n{\"id\":\"1\"}]", Some("application/json")),
            (
                Format::JsonArray,
                true,
                "{\"id\":\"1\"}\n",
                Some("found `{`: send application/x-ndjson"),
            ),
            (Format::JsonArray, true, "id,title\n", Some("text/csv")),
            (Format::JsonArray, true, " \n", None),
            (Format::JsonArray, true, "[]", None),
        ] {
            let found = format.mistaken(said, beginning.as_bytes());
            assert_eq!(
                found.map(|why| hint.is_some_and(|hint| why.contains(hint))),
                hint.map(|_| true),
                "{beginning}"
            );
        }
        let noise: Vec<u8> = (0..200_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for format in Format::ALL {
            for (beginning, hint) in [
                (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "picture"),
                (b"\xFF\xD8\xFF\xE0\0\x10JFIF", "picture"),
                (b"%PDF-1.7\n", "PDF"),
                (b"7z\xBC\xAF\x27\x1C", "archive"),
                (&noise, "no text"),
            ] {
                let told = format.mistaken(true, beginning).unwrap_or_default();
                assert!(told.contains(hint), "{format} {hint}: {told}");
            }
            let wide: Vec<u8> = "id;title\n1;Ring\n"
                .repeat(9)
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect();
            assert!(!format.mistaken(true, &wide).unwrap_or_default().contains("no text"));
        }
        assert!(
            Format::Csv
                .mistaken(true, &[0x1F, 0x8B, 8])
                .unwrap()
                .contains("Content-Encoding: gzip")
        );
    }

    #[test]
    fn files_show_what_they_are() {
        for (name, format) in [
            ("listings.ndjson", Format::Ndjson),
            ("listings.json", Format::JsonArray),
            ("listings.jsonld", Format::JsonLd),
            ("pages.html", Format::Html),
            ("google.rss", Format::GoogleRss),
            ("google.tsv", Format::Csv),
            ("ebay.tsv", Format::Csv),
            ("liveauctioneers.csv", Format::Csv),
            ("danish.csv", Format::Csv),
        ] {
            let file = std::fs::read(format!("{}/fixtures/feeds/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            assert_eq!(Format::of_beginning(&file), format, "{name}");
        }
        assert_eq!(Format::of_beginning(b""), Format::Csv);
    }
}
