//! Suspicion reports and their history. The queue that officers read stands in [`super::queue`].

use replevin_index::Sequence;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::rows::{count, damaged, from_json, instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::assessment::Assessment;
use crate::domain::ids::{AccountId, ItemId, ListingId, ReportId, TheftReportId};
use crate::domain::report::{Outcome, Report, ReportEvent, ReportState, Review};
use crate::domain::time::Timestamp;

/// Where the highest number of a retracted report is kept.
const RETRACTED: &str = "retracted_report";

/// What raising a report did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raised {
    /// A new report.
    New(ReportId),
    /// The pair has an open report for this theft; its assessment was renewed.
    Renewed(ReportId),
    /// The pair has a report for this theft that somebody works or worked on, or whose assessment is the same: left alone.
    Kept(ReportId),
}

impl Tx<'_> {
    /// Raises a report for a pair and a theft, or renews the open one.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn raise_report(
        &mut self,
        item: ItemId,
        listing: ListingId,
        theft: TheftReportId,
        assessment: &Assessment,
    ) -> Result<Raised, StoreError> {
        if let Some(mut known) = self.report_of_pair(item, listing, theft)? {
            if known.state != ReportState::Open || known.assessment == *assessment {
                return Ok(Raised::Kept(known.id));
            }
            known.assessment = assessment.clone();
            self.save_report(&known)?;
            self.keep_report_photos(known.id, assessment)?;
            self.append_report_event(known.id, None, "reassessed", None)?;
            return Ok(Raised::Renewed(known.id));
        }
        let id = ReportId::generate(self.now());
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO reports (id, number, item_id, listing_id, theft_report_id, state, state_detail, probability, assessment,
                                      raised_at, updated_at)
                 VALUES (?1, 1 + max((SELECT coalesce(max(number), 0) FROM reports),
                                     (SELECT coalesce(max(seq), 0) FROM cursors WHERE name = 'retracted_report')),
                         ?2, ?3, ?4, 'open', 'null', ?5, ?6, ?7, ?7)",
            )?
            .execute(params![
                id.0.as_bytes(),
                item.0.as_bytes(),
                listing.0.as_bytes(),
                theft.0.as_bytes(),
                assessment.probability,
                to_json(assessment)?,
                now,
            ])?;
        self.keep_report_photos(id, assessment)?;
        self.file_report(id)?;
        self.append_report_event(id, None, "raised", None)?;
        Ok(Raised::New(id))
    }

    /// Takes back an open report that nobody ever took; its number is not given again. One that somebody has worked on has a
    /// history, and requests may rest on it: it stays. Returns whether it is gone.
    ///
    /// # Errors
    /// When there is no such report; a failure of the database.
    pub fn retract_report(&mut self, id: ReportId) -> Result<bool, StoreError> {
        let report = self.report(id)?.ok_or(StoreError::Missing { what: "report" })?;
        if report.state != ReportState::Open || self.report_has_history(id)? {
            return Ok(false);
        }
        for sql in [
            "DELETE FROM report_events WHERE report_id = ?1",
            "DELETE FROM reports WHERE id = ?1",
        ] {
            self.connection.prepare_cached(sql)?.execute([id.0.as_bytes()])?;
        }
        let highest = self.cursor(RETRACTED)?.0.max(report.number);
        self.set_cursor(RETRACTED, Sequence(highest))?;
        Ok(true)
    }

    /// Saves a report's state and assessment.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_report(&mut self, report: &Report) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "UPDATE reports SET state = ?2, state_detail = ?3, officer_id = ?4, probability = ?5, assessment = ?6, updated_at = ?7
                 WHERE id = ?1",
            )?
            .execute(params![
                report.id.0.as_bytes(),
                report.state.word(),
                to_json(&StateDetail::of(&report.state))?,
                report.state.officer().map(|id| id.0.into_bytes()),
                report.assessment.probability,
                to_json(&report.assessment)?,
                now,
            ])?;
        self.file_report(report.id)
    }

    /// Adds a step to a report's history.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn append_report_event(
        &mut self,
        report: ReportId,
        by: Option<AccountId>,
        step: &str,
        note: Option<&str>,
    ) -> Result<(), StoreError> {
        self.append_decision(report, by, step, (note, None))
    }

    /// Adds a step that rests on what somebody saw: what they conclude, and what they saw.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn append_decision(
        &mut self,
        report: ReportId,
        by: Option<AccountId>,
        step: &str,
        (note, facts): (Option<&str>, Option<&str>),
    ) -> Result<(), StoreError> {
        let (now, by) = (micros(self.now()), by.map(|id| id.0.into_bytes()));
        self.connection
            .prepare_cached(
                "INSERT INTO report_events (report_id, number, at, by_id, step, note, facts)
                 VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM report_events WHERE report_id = ?1), ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![report.0.as_bytes(), now, by, step, note, facts])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// A report.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report(&self, id: ReportId) -> Result<Option<Report>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM reports WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], report_row).optional()?)
    }

    /// The report of a pair for a theft.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report_of_pair(&self, item: ItemId, listing: ListingId, theft: TheftReportId) -> Result<Option<Report>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM reports WHERE item_id = ?1 AND listing_id = ?2 AND theft_report_id = ?3")?;
        Ok(query
            .query_row(
                params![item.0.as_bytes(), listing.0.as_bytes(), theft.0.as_bytes()],
                report_row,
            )
            .optional()?)
    }

    /// Whether more happened to a report than that it was raised and assessed again.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report_has_history(&self, id: ReportId) -> Result<bool, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM report_events WHERE report_id = ?1 AND step NOT IN ('raised', 'reassessed'))",
        )?;
        Ok(query.query_row([id.0.as_bytes()], |row| row.get(0))?)
    }

    /// The open reports on an item, and on which listings; nothing of them but their ids is read.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn open_reports_of_item(&self, item: ItemId) -> Result<Vec<(ReportId, ListingId)>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT report_id, listing_id FROM report_queue WHERE item_id = ?1 AND state = 'open' ORDER BY number",
        )?;
        let rows = query.query_map([item.0.as_bytes()], |row| {
            Ok((ReportId(uuid(row, "report_id")?), ListingId(uuid(row, "listing_id")?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The open reports on a listing, and of which items; nothing of them but their ids is read.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn open_reports_of_listing(&self, listing: ListingId) -> Result<Vec<(ReportId, ItemId)>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT report_id, item_id FROM report_queue WHERE listing_id = ?1 AND state = 'open' ORDER BY number",
        )?;
        let rows = query.query_map([listing.0.as_bytes()], |row| {
            Ok((ReportId(uuid(row, "report_id")?), ItemId(uuid(row, "item_id")?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The items of the open reports on the listings of a seller whose key starts so, each with its theft, newest first, at
    /// most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn open_reports_of_seller(&self, key_start: &[u8], limit: usize) -> Result<Vec<(ItemId, TheftReportId)>, StoreError> {
        let [mut first, mut last] = [[0_u8; 32], [0xff; 32]];
        for end in [&mut first, &mut last] {
            end.iter_mut().zip(key_start).for_each(|(byte, start)| *byte = *start);
        }
        let mut query = self.connection.prepare_cached(
            "SELECT item_id, theft_report_id FROM report_queue WHERE seller_key BETWEEN ?1 AND ?2 AND state = 'open' \
             ORDER BY number DESC LIMIT ?3",
        )?;
        let rows = query.query_map(params![first, last, count(limit)], |row| {
            Ok((ItemId(uuid(row, "item_id")?), TheftReportId(uuid(row, "theft_report_id")?)))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All reports on a listing.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn reports_of_listing(&self, listing: ListingId) -> Result<Vec<Report>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM reports WHERE listing_id = ?1 ORDER BY number")?;
        let rows = query.query_map([listing.0.as_bytes()], report_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All reports on an item.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn reports_of_item(&self, item: ItemId) -> Result<Vec<Report>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM reports WHERE item_id = ?1 ORDER BY number")?;
        let rows = query.query_map([item.0.as_bytes()], report_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The reports in review on which nothing has happened since an instant and no answer is awaited that was asked for since
    /// another, oldest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn reports_left_since(&self, before: Timestamp, asked_since: Timestamp, limit: usize) -> Result<Vec<Report>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM reports WHERE state = 'in review'
               AND (SELECT max(at) FROM report_events WHERE report_id = reports.id) < ?1
               AND NOT EXISTS (SELECT 1 FROM report_questions WHERE report_id = reports.id AND answer IS NULL AND asked_at >= ?2)
             ORDER BY number LIMIT ?3",
        )?;
        let rows = query.query_map(params![micros(before), micros(asked_since), count(limit)], report_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The closed reports, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn closed_reports(&self) -> Result<Vec<Report>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM reports WHERE state = 'closed' ORDER BY number")?;
        let rows = query.query_map([], report_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A report's history, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report_events(&self, id: ReportId) -> Result<Vec<ReportEvent>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM report_events WHERE report_id = ?1 ORDER BY number")?;
        let rows = query.query_map([id.0.as_bytes()], |row| {
            Ok(ReportEvent {
                at: instant(row, "at")?,
                by: maybe_uuid(row, "by_id")?.map(AccountId),
                step: row.get("step")?,
                note: row.get("note")?,
                facts: row.get("facts")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many reports stand in each state.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn count_reports(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT state, count(*) AS reports FROM reports GROUP BY state")?;
        let rows = query.query_map([], |row| {
            Ok((row.get("state")?, row.get::<_, i64>("reports")?.unsigned_abs()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// What a state carries beside its word.
#[derive(Serialize, Deserialize)]
struct StateDetail {
    since: Option<(AccountId, Timestamp)>,
    review: Option<Review>,
    closed: Option<(Outcome, Timestamp)>,
}

impl StateDetail {
    fn of(state: &ReportState) -> Self {
        let mut detail = Self {
            since: None,
            review: None,
            closed: None,
        };
        match state {
            ReportState::Open => {}
            ReportState::InReview { by, since } => detail.since = Some((*by, *since)),
            ReportState::Decided(review) => detail.review = Some(review.clone()),
            ReportState::Closed {
                review,
                outcome,
                closed_at,
            } => {
                detail.review = Some(review.clone());
                detail.closed = Some((*outcome, *closed_at));
            }
        }
        detail
    }

    fn state(self, word: &str) -> Option<ReportState> {
        let state = match (self.since, self.review, self.closed) {
            (None, None, None) => ReportState::Open,
            (Some((by, since)), None, None) => ReportState::InReview { by, since },
            (None, Some(review), None) => ReportState::Decided(review),
            (None, Some(review), Some((outcome, closed_at))) => ReportState::Closed {
                review,
                outcome,
                closed_at,
            },
            _ => return None,
        };
        (state.word() == word).then_some(state)
    }
}

pub(super) fn report_row(row: &Row<'_>) -> rusqlite::Result<Report> {
    let word: String = row.get("state")?;
    let detail: Option<StateDetail> = from_json(row, "state_detail")?;
    let number: i64 = row.get("number")?;
    let state = match detail {
        None => Some(ReportState::Open),
        Some(detail) => detail.state(&word),
    };
    Ok(Report {
        id: ReportId(uuid(row, "id")?),
        number: number.unsigned_abs(),
        item: ItemId(uuid(row, "item_id")?),
        listing: ListingId(uuid(row, "listing_id")?),
        theft_report: TheftReportId(uuid(row, "theft_report_id")?),
        state: state.ok_or_else(|| damaged("state"))?,
        assessment: from_json(row, "assessment")?,
        raised_at: instant(row, "raised_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}
