//! Holds: asked by an officer, answered by the partner, extended, lifted. What time and the case bring about is `hold_times`'s,
//! how things are held under a letter `hold_policies`'.
//!
//! The partner sees its listing, the case number and the deadlines; why is between the police and the log.

use serde_json::json;

use super::{Casework, CaseworkError, POLICE, reason, refusal};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, Purpose, PurposeError, SubjectKind};
use crate::domain::hold::{Hold, HoldPolicy, HoldState};
use crate::domain::ids::{AccountId, HoldId, LetterId, PartnerId, ReportId};
use crate::domain::notification::{Event, EventKind};
use crate::domain::partner::{Letter, LetterStanding};
use crate::domain::report::{Decision, Report, ReportState};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError, Tx};

/// Holds of a partner that are shown.
const SHOWN_MAX: usize = 200;

const NO_LETTER: &str = "no letter with this partner is in force that says how things are held";

/// A hold as its partner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerHold {
    /// The hold; its reason is empty.
    pub hold: Hold,
    /// The partner's own id of the listing.
    pub reference: String,
    /// How the listing is called.
    pub title: String,
}

/// What can be held on a report: the letter's policy, and what was held.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldGround {
    /// The policy under the letter in force; none when there is none.
    pub policy: Option<HoldPolicy>,
    /// The police's number of the theft's case.
    pub crime_reference: Option<String>,
    /// The holds so far, newest first.
    pub holds: Vec<Hold>,
    /// Whether the caller may ask for one on this report as it stands.
    pub askable: bool,
    /// Whether nobody has decided the report: a hold rests on the officer's reason alone then.
    pub undecided: bool,
    /// How probable it is that the listing is the item, from 0 to 1…
    pub probability: f64,
    /// …and the yardstick's words for it.
    pub yardstick: String,
    /// How the letter in force is cited; none when there is none.
    pub letter: Option<String>,
    /// What the partner is called.
    pub partner: String,
    /// The partner's own id of the listing…
    pub reference: String,
    /// …how it is called…
    pub title: String,
    /// …and when its sale ends.
    pub sale_ends: Option<Timestamp>,
}

/// Whether somebody may ask for a hold on a report in this state.
fn may_ask(state: &ReportState, by: AccountId) -> bool {
    match state {
        ReportState::InReview { by: officer, .. } => *officer == by,
        ReportState::Decided(review) => review.decision == Decision::Confirmed,
        ReportState::Open | ReportState::Closed { .. } => false,
    }
}

/// Whether nobody has decided a report in this state.
fn is_undecided(state: &ReportState) -> bool {
    matches!(state, ReportState::Open | ReportState::InReview { .. })
}

fn ground(reader: &Tx<'_>, report: Report, by: AccountId) -> Result<HoldGround, CaseworkError> {
    let theft = reader.theft_report(report.theft_report)?;
    let listing = reader.listing(report.listing)?.ok_or(CaseworkError::missing("listing"))?;
    let partner = reader.partner(listing.partner)?.ok_or(CaseworkError::missing("partner"))?;
    let letter = letter_with(reader, reader.now(), partner.id)?;
    let (letter, policy) = letter.map(|(letter, policy)| (letter.terms.reference, policy)).unzip();
    Ok(HoldGround {
        policy,
        letter,
        crime_reference: theft.and_then(|theft| theft.theft.crime_reference),
        holds: reader.holds_of_report(report.id)?,
        askable: may_ask(&report.state, by),
        undecided: is_undecided(&report.state),
        probability: report.assessment.probability,
        yardstick: report.assessment.yardstick,
        partner: partner.name,
        reference: listing.draft.reference,
        title: listing.draft.description.title,
        sale_ends: listing.draft.ends_at,
    })
}

