//! What the simulated server answers: the feed, whole or in parts, its photos, and every fault of it.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt, stream};

use super::{Fault, SimulatePartner, generate, picture};

/// Records that are written at once.
const CHUNK: u64 = 200;
/// Pause between two chunks of a slow server.
const SLOW: Duration = Duration::from_millis(200);
/// How long a slow photo takes.
const SLOW_PHOTO: Duration = Duration::from_secs(2);

/// The server and what was asked of it.
pub(super) struct Server {
    feed: SimulatePartner,
    photos: String,
    asked: AtomicU64,
    photos_asked: AtomicU64,
    /// Size of the feed, and of the compressed one.
    sizes: [OnceLock<u64>; 2],
}

/// The bytes that are asked for: the first, and the last when it is said.
type Asked = (u64, Option<u64>);

impl Server {
    /// One that listens at an address.
    pub(super) fn new(feed: SimulatePartner, address: SocketAddr) -> Self {
        let server = Self {
            photos: if feed.without_photos {
                String::new()
            } else {
                format!("http://{address}/photos")
            },
            feed,
            asked: AtomicU64::new(0),
            photos_asked: AtomicU64::new(0),
            sizes: Default::default(),
        };
        if server.feed.measured && !server.has(Fault::Endless) {
            let sizes = [server.size(false), server.size(true)];
            tracing::info!(?sizes, "the feed was measured");
        }
        server
    }

    pub(super) fn counted(&self) -> String {
        let [asked, photos] = [&self.asked, &self.photos_asked].map(|count| count.load(Ordering::Relaxed));
        format!("{{\"feed\":{asked},\"photos\":{photos}}}\n")
    }

    fn has(&self, fault: Fault) -> bool {
        self.feed.fault.contains(&fault)
    }

    pub(super) fn answer(self: &Arc<Self>, path: &str, headers: &HeaderMap, gzip: bool) -> Response {
        let turn = self.asked.fetch_add(1, Ordering::Relaxed);
        if self.has(Fault::RedirectLoop) {
            return Redirect::temporary(path).into_response();
        }
        if self.has(Fault::Down) || (self.has(Fault::Unavailable) && turn.is_multiple_of(2)) {
            return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response();
        }
        if !self.lets_in(headers) {
            let asks = [(header::WWW_AUTHENTICATE, "Basic realm=\"feed\"")];
            return (StatusCode::UNAUTHORIZED, asks).into_response();
        }
        let tag = format!("\"{}-{}\"", self.feed.format, self.feed.records);
        let known = headers.get(header::IF_NONE_MATCH);
        if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        let mut response = match (range(headers), self.feed.parts) {
            (None, Some(_)) => return (StatusCode::BAD_REQUEST, "ask for a range").into_response(),
            (None | Some((0, None)), None) => self.body(gzip, 0, None).into_response(),
            (Some((from, last)), parts) => self.part(gzip, (from, last), parts),
        };
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        if response.status() == StatusCode::OK
            && let Some(size) = self.sizes[usize::from(gzip)].get()
        {
            response.headers_mut().insert(header::CONTENT_LENGTH, (*size).into());
        }
        response
    }

