//! Owners: questions, a copy of their data, erasure; and the auditor's desk.

use std::collections::BTreeSet;

use crate::casework::testing::{World, assessment, person, registered};
use crate::casework::{AfterAnswer, CaseworkError, NewTheft};
use crate::domain::account::Role;
use crate::domain::audit::Action;
use crate::domain::ids::QuestionId;
use crate::domain::item::ItemStatus;
use crate::domain::place::Place;
use crate::domain::question::OwnersAnswer;
use crate::store::{AuditFilter, StoreError};

impl World {
    /// Asks the owner about a fresh item.
    fn ask(&self) -> QuestionId {
        let (owner, listing) = (self.owner, self.listing);
        let item = registered(owner, self.store.clock().now());
        let asked = self.store.keep(move |tx| {
            tx.insert_item(&item)?;
            let id = tx.ask_question(item.id, listing, owner, &assessment(0.9))?;
            Ok::<_, StoreError>((id, Vec::new()))
        });
        asked.unwrap().unwrap()
    }
}

#[tokio::test]
async fn an_owner_answers_once_and_is_led_on() {
    let world = World::new();
    let owner = world.as_owner();
    let (first, second) = (world.ask(), world.ask());
    let questions = world.casework.questions(&owner).await.unwrap();
    assert_eq!(
        (questions.len(), questions[0].listing_title.as_str()),
        (2, "Herrecykel, 7 gear")
    );
    let stranger = person(world.stranger, Role::Owner);
    assert!(world.casework.questions(&stranger).await.unwrap().is_empty());
    let foreign = world.casework.answer_question(&stranger, first, OwnersAnswer::Mine).await;
    assert!(matches!(foreign, Err(CaseworkError::Store(StoreError::Missing { .. }))));
    let mine = world
        .casework
        .answer_question(&owner, first, OwnersAnswer::Mine)
        .await
        .unwrap();
    assert_eq!(mine, AfterAnswer::Nothing);
    let again = world.casework.answer_question(&owner, first, OwnersAnswer::NotMine).await;
    assert!(matches!(again, Err(CaseworkError::Conflict(_))));
    let item = questions.iter().find(|question| question.id == second).unwrap().item;
    let not_mine = world
        .casework
        .answer_question(&owner, second, OwnersAnswer::NotMine)
        .await
        .unwrap();
    assert_eq!(not_mine, AfterAnswer::ReportTheft(item));
    assert_eq!(
        world.actions(),
        [Action::AccessRefused, Action::QuestionAnswered, Action::QuestionAnswered]
    );
}

#[tokio::test]
async fn a_question_ends_when_the_item_is_searched_for_or_back() {
    let world = World::new();
    let (owner, officer) = (world.as_owner(), world.as_officer());
    let (withdrawn, stolen, open) = (world.ask(), world.ask(), world.ask());
    let item = |id: QuestionId| {
        let found = world.store.read_blocking(move |reader| reader.question(id)).unwrap();
        found.unwrap().item
    };
    world.casework.withdraw_item(&owner, item(withdrawn)).await.unwrap();
    let now = world.store.clock().now();
    let theft = NewTheft {
        items: vec![item(stolen)],
        from: now,
        to: now,
        place: Place::default(),
        crime_reference: Some("4100-77777-00002-26".to_owned()),
        circumstances: String::new(),
    };
    let theft = world.casework.report_theft(&owner, theft).await.unwrap();
    let asked = async || {
        let questions = world.casework.questions(&owner).await.unwrap();
        questions.into_iter().map(|question| question.id).collect::<BTreeSet<_>>()
    };
    assert_eq!(asked().await, BTreeSet::from([stolen, open]), "stated, not verified");
    world.casework.verify_theft(&officer, theft.id, None, None).await.unwrap();
    assert_eq!(asked().await, BTreeSet::from([open]));
    let late = world.casework.answer_question(&owner, stolen, OwnersAnswer::NotMine).await;
    assert!(matches!(late, Err(CaseworkError::Conflict(_))), "{late:?}");
    let another = world
        .casework
        .answer_question(&owner, open, OwnersAnswer::AnotherObject)
        .await;
    assert_eq!(another.unwrap(), AfterAnswer::Nothing);
}

#[tokio::test]
async fn a_copy_holds_everything_of_the_owner_and_of_nobody_else() {
    let world = World::new();
    let copy = world.casework.export_own_data(&world.as_owner()).await.unwrap();
    assert_eq!(copy["account"]["email"], "person0@example.org");
    assert_eq!(copy["items"][0]["description"]["text"], "ridse på forskærmen");
    assert_eq!(copy["theft_reports"][0]["theft"]["circumstances"], "the lock was cut");
    let other = world
        .casework
        .export_own_data(&person(world.stranger, Role::Owner))
        .await
        .unwrap();
    assert_eq!(other["items"], serde_json::json!([]));
    assert_eq!(world.actions(), [Action::AccountExported; 2]);
}

#[tokio::test]
async fn an_erased_owner_is_nameless_and_what_police_need_stays() {
    let world = World::new();
    world.ask();
    let erased = world.casework.erase_own_data(&world.as_owner()).await.unwrap();
    assert_eq!((erased.items, erased.stays.len()), (2, 3));
    let item = world.item_now();
    assert_eq!(item.status, ItemStatus::Withdrawn);
    assert!(item.draft.description.title.is_empty() && item.photos.is_empty());
    let owner = world.owner;
    let (account, questions) = world
        .store
        .read_blocking(move |reader| Ok::<_, StoreError>((reader.account(owner)?.unwrap(), reader.questions_of(owner)?)))
        .unwrap();
    assert!(!account.enabled && account.name.is_empty() && account.email.is_erased());
    assert!(questions.is_empty());
    // The police's report stands, on a verified theft, with an item that shows nothing.
    let view = world.casework.open_report(&world.as_officer(), world.report).await.unwrap();
    assert!(view.item.hidden);
    assert_eq!(view.theft.theft.circumstances, "the lock was cut");
    assert_eq!(world.actions(), [Action::AccountErased, Action::ReportConsulted]);
    assert!(
        world
            .casework
            .open_contact(
                &world.as_officer(),
                world.theft,
                crate::casework::testing::purpose(),
                crate::domain::account::Confirmation::Password
            )
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_auditor_reads_the_log_and_is_read_by_it() {
    let world = World::new();
    world.casework.open_report(&world.as_officer(), world.report).await.unwrap();
    let auditor = person(world.auditor, Role::Auditor);
    let filter = AuditFilter {
        account: Some(world.officer),
        limit: 50,
        ..AuditFilter::default()
    };
    let entries = world.casework.audit_entries(&auditor, filter.clone()).await.unwrap();
    assert_eq!(
        entries.iter().map(|entry| entry.action).collect::<Vec<_>>(),
        [Action::ReportConsulted]
    );
    let checkpoint = world.casework.audit_checkpoint(&auditor).await.unwrap();
    assert_eq!(checkpoint.entries, 3);
    for other in [
        world.as_officer(),
        world.as_supervisor(),
        world.as_owner(),
        world.as_partner(),
    ] {
        assert!(world.casework.audit_entries(&other, filter.clone()).await.is_err());
        assert!(world.casework.audit_checkpoint(&other).await.is_err());
    }
    assert_eq!(world.actions()[..2], [Action::ReportConsulted, Action::AuditConsulted]);
}
