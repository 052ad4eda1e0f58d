//! What somebody has set for themselves on the pages: a word and its value. Nothing is matched on it, and nobody else sees it.

use rusqlite::{OptionalExtension, params};

use super::rows::micros;
use super::{Reader, StoreError, Tx};
use crate::domain::ids::AccountId;

impl Tx<'_> {
    /// Keeps a setting in place of what was kept before; an empty value forgets it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_setting(&mut self, account: AccountId, name: &str, value: &str) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached("DELETE FROM settings WHERE account_id = ?1 AND name = ?2")?
            .execute(params![account.0.as_bytes(), name])?;
        if !value.is_empty() {
            self.connection
                .prepare_cached("INSERT INTO settings (account_id, name, value, saved_at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![account.0.as_bytes(), name, value, now])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// A setting; none when it was not made.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn setting(&self, account: AccountId, name: &str) -> Result<Option<String>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT value FROM settings WHERE account_id = ?1 AND name = ?2")?;
        Ok(query
            .query_row(params![account.0.as_bytes(), name], |row| row.get(0))
            .optional()?)
    }
}
