//! Blind reviews: what was drawn, what waits for an officer, what was decided.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{from_json, from_word, instant, micros, to_json, to_word, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::blind_review::{BlindDecision, BlindReview, DecidedBlindly, Drawn};
use crate::domain::ids::{BlindReviewId, ItemId, ListingId, TheftReportId};

/// A pair waits as long as its item is stolen by the verified theft for which it was drawn and nobody has put it to the police:
/// of an item that is safe at home nothing is shown, and of a report the outcome tells.
const WAITING: &str = "FROM blind_reviews AS drawn
    JOIN items ON items.id = drawn.item_id
    JOIN theft_reports ON theft_reports.id = drawn.theft_report_id
    WHERE drawn.verdict IS NULL AND drawn.listing_id IS NOT NULL
      AND items.status = 'stolen' AND items.theft_report_id = drawn.theft_report_id AND theft_reports.status = 'verified'
      AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.item_id = drawn.item_id AND reports.listing_id = drawn.listing_id
                      AND reports.theft_report_id = drawn.theft_report_id)";

impl Tx<'_> {
    /// Keeps a candidate that was drawn; again, with what is thought of it now, as long as nobody has decided it. Returns its id
    /// when it is new.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn draw_blind_review(&mut self, drawn: &Drawn) -> Result<Option<BlindReviewId>, StoreError> {
        let id = BlindReviewId::generate(self.now());
        let now = micros(self.now());
        let kept: Vec<u8> = self
            .connection
            .prepare_cached(
                "INSERT INTO blind_reviews (id, item_id, listing_id, theft_report_id, share, assessment, drawn_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (item_id, listing_id, theft_report_id) DO UPDATE
                 SET share = max(share, excluded.share),
                     assessment = CASE WHEN verdict IS NULL THEN excluded.assessment ELSE assessment END
                 RETURNING id",
            )?
            .query_row(
                params![
                    id.0.as_bytes(),
                    drawn.item.0.as_bytes(),
                    drawn.listing.0.as_bytes(),
                    drawn.theft_report.0.as_bytes(),
                    drawn.share,
                    to_json(&drawn.assessment)?,
                    now
                ],
                |row| row.get(0),
            )?;
        Ok((kept == id.0.as_bytes()).then_some(id))
    }

    /// Enters what an officer says of a pair that waits.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn decide_blind_review(&mut self, id: BlindReviewId, decision: &BlindDecision) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "UPDATE blind_reviews SET verdict = ?2, reason = ?3, officer_id = ?4, decided_at = ?5
                 WHERE id = ?1 AND verdict IS NULL",
            )?
            .execute(params![
                id.0.as_bytes(),
                to_word(decision.verdict)?,
                decision.reason,
                decision.by.0.as_bytes(),
                now
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The pair that has waited longest, if any waits.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn next_blind_review(&self) -> Result<Option<BlindReview>, StoreError> {
        let sql = format!("SELECT drawn.* {WAITING} ORDER BY drawn.drawn_at, drawn.id LIMIT 1");
        let mut query = self.connection.prepare_cached(&sql)?;
        Ok(query.query_row([], blind_review_row).optional()?)
    }

    /// A pair that waits.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn waiting_blind_review(&self, id: BlindReviewId) -> Result<Option<BlindReview>, StoreError> {
        let sql = format!("SELECT drawn.* {WAITING} AND drawn.id = ?1");
        let mut query = self.connection.prepare_cached(&sql)?;
        Ok(query.query_row([id.0.as_bytes()], blind_review_row).optional()?)
    }

    /// Whether a pair was decided.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn blind_review_is_decided(&self, id: BlindReviewId) -> Result<bool, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT 1 FROM blind_reviews WHERE id = ?1 AND verdict IS NOT NULL")?;
        Ok(query.exists([id.0.as_bytes()])?)
    }

    /// The pairs of a listing that wait.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn waiting_blind_reviews_of_listing(&self, listing: ListingId) -> Result<Vec<BlindReviewId>, StoreError> {
        let sql = format!("SELECT drawn.id AS id {WAITING} AND drawn.listing_id = ?1 ORDER BY drawn.id");
        let mut query = self.connection.prepare_cached(&sql)?;
        let rows = query.query_map([listing.0.as_bytes()], |row| uuid(row, "id").map(BlindReviewId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many pairs wait.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_waiting_blind_reviews(&self) -> Result<u64, StoreError> {
        let mut query = self.connection.prepare_cached(&format!("SELECT count(*) {WAITING}"))?;
        Ok(query.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    /// The decided ones, oldest decision first, without those that became reports: of these the outcome tells.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn decided_blind_reviews(&self) -> Result<Vec<DecidedBlindly>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM blind_reviews AS drawn WHERE verdict IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM reports WHERE reports.item_id = drawn.item_id
                               AND reports.listing_id = drawn.listing_id AND reports.theft_report_id = drawn.theft_report_id)
             ORDER BY decided_at, id",
        )?;
        let rows = query.query_map([], |row| {
            Ok(DecidedBlindly {
                theft_report: TheftReportId(uuid(row, "theft_report_id")?),
                share: row.get("share")?,
                assessment: from_json(row, "assessment")?,
                verdict: from_word(row, "verdict")?,
                at: instant(row, "decided_at")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn blind_review_row(row: &Row<'_>) -> rusqlite::Result<BlindReview> {
    Ok(BlindReview {
        id: BlindReviewId(uuid(row, "id")?),
        item: ItemId(uuid(row, "item_id")?),
        listing: ListingId(uuid(row, "listing_id")?),
        theft_report: TheftReportId(uuid(row, "theft_report_id")?),
    })
}
