//! Casework over a real store.
#![allow(clippy::unwrap_used)]

mod decoys;
mod disclosing;
mod feeds;
mod holding;
mod owning;
mod paging;
mod queueing;
mod relisting;
mod reporting;
mod stating;
