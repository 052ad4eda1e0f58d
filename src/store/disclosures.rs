//! Disclosure requests, the supervisors' words on them, and the sealed answers.

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::rows::{count, damaged, from_json, instant, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::audit::Purpose;
use crate::domain::disclosure::{Approval, DisclosureRequest, DisclosureState};
use crate::domain::ids::{AccountId, DisclosureRequestId, LetterId, PartnerId, ReportId};
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Enters a request.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_disclosure_request(&mut self, request: &DisclosureRequest) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO disclosure_requests (id, report_id, letter_id, partner_id, fields, purpose_case, purpose_reason,
                                                  requested_by, requested_at, state, state_detail)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                request.id.0.as_bytes(),
                request.report.0.as_bytes(),
                request.letter.0.as_bytes(),
                request.partner.0.as_bytes(),
                to_json(&request.fields)?,
                request.purpose.case,
                request.purpose.reason,
                request.requested_by.0.as_bytes(),
                micros(request.requested_at),
                request.state.word(),
                to_json(&StateDetail::of(&request.state))?,
            ])?;
        Ok(())
    }

    /// Saves how far a request is.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_disclosure_state(&mut self, request: &DisclosureRequest) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE disclosure_requests SET state = ?2, state_detail = ?3 WHERE id = ?1")?
            .execute(params![
                request.id.0.as_bytes(),
                request.state.word(),
                to_json(&StateDetail::of(&request.state))?
            ])?;
        Ok(())
    }

    /// Enters a supervisor's word.
    ///
    /// # Errors
    /// A failure of the database, also when this supervisor has spoken before.
    pub fn insert_approval(&mut self, request: DisclosureRequestId, approval: &Approval) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO disclosure_approvals (request_id, approver_id, approved, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                request.0.as_bytes(),
                approval.by.0.as_bytes(),
                approval.approved,
                approval.reason,
                micros(approval.at)
            ])?;
        Ok(())
    }

    /// Keeps the partner's sealed answer.
    ///
    /// # Errors
    /// A failure of the database, also when the request is not answered.
    pub fn seal_identity(&mut self, request: DisclosureRequestId, sealed: &[u8]) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE disclosure_requests SET identity_sealed = ?2 WHERE id = ?1")?
            .execute(params![request.0.as_bytes(), sealed])?;
        Ok(())
    }

    /// Erases a sealed answer for good; whether there was one.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn erase_identity(&mut self, request: DisclosureRequestId) -> Result<bool, StoreError> {
        let erased = self
            .connection
            .prepare_cached(
                "UPDATE disclosure_requests SET identity_sealed = NULL WHERE id = ?1 AND identity_sealed IS NOT NULL",
            )?
            .execute([request.0.as_bytes()])?;
        Ok(erased > 0)
    }
}

