//! What is told on the way of a request: receipt, reminder, escalation, and that it is taken back.

use chrono::TimeDelta;

use super::{GateRefusal, refusals};
use crate::casework::testing::World;
use crate::casework::{CaseworkError, ESCALATED_AFTER_HOURS};
use crate::domain::audit::Action;
use crate::domain::disclosure::{DisclosureRequest, NoticeKind};
use crate::domain::ids::DisclosureRequestId;
use crate::domain::report::{Decision, Outcome};
use crate::store::StoreError;

impl World {
    fn request_of(&self, id: DisclosureRequestId) -> DisclosureRequest {
        let request = self.store.read_blocking(move |reader| reader.disclosure_request(id));
        request.unwrap_or_else(|error: StoreError| panic!("{error}")).unwrap()
    }

    fn kinds(&self, id: DisclosureRequestId) -> Vec<NoticeKind> {
        self.request_of(id).notices.iter().map(|notice| notice.kind).collect()
    }

    async fn asked(&self) -> DisclosureRequestId {
        let id = self.request().await.unwrap().id;
        self.approve(id).await.unwrap();
        id
    }

    async fn partner_reads(&self) {
        self.casework.partner_requests(&self.as_partner()).await.unwrap();
    }

    /// The report is thought over again and turns out to be nothing.
    async fn dismiss(&self) {
        let officer = self.as_officer();
        self.casework
            .reopen_report(&officer, self.report, "another bicycle came up")
            .await
            .unwrap();
        let done = self
            .casework
            .review_report(&officer, self.report, Decision::Dismissed, "it bears another number");
        done.await.unwrap();
    }
}

fn count(world: &World, action: Action) -> usize {
    world.actions().iter().filter(|one| **one == action).count()
}

#[tokio::test]
async fn an_answer_that_stays_due_is_chased_once_at_each_step() {
    let world = World::new();
    let id = world.asked().await;
    assert_eq!(world.casework.chase_disclosures().unwrap(), 0, "there is time");
    // The letter gives 48 hours.
    let steps = [
        (TimeDelta::hours(47), 0, 0),
        (TimeDelta::hours(2), 1, 0),
        (TimeDelta::hours(ESCALATED_AFTER_HOURS), 1, 1),
        (TimeDelta::days(3), 1, 1),
    ];
    for (later, reminded, escalated) in steps {
        world.store.clock().advance(later);
        world.casework.chase_disclosures().unwrap();
        world.casework.chase_disclosures().unwrap();
        let told = (
            count(&world, Action::DisclosureReminded),
            count(&world, Action::DisclosureEscalated),
        );
        assert_eq!(told, (reminded, escalated), "{later}");
        let overdue = world.casework.overdue_disclosures(&world.as_supervisor()).await.unwrap();
        assert_eq!(overdue.len(), escalated);
    }
    world.answer(id).await.unwrap();
    assert!(
        world
            .casework
            .overdue_disclosures(&world.as_supervisor())
            .await
            .unwrap()
            .is_empty()
    );
    assert!(matches!(
        world.casework.overdue_disclosures(&world.as_officer()).await,
        Err(CaseworkError::NotAllowed(_))
    ));
}

#[tokio::test]
async fn that_the_partner_has_it_is_known_from_its_first_look() {
    let world = World::new();
    let waiting = world.request().await.unwrap().id;
    world.partner_reads().await;
    assert_eq!(world.kinds(waiting), [], "it is not with the partner yet");
    world.approve(waiting).await.unwrap();
    world.partner_reads().await;
    world.partner_reads().await;
    assert_eq!(world.kinds(waiting), [NoticeKind::Received]);
    assert_eq!(count(&world, Action::DisclosureReceived), 1);
}

#[tokio::test]
async fn a_report_that_is_dismissed_takes_back_what_was_asked_on_it() {
    for steps in 1..=3 {
        let world = World::new();
        let id = world.request().await.unwrap().id;
        if steps > 1 {
            world.approve(id).await.unwrap();
        }
        if steps > 2 {
            world.answer(id).await.unwrap();
        }
        world.dismiss().await;
        assert!(world.request_of(id).is_recalled(), "after {steps} steps");
        assert_eq!(count(&world, Action::DisclosureRecalled), 1);
        assert_eq!(
            count(&world, Action::IdentityErased),
            usize::from(steps == 3),
            "what was given is void"
        );
        match steps {
            1 => {
                assert!(refusals(world.approve(id).await).contains(&GateRefusal::Recalled));
                let waiting = world.casework.disclosures_to_approve(&world.as_supervisor()).await;
                assert!(waiting.unwrap().is_empty());
            }
            2 => assert!(matches!(world.answer(id).await, Err(CaseworkError::Conflict(_)))),
            _ => assert!(refusals(world.open(id).await).contains(&GateRefusal::Recalled)),
        }
        world.store.clock().advance(TimeDelta::days(20));
        assert_eq!(world.casework.chase_disclosures().unwrap(), 0, "nothing is due any more");
        world.partner_reads().await;
        let told = world.kinds(id).contains(&NoticeKind::RecallReceived);
        assert_eq!(told, steps > 1, "the partner never knew of a request that was not approved");
    }
}

#[tokio::test]
async fn what_was_taken_back_stays_so_and_a_new_request_can_be_made() {
    let world = World::new();
    let id = world.asked().await;
    world.answer(id).await.unwrap();
    world.dismiss().await;
    let officer = world.as_officer();
    world
        .casework
        .reopen_report(&officer, world.report, "it was misread")
        .await
        .unwrap();
    let confirmed = world
        .casework
        .review_report(&officer, world.report, Decision::Confirmed, "the number fits");
    confirmed.await.unwrap();
    assert_eq!(refusals(world.open(id).await), [GateRefusal::Recalled]);
    let again = world.asked().await;
    world.answer(again).await.unwrap();
    assert!(world.open(again).await.is_ok());
    world.dismiss().await;
    assert_eq!(
        count(&world, Action::DisclosureRecalled),
        2,
        "each request is taken back once"
    );
}

#[tokio::test]
async fn an_outcome_after_which_nothing_is_pursued_takes_back_too() {
    for (outcome, recalled) in [
        (Outcome::NotTheItem, true),
        (Outcome::LawfullyHeld, true),
        (Outcome::NotRecovered, false),
    ] {
        let world = World::new();
        let id = world.asked().await;
        let officer = world.as_officer();
        let closed = world.casework.close_report(&officer, world.report, outcome, None);
        closed.await.unwrap();
        assert_eq!(world.request_of(id).is_recalled(), recalled, "{outcome:?}");
    }
}
