//! Casework over a real store.
#![allow(clippy::unwrap_used)]

mod disclosing;
mod owning;
mod paging;
mod reporting;
mod stating;
