//! The steps of a report's life, and of a theft report's.

use chrono::TimeDelta;

use crate::casework::testing::{Setting, World, assessment, insert_listing, person, registered};
use crate::casework::{CaseworkError, NewTheft};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::Action;
use crate::domain::ids::ItemId;
use crate::domain::item::{ItemStatus, Verification};
use crate::domain::place::Place;
use crate::domain::report::{Decision, Outcome, Report, ReportState};
use crate::store::{QueueQuery, StoreError};

/// A step that somebody tries on a report.
#[derive(Debug, Clone, Copy)]
enum Try {
    Take,
    Release,
    Confirm,
    Dismiss,
    Reopen,
    Close,
}

impl World {
    async fn attempt(&self, by: &Principal, step: Try) -> Result<Report, CaseworkError> {
        let (casework, id) = (&self.casework, self.report);
        match step {
            Try::Take => casework.take_report(by, id).await,
            Try::Release => casework.release_report(by, id).await,
            Try::Confirm => casework.review_report(by, id, Decision::Confirmed, "same frame").await,
            Try::Dismiss => casework.review_report(by, id, Decision::Dismissed, "another colour").await,
            Try::Reopen => casework.reopen_report(by, id, "new photo").await,
            Try::Close => casework.close_report(by, id, Outcome::NotRecovered, None).await,
        }
    }

