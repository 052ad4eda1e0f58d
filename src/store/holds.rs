//! Hold policies of letters, and the holds.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{count, from_json, from_word, instant, maybe_instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::hold::{Hold, HoldPolicy};
use crate::domain::ids::{AccountId, HoldId, LetterId, ListingId, PartnerId, ReportId};
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Sets how things are held under a letter, in place of what was set before.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn set_hold_policy(&mut self, letter: LetterId, policy: &HoldPolicy) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO hold_policies (letter_id, policy, trigger, set_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (letter_id) DO UPDATE SET policy = ?2, trigger = ?3, set_at = ?4",
            )?
            .execute(params![letter.0.as_bytes(), to_json(policy)?, policy.trigger.word(), now])?;
        Ok(())
    }

    /// Forgets how things are held under a letter; whether there was anything to forget.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_hold_policy(&mut self, letter: LetterId) -> Result<bool, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("DELETE FROM hold_policies WHERE letter_id = ?1")?;
        Ok(query.execute([letter.0.as_bytes()])? > 0)
    }

    /// Enters a hold, or saves how far it is.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_hold(&mut self, hold: &Hold) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO holds (id, report_id, listing_id, partner_id, letter_id, policy, case_number, reason, asked_by, asked_at,
                                    notice_due, ends_at, extensions, state, note, answered_at, ended_at, told_at, reminded_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
                 ON CONFLICT (id) DO UPDATE SET ends_at = ?12, extensions = ?13, state = ?14, note = ?15, answered_at = ?16,
                     ended_at = ?17, told_at = ?18, reminded_at = ?19",
            )?
            .execute(params![
                hold.id.0.as_bytes(),
                hold.report.0.as_bytes(),
                hold.listing.0.as_bytes(),
                hold.partner.0.as_bytes(),
                hold.letter.0.as_bytes(),
                to_json(&hold.policy)?,
                hold.case,
                hold.reason,
                hold.asked_by.map(|id| id.0.into_bytes()),
                micros(hold.asked_at),
                micros(hold.notice_due),
                micros(hold.ends_at),
                hold.extensions,
                hold.state.word(),
                hold.note,
                hold.answered_at.map(micros),
                hold.ended_at.map(micros),
                hold.told_at.map(micros),
                hold.reminded_at.map(micros),
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// How things are held under a letter, if they are.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn hold_policy(&self, letter: LetterId) -> Result<Option<HoldPolicy>, StoreError> {
        Ok(self.hold_policy_set(letter)?.map(|(policy, _)| policy))
    }

    /// The same, and since when.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn hold_policy_set(&self, letter: LetterId) -> Result<Option<(HoldPolicy, Timestamp)>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT policy, set_at FROM hold_policies WHERE letter_id = ?1")?;
        let found = query.query_row([letter.0.as_bytes()], |row| {
            Ok((from_json(row, "policy")?, instant(row, "set_at")?))
        });
        Ok(found.optional()?)
    }

    /// A hold.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn hold(&self, id: HoldId) -> Result<Option<Hold>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM holds WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], hold_row).optional()?)
    }

    /// The holds on a report, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn holds_of_report(&self, report: ReportId) -> Result<Vec<Hold>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM holds WHERE report_id = ?1 ORDER BY asked_at DESC, id DESC")?;
        let rows = query.query_map([report.0.as_bytes()], hold_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A partner's holds, newest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn holds_of_partner(&self, partner: PartnerId, limit: usize) -> Result<Vec<Hold>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM holds WHERE partner_id = ?1 ORDER BY asked_at DESC, id DESC LIMIT ?2")?;
        let rows = query.query_map(params![partner.0.as_bytes(), count(limit)], hold_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether a listing is held.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn is_held(&self, listing: ListingId) -> Result<bool, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM holds WHERE listing_id = ?1 AND state IN ('asked', 'held'))")?;
        Ok(query.query_row([listing.0.as_bytes()], |row| row.get(0))?)
    }

    /// The holds in force on a listing.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn holds_in_force(&self, listing: ListingId) -> Result<Vec<Hold>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM holds WHERE listing_id = ?1 AND state IN ('asked', 'held') ORDER BY asked_at, id")?;
        let rows = query.query_map([listing.0.as_bytes()], hold_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Holds of which the partner has not said at `now`, though that is due, whether it keeps the thing, and of which it was not
    /// reminded, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn holds_unanswered(&self, now: Timestamp, limit: usize) -> Result<Vec<Hold>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM holds WHERE state = 'asked' AND notice_due <= ?1 AND reminded_at IS NULL ORDER BY notice_due LIMIT ?2",
        )?;
        let rows = query.query_map(params![micros(now), count(limit)], hold_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Holds that have run out at `now` and of which the police were not told, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn holds_run_out(&self, now: Timestamp, limit: usize) -> Result<Vec<Hold>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM holds WHERE state IN ('asked', 'held') AND ends_at <= ?1 AND told_at IS NULL ORDER BY ends_at LIMIT ?2",
        )?;
        let rows = query.query_map(params![micros(now), count(limit)], hold_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Reports that a letter's policy wants held and on which there never was a hold: raised at or above the letter's threshold, or
    /// confirmed, since the policy was set, while the letter is in force at `now`; at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn reports_to_hold(&self, now: Timestamp, limit: usize) -> Result<Vec<(ReportId, LetterId)>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT q.report_id, l.id AS letter_id
             FROM hold_policies AS p JOIN letters AS l ON l.id = p.letter_id
                  JOIN report_queue AS q ON q.partner_id = l.partner_id JOIN reports AS r ON r.id = q.report_id
             WHERE p.trigger <> 'asked' AND l.revoked_at IS NULL AND l.valid_from <= ?1 AND l.valid_to > ?1
                 AND q.sale <> 2 AND r.updated_at >= p.set_at AND q.probability >= l.threshold
                 AND (q.state = 'confirmed' OR p.trigger = 'raised' AND q.state IN ('open', 'in review'))
                 AND NOT EXISTS (SELECT 1 FROM holds AS h WHERE h.listing_id = q.listing_id)
             ORDER BY q.number LIMIT ?2",
        )?;
        let rows = query.query_map(params![micros(now), count(limit)], |row| {
            Ok((ReportId(uuid(row, "report_id")?), LetterId(uuid(row, "letter_id")?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn hold_row(row: &Row<'_>) -> rusqlite::Result<Hold> {
    Ok(Hold {
        id: HoldId(uuid(row, "id")?),
        report: ReportId(uuid(row, "report_id")?),
        listing: ListingId(uuid(row, "listing_id")?),
        partner: PartnerId(uuid(row, "partner_id")?),
        letter: LetterId(uuid(row, "letter_id")?),
        policy: from_json(row, "policy")?,
        case: row.get("case_number")?,
        reason: row.get("reason")?,
        asked_by: maybe_uuid(row, "asked_by")?.map(AccountId),
        asked_at: instant(row, "asked_at")?,
        notice_due: instant(row, "notice_due")?,
        ends_at: instant(row, "ends_at")?,
        extensions: row.get("extensions")?,
        state: from_word(row, "state")?,
        note: row.get("note")?,
        answered_at: maybe_instant(row, "answered_at")?,
        ended_at: maybe_instant(row, "ended_at")?,
        told_at: maybe_instant(row, "told_at")?,
        reminded_at: maybe_instant(row, "reminded_at")?,
    })
}
