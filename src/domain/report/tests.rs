//! What a closed report teaches, and what a lawful seller ends.

use chrono::DateTime;

use super::*;
use crate::domain::assessment::Rivals;

fn closed(reasons: &[ReviewReason], decision: Decision, outcome: Outcome) -> ReportState {
    let review = Review {
        decision,
        reasons: reasons.to_vec(),
        facts: None,
        reason: "as seen".to_owned(),
        by: AccountId(uuid::Uuid::nil()),
        at: DateTime::UNIX_EPOCH,
    };
    ReportState::Closed {
        review,
        outcome,
        closed_at: DateTime::UNIX_EPOCH,
    }
}

fn report(state: ReportState) -> Report {
    let assessment = Assessment {
        probability: 0.9,
        yardstick: String::new(),
        log10_lr: None,
        prior_log10_odds: 0.0,
        prior: None,
        evidence: Vec::new(),
        model: String::new(),
        yardstick_version: String::new(),
        rivals: Rivals::default(),
        calibrated: None,
    };
    Report {
        id: ReportId(uuid::Uuid::nil()),
        number: 1,
        item: ItemId(uuid::Uuid::nil()),
        listing: ListingId(uuid::Uuid::nil()),
        theft_report: TheftReportId(uuid::Uuid::nil()),
        state,
        assessment,
        raised_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

#[test]
fn a_closed_report_teaches_by_its_outcome_else_by_what_the_dismissal_rests_on() {
    use Decision::{Confirmed, Dismissed};
    use Outcome::{LawfullyHeld, NotRecovered, NotTheItem, Recovered, ReturnedToOwner};
    use ReviewReason::{AnotherNumber, BeforeTheTheft, Copied, LawfulSeller, LooksDifferent, OwnerDenies, SameNumber, TooLittle};
    let cases: [(&[ReviewReason], Decision, Outcome, Option<bool>); 16] = [
        (&[SameNumber], Confirmed, LawfullyHeld, Some(true)),
        (&[LawfulSeller], Dismissed, LawfullyHeld, Some(true)),
        (&[LawfulSeller], Dismissed, NotRecovered, None),
        (&[LawfulSeller], Dismissed, NotTheItem, Some(false)),
        (&[SameNumber], Confirmed, Recovered, Some(true)),
        (&[SameNumber], Confirmed, ReturnedToOwner, Some(true)),
        (&[SameNumber], Confirmed, NotTheItem, Some(false)),
        (&[SameNumber], Confirmed, NotRecovered, None),
        (&[], Dismissed, NotTheItem, Some(false)),
        (&[], Dismissed, NotRecovered, None),
        (&[TooLittle], Dismissed, NotRecovered, None),
        (&[Copied], Dismissed, NotRecovered, None),
        (&[LooksDifferent], Dismissed, NotRecovered, Some(false)),
        (&[BeforeTheTheft], Dismissed, NotRecovered, Some(false)),
        (&[OwnerDenies], Dismissed, NotRecovered, Some(false)),
        (&[TooLittle, AnotherNumber], Dismissed, NotRecovered, Some(false)),
    ];
    for (reasons, decision, outcome, taught) in cases {
        let told = report(closed(reasons, decision, outcome)).taught();
        assert_eq!(told, taught, "{reasons:?} {decision:?} {outcome:?}");
    }
}

#[test]
fn a_lawful_seller_ends_what_was_asked_and_is_not_counted_against_anybody() {
    use Decision::{Confirmed, Dismissed};
    use ReviewReason::{AnotherNumber, LawfulSeller, SameNumber};
    // Grounds, decision, outcome; whether it is not the item, is dropped, and speaks against the seller.
    let cases: [(&[ReviewReason], Decision, Outcome, [bool; 3]); 6] = [
        (&[LawfulSeller], Dismissed, Outcome::LawfullyHeld, [false, true, false]),
        (&[LawfulSeller], Dismissed, Outcome::NotRecovered, [false, true, false]),
        (&[AnotherNumber], Dismissed, Outcome::NotRecovered, [true, true, false]),
        (&[SameNumber], Confirmed, Outcome::LawfullyHeld, [false, true, false]),
        (&[SameNumber], Confirmed, Outcome::NotTheItem, [true, true, false]),
        (&[SameNumber], Confirmed, Outcome::Recovered, [false, false, true]),
    ];
    for (reasons, decision, outcome, expected) in cases {
        let report = report(closed(reasons, decision, outcome));
        let told = [
            report.state.is_not_the_item(),
            report.state.is_dropped(),
            report.speaks_against_seller(),
        ];
        assert_eq!(told, expected, "{reasons:?} {decision:?} {outcome:?}");
    }
}

#[test]
fn what_is_not_closed_teaches_nothing() {
    let ReportState::Closed { review, .. } = closed(&[ReviewReason::AnotherNumber], Decision::Dismissed, Outcome::NotTheItem)
    else {
        panic!("closed");
    };
    for state in [ReportState::Open, ReportState::Decided(review)] {
        assert_eq!(report(state).taught(), None);
    }
}
