//! Answers of partners and owners that the officer who asked has not looked at.

use rusqlite::{Row, params};

use super::rows::{count, damaged, maybe_uuid, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{AccountId, DisclosureRequestId, ReportId};

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// The partner gave the seller's identity.
    Identity(DisclosureRequestId),
    /// The partner declined to.
    Declined(DisclosureRequestId),
    /// A question on the report.
    Question,
}

/// An answer that the officer who asked has not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAnswer {
    /// On which report.
    pub report: ReportId,
    /// The report's number.
    pub number: u64,
    /// What was answered.
    pub what: Answered,
}

impl Tx<'_> {
    /// Enters that somebody looks at what was answered to them on a report; nothing where nothing new was.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn look_at_answers(&mut self, report: ReportId, by: AccountId) -> Result<(), StoreError> {
        let now = micros(self.now());
        for sql in [
            "UPDATE disclosure_requests SET looked_at = ?3
             WHERE report_id = ?1 AND requested_by = ?2 AND state IN ('answered', 'declined') AND looked_at IS NULL",
            "UPDATE report_questions SET looked_at = ?3
             WHERE report_id = ?1 AND asked_by = ?2 AND answer IS NOT NULL AND looked_at IS NULL",
        ] {
            self.connection
                .prepare_cached(sql)?
                .execute(params![report.0.as_bytes(), by.0.as_bytes(), now])?;
        }
        Ok(())
    }

    /// Enters that somebody looks at the answer to a request of theirs; nothing where nothing new was.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn look_at_request(&mut self, request: DisclosureRequestId, by: AccountId) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "UPDATE disclosure_requests SET looked_at = ?3
                 WHERE id = ?1 AND requested_by = ?2 AND state IN ('answered', 'declined') AND looked_at IS NULL",
            )?
            .execute(params![request.0.as_bytes(), by.0.as_bytes(), now])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The answers to an officer that they have not looked at, by the report's number, at most `limit`. What was taken back since
    /// is none.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn new_answers(&self, officer: AccountId, limit: usize) -> Result<Vec<NewAnswer>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT d.report_id, r.number, d.state AS what, d.id AS request_id
             FROM disclosure_requests AS d JOIN reports AS r ON r.id = d.report_id
             WHERE d.requested_by = ?1 AND d.state IN ('answered', 'declined') AND d.looked_at IS NULL
                 AND NOT EXISTS (SELECT 1 FROM disclosure_notices AS n WHERE n.request_id = d.id AND n.kind = 'recalled')
             UNION ALL
             SELECT q.report_id, r.number, 'question' AS what, NULL AS request_id
             FROM report_questions AS q JOIN reports AS r ON r.id = q.report_id
             WHERE q.asked_by = ?1 AND q.answer IS NOT NULL AND q.looked_at IS NULL
             ORDER BY number LIMIT ?2",
        )?;
        let rows = query.query_map(params![officer.0.as_bytes(), count(limit)], answer_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn answer_row(row: &Row<'_>) -> rusqlite::Result<NewAnswer> {
    let word: String = row.get("what")?;
    let request = maybe_uuid(row, "request_id")?.map(DisclosureRequestId);
    let number: i64 = row.get("number")?;
    Ok(NewAnswer {
        report: ReportId(uuid(row, "report_id")?),
        number: number.unsigned_abs(),
        what: match (word.as_str(), request) {
            ("answered", Some(request)) => Answered::Identity(request),
            ("declined", Some(request)) => Answered::Declined(request),
            ("question", None) => Answered::Question,
            _ => return Err(damaged("what")),
        },
    })
}