impl Casework {
    /// What can be held on a report. Logged as a look at the report.
    ///
    /// # Errors
    /// When the caller may not, there is no such report, or the store fails.
    pub async fn hold_ground(&self, caller: &Principal, id: ReportId) -> Result<HoldGround, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let act = Act::new(Actor::Account(by), Action::ReportConsulted, subject).with_detail(json!({ "for": "hold" }));
        self.store
            .act(act, move |tx| {
                let report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
                ground(tx, report, by)
            })
            .await
    }

    /// An officer asks the partner to keep a thing, for a purpose: on a report that they have taken, or that is confirmed. The log
    /// says whether it was undecided.
    ///
    /// # Errors
    /// [`CaseworkError::Purpose`], a conflict when the report or the letter does not allow it or the listing is held, or a failure of
    /// the store.
    pub async fn ask_hold(
        &self,
        caller: &Principal,
        id: ReportId,
        purpose: Result<Purpose, PurposeError>,
    ) -> Result<Hold, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let purpose = self.purpose(caller, subject, purpose).await?;
        self.store
            .act_with(move |tx| {
                let report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
                if !may_ask(&report.state, by) {
                    let why = "a hold is asked on a report that you have taken, or that is confirmed";
                    return Err(CaseworkError::Conflict(why.to_owned()));
                }
                let Some((letter, policy)) = letter_of(tx, tx.now(), &report)? else {
                    return Err(CaseworkError::Conflict(NO_LETTER.to_owned()));
                };
                if tx.is_held(report.listing)? {
                    return Err(CaseworkError::Conflict("this listing is held already".to_owned()));
                }
                let hold = begun(tx, &report, (letter.id, policy), (Some(by), &purpose.case, &purpose.reason))?;
                let hold = hold.ok_or(CaseworkError::missing("listing"))?;
                let mut act = entry(Actor::Account(by), Action::HoldAsked, &hold).for_purpose(purpose);
                act.detail["undecided"] = json!(is_undecided(&report.state));
                Ok((hold, vec![act]))
            })
            .await
    }

    /// Extends a hold by what its policy allows, with a reason.
    ///
    /// # Errors
    /// When the reason says too little, a conflict when it is over, was extended as often as may be or no letter is in force any
    /// more, or a failure of the store.
    pub async fn extend_hold(&self, caller: &Principal, id: HoldId, why: &str) -> Result<Hold, CaseworkError> {
        self.change_hold(
            caller,
            id,
            why,
            (Action::HoldExtended, EventKind::HoldExtended),
            |tx, hold| {
                if !hold.can_extend() {
                    return Err(CaseworkError::Conflict("this hold cannot be extended any more".to_owned()));
                }
                if letter_with(tx, tx.now(), hold.partner)?.is_none() {
                    return Err(CaseworkError::Conflict(NO_LETTER.to_owned()));
                }
                hold.ends_at = hold.extended_to(tx.now());
                hold.extensions += 1;
                hold.told_at = None;
                Ok(())
            },
        )
        .await
    }

    /// Lifts a hold: the partner may do with the thing what it will. With a reason.
    ///
    /// # Errors
    /// When the reason says too little, a conflict when it is over, or a failure of the store.
    pub async fn lift_hold(&self, caller: &Principal, id: HoldId, why: &str) -> Result<Hold, CaseworkError> {
        self.change_hold(caller, id, why, (Action::HoldLifted, EventKind::HoldLifted), |tx, hold| {
            (hold.state, hold.ended_at) = (HoldState::Lifted, Some(tx.now()));
            Ok(())
        })
        .await
    }

    async fn change_hold(
        &self,
        caller: &Principal,
        id: HoldId,
        why: &str,
        (action, event): (Action, EventKind),
        change: impl FnOnce(&Tx<'_>, &mut Hold) -> Result<(), CaseworkError> + Send + 'static,
    ) -> Result<Hold, CaseworkError> {
        let by = self.person(caller, &POLICE, SubjectKind::Hold.with(id.0)).await?;
        let why = reason("reason", why)?;
        self.store
            .act_with(move |tx| {
                let mut hold = tx.hold(id)?.ok_or(CaseworkError::missing("hold"))?;
                if !hold.is_in_force() {
                    return Err(CaseworkError::Conflict(format!("this hold is {}", hold.state.word())));
                }
                change(tx, &mut hold)?;
                tx.save_hold(&hold)?;
                tx.append_report_event(hold.report, Some(by), action.word(), Some(&why))?;
                tx.announce(&Event::of_hold(event, &hold))?;
                let act = entry(Actor::Account(by), action, &hold);
                Ok((hold, vec![act]))
            })
            .await
    }

    /// The holds that the caller's partner was asked for, newest first. Logged.
    ///
    /// # Errors
    /// When the caller speaks for no partner, or the store fails.
    pub async fn partner_holds(&self, caller: &Principal) -> Result<Vec<PartnerHold>, CaseworkError> {
        let subject = SubjectKind::Hold.all();
        let Some(partner) = caller.partner() else {
            return Err(self.refuse(caller, subject, "this is for partners").await);
        };
        let actor = Actor::from(caller);
        self.store
            .act_with(move |tx| {
                let mut holds = Vec::new();
                for hold in tx.holds_of_partner(partner, SHOWN_MAX)? {
                    holds.extend(partner_hold(tx, hold)?);
                }
                let detail = json!({ "partner": partner, "holds": holds.len() });
                Ok((
                    holds,
                    vec![Act::new(actor, Action::HoldConsulted, subject).with_detail(detail)],
                ))
            })
            .await
    }

    /// The partner says whether it has the thing: it keeps it, or says why not.
    ///
    /// # Errors
    /// When it says why not too briefly, a conflict when no answer is awaited, when the hold is another partner's, or a failure of the
    /// store.
    pub async fn answer_hold(
        &self,
        caller: &Principal,
        id: HoldId,
        held: bool,
        note: &str,
    ) -> Result<PartnerHold, CaseworkError> {
        let subject = SubjectKind::Hold.with(id.0);
        let (caller, note) = (caller.clone(), note.trim().to_owned());
        self.settle(move |tx| {
            let found = tx.hold(id)?.filter(|hold| caller.partner() == Some(hold.partner));
            let Some(mut hold) = found else {
                let act = refusal(&caller, subject, "the hold is not asked of this partner");
                return Ok((Err(CaseworkError::missing("hold")), vec![act]));
            };
            let note = match note.as_str() {
                "" if held => None,
                note => Some(reason("note", note)?),
            };
            if hold.state != HoldState::Asked {
                let why = format!("a hold that is {} does not wait for an answer", hold.state.word());
                return Err(CaseworkError::Conflict(why));
            }
            hold.state = if held { HoldState::Held } else { HoldState::Refused };
            hold.answered_at = Some(tx.now());
            hold.ended_at = (!held).then(|| tx.now());
            hold.note = note;
            tx.save_hold(&hold)?;
            tx.append_report_event(hold.report, None, hold.state.word(), hold.note.as_deref())?;
            tx.announce(&Event::of_hold(EventKind::HoldAnswered, &hold))?;
            let act = entry(Actor::from(&caller), Action::HoldAnswered, &hold);
            let shown = partner_hold(tx, hold)?.ok_or(CaseworkError::missing("listing"))?;
            Ok((Ok(shown), vec![act]))
        })
        .await
    }
}

