//! Letters of intent.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{from_json, from_word, instant, maybe_content_hash, maybe_instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{AccountId, LetterId, PartnerId};
use crate::domain::partner::{Letter, LetterStanding, LetterTerms};
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Enters a letter.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_letter(&mut self, letter: &Letter) -> Result<(), StoreError> {
        let terms = &letter.terms;
        self.connection
            .prepare_cached(
                "INSERT INTO letters (id, partner_id, legal_basis, reference, valid_from, valid_to, threshold, askable, approvals,
                                      response_hours, retention_days, document_sha256, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                letter.id.0.as_bytes(),
                letter.partner.0.as_bytes(),
                terms.legal_basis.word(),
                terms.reference,
                micros(terms.valid_from),
                micros(terms.valid_to),
                terms.threshold,
                to_json(&terms.askable)?,
                terms.approvals,
                terms.response_hours,
                terms.retention_days,
                terms.document_sha256.map(|hash| hash.0),
                micros(letter.created_at),
            ])?;
        Ok(())
    }

    /// Revokes a letter that is not revoked yet; `by` is absent for the command line.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is none.
    pub fn revoke_letter(&mut self, letter: LetterId, by: Option<AccountId>) -> Result<(), StoreError> {
        let now = micros(self.now());
        let changed = self
            .connection
            .prepare_cached("UPDATE letters SET revoked_by = ?2, revoked_at = ?3 WHERE id = ?1 AND revoked_at IS NULL")?
            .execute(params![letter.0.as_bytes(), by.map(|by| by.0.into_bytes()), now])?;
        if changed == 0 {
            Err(StoreError::Missing { what: "letter in force" })
        } else {
            Ok(())
        }
    }
}

impl Reader<'_> {
    /// A letter.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn letter(&self, id: LetterId) -> Result<Option<Letter>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM letters WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], letter_row).optional()?)
    }

    /// All letters of a partner, the one that holds longest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn letters_of(&self, partner: PartnerId) -> Result<Vec<Letter>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM letters WHERE partner_id = ?1 ORDER BY valid_to DESC, id DESC")?;
        let rows = query.query_map([partner.0.as_bytes()], letter_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The letter of a partner that is in force at `now`; of several the one that holds longest.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn active_letter(&self, partner: PartnerId, now: Timestamp) -> Result<Option<Letter>, StoreError> {
        Ok(self.letters_in_force(partner, now)?.into_iter().next())
    }

    /// The letters of a partner that are in force at `now`, the one that holds longest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn letters_in_force(&self, partner: PartnerId, now: Timestamp) -> Result<Vec<Letter>, StoreError> {
        let mut letters = self.letters_of(partner)?;
        letters.retain(|letter| letter.standing(now) == LetterStanding::Active);
        Ok(letters)
    }
}

fn letter_row(row: &Row<'_>) -> rusqlite::Result<Letter> {
    let revoked_by = maybe_uuid(row, "revoked_by")?.map(AccountId);
    Ok(Letter {
        id: LetterId(uuid(row, "id")?),
        partner: PartnerId(uuid(row, "partner_id")?),
        terms: LetterTerms {
            legal_basis: from_word(row, "legal_basis")?,
            reference: row.get("reference")?,
            valid_from: instant(row, "valid_from")?,
            valid_to: instant(row, "valid_to")?,
            threshold: row.get("threshold")?,
            askable: from_json(row, "askable")?,
            approvals: row.get("approvals")?,
            response_hours: row.get("response_hours")?,
            retention_days: row.get("retention_days")?,
            document_sha256: maybe_content_hash(row, "document_sha256")?,
        },
        revoked: maybe_instant(row, "revoked_at")?.map(|at| (revoked_by, at)),
        created_at: instant(row, "created_at")?,
    })
}
