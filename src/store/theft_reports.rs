//! Theft reports.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{count, damaged, from_json, instant, maybe_instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{AccountId, ItemId, TheftReportId};
use crate::domain::item::{Theft, TheftReport, TheftReportEvent, Verification};
use crate::domain::place::Place;

impl Tx<'_> {
    /// Enters a theft report. The items' own status is saved with [`Tx::save_item`].
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_theft_report(&mut self, report: &TheftReport) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO theft_reports (id, reporter_id, from_at, to_at, place, crime_reference, circumstances, status,
                                            created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'unverified', ?8)",
            )?
            .execute(params![
                report.id.0.as_bytes(),
                report.reporter.0.as_bytes(),
                micros(report.theft.from),
                micros(report.theft.to),
                to_json(&report.theft.place)?,
                report.theft.crime_reference,
                report.theft.circumstances,
                micros(report.created_at),
            ])?;
        for item in &report.items {
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO theft_report_items (theft_report_id, item_id) VALUES (?1, ?2)")?
                .execute(params![report.id.0.as_bytes(), item.0.as_bytes()])?;
        }
        Ok(())
    }

    /// Saves an officer's decision on a report, or that it fell back to unverified, with the crime reference as it stands then;
    /// both are kept as its next event.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_verification(&mut self, report: &TheftReport) -> Result<(), StoreError> {
        let (status, by, at) = match report.verification {
            Verification::Unverified => ("unverified", None, None),
            Verification::Verified { by, at } => ("verified", Some(by), Some(at)),
            Verification::Rejected { by, at } => ("rejected", Some(by), Some(at)),
        };
        self.connection
            .prepare_cached(
                "UPDATE theft_reports SET status = ?2, decided_by = ?3, decided_at = ?4, crime_reference = ?5 WHERE id = ?1",
            )?
            .execute(params![
                report.id.0.as_bytes(),
                status,
                by.map(|id| id.0.into_bytes()),
                at.map(micros),
                report.theft.crime_reference
            ])?;
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO theft_report_events (theft_report_id, number, at, by_id, status)
                 VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM theft_report_events WHERE theft_report_id = ?1), ?2, ?3, ?4)",
            )?
            .execute(params![
                report.id.0.as_bytes(),
                at.map_or(now, micros),
                by.map(|id| id.0.into_bytes()),
                status
            ])?;
        Ok(())
    }

    /// Wipes what the reporter wrote: place and circumstances. Time, items and decision stay.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn wipe_theft_report(&mut self, id: TheftReportId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE theft_reports SET place = ?2, circumstances = '' WHERE id = ?1")?
            .execute(params![id.0.as_bytes(), to_json(&Place::default())?])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// A theft report.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn theft_report(&self, id: TheftReportId) -> Result<Option<TheftReport>, StoreError> {
        let Some(mut report) = self.theft_without_items(id)? else {
            return Ok(None);
        };
        report.items = self.stolen_items(id)?;
        Ok(Some(report))
    }

    /// A theft report without its items, which are empty.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn theft_without_items(&self, id: TheftReportId) -> Result<Option<TheftReport>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM theft_reports WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], theft_report_row).optional()?)
    }

    /// Theft reports in a state (`unverified`, `verified`, `rejected`), oldest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn theft_reports(&self, status: &str, limit: usize) -> Result<Vec<TheftReport>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM theft_reports WHERE status = ?1 ORDER BY created_at, id LIMIT ?2")?;
        let mut reports = query
            .query_map(params![status, count(limit)], theft_report_row)?
            .collect::<Result<Vec<_>, _>>()?;
        for report in &mut reports {
            report.items = self.stolen_items(report.id)?;
        }
        Ok(reports)
    }

    /// Theft reports that were decided, the last decision first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn theft_reports_decided(&self, limit: usize) -> Result<Vec<TheftReport>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM theft_reports WHERE decided_at IS NOT NULL ORDER BY decided_at DESC, id DESC LIMIT ?1",
        )?;
        let mut reports = query
            .query_map([count(limit)], theft_report_row)?
            .collect::<Result<Vec<_>, _>>()?;
        for report in &mut reports {
            report.items = self.stolen_items(report.id)?;
        }
        Ok(reports)
    }

    /// All theft reports that name an item, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn theft_reports_of_item(&self, item: ItemId) -> Result<Vec<TheftReport>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT theft_reports.* FROM theft_report_items JOIN theft_reports ON theft_reports.id = theft_report_items.theft_report_id
             WHERE theft_report_items.item_id = ?1 ORDER BY theft_reports.created_at DESC",
        )?;
        let mut reports = query
            .query_map([item.0.as_bytes()], theft_report_row)?
            .collect::<Result<Vec<_>, _>>()?;
        for report in &mut reports {
            report.items = self.stolen_items(report.id)?;
        }
        Ok(reports)
    }

    /// What was decided on a theft report, and when it fell back, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn theft_report_events(&self, id: TheftReportId) -> Result<Vec<TheftReportEvent>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM theft_report_events WHERE theft_report_id = ?1 ORDER BY number")?;
        let rows = query.query_map([id.0.as_bytes()], |row| {
            Ok(TheftReportEvent {
                at: instant(row, "at")?,
                by: maybe_uuid(row, "by_id")?.map(AccountId),
                status: row.get("status")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The items of a theft report; none of one that is not there.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn stolen_items(&self, id: TheftReportId) -> Result<Vec<ItemId>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT item_id FROM theft_report_items WHERE theft_report_id = ?1 ORDER BY item_id")?;
        let rows = query.query_map([id.0.as_bytes()], |row| uuid(row, "item_id").map(ItemId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn theft_report_row(row: &Row<'_>) -> rusqlite::Result<TheftReport> {
    let status: String = row.get("status")?;
    let decided = maybe_uuid(row, "decided_by")?
        .map(AccountId)
        .zip(maybe_instant(row, "decided_at")?);
    Ok(TheftReport {
        id: TheftReportId(uuid(row, "id")?),
        reporter: AccountId(uuid(row, "reporter_id")?),
        items: Vec::new(),
        theft: Theft {
            from: instant(row, "from_at")?,
            to: instant(row, "to_at")?,
            place: from_json(row, "place")?,
            crime_reference: row.get("crime_reference")?,
            circumstances: row.get("circumstances")?,
        },
        verification: match (status.as_str(), decided) {
            ("unverified", None) => Verification::Unverified,
            ("verified", Some((by, at))) => Verification::Verified { by, at },
            ("rejected", Some((by, at))) => Verification::Rejected { by, at },
            _ => return Err(damaged("status")),
        },
        created_at: instant(row, "created_at")?,
    })
}
