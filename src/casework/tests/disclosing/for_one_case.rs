//! A disclosure is made for one case: its answer opens for no other, and the log finds the whole way by it.

use crate::casework::CaseworkError;
use crate::casework::testing::{World, purpose};
use crate::domain::account::Confirmation::Password;
use crate::domain::audit::{Action, Purpose};
use crate::store::{AuditFilter, StoreError};

#[tokio::test]
async fn an_answer_opens_for_the_case_it_was_asked_for() {
    let world = World::new();
    let id = world.request().await.unwrap().id;
    world.approve(id).await.unwrap();
    world.answer(id).await.unwrap();
    let other = Purpose::parse("my own curiosity", "just looking");
    let other = world.casework.open_identity(&world.as_officer(), id, other, Password).await;
    assert!(matches!(other, Err(CaseworkError::OtherCase { expected }) if expected == "4100-77777-00001-26"));
    assert_eq!(world.actions().last(), Some(&Action::DisclosureGateRefused));
    world.open(id).await.unwrap();
    let of_case: Vec<Action> = world
        .log()
        .into_iter()
        .filter(|entry| entry.purpose == purpose().ok())
        .map(|entry| entry.action)
        .collect();
    let asked_for = [Action::DisclosureRequested, Action::IdentityOpened];
    assert_eq!(
        of_case, asked_for,
        "the officer's reason stands on the officer's entries alone"
    );
    let others = world.log().into_iter().filter(|entry| entry.purpose.is_none());
    for entry in others.filter(|entry| entry.action != Action::DisclosureConsulted) {
        assert_eq!(entry.detail["case"], "4100-77777-00001-26", "{entry:?}");
    }
    let filter = AuditFilter {
        case: Some("4100-77777-00001-26".to_owned()),
        limit: 100,
        ..AuditFilter::default()
    };
    world.casework.open_report(&world.as_officer(), world.report).await.unwrap();
    let found = world.store.read_blocking(|reader| reader.audit_entries(&filter));
    let mut found: Vec<Action> = found
        .unwrap_or_else(|error: StoreError| panic!("{error}"))
        .iter()
        .map(|entry| entry.action)
        .collect();
    found.reverse();
    let whole_way = [
        Action::DisclosureRequested,
        Action::DisclosureApproved,
        Action::DisclosureAnswered,
        // For another case, which is told by the request.
        Action::DisclosureGateRefused,
        Action::IdentityOpened,
        Action::ReportConsulted,
    ];
    assert_eq!(found, whole_way);
}
