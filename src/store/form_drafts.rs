//! Forms of several pages that somebody has begun and not sent. Nothing is matched on them.

use rusqlite::{OptionalExtension, params};

use super::rows::{from_json, micros, to_json};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// A form's fields in order; a field may stand several times.
pub type FormFields = Vec<(String, String)>;

impl Tx<'_> {
    /// Keeps a form's fields in place of what was kept before.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_form_draft(&mut self, account: AccountId, form: &str, fields: &FormFields) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO form_drafts (account_id, form, fields, saved_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (account_id, form) DO UPDATE SET fields = ?3, saved_at = ?4",
            )?
            .execute(params![account.0.as_bytes(), form, to_json(fields)?, now])?;
        Ok(())
    }

    /// Forgets a form; one that was not begun is none to forget.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_form_draft(&mut self, account: AccountId, form: &str) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM form_drafts WHERE account_id = ?1 AND form = ?2")?
            .execute(params![account.0.as_bytes(), form])?;
        Ok(())
    }

    /// Forgets all forms of an account.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_form_drafts_of(&mut self, account: AccountId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM form_drafts WHERE account_id = ?1")?
            .execute([account.0.as_bytes()])?;
        Ok(())
    }

    /// Forgets forms that were last touched before an instant.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_form_drafts_before(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("DELETE FROM form_drafts WHERE saved_at < ?1")?;
        Ok(query.execute([micros(before)])?)
    }
}

impl Reader<'_> {
    /// All forms that an account has begun: the form's word and its fields.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn form_drafts_of(&self, account: AccountId) -> Result<Vec<(String, FormFields)>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT form, fields FROM form_drafts WHERE account_id = ?1 ORDER BY form")?;
        let rows = query.query_map([account.0.as_bytes()], |row| {
            Ok((row.get("form")?, from_json(row, "fields")?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A form's fields; none when it was not begun.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn form_draft(&self, account: AccountId, form: &str) -> Result<Option<FormFields>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT fields FROM form_drafts WHERE account_id = ?1 AND form = ?2")?;
        let fields = query.query_row(params![account.0.as_bytes(), form], |row| from_json(row, "fields"));
        Ok(fields.optional()?)
    }
}
