//! Lists for the police desk: what was asked of partners, and theft reports that are decided. Each reading is logged.

use serde_json::json;

use super::views::{self, TheftReportView};
use super::{Casework, CaseworkError, POLICE, refusal};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::disclosure::DisclosureRequest;
use crate::domain::ids::DisclosureRequestId;
use crate::domain::partner::Letter;
use crate::store::{NewAnswer, Reader, StoreError};

/// Answers that are listed.
const ANSWERS_MAX: usize = 50;

/// A request as the police see it on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestView {
    /// The request itself.
    pub request: DisclosureRequest,
    /// What the requester is called.
    pub requester_name: String,
    /// The report's number.
    pub report_number: u64,
    /// With which partner the listing is.
    pub partner_name: String,
    /// What the supervisors are called who have spoken, in the order of the approvals.
    pub approver_names: Vec<String>,
    /// The letter that it is made under.
    pub letter: Letter,
}

impl Casework {
    /// The newest disclosure requests, newest first: to an officer their own, to a supervisor everybody's.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn disclosure_requests(&self, caller: &Principal, limit: usize) -> Result<Vec<RequestView>, CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.all();
        let by = self.person(caller, &POLICE, subject).await?;
        let own = (caller.role() != Some(Role::Supervisor)).then_some(by);
        let found = self.store.act_with(move |tx| {
            let mut requests = Vec::new();
            for request in tx.newest_disclosure_requests(own, limit)? {
                requests.extend(request_view(tx, request)?);
            }
            let act = Act::new(Actor::Account(by), Action::DisclosureConsulted, subject)
                .with_detail(json!({ "requests": requests.len() }));
            Ok((requests, vec![act]))
        });
        found.await
    }

    /// One disclosure request with its way so far: for the officer who asked, and supervisors.
    ///
    /// # Errors
    /// When the caller may not, there is no such request, or the store fails.
    pub async fn disclosure_request(&self, caller: &Principal, id: DisclosureRequestId) -> Result<RequestView, CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let request = tx.disclosure_request(id)?;
            let request = request.ok_or(CaseworkError::missing("disclosure request"))?;
            if request.requested_by != by && caller.role() != Some(Role::Supervisor) {
                let why = "only the officer who asked, or a supervisor, may read this request";
                return Ok((Err(CaseworkError::NotAllowed(why)), vec![refusal(&caller, subject, why)]));
            }
            let view = request_view(tx, request)?.ok_or(CaseworkError::missing("disclosure request"))?;
            tx.look_at_request(id, by)?;
            let act = Act::new(Actor::Account(by), Action::DisclosureConsulted, subject);
            Ok((Ok(view), vec![act]))
        })
        .await
    }

    /// The answers of partners and owners that the caller asked for and has not looked at, by the report's number.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn new_answers(&self, caller: &Principal) -> Result<Vec<NewAnswer>, CaseworkError> {
        let by = self.person(caller, &POLICE, SubjectKind::Report.all()).await?;
        Ok(self.store.read(move |reader| reader.new_answers(by, ANSWERS_MAX)).await?)
    }

    /// Theft reports that officers verified or rejected, the last decision first.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn theft_reports_decided(&self, caller: &Principal, limit: usize) -> Result<Vec<TheftReportView>, CaseworkError> {
        let subject = SubjectKind::TheftReport.all();
        let by = self.person(caller, &POLICE, subject).await?;
        let found = self.store.act_with(move |tx| {
            let mut reports = Vec::new();
            for report in tx.theft_reports_decided(limit)? {
                reports.extend(views::theft_report(tx, report.id)?);
            }
            let act =
                Act::new(Actor::Account(by), Action::QueueConsulted, subject).with_detail(json!({ "reports": reports.len() }));
            Ok((reports, vec![act]))
        });
        found.await
    }
}

/// Builds the police's view of a request; none when what it rests on is gone.
///
/// # Errors
/// A failure of the store.
pub(super) fn request_view(reader: &Reader<'_>, request: DisclosureRequest) -> Result<Option<RequestView>, StoreError> {
    let (Some(report), Some(letter)) = (reader.report(request.report)?, reader.letter(request.letter)?) else {
        return Ok(None);
    };
    let partner = reader.partner(request.partner)?;
    let mut words = Vec::new();
    for approval in &request.approvals {
        words.push(views::name_of(reader, Some(approval.by))?.unwrap_or_default());
    }
    Ok(Some(RequestView {
        requester_name: views::name_of(reader, Some(request.requested_by))?.unwrap_or_default(),
        report_number: report.number,
        partner_name: partner.map(|partner| partner.name).unwrap_or_default(),
        approver_names: words,
        letter,
        request,
    }))
}
