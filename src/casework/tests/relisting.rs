//! One object offered again under another number.

use std::path::Path;

use replevin_index::image::decode::{self, DecodeLimits};

use super::super::testing::{World, insert_draft, listing_draft};
use crate::casework::relistings;
use crate::domain::ids::ListingId;
use crate::domain::listing::{ListingDraft, ListingStatus, Seller, SellerKey};
use crate::domain::photo::{ContentHash, Photo};
use crate::domain::relisting::RelistedBy;
use crate::domain::report::Decision;
use crate::store::StoreError;

const TEXT: &str = "Ridse på skærmen, blå håndtag, står i skuret bag huset";

/// A listing of the seller of the tests with a text that says enough.
fn draft(reference: &str, status: ListingStatus) -> ListingDraft<Seller> {
    let mut draft = listing_draft(reference);
    TEXT.clone_into(&mut draft.description.text);
    draft.status = status;
    draft
}

impl World {
    fn takes(&self, draft: ListingDraft<Seller>) -> ListingId {
        let partner = self.partner;
        let taken = self
            .store
            .keep(move |tx| Ok::<_, StoreError>((insert_draft(tx, partner, &draft)?, Vec::new())));
        taken.unwrap_or_else(|error| panic!("{error}"))
    }

    fn relistings(&self, id: ListingId) -> Vec<(String, RelistedBy, bool)> {
        let told = self.store.read_blocking(|reader| {
            let listing = reader.listing(id)?.ok_or(StoreError::Missing { what: "listing" })?;
            relistings::of_listing(reader, &listing, None)
        });
        let told = told.unwrap_or_else(|error: StoreError| panic!("{error}"));
        told.into_iter().map(|one| (one.reference, one.by, one.earlier)).collect()
    }
}

#[tokio::test]
async fn what_was_decided_under_the_former_number_is_told() {
    let world = World::new();
    world.takes(draft("A-1001", ListingStatus::Ended));
    let again = world.takes(draft("A-2002", ListingStatus::Active));
    assert_eq!(world.relistings(again), [("A-1001".to_owned(), RelistedBy::Text, true)]);
    assert_eq!(
        world.relistings(world.listing),
        [("A-2002".to_owned(), RelistedBy::Text, false)]
    );
    // The report on the former offer is opened from the later one's page, with what was decided.
    let (item, theft) = (world.item, world.theft);
    world.change(move |tx| {
        let raised = tx.raise_report(item, again, theft, &super::super::testing::assessment(0.95))?;
        assert!(matches!(raised, crate::store::Raised::New(_)), "{raised:?}");
        Ok(())
    });
    let later = world.store.read_blocking(|reader| reader.report_of_pair(item, again, theft));
    let later = later.unwrap_or_else(|error: StoreError| panic!("{error}")).unwrap();
    let view = world.casework.open_report(&world.as_officer(), later.id).await.unwrap();
    let former = &view.relistings[0].reports[0];
    assert_eq!((former.id, former.same_item), (world.report, true));
    assert_eq!(former.decision(), Some(Decision::Confirmed));
    assert_eq!(view.report.state.word(), "open", "information decides nothing");
}

#[test]
fn a_shops_articles_are_not_one_object() {
    let world = World::new();
    // One form of words for many offers.
    for n in 0..4 {
        world.takes(draft(&format!("B-{n}"), ListingStatus::Ended));
    }
    let fifth = world.takes(draft("B-9", ListingStatus::Active));
    assert_eq!(world.relistings(fifth), []);
    // Two at once, and one more after a sale, by another seller.
    let other = |reference: &str, status| {
        let mut draft = draft(reference, status);
        draft.description.title = "Cykelkurv af flet, sort, med beslag til styret".to_owned();
        draft.description.text = "Passer til de fleste cykler, leveres med skruer".to_owned();
        draft.seller = Some(Seller {
            key: SellerKey([4; 32]),
            since: None,
        });
        draft
    };
    let first = world.takes(other("C-1", ListingStatus::Active));
    let second = world.takes(other("C-2", ListingStatus::Active));
    assert_eq!((world.relistings(first), world.relistings(second)), (Vec::new(), Vec::new()));
    world.takes(other("C-1", ListingStatus::Sold));
    assert_eq!(world.relistings(second), []);
}

/// A picture as it is kept.
fn photo_of(world: &World, bytes: &[u8]) -> Photo {
    let read = decode::read(bytes, &DecodeLimits::default()).unwrap_or_else(|error| panic!("{error}"));
    Photo {
        sha256: ContentHash::of(bytes),
        size_bytes: bytes.len() as u64,
        format: "jpeg".to_owned(),
        width: read.width,
        height: read.height,
        body_serial: None,
        lens_serial: None,
        fingerprint: Some(read.fingerprint),
        features: Some(read.features),
        created_at: world.store.clock().now(),
    }
}

#[test]
fn nearly_the_same_photo_tells_of_one_seller_at_one_partner() {
    let world = World::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/photos");
    let bytes = |name: &str| std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let first = bytes("i-001-1.jpg");
    // The same picture, smaller and written anew.
    let smaller = |side| decode::thumbnail(&first, &DecodeLimits::default(), side).unwrap_or_else(|error| panic!("{error}"));
    let offer = |reference: &str, text: &str, status, seller: u8, picture: &[u8]| {
        let mut draft = listing_draft(reference);
        draft.description.title = format!("{text} nr. {reference}");
        text.clone_into(&mut draft.description.text);
        draft.status = status;
        draft.seller = Some(Seller {
            key: SellerKey([seller; 32]),
            since: None,
        });
        let (id, photo) = (world.takes(draft), photo_of(&world, picture));
        let held = world.store.keep(move |tx| {
            tx.insert_photo(&photo)?;
            tx.hold_listing_photo(id, 1, photo.sha256, None)?;
            Ok::<_, StoreError>(((), Vec::new()))
        });
        held.unwrap_or_else(|error| panic!("{error}"));
        id
    };
    offer(
        "P-1",
        "Herrecykel med syv gear, står i Aarhus",
        ListingStatus::Ended,
        7,
        &first,
    );
    let again = offer(
        "P-2",
        "Sort cykel sælges billigt, kom og hent",
        ListingStatus::Active,
        7,
        &smaller(240),
    );
    assert_eq!(world.relistings(again), [("P-1".to_owned(), RelistedBy::NearPhoto, true)]);
    let another = offer(
        "P-3",
        "Kamera med taske og to linser",
        ListingStatus::Active,
        7,
        &bytes("i-002-1.jpg"),
    );
    assert_eq!(world.relistings(another), []);
    let somebody = offer(
        "P-4",
        "Cykel fra dødsbo, afhentes i Skagen",
        ListingStatus::Active,
        8,
        &smaller(220),
    );
    assert_eq!(world.relistings(somebody), [], "of another seller it says nothing");
}
