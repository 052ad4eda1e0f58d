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
