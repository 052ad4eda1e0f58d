//! Accounts, sessions, tokens, roles: who is asking, and how they prove it.
//!
//! Owns passwords, secrets and their hashing, the brake on guessing, the administration of accounts, and the log's entry of
//! whoever is turned away at a door. Leaves what a role may do to the functions that do it, and cookies and headers to `http`.

pub mod accounts;
pub mod csrf;
mod error;
pub mod held_forms;
mod pace;
pub mod password;
pub mod secret;
pub mod sessions;
mod throttle;
pub mod tokens;

use std::sync::Arc;

use serde_json::json;

use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, Subject};
use crate::store::{Store, StoreError};

pub use accounts::{FirstPassword, NewAccount};
pub use error::AccessError;
pub use held_forms::{HELD_MINUTES, HeldForm};
pub use password::{PasswordCost, PasswordFault};
pub use sessions::{CONFIRMED_MINUTES, SignedIn};
pub use tokens::{NewToken, TokenHolder};

/// What of access can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessOptions {
    /// Hours that a signed-in browser stays signed in.
    pub session_hours: u32,
    /// Whether a token speaks for its person only beside their password where signed-in people give theirs again.
    pub api_asks_password: bool,
    /// How dear a password's hash is.
    pub password_cost: PasswordCost,
    /// Failed tries that an account may have within the window before it must wait.
    pub failures_max: u32,
    /// Failed tries, and sign-ups, that one network address may have within the window.
    pub address_failures_max: u32,
    /// Length of the window, minutes.
    pub window_minutes: u32,
    /// Checks that a partner may ask in a minute.
    pub partner_checks_a_minute: u32,
    /// Checks that an officer may ask in a minute.
    pub officer_checks_a_minute: u32,
}

impl Default for AccessOptions {
    fn default() -> Self {
        Self {
            session_hours: 12,
            api_asks_password: false,
            password_cost: PasswordCost::default(),
            failures_max: 8,
            address_failures_max: 60,
            window_minutes: 15,
            partner_checks_a_minute: 3_000,
            officer_checks_a_minute: 60,
        }
    }
}

/// Who may come in. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    store: Store,
    options: Arc<AccessOptions>,
    hasher: password::Hasher,
    throttle: Arc<throttle::Throttle>,
    partner_checks: Arc<pace::Pace>,
    officer_checks: Arc<pace::Pace>,
    uses: Arc<tokens::Uses>,
    held: Arc<held_forms::HeldForms>,
}

impl Access {
    /// Over this store.
    #[must_use]
    pub fn new(store: Store, options: AccessOptions) -> Self {
        Self {
            store,
            hasher: password::Hasher::new(options.password_cost),
            throttle: Arc::new(throttle::Throttle::new(options.window_minutes)),
            partner_checks: Arc::new(pace::Pace::new(options.partner_checks_a_minute)),
            officer_checks: Arc::new(pace::Pace::new(options.officer_checks_a_minute)),
            uses: Arc::default(),
            held: Arc::default(),
            options: Arc::new(options),
        }
    }

    /// Lets a caller ask for so many checks more, when that is not too fast: a partner all its systems together.
    ///
    /// # Errors
    /// [`AccessError::TooFast`].
    pub fn pace_checks(&self, caller: &Principal, count: usize) -> Result<(), AccessError> {
        let now = self.store.clock().now();
        let paced = match (caller.partner(), caller) {
            (Some(partner), _) => self.partner_checks.take(partner.0, count, now),
            (None, Principal::Account { id, .. }) => self.officer_checks.take(id.0, count, now),
            (None, Principal::Partner { id, .. }) => self.partner_checks.take(id.0, count, now),
        };
        if paced.is_err() {
            metrics::counter!("replevin_checks_slowed").increment(1);
            tracing::warn!(who = ?Actor::from(caller), "checks are asked too fast");
        }
        paced
    }

    /// Enters into the log that somebody was turned away before any other module was asked.
    ///
    /// # Errors
    /// A failure of the store: nobody is answered whose refusal is not in the log.
    pub async fn turn_away(&self, actor: Actor, subject: Subject, why: &str) -> Result<(), AccessError> {
        let act = Act::new(actor, Action::AccessRefused, subject).with_detail(json!({ "why": why }));
        Ok(self.store.act(act, |_| Ok::<_, StoreError>(())).await?)
    }
}

#[cfg(test)]
mod tests;