    fn put_into(&self, state: ReportState) {
        let id = self.report;
        self.change(move |tx| {
            let mut report = tx.report(id)?.unwrap();
            report.state = state;
            tx.save_report(&report)
        });
    }

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
async fn transitions_of_a_report() {
    use Try::{Close, Confirm, Dismiss, Release, Reopen, Take};
    // From each state: the step, whether the one in charge may, whether a colleague may, and where it leads.
    let table: [(&str, Try, bool, bool, &str); 30] = [
        ("open", Take, true, true, "in review"),
        ("open", Release, false, false, ""),
        ("open", Confirm, false, false, ""),
        ("open", Dismiss, false, false, ""),
        ("open", Reopen, false, false, ""),
        ("open", Close, false, false, ""),
        ("in review", Take, true, false, "in review"),
        ("in review", Release, true, false, "open"),
        ("in review", Confirm, true, false, "confirmed"),
        ("in review", Dismiss, true, false, "dismissed"),
        ("in review", Reopen, false, false, ""),
        ("in review", Close, false, false, ""),
        ("confirmed", Take, false, false, ""),
        ("confirmed", Release, false, false, ""),
        ("confirmed", Confirm, false, false, ""),
        ("confirmed", Dismiss, false, false, ""),
        ("confirmed", Reopen, true, true, "in review"),
        ("confirmed", Close, true, false, "closed"),
        ("dismissed", Take, false, false, ""),
        ("dismissed", Release, false, false, ""),
        ("dismissed", Confirm, false, false, ""),
        ("dismissed", Dismiss, false, false, ""),
        ("dismissed", Reopen, true, true, "in review"),
        ("dismissed", Close, true, false, "closed"),
        ("closed", Take, false, false, ""),
        ("closed", Release, false, false, ""),
        ("closed", Confirm, false, false, ""),
        ("closed", Dismiss, false, false, ""),
        ("closed", Reopen, true, true, "in review"),
        ("closed", Close, false, false, ""),
    ];
    let world = World::new();
    let officer = world.as_officer();
    let colleague = person(world.colleague, Role::Officer);
    for (from, step, in_charge, other, to) in table {
        for (by, may) in [(&officer, in_charge), (&colleague, other)] {
            world.put_into(ReportState::Open);
            for before in match from {
                "in review" => &[Take][..],
                "confirmed" => &[Take, Confirm],
                "dismissed" => &[Take, Dismiss],
                "closed" => &[Take, Confirm, Close],
                _ => &[],
            } {
                world.attempt(&officer, *before).await.unwrap();
            }
            let entries = world.actions().len();
            match world.attempt(by, step).await {
                Ok(report) => {
                    assert!(may, "{from} {step:?}");
                    assert_eq!(report.state.word(), to);
                    assert_eq!(world.actions().len(), entries + 1);
                }
                Err(CaseworkError::Report(_)) => {
                    assert!(!may, "{from} {step:?}");
                    assert_eq!(world.actions().len(), entries);
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

#[tokio::test]
async fn only_police_work_on_reports_and_refusals_are_logged() {
    let world = World::new();
    let others = [
        world.as_owner(),
        world.as_partner(),
        person(world.auditor, Role::Auditor),
        person(world.auditor, Role::Administrator),
    ];
    for other in &others {
        let before = world.actions().len();
        assert!(matches!(
            world.casework.queue(other, QueueQuery::default()).await,
            Err(CaseworkError::NotAllowed(_))
        ));
        assert!(matches!(
            world.casework.open_report(other, world.report).await,
            Err(CaseworkError::NotAllowed(_))
        ));
        assert!(matches!(
            world.attempt(other, Try::Reopen).await,
            Err(CaseworkError::NotAllowed(_))
        ));
        assert!(world.casework.verify_theft(other, world.theft, None).await.is_err());
        assert_eq!(world.actions()[before..], [Action::AccessRefused; 4]);
    }
}

#[tokio::test]
async fn opening_a_report_is_logged_each_time_and_shows_no_owner() {
    let world = World::new();
    let (partner, item, theft) = (world.partner, world.item, world.theft);
    world.change(move |tx| {
        let listing = insert_listing(tx, partner, "A-1002")?;
        tx.raise_report(item, listing, theft, &assessment(0.6)).map(drop)
    });
    for _ in 0..2 {
        let view = world.casework.open_report(&world.as_officer(), world.report).await.unwrap();
        assert_eq!(view.item.draft.description.title, "Kildemoes herrecykel");
        assert_eq!((view.others_of_seller.len(), view.others_of_seller[0].number), (1, 2));
        assert_eq!(view.officer_name.as_deref(), Some("Person 2"));
        assert!(
            !format!("{view:?}").contains("person0@"),
            "an owner's address in the officer's view"
        );
        assert!(view.letter.is_some());
    }
    assert_eq!(world.actions(), [Action::ReportConsulted; 2]);
    assert_eq!(world.log()[0].subject.id, Some(world.report.0));
    let rows = world
        .casework
        .queue(
            &world.as_officer(),
            QueueQuery {
                limit: 10,
                ..QueueQuery::default()
            },
        )
        .await
        .unwrap();
    assert_eq!((rows.len(), rows[0].partner_slug.as_str()), (2, "nordlys"));
}

#[tokio::test]
async fn reasons_must_say_something() {
    let world = World::new();
    world.put_into(ReportState::Open);
    world.attempt(&world.as_officer(), Try::Take).await.unwrap();
    for why in ["", "  a ", "no"] {
        let refused = world
            .casework
            .review_report(&world.as_officer(), world.report, Decision::Confirmed, why)
            .await;
        assert!(
            matches!(refused, Err(CaseworkError::Invalid { field: "reason", .. })),
            "{why}"
        );
    }
}

#[tokio::test]
async fn a_secured_object_is_not_searched_for_any_more() {
    let world = World::new();
    world
        .casework
        .close_report(
            &world.as_officer(),
            world.report,
            Outcome::ReturnedToOwner,
            Some("fetched on Friday"),
        )
        .await
        .unwrap();
    assert_eq!(world.item_now().status, ItemStatus::Recovered);
    let view = world.casework.open_report(&world.as_officer(), world.report).await.unwrap();
    assert_eq!(
        view.history.last().unwrap().event.note.as_deref(),
        Some("returned_to_owner: fetched on Friday")
    );
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
    let nameless = world.casework.verify_theft(&world.as_officer(), report.id, Some(" ")).await;
    assert!(matches!(
        nameless,
        Err(CaseworkError::Invalid {
            field: "crime_reference",
            ..
        })
    ));
    let before = world.store.read_blocking(|reader| reader.last_change());
    let before = before.unwrap_or_else(|error: StoreError| panic!("{error}"));
    let verified = world
        .casework
        .verify_theft(&world.as_officer(), report.id, Some("4100-1"))
        .await
        .unwrap();
    assert_eq!(verified.theft.crime_reference.as_deref(), Some("4100-1"));
    let after = world.store.read_blocking(|reader| reader.changes_after(before, 10));
    assert_eq!(
        after.unwrap_or_else(|error: StoreError| panic!("{error}")).len(),
        1,
        "the item is matched again"
    );
    for again in [
        world.casework.verify_theft(&world.as_officer(), report.id, None).await,
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
    let world = World::set(&Setting::default());
    let purpose = crate::casework::testing::purpose();
    let aimless = world.casework.open_contact(&world.as_officer(), world.theft, None).await;
    assert!(matches!(aimless, Err(CaseworkError::PurposeMissing)));
    let contact = world
        .casework
        .open_contact(&world.as_officer(), world.theft, purpose.clone())
        .await;
    let contact = contact.map_err(|error| error.to_string()).unwrap();
    assert_eq!(
        (contact.name.as_str(), contact.email.as_str()),
        ("Person 0", "person0@example.org")
    );
    assert_eq!(world.actions(), [Action::AccessRefused, Action::ContactOpened]);
    let last = world.log().pop().unwrap();
    assert_eq!(last.purpose, purpose);
    assert!(!serde_json::to_string(&last).unwrap().contains("person0"));
}
