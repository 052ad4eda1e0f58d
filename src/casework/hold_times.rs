//! What becomes of holds without anybody touching them: begun by a letter's policy, reminded of, run out, and lifted when their case
//! comes to nothing. Asking, answering and extending are `holds`'s.

use super::Casework;
use super::holds::{begun, entry};
use crate::domain::audit::{Act, Action, Actor};
use crate::domain::hold::{Hold, HoldExpiry, HoldState};
use crate::domain::ids::AccountId;
use crate::domain::notification::{Event, EventKind};
use crate::domain::report::{Decision, Report, ReportState};
use crate::store::{StoreError, Tx};

/// Holds that are begun, reminded of or ended in one transaction.
const AT_ONCE: usize = 100;

impl Casework {
    /// Begins the holds that policies want, does what follows when holds run out, and reminds partners that have not said in time
    /// whether they keep a thing; how many those were. For jobs: blocks. Each is logged as the service's act.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn keep_holds(&self) -> Result<usize, StoreError> {
        self.store.keep(|tx| {
            let mut acts = begin(tx)?;
            for hold in tx.holds_run_out(tx.now(), AT_ONCE)? {
                acts.push(run_out(tx, hold)?);
            }
            for hold in tx.holds_unanswered(tx.now(), AT_ONCE)? {
                acts.push(remind(tx, hold)?);
            }
            Ok((acts.len(), acts))
        })
    }
}

/// Begins the holds that policies want.
fn begin(tx: &mut Tx<'_>) -> Result<Vec<Act>, StoreError> {
    let mut acts = Vec::new();
    for (report, letter) in tx.reports_to_hold(tx.now(), AT_ONCE)? {
        let (Some(report), Some(policy)) = (tx.report(report)?, tx.hold_policy(letter)?) else {
            continue;
        };
        // Two reports of this round may be on one listing.
        if tx.is_held(report.listing)? {
            continue;
        }
        let theft = tx.theft_report(report.theft_report)?;
        let case = theft.and_then(|theft| theft.theft.crime_reference).unwrap_or_default();
        let why = "begun by the letter's policy";
        if let Some(hold) = begun(tx, &report, (letter, policy), (None, &case, why))? {
            acts.push(entry(Actor::Service, Action::HoldAsked, &hold));
        }
    }
    Ok(acts)
}

/// What the policy says of a hold that has run out: the partner may sell the thing and is told so, or keeps it and the force is.
fn run_out(tx: &mut Tx<'_>, mut hold: Hold) -> Result<Act, StoreError> {
    let event = match hold.policy.expiry {
        HoldExpiry::Release => {
            (hold.state, hold.ended_at) = (HoldState::Expired, Some(tx.now()));
            EventKind::HoldExpired
        }
        HoldExpiry::Keep => {
            hold.told_at = Some(tx.now());
            EventKind::HoldRunOut
        }
    };
    tx.save_hold(&hold)?;
    tx.append_report_event(hold.report, None, "hold ran out", None)?;
    tx.announce(&Event::of_hold(event, &hold))?;
    Ok(entry(Actor::Service, Action::HoldExpired, &hold))
}

/// Reminds the partner that has not said in time whether it keeps a thing, and tells the force.
fn remind(tx: &mut Tx<'_>, mut hold: Hold) -> Result<Act, StoreError> {
    hold.reminded_at = Some(tx.now());
    tx.save_hold(&hold)?;
    tx.append_report_event(hold.report, None, "hold not answered in time", None)?;
    tx.announce(&Event::of_hold(EventKind::HoldReminder, &hold))?;
    tx.announce(&Event::of_hold(EventKind::HoldUnanswered, &hold))?;
    Ok(entry(Actor::Service, Action::HoldReminded, &hold))
}

/// Lifts what is held on a report on which nothing is pursued any more, and tells the partner. A listing that another report, which
/// is confirmed, is on stays held; it is let go when that one comes to nothing too. Nothing to do on any other report.
pub(super) fn lift_after(tx: &mut Tx<'_>, by: AccountId, report: &Report) -> Result<Vec<Act>, StoreError> {
    let mut acts = Vec::new();
    if !report.state.is_dropped() {
        return Ok(acts);
    }
    let on_listing = tx.reports_of_listing(report.listing)?;
    let is_confirmed =
        |report: &Report| matches!(&report.state, ReportState::Decided(review) if review.decision == Decision::Confirmed);
    if on_listing.iter().any(is_confirmed) {
        return Ok(acts);
    }
    for mut hold in tx.holds_in_force(report.listing)? {
        let its = on_listing.iter().find(|report| report.id == hold.report);
        if !its.is_some_and(|report| report.state.is_dropped()) {
            continue;
        }
        (hold.state, hold.ended_at) = (HoldState::Lifted, Some(tx.now()));
        tx.save_hold(&hold)?;
        let why = "nothing is pursued on the report any more";
        tx.append_report_event(hold.report, Some(by), Action::HoldLifted.word(), Some(why))?;
        tx.announce(&Event::of_hold(EventKind::HoldLifted, &hold))?;
        acts.push(entry(Actor::Account(by), Action::HoldLifted, &hold));
    }
    Ok(acts)
}
