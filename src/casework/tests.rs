#![allow(clippy::unwrap_used)]
//! Casework over a real store.

mod disclosing;
mod owning;
mod reporting;
mod stating;
