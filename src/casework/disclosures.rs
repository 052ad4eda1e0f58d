//! Disclosure: a request under the letter, the supervisors' word on it, the partner's answer, and opening it.
//!
//! Every step asks the letter gate again, inside the transaction that takes the step; a refusal by the gate is logged with its
//! reasons and leaves everything as it was. Conditions are the gate's; this file owns the order of steps.

use chrono::TimeDelta;
use serde_json::json;

use super::answered_fields::{check_fields, check_values};
use super::gate::{self, GateRefusal};
use super::views::{self, PendingView};
use super::{Casework, CaseworkError, POLICE, notices, reason, refusal};
use crate::domain::account::{Account, Confirmation, Principal, Role};
use crate::domain::audit::{Act, Action, Actor, Purpose, PurposeError, SubjectKind};
use crate::domain::disclosure::{Approval, DisclosureRequest, DisclosureState, IdentityAnswer, SellerIdentity};
use crate::domain::ids::{DisclosureRequestId, ReportId};
use crate::domain::notification::{Event, EventKind};
use crate::domain::partner::SellerField;
use crate::store::Reader;

impl Casework {
    /// An officer asks for a seller's identity, for a purpose. It goes to the supervisors first.
    ///
    /// # Errors
    /// [`CaseworkError::Purpose`], [`CaseworkError::Gate`] with every condition that fails, a conflict when a request on
    /// this report is under way, or a failure of the store.
    pub async fn request_disclosure(
        &self,
        caller: &Principal,
        report: ReportId,
        fields: Vec<SellerField>,
        purpose: Result<Purpose, PurposeError>,
    ) -> Result<DisclosureRequest, CaseworkError> {
        let subject = SubjectKind::Report.with(report.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let purpose = self.purpose(caller, subject, purpose).await?;
        let actor = Actor::Account(by);
        self.settle(move |tx| {
            let report = tx.report(report)?.ok_or(CaseworkError::missing("report"))?;
            let id = DisclosureRequestId::generate(tx.now());
            let asked = (by, fields.as_slice(), Some(&purpose));
            let grant = match gate::to_request(tx, tx.now(), id, &report, asked)? {
                Ok(grant) => grant,
                Err(refusals) => {
                    let act = Act::new(actor, Action::DisclosureGateRefused, subject).for_purpose(purpose);
                    return Ok(gate_refused(act, "request", refusals));
                }
            };
            let requests = tx.disclosure_requests_of_report(report.id)?;
            if requests.iter().any(|request| request.is_under_way()) {
                return Err(CaseworkError::Conflict(
                    "a disclosure request on this report is under way".to_owned(),
                ));
            }
            let request = DisclosureRequest {
                id: grant.request(),
                report: grant.report(),
                letter: grant.letter().id,
                partner: grant.letter().partner,
                fields: grant.fields().to_vec(),
                purpose: purpose.clone(),
                requested_by: by,
                requested_at: tx.now(),
                approvals: Vec::new(),
                notices: Vec::new(),
                state: DisclosureState::Requested,
            };
            tx.insert_disclosure_request(&request)?;
            let act = Act::new(
                actor,
                Action::DisclosureRequested,
                SubjectKind::DisclosureRequest.with(request.id.0),
            )
            .for_purpose(purpose)
            .with_detail(json!({ "report": report.id, "letter": request.letter, "fields": request.fields }));
            Ok((Ok(request), vec![act]))
        })
        .await
    }

    /// A supervisor approves a request or, with a reason, refuses it; `confirmed` says how they showed that it is they. With
    /// the approvals that the letter asks for it goes to the partner.
    ///
    /// # Errors
    /// [`CaseworkError::Gate`] with every condition that fails, a conflict when the request does not wait for approval or this
    /// supervisor has spoken, or a failure of the store.
    pub async fn decide_disclosure(
        &self,
        caller: &Principal,
        id: DisclosureRequestId,
        (approved, why): (bool, Option<&str>),
        confirmed: Confirmation,
    ) -> Result<DisclosureRequest, CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.with(id.0);
        let by = self.person(caller, &[Role::Supervisor], subject).await?;
        let why = match why.map(str::trim).filter(|why| !why.is_empty()) {
            Some(why) => Some(reason("reason", why)?),
            None if approved => None,
            None => return Err(CaseworkError::invalid("reason", "say why the request is refused")),
        };
        let actor = Actor::Account(by);
        self.settle(move |tx| {
            let mut request = wanted(tx, id)?;
            if request.state != DisclosureState::Requested {
                return Err(conflict(&request, "wait for approval"));
            }
            if request.approvals.iter().any(|approval| approval.by == by) {
                return Err(CaseworkError::Conflict("you have given your word on this request".to_owned()));
            }
            let approval = Approval {
                by,
                at: tx.now(),
                approved,
                reason: why,
            };
            if !approved {
                request.approvals.push(approval.clone());
                request.state = DisclosureState::Refused;
                tx.insert_approval(id, &approval)?;
                tx.save_disclosure_state(&request)?;
                let mut detail = under(&request);
                detail["confirmed"] = json!(confirmed);
                let act = Act::new(actor, Action::DisclosureRefused, subject).with_detail(detail);
                return Ok((Ok(request), vec![act]));
            }
            let grant = match gate::to_approve(tx, tx.now(), &request, by)? {
                Ok(grant) => grant,
                Err(refusals) => {
                    let act = Act::new(actor, Action::DisclosureGateRefused, subject).with_detail(under(&request));
                    return Ok(gate_refused(act, "approve", refusals));
                }
            };
            request.approvals.push(approval.clone());
            tx.insert_approval(id, &approval)?;
            let terms = &grant.letter().terms;
            if gate::approvals(tx, &request)? >= terms.approvals.max(1) {
                request.state = DisclosureState::Asked {
                    since: tx.now(),
                    due: tx.now() + TimeDelta::hours(i64::from(terms.response_hours)),
                };
                tx.save_disclosure_state(&request)?;
                let due = request.state.due();
                tx.announce(&Event::of_request(EventKind::DisclosureRequested, &request, due))?;
            }
            let mut detail = under(&request);
            detail["asked"] = json!(request.state.word() == "asked");
            detail["confirmed"] = json!(confirmed);
            let act = Act::new(actor, Action::DisclosureApproved, subject).with_detail(detail);
            Ok((Ok(request), vec![act]))
        })
        .await
    }

