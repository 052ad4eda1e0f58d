//! Evidence packs that were made, and officers' words that a report is evidence.

use rusqlite::{OptionalExtension, params};

use super::rows::{content_hash, from_word, instant, micros, to_word, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::evidence_pack::{MadePack, Promotion};
use crate::domain::ids::{AccountId, EvidencePackId, ReportId};

impl Tx<'_> {
    /// Enters a pack that was made.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_evidence_pack(&mut self, report: ReportId, pack: &MadePack) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO evidence_packs (id, report_id, form, marking, sha256, size_bytes, made_by, made_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                pack.id.0.as_bytes(),
                report.0.as_bytes(),
                to_word(pack.form)?,
                to_word(pack.marking)?,
                pack.sha256.0,
                i64::try_from(pack.size_bytes).unwrap_or(i64::MAX),
                pack.by.0.as_bytes(),
                micros(pack.at),
            ])?;
        Ok(())
    }

    /// Enters an officer's word that a report is evidence, in place of an earlier one.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_promotion(&mut self, report: ReportId, promotion: &Promotion) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO evidence_promotions (report_id, by_id, at, reason) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![
                report.0.as_bytes(),
                promotion.by.0.as_bytes(),
                micros(promotion.at),
                promotion.reason,
            ])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The last word that a report is evidence, whether it still counts or not.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn promotion(&self, report: ReportId) -> Result<Option<Promotion>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT by_id, at, reason FROM evidence_promotions WHERE report_id = ?1")?;
        let found = query.query_row([report.0.as_bytes()], |row| {
            Ok(Promotion {
                by: AccountId(uuid(row, "by_id")?),
                at: instant(row, "at")?,
                reason: row.get("reason")?,
            })
        });
        Ok(found.optional()?)
    }

    /// The packs that were made of a report, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn evidence_packs(&self, report: ReportId) -> Result<Vec<MadePack>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM evidence_packs WHERE report_id = ?1 ORDER BY made_at, id")?;
        let rows = query.query_map([report.0.as_bytes()], |row| {
            Ok(MadePack {
                id: EvidencePackId(uuid(row, "id")?),
                form: from_word(row, "form")?,
                marking: from_word(row, "marking")?,
                sha256: content_hash(row, "sha256")?,
                size_bytes: row.get::<_, i64>("size_bytes")?.unsigned_abs(),
                by: AccountId(uuid(row, "made_by")?),
                at: instant(row, "made_at")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
