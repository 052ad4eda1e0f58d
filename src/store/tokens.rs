//! Access tokens: their rows. Secrets arrive here hashed; making and checking them is access's business.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{damaged, from_word, instant, maybe_instant, maybe_uuid, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::account::Principal;
use crate::domain::ids::{AccountId, PartnerId, TokenId};
use crate::domain::scope::Scopes;
use crate::domain::time::Timestamp;

/// A token as it can be shown: without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSummary {
    /// Its id.
    pub id: TokenId,
    /// Its first characters, to recognise it by.
    pub prefix: String,
    /// What it is used for, in its maker's words.
    pub label: String,
    /// The partner whose system it speaks for, or…
    pub partner: Option<PartnerId>,
    /// …the person.
    pub account: Option<AccountId>,
    /// What a partner's system may do with it.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was used last, to about ten minutes.
    pub used_at: Option<Timestamp>,
    /// When it ends, where that is settled.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl TokenSummary {
    /// Whether it opens anything at an instant.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| at > now)
    }
}

/// Who speaks with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Who.
    pub principal: Principal,
    /// With which token.
    pub token: TokenId,
    /// What a partner's system may do with it.
    pub scopes: Scopes,
}

impl Tx<'_> {
    /// Enters a token.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_token(&mut self, token: &TokenSummary, secret_hash: &[u8; 32]) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO tokens (id, secret_hash, prefix, label, account_id, partner_id, created_at, scopes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                token.id.0.as_bytes(),
                secret_hash,
                token.prefix,
                token.label,
                token.account.map(|id| id.0.into_bytes()),
                token.partner.map(|id| id.0.into_bytes()),
                micros(token.created_at),
                token.scopes.to_string(),
            ])?;
        Ok(())
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such token in force.
    pub fn revoke_token(&mut self, token: TokenId) -> Result<(), StoreError> {
        let now = micros(self.now());
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE tokens SET revoked_at = ?2
                 WHERE id = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)",
            )?
            .execute(params![token.0.as_bytes(), now])?;
        if changed == 0 {
            Err(StoreError::Missing { what: "token in force" })
        } else {
            Ok(())
        }
    }

    /// Settles when a token ends, unless it ends sooner.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn end_token(&mut self, token: TokenId, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE tokens SET expires_at = min(coalesce(expires_at, ?2), ?2) WHERE id = ?1")?
            .execute(params![token.0.as_bytes(), micros(at)])?;
        Ok(())
    }

    /// Notes that a token is used now.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_token_used(&mut self, token: TokenId) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached("UPDATE tokens SET used_at = ?2 WHERE id = ?1")?
            .execute(params![token.0.as_bytes(), now])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// Who speaks with a token that is in force at an instant.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn bearer(&self, secret_hash: &[u8; 32], now: Timestamp) -> Result<Option<Bearer>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT tokens.id AS token_id, tokens.scopes, tokens.partner_id AS speaks_for, accounts.id AS account_id,
                    accounts.role, accounts.partner_id AS answers_for
             FROM tokens LEFT JOIN accounts ON accounts.id = tokens.account_id
             WHERE tokens.secret_hash = ?1 AND tokens.revoked_at IS NULL
               AND (tokens.expires_at IS NULL OR tokens.expires_at > ?2)
               AND (tokens.account_id IS NULL OR accounts.enabled = 1)",
        )?;
        Ok(query.query_row(params![secret_hash, micros(now)], bearer_row).optional()?)
    }

    /// The tokens of a partner's systems, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn tokens_of_partner(&self, partner: PartnerId) -> Result<Vec<TokenSummary>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM tokens WHERE partner_id = ?1 ORDER BY created_at DESC, id DESC")?;
        let rows = query.query_map([partner.0.as_bytes()], token_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The tokens of a person, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn tokens_of_account(&self, account: AccountId) -> Result<Vec<TokenSummary>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM tokens WHERE account_id = ?1 ORDER BY created_at DESC, id DESC")?;
        let rows = query.query_map([account.0.as_bytes()], token_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A token.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn token(&self, id: TokenId) -> Result<Option<TokenSummary>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM tokens WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], token_row).optional()?)
    }
}

fn bearer_row(row: &Row<'_>) -> rusqlite::Result<Bearer> {
    let token = TokenId(uuid(row, "token_id")?);
    let principal = match maybe_uuid(row, "speaks_for")? {
        Some(partner) => Principal::Partner {
            id: PartnerId(partner),
            token,
        },
        None => Principal::Account {
            id: AccountId(uuid(row, "account_id")?),
            role: from_word(row, "role")?,
            partner: maybe_uuid(row, "answers_for")?.map(PartnerId),
        },
    };
    let scopes = scopes(row)?;
    Ok(Bearer {
        principal,
        token,
        scopes,
    })
}

fn token_row(row: &Row<'_>) -> rusqlite::Result<TokenSummary> {
    Ok(TokenSummary {
        id: TokenId(uuid(row, "id")?),
        prefix: row.get("prefix")?,
        label: row.get("label")?,
        partner: maybe_uuid(row, "partner_id")?.map(PartnerId),
        account: maybe_uuid(row, "account_id")?.map(AccountId),
        scopes: scopes(row)?,
        created_at: instant(row, "created_at")?,
        used_at: maybe_instant(row, "used_at")?,
        expires_at: maybe_instant(row, "expires_at")?,
        revoked_at: maybe_instant(row, "revoked_at")?,
    })
}

fn scopes(row: &Row<'_>) -> rusqlite::Result<Scopes> {
    let words: String = row.get("scopes")?;
    Scopes::parse(words.split(' ')).map_err(|_| damaged("scopes"))
}
