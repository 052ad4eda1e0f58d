//! `simulate-partner`: a partner's server that serves a generated feed, and misbehaves as it is told to.
//!
//! Owns the faults. What the feed holds is for [`generate`].

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use clap::{Args, ValueEnum};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt, stream};

use super::output::say;
use super::serve::runtime;
use crate::feeds::Format;

mod generate;

/// Records that are written at once.
const CHUNK: u64 = 200;
/// Pause between two chunks of a slow server.
const SLOW: Duration = Duration::from_millis(200);

/// Serve a generated feed, with faults.
#[derive(Debug, Clone, Args)]
pub(super) struct SimulatePartner {
    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// One of ndjson, json, json-ld, html, google-tsv, google-rss, ebay-tsv, liveauctioneers, csv.
    #[arg(long, default_value_t = Format::Ndjson)]
    format: Format,
    /// Records of the feed.
    #[arg(long, default_value_t = 1_000)]
    records: u64,
    /// Each so many records one is broken; 0: none.
    #[arg(long, default_value_t = 0)]
    bad_every: u64,
    /// What else goes wrong; may be repeated.
    #[arg(long, value_enum)]
    fault: Vec<Fault>,
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fault {
    /// The feed comes slowly.
    Slow,
    /// The transfer breaks in the middle, unless a rest is asked for.
    CutOff,
    /// Every second request is answered with 503.
    Unavailable,
    /// The feed redirects to itself for ever.
    RedirectLoop,
    /// Text is in Windows-1252 and does not say so.
    WrongEncoding,
    /// Each record comes twice.
    Duplicates,
    /// The last record comes first.
    OutOfOrder,
    /// The feed never ends.
    Endless,
}

struct Server {
    feed: SimulatePartner,
    requests: AtomicU64,
}

impl SimulatePartner {
    pub(super) fn run(self) -> anyhow::Result<()> {
        runtime()?.block_on(async {
            let listener = tokio::net::TcpListener::bind(self.listen)
                .await
                .with_context(|| format!("cannot listen on {}", self.listen))?;
            let address = listener.local_addr()?;
            say(&format!(
                "http://{address}/feed     {} records as {}",
                self.records, self.format
            ))?;
            say(&format!("http://{address}/feed.gz  the same, compressed"))?;
            let server = Arc::new(Server {
                feed: self,
                requests: AtomicU64::new(0),
            });
            let routes = Router::new()
                .route("/feed", get(plain))
                .route("/feed.gz", get(compressed))
                .with_state(server);
            axum::serve(listener, routes)
                .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
                .await?;
            Ok(())
        })
    }
}

async fn plain(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    server.answer("/feed", &headers, false)
}

async fn compressed(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    server.answer("/feed.gz", &headers, true)
}

impl Server {
    fn has(&self, fault: Fault) -> bool {
        self.feed.fault.contains(&fault)
    }

    fn answer(self: &Arc<Self>, path: &str, headers: &HeaderMap, gzip: bool) -> Response {
        let turn = self.requests.fetch_add(1, Ordering::Relaxed);
        if self.has(Fault::RedirectLoop) {
            return Redirect::temporary(path).into_response();
        }
        if self.has(Fault::Unavailable) && turn.is_multiple_of(2) {
            return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response();
        }
        let tag = format!("\"{}-{}\"", self.feed.format, self.feed.records);
        if headers
            .get(header::IF_NONE_MATCH)
            .is_some_and(|known| known.as_bytes() == tag.as_bytes())
        {
            return StatusCode::NOT_MODIFIED.into_response();
        }
        let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
        let from: u64 = range
            .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok())
            .unwrap_or(0);
        let body = self.body(gzip, from);
        match from {
            0 => (StatusCode::OK, [(header::ETAG, tag)], body).into_response(),
            _ => {
                let total: u64 = (0..self.chunks()).map(|number| self.chunk(number, gzip).len() as u64).sum();
                let range = format!("bytes {from}-{}/{total}", total.saturating_sub(1));
                (
                    StatusCode::PARTIAL_CONTENT,
                    [(header::ETAG, tag), (header::CONTENT_RANGE, range)],
                    body,
                )
                    .into_response()
            }
        }
    }

    /// The feed from a byte on, chunk by chunk.
    fn body(self: &Arc<Self>, gzip: bool, from: u64) -> Body {
        let server = Arc::clone(self);
        let cut = self.has(Fault::CutOff) && from == 0;
        let ends = if cut { self.chunks() / 2 } else { self.chunks() };
        let mut to_skip = from;
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
            Ok(chunk.slice(usize::try_from(skipped).unwrap_or(chunk.len())..))
        });
        let broken = stream::iter(cut.then_some(())).then(|()| async {
            // What was written goes out first.
            tokio::time::sleep(SLOW).await;
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
        });
        Body::from_stream(rest.chain(broken))
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
        let record = generate::record(self.feed.format, number, sound);
        if self.has(Fault::Duplicates) {
            record.repeat(2)
        } else {
            record
        }
    }
}
