//! Access tokens: a secret in an `Authorization` header that speaks for a partner's system or for a person.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use serde_json::json;

use super::secret::{self, Secret};
use super::{Access, AccessError};
use crate::domain::account::{Confirmation, Principal};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, PartnerId, TokenId};
use crate::domain::scope::Scopes;
use crate::domain::time::Timestamp;
use crate::store::{Bearer, StoreError, TokenSummary};

/// What every token begins with, so that it is recognised where it should not be.
pub const PREFIX: &str = "rpv_";
/// The longest time that a token works on after it was replaced, hours: seven days.
pub const OVERLAP_HOURS_MAX: u32 = 168;
/// Characters of a token that stay visible.
const VISIBLE: usize = PREFIX.len() + 6;
/// That a token is used is noted this often, minutes.
const USE_NOTED_MINUTES: i64 = 10;

/// Whom a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenHolder {
    /// A partner's system.
    Partner(PartnerId),
    /// A person.
    Account(AccountId),
}

/// A token that was just made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The token as it can be shown later.
    pub summary: TokenSummary,
    /// The secret: shown now and never again.
    pub secret: Secret,
}

/// When each token was last noted as used, since the start: not every request is worth a commit.
#[derive(Debug, Default)]
pub(super) struct Uses(Mutex<HashMap<TokenId, Timestamp>>);

impl Uses {
    /// Whether this use is to be noted.
    fn is_due(&self, token: TokenId, now: Timestamp) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = noted
            .get(&token)
            .is_none_or(|at| now - *at >= TimeDelta::minutes(USE_NOTED_MINUTES));
        if due {
            noted.insert(token, now);
        }
        due
    }
}

