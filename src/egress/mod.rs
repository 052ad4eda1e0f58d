//! The only way out to the network.
//!
//! Mail leaves by the server that the operator names ([`Mailer`]).
//!
//! Owns: which address may be contacted ([`address`]), which URL may be asked for ([`target`]), and the fetcher that
//! holds to both on every hop ([`fetch`]), a large file too ([`Downloaded`]), and what is sent out ([`GuardedFetcher::post`]). Leaves to others: when to try again and how often (the jobs), what the bytes
//! mean (the engine's decoder), and what a refusal says to a partner beyond its one sentence.

pub mod address;
mod download;
mod error;
pub mod fetch;
mod mail;
mod post;
pub mod resolve;
pub mod target;
mod tls;

pub use download::{DownloadOptions, Downloaded, Grows, Validators};
pub use error::{FetchError, SetupError};
pub use fetch::{Fetched, GuardedFetcher};
pub use mail::{MailError, MailOptions, MailTls, Mailer};
pub use post::post_options;
pub use target::FetchOptions;

#[cfg(test)]
mod tests;