    /// The partner gives the identity: each field that was asked for and no other, and says of each that it lacks that it does
    /// not know it. Sealed before it is kept.
    ///
    /// # Errors
    /// [`CaseworkError::Gate`], when a field was not asked for, is left out or says nothing, a conflict when no answer is
    /// awaited, when the request is another partner's, or a failure of the store.
    pub async fn answer_disclosure(
        &self,
        caller: &Principal,
        id: DisclosureRequestId,
        answer: IdentityAnswer,
    ) -> Result<DisclosureRequest, CaseworkError> {
        check_values(&answer)?;
        let subject = SubjectKind::DisclosureRequest.with(id.0);
        let caller = caller.clone();
        let key = std::sync::Arc::clone(&self.seal);
        self.settle(move |tx| {
            let mut request = match asked_of(tx, &caller, id)? {
                Ok(request) => request,
                Err(act) => return Ok((Err(CaseworkError::missing("disclosure request")), vec![act])),
            };
            let grant = match gate::to_answer(tx, tx.now(), &request)? {
                Ok(grant) => grant,
                Err(refusals) => {
                    let act = Act::new(Actor::from(&caller), Action::DisclosureGateRefused, subject).with_detail(under(&request));
                    return Ok(gate_refused(act, "answer", refusals));
                }
            };
            check_fields(&answer, grant.fields())?;
            let identity = answer.known();
            let sealed = key.seal(&grant, &identity)?;
            request.state = DisclosureState::Answered { at: tx.now() };
            tx.save_disclosure_state(&request)?;
            tx.seal_identity(id, &sealed)?;
            tx.announce(&Event::of_request(EventKind::DisclosureAnswered, &request, None))?;
            let given: Vec<&SellerField> = identity.0.keys().collect();
            let mut detail = under(&request);
            detail["fields"] = json!(given);
            let act = Act::new(Actor::from(&caller), Action::DisclosureAnswered, subject).with_detail(detail);
            Ok((Ok(request), vec![act]))
        })
        .await
    }