/// The letter in force with the partner of a report's listing that says how things are held, and how.
fn letter_of(reader: &Reader<'_>, now: Timestamp, report: &Report) -> Result<Option<(Letter, HoldPolicy)>, StoreError> {
    match reader.listing(report.listing)? {
        Some(listing) => letter_with(reader, now, listing.partner),
        None => Ok(None),
    }
}

/// The letter in force with a partner that says how things are held, and how.
fn letter_with(reader: &Reader<'_>, now: Timestamp, partner: PartnerId) -> Result<Option<(Letter, HoldPolicy)>, StoreError> {
    for letter in reader.letters_of(partner)? {
        if letter.standing(now) == LetterStanding::Active
            && let Some(policy) = reader.hold_policy(letter.id)?
        {
            return Ok(Some((letter, policy)));
        }
    }
    Ok(None)
}

/// Enters a hold and tells the partner.
pub(super) fn begun(
    tx: &mut Tx<'_>,
    report: &Report,
    (letter, policy): (LetterId, HoldPolicy),
    (by, case, why): (Option<AccountId>, &str, &str),
) -> Result<Option<Hold>, StoreError> {
    let Some(listing) = tx.listing(report.listing)? else {
        return Ok(None);
    };
    let now = tx.now();
    let hold = Hold {
        id: HoldId::generate(now),
        report: report.id,
        listing: report.listing,
        partner: listing.partner,
        letter,
        policy,
        case: case.to_owned(),
        reason: why.to_owned(),
        asked_by: by,
        asked_at: now,
        notice_due: policy.notice_due(now),
        ends_at: policy.ends_at(now),
        extensions: 0,
        state: HoldState::Asked,
        note: None,
        answered_at: None,
        ended_at: None,
        told_at: None,
        reminded_at: None,
    };
    tx.save_hold(&hold)?;
    tx.append_report_event(report.id, by, "hold asked", Some(why))?;
    tx.announce(&Event::of_hold(EventKind::HoldAsked, &hold))?;
    Ok(Some(hold))
}

fn partner_hold(reader: &Reader<'_>, mut hold: Hold) -> Result<Option<PartnerHold>, StoreError> {
    let Some(listing) = reader.listing(hold.listing)? else {
        return Ok(None);
    };
    hold.reason.clear();
    hold.asked_by = None;
    Ok(Some(PartnerHold {
        reference: listing.draft.reference,
        title: listing.draft.description.title,
        hold,
    }))
}

pub(super) fn entry(actor: Actor, action: Action, hold: &Hold) -> Act {
    Act::new(actor, action, SubjectKind::Hold.with(hold.id.0)).with_detail(json!({
        "report": hold.report, "partner": hold.partner, "case": hold.case, "state": hold.state, "ends_at": hold.ends_at,
    }))
}
