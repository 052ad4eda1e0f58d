//! What is told on the way of a disclosure request: that the partner has it, that its time is over, that it is taken back.
//!
//! Each is told once, stands on the pages of those whom it concerns, and has its entry in the log.

use chrono::TimeDelta;
use serde_json::json;

use super::views::{self, PartnerRequestView};
use super::{Casework, CaseworkError, RequestView};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::disclosure::{DisclosureRequest, DisclosureState, NoticeKind};
use crate::domain::ids::AccountId;
use crate::domain::notification::{Event, EventKind};
use crate::domain::report::Report;
use crate::store::{StoreError, Tx};

/// Hours after an answer was due until the supervisors are told of it.
pub const ESCALATED_AFTER_HOURS: i64 = 24;

impl Casework {
    /// The requests that were put to the caller's partner, newest first. Logged.
    ///
    /// # Errors
    /// When the caller speaks for no partner, or the store fails.
    pub async fn partner_requests(&self, caller: &Principal) -> Result<Vec<PartnerRequestView>, CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.all();
        let Some(partner) = caller.partner() else {
            return Err(self.refuse(caller, subject, "this is for partners").await);
        };
        let caller = caller.clone();
        let found = self.store.act_with(move |tx| {
            let (mut requests, mut acts) = (Vec::new(), Vec::new());
            for request in tx.disclosure_requests_of_partner(partner)? {
                acts.extend(received(tx, &caller, &request)?);
                requests.extend(views::partner_request(tx, request)?);
            }
            let detail = json!({ "partner": partner, "requests": requests.len() });
            acts.push(Act::new(Actor::from(&caller), Action::DisclosureConsulted, subject).with_detail(detail));
            Ok((requests, acts))
        });
        found.await
    }

    /// Reminds partners of answers that are due, and tells supervisors of those that stay due; how many notices that were. For
    /// jobs: blocks. Each is logged as the service's act.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn chase_disclosures(&self) -> Result<usize, StoreError> {
        self.store.keep(|tx| {
            let mut acts = Vec::new();
            for request in tx.disclosure_requests_in("asked")? {
                let DisclosureState::Asked { due, .. } = request.state else {
                    continue;
                };
                if request.is_recalled() {
                    continue;
                }
                let steps = [
                    (NoticeKind::Reminded, Action::DisclosureReminded, due),
                    (
                        NoticeKind::Escalated,
                        Action::DisclosureEscalated,
                        due + TimeDelta::hours(ESCALATED_AFTER_HOURS),
                    ),
                ];
                for (kind, action, from) in steps {
                    if tx.now() >= from && tx.insert_disclosure_notice(request.id, kind)? {
                        if kind == NoticeKind::Reminded {
                            tx.announce(&Event::of_request(EventKind::DisclosureReminder, &request, Some(due)))?;
                        }
                        acts.push(
                            entry(Actor::Service, action, &request)
                                .with_detail(json!({ "due": due, "case": request.purpose.case })),
                        );
                    }
                }
            }
            Ok((acts.len(), acts))
        })
    }

    /// The requests whose answer is overdue for so long that supervisors are told, longest first. Logged.
    ///
    /// # Errors
    /// When the caller is no supervisor, or the store fails.
    pub async fn overdue_disclosures(&self, caller: &Principal) -> Result<Vec<RequestView>, CaseworkError> {
        let subject = SubjectKind::DisclosureRequest.all();
        let by = self.person(caller, &[Role::Supervisor], subject).await?;
        let found = self.store.act_with(move |tx| {
            let mut overdue = Vec::new();
            for request in tx.disclosure_requests_in("asked")? {
                if request.notice(NoticeKind::Escalated).is_some() && !request.is_recalled() {
                    overdue.extend(super::desk::request_view(tx, request)?);
                }
            }
            let detail = json!({ "overdue": overdue.len() });
            let act = Act::new(Actor::Account(by), Action::DisclosureConsulted, subject).with_detail(detail);
            Ok((overdue, vec![act]))
        });
        found.await
    }
}

/// Enters that the partner has read a request, or that it was recalled, when this is the first time.
pub(super) fn received(tx: &mut Tx<'_>, caller: &Principal, request: &DisclosureRequest) -> Result<Vec<Act>, StoreError> {
    let mut acts = Vec::new();
    let mut told = |tx: &mut Tx<'_>, kind, action| {
        if tx.insert_disclosure_notice(request.id, kind)? {
            acts.push(entry(Actor::from(caller), action, request));
        }
        Ok::<_, StoreError>(())
    };
    told(tx, NoticeKind::Received, Action::DisclosureReceived)?;
    if request.is_recalled() {
        told(tx, NoticeKind::RecallReceived, Action::DisclosureRecallReceived)?;
    }
    Ok(acts)
}

/// Takes back what was asked on a report on which nothing is pursued any more: the partner is told, and an identity that it gave is
/// erased. Nothing to do on any other report.
pub(super) fn recall(tx: &mut Tx<'_>, by: AccountId, report: &Report) -> Result<Vec<Act>, StoreError> {
    let mut acts = Vec::new();
    if !report.state.is_dropped() {
        return Ok(acts);
    }
    for request in tx.disclosure_requests_of_report(report.id)? {
        let stands = request.state.is_under_way() || matches!(request.state, DisclosureState::Answered { .. });
        if !stands || !tx.insert_disclosure_notice(request.id, NoticeKind::Recalled)? {
            continue;
        }
        // What was never put to the partner it need not be told of.
        if request.state != DisclosureState::Requested {
            tx.announce(&Event::of_request(EventKind::DisclosureRecalled, &request, None))?;
        }
        let act = |action| entry(Actor::Account(by), action, &request);
        acts.push(act(Action::DisclosureRecalled).with_detail(json!({
            "report": report.id, "case": request.purpose.case, "was": request.state.word(),
        })));
        if tx.erase_identity(request.id)? {
            acts.push(act(Action::IdentityErased));
        }
    }
    Ok(acts)
}

fn entry(actor: Actor, action: Action, request: &DisclosureRequest) -> Act {
    Act::new(actor, action, SubjectKind::DisclosureRequest.with(request.id.0))
}

/// What supervisors are told of a request that waits for them: nothing when it was recalled.
pub(super) fn waiting(requests: Vec<DisclosureRequest>) -> impl Iterator<Item = DisclosureRequest> {
    requests.into_iter().filter(|request| !request.is_recalled())
}
