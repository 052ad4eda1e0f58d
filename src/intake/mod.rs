//! Intake: takes records and photos in, redacted and validated.
//!
//! Owns what happens at the door: the letter is asked for ([`feed_grant`]), sellers are made unreadable ([`seller_keys`]), a
//! partner's own secrets are sealed, a batch becomes short transactions ([`batch`]), a photo is read once and kept before it is acknowledged. Leaves the reading of formats and
//! fields to `feeds`, fetching to the job that does it, and matching to whoever follows the sequence of changes.

mod batch;
mod decoys;
mod error;
pub mod feed_grant;
mod feed_secrets;
pub mod feeds;
pub mod form_drafts;
mod items;
mod known_photos;
mod listings;
mod looked_at;
mod photos;
mod pull_board;
mod push_key;
pub mod quarantine;
mod room;
pub mod seller_keys;
mod shown;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use replevin_index::image::decode::DecodeLimits;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::store::{PhotoFiles, Store};

pub use error::IntakeError;
pub use feed_grant::{FeedGrant, NoLetter, NoLetterReason};
pub use feed_secrets::FeedKey;
pub use listings::{Part, Push, PushOutcome};
pub use photos::PhotoKept;
pub use pull_board::PullRow;
pub use push_key::{PUSH_KEY_DAYS, PushKey};
pub use quarantine::{Reread, RereadOutcome};
pub use replevin_index::image::decode::PhotoError;
pub use room::{Room, Turn};
pub use seller_keys::SellerKeys;

/// How the door behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntakeOptions {
    /// What is refused of a picture before it costs anything.
    pub decode: DecodeLimits,
    /// Pictures that are decoded at once; each needs up to twice [`DecodeLimits::alloc_bytes_max`].
    pub decoders_max: usize,
    /// Pushes whose records are read at once.
    pub readers_max: usize,
    /// Bodies of pushes that are in memory at once, read or waiting for their turn, bytes together; half of it for one partner.
    pub bodies_bytes_max: u64,
}

impl Default for IntakeOptions {
    /// The decoder's own limits, two pictures and two pushes at once.
    fn default() -> Self {
        Self {
            decode: DecodeLimits::default(),
            decoders_max: 2,
            readers_max: 2,
            bodies_bytes_max: 256 << 20,
        }
    }
}

/// The door for records and photos. Cheap to clone.
#[derive(Clone)]
pub struct Intake(Arc<Parts>);

struct Parts {
    store: Store,
    photo_files: PhotoFiles,
    seller_keys: SellerKeys,
    feed_key: FeedKey,
    pulls: pull_board::PullBoard,
    decode: DecodeLimits,
    decoders: Semaphore,
    shared: Arc<room::Shared>,
}

impl Intake {
    /// Over this store and these files; large bodies are read on `background`'s threads.
    #[must_use]
    pub fn new(
        store: Store,
        photo_files: PhotoFiles,
        (seller_keys, feed_key): (SellerKeys, FeedKey),
        options: IntakeOptions,
        background: Handle,
    ) -> Self {
        Self(Arc::new(Parts {
            store,
            photo_files,
            seller_keys,
            feed_key,
            pulls: pull_board::PullBoard::default(),
            decode: options.decode,
            decoders: Semaphore::new(options.decoders_max.max(1)),
            shared: room::Shared::new(options.bodies_bytes_max, options.readers_max, background),
        }))
    }
}
