//! What time and the case bring about for a hold.

use chrono::TimeDelta;

use crate::casework::CaseworkError;
use crate::casework::testing::{Setting, World, assessment, purpose, registered};
use crate::domain::audit::Action;
use crate::domain::hold::{Hold, HoldExpiry, HoldPolicy, HoldState, HoldTrigger};
use crate::domain::ids::{HoldId, ReportId};
use crate::domain::item::ItemStatus;
use crate::domain::report::{Decision, Outcome, ReportState, Review};
use crate::store::{Raised, StoreError};

impl World {
    /// A hold that was asked on the report, for 5 days, to be answered within 24 hours.
    async fn held(&self, expiry: HoldExpiry) -> HoldId {
        let letter = self.letter;
        let policy = HoldPolicy {
            trigger: HoldTrigger::Asked,
            days: 5,
            notice_hours: 24,
            extension_days: 3,
            extensions_max: 2,
            expiry,
        };
        self.change(move |tx| tx.set_hold_policy(letter, &policy));
        let asked = self.casework.ask_hold(&self.as_officer(), self.report, purpose()).await;
        asked.unwrap().id
    }

    fn hold_now(&self, id: HoldId) -> Hold {
        let hold = self.store.read_blocking(move |reader| reader.hold(id));
        hold.unwrap_or_else(|error: StoreError| panic!("{error}")).unwrap()
    }

    /// Lets time pass, and the jobs do what is due; how often they did something of it.
    fn after(&self, passed: TimeDelta) -> [usize; 2] {
        self.store.clock().advance(passed);
        [self.casework.keep_holds().unwrap(), self.casework.keep_holds().unwrap()]
    }

    /// Another item's report on the same listing, confirmed.
    fn rival(&self) -> ReportId {
        let (owner, listing, theft, officer) = (self.owner, self.listing, self.theft, self.officer);
        let raised = self.store.keep(move |tx| {
            let mut item = registered(owner, tx.now());
            item.status = ItemStatus::Stolen { theft_report: theft };
            tx.insert_item(&item)?;
            let Raised::New(id) = tx.raise_report(item.id, listing, theft, &assessment(0.95))? else {
                panic!("it is raised already")
            };
            let mut report = tx.report(id)?.unwrap();
            report.state = ReportState::Decided(Review {
                decision: Decision::Confirmed,
                reasons: Vec::new(),
                facts: None,
                reason: "same dent".to_owned(),
                by: officer,
                at: tx.now(),
            });
            tx.save_report(&report)?;
            Ok::<_, StoreError>((id, Vec::new()))
        });
        raised.unwrap()
    }
}

#[tokio::test]
async fn a_hold_that_releases_is_over_when_it_runs_out() {
    let world = World::new();
    let id = world.held(HoldExpiry::Release).await;
    world.casework.answer_hold(&world.as_partner(), id, true, "").await.unwrap();
    assert_eq!(world.after(TimeDelta::days(5) - TimeDelta::minutes(1)), [0, 0]);
    assert_eq!(world.after(TimeDelta::minutes(2)), [1, 0]);
    let hold = world.hold_now(id);
    assert_eq!((hold.state, hold.ended_at.is_some()), (HoldState::Expired, true));
    assert_eq!(world.actions().last(), Some(&Action::HoldExpired));
    let late = world
        .casework
        .extend_hold(&world.as_officer(), id, "the court sits later")
        .await;
    assert!(matches!(late, Err(CaseworkError::Conflict(_))));
}

#[tokio::test]
async fn a_hold_that_keeps_waits_for_the_police_and_can_be_extended() {
    let world = World::new();
    let id = world.held(HoldExpiry::Keep).await;
    world.casework.answer_hold(&world.as_partner(), id, true, "").await.unwrap();
    assert_eq!(world.after(TimeDelta::days(6)), [1, 0]);
    let hold = world.hold_now(id);
    assert_eq!((hold.state, hold.told_at.is_some()), (HoldState::Held, true));
    let extended = world
        .casework
        .extend_hold(&world.as_officer(), id, "the court sits later")
        .await
        .unwrap();
    assert_eq!(extended.told_at, None, "it runs out anew");
    assert_eq!(world.after(TimeDelta::days(4)), [1, 0]);
}

