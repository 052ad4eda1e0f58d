//! What supervisors and the control body count: decisions, reviews under way, outcomes by the yardstick's words, and looks at
//! personal data in the log.

use rusqlite::params;
use uuid::Uuid;

use super::rows::{count, from_json, instant, maybe_instant, maybe_uuid, micros, uuid};
use super::{Reader, StoreError};
use crate::domain::audit::{Actor, Purpose};
use crate::domain::ids::AccountId;
use crate::domain::time::Timestamp;

/// A decision on a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// Who decided.
    pub by: AccountId,
    /// Whether it was confirmed; else dismissed.
    pub confirmed: bool,
    /// When the report was raised.
    pub raised_at: Timestamp,
    /// When somebody last took it before.
    pub taken_at: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Timestamp,
}

/// How the reports turned out that one of the yardstick's words stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct YardstickRow {
    /// The words.
    pub words: String,
    /// The yardstick's version.
    pub version: String,
    /// How many reports are decided.
    pub decided: u32,
    /// Of how many it is held that the listing was the item: by their outcome, else by the decision.
    pub was_item: u32,
    /// The mean of their probabilities.
    pub expected: f64,
}

/// A look at a case or at personal data: a search, an opening of a report, a theft report, a photo, contact details or an identity,
/// an evidence pack.
#[derive(Debug, Clone, PartialEq)]
pub struct LookRow {
    /// The entry's number.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The action's word.
    pub action: String,
    /// At what; none for a search.
    pub subject: Option<Uuid>,
    /// For what.
    pub purpose: Option<Purpose>,
    /// Of a search: a digest of what was asked.
    pub asked: Option<String>,
    /// Whether it is a look at one photo, apart from a page that shows it.
    pub photo: bool,
    /// Whether the surname of whoever looked was met.
    pub own_surname: bool,
}

impl Reader<'_> {
    /// The decisions since an instant, newest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn decisions_since(&self, since: Timestamp, limit: usize) -> Result<Vec<DecisionRow>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT decided.by_id, decided.step = 'confirmed' AS confirmed, decided.at AS decided_at, reports.raised_at,
                    (SELECT max(taken.at) FROM report_events AS taken
                     WHERE taken.report_id = decided.report_id AND taken.number < decided.number
                       AND taken.step IN ('taken', 'assigned', 'reopened')) AS taken_at
             FROM report_events AS decided JOIN reports ON reports.id = decided.report_id
             WHERE decided.step IN ('confirmed', 'dismissed') AND decided.at >= ?1 AND decided.by_id IS NOT NULL
             ORDER BY decided.at DESC LIMIT ?2",
        )?;
        let rows = query.query_map(params![micros(since), count(limit)], |row| {
            Ok(DecisionRow {
                by: AccountId(uuid(row, "by_id")?),
                confirmed: row.get("confirmed")?,
                raised_at: instant(row, "raised_at")?,
                taken_at: maybe_instant(row, "taken_at")?,
                decided_at: instant(row, "decided_at")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many reports each officer has in review.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn in_review_by_officer(&self) -> Result<Vec<(AccountId, u32)>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT officer_id, count(*) AS reports FROM report_queue WHERE state = 'in review' AND officer_id IS NOT NULL
             GROUP BY officer_id",
        )?;
        let rows = query.query_map([], |row| Ok((AccountId(uuid(row, "officer_id")?), row.get("reports")?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the report was raised that has waited longest for somebody to take it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn oldest_open_report(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT min(raised_at) AS raised_at FROM reports WHERE state = 'open'")?;
        Ok(query.query_row([], |row| maybe_instant(row, "raised_at"))?)
    }

    /// How decided reports turned out, by the yardstick's words, the least probable first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn outcomes_by_yardstick(&self) -> Result<Vec<YardstickRow>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT words, version, count(*) AS decided, avg(probability) AS expected,
                    sum(CASE outcome WHEN 'recovered' THEN 1 WHEN 'returned_to_owner' THEN 1 WHEN 'lawfully_held' THEN 1
                                     WHEN 'not_the_item' THEN 0 ELSE decision = 'confirmed' END) AS was_item
             FROM (SELECT json_extract(assessment, '$.yardstick') AS words, probability,
                          json_extract(assessment, '$.yardstick_version') AS version,
                          json_extract(state_detail, '$.review.decision') AS decision,
                          json_extract(state_detail, '$.closed[0]') AS outcome,
                          json_extract(state_detail, '$.review.reasons') LIKE '%lawful_seller%' AS lawful
                   FROM reports WHERE state IN ('confirmed', 'dismissed', 'closed'))
             -- Of what was dismissed for its seller's sake alone nobody has said whether it was the item.
             WHERE NOT (coalesce(lawful, 0) AND decision = 'dismissed'
                        AND coalesce(outcome, '') NOT IN ('lawfully_held', 'not_the_item'))
             GROUP BY words, version ORDER BY expected, words",
        )?;
        let rows = query.query_map([], |row| {
            Ok(YardstickRow {
                words: row.get("words")?,
                version: row.get("version")?,
                decided: row.get("decided")?,
                was_item: row.get("was_item")?,
                expected: row.get("expected")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The looks at personal data since an instant, oldest first; of more than `limit` the newest.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn looks_since(&self, since: Timestamp, limit: usize) -> Result<Vec<LookRow>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT number, at, actor, action, subject_id, purpose_case, purpose_reason,
                    json_extract(detail, '$.asked_sha256') AS asked, coalesce(json_extract(detail, '$.own_surname'), 0) AS own,
                    json_extract(detail, '$.photo') IS NOT NULL AS photo
             FROM audit_entries
             WHERE action IN ('searched', 'contact_opened', 'identity_opened', 'report_consulted', 'theft_report_consulted',
                              'blind_review_consulted', 'evidence_pack_made') AND at >= ?1
               AND number > coalesce((SELECT number FROM audit_entries WHERE at < ?1 ORDER BY number DESC LIMIT 1), 0)
             ORDER BY number DESC LIMIT ?2",
        )?;
        let rows = query.query_map(params![micros(since), count(limit)], |row| {
            let (case, reason): (Option<String>, Option<String>) = (row.get("purpose_case")?, row.get("purpose_reason")?);
            Ok(LookRow {
                number: row.get::<_, i64>("number")?.unsigned_abs(),
                at: instant(row, "at")?,
                actor: from_json(row, "actor")?,
                action: row.get("action")?,
                subject: maybe_uuid(row, "subject_id")?,
                purpose: case.zip(reason).map(|(case, reason)| Purpose { case, reason }),
                asked: row.get("asked")?,
                photo: row.get("photo")?,
                own_surname: row.get("own")?,
            })
        })?;
        let mut looks: Vec<LookRow> = rows.collect::<Result<_, _>>()?;
        looks.reverse();
        Ok(looks)
    }
}
