//! How a partner writes what it pushes: format, encoding and compression, from the request's headers and query.

use std::io::{BufRead, Cursor};
use std::sync::Arc;

use axum::http::{HeaderMap, header};

use crate::domain::feed::{Feed, Quarantined};
use crate::domain::ids::FeedId;
use crate::domain::listing::{ListingDraft, SellerGiven};
use crate::domain::mapping::Mapping;
use crate::domain::photo::ContentHash;
use crate::feeds::inflate::{Compression, inflate};
use crate::feeds::{
    self, Charset, Content, FeedError, FieldFault, Format, NO_RECORD, Parsed, REJECTED_SHOWN_MAX, ReadOptions, kept,
};
use crate::http::error::Problem;

/// A push holds at most this many records: they are in memory together and written in one transaction.
const RECORDS_MAX: usize = 100_000;

/// Added where a push holds no record: how that comes about most often.
const LINE_ENDS: &str = "; with curl send files with --data-binary, as -d takes the line ends out";

/// How a body is written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    format: Format,
    /// Whether the request or the feed names the format.
    said: bool,
    charset: Option<Charset>,
    compression: Option<Compression>,
    feed: Option<FeedId>,
    mapping: Option<Arc<Mapping>>,
}

impl Written {
    /// As the request says, else as the feed's settings say; NDJSON when nothing is said, which is also how
    /// `curl --data-binary` says nothing.
    pub(super) fn of(headers: &HeaderMap, format: Option<&str>, feed: Option<Feed>) -> Result<Self, Problem> {
        let format = format.or_else(|| Some(feed.as_ref()?.settings.format.as_str()));
        let named = format.map(|word| {
            word.parse::<Format>()
                .map_err(|error| Problem::invalid("format", error.to_string()))
        });
        let named = named.transpose()?;
        let given = headers
            .get(header::CONTENT_TYPE)
            .map(|value| value.to_str().map_err(|_| refused("")));
        let given = given.transpose()?.unwrap_or_default().to_ascii_lowercase();
        let mut parts = given.split(';').map(str::trim);
        let (format, said) = match (named, parts.next().unwrap_or_default()) {
            (_, essence) if essence.starts_with("multipart/") => return Err(refused(essence)),
            (Some(format), _) => (format, true),
            (None, "" | "application/x-www-form-urlencoded") => (Format::Ndjson, false),
            (None, essence) => (Format::of_media_type(essence).ok_or_else(|| refused(essence))?, true),
        };
        let label = parts.find_map(|part| part.strip_prefix("charset="));
        let charset = match label.map(|label| label.trim_matches('"')) {
            None | Some("utf-8" | "utf8" | "us-ascii") => None,
            Some(_) if !format.has_charsets() => return Err(Problem::unsupported("JSON is read in UTF-8 alone")),
            Some(label) => Some(feeds::charset(label).ok_or_else(|| Problem::unsupported("no such charset is known"))?),
        };
        Ok(Self {
            format,
            said,
            charset,
            compression: compression(headers)?,
            feed: feed.as_ref().map(|feed| feed.id),
            mapping: feed.map(|feed| Arc::new(feed.settings.mapping)),
        })
    }

    /// The hash of a body together with how it is to be read: the same push has the same.
    pub(super) fn request_sha256(&self, body: ContentHash) -> ContentHash {
        let charset = self.charset.map(Charset::name);
        ContentHash::of(format!("{body} {} {charset:?} {:?} {:?}", self.format, self.compression, self.feed).as_bytes())
    }

    /// Reads a body's listings; it may inflate to `inflated_bytes_max`. Beside them come the records that could not be read, as
    /// they may be kept: `seller_key` makes sellers unreadable.
    pub(super) fn listings(
        self,
        bytes: &[u8],
        inflated_bytes_max: u64,
        seller_key: &impl Fn(&str) -> String,
    ) -> Result<(Parsed<ListingDraft<SellerGiven>>, Vec<Quarantined>), FeedError> {
        let options = ReadOptions {
            records_max: Some(RECORDS_MAX),
            charset: self.charset,
            mapping: self.mapping.clone(),
            ..ReadOptions::default()
        };
        let mut quarantined = Vec::new();
        let keep = |line, content: Option<&Content>, faults: &[FieldFault]| {
            if quarantined.len() < REJECTED_SHOWN_MAX {
                quarantined.push(Quarantined {
                    feed: self.feed,
                    line,
                    faults: faults.iter().map(|fault| fault.at(line)).collect(),
                    reference: content.and_then(|content| feeds::reference_of(content, &options)),
                    format: self.format.word().to_owned(),
                    record: content.and_then(|content| kept::keep(content, &options, seller_key)),
                });
            }
        };
        if let Some(reason) = self.compression.and_then(|said| said.mistaken(bytes)) {
            return Err(FeedError::NotCompressed(reason));
        }
        let stream = Cursor::new(bytes);
        let mut stream: Box<dyn BufRead + '_> = match self.compression {
            Some(compression) => Box::new(inflate(compression, stream, bytes.len() as u64, inflated_bytes_max)),
            None => Box::new(stream),
        };
        feeds::look(self.format, self.said, &mut stream)?;
        let mut parsed = feeds::listings_and(self.format, stream, &options, keep)?;
        for note in parsed.notes.iter_mut().filter(|note| note.reason == NO_RECORD) {
            note.reason.push_str(LINE_ENDS);
        }
        Ok((parsed, quarantined))
    }
}

/// Why a media type is not read, and what to do.
fn refused(essence: &str) -> Problem {
    let read = "application/x-ndjson (one listing a line), application/json (an array), application/ld+json, text/html, \
                application/rss+xml, text/tab-separated-values or text/csv";
    Problem::unsupported(match essence {
        "application/gzip" | "application/x-gzip" => {
            "say what is compressed with Content-Type, such as text/csv, and that it is with Content-Encoding: gzip".to_owned()
        }
        "application/zstd" => {
            "say what is compressed with Content-Type, such as text/csv, and that it is with Content-Encoding: zstd".to_owned()
        }
        "application/octet-stream" | "text/plain" => {
            format!("this type does not say how the body is written: add ?format=csv, or another format, or send {read}")
        }
        _ if essence.starts_with("multipart/") => {
            "send the bytes of the file as the body, and no form: with curl --data-binary @FILE, not -F".to_owned()
        }
        _ if essence.contains("spreadsheet") || essence.contains("ms-excel") || essence == "application/zip" => {
            "workbooks and archives are not read: save the table as CSV and send it as text/csv".to_owned()
        }
        _ => format!("send {read}"),
    })
}

fn compression(headers: &HeaderMap) -> Result<Option<Compression>, Problem> {
    match headers
        .get(header::CONTENT_ENCODING)
        .map(|value| value.as_bytes().to_ascii_lowercase())
    {
        None => Ok(None),
        Some(coding) => match coding.as_slice() {
            b"" | b"identity" => Ok(None),
            b"gzip" | b"x-gzip" => Ok(Some(Compression::Gzip)),
            b"zstd" => Ok(Some(Compression::Zstd)),
            _ => Err(Problem::unsupported("a Content-Encoding is gzip or zstd")),
        },
    }
}