#[tokio::test]
async fn a_partner_that_says_nothing_is_reminded_once() {
    let world = World::new();
    let id = world.held(HoldExpiry::Release).await;
    assert_eq!(world.after(TimeDelta::hours(23)), [0, 0]);
    assert_eq!(world.after(TimeDelta::hours(2)), [1, 0]);
    let hold = world.hold_now(id);
    assert_eq!((hold.state, hold.reminded_at.is_some()), (HoldState::Asked, true));
    assert_eq!(world.actions().last(), Some(&Action::HoldReminded));
    assert_eq!(world.after(TimeDelta::days(5)), [1, 0], "it runs out without an answer too");
    assert_eq!(world.hold_now(id).state, HoldState::Expired);
}

#[tokio::test]
async fn what_comes_to_nothing_is_held_no_longer() {
    for dismissed in [true, false] {
        let setting = Setting {
            confirmed: !dismissed,
            ..Setting::default()
        };
        let world = World::set(&setting);
        let id = world.held(HoldExpiry::Keep).await;
        let officer = world.as_officer();
        if dismissed {
            let done = world
                .casework
                .review_report(&officer, world.report, Decision::Dismissed, "another colour")
                .await;
            done.unwrap();
        } else {
            let done = world
                .casework
                .close_report(&officer, world.report, Outcome::NotTheItem, None)
                .await;
            done.unwrap();
        }
        let hold = world.hold_now(id);
        assert_eq!(
            (hold.state, hold.ended_at.is_some()),
            (HoldState::Lifted, true),
            "dismissed: {dismissed}"
        );
        assert_eq!(world.actions().last(), Some(&Action::HoldLifted));
    }
    let world = World::new();
    let id = world.held(HoldExpiry::Keep).await;
    let closed = world
        .casework
        .close_report(&world.as_officer(), world.report, Outcome::Recovered, None)
        .await;
    closed.unwrap();
    assert_eq!(world.hold_now(id).state, HoldState::Asked, "it is the item");
    let world = World::new();
    let id = world.held(HoldExpiry::Keep).await;
    let closed = world
        .casework
        .close_report(&world.as_officer(), world.report, Outcome::LawfullyHeld, None)
        .await;
    closed.unwrap();
    assert_eq!(world.hold_now(id).state, HoldState::Lifted, "its holder may sell it");
}

#[tokio::test]
async fn a_listing_stays_held_for_another_report_that_is_confirmed() {
    let world = World::new();
    let id = world.held(HoldExpiry::Keep).await;
    let rival = world.rival();
    let officer = world.as_officer();
    world
        .casework
        .close_report(&officer, world.report, Outcome::NotTheItem, None)
        .await
        .unwrap();
    assert_eq!(world.hold_now(id).state, HoldState::Asked);
    world
        .casework
        .close_report(&officer, rival, Outcome::NotTheItem, None)
        .await
        .unwrap();
    assert_eq!(world.hold_now(id).state, HoldState::Lifted);
}

#[tokio::test]
async fn without_a_letter_in_force_nothing_is_extended() {
    let world = World::new();
    let id = world.held(HoldExpiry::Release).await;
    world.revoke_letter();
    let refused = world
        .casework
        .extend_hold(&world.as_officer(), id, "the court sits later")
        .await;
    assert!(matches!(refused, Err(CaseworkError::Conflict(_))), "{refused:?}");
    assert_eq!(world.hold_now(id).extensions, 0);
    world
        .casework
        .lift_hold(&world.as_officer(), id, "no longer needed")
        .await
        .unwrap();
}
