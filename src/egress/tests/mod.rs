//! The fetcher against hostile URLs and a misbehaving server.

mod download;
mod guard;
mod server;
mod urls;
mod wire;
