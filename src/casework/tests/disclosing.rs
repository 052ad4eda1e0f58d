//! The way of a disclosure: each step, and each way in which it must not be taken.

mod answering;
mod for_one_case;
mod telling;

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::casework::CaseworkError;
use crate::casework::gate::GateRefusal;
use crate::casework::testing::{Setting, World, person, purpose, terms};
use crate::domain::account::Confirmation::Password;
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Action, PurposeError};
use crate::domain::disclosure::{DisclosureRequest, DisclosureState, IdentityAnswer, SellerIdentity};
use crate::domain::ids::{DisclosureRequestId, TokenId};
use crate::domain::partner::{LetterStanding, LetterTerms, SellerField};
use crate::domain::report::Outcome;
use crate::store::StoreError;

const FIELDS: [SellerField; 2] = [SellerField::Name, SellerField::Address];

fn identity() -> IdentityAnswer {
    IdentityAnswer(BTreeMap::from([
        (SellerField::Name, Some("Per Hansen".to_owned())),
        (SellerField::Address, Some("Strandvej 1".to_owned())),
    ]))
}

impl World {
    async fn request(&self) -> Result<DisclosureRequest, CaseworkError> {
        self.casework
            .request_disclosure(&self.as_officer(), self.report, FIELDS.to_vec(), purpose())
            .await
    }

    async fn approve(&self, id: DisclosureRequestId) -> Result<DisclosureRequest, CaseworkError> {
        self.casework
            .decide_disclosure(&self.as_supervisor(), id, (true, None), Password)
            .await
    }

    async fn answer(&self, id: DisclosureRequestId) -> Result<DisclosureRequest, CaseworkError> {
        self.casework.answer_disclosure(&self.as_partner(), id, identity()).await
    }

    async fn open(&self, id: DisclosureRequestId) -> Result<SellerIdentity, CaseworkError> {
        let opened = self.casework.open_identity(&self.as_officer(), id, purpose(), Password).await;
        opened.map(|(_, identity)| identity)
    }

    fn state_of(&self, id: DisclosureRequestId) -> DisclosureState {
        let request = self.store.read_blocking(move |reader| reader.disclosure_request(id));
        request.unwrap_or_else(|error: StoreError| panic!("{error}")).unwrap().state
    }
}

fn refusals<T: std::fmt::Debug>(result: Result<T, CaseworkError>) -> Vec<GateRefusal> {
    match result {
        Err(CaseworkError::Gate(refusals)) => refusals,
        other => panic!("expected a refusal by the gate, got {other:?}"),
    }
}

#[tokio::test]
async fn the_whole_way_leaves_an_entry_at_each_step() {
    let world = World::new();
    let request = world.request().await.unwrap();
    assert_eq!(request.state, DisclosureState::Requested);
    let asked = world.approve(request.id).await.unwrap();
    let DisclosureState::Asked { since, due } = asked.state else {
        panic!("{asked:?}")
    };
    assert_eq!(due - since, TimeDelta::hours(48));
    let seen = world.casework.partner_requests(&world.as_partner()).await.unwrap();
    assert_eq!((seen[0].id, seen[0].listing_reference.as_str()), (request.id, "A-1001"));
    assert_eq!(seen[0].case, "4100-77777-00001-26");
    world.answer(request.id).await.unwrap();
    assert_eq!(world.open(request.id).await.unwrap(), identity().known());
    let supervised = world
        .casework
        .open_identity(&world.as_supervisor(), request.id, purpose(), Password)
        .await
        .unwrap();
    assert_eq!(supervised.1, identity().known());
    assert_eq!(supervised.0.fields, FIELDS);
    let expected = [
        Action::DisclosureRequested,
        Action::DisclosureApproved,
        Action::DisclosureReceived,
        Action::DisclosureConsulted,
        Action::DisclosureAnswered,
        Action::IdentityOpened,
        Action::IdentityOpened,
    ];
    assert_eq!(world.actions(), expected);
    let log = world.log();
    assert_eq!(log[5].purpose, purpose().ok());
    let text = serde_json::to_string(&log).unwrap();
    assert!(!text.contains("Per Hansen") && !text.contains("Strandvej"));
    world.store.close();
    let stored = std::fs::read(&world.database).unwrap();
    assert!(
        !stored.windows(10).any(|part| part == b"Per Hansen"),
        "the identity lies open in the database"
    );
}

