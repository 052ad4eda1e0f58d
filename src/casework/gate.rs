//! The letter gate: whether a seller's identity may be asked for, approved, given and opened.
//!
//! Owns the conditions. A [`DisclosureGrant`] can only be made here, for one request and one step, and the seal that guards
//! identities opens to nothing else. The gate is asked again at every step, and a refusal names every condition that fails.
//! Leaves storing, logging and roles of other acts to `disclosures`.

use std::marker::PhantomData;

use chrono::TimeDelta;

use crate::domain::account::Role;
use crate::domain::audit::Purpose;
use crate::domain::disclosure::{DisclosureRequest, DisclosureState};
use crate::domain::ids::{AccountId, DisclosureRequestId, ReportId};
use crate::domain::item::{ItemStatus, Verification};
use crate::domain::partner::{Letter, LetterStanding, SellerField};
use crate::domain::report::{Decision, Report, ReportState, Review};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// The step of entering a request.
#[derive(Debug)]
pub enum ToRequest {}
/// The step of a supervisor's approval.
#[derive(Debug)]
pub enum ToApprove {}
/// The step of the partner's answer.
#[derive(Debug)]
pub enum ToAnswer {}
/// The step of opening the answer.
#[derive(Debug)]
pub enum ToOpen {}

/// Leave to take one step with one request. Only the gate makes it.
#[derive(Debug)]
pub struct DisclosureGrant<S> {
    request: DisclosureRequestId,
    report: ReportId,
    letter: Letter,
    fields: Vec<SellerField>,
    step: PhantomData<S>,
}

impl<S> DisclosureGrant<S> {
    /// For which request.
    #[must_use]
    pub fn request(&self) -> DisclosureRequestId {
        self.request
    }

    /// On which report.
    #[must_use]
    pub fn report(&self) -> ReportId {
        self.report
    }

    /// Under which letter.
    #[must_use]
    pub fn letter(&self) -> &Letter {
        &self.letter
    }

    /// For which data.
    #[must_use]
    pub fn fields(&self) -> &[SellerField] {
        &self.fields
    }
}

/// One condition that fails, as a sentence for the person who asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GateRefusal {
    /// The partner has never had a letter.
    #[error("there is no letter of intent with this partner")]
    NoLetter,
    /// The letter is not in force.
    #[error("the letter of intent {}", match .0 {
        LetterStanding::NotYetValid => "is not valid yet",
        LetterStanding::Revoked => "was revoked",
        LetterStanding::Expired | LetterStanding::Active => "has expired",
    })]
    LetterNotInForce(LetterStanding),
    /// The theft is only stated.
    #[error("the theft report is not verified")]
    TheftNotVerified,
    /// The report is not confirmed, or not any more.
    #[error("the suspicion report is not confirmed")]
    ReportNotConfirmed,
    /// The suspicion is not strong enough for this letter.
    #[error("the probability of {:.1} % is below the letter's threshold of {:.1} %", .probability * 100.0, .threshold * 100.0)]
    BelowThreshold {
        /// The report's.
        probability: f64,
        /// The letter's.
        threshold: f64,
    },
    /// There is nothing to pursue any more.
    #[error("the item is not reported stolen any more")]
    ItemNotStolen,
    /// No data is named.
    #[error("no seller data is asked for")]
    NothingAsked,
    /// The letter does not let this be asked.
    #[error("the letter does not let the seller's {} be asked", .0.word().replace('_', " "))]
    NotAskable(SellerField),
    /// Nobody said why.
    #[error("no case number and reason are stated")]
    NoPurpose,
    /// The requester is no officer or supervisor, or may not sign in any more.
    #[error("only an officer or a supervisor may ask for a seller's identity")]
    RequesterMayNot,
    /// The requester is not in charge of the report.
    #[error("only the officer who decided the report may ask for the seller's identity")]
    NotInCharge,
    /// The approver is no supervisor, or may not sign in any more.
    #[error("only a supervisor may approve a disclosure")]
    ApproverMayNot,
    /// Four eyes are two people.
    #[error("nobody may approve their own request")]
    OwnRequest,
    /// Approvals are missing.
    #[error("{have} of {need} approvals by supervisors are given")]
    ApprovalsMissing {
        /// How many there are.
        have: u8,
        /// How many the letter asks for.
        need: u8,
    },
    /// The police took the request back.
    #[error("the request was taken back, because nothing is pursued on the report any more")]
    Recalled,
    /// The partner has not given an answer.
    #[error("the partner has not given the identity")]
    NotAnswered,
    /// The letter's retention is over.
    #[error("the letter's retention of {days} days since the answer is over")]
    RetentionOver {
        /// The letter's retention.
        days: u32,
    },
    /// The opener neither asked for it nor is a supervisor.
    #[error("only the officer who asked, or a supervisor, may open the identity")]
    OpenerMayNot,
}

