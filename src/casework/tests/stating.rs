//! The steps of a theft report's life, and what owners do with their items.

use chrono::TimeDelta;
use replevin_index::Sequence;

use crate::casework::testing::{World, person, registered};
use crate::casework::{CaseworkError, NewTheft};
use crate::domain::account::Confirmation::Password;
use crate::domain::account::Role;
use crate::domain::audit::{Action, Purpose, PurposeError};
use crate::domain::ids::ItemId;
use crate::domain::item::{ItemStatus, Verification};
use crate::domain::place::Place;
use crate::store::{ChangedThing, StoreError};

impl World {
    async fn new_item(&self) -> ItemId {
        let item = registered(self.owner, self.store.clock().now());
        let id = item.id;
        self.change(move |tx| tx.insert_item(&item));
        id
    }

    fn theft_of(&self, items: Vec<ItemId>) -> NewTheft {
        let now = self.store.clock().now();
        NewTheft {
            items,
            from: now - TimeDelta::hours(20),
            to: now - TimeDelta::hours(10),
            place: Place::default(),
            crime_reference: None,
            circumstances: "from the yard".to_owned(),
        }
    }
}

#[tokio::test]
async fn a_theft_goes_from_statement_to_search() {
    let world = World::new();
    let item = world.new_item().await;
    let report = world
        .casework
        .report_theft(&world.as_owner(), world.theft_of(vec![item, item]))
        .await
        .unwrap();
    assert_eq!(
        (report.items.as_slice(), report.verification),
        (&[item][..], Verification::Unverified)
    );
    let waiting = world.casework.theft_reports_to_verify(&world.as_officer(), 10).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].reporter_name.as_str()), (1, "Person 0"));
    let nameless = world
        .casework
        .verify_theft(&world.as_officer(), report.id, Some(" "), None)
        .await;
    assert!(matches!(
        nameless,
        Err(CaseworkError::Invalid {
            field: "crime_reference",
            ..
        })
    ));
    let changes = || {
        let changes = world.store.read_blocking(|reader| reader.changes_after(Sequence(0), 1000));
        changes.unwrap_or_else(|error: StoreError| panic!("{error}"))
    };
    let before = changes();
    let verified = world
        .casework
        .verify_theft(&world.as_officer(), report.id, Some("4100-1"), None)
        .await
        .unwrap();
    assert_eq!(verified.theft.crime_reference.as_deref(), Some("4100-1"));
    let newest = changes().pop();
    assert_eq!(newest.as_ref().map(|change| &change.thing), Some(&ChangedThing::Item(item)));
    assert!(!before.contains(&newest.unwrap()), "the item is matched again");
    for again in [
        world.casework.verify_theft(&world.as_officer(), report.id, None, None).await,
        world.casework.reject_theft(&world.as_officer(), report.id).await,
    ] {
        assert!(matches!(again, Err(CaseworkError::Verification(_))));
    }
    let own = world.casework.theft_report(&world.as_owner(), report.id).await.unwrap();
    assert_eq!(own.report, verified);
    let actions = world.actions();
    assert_eq!(
        actions,
        [Action::TheftReported, Action::QueueConsulted, Action::TheftVerified]
    );
}

#[tokio::test]
async fn a_rejected_theft_leaves_its_items_registered() {
    let world = World::new();
    let item = world.new_item().await;
    let officer = world.as_officer();
    let report = world
        .casework
        .report_theft(&officer, world.theft_of(vec![item]))
        .await
        .unwrap();
    let seen = world.casework.theft_report(&officer, report.id).await.unwrap();
    assert!(!seen.items[0].hidden);
    world.casework.reject_theft(&officer, report.id).await.unwrap();
    let seen = world.casework.theft_report(&officer, report.id).await.unwrap();
    assert!(
        seen.items[0].hidden && seen.items[0].draft.description.title.is_empty(),
        "what is not stolen is not shown"
    );
    // It can be reported again.
    world
        .casework
        .report_theft(&world.as_owner(), world.theft_of(vec![item]))
        .await
        .unwrap();
}

