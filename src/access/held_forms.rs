//! Forms that came after their session had ended: kept for whoever typed them, and for nobody else, until they have signed in again.
//!
//! In memory and bounded: nothing of them reaches the disk or a cookie, and a restart forgets them. What proves who somebody is, or
//! opens something, is left out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;

use super::{Access, AccessError, csrf, secret};
use crate::domain::account::ENDED_SESSION_HOURS;
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// For so long a form is kept, minutes.
pub const HELD_MINUTES: i64 = 15;
/// Most accounts of which a form is kept, and most that one takes, bytes.
const FORMS_MAX: usize = 500;
const BYTES_MAX: usize = 128 << 10;
/// Parts of the names of fields that are never kept.
const NEVER: [&str; 4] = ["password", "secret", "token", "csrf"];

/// A form that was not taken because its session had ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldForm {
    /// Where it was sent.
    pub path: String,
    /// What was typed: names and values, in order.
    pub fields: Vec<(String, String)>,
    at: Timestamp,
}

/// The forms that are kept, one an account.
#[derive(Default)]
pub(super) struct HeldForms(Mutex<HashMap<AccountId, HeldForm>>);

impl HeldForms {
    /// What is kept, without what was kept for too long.
    fn kept(&self, now: Timestamp) -> MutexGuard<'_, HashMap<AccountId, HeldForm>> {
        let mut forms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forms.retain(|_, form| now < form.at + TimeDelta::minutes(HELD_MINUTES));
        forms
    }

    fn hold(&self, account: AccountId, form: HeldForm) -> bool {
        let size: usize = form.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        let mut forms = self.kept(form.at);
        let fits = size <= BYTES_MAX && (forms.len() < FORMS_MAX || forms.contains_key(&account));
        if fits {
            forms.insert(account, form);
        }
        fits
    }
}

impl Access {
    /// Keeps a form whose session has ended, for the account of that session, in place of what was kept for it before: when the
    /// session ended within [`ENDED_SESSION_HOURS`] and the form came from one of its own pages. Whether it is kept.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn hold_form(
        &self,
        session_secret: &str,
        form_token: &str,
        path: String,
        fields: &[(String, String)],
    ) -> Result<bool, AccessError> {
        if !csrf::verify(session_secret, form_token) {
            return Ok(false);
        }
        let (hash, now) = (secret::hash(session_secret), self.store.clock().now());
        let since = now - TimeDelta::hours(ENDED_SESSION_HOURS);
        let account = self
            .store
            .read(move |reader| reader.account_by_ended_session(&hash, since, now));
        let Some(account) = account.await? else {
            return Ok(false);
        };
        let may_stay = |name: &str| !NEVER.iter().any(|never| name.to_lowercase().contains(never));
        let fields: Vec<_> = fields.iter().filter(|(name, _)| may_stay(name)).cloned().collect();
        // A button that was pressed is no loss.
        if fields.iter().all(|(_, value)| value.trim().is_empty()) {
            return Ok(false);
        }
        Ok(self.held.hold(account, HeldForm { path, fields, at: now }))
    }

    /// The form that is kept for an account.
    #[must_use]
    pub fn held_form(&self, account: AccountId) -> Option<HeldForm> {
        self.held.kept(self.store.clock().now()).get(&account).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(minutes: i64, bytes: usize) -> HeldForm {
        HeldForm {
            path: "/reports/1/decision".to_owned(),
            fields: vec![("reason".to_owned(), "x".repeat(bytes))],
            at: Timestamp::UNIX_EPOCH + TimeDelta::minutes(minutes),
        }
    }

    #[test]
    fn a_form_is_kept_for_a_quarter_of_an_hour_and_never_too_many_or_too_large() {
        let forms = HeldForms::default();
        let account = |number: u128| AccountId(uuid::Uuid::from_u128(number));
        assert!(forms.hold(account(1), form(0, 10)));
        let at = |minutes| Timestamp::UNIX_EPOCH + TimeDelta::minutes(minutes);
        assert!(forms.kept(at(HELD_MINUTES - 1)).contains_key(&account(1)));
        assert!(!forms.hold(account(1), form(1, BYTES_MAX)), "too large");
        for number in 2..=FORMS_MAX as u128 {
            assert!(forms.hold(account(number), form(1, 1)));
        }
        assert!(!forms.hold(account(0), form(2, 1)), "too many");
        assert!(
            forms.hold(account(2), form(2, 1)),
            "a newer one takes the place of the older one"
        );
        assert!(forms.kept(at(HELD_MINUTES)).get(&account(1)).is_none());
        assert!(forms.hold(account(0), form(HELD_MINUTES, 1)));
    }
}
