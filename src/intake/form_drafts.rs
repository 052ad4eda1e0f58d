//! Forms of several pages that an owner has begun and not sent: kept, so that a telephone may go to sleep in between.
//!
//! They are nobody's statement yet: nothing is logged, matched or shown to anybody else, and they go when the form is sent, when
//! the owner's data is erased, or when they were left for [`KEPT_DAYS`].

use super::{Intake, IntakeError};
use crate::domain::ids::AccountId;
use crate::store::FormFields;

/// Days after which a form that was left is forgotten.
pub const KEPT_DAYS: i64 = 30;

impl Intake {
    /// What was typed into a form so far.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn form_draft(&self, account: AccountId, form: &'static str) -> Result<FormFields, IntakeError> {
        let found = self.0.store.read(move |reader| reader.form_draft(account, form)).await?;
        Ok(found.unwrap_or_default())
    }

    /// Keeps what was typed into a form so far.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn save_form_draft(&self, account: AccountId, form: &'static str, fields: FormFields) -> Result<(), IntakeError> {
        let store = &self.0.store;
        store
            .keep_promptly(move |tx| Ok(tx.save_form_draft(account, form, &fields)?))
            .await
    }

    /// Forgets a form.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn forget_form_draft(&self, account: AccountId, form: &'static str) -> Result<(), IntakeError> {
        let store = &self.0.store;
        store.keep_promptly(move |tx| Ok(tx.delete_form_draft(account, form)?)).await
    }
}