impl Reader<'_> {
    /// A request with the supervisors' words.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn disclosure_request(&self, id: DisclosureRequestId) -> Result<Option<DisclosureRequest>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM disclosure_requests WHERE id = ?1")?;
        let request = query.query_row([id.0.as_bytes()], request_row).optional()?;
        request.map(|request| self.with_approvals(request)).transpose()
    }

    /// The requests on a report, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn disclosure_requests_of_report(&self, report: ReportId) -> Result<Vec<DisclosureRequest>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM disclosure_requests WHERE report_id = ?1 ORDER BY requested_at DESC, id DESC")?;
        let rows = query
            .query_map([report.0.as_bytes()], request_row)?
            .collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(|request| self.with_approvals(request)).collect()
    }

    /// The requests that were sent to a partner (never those that wait for approval or were refused), newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn disclosure_requests_of_partner(&self, partner: PartnerId) -> Result<Vec<DisclosureRequest>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM disclosure_requests WHERE partner_id = ?1 AND state IN ('asked', 'answered', 'declined')
             ORDER BY requested_at DESC, id DESC",
        )?;
        let rows = query
            .query_map([partner.0.as_bytes()], request_row)?
            .collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(|request| self.with_approvals(request)).collect()
    }

    /// The requests in a state (its word), oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn disclosure_requests_in(&self, state: &str) -> Result<Vec<DisclosureRequest>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM disclosure_requests WHERE state = ?1 ORDER BY requested_at, id")?;
        let rows = query.query_map([state], request_row)?.collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(|request| self.with_approvals(request)).collect()
    }

    /// The newest requests, of one requester or of all, newest first, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn newest_disclosure_requests(&self, by: Option<AccountId>, limit: usize) -> Result<Vec<DisclosureRequest>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM disclosure_requests WHERE ?1 IS NULL OR requested_by = ?1 ORDER BY requested_at DESC, id DESC LIMIT ?2",
        )?;
        let rows = query
            .query_map(params![by.map(|id| id.0.into_bytes()), count(limit)], request_row)?
            .collect::<Result<Vec<_>, _>>()?;
        rows.into_iter().map(|request| self.with_approvals(request)).collect()
    }

    /// A request's sealed answer.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn sealed_identity(&self, request: DisclosureRequestId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT identity_sealed FROM disclosure_requests WHERE id = ?1")?;
        Ok(query
            .query_row([request.0.as_bytes()], |row| row.get(0))
            .optional()?
            .flatten())
    }

    fn with_approvals(&self, mut request: DisclosureRequest) -> Result<DisclosureRequest, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM disclosure_approvals WHERE request_id = ?1 ORDER BY at")?;
        let rows = query.query_map([request.id.0.as_bytes()], |row| {
            Ok(Approval {
                by: AccountId(uuid(row, "approver_id")?),
                at: instant(row, "at")?,
                approved: row.get("approved")?,
                reason: row.get("reason")?,
            })
        })?;
        request.approvals = rows.collect::<Result<_, _>>()?;
        request.notices = self.disclosure_notices(request.id)?;
        Ok(request)
    }
}

/// What a state carries beside its word.
#[derive(Default, Serialize, Deserialize)]
struct StateDetail {
    at: Option<Timestamp>,
    due: Option<Timestamp>,
    reason: Option<String>,
}

impl StateDetail {
    fn of(state: &DisclosureState) -> Self {
        match state {
            DisclosureState::Requested | DisclosureState::Refused => Self::default(),
            DisclosureState::Asked { since, due } => Self {
                at: Some(*since),
                due: Some(*due),
                reason: None,
            },
            DisclosureState::Answered { at } => Self {
                at: Some(*at),
                ..Self::default()
            },
            DisclosureState::Declined { at, reason } => Self {
                at: Some(*at),
                due: None,
                reason: Some(reason.clone()),
            },
        }
    }

    fn state(self, word: &str) -> Option<DisclosureState> {
        match (word, self.at, self.due, self.reason) {
            ("requested", None, None, None) => Some(DisclosureState::Requested),
            ("refused", None, None, None) => Some(DisclosureState::Refused),
            ("asked", Some(since), Some(due), None) => Some(DisclosureState::Asked { since, due }),
            ("answered", Some(at), None, None) => Some(DisclosureState::Answered { at }),
            ("declined", Some(at), None, Some(reason)) => Some(DisclosureState::Declined { at, reason }),
            _ => None,
        }
    }
}

fn request_row(row: &Row<'_>) -> rusqlite::Result<DisclosureRequest> {
    let word: String = row.get("state")?;
    let detail: StateDetail = from_json(row, "state_detail")?;
    Ok(DisclosureRequest {
        id: DisclosureRequestId(uuid(row, "id")?),
        report: ReportId(uuid(row, "report_id")?),
        letter: LetterId(uuid(row, "letter_id")?),
        partner: PartnerId(uuid(row, "partner_id")?),
        fields: from_json(row, "fields")?,
        purpose: Purpose {
            case: row.get("purpose_case")?,
            reason: row.get("purpose_reason")?,
        },
        requested_by: AccountId(uuid(row, "requested_by")?),
        requested_at: instant(row, "requested_at")?,
        approvals: Vec::new(),
        notices: Vec::new(),
        state: detail.state(&word).ok_or_else(|| damaged("state"))?,
    })
}
