//! `simulate-partner`: a partner's server that serves a generated feed with its photos, and misbehaves as it is told to.
//!
//! Owns what it can be told. What the feed holds is for [`generate`], the photos for [`picture`], and answers, with their faults,
//! for [`answer`].

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use clap::{Args, ValueEnum};

use self::answer::Server;
use super::output::say;
use super::serve::runtime;
use crate::feeds::Format;

mod answer;
mod generate;
mod picture;

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
    /// Let in only whoever shows this user and password.
    #[arg(long, value_name = "USER:PASSWORD")]
    basic: Option<String>,
    /// Let in only whoever sends this header; may be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    header: Vec<String>,
    /// Hand the feed out in parts only, so many bytes at most each, to whoever asks for a range.
    #[arg(long, value_name = "BYTES")]
    parts: Option<u64>,
    /// Name no photos.
    #[arg(long)]
    without_photos: bool,
    /// Say beforehand how large the feed is: it is made once to be measured.
    #[arg(long)]
    measured: bool,
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
    /// Every request is answered with 503.
    Down,
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
    /// Each photo takes two seconds.
    SlowPhotos,
    /// Photos are answered with 503.
    NoPhotos,
}

impl SimulatePartner {
    pub(super) fn run(self) -> anyhow::Result<()> {
        runtime()?.block_on(async {
            let listener = tokio::net::TcpListener::bind(self.listen)
                .await
                .with_context(|| format!("cannot listen on {}", self.listen))?;
            let address = listener.local_addr()?;
            let (records, format) = (self.records, self.format);
            let server = Arc::new(Server::new(self, address));
            say(&format!("http://{address}/feed     {records} records as {format}"))?;
            say(&format!("http://{address}/feed.gz  the same, compressed"))?;
            say(&format!("http://{address}/photos/  their photos"))?;
            let routes = Router::new()
                .route("/feed", get(plain))
                .route("/feed.gz", get(compressed))
                .route("/photos/{name}", get(photo))
                .route("/requests", get(requests))
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

async fn photo(State(server): State<Arc<Server>>, Path(name): Path<String>) -> Response {
    server.photo(&name).await
}

/// What was asked so far: how often the feed, how often photos.
async fn requests(State(server): State<Arc<Server>>) -> String {
    server.counted()
}
