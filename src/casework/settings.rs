//! What somebody sets for themselves on the pages: kept for them alone, and no act on anybody, so that it is not logged.

use super::{Casework, CaseworkError};
use crate::domain::ids::AccountId;

/// Characters of a value at most.
const VALUE_CHARACTERS_MAX: usize = 2000;

impl Casework {
    /// What somebody has set under a name.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn setting(&self, account: AccountId, name: &'static str) -> Result<Option<String>, CaseworkError> {
        Ok(self.store.read(move |reader| reader.setting(account, name)).await?)
    }

    /// Keeps what somebody sets under a name; an empty value forgets it.
    ///
    /// # Errors
    /// When the value is too long, or the store fails.
    pub async fn save_setting(&self, account: AccountId, name: &'static str, value: String) -> Result<(), CaseworkError> {
        if value.chars().count() > VALUE_CHARACTERS_MAX {
            return Err(CaseworkError::invalid(name, "too long to be kept"));
        }
        let kept = self
            .store
            .keep_promptly(move |tx| Ok(tx.save_setting(account, name, &value)?));
        kept.await
    }
}