/// Leave, or everything that stands against it.
pub type Verdict<S> = Result<DisclosureGrant<S>, Vec<GateRefusal>>;

/// May `requester` ask for `fields` on this report? The letter is the partner's letter in force.
///
/// # Errors
/// A failure of the store; the gate's refusal is the inner result.
pub fn to_request(
    reader: &Reader<'_>,
    now: Timestamp,
    request: DisclosureRequestId,
    report: &Report,
    (requester, fields, purpose): (AccountId, &[SellerField], Option<&Purpose>),
) -> Result<Verdict<ToRequest>, StoreError> {
    let partner = reader.listing(report.listing)?.map(|listing| listing.partner);
    let letter = match partner {
        Some(partner) => match reader.active_letter(partner, now)? {
            Some(letter) => Some(letter),
            // To name what else stands against it, its terms are those of the last letter.
            None => reader.letters_of(partner)?.into_iter().next(),
        },
        None => None,
    };
    let mut facts = Facts::of(reader, now, report, letter, requester, fields)?;
    facts.purpose_stated = purpose.is_some();
    Ok(facts.judge(request, report.id))
}

/// May `approver` approve this request?
///
/// # Errors
/// As [`to_request`].
pub fn to_approve(
    reader: &Reader<'_>,
    now: Timestamp,
    request: &DisclosureRequest,
    approver: AccountId,
) -> Result<Verdict<ToApprove>, StoreError> {
    let (report, mut facts) = Facts::of_request(reader, now, request)?;
    facts.approver_may = has_role(reader, approver, &[Role::Supervisor])?;
    facts.own_request = approver == request.requested_by;
    Ok(facts.judge(request.id, report.id))
}

/// May the partner answer this request?
///
/// # Errors
/// As [`to_request`].
pub fn to_answer(reader: &Reader<'_>, now: Timestamp, request: &DisclosureRequest) -> Result<Verdict<ToAnswer>, StoreError> {
    let (report, mut facts) = Facts::of_request(reader, now, request)?;
    facts.approvals = Some(approvals(reader, request)?);
    Ok(facts.judge(request.id, report.id))
}

/// May `opener` open the answer to this request?
///
/// # Errors
/// As [`to_request`].
pub fn to_open(
    reader: &Reader<'_>,
    now: Timestamp,
    request: &DisclosureRequest,
    opener: AccountId,
    purpose: Option<&Purpose>,
) -> Result<Verdict<ToOpen>, StoreError> {
    let (report, mut facts) = Facts::of_request(reader, now, request)?;
    facts.approvals = Some(approvals(reader, request)?);
    facts.purpose_stated = purpose.is_some();
    let asked = opener == request.requested_by && has_role(reader, opener, &super::POLICE)?;
    facts.opener_may = asked || has_role(reader, opener, &[Role::Supervisor])?;
    facts.answered = match request.state {
        DisclosureState::Answered { at } => Some(Some(now - at)),
        _ => Some(None),
    };
    Ok(facts.judge(request.id, report.id))
}

/// All that the gate looks at. The case itself is asked at every step; what only some steps ask stands at what lets it pass.
#[derive(Debug, Clone)]
struct Facts {
    letter: Option<(Letter, LetterStanding)>,
    theft_verified: bool,
    confirmed: bool,
    probability: f64,
    item_stolen: bool,
    fields: Vec<SellerField>,
    purpose_stated: bool,
    requester_may: bool,
    in_charge: bool,
    approver_may: bool,
    own_request: bool,
    recalled: bool,
    /// Approvals so far, at the steps that need all of them.
    approvals: Option<u8>,
    /// At the step of opening: for how long there has been an answer, if there is one.
    answered: Option<Option<TimeDelta>>,
    opener_may: bool,
}

impl Facts {
    fn of(
        reader: &Reader<'_>,
        now: Timestamp,
        report: &Report,
        letter: Option<Letter>,
        requester: AccountId,
        fields: &[SellerField],
    ) -> Result<Self, StoreError> {
        let theft = reader.theft_report(report.theft_report)?;
        let verified = |theft: crate::domain::item::TheftReport| matches!(theft.verification, Verification::Verified { .. });
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        fields.dedup();
        Ok(Self {
            letter: letter.map(|letter| {
                let standing = letter.standing(now);
                (letter, standing)
            }),
            theft_verified: theft.is_some_and(verified),
            confirmed: matches!(
                report.state,
                ReportState::Decided(Review {
                    decision: Decision::Confirmed,
                    ..
                })
            ),
            probability: report.assessment.probability,
            item_stolen: is_stolen(reader, report)?,
            fields,
            purpose_stated: true,
            requester_may: has_role(reader, requester, &super::POLICE)?,
            in_charge: report.state.officer() == Some(requester),
            approver_may: true,
            own_request: false,
            recalled: false,
            approvals: None,
            answered: None,
            opener_may: true,
        })
    }

