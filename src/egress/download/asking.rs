//! The headers of a request for a large file, and what those of its answer say of the part that came.

use reqwest::Response;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, RANGE,
};

use super::Validators;
use crate::domain::feed_secret::SecretText;

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    /// From this byte on.
    pub(super) from: u64,
    /// So many bytes at most, where it comes in parts.
    pub(super) part_bytes: Option<u64>,
    /// What must still hold of the file for the rest to be a rest of the same.
    pub(super) condition: Option<&'a str>,
}

/// Which bytes an answer holds, and of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartRange {
    pub(super) first: u64,
    pub(super) total: Option<u64>,
}

/// The headers of a request, where `known` was said of a file that is here already.
pub(super) fn headers(known: &Validators, wanted: Wanted<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    // A part of what is compressed for the way alone is a part of another file each time.
    let encoding = if wanted.part_bytes.is_some() { "identity" } else { "gzip" };
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(encoding));
    match (wanted.part_bytes, wanted.from) {
        (None, 0) => {}
        (None, from) => enter(&mut headers, RANGE, Some(&format!("bytes={from}-"))),
        (Some(bytes), from) => enter(
            &mut headers,
            RANGE,
            Some(&format!("bytes={from}-{}", from + bytes.max(1) - 1)),
        ),
    }
    if wanted.from > 0 {
        enter(&mut headers, IF_RANGE, wanted.condition);
    } else {
        enter(&mut headers, IF_NONE_MATCH, known.etag.as_deref());
        if known.etag.is_none() {
            enter(&mut headers, IF_MODIFIED_SINCE, known.last_modified.as_deref());
        }
    }
    headers
}

/// Headers that are meant for one server. Libraries are told not to write them down.
pub(super) fn own_headers(own: &[(String, SecretText)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in own {
        if let (Ok(name), Ok(mut value)) = (HeaderName::try_from(name), HeaderValue::from_str(value.reveal())) {
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    headers
}

fn enter(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
        headers.insert(name, value);
    }
}

/// What an answer says of the state of its file.
pub(super) fn validators(response: &Response) -> Validators {
    let said = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    Validators {
        etag: said(ETAG),
        last_modified: said(LAST_MODIFIED),
    }
}

impl PartRange {
    /// What `Content-Range` says, as RFC 9110 §14.4 writes it or without its unit, as eBay does.
    pub(super) fn of(response: &Response) -> Option<Self> {
        let said = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok())?;
        Self::parse(said)
    }

    fn parse(said: &str) -> Option<Self> {
        let said = said.trim();
        let range = said.strip_prefix("bytes").map_or(said, str::trim_start);
        let (bytes, total) = range.split_once('/')?;
        let total = match total.trim() {
            "*" => None,
            total => Some(total.parse().ok()?),
        };
        Some(Self {
            first: bytes.split_once('-')?.0.trim().parse().ok()?,
            total,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn parts_say_where_they_belong() {
        let part = |said| PartRange::parse(said).map(|part| (part.first, part.total));
        assert_eq!(part("bytes 4-8/9"), Some((4, Some(9))));
        assert_eq!(part("0-1000/718182376"), Some((0, Some(718_182_376))));
        assert_eq!(part("bytes 4-8/*"), Some((4, None)));
        for none in ["", "bytes */9", "bytes 4/9", "bytes x-8/9", "bytes 4-8/many"] {
            assert_eq!(part(none), None, "{none}");
        }
    }
}
