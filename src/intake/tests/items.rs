//! Items and their photos: whose they are, and what a withdrawn one still takes.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn items_are_their_owners_alone() {
    let world = world(&[]).await;
    let (owner, other) = (world.owner("a@example.org").await, world.owner("b@example.org").await);
    let mut draft = ItemDraft::default();
    draft.description.title = "Bicycle".to_owned();
    draft.description.color = "black".to_owned();
    let item = world.intake.register_item(owner, draft).await.unwrap();
    let blue = ItemChange {
        color: Some("blue".to_owned()),
        ..ItemChange::default()
    };
    let changed = world.intake.change_item(owner, item.id, None, blue.clone()).await.unwrap();
    assert_eq!(changed.draft.description.color, "blue");
    assert_eq!(changed.draft.description.title, "Bicycle", "what is not named stays");
    let kept = world
        .intake
        .put_item_photo(owner, item.id, 1, picture("i-001-1.jpg"))
        .await
        .unwrap();
    assert_eq!(
        world.intake.item_of(owner, item.id).await.unwrap().photos[0].sha256,
        kept.sha256
    );

    assert!(matches!(
        world.intake.item_of(other, item.id).await,
        Err(IntakeError::NotOwner)
    ));
    assert!(matches!(
        world.intake.change_item(other, item.id, None, blue).await,
        Err(IntakeError::NotOwner)
    ));
    let put = world.intake.put_item_photo(other, item.id, 1, picture("i-002-1.jpg")).await;
    assert!(matches!(put, Err(IntakeError::NotOwner)));
    assert_eq!(world.logged(Action::AccessRefused), 3);
    assert_eq!(world.logged(Action::ItemPhotoReceived), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_that_come_at_once_each_get_their_own_number() {
    let world = world(&[]).await;
    let owner = world.owner("a@example.org").await;
    let item = world.intake.register_item(owner, ItemDraft::default()).await.unwrap().id;
    let names = ["i-001-1.jpg", "i-002-1.jpg", "i-003-1.jpg"];
    let [first, second, third] = names.map(|name| world.intake.add_item_photo(owner, item, 3, picture(name)));
    let (first, second, third) = tokio::join!(first, second, third);
    let mut numbers = [first, second, third].map(|added| added.unwrap().1);
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
    let fourth = world.intake.add_item_photo(owner, item, 3, picture("i-004-1.jpg")).await;
    assert!(matches!(fourth, Err(IntakeError::TooManyPhotos { max: 3 })));
    world.intake.remove_item_photo(owner, item, 2).await.unwrap();
    let missing = world.intake.remove_item_photo(owner, item, 2).await;
    assert!(matches!(
        missing,
        Err(IntakeError::Store(StoreError::Missing { what: "photo" }))
    ));
    let other = world.owner("b@example.org").await;
    let foreign = world.intake.remove_item_photo(other, item, 1).await;
    assert!(matches!(foreign, Err(IntakeError::NotOwner)));
    let (_, number) = world
        .intake
        .add_item_photo(owner, item, 3, picture("i-004-1.jpg"))
        .await
        .unwrap();
    assert_eq!(number, 2, "the number that became free");
    assert_eq!(world.logged(Action::ItemPhotoRemoved), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_item_gets_no_photos_and_no_bytes_are_written() {
    let world = world(&[]).await;
    let owner = world.owner("a@example.org").await;
    let mut item = world.intake.register_item(owner, ItemDraft::default()).await.unwrap();
    item.status = crate::domain::item::ItemStatus::Withdrawn;
    let id = item.id;
    world
        .store
        .keep(move |tx| Ok::<_, StoreError>((tx.save_item(&item)?, Vec::new())))
        .unwrap();
    let put = world.intake.put_item_photo(owner, id, 1, picture("i-001-1.jpg")).await;
    assert!(matches!(put, Err(IntakeError::Withdrawn)));
    assert!(world.files.read(ContentHash::of(&picture("i-001-1.jpg"))).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_and_a_step_are_made_together_or_not_at_all() {
    let world = world(&[]).await;
    let owner = world.owner("a@example.org").await;
    let item = world.intake.register_item(owner, ItemDraft::default()).await.unwrap();
    let blue = ItemChange {
        color: Some("blue".to_owned()),
        ..ItemChange::default()
    };
    let not_stolen = world
        .intake
        .change_item(owner, item.id, Some(ItemStep::Recovered), blue.clone());
    assert!(matches!(not_stolen.await, Err(IntakeError::Step(_))));
    assert_eq!(
        world.intake.item_of(owner, item.id).await.unwrap().draft.description.color,
        ""
    );
    assert_eq!(world.logged(Action::ItemChanged), 0);
    let withdrawn = world
        .intake
        .change_item(owner, item.id, Some(ItemStep::Withdrawn), blue.clone());
    assert_eq!(withdrawn.await.unwrap().draft.description.color, "blue");
    assert_eq!(world.logged(Action::ItemChanged), 1);
    for step in [None, Some(ItemStep::Withdrawn)] {
        let after = world.intake.change_item(owner, item.id, step, blue.clone());
        assert!(matches!(after.await, Err(IntakeError::Withdrawn)));
    }
}