    /// The facts of a request that was entered: judged by the letter that it was made under, and no other.
    fn of_request(reader: &Reader<'_>, now: Timestamp, request: &DisclosureRequest) -> Result<(Report, Self), StoreError> {
        let report = reader.report(request.report)?;
        let report = report.ok_or(StoreError::Missing { what: "report" })?;
        let letter = reader.letter(request.letter)?;
        let mut facts = Self::of(reader, now, &report, letter, request.requested_by, &request.fields)?;
        facts.recalled = request.is_recalled();
        Ok((report, facts))
    }

    fn judge<S>(self, request: DisclosureRequestId, report: ReportId) -> Verdict<S> {
        let refusals = self.refusals();
        match self.letter {
            Some((letter, LetterStanding::Active)) if refusals.is_empty() => Ok(DisclosureGrant {
                request,
                report,
                letter,
                fields: self.fields,
                step: PhantomData,
            }),
            _ => Err(refusals),
        }
    }

    /// Every condition that fails, in the order in which a person would check them.
    fn refusals(&self) -> Vec<GateRefusal> {
        let mut refusals = self.against_the_letter();
        let mut unless = |holds: bool, refusal: GateRefusal| {
            if !holds {
                refusals.push(refusal);
            }
        };
        unless(self.theft_verified, GateRefusal::TheftNotVerified);
        unless(self.item_stolen, GateRefusal::ItemNotStolen);
        unless(self.confirmed, GateRefusal::ReportNotConfirmed);
        unless(!self.fields.is_empty(), GateRefusal::NothingAsked);
        unless(self.purpose_stated, GateRefusal::NoPurpose);
        unless(self.requester_may, GateRefusal::RequesterMayNot);
        unless(self.in_charge, GateRefusal::NotInCharge);
        unless(self.approver_may, GateRefusal::ApproverMayNot);
        unless(!self.own_request, GateRefusal::OwnRequest);
        unless(!self.recalled, GateRefusal::Recalled);
        unless(self.answered != Some(None), GateRefusal::NotAnswered);
        unless(self.opener_may, GateRefusal::OpenerMayNot);
        refusals
    }

    /// The conditions that the letter's terms set. Without any letter there are no terms to fail.
    fn against_the_letter(&self) -> Vec<GateRefusal> {
        let Some((letter, standing)) = &self.letter else {
            return vec![GateRefusal::NoLetter];
        };
        let terms = &letter.terms;
        let mut refusals = Vec::new();
        if *standing != LetterStanding::Active {
            refusals.push(GateRefusal::LetterNotInForce(*standing));
        }
        // What is no number must not pass.
        if self.probability.is_nan() || self.probability < terms.threshold {
            refusals.push(GateRefusal::BelowThreshold {
                probability: self.probability,
                threshold: terms.threshold,
            });
        }
        let outside = self.fields.iter().filter(|field| !terms.askable.contains(field));
        refusals.extend(outside.map(|field| GateRefusal::NotAskable(*field)));
        // Four eyes hold even if a letter were entered that asks for none.
        let need = terms.approvals.max(1);
        if let Some(have) = self.approvals.filter(|have| *have < need) {
            refusals.push(GateRefusal::ApprovalsMissing { have, need });
        }
        if let Some(Some(age)) = self.answered
            && age >= TimeDelta::days(i64::from(terms.retention_days))
        {
            refusals.push(GateRefusal::RetentionOver {
                days: terms.retention_days,
            });
        }
        refusals
    }
}

fn has_role(reader: &Reader<'_>, account: AccountId, roles: &[Role]) -> Result<bool, StoreError> {
    let account = reader.account(account)?;
    Ok(account.is_some_and(|account| account.enabled && roles.contains(&account.role)))
}

fn is_stolen(reader: &Reader<'_>, report: &Report) -> Result<bool, StoreError> {
    let theft_report = report.theft_report;
    let item = reader.item(report.item)?;
    Ok(item.is_some_and(|item| item.status == ItemStatus::Stolen { theft_report }))
}

/// How many supervisors other than the requester have approved; none when one is against. A supervisor who has left since
/// was one when they approved.
pub(super) fn approvals(reader: &Reader<'_>, request: &DisclosureRequest) -> Result<u8, StoreError> {
    let mut have = 0_u8;
    for approval in &request.approvals {
        let supervisor = reader.account(approval.by)?.is_some_and(|by| by.role == Role::Supervisor);
        match approval.approved {
            false => return Ok(0),
            true if supervisor && approval.by != request.requested_by => have = have.saturating_add(1),
            true => {}
        }
    }
    Ok(have)
}

#[cfg(test)]
mod tests;