    /// The partner declines, with its reason.
    ///
    /// # Errors
    /// When the reason says too little, a conflict when no answer is awaited, when the request is another partner's, or a
    /// failure of the store.
    pub async fn decline_disclosure(
        &self,
        caller: &Principal,
        id: DisclosureRequestId,
        why: &str,
    ) -> Result<DisclosureRequest, CaseworkError> {
        let reason = reason("declined", why)?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let mut request = match asked_of(tx, &caller, id)? {
                Ok(request) => request,
                Err(act) => return Ok((Err(CaseworkError::missing("disclosure request")), vec![act])),
            };
            request.state = DisclosureState::Declined { at: tx.now(), reason };
            tx.save_disclosure_state(&request)?;
            tx.announce(&Event::of_request(EventKind::DisclosureDeclined, &request, None))?;
            let subject = SubjectKind::DisclosureRequest.with(id.0);
            let act = Act::new(Actor::from(&caller), Action::DisclosureDeclined, subject).with_detail(under(&request));
            Ok((Ok(request), vec![act]))
        })
        .await
    }

    /// Opens the identity, for a purpose that names the case of the request: by the officer who asked, or a supervisor;
    /// `confirmed` says how they showed that it is they. Fields of the request that the identity lacks are those that the partner does not know. The entry in the log is part of the same
    /// transaction: without it there is no identity.
    ///
    /// # Errors
    /// [`CaseworkError::Purpose`], [`CaseworkError::Gate`] with every condition that fails,
    /// [`CaseworkError::OtherCase`], [`CaseworkError::Seal`], or a failure of the store.
    pub async fn open_identity(
        &self,
        caller: &Principal,
        id: DisclosureRequestId,
        purpose: Result<Purpose, PurposeError>,
        confirmed: Confirmation,
    ) -> Result<(DisclosureRequest, SellerIdentity), CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let purpose = self.purpose(caller, subject, purpose).await?;
        let key = std::sync::Arc::clone(&self.seal);
        self.settle(move |tx| {
            let request = wanted(tx, id)?;
            let act = |action| Act::new(Actor::Account(by), action, subject).for_purpose(purpose.clone());
            let grant = match gate::to_open(tx, tx.now(), &request, by, Some(&purpose))? {
                Ok(grant) => grant,
                Err(refusals) => return Ok(gate_refused(act(Action::DisclosureGateRefused), "open", refusals)),
            };
            // Who may open it may not open it for whatever: it was approved for one case.
            let expected = &request.purpose.case;
            if !purpose.is_for_case(expected) {
                let detail = json!({ "step": "open", "reasons": ["another case is stated"], "expected_case": expected });
                let act = act(Action::DisclosureGateRefused).with_detail(detail);
                let expected = expected.clone();
                return Ok((Err(CaseworkError::OtherCase { expected }), vec![act]));
            }
            let sealed = tx.sealed_identity(id)?.ok_or(CaseworkError::missing("identity"))?;
            let identity = key.open(&grant, &sealed)?;
            let mut detail = json!({ "report": request.report, "fields": request.fields, "confirmed": confirmed });
            let named = |opener: Account| identity.0.values().any(|value| opener.surname_is_in(value));
            if tx.account(by)?.is_some_and(named) {
                detail["own_surname"] = json!(true);
            }
            tx.look_at_request(id, by)?;
            let opened = act(Action::IdentityOpened).with_detail(detail);
            Ok((Ok((request, identity)), vec![opened]))
        })
        .await
    }

    /// How far a request is: for the officer who asked, and supervisors. Logged.
    ///
    /// # Errors
    /// When the caller may not, there is no such request, or the store fails.
    pub async fn disclosure(&self, caller: &Principal, id: DisclosureRequestId) -> Result<DisclosureRequest, CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let request = wanted(tx, id)?;
            if request.requested_by != by && caller.role() != Some(Role::Supervisor) {
                let why = "only the officer who asked, or a supervisor, may read this request";
                return Ok((Err(CaseworkError::NotAllowed(why)), vec![refusal(&caller, subject, why)]));
            }
            tx.look_at_request(id, by)?;
            let act = Act::new(Actor::Account(by), Action::DisclosureConsulted, subject);
            Ok((Ok(request), vec![act]))
        })
        .await
    }

    /// The requests that wait for supervisors, oldest first. Logged.
    ///
    /// # Errors
    /// When the caller is no supervisor, or the store fails.
    pub async fn disclosures_to_approve(&self, caller: &Principal) -> Result<Vec<PendingView>, CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.all();
        let by = self.person(caller, &[Role::Supervisor], subject).await?;
        let pending = self.store.act_with(move |tx| {
            let mut pending = Vec::new();
            for request in notices::waiting(tx.disclosure_requests_in(DisclosureState::Requested.word())?) {
                pending.extend(views::pending(tx, request)?);
            }
            let act = Act::new(Actor::Account(by), Action::DisclosureConsulted, subject)
                .with_detail(json!({ "requests": pending.len() }));
            Ok((pending, vec![act]))
        });
        pending.await
    }
}