    fn part(self: &Arc<Self>, gzip: bool, (from, last): Asked, parts: Option<u64>) -> Response {
        let total = self.size(gzip);
        if from >= total {
            let range = [(header::CONTENT_RANGE, format!("bytes */{total}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, range).into_response();
        }
        let end = last.map_or(total, |last| (last + 1).min(total));
        let end = parts.map_or(end, |bytes| end.min(from + bytes));
        let range = format!("bytes {from}-{}/{total}", end - 1);
        let body = self.body(gzip, from, Some(end - from));
        (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, range)], body).into_response()
    }

    /// Whether whoever asks shows what has to be shown.
    fn lets_in(&self, headers: &HeaderMap) -> bool {
        let says = |name: &str, value: &str| headers.get(name).is_some_and(|said| said.as_bytes() == value.as_bytes());
        let basic = self.feed.basic.as_deref();
        let wanted = |pair: &String| pair.split_once('=').is_some_and(|(name, value)| says(name, value));
        basic.is_none_or(|pair| says("authorization", &format!("Basic {}", STANDARD.encode(pair))))
            && self.feed.header.iter().all(wanted)
    }

    pub(super) async fn photo(&self, name: &str) -> Response {
        self.photos_asked.fetch_add(1, Ordering::Relaxed);
        if self.has(Fault::SlowPhotos) {
            tokio::time::sleep(SLOW_PHOTO).await;
        }
        if self.has(Fault::NoPhotos) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        match name.strip_suffix(".png").and_then(|number| number.parse().ok()) {
            Some(number) => ([(header::CONTENT_TYPE, "image/png")], picture::png(number)).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }

    /// How large the feed is, bytes. It is made once to be measured.
    fn size(&self, gzip: bool) -> u64 {
        let measure = || (0..self.chunks()).map(|number| self.chunk(number, gzip).len() as u64).sum();
        *self.sizes[usize::from(gzip)].get_or_init(measure)
    }

    /// The feed from a byte on, so many bytes of it, chunk by chunk.
    fn body(self: &Arc<Self>, gzip: bool, from: u64, bytes: Option<u64>) -> Body {
        let server = Arc::clone(self);
        let cut = self.has(Fault::CutOff) && from == 0 && bytes.is_none();
        let ends = if cut { self.chunks() / 2 } else { self.chunks() };
        let (mut to_skip, mut left) = (from, bytes.unwrap_or(u64::MAX));
        let written = stream::iter(0..ends).then(move |number| {
            let server = Arc::clone(&server);
            async move {
                if server.has(Fault::Slow) {
                    tokio::time::sleep(SLOW).await;
                }
                server.chunk(number, gzip)
            }
        });
        let rest = written.map(move |chunk| {
            let skipped = to_skip.min(chunk.len() as u64);
            to_skip -= skipped;
            let chunk = chunk.slice(usize::try_from(skipped).unwrap_or(chunk.len())..);
            let taken = left.min(chunk.len() as u64);
            left -= taken;
            chunk.slice(..usize::try_from(taken).unwrap_or(chunk.len()))
        });
        // Once all is written that was asked for, the rest of the feed is not made any more.
        let mut written = 0_u64;
        let rest = rest.take_while(move |chunk| {
            let more = bytes.is_none_or(|bytes| written < bytes);
            written += chunk.len() as u64;
            std::future::ready(more)
        });
        let broken = stream::iter(cut.then_some(())).then(|()| async {
            // What was written goes out first.
            tokio::time::sleep(SLOW).await;
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
        });
        Body::from_stream(rest.map(Ok).chain(broken))
    }

    /// How many there are.
    fn chunks(&self) -> u64 {
        match self.has(Fault::Endless) {
            true => u64::MAX,
            false => self.feed.records.div_ceil(CHUNK) + 2,
        }
    }

    /// One chunk: the first is what stands before the records, the last what stands after them. Compressed, each is a member of
    /// its own, so that chunks can be made one by one.
    fn chunk(&self, number: u64, gzip: bool) -> Bytes {
        let (head, tail) = generate::frame(self.feed.format);
        let text = match number {
            0 => head.to_owned(),
            number if number + 1 == self.chunks() => tail.to_owned(),
            number => {
                let first = (number - 1) * CHUNK;
                let last = if self.has(Fault::Endless) {
                    first + CHUNK
                } else {
                    (first + CHUNK).min(self.feed.records)
                };
                (first..last).map(|at| self.record(at)).collect()
            }
        };
        let bytes = if self.has(Fault::WrongEncoding) {
            encoding_rs::WINDOWS_1252.encode(&text).0.into_owned()
        } else {
            text.into_bytes()
        };
        if !gzip {
            return bytes.into();
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        // Memory takes whatever is written.
        drop(encoder.write_all(&bytes));
        encoder.finish().unwrap_or_default().into()
    }

    fn record(&self, at: u64) -> String {
        let number = if self.has(Fault::OutOfOrder) {
            self.feed.records.saturating_sub(at + 1)
        } else {
            at
        };
        let every = self.feed.bad_every;
        let sound = every == 0 || number % every != every - 1;
        let record = generate::record(self.feed.format, number, sound, &self.photos);
        if self.has(Fault::Duplicates) {
            record.repeat(2)
        } else {
            record
        }
    }
}

/// The bytes that are asked for, of one range.
fn range(headers: &HeaderMap) -> Option<Asked> {
    let asked = headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    let (first, last) = asked.split_once('-')?;
    let last = if last.is_empty() { None } else { Some(last.parse().ok()?) };
    Some((first.parse().ok()?, last))
}
