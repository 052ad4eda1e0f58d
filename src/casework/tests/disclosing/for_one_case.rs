//! A disclosure is made for one case: its answer opens for no other, and the log finds the whole way by it.

use crate::casework::CaseworkError;
use crate::casework::testing::{World, purpose};
use crate::domain::audit::{Action, Purpose};

#[tokio::test]
async fn an_answer_opens_for_the_case_it_was_asked_for() {
    let world = World::new();
    let id = world.request().await.unwrap().id;
    world.approve(id).await.unwrap();
    world.answer(id).await.unwrap();
    let other = Purpose::parse("my own curiosity", "just looking");
    let other = world.casework.open_identity(&world.as_officer(), id, other).await;
    assert!(matches!(other, Err(CaseworkError::OtherCase { expected }) if expected == "4100-77777-00001-26"));
    assert_eq!(world.actions().last(), Some(&Action::DisclosureGateRefused));
    world.open(id).await.unwrap();
    let of_case: Vec<Action> = world
        .log()
        .into_iter()
        .filter(|entry| entry.purpose == purpose().ok())
        .map(|entry| entry.action)
        .collect();
    let whole_way = [
        Action::DisclosureRequested,
        Action::DisclosureApproved,
        Action::DisclosureAnswered,
        Action::IdentityOpened,
    ];
    assert_eq!(of_case, whole_way);
}