#[tokio::test]
async fn statements_that_cannot_be_used() {
    let world = World::new();
    let item = world.new_item().await;
    let good = || world.theft_of(vec![item]);
    let place = |place| NewTheft { place, ..good() };
    let future = world.store.clock().now() + TimeDelta::minutes(5);
    let table = [
        ("items", world.theft_of(Vec::new())),
        (
            "from",
            NewTheft {
                from: good().to + TimeDelta::hours(1),
                ..good()
            },
        ),
        ("to", NewTheft { to: future, ..good() }),
        (
            "circumstances",
            NewTheft {
                circumstances: "x".repeat(10_001),
                ..good()
            },
        ),
        (
            "crime_reference",
            NewTheft {
                crime_reference: Some("x".repeat(101)),
                ..good()
            },
        ),
        (
            "location.country",
            place(Place {
                country: Some("dk".to_owned()),
                ..Place::default()
            }),
        ),
        (
            "location.postcode",
            place(Place {
                postcode: Some("8".repeat(101)),
                ..Place::default()
            }),
        ),
        (
            "location",
            place(Place {
                latitude: Some(91.0),
                ..Place::default()
            }),
        ),
        (
            "location",
            place(Place {
                longitude: Some(f64::NAN),
                ..Place::default()
            }),
        ),
    ];
    for (wrong, new) in table {
        match world.casework.report_theft(&world.as_owner(), new).await {
            Err(CaseworkError::Invalid { field, .. }) => assert_eq!(field, wrong),
            other => panic!("{wrong}: {other:?}"),
        }
    }
    assert!(world.actions().is_empty());
    // The item of the world is stolen already; nothing of the statement may stay.
    let twice = world
        .casework
        .report_theft(&world.as_owner(), world.theft_of(vec![item, world.item]))
        .await;
    assert!(matches!(twice, Err(CaseworkError::Item(_))));
    world.casework.withdraw_item(&world.as_owner(), item).await.unwrap();
}

#[tokio::test]
async fn nobody_touches_the_items_of_others() {
    let world = World::new();
    let item = world.new_item().await;
    let stranger = person(world.stranger, Role::Owner);
    let casework = &world.casework;
    assert!(casework.report_theft(&stranger, world.theft_of(vec![item])).await.is_err());
    assert!(casework.mark_recovered(&stranger, world.item).await.is_err());
    assert!(casework.withdraw_item(&stranger, item).await.is_err());
    assert!(casework.theft_report(&stranger, world.theft).await.is_err());
    assert_eq!(world.actions(), [Action::AccessRefused; 4]);
    assert!(matches!(world.item_now().status, ItemStatus::Stolen { .. }));
    casework.mark_recovered(&world.as_owner(), world.item).await.unwrap();
    assert_eq!(world.item_now().status, ItemStatus::Recovered);
    assert!(matches!(
        casework.mark_recovered(&world.as_owner(), world.item).await,
        Err(CaseworkError::Item(_))
    ));
}

#[tokio::test]
async fn contact_details_need_a_purpose() {
    let world = World::new();
    let purpose = crate::casework::testing::purpose();
    let aimless = world
        .casework
        .open_contact(&world.as_officer(), world.theft, Err(PurposeError::Both), Password)
        .await;
    assert!(matches!(aimless, Err(CaseworkError::Purpose(PurposeError::Both))));
    // For another case they are shut, and that stands in the log.
    let curious = Purpose::parse("my own", "curiosity");
    let other = world
        .casework
        .open_contact(&world.as_officer(), world.theft, curious, Password)
        .await;
    assert!(matches!(other, Err(CaseworkError::OtherCase { expected }) if expected == "4100-77777-00001-26"));
    let contact = world
        .casework
        .open_contact(&world.as_officer(), world.theft, purpose.clone(), Password)
        .await;
    let contact = contact.map_err(|error| error.to_string()).unwrap();
    assert_eq!(
        (contact.name.as_str(), contact.email.as_str()),
        ("Person 0", "person0@example.org")
    );
    assert_eq!(
        world.actions(),
        [Action::AccessRefused, Action::AccessRefused, Action::ContactOpened]
    );
    let last = world.log().pop().unwrap();
    assert_eq!(last.purpose, purpose.ok());
    assert_eq!(last.detail["confirmed"], "password");
    assert!(!serde_json::to_string(&last).unwrap().contains("person0"));
}
