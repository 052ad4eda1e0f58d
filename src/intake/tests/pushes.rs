//! Pushes under a letter and without one, on trial, and after a listing was withdrawn.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_letter_in_force_nothing_is_taken_in_and_the_refusal_is_logged() {
    for (letters, words) in [
        (vec![], "there is no letter"),
        (vec![(-10, -1)], "expired on"),
        (vec![(1, 10)], "holds from"),
        (vec![(-10, -1), (1, 10)], "holds from"),
    ] {
        let world = world(&letters).await;
        for refused in [
            world.push(&[("A-1", "Bicycle")]).await,
            world.dry(&[("A-1", "Bicycle")]).await,
        ] {
            let error = refused.unwrap_err();
            assert!(matches!(&error, IntakeError::NoLetter(no_letter) if no_letter.reasons.len() == letters.len().max(1)));
            assert!(error.to_string().contains(words), "{error}");
        }
        let open = world.intake.open_feed(Actor::CommandLine, world.partner).await;
        assert!(matches!(open, Err(IntakeError::NoLetter(_))));
        assert_eq!(world.logged(Action::PushRefused), 3);
        assert!(world.listing("A-1").is_none());
        assert_eq!(world.logged(Action::ListingsPushed), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_ends_between_two_pushes() {
    let world = world(&[(-1, 1)]).await;
    world.push(&[("A-1", "Bicycle")]).await.unwrap();
    world.clock.advance(TimeDelta::days(2));
    assert!(matches!(
        world.push(&[("A-1", "Changed")]).await,
        Err(IntakeError::NoLetter(_))
    ));
    assert_eq!(world.listing("A-1").unwrap().draft.description.title, "Bicycle");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_counts_and_leaves_no_trace() {
    let world = world(&[(-1, 1)]).await;
    world.push(&[("A-1", "Bicycle")]).await.unwrap();
    let change = world.store.read_blocking(|reader| reader.last_change()).unwrap();
    let dry = world.dry(&[("A-1", "Bicycle"), ("A-2", "Ring"), ("A-2", "Ring, gold")]).await;
    assert_eq!(dry.unwrap(), (1, 2));
    assert!(world.listing("A-2").is_none());
    assert_eq!(world.store.read_blocking(|reader| reader.last_change()).unwrap(), change);
    assert_eq!(
        world
            .store
            .read_blocking(|reader| reader.deliveries(world.partner, 10))
            .unwrap()
            .len(),
        1
    );
    assert_eq!(world.logged(Action::ListingsPushed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_listing_returns_when_it_is_pushed_again() {
    let world = world(&[(-1, 1)]).await;
    world.push(&[("A/1 å", "Bicycle")]).await.unwrap();
    for _ in 0..2 {
        world
            .intake
            .withdraw_listing(Actor::CommandLine, world.partner, "A/1 å")
            .await
            .unwrap();
    }
    let listing = world.listing("A/1 å").unwrap();
    assert_eq!((listing.draft.status, listing.revision), (ListingStatus::Withdrawn, 2));
    assert_eq!(world.push(&[("A/1 å", "Bicycle")]).await.unwrap(), (1, 0));
    assert_eq!(world.listing("A/1 å").unwrap().draft.status, ListingStatus::Active);
    let missing = world.intake.withdraw_listing(Actor::CommandLine, world.partner, "A-2").await;
    assert!(matches!(missing, Err(IntakeError::Store(StoreError::Missing { .. }))));
}
