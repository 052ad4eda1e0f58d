//! Matching: compares items with listings, in both directions on one path, and says what the evidence amounts to.

use std::sync::Arc;

use replevin_index::Engine;

use crate::store::Store;

/// Compares the two sides.
#[expect(dead_code, reason = "the first function lands with the pass")]
pub struct Matching {
    store: Store,
    engine: Arc<Engine>,
}

impl Matching {
    /// Over this store and this index.
    #[must_use]
    pub fn new(store: Store, engine: Arc<Engine>) -> Self {
        Self { store, engine }
    }
}

/// What one step did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whether there is more to do at once.
    pub behind: bool,
}

impl Matching {
    /// Brings the index up to the store and matches what is new, up to a bounded number of changes.
    ///
    /// # Errors
    /// A failure of the store or the index; calling again continues.
    pub fn step(&self) -> Result<Progress, crate::store::StoreError> {
        Ok(Progress::default())
    }
}
