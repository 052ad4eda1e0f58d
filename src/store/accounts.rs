//! Accounts and their sessions.
//!
//! Owns their rows. Secrets arrive here hashed; making and checking them is access's business.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{from_word, instant, maybe_instant, maybe_uuid, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::account::{Account, Email, Role};
use crate::domain::ids::{AccountId, PartnerId};
use crate::domain::time::Timestamp;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie's secret.
    pub secret_hash: [u8; 32],
    /// Who signed in.
    pub account: AccountId,
    /// When.
    pub created_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

impl Tx<'_> {
    /// Enters an account.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the address is taken.
    pub fn insert_account(&mut self, account: &Account, password_hash: Option<&str>) -> Result<(), StoreError> {
        if self.account_by_email(&account.email)?.is_some() {
            return Err(StoreError::Exists {
                what: "account with this e-mail address",
            });
        }
        self.connection
            .prepare_cached(
                "INSERT INTO accounts (id, email, name, role, partner_id, password_hash, enabled, created_at,
                                       password_change_due)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                account.id.0.as_bytes(),
                account.email.as_str(),
                account.name,
                account.role.word(),
                account.partner.map(|id| id.0.into_bytes()),
                password_hash,
                account.enabled,
                micros(account.created_at),
                account.password_change_due,
            ])?;
        Ok(())
    }

    /// Replaces an account's name, address, whether it may sign in and whether its password must be changed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_account(&mut self, account: &Account) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE accounts SET email = ?2, name = ?3, enabled = ?4, password_change_due = ?5 WHERE id = ?1")?
            .execute(params![
                account.id.0.as_bytes(),
                account.email.as_str(),
                account.name,
                account.enabled,
                account.password_change_due
            ])?;
        Ok(())
    }

    /// Replaces a password's hash; `None` makes signing in impossible. Ends all sessions.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn set_password_hash(&mut self, account: AccountId, hash: Option<&str>) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE accounts SET password_hash = ?2 WHERE id = ?1")?
            .execute(params![account.0.as_bytes(), hash])?;
        self.delete_sessions_of(account)
    }

    /// Enters a session.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_session(&mut self, session: &Session) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT INTO sessions (secret_hash, account_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                session.secret_hash,
                session.account.0.as_bytes(),
                micros(session.created_at),
                micros(session.expires_at)
            ])?;
        Ok(())
    }

    /// Enters that the person of a session has just given their password again.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the session does not hold any more.
    pub fn confirm_session(&mut self, secret_hash: &[u8; 32]) -> Result<(), StoreError> {
        let now = micros(self.now());
        let changed = self
            .connection
            .prepare_cached("UPDATE sessions SET confirmed_at = ?2 WHERE secret_hash = ?1 AND expires_at > ?2")?
            .execute(params![secret_hash, now])?;
        if changed == 0 {
            return Err(StoreError::Missing { what: "session" });
        }
        Ok(())
    }

    /// Ends one session.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_session(&mut self, secret_hash: &[u8; 32]) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM sessions WHERE secret_hash = ?1")?
            .execute([secret_hash])?;
        Ok(())
    }

    /// Ends all sessions of an account.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_sessions_of(&mut self, account: AccountId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM sessions WHERE account_id = ?1")?
            .execute([account.0.as_bytes()])?;
        Ok(())
    }

    /// Forgets sessions that expired before an instant; returns how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_sessions_expired_before(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached("DELETE FROM sessions WHERE expires_at <= ?1")?
            .execute([micros(before)])?)
    }
}

impl Reader<'_> {
    /// An account.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM accounts WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], account_row).optional()?)
    }

    /// An account by its address, with its password's hash.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn account_by_email(&self, email: &Email) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM accounts WHERE email = ?1")?;
        Ok(query
            .query_row([email.as_str()], |row| Ok((account_row(row)?, row.get("password_hash")?)))
            .optional()?)
    }

    /// All accounts of a role, or of all roles, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn accounts(&self, role: Option<Role>) -> Result<Vec<Account>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM accounts WHERE ?1 IS NULL OR role = ?1 ORDER BY created_at DESC, id")?;
        let rows = query.query_map([role.map(Role::word)], account_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The enabled account behind a session that still holds.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn account_by_session(&self, secret_hash: &[u8; 32], now: Timestamp) -> Result<Option<Account>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT accounts.* FROM sessions JOIN accounts ON accounts.id = sessions.account_id
             WHERE sessions.secret_hash = ?1 AND sessions.expires_at > ?2 AND accounts.enabled = 1",
        )?;
        Ok(query.query_row(params![secret_hash, micros(now)], account_row).optional()?)
    }

    /// The enabled account behind a session that has expired, since an instant. It opens nothing: it only tells whose a form was.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn account_by_ended_session(
        &self,
        secret_hash: &[u8; 32],
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Option<AccountId>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT accounts.id FROM sessions JOIN accounts ON accounts.id = sessions.account_id
             WHERE sessions.secret_hash = ?1 AND sessions.expires_at > ?2 AND sessions.expires_at <= ?3 AND accounts.enabled = 1",
        )?;
        let found = query.query_row(params![secret_hash, micros(since), micros(now)], |row| {
            uuid(row, "id").map(AccountId)
        });
        Ok(found.optional()?)
    }

    /// When the person of a session that holds last gave their password again.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn session_confirmed_at(&self, secret_hash: &[u8; 32], now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT confirmed_at FROM sessions WHERE secret_hash = ?1 AND expires_at > ?2")?;
        let found = query.query_row(params![secret_hash, micros(now)], |row| maybe_instant(row, "confirmed_at"));
        Ok(found.optional()?.flatten())
    }
}

fn account_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    let email: String = row.get("email")?;
    Ok(Account {
        id: AccountId(uuid(row, "id")?),
        email: email.parse().map_err(|_| super::rows::damaged("email"))?,
        name: row.get("name")?,
        role: from_word(row, "role")?,
        partner: maybe_uuid(row, "partner_id")?.map(PartnerId),
        enabled: row.get("enabled")?,
        password_change_due: row.get("password_change_due")?,
        created_at: instant(row, "created_at")?,
    })
}