impl Access {
    /// Who speaks with this token, if it is in force. That it is used is noted now and then.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn bearer(&self, secret: &str) -> Result<Option<Bearer>, StoreError> {
        let (hash, now) = (secret::hash(secret), self.store.clock().now());
        let bearer = self.store.read(move |reader| reader.bearer(&hash, now)).await?;
        if let Some(bearer) = &bearer
            && self.uses.is_due(bearer.token, now)
        {
            let (token, store) = (bearer.token, self.store.clone());
            // Nobody waits for the note, and whoever may come in is not kept out because the disk is full.
            tokio::task::spawn_blocking(move || {
                let noted = store.keep(move |tx| Ok::<_, StoreError>((tx.note_token_used(token)?, Vec::new())));
                if let Err(error) = noted {
                    tracing::warn!(%error, "a token's use could not be noted");
                }
            });
        }
        Ok(bearer)
    }

    /// How whoever asks with a token is confirmed for an act for which signed-in people give their password again. A password
    /// that is given is checked, wrong ones are logged and count as at signing in; without one the token stands for itself,
    /// unless the service is set to ask programs too.
    ///
    /// # Errors
    /// [`AccessError::PasswordAsked`], [`AccessError::PasswordWrong`], [`AccessError::TooManyTries`], or a failure of the store.
    pub async fn confirm_token(&self, caller: &Principal, password: Option<&str>) -> Result<Confirmation, AccessError> {
        match (caller.account(), password) {
            (Some(id), Some(password)) if self.verify_password(id, password).await? => Ok(Confirmation::Password),
            (Some(_), Some(_)) => Err(AccessError::PasswordWrong),
            (Some(_), None) if self.options.api_asks_password => Err(AccessError::PasswordAsked),
            // A partner's system has no password; what it may do is not asked here.
            _ => Ok(Confirmation::Token),
        }
    }

    /// Makes a token. `label` says what it is used for, 1 to 100 characters; `scopes` what a partner's system may do with it.
    ///
    /// # Errors
    /// When the label cannot be used, the holder is missing, or the store fails.
    pub async fn create_token(
        &self,
        actor: Actor,
        holder: TokenHolder,
        label: &str,
        scopes: Scopes,
    ) -> Result<NewToken, AccessError> {
        let label = label.trim().to_owned();
        if label.is_empty() || label.chars().count() > 100 {
            return Err(AccessError::invalid(
                "label",
                "say in 1 to 100 characters what the token is used for",
            ));
        }
        let secret = Secret::generate(PREFIX)?;
        let (hash, prefix) = (secret.hash(), visible(&secret));
        let made = self.store.act_with(move |tx| {
            let (partner, account) = match holder {
                TokenHolder::Partner(id) => (Some(tx.partner(id)?.ok_or(missing("partner"))?.id), None),
                TokenHolder::Account(id) => (None, Some(tx.account(id)?.ok_or(missing("account"))?.id)),
            };
            let token = TokenSummary {
                id: TokenId::generate(tx.now()),
                prefix,
                label,
                partner,
                account,
                scopes,
                created_at: tx.now(),
                used_at: None,
                expires_at: None,
                revoked_at: None,
            };
            tx.insert_token(&token, &hash)?;
            let act = token_act(actor, Action::TokenCreated, &token);
            Ok::<_, AccessError>((token, vec![act]))
        });
        let summary = made.await?;
        Ok(NewToken { summary, secret })
    }

    /// Replaces a token of a holder's by a new one of the same label and scopes. The old one works on for `overlap_hours`, 0 to
    /// [`OVERLAP_HOURS_MAX`].
    ///
    /// # Errors
    /// When the time is too long, the holder has no such token in force, it was replaced already, or the store fails.
    pub async fn rotate_token(
        &self,
        actor: Actor,
        holder: TokenHolder,
        id: TokenId,
        overlap_hours: u32,
    ) -> Result<NewToken, AccessError> {
        if overlap_hours > OVERLAP_HOURS_MAX {
            return Err(AccessError::invalid(
                "overlap_hours",
                format!("the old token may work on for at most {OVERLAP_HOURS_MAX} hours, seven days"),
            ));
        }
        let secret = Secret::generate(PREFIX)?;
        let (hash, prefix) = (secret.hash(), visible(&secret));
        let made = self.store.act_with(move |tx| {
            let now = tx.now();
            let old = tx.token(id)?.filter(|token| holder.holds(token) && token.is_in_force(now));
            let old = old.ok_or(missing("token in force"))?;
            if old.expires_at.is_some() {
                return Err(AccessError::Conflict(
                    "this token was replaced already and ends by itself: replace the one that took its place, or revoke it",
                ));
            }
            let new = TokenSummary {
                id: TokenId::generate(now),
                prefix,
                created_at: now,
                used_at: None,
                expires_at: None,
                ..old.clone()
            };
            tx.insert_token(&new, &hash)?;
            let ends_at = now + TimeDelta::hours(overlap_hours.into());
            tx.end_token(old.id, ends_at)?;
            let mut act = token_act(actor, Action::TokenRotated, &old);
            act.detail["by"] = json!(new.id);
            act.detail["ends_at"] = json!(ends_at);
            Ok::<_, AccessError>((new, vec![act]))
        });
        let summary = made.await?;
        Ok(NewToken { summary, secret })
    }

    /// Revokes a token in force, whosever it is.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn revoke_token(&self, actor: Actor, id: TokenId) -> Result<(), AccessError> {
        self.revoke(actor, id, |_| true).await
    }

    /// Revokes a token in force of a holder's.
    ///
    /// # Errors
    /// When the holder has none such, or the store fails.
    pub async fn revoke_token_of(&self, actor: Actor, holder: TokenHolder, id: TokenId) -> Result<(), AccessError> {
        self.revoke(actor, id, move |token| holder.holds(token)).await
    }

    async fn revoke(
        &self,
        actor: Actor,
        id: TokenId,
        may: impl FnOnce(&TokenSummary) -> bool + Send + 'static,
    ) -> Result<(), AccessError> {
        let revoked = self.store.act_with(move |tx| {
            let token = tx.token(id)?.filter(may).ok_or(missing("token"))?;
            tx.revoke_token(id)?;
            Ok::<_, AccessError>(((), vec![token_act(actor, Action::TokenRevoked, &token)]))
        });
        revoked.await
    }

    /// The tokens of a holder, newest first.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn tokens_of(&self, holder: TokenHolder) -> Result<Vec<TokenSummary>, AccessError> {
        let tokens = self.store.read(move |reader| match holder {
            TokenHolder::Partner(id) => reader.tokens_of_partner(id),
            TokenHolder::Account(id) => reader.tokens_of_account(id),
        });
        Ok(tokens.await?)
    }
}

impl TokenHolder {
    fn holds(self, token: &TokenSummary) -> bool {
        match self {
            Self::Partner(id) => token.partner == Some(id),
            Self::Account(id) => token.account == Some(id),
        }
    }
}

fn visible(secret: &Secret) -> String {
    secret.reveal().chars().take(VISIBLE).collect()
}

fn missing(what: &'static str) -> StoreError {
    StoreError::Missing { what }
}

fn token_act(actor: Actor, action: Action, token: &TokenSummary) -> Act {
    let mut act = Act::new(actor, action, SubjectKind::Token.with(token.id.0)).with_detail(json!({
        "partner": token.partner,
        "account": token.account,
    }));
    if token.partner.is_some() {
        act.detail["scopes"] = json!(token.scopes);
    }
    act
}