fn wanted(reader: &Reader<'_>, id: DisclosureRequestId) -> Result<DisclosureRequest, CaseworkError> {
    reader
        .disclosure_request(id)?
        .ok_or(CaseworkError::missing("disclosure request"))
}

/// The request, when an answer by this caller is awaited; the entry of the refusal when it is not theirs, or not put to any
/// partner: to a partner such a request does not exist.
fn asked_of(
    reader: &Reader<'_>,
    caller: &Principal,
    id: DisclosureRequestId,
) -> Result<Result<DisclosureRequest, Act>, CaseworkError> {
    let request = wanted(reader, id)?;
    let unseen = matches!(request.state, DisclosureState::Requested | DisclosureState::Refused);
    if unseen || caller.partner() != Some(request.partner) {
        let subject = SubjectKind::DisclosureRequest.with(id.0);
        return Ok(Err(refusal(caller, subject, "the request is not put to this partner")));
    }
    match request.state {
        DisclosureState::Asked { .. } if request.is_recalled() => Err(CaseworkError::Conflict(
            "the police have taken this request back: nothing is to be answered".to_owned(),
        )),
        DisclosureState::Asked { .. } => Ok(Ok(request)),
        _ => Err(conflict(&request, "wait for an answer")),
    }
}

fn conflict(request: &DisclosureRequest, what: &str) -> CaseworkError {
    CaseworkError::Conflict(format!(
        "a disclosure request that is {} does not {what}",
        request.state.word()
    ))
}

/// What the entries of those say who speak on a request that somebody else made: under which case. The reason is the
/// requester's and stands on the requester's own entries alone.
fn under(request: &DisclosureRequest) -> serde_json::Value {
    json!({ "report": request.report, "case": request.purpose.case })
}

/// The gate's refusal, and its entry with every reason.
fn gate_refused<T>(mut act: Act, step: &str, refusals: Vec<GateRefusal>) -> (Result<T, CaseworkError>, Vec<Act>) {
    let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    let mut detail = if act.detail.is_object() {
        act.detail.take()
    } else {
        json!({})
    };
    detail["step"] = json!(step);
    detail["reasons"] = json!(reasons);
    act.detail = detail;
    (Err(CaseworkError::Gate(refusals)), vec![act])
}
