//! Accounts, sessions, tokens, roles: who is asking, and how they prove it.

use crate::domain::account::Principal;
use crate::store::{Store, StoreError};

/// Who may come in.
#[derive(Clone)]
pub struct Access {
    store: Store,
}

impl Access {
    /// Over this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Who speaks with this token.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn principal_by_token(&self, secret: &str) -> Result<Option<Principal>, StoreError> {
        use sha2::Digest;
        let hash: [u8; 32] = sha2::Sha256::digest(secret.as_bytes()).into();
        self.store.read(move |reader| reader.principal_by_token(&hash)).await
    }
}
