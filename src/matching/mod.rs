//! Matching: compares items with listings, in both directions on one path, and says what the evidence amounts to.
//!
//! Reading order: [`project`] (items and listings become records), [`weights`] (the table), `compare` (the comparisons),
//! [`assess`] (prior, rivals, probability), `candidates` (which pairs, and who competes), `coincidence` (how many listings agree
//! as well by chance), `loot` (what else the seller offers of one burglary), `pass` (the work that follows the store),
//! [`offline`] (the same from files).

use std::sync::{Arc, Mutex};

use replevin_index::{Engine, EngineError};

use crate::domain::yardstick::Yardstick;
use crate::store::{Store, StoreError};

pub mod assess;
mod candidates;
mod coincidence;
mod compare;
mod loot;
pub mod offline;
mod pass;
pub mod project;
pub mod weights;

pub use assess::Prior;
pub use offline::{
    MatchRecord, OfflineItem, OfflineListing, OfflineOptions, OfflineStage, OfflineSummary, OfflineTheft, match_files,
};
pub use pass::Progress;
pub use project::PhotoFacts;
pub use weights::MODEL;

/// What of matching can be set.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchingOptions {
    /// Probability from which a stolen item's candidate becomes a suspicion report, and an item's that is safe at home a
    /// question to its owner.
    pub report_threshold: f64,
    /// Probability that a stolen item is on sale with a partner at all.
    pub on_sale_probability: f64,
    /// Share of the archive that an item could be: live listings of things of its sort.
    pub could_be_share: f64,
    /// At least this many listings an item could be, however small the archive: an archive is not the market.
    pub could_be_min: f64,
    /// The words for a probability.
    pub yardstick: Yardstick,
}

impl Default for MatchingOptions {
    fn default() -> Self {
        Self {
            report_threshold: 0.5,
            on_sale_probability: 0.3,
            could_be_share: 0.02,
            could_be_min: 1000.0,
            yardstick: Yardstick::default(),
        }
    }
}

impl MatchingOptions {
    /// The prior in an archive of this many listings.
    #[must_use]
    pub fn prior(&self, listings: usize) -> Prior {
        Prior::new(
            self.on_sale_probability,
            (self.could_be_share * listings as f64).max(self.could_be_min),
        )
    }
}

/// What can go wrong in matching.
#[derive(Debug, thiserror::Error)]
pub enum MatchingError {
    /// The store failed.
    #[error("store")]
    Store(#[from] StoreError),
    /// The index failed.
    #[error("search index")]
    Engine(#[from] EngineError),
}

/// Compares the two sides.
pub struct Matching {
    store: Store,
    engine: Arc<Engine>,
    options: MatchingOptions,
    // One step at a time: two would apply the same changes.
    stepping: Mutex<()>,
}

impl Matching {
    /// Over this store and this index.
    #[must_use]
    pub fn new(store: Store, engine: Arc<Engine>, options: MatchingOptions) -> Self {
        Self {
            store,
            engine,
            options,
            stepping: Mutex::new(()),
        }
    }

    /// The prior as it stands now, with its factors.
    #[must_use]
    pub fn prior(&self) -> Prior {
        self.options.prior(self.engine.len(replevin_index::Side::Offered))
    }
}
