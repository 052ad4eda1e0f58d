//! Casework over a real store.
#![allow(clippy::unwrap_used)]

mod disclosing;
mod owning;
mod paging;
mod queueing;
mod reporting;
mod stating;
