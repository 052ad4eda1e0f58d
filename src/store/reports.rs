//! Suspicion reports, their history, and the queue.

use replevin_index::Sequence;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::rows::{count, damaged, from_json, instant, maybe_instant, maybe_uuid, micros, to_json, uuid};
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

/// In which order the queue is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueOrder {
    /// What ends soon and is probable first: probability × 24 h ÷ (24 h + time to the end of sale).
    #[default]
    Urgency,
    /// Most probable first.
    Probability,
    /// Newest first.
    Raised,
}

/// Which part of the queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueQuery {
    /// Only in this state (the glossary's word).
    pub state: Option<String>,
    /// Only those that this officer took or decided.
    pub officer: Option<AccountId>,
    /// In which order.
    pub order: QueueOrder,
    /// How many rows to skip.
    pub skip: usize,
    /// How many rows at most.
    pub limit: usize,
}

/// One row of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueRow {
    /// The report.
    pub report: Report,
    /// The item is neither stolen nor recovered, so the police see no more than its id.
    pub item_hidden: bool,
    /// How the item is called; empty unless it is stolen or recovered.
    pub item_title: String,
    /// The first identifier that its owner gave; absent unless it is stolen or recovered.
    pub item_identifier: Option<String>,
    /// How the listing is called.
    pub listing_title: String,
    /// The partner's own id of the listing.
    pub listing_reference: String,
    /// The short name of the partner with whom it is…
    pub partner_slug: String,
    /// …and its name.
    pub partner_name: String,
    /// When the sale ends.
    pub ends_at: Option<Timestamp>,
    /// Whether the listing is on sale.
    pub active: bool,
    /// Who took or decided it.
    pub officer_name: Option<String>,
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
        self.append_report_event(id, None, "raised", None)?;
        Ok(Raised::New(id))
    }

    /// Retracts a report that nobody has taken. Its number is not given again.
    ///
    /// # Errors
    /// When there is no such report or somebody has taken it; a failure of the database.
    pub fn retract_report(&mut self, id: ReportId) -> Result<(), StoreError> {
        let open = self.report(id)?.filter(|report| report.state == ReportState::Open);
        let report = open.ok_or(StoreError::Missing { what: "open report" })?;
        for sql in [
            "DELETE FROM report_events WHERE report_id = ?1",
            "DELETE FROM reports WHERE id = ?1",
        ] {
            self.connection.prepare_cached(sql)?.execute([id.0.as_bytes()])?;
        }
        let highest = self.cursor(RETRACTED)?.0.max(report.number);
        self.set_cursor(RETRACTED, Sequence(highest))
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
        Ok(())
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
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO report_events (report_id, number, at, by_id, step, note)
                 VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM report_events WHERE report_id = ?1), ?2, ?3, ?4, ?5)",
            )?
            .execute(params![report.0.as_bytes(), now, by.map(|id| id.0.into_bytes()), step, note])?;
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
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A page of the queue.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn queue(&self, query: &QueueQuery, now: Timestamp) -> Result<Vec<QueueRow>, StoreError> {
        let order = match query.order {
            QueueOrder::Urgency => {
                "probability * 24.0 / (24.0 + CASE WHEN listings.status <> 'active' OR listings.ends_at <= ?5 THEN 720.0
                    ELSE min(720.0, (coalesce(listings.ends_at, ?5 + 2592000000000) - ?5) / 3600000000.0) END) DESC"
            }
            // Every order names all parameters, so that one call binds them all.
            QueueOrder::Probability => "probability + 0 * ?5 DESC",
            QueueOrder::Raised => "raised_at + 0 * ?5 DESC",
        };
        let sql = format!(
            "SELECT reports.*, items.status NOT IN ('stolen', 'recovered') AS item_hidden,
                    CASE WHEN items.status IN ('stolen', 'recovered') THEN json_extract(items.description, '$.title') END AS item_title,
                    CASE WHEN items.status IN ('stolen', 'recovered')
                         THEN json_extract(items.description, '$.identifiers[0].value') END AS item_identifier,
                    json_extract(listings.draft, '$.description.title') AS listing_title, partners.name AS partner_name,
                    partners.slug AS partner_slug, listings.reference AS listing_reference, listings.ends_at, listings.status AS listing_status, accounts.name AS officer_name
             FROM reports JOIN items ON items.id = reports.item_id JOIN listings ON listings.id = reports.listing_id
                  JOIN partners ON partners.id = listings.partner_id LEFT JOIN accounts ON accounts.id = reports.officer_id
             WHERE (?1 IS NULL OR reports.state = ?1) AND (?2 IS NULL OR reports.officer_id = ?2)
             ORDER BY {order}, reports.number DESC LIMIT ?3 OFFSET ?4"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let officer = query.officer.map(|id| id.0.into_bytes());
        let rows = statement.query_map(
            params![query.state, officer, count(query.limit), count(query.skip), micros(now)],
            |row| {
                let status: String = row.get("listing_status")?;
                Ok(QueueRow {
                    report: report_row(row)?,
                    item_hidden: row.get("item_hidden")?,
                    item_title: row.get::<_, Option<String>>("item_title")?.unwrap_or_default(),
                    item_identifier: row.get("item_identifier")?,
                    listing_title: row.get::<_, Option<String>>("listing_title")?.unwrap_or_default(),
                    listing_reference: row.get("listing_reference")?,
                    partner_slug: row.get("partner_slug")?,
                    partner_name: row.get("partner_name")?,
                    ends_at: maybe_instant(row, "ends_at")?,
                    active: status == "active",
                    officer_name: row.get("officer_name")?,
                })
            },
        )?;
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

fn report_row(row: &Row<'_>) -> rusqlite::Result<Report> {
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
