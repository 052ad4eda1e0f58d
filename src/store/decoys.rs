//! Decoys and the consents to them: apart from items, listings and reports, so that no query over those can meet one.

use replevin_index::Sequence;
use rusqlite::{OptionalExtension, Row, params};

use super::changes::ChangedThing;
use super::rows::{count, from_json, from_word, instant, maybe_instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::decoy::{CameIn, Decoy, DecoyConsent};
use crate::domain::ids::{AccountId, DecoyId, FeedId, ListingId, PartnerId};
use crate::domain::listing::{ListingDraft, Seller};
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Enters a partner's consent, or changes it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_decoy_consent(&mut self, partner: PartnerId, consent: &DecoyConsent) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO decoy_consents (partner_id, account_id, given_at, ends_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (partner_id) DO UPDATE SET account_id = ?2, given_at = ?3, ends_at = ?4",
            )?
            .execute(params![
                partner.0.as_bytes(),
                consent.by.0.as_bytes(),
                micros(consent.given_at),
                consent.ends_at.map(micros),
            ])?;
        Ok(())
    }

    /// Removes a partner's consent; whether there was one.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn remove_decoy_consent(&mut self, partner: PartnerId) -> Result<bool, StoreError> {
        let mut delete = self
            .connection
            .prepare_cached("DELETE FROM decoy_consents WHERE partner_id = ?1")?;
        Ok(delete.execute([partner.0.as_bytes()])? > 0)
    }

    /// Enters a decoy that was planted.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_decoy(&mut self, decoy: &Decoy) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO decoys (id, partner_id, reference, variant, invention, planted_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                decoy.id.0.as_bytes(),
                decoy.partner.0.as_bytes(),
                decoy.reference,
                decoy.variant.word(),
                to_json(&decoy.invention)?,
                micros(decoy.planted_at),
            ])?;
        Ok(())
    }

    /// Takes a decoy back; whether it still stood.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn withdraw_decoy(&mut self, id: DecoyId) -> Result<bool, StoreError> {
        let now = micros(self.now());
        let mut update = self
            .connection
            .prepare_cached("UPDATE decoys SET withdrawn_at = ?2, waits_for = NULL WHERE id = ?1 AND withdrawn_at IS NULL")?;
        Ok(update.execute(params![id.0.as_bytes(), now])? > 0)
    }

    /// Takes all decoys of a partner back; how many still stood.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn withdraw_decoys_of(&mut self, partner: PartnerId) -> Result<usize, StoreError> {
        let now = micros(self.now());
        let mut update = self.connection.prepare_cached(
            "UPDATE decoys SET withdrawn_at = ?2, waits_for = NULL WHERE partner_id = ?1 AND withdrawn_at IS NULL",
        )?;
        Ok(update.execute(params![partner.0.as_bytes(), now])?)
    }

    /// Takes a partner's decoys back that were planted before an instant, and erases what their listings said; of how many. They
    /// stay known by their references, so that none that still stands in a feed becomes a listing.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn erase_decoy_texts(&mut self, partner: PartnerId, before: Timestamp) -> Result<usize, StoreError> {
        let now = micros(self.now());
        let mut update = self.connection.prepare_cached(
            "UPDATE decoys SET withdrawn_at = coalesce(withdrawn_at, ?3), waits_for = NULL,
                               came = json_set(came, '$.description', json('{}'))
             WHERE partner_id = ?1 AND planted_at < ?2 AND came IS NOT NULL
               AND (withdrawn_at IS NULL OR json_extract(came, '$.description') <> '{}')",
        )?;
        Ok(update.execute(params![partner.0.as_bytes(), micros(before), now])?)
    }

    /// Notes that a decoy's listing came in and what it says. It waits for its turn with the listings that came beside it: its
    /// change is that of a listing that is not there, so that nobody who follows the changes takes it for one.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_decoy_came(&mut self, id: DecoyId, feed: Option<FeedId>, draft: &ListingDraft<Seller>) -> Result<(), StoreError> {
        let sequence = self.record_change(ChangedThing::Listing(ListingId(id.0)))?;
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "UPDATE decoys SET feed_id = ?2, came_at = coalesce(came_at, ?3), came = ?4, waits_for = ?5 WHERE id = ?1",
            )?
            .execute(params![
                id.0.as_bytes(),
                feed.map(|feed| feed.0.into_bytes()),
                now,
                to_json(draft)?,
                i64::try_from(sequence.0).unwrap_or(i64::MAX),
            ])?;
        Ok(())
    }

    /// Notes what a decoy was judged at, `alerted` being whether it was recognised, unless it has changed since `sequence`.
    /// Whether this is the first time that it was recognised.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_decoy_judged(
        &mut self,
        id: DecoyId,
        sequence: Sequence,
        probability: f64,
        alerted: bool,
    ) -> Result<bool, StoreError> {
        let (now, sequence) = (micros(self.now()), i64::try_from(sequence.0).unwrap_or(i64::MAX));
        let first: Option<bool> = self
            .connection
            .prepare_cached("SELECT alerted_at IS NULL FROM decoys WHERE id = ?1 AND waits_for = ?2")?
            .query_row(params![id.0.as_bytes(), sequence], |row| row.get(0))
            .optional()?;
        let Some(first) = first else { return Ok(false) };
        self.connection
            .prepare_cached(
                "UPDATE decoys SET waits_for = NULL, probability = ?2,
                                   alerted_at = CASE WHEN ?3 THEN coalesce(alerted_at, ?4) ELSE alerted_at END
                 WHERE id = ?1",
            )?
            .execute(params![id.0.as_bytes(), probability, alerted, now])?;
        Ok(first && alerted)
    }
}

