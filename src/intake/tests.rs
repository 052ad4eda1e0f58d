//! The door on a real store.
// A closure is what makes the reader's lifetime general.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use bytes::Bytes;
use chrono::TimeDelta;

use super::*;
use crate::domain::account::{Account, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::description::Description;
use crate::domain::ids::{AccountId, PartnerId};
use crate::domain::item::ItemDraft;
use crate::domain::item_change::ItemChange;
use crate::domain::item_change::ItemStep;
use crate::domain::listing::{Delivery, ListingDraft, ListingStatus, Note, PhotoState, RejectedLine, SellerGiven};
use crate::domain::partner::Letter;
use crate::domain::photo::ContentHash;
use crate::domain::samples;
use crate::domain::time::Clock;
use crate::store::{AuditFilter, StoreError};

mod items;
mod pushes;

struct World {
    _directory: tempfile::TempDir,
    store: Store,
    files: PhotoFiles,
    intake: Intake,
    clock: Clock,
    partner: PartnerId,
}

/// A partner whose letters hold over these days from now.
async fn world(letters: &[(i64, i64)]) -> World {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let store = Store::open(&directory.path().join("db"), clock.clone()).unwrap();
    let files = PhotoFiles::open(&directory.path().join("photos")).unwrap();
    let now = clock.now();
    let partner = samples::nordlys(now);
    let id = partner.id;
    let day = move |days: i64| now + TimeDelta::days(days);
    let letters: Vec<Letter> = letters
        .iter()
        .map(|(from, to)| samples::letter(id, day(*from), day(*to)))
        .collect();
    let act = Act::new(Actor::CommandLine, Action::PartnerChanged, SubjectKind::Partner.with(id.0));
    let enter = store.act(act, move |tx| {
        tx.insert_partner(&partner)?;
        letters.iter().try_for_each(|letter| tx.insert_letter(letter))
    });
    enter.await.unwrap();
    World {
        intake: Intake::new(
            store.clone(),
            files.clone(),
            (SellerKeys::new([1; 32]), FeedKey::new([2; 32])),
            IntakeOptions::default(),
            Handle::current(),
        ),
        _directory: directory,
        store,
        files,
        clock,
        partner: id,
    }
}

fn draft(reference: &str, title: &str) -> ListingDraft<SellerGiven> {
    ListingDraft {
        reference: reference.to_owned(),
        url: None,
        description: Description {
            title: title.to_owned(),
            ..Description::default()
        },
        price: None,
        no_photos: false,
        photos: Vec::new(),
        seller: Some(SellerGiven {
            reference: "karl.hansen@mail.example".to_owned(),
            since: None,
        }),
        place: Default::default(),
        posted_at: None,
        ends_at: None,
        status: Default::default(),
    }
}

fn push(drafts: &[(&str, &str)]) -> Push {
    Push {
        drafts: drafts.iter().map(|(reference, title)| draft(reference, title)).collect(),
        rejected: vec![RejectedLine {
            line: 3,
            field: "price.amount".to_owned(),
            reason: "wrong".to_owned(),
        }],
        rejected_count: 1,
        notes: vec![Note {
            field: "brand".to_owned(),
            reason: "not read".to_owned(),
            records: 2,
            line: 1,
        }],
        quarantined: Vec::new(),
        size_bytes: 9,
        sha256: ContentHash::of(b"the body"),
        key: None,
        feed: None,
    }
}

impl World {
    async fn push(&self, drafts: &[(&str, &str)]) -> Result<(u64, u64), IntakeError> {
        let outcome = self
            .intake
            .push_listings(Actor::CommandLine, self.partner, push(drafts))
            .await?;
        assert_eq!((outcome.rejected_count, outcome.rejected.len()), (1, 1));
        Ok((outcome.accepted, outcome.unchanged))
    }

    async fn dry(&self, drafts: &[(&str, &str)]) -> Result<(u64, u64), IntakeError> {
        let outcome = self
            .intake
            .try_listings(Actor::CommandLine, self.partner, push(drafts))
            .await?;
        Ok((outcome.accepted, outcome.unchanged))
    }

    fn listing(&self, reference: &str) -> Option<crate::domain::listing::Listing> {
        let read = self
            .store
            .read_blocking(|reader| reader.listing_by_reference(self.partner, reference));
        read.unwrap()
    }

    fn logged(&self, action: Action) -> usize {
        let filter = AuditFilter {
            limit: 1_000,
            ..AuditFilter::default()
        };
        let entries = self.store.read_blocking(|reader| reader.audit_entries(&filter)).unwrap();
        entries.iter().filter(|entry| entry.action == action).count()
    }

    async fn owner(&self, email: &str) -> AccountId {
        let account = Account {
            id: AccountId::generate(self.clock.now()),
            email: email.parse().unwrap(),
            name: "Owner".to_owned(),
            role: Role::Owner,
            partner: None,
            enabled: true,
            password_change_due: false,
            created_at: self.clock.now(),
        };
        let id = account.id;
        let act = Act::new(Actor::CommandLine, Action::AccountCreated, SubjectKind::Account.with(id.0));
        let enter = self.store.act(act, move |tx| tx.insert_account(&account, None));
        enter.await.unwrap();
        id
    }
}

fn picture(name: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/photos").join(name);
    std::fs::read(path).unwrap().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_unchanged_and_another_is_a_revision() {
    let world = world(&[(-1, 1)]).await;
    assert_eq!(world.push(&[("A-1", "Bicycle"), ("A-2", "Ring")]).await.unwrap(), (2, 0));
    assert_eq!(world.push(&[("A-1", "Bicycle"), ("A-2", "Ring")]).await.unwrap(), (0, 2));
    assert_eq!(
        world.push(&[("A-1", "Bicycle, blue"), ("A-2", "Ring")]).await.unwrap(),
        (1, 1)
    );
    let listing = world.listing("A-1").unwrap();
    assert_eq!(
        (listing.revision, listing.draft.description.title.as_str()),
        (2, "Bicycle, blue")
    );
    assert_eq!(world.logged(Action::ListingsPushed), 3, "one entry a batch");
    let deliveries = world
        .store
        .read_blocking(|reader| reader.deliveries(world.partner, 10))
        .unwrap();
    assert_eq!(deliveries.len(), 3);
    assert_eq!(
        (deliveries[0].accepted, deliveries[0].unchanged, deliveries[0].rejected_count),
        (1, 1, 1)
    );
    assert_eq!(deliveries[0].sha256, ContentHash::of(b"the body"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_record_of_a_listing_counts_and_repeating_the_batch_changes_nothing() {
    let world = world(&[(-1, 1)]).await;
    let batch = [("A-1", "First"), ("A-2", "Ring"), ("A-1", "Last")];
    assert_eq!(world.push(&batch).await.unwrap(), (2, 1));
    let listing = world.listing("A-1").unwrap();
    assert_eq!((listing.revision, listing.draft.description.title.as_str()), (1, "Last"));
    assert_eq!(world.push(&batch).await.unwrap(), (0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn sellers_are_unreadable_in_the_database() {
    let world = world(&[(-1, 1)]).await;
    world.push(&[("A-1", "Bicycle")]).await.unwrap();
    let keys = SellerKeys::new([1; 32]);
    let seller = world.listing("A-1").unwrap().draft.seller.unwrap();
    assert_eq!(seller.key, keys.seller_key(world.partner, "karl.hansen@mail.example"));
    world.store.close();
    for file in std::fs::read_dir(world._directory.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(path).unwrap();
            assert!(!bytes.windows(11).any(|window| window == b"karl.hansen"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_are_held_with_their_bytes() {
    let world = world(&[(-1, 1)]).await;
    world.push(&[("A-1", "Ring")]).await.unwrap();
    let put = async |number, bytes| {
        let put = world
            .intake
            .put_listing_photo(Actor::CommandLine, world.partner, "A-1", number, bytes);
        put.await
    };
    let kept = put(2, picture("i-001-1.jpg")).await.unwrap();
    assert_eq!(world.files.read(kept.sha256).unwrap(), picture("i-001-1.jpg"));
    let photos = world.listing("A-1").unwrap().photos;
    assert_eq!(
        (photos[0].number, &photos[0].state),
        (2, &PhotoState::Held { sha256: kept.sha256 })
    );
    assert_eq!(put(2, picture("i-001-1.jpg")).await.unwrap(), kept, "the same again");
    assert!(matches!(
        put(0, picture("i-001-1.jpg")).await,
        Err(IntakeError::PhotoNumber { .. })
    ));
    assert!(matches!(
        put(51, picture("i-001-1.jpg")).await,
        Err(IntakeError::PhotoNumber { .. })
    ));
    assert!(matches!(
        put(1, Bytes::from_static(b"text")).await,
        Err(IntakeError::Photo(PhotoError::NotAnImage))
    ));
    world.clock.advance(TimeDelta::days(2));
    assert!(matches!(put(3, picture("i-002-1.jpg")).await, Err(IntakeError::NoLetter(_))));
    assert_eq!(world.listing("A-1").unwrap().photos.len(), 1);
}

/// A PNG that claims a size and holds no pixels.
fn claimed_png(width: u32, height: u32) -> Bytes {
    let chunk = |name: &[u8], data: &[u8]| {
        let named = [name, data].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&named);
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length, named.as_slice(), &sum.sum().to_be_bytes()].concat()
    };
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = chunk(b"IHDR", &[size.as_slice(), &[8, 2, 0, 0, 0]].concat());
    let pixels = chunk(b"IDAT", &[0x78, 0x9C, 0x03, 0, 0, 0, 0, 1]);
    [b"\x89PNG\r\n\x1a\n".as_slice(), &header, &pixels, &chunk(b"IEND", &[])]
        .concat()
        .into()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enormous_picture_is_refused_by_its_header() {
    let world = world(&[]).await;
    let owner = world.owner("a@example.org").await;
    let item = world.intake.register_item(owner, ItemDraft::default()).await.unwrap();
    let put = world
        .intake
        .put_item_photo(owner, item.id, 1, claimed_png(50_000, 50_000))
        .await;
    let error = put.unwrap_err();
    assert!(
        matches!(error, IntakeError::Photo(PhotoError::TooManyPixels { .. })),
        "{error}"
    );
}