#[tokio::test]
async fn a_letter_revoked_midway_stops_every_later_step() {
    for steps_before in 0..4 {
        let world = World::new();
        let mut id = DisclosureRequestId(uuid::Uuid::nil());
        for step in 0..steps_before {
            match step {
                0 => id = world.request().await.unwrap().id,
                1 => drop(world.approve(id).await.unwrap()),
                _ => drop(world.answer(id).await.unwrap()),
            }
        }
        let before = (steps_before > 0).then(|| world.state_of(id));
        world.revoke_letter();
        let refused = match steps_before {
            0 => refusals(world.request().await),
            1 => refusals(world.approve(id).await),
            2 => refusals(world.answer(id).await),
            _ => refusals(world.open(id).await),
        };
        assert_eq!(
            refused,
            [GateRefusal::LetterNotInForce(LetterStanding::Revoked)],
            "step {steps_before}"
        );
        assert_eq!(before, (steps_before > 0).then(|| world.state_of(id)));
        let last = world.log().pop().unwrap();
        assert_eq!(last.action, Action::DisclosureGateRefused);
        assert_eq!(
            last.detail["reasons"],
            serde_json::json!(["the letter of intent was revoked"])
        );
    }
}

/// Takes the item out of the search, as its owner can.
async fn end_search(world: &World, way: &str) {
    let owner = world.as_owner();
    match way {
        "recovered" => drop(world.casework.mark_recovered(&owner, world.item).await.unwrap()),
        "withdrawn" => drop(world.casework.withdraw_item(&owner, world.item).await.unwrap()),
        _ => drop(world.casework.erase_own_data(&owner).await.unwrap()),
    }
}

#[tokio::test]
async fn an_item_that_is_not_stolen_any_more_stops_every_later_step() {
    for (way, steps_before) in ["recovered", "withdrawn", "erased"]
        .iter()
        .flat_map(|way| (0..4).map(move |n| (way, n)))
    {
        let world = World::new();
        let mut id = DisclosureRequestId(uuid::Uuid::nil());
        for step in 0..steps_before {
            match step {
                0 => id = world.request().await.unwrap().id,
                1 => drop(world.approve(id).await.unwrap()),
                _ => drop(world.answer(id).await.unwrap()),
            }
        }
        end_search(&world, way).await;
        let before = (steps_before > 0).then(|| world.state_of(id));
        let refused = match steps_before {
            0 => refusals(world.request().await),
            1 => refusals(world.approve(id).await),
            2 => refusals(world.answer(id).await),
            _ => refusals(world.open(id).await),
        };
        assert_eq!(refused, [GateRefusal::ItemNotStolen], "{way}, step {steps_before}");
        assert_eq!(before, (steps_before > 0).then(|| world.state_of(id)));
        assert_eq!(world.actions().last(), Some(&Action::DisclosureGateRefused));
    }
}

#[tokio::test]
async fn a_report_that_is_thought_over_again_shuts_what_was_open() {
    let world = World::new();
    let id = world.request().await.unwrap().id;
    world.approve(id).await.unwrap();
    world.answer(id).await.unwrap();
    let colleague = person(world.colleague, Role::Officer);
    world
        .casework
        .reopen_report(&colleague, world.report, "second look")
        .await
        .unwrap();
    assert_eq!(
        refusals(world.open(id).await),
        [GateRefusal::ReportNotConfirmed, GateRefusal::NotInCharge]
    );
}

