//! Pushes under a letter and without one, on trial, and after a listing was withdrawn.

use super::*;
use crate::intake::batch::STEP_RECORDS;

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

/// Records of a batch of several steps.
fn many(steps: usize) -> Push {
    Push {
        drafts: (0..steps * STEP_RECORDS)
            .map(|n| draft(&format!("L-{n}"), "Bicycle"))
            .collect(),
        ..push(&[])
    }
}

impl World {
    /// Pushes a batch of `steps` steps, and does `meanwhile` once the first has been taken.
    async fn beside(
        &self,
        steps: usize,
        key: Option<&str>,
        meanwhile: impl AsyncFnOnce(&Self),
    ) -> Result<PushOutcome, IntakeError> {
        let (intake, partner) = (self.intake.clone(), self.partner);
        let key = key.map(|key| PushKey::parse(key, ContentHash::of(b"the request")).unwrap());
        let push = Push { key, ..many(steps) };
        let pushing = tokio::spawn(async move { intake.push_listings(Actor::CommandLine, partner, push).await });
        while self.last_delivery().is_none() {
            tokio::task::yield_now().await;
        }
        meanwhile(self).await;
        pushing.await.unwrap()
    }

    fn last_delivery(&self) -> Option<Delivery> {
        let read = self.store.read_blocking(|reader| reader.deliveries(self.partner, 1));
        read.unwrap().pop()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn others_need_not_wait_for_a_large_batch() {
    const STEPS: usize = 30;
    let world = world(&[(-1, 1)]).await;
    let outcome = world.beside(STEPS, None, async |world| {
        world.owner("owner@mail.example").await;
        let delivery = world.last_delivery().unwrap();
        let left = (STEPS * STEP_RECORDS) as u64 - delivery.accepted;
        assert!(left > 0 && delivery.remaining == left, "{delivery:?}");
    });
    assert_eq!(outcome.await.unwrap().accepted, (STEPS * STEP_RECORDS) as u64);
    let delivery = world.last_delivery().unwrap();
    assert_eq!((delivery.accepted, delivery.remaining), ((STEPS * STEP_RECORDS) as u64, 0));
    assert!(world.logged(Action::ListingsPushed) >= STEPS, "one entry a transaction");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_broke_off_is_brought_by_sending_it_again() {
    const STEPS: usize = 30;
    let world = world(&[(-1, 1), (3, 9)]).await;
    let broken = world.beside(STEPS, Some("one"), async |world| world.clock.advance(TimeDelta::days(2)));
    assert!(matches!(broken.await, Err(IntakeError::NoLetter(_))));
    let delivery = world.last_delivery().unwrap();
    let all = (STEPS * STEP_RECORDS) as u64;
    assert_eq!(delivery.accepted + delivery.remaining, all);
    assert!(delivery.accepted > 0 && delivery.remaining > 0, "{delivery:?}");
    world.clock.advance(TimeDelta::days(2));
    for (replayed, times) in [(false, 1), (true, 2)] {
        let again = world.beside(STEPS, Some("one"), async |_| ()).await.unwrap();
        assert_eq!(
            (again.accepted, again.unchanged),
            (delivery.remaining, delivery.accepted),
            "time {times}"
        );
        assert_eq!(again.replayed, replayed);
    }
}
