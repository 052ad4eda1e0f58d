//! The photos that a report's evidence rests on. They are kept as long as the report is, whatever item and listing show since.

use rusqlite::params;

use super::rows::{content_hash, from_word, to_word};
use super::{Reader, StoreError, Tx};
use crate::domain::assessment::Assessment;
use crate::domain::ids::ReportId;
use crate::domain::photo::EvidencePhoto;

impl Tx<'_> {
    /// Keeps the photos that an assessment names for its report, beside those of earlier assessments. One whose row has gone
    /// since it was compared cannot be kept: nothing showed it any more.
    ///
    /// # Errors
    /// A failure of the database.
    pub(super) fn keep_report_photos(&mut self, report: ReportId, assessment: &Assessment) -> Result<(), StoreError> {
        for photo in assessment.photos() {
            self.connection
                .prepare_cached(
                    "INSERT INTO report_photos (report_id, side, place, sha256)
                     SELECT ?1, ?2, ?3, sha256 FROM photos WHERE sha256 = ?4 ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    report.0.as_bytes(),
                    to_word(photo.side)?,
                    photo.place,
                    photo.sha256.0
                ])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// The photos that a report's evidence rests on or ever rested on.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report_photos(&self, report: ReportId) -> Result<Vec<EvidencePhoto>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT side, place, sha256 FROM report_photos WHERE report_id = ?1 ORDER BY side, place, sha256")?;
        let rows = query.query_map([report.0.as_bytes()], |row| {
            Ok(EvidencePhoto {
                side: from_word(row, "side")?,
                place: row.get("place")?,
                sha256: content_hash(row, "sha256")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
