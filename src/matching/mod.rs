//! Matching: compares items with listings, in both directions on one path, and says what the evidence amounts to.
//!
//! Reading order: [`project`] (items and listings become records), [`weights`] (the table), [`calibration`] (how it is read),
//! `compare` (the comparisons), [`assess`] (prior, rivals, probability), `candidates` (which pairs), `rivals` (who competes),
//! `same_object` (who does not), `coincidence` (how many listings agree as well by chance), `names` (what records are named),
//! `loot` (what else the seller offers of one burglary), `history` (which earlier thefts led to the seller), `blind` (what is
//! drawn for blind review), `check` (what may be offered), `alike` (which listings are nearly the same), `decoys` (test pairs,
//! each judged alone), `pass` (the work that follows the store), [`offline`] (the same from files).

use std::sync::{Arc, Mutex, PoisonError};

use replevin_index::{Engine, EngineError, Sequence};

use self::assess::Prior;
use self::calibration::Calibration;
use self::pass::recent::Recent;
use crate::domain::yardstick::Yardstick;
use crate::store::{Reader, Store, StoreError};

mod alike;
pub mod assess;
mod blind;
pub mod calibration;
mod candidates;
mod check;
mod coincidence;
mod compare;
mod decoys;
mod history;
mod loot;
mod names;
pub mod offline;
mod pass;
pub mod project;
mod rivals;
mod same_object;
pub mod weights;

pub use check::Question;
pub use offline::{
    MatchRecord, OfflineItem, OfflineListing, OfflineOptions, OfflineStage, OfflineSummary, OfflineTheft, match_files,
};
pub use pass::Progress;
pub use project::PhotoFacts;
pub use weights::MODEL;

/// Live listings are counted anew once so many changes have come as are one in so many of them.
const RECOUNTED_PER: u64 = 100;

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
    /// How the table of weights is read; as it stands without.
    pub calibration: Option<Calibration>,
    /// The share of candidates below the threshold that is drawn for blind review, 0 to 1.
    pub blind_review_share: f64,
    /// Draws them; a secret, so that nobody who sends records can tell which.
    pub blind_review_key: [u8; 32],
}

impl Default for MatchingOptions {
    fn default() -> Self {
        Self {
            report_threshold: 0.5,
            on_sale_probability: 0.3,
            could_be_share: 0.02,
            could_be_min: 1000.0,
            yardstick: Yardstick::default(),
            calibration: None,
            blind_review_share: 0.005,
            blind_review_key: [0; 32],
        }
    }
}

impl MatchingOptions {
    /// The prior while this many listings are on sale.
    #[must_use]
    pub(crate) fn prior(&self, listings: u64) -> Prior {
        let could_be = (self.could_be_share * listings as f64).max(self.could_be_min);
        let shift = self.calibration.as_ref().map_or(0.0, |calibration| calibration.shift_log10);
        Prior::new(self.on_sale_probability, could_be).shifted(shift)
    }

    /// A pair with its weights as they are read.
    fn read(&self, compared: Arc<compare::Compared>) -> Arc<compare::Compared> {
        match &self.calibration {
            Some(calibration) => Arc::new(calibration.apply(&compared)),
            None => compared,
        }
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
    recent: Recent,
    // How many listings were on sale, and at which change they were counted.
    live: Mutex<Option<(Sequence, u64)>>,
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
            recent: Recent::default(),
            live: Mutex::new(None),
        }
    }

    /// What of it is set.
    #[must_use]
    pub fn options(&self) -> &MatchingOptions {
        &self.options
    }

    /// How many listings were on sale when they were last counted: who waits for an answer does not wait for a count.
    fn on_sale_lately(&self, reader: &Reader<'_>) -> Result<u64, MatchingError> {
        let counted = *self.live.lock().unwrap_or_else(PoisonError::into_inner);
        counted.map_or_else(|| self.on_sale(reader), |(_, live)| Ok(live))
    }

    /// How many listings are on sale. Counted anew when so much has changed that it could show.
    fn on_sale(&self, reader: &Reader<'_>) -> Result<u64, MatchingError> {
        let now = reader.last_change()?;
        let mut counted = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match *counted {
            Some((at, live)) if now.0.saturating_sub(at.0) <= live / RECOUNTED_PER => live,
            _ => {
                let live = reader.count_active_listings()?;
                *counted = Some((now, live));
                live
            }
        })
    }
}
