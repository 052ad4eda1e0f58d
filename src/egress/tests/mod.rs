//! The fetcher against hostile URLs and a misbehaving server.

mod server;
mod urls;
mod wire;
