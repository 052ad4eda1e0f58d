//! Replevin: finds stolen goods in the second-hand market and takes them to the police, under the letter.

pub mod access;
pub mod app;
pub mod casework;
pub mod cli;
pub mod config;
pub mod domain;
pub mod egress;
pub mod evidence;
pub mod feeds;
pub mod http;
pub mod intake;
pub mod jobs;
pub mod lifecycle;
pub mod matching;
pub mod notify;
pub mod store;

/// A service that runs for months asks for memory in all sizes from many threads and gives it back: this allocator leaves fewer
/// holes than the system's, and is quicker about it.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