impl Reader<'_> {
    /// A partner's consent, whether or not it still holds.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn decoy_consent(&self, partner: PartnerId) -> Result<Option<DecoyConsent>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM decoy_consents WHERE partner_id = ?1")?;
        Ok(query.query_row([partner.0.as_bytes()], consent_row).optional()?)
    }

    /// A decoy.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn decoy(&self, id: DecoyId) -> Result<Option<Decoy>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM decoys WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], decoy_row).optional()?)
    }

    /// The decoy of a partner whose listing bears a reference.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn decoy_by_reference(&self, partner: PartnerId, reference: &str) -> Result<Option<Decoy>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM decoys WHERE partner_id = ?1 AND reference = ?2")?;
        Ok(query
            .query_row(params![partner.0.as_bytes(), reference], decoy_row)
            .optional()?)
    }

    /// The decoys of a partner, or of all, newest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn decoys(&self, partner: Option<PartnerId>, limit: usize) -> Result<Vec<Decoy>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM decoys WHERE ?1 IS NULL OR partner_id = ?1 ORDER BY id DESC LIMIT ?2")?;
        let rows = query.query_map(params![partner.map(|id| id.0.into_bytes()), count(limit)], decoy_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The decoys of a partner that stand, newest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn standing_decoys(&self, partner: PartnerId, limit: usize) -> Result<Vec<Decoy>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM decoys WHERE partner_id = ?1 AND withdrawn_at IS NULL ORDER BY id DESC LIMIT ?2")?;
        let rows = query.query_map(params![partner.0.as_bytes(), count(limit)], decoy_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The decoys that came in by changes up to a number and are not judged, with the number of each.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn decoys_waiting(&self, through: Sequence, limit: usize) -> Result<Vec<(Sequence, Decoy)>, StoreError> {
        let through = i64::try_from(through.0).unwrap_or(i64::MAX);
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM decoys WHERE waits_for <= ?1 ORDER BY waits_for LIMIT ?2")?;
        let rows = query.query_map(params![through, count(limit)], |row| {
            let sequence: i64 = row.get("waits_for")?;
            Ok((Sequence(sequence.unsigned_abs()), decoy_row(row)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn consent_row(row: &Row<'_>) -> rusqlite::Result<DecoyConsent> {
    Ok(DecoyConsent {
        by: AccountId(uuid(row, "account_id")?),
        given_at: instant(row, "given_at")?,
        ends_at: maybe_instant(row, "ends_at")?,
    })
}

fn decoy_row(row: &Row<'_>) -> rusqlite::Result<Decoy> {
    let came = match maybe_instant(row, "came_at")? {
        Some(at) => Some(CameIn {
            at,
            feed: maybe_uuid(row, "feed_id")?.map(FeedId),
            draft: from_json(row, "came")?,
        }),
        None => None,
    };
    Ok(Decoy {
        id: DecoyId(uuid(row, "id")?),
        partner: PartnerId(uuid(row, "partner_id")?),
        reference: row.get("reference")?,
        variant: from_word(row, "variant")?,
        invention: from_json(row, "invention")?,
        planted_at: instant(row, "planted_at")?,
        withdrawn_at: maybe_instant(row, "withdrawn_at")?,
        came,
        probability: row.get("probability")?,
        alerted_at: maybe_instant(row, "alerted_at")?,
    })
}
