//! The steps of a report's life.

use crate::casework::CaseworkError;
use crate::casework::testing::{World, assessment, insert_listing, person};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::Action;
use crate::domain::item::ItemStatus;
use crate::domain::report::{Decision, Outcome, Report, ReportState, ReportTransitionError};
use crate::store::QueueQuery;

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

    pub(super) fn put_into(&self, state: ReportState) {
        let id = self.report;
        self.change(move |tx| {
            let mut report = tx.report(id)?.unwrap();
            report.state = state;
            tx.save_report(&report)
        });
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
        assert!(world.casework.verify_theft(other, world.theft, None, None).await.is_err());
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
async fn a_dismissed_report_brings_no_item_back() {
    let world = World::new();
    let officer = world.as_officer();
    for outcome in Outcome::ALL {
        world.put_into(ReportState::Open);
        for step in [Try::Take, Try::Dismiss] {
            world.attempt(&officer, step).await.unwrap();
        }
        let closed = world.casework.close_report(&officer, world.report, outcome, None).await;
        match outcome {
            Outcome::Recovered | Outcome::ReturnedToOwner => {
                assert!(
                    matches!(closed, Err(CaseworkError::Report(ReportTransitionError::Outcome { .. }))),
                    "{closed:?}"
                );
            }
            Outcome::NotRecovered | Outcome::LawfullyHeld | Outcome::NotTheItem => {
                assert_eq!(closed.unwrap().state.word(), "closed");
            }
        }
        let theft_report = world.theft;
        assert_eq!(world.item_now().status, ItemStatus::Stolen { theft_report }, "{outcome:?}");
    }
}

#[tokio::test]
async fn the_evidence_quotes_nothing_of_a_hidden_item() {
    let world = World::new();
    let officer = world.as_officer();
    let all = QueueQuery {
        limit: 10,
        ..QueueQuery::default()
    };
    let shown = async || {
        let view = world.casework.open_report(&officer, world.report).await.unwrap();
        let rows = world.casework.queue(&officer, all.clone()).await.unwrap();
        assert_eq!(
            view.report.assessment.evidence.len(),
            rows[0].report.assessment.evidence.len()
        );
        assert_eq!(view.report.assessment.evidence[0].log10_lr, Some(6.0));
        (
            format!("{view:?}").contains("WBK123456Z"),
            format!("{rows:?}").contains("WBK123456Z"),
        )
    };
    assert_eq!(shown().await, (true, true));
    world.casework.withdraw_item(&world.as_owner(), world.item).await.unwrap();
    assert_eq!(shown().await, (false, false));
}
