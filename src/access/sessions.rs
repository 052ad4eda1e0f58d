//! Signing in with address and password, the session that it opens, and giving the password again within it.

use std::net::IpAddr;

use chrono::TimeDelta;
use serde_json::json;

use super::secret::{self, Secret};
use super::throttle::Key;
use super::{Access, AccessError};
use crate::domain::account::{Account, Email};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::time::Timestamp;
use crate::store::{Session, StoreError};

/// Minutes for which a password that was given again is good, so that acts in a row ask once.
pub const CONFIRMED_MINUTES: i64 = 5;

/// A session that was just opened.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// For the cookie; kept nowhere else.
    pub secret: Secret,
    /// Who.
    pub account: Account,
    /// Until when the session holds.
    pub expires_at: Timestamp,
}

impl Access {
    /// Signs in. A refusal takes as long and says the same whatever is wrong. Both ways are logged; of tries that are turned
    /// away for their number only the first in a window is.
    ///
    /// # Errors
    /// [`AccessError::Refused`], [`AccessError::TooManyTries`], or a failure of the store.
    pub async fn sign_in(&self, email: &str, password: &str, address: Option<IpAddr>) -> Result<SignedIn, AccessError> {
        let keys = self.count_try(email, address).await?;
        let known = match email.parse::<Email>() {
            Ok(email) => self.store.read(move |reader| reader.account_by_email(&email)).await?,
            Err(_) => None,
        };
        let (account, hash) = match known {
            Some((account, hash)) if account.enabled => (Some(account), hash),
            Some((account, _)) => (Some(account), None),
            None => (None, None),
        };
        if !self.hasher.verify(password, hash).await? {
            self.log_refusal(account.as_ref(), "wrong").await?;
            return Err(AccessError::Refused);
        }
        let account = account.ok_or(AccessError::Refused)?;
        for key in keys {
            self.throttle.forgive(key);
        }
        self.open_session(account).await
    }

    /// The account behind a session's secret, while the session holds and the account is enabled.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn current(&self, session_secret: &str) -> Result<Option<Account>, AccessError> {
        let hash = secret::hash(session_secret);
        let now = self.store.clock().now();
        Ok(self.store.read(move |reader| reader.account_by_session(&hash, now)).await?)
    }

    /// Whether the person of a session has given their password again within the last [`CONFIRMED_MINUTES`].
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn is_confirmed(&self, session_secret: &str) -> Result<bool, AccessError> {
        let hash = secret::hash(session_secret);
        let now = self.store.clock().now();
        let confirmed = self.store.read(move |reader| reader.session_confirmed_at(&hash, now)).await?;
        Ok(confirmed.is_some_and(|at| at <= now && now < at + TimeDelta::minutes(CONFIRMED_MINUTES)))
    }

    /// The person of a session gives their password again, for acts that ask for it; whether it was right. Logged both ways,
    /// and wrong tries count as at signing in.
    ///
    /// # Errors
    /// [`AccessError::Refused`] when the session does not hold, [`AccessError::TooManyTries`], or a failure of the store.
    pub async fn confirm(&self, session_secret: &str, password: &str) -> Result<bool, AccessError> {
        let account = self.current(session_secret).await?.ok_or(AccessError::Refused)?;
        if !self.verify_password(account.id, password).await? {
            return Ok(false);
        }
        let hash = secret::hash(session_secret);
        let act = Act::new(
            Actor::Account(account.id),
            Action::PersonConfirmed,
            SubjectKind::Account.with(account.id.0),
        );
        self.store.act(act, move |tx| tx.confirm_session(&hash)).await?;
        Ok(true)
    }

    /// Ends a session; one that does not hold any more is none to end.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn sign_out(&self, session_secret: &str) -> Result<(), AccessError> {
        let Some(account) = self.current(session_secret).await? else {
            return Ok(());
        };
        let hash = secret::hash(session_secret);
        let act = Act::new(
            Actor::Account(account.id),
            Action::SignOut,
            SubjectKind::Account.with(account.id.0),
        );
        self.store.act(act, move |tx| tx.delete_session(&hash)).await?;
        Ok(())
    }

    /// Counts a try against the network that it comes from, and only when that may go on against the account: a network that is
    /// turned away can lock nobody's account. Returns what to forgive when it was right.
    async fn count_try(&self, email: &str, address: Option<IpAddr>) -> Result<Vec<Key>, AccessError> {
        let now = self.store.clock().now();
        let network = address.map(|address| (Key::network(address), self.options.address_failures_max));
        let mut keys: Vec<_> = network.into_iter().collect();
        keys.push((Key::account(email), self.options.failures_max));
        for (key, tries_max) in &keys {
            if let Err(blocked) = self.throttle.enter(*key, *tries_max, now) {
                if blocked.first {
                    self.log_refusal(None, "too many tries").await?;
                }
                return Err(AccessError::TooManyTries {
                    minutes: blocked.minutes,
                });
            }
        }
        Ok(keys.into_iter().map(|(key, _)| key).collect())
    }

    async fn log_refusal(&self, account: Option<&Account>, why: &'static str) -> Result<(), StoreError> {
        let subject = account.map_or(SubjectKind::Account.all(), |account| SubjectKind::Account.with(account.id.0));
        let act = Act::new(Actor::Anonymous, Action::SignInRefused, subject).with_detail(json!({ "why": why }));
        self.store.act(act, |_| Ok(())).await
    }

    pub(super) async fn open_session(&self, account: Account) -> Result<SignedIn, AccessError> {
        let secret = Secret::generate("")?;
        let secret_hash = secret.hash();
        let (id, hours) = (account.id, i64::from(self.options.session_hours));
        let act = Act::new(Actor::Account(id), Action::SignIn, SubjectKind::Account.with(id.0));
        let opened = self.store.act(act, move |tx| {
            // Asked again inside: it may have been disabled while its password was checked.
            let enabled = tx.account(id)?.is_some_and(|account| account.enabled);
            if !enabled {
                return Err(AccessError::Refused);
            }
            let session = Session {
                secret_hash,
                account: id,
                created_at: tx.now(),
                expires_at: tx.now() + TimeDelta::hours(hours),
            };
            tx.insert_session(&session)?;
            Ok(session.expires_at)
        });
        let expires_at = opened.await?;
        Ok(SignedIn {
            secret,
            account,
            expires_at,
        })
    }
}
