//! Casework: theft reports, suspicion reports, the letter gate, disclosure, questions to owners.

use crate::store::Store;

/// The police's and the owners' work on cases.
#[derive(Clone)]
pub struct Casework {
    #[expect(dead_code, reason = "the first function lands with its aggregate")]
    store: Store,
}

impl Casework {
    /// Over this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}