#[tokio::test]
async fn four_eyes_are_two_people() {
    let terms = LetterTerms { approvals: 2, ..terms() };
    let world = World::set(&Setting {
        letter: Some(terms),
        ..Setting::default()
    });
    let supervisor = world.as_supervisor();
    // A supervisor takes the report over, asks, and may not approve that.
    world
        .casework
        .reopen_report(&supervisor, world.report, "taking over")
        .await
        .unwrap();
    world
        .casework
        .review_report(
            &supervisor,
            world.report,
            crate::domain::report::Decision::Confirmed,
            "same bicycle",
        )
        .await
        .unwrap();
    let request = world
        .casework
        .request_disclosure(&supervisor, world.report, FIELDS.to_vec(), purpose())
        .await;
    let id = request.unwrap().id;
    assert_eq!(refusals(world.approve(id).await), [GateRefusal::OwnRequest]);
    let by_officer = world
        .casework
        .decide_disclosure(&world.as_officer(), id, (true, None), Password)
        .await;
    assert!(matches!(by_officer, Err(CaseworkError::NotAllowed(_))));
    // One of two approvals, twice by the same person, is still one.
    let second = person(world.second_supervisor, Role::Supervisor);
    let once = world
        .casework
        .decide_disclosure(&second, id, (true, None), Password)
        .await
        .unwrap();
    assert_eq!(once.state, DisclosureState::Requested);
    let twice = world.casework.decide_disclosure(&second, id, (true, None), Password).await;
    assert!(matches!(twice, Err(CaseworkError::Conflict(_))));
    let early = world.answer(id).await;
    assert!(
        matches!(early, Err(CaseworkError::Store(StoreError::Missing { .. }))),
        "{early:?}"
    );
    assert_eq!(world.casework.disclosures_to_approve(&second).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_supervisor_refuses_with_a_reason() {
    let world = World::new();
    let id = world.request().await.unwrap().id;
    let silent = world
        .casework
        .decide_disclosure(&world.as_supervisor(), id, (false, Some(" ")), Password)
        .await;
    assert!(matches!(silent, Err(CaseworkError::Invalid { field: "reason", .. })));
    let refused = world
        .casework
        .decide_disclosure(&world.as_supervisor(), id, (false, Some("too thin")), Password)
        .await;
    assert_eq!(refused.unwrap().state, DisclosureState::Refused);
    assert!(matches!(world.approve(id).await, Err(CaseworkError::Conflict(_))));
    assert!(world.answer(id).await.is_err());
    // After a refusal it may be asked anew.
    world.request().await.unwrap();
    assert!(
        matches!(world.request().await, Err(CaseworkError::Conflict(_))),
        "one at a time"
    );
}

#[tokio::test]
async fn a_partner_declines_with_its_reason() {
    let world = World::new();
    let id = world.request().await.unwrap().id;
    world.approve(id).await.unwrap();
    world
        .casework
        .decline_disclosure(&world.as_partner(), id, "account was deleted")
        .await
        .unwrap();
    assert_eq!(refusals(world.open(id).await), [GateRefusal::NotAnswered]);
    assert_eq!(
        world.casework.disclosure(&world.as_officer(), id).await.unwrap().state.word(),
        "declined"
    );
}

#[tokio::test]
async fn opening_needs_purpose_person_and_time() {
    let world = World::new();
    let id = world.request().await.unwrap().id;
    world.approve(id).await.unwrap();
    world.answer(id).await.unwrap();
    let aimless = world
        .casework
        .open_identity(&world.as_officer(), id, Err(PurposeError::Both), Password)
        .await;
    assert!(matches!(aimless, Err(CaseworkError::Purpose(PurposeError::Both))));
    assert_eq!(world.actions().last(), Some(&Action::AccessRefused));
    let colleague = person(world.colleague, Role::Officer);
    let curious = world.casework.open_identity(&colleague, id, purpose(), Password).await;
    assert_eq!(refusals(curious), [GateRefusal::OpenerMayNot]);
    let curious = world.casework.disclosure(&colleague, id).await;
    assert!(matches!(curious, Err(CaseworkError::NotAllowed(_))));
    for other in [world.as_owner(), world.as_partner(), person(world.auditor, Role::Auditor)] {
        let refused = world.casework.open_identity(&other, id, purpose(), Password).await;
        assert!(matches!(refused, Err(CaseworkError::NotAllowed(_))));
    }
    world.store.clock().advance(TimeDelta::days(30));
    assert_eq!(refusals(world.open(id).await), [GateRefusal::RetentionOver { days: 30 }]);
}

#[tokio::test]
async fn without_its_entry_nothing_is_answered() {
    let world = World::new();
    let id = world.request().await.unwrap().id;
    world.approve(id).await.unwrap();
    world.answer(id).await.unwrap();
    let outside = rusqlite::Connection::open(&world.database).unwrap();
    let full = "CREATE TRIGGER no_log BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'no log'); END";
    outside.execute_batch(full).unwrap();
    assert!(matches!(world.open(id).await, Err(CaseworkError::Store(_))));
    assert!(world.casework.open_report(&world.as_officer(), world.report).await.is_err());
    assert!(
        world
            .casework
            .open_contact(&world.as_officer(), world.theft, purpose(), Password)
            .await
            .is_err()
    );
    outside.execute_batch("DROP TRIGGER no_log").unwrap();
    assert!(world.open(id).await.is_ok());
}

#[tokio::test]
async fn a_closed_case_discloses_nothing_more() {
    let world = World::new();
    let id = world.request().await.unwrap().id;
    world.approve(id).await.unwrap();
    world.answer(id).await.unwrap();
    world
        .casework
        .close_report(&world.as_officer(), world.report, Outcome::NotTheItem, None)
        .await
        .unwrap();
    assert_eq!(
        refusals(world.open(id).await),
        [GateRefusal::ReportNotConfirmed, GateRefusal::Recalled]
    );
}
