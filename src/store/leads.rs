//! Leads: checks on stolen items, one row for a partner and an item under one theft.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{count, from_json, instant, maybe_instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{AccountId, ItemId, LeadId, PartnerId, TheftReportId};
use crate::domain::lead::{Asked, Followed, Lead, Suspected};
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Notes that a partner asked about what may be a stolen item; again, it is open again. Returns its id when it is new.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_lead(&mut self, partner: PartnerId, asked: &Asked, suspected: &Suspected) -> Result<Option<LeadId>, StoreError> {
        let id = LeadId::generate(self.now());
        let now = micros(self.now());
        let kept: Vec<u8> = self
            .connection
            .prepare_cached(
                "INSERT INTO leads (id, partner_id, item_id, theft_report_id, asked, probability, evidence, first_at, last_at, times)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 1)
                 ON CONFLICT (partner_id, item_id, theft_report_id) DO UPDATE
                 SET asked = ?5, probability = ?6, evidence = ?7, last_at = ?8, times = times + 1,
                     followed_by = NULL, followed_at = NULL, note = NULL
                 RETURNING id",
            )?
            .query_row(
                params![
                    id.0.as_bytes(),
                    partner.0.as_bytes(),
                    suspected.item.0.as_bytes(),
                    suspected.theft_report.0.as_bytes(),
                    to_json(asked)?,
                    suspected.probability,
                    to_json(&suspected.evidence)?,
                    now
                ],
                |row| row.get(0),
            )?;
        Ok((kept == id.0.as_bytes()).then_some(id))
    }

    /// Enters what an officer did about a lead that is open.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such lead that is open.
    pub fn follow_lead(&mut self, id: LeadId, by: AccountId, note: &str) -> Result<(), StoreError> {
        let now = micros(self.now());
        let changed = self
            .connection
            .prepare_cached(
                "UPDATE leads SET followed_by = ?2, followed_at = ?3, note = ?4 WHERE id = ?1 AND followed_by IS NULL",
            )?
            .execute(params![id.0.as_bytes(), by.0.as_bytes(), now, note])?;
        if changed == 0 {
            return Err(StoreError::Missing { what: "open lead" });
        }
        Ok(())
    }

    /// Lets leads go that nobody has asked about since an instant; how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn release_leads_before(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let mut delete = self.connection.prepare_cached("DELETE FROM leads WHERE last_at < ?1")?;
        Ok(delete.execute([micros(before)])?)
    }
}

impl Reader<'_> {
    /// Leads whose item is still stolen by the same theft: open ones first, then the newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn leads(&self, limit: usize) -> Result<Vec<Lead>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT leads.* FROM leads JOIN items ON items.id = leads.item_id
             WHERE items.status = 'stolen' AND items.theft_report_id = leads.theft_report_id
             ORDER BY followed_by IS NOT NULL, last_at DESC, leads.id LIMIT ?1",
        )?;
        let rows = query.query_map([count(limit)], lead_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A lead.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn lead(&self, id: LeadId) -> Result<Option<Lead>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM leads WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], lead_row).optional()?)
    }
}

fn lead_row(row: &Row<'_>) -> rusqlite::Result<Lead> {
    let followed = match (maybe_uuid(row, "followed_by")?, maybe_instant(row, "followed_at")?) {
        (Some(by), Some(at)) => Some(Followed {
            by: AccountId(by),
            at,
            note: row.get("note")?,
        }),
        _ => None,
    };
    Ok(Lead {
        id: LeadId(uuid(row, "id")?),
        partner: PartnerId(uuid(row, "partner_id")?),
        asked: from_json(row, "asked")?,
        suspected: Suspected {
            item: ItemId(uuid(row, "item_id")?),
            theft_report: TheftReportId(uuid(row, "theft_report_id")?),
            probability: row.get("probability")?,
            evidence: from_json(row, "evidence")?,
        },
        first_at: instant(row, "first_at")?,
        last_at: instant(row, "last_at")?,
        times: row.get::<_, i64>("times")?.unsigned_abs(),
        followed,
    })
}
