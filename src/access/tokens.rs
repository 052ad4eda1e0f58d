//! Access tokens: a secret in an `Authorization` header that speaks for a partner's system or for a person.

use serde_json::json;

use super::secret::{self, Secret};
use super::{Access, AccessError};
use crate::domain::account::{Confirmation, Principal};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, PartnerId, TokenId};
use crate::store::{StoreError, TokenSummary};

/// What every token begins with, so that it is recognised where it should not be.
pub const PREFIX: &str = "rpv_";
/// Characters of a token that stay visible.
const VISIBLE: usize = PREFIX.len() + 6;

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

impl Access {
    /// Who speaks with this token.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn principal_by_token(&self, secret: &str) -> Result<Option<Principal>, StoreError> {
        let hash = secret::hash(secret);
        self.store.read(move |reader| reader.principal_by_token(&hash)).await
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

    /// Makes a token. `label` says what it is used for, 1 to 100 characters.
    ///
    /// # Errors
    /// When the label cannot be used, the holder is missing, or the store fails.
    pub async fn create_token(&self, actor: Actor, holder: TokenHolder, label: &str) -> Result<NewToken, AccessError> {
        let label = label.trim().to_owned();
        if label.is_empty() || label.chars().count() > 100 {
            return Err(AccessError::invalid(
                "label",
                "say in 1 to 100 characters what the token is used for",
            ));
        }
        let secret = Secret::generate(PREFIX)?;
        let hash = secret.hash();
        let prefix: String = secret.reveal().chars().take(VISIBLE).collect();
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
                created_at: tx.now(),
                revoked_at: None,
            };
            tx.insert_token(&token, &hash)?;
            let act = token_act(actor, Action::TokenCreated, &token);
            Ok::<_, AccessError>((token, vec![act]))
        });
        let summary = made.await?;
        Ok(NewToken { summary, secret })
    }

    /// Revokes a token in force.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn revoke_token(&self, actor: Actor, id: TokenId) -> Result<(), AccessError> {
        let revoked = self.store.act_with(move |tx| {
            let token = tx.token(id)?.ok_or(missing("token"))?;
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

fn missing(what: &'static str) -> StoreError {
    StoreError::Missing { what }
}

fn token_act(actor: Actor, action: Action, token: &TokenSummary) -> Act {
    Act::new(actor, action, SubjectKind::Token.with(token.id.0)).with_detail(json!({
        "partner": token.partner,
        "account": token.account,
    }))
}
