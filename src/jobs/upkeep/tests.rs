//! What upkeep erases and what it leaves, on the parts of a real service with a clock that is moved.
#![allow(clippy::unwrap_used)]

mod world;

use self::world::{World, letter};
use super::*;
use crate::domain::account::{Principal, Role};
use crate::domain::audit::Purpose;
use crate::domain::disclosure::DisclosureRequest;
use crate::domain::ids::DisclosureRequestId;
use crate::domain::partner::SellerField;
use crate::domain::photo::{EvidencePhoto, PhotoSide};
use crate::domain::report::Decision;

#[tokio::test(flavor = "multi_thread")]
async fn listings_go_when_their_partner_names_them_no_more() {
    let world = World::new();
    let received = {
        for reference in ["gone", "kept"] {
            world.push(reference, "Cykel", "").await;
        }
        world.push("reported", "Herrecykel", "WBK123456Z").await;
        world.listing("kept").unwrap().received_at
    };
    let item = world.register("Kildemoes herrecykel", "WBK123456Z").await;
    world.steal(item);
    world.compare().await;
    let reported = world.listing("reported").unwrap().id;
    assert!(world.report(reported).is_some());
    for _ in 0..29 {
        world.clock.advance(TimeDelta::days(1));
        world.push("kept", "Cykel", "").await;
    }
    world.upkeep().await;
    assert!(world.listing("gone").is_some(), "not due on the 29th day");
    world.clock.advance(TimeDelta::days(2));
    world.upkeep().await;
    assert!(world.listing("gone").is_none());
    let kept = world.listing("kept").unwrap();
    assert_eq!(
        (kept.received_at, kept.revision),
        (received, 1),
        "still on sale, and still from before"
    );
    assert!(world.listing("reported").is_some(), "a report rests on it");
    let erased = world.read(|reader| {
        reader.audit_entries(&crate::store::AuditFilter {
            limit: 100,
            ..Default::default()
        })
    });
    let erased: Vec<_> = erased.iter().filter(|entry| entry.action == Action::ListingsErased).collect();
    assert_eq!((erased.len(), &erased[0].detail["listings"]), (1, &json!(1)));
}

#[test]
fn the_next_round_is_told_by_the_stores_clock() {
    let clock = Clock::system();
    let daily: Schedule = "0 3 * * *".parse().unwrap();
    let shortly_before = (clock.now().date_naive() + TimeDelta::days(1))
        .and_hms_opt(2, 50, 0)
        .unwrap()
        .and_utc();
    clock.advance(shortly_before - clock.now());
    let wait = until_next(&daily, &clock);
    assert!(wait.as_secs() <= 600 && wait.as_secs() > 300, "{wait:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_goes_with_the_last_that_shows_it() {
    let world = World::new();
    world.push("A-1", "Cykel", "").await;
    let item = world.register("Cykel", "").await;
    let shared = world.add(item, "i-001-1.jpg").await;
    let alone = world.add(item, "i-002-1.jpg").await;
    assert_eq!(world.put("A-1", 1, "i-001-1.jpg").await, shared);
    let superseded = world.put("A-1", 2, "i-003-1.jpg").await;
    world.put("A-1", 2, "i-004-1.jpg").await;
    for number in [1, 2] {
        let removed = world.app().intake.remove_item_photo(world.owner, item, number).await;
        removed.unwrap();
    }
    world.upkeep().await;
    assert!(world.holds(shared), "the listing shows it");
    assert!(!world.holds(alone));
    assert!(world.holds(superseded), "a revision of the listing showed it");
    world.clock.advance(TimeDelta::days(31));
    world.upkeep().await;
    assert!(!world.holds(shared) && !world.holds(superseded));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_report_rests_on_stays_whatever_seller_and_owner_do() {
    let world = World::new();
    let item = world.register("Kildemoes herrecykel", "WBK123456Z").await;
    let (ours, other) = (world.add(item, "i-002-1.jpg").await, world.add(item, "i-001-1.jpg").await);
    world.steal(item);
    let listing = world.push("A-1", "Herrecykel", "WBK123456Z").await;
    let theirs = world.put("A-1", 1, "i-001-1.jpg").await;
    assert_eq!(other, theirs, "the seller shows the owner's own picture");
    world.compare().await;
    let report = world.report(listing).unwrap();
    let seen = [
        EvidencePhoto {
            side: PhotoSide::Item,
            place: 2,
            sha256: theirs,
        },
        EvidencePhoto {
            side: PhotoSide::Listing,
            place: 1,
            sha256: theirs,
        },
    ];
    assert_eq!(world.view(report).await.report.assessment.photo_pairs(), [seen]);
    let (casework, officer) = (&world.app().casework, world.officer());
    casework.take_report(&officer, report).await.unwrap();
    let reviewed = casework.review_report(&officer, report, Decision::Confirmed, "the same scratch");
    reviewed.await.unwrap();

    let swapped = world.put("A-1", 1, "i-005-1.jpg").await;
    let removed = world.app().intake.remove_item_photo(world.owner, item, 2).await;
    removed.unwrap();
    world.compare().await;
    world.upkeep().await;
    assert_eq!(world.view(report).await.evidence_photos, seen, "whatever both sides show now");
    let owner = Principal::Account {
        id: world.owner,
        role: Role::Owner,
        partner: None,
    };
    casework.erase_own_data(&owner).await.unwrap();
    world.compare().await;
    world.upkeep().await;
    assert!(world.holds(theirs), "evidence");
    assert!(world.holds(swapped), "the listing shows it");
    assert!(!world.holds(ours), "no report rests on it and its owner is erased");
    let view = world.view(report).await;
    assert!(view.item.hidden);
    assert_eq!(
        view.evidence_photos,
        seen[1..],
        "of an item that is withdrawn nothing is shown"
    );
    for (photo, shown) in [(theirs, true), (swapped, true), (ours, false)] {
        let opened = casework.open_report_photo(&officer, report, photo).await;
        assert_eq!(opened.is_ok(), shown, "{photo}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_is_being_put_up_keeps_its_bytes() {
    let world = World::new();
    let (first, second) = (world.register("Cykel", "").await, world.register("Cykel", "").await);
    let photo = world.add(first, "i-001-1.jpg").await;
    let removed = world.app().intake.remove_item_photo(world.owner, first, 1).await;
    removed.unwrap();
    // As an upload of the same picture that has found row and file, and has not hung it yet.
    let keeping = world.app().photo_files.keeping().await;
    let app = world.app().clone();
    let upkeep = tokio::task::spawn_blocking(move || step(&app));
    world.keep(move |tx| {
        let place = crate::domain::photo::PhotoRef {
            number: 1,
            sha256: photo,
        };
        tx.put_item_photo(second, &place)
    });
    drop(keeping);
    upkeep.await.unwrap().unwrap();
    assert!(world.holds(photo));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_no_photo_names_go_after_an_hour() {
    let world = World::new();
    let item = world.register("Cykel", "").await;
    let named = world.add(item, "i-001-1.jpg").await;
    let files = &world.app().photo_files;
    let stray = files.keep(b"bytes of a photo that was refused").unwrap();
    let leftover = files.path(stray).with_file_name(format!(".{stray}.x"));
    let foreign = files.path(stray).with_file_name("README");
    std::fs::write(&leftover, "x").unwrap();
    std::fs::write(&foreign, "x").unwrap();
    world.upkeep().await;
    assert!(files.read(stray).is_ok() && leftover.exists(), "their rows may be on the way");
    world.clock.advance(TimeDelta::hours(2));
    world.upkeep().await;
    assert!(files.read(stray).is_err() && !leftover.exists());
    assert!(world.holds(named));
    assert!(foreign.exists(), "not ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_is_full_leaves_the_other_folders_to_the_next() {
    let world = World::new();
    let (store, files) = (world.app().store.clone(), world.app().photo_files.clone());
    let hashes: Vec<_> = (0_u8..40).map(|n| files.keep(&[n]).unwrap()).collect();
    world.clock.advance(TimeDelta::hours(2));
    let (left, rounds) = tokio::task::spawn_blocking(move || {
        let left = || hashes.iter().filter(|hash| files.read(**hash).is_ok()).count();
        remove_stray_files(&store, &files, 10).unwrap();
        let first = left();
        for _ in 0..10 {
            remove_stray_files(&store, &files, 10).unwrap();
        }
        (first, left())
    })
    .await
    .unwrap();
    assert!((1..=30).contains(&left), "{left}");
    assert_eq!(rounds, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_go_with_the_retention_of_their_letter() {
    let world = World::new();
    let item = world.register("Kildemoes herrecykel", "WBK123456Z").await;
    world.steal(item);
    let listing = world.push("A-1", "Herrecykel", "WBK123456Z").await;
    world.compare().await;
    let now = world.clock.now();
    let request = DisclosureRequest {
        id: DisclosureRequestId::generate(now),
        report: world.report(listing).unwrap(),
        letter: world.letter,
        partner: world.partner,
        fields: vec![SellerField::Name],
        purpose: Purpose::parse("4100-1", "the seller of a stolen bicycle").unwrap(),
        requested_by: world.officer,
        requested_at: now,
        approvals: Vec::new(),
        notices: Vec::new(),
        state: DisclosureState::Answered { at: now },
    };
    let id = request.id;
    world.keep(move |tx| {
        tx.insert_disclosure_request(&request)?;
        tx.seal_identity(id, b"sealed")
    });
    let sealed = |world: &World| world.read(|reader| reader.sealed_identity(id)).is_some();
    world.clock.advance(TimeDelta::days(29));
    world.upkeep().await;
    assert!(sealed(&world));
    world.clock.advance(TimeDelta::days(1));
    world.upkeep().await;
    assert!(!sealed(&world));
}

#[test]
fn the_letter_in_force_says_how_long_else_the_last_that_was() {
    let now = Clock::system().now();
    // Days from now, retention, and on which day it was revoked.
    type Terms = ((i64, i64), u32, Option<i64>);
    let cases: [(&[Terms], u32); 7] = [
        (&[], RETENTION_DAYS_DEFAULT),
        (&[((-10, 10), 30, None)], 30),
        (&[((20, 900), 99, None), ((-10, 10), 30, None)], 30),
        (&[((-9, 900), 99, Some(-8)), ((-10, 10), 30, None)], 30),
        (&[((20, 30), 99, None), ((-30, -20), 40, None), ((-50, -40), 20, None)], 40),
        (&[((-60, 900), 60, Some(-45)), ((-50, -40), 20, None)], 20),
        (&[((10, 90), 50, Some(-1)), ((20, 30), 99, None)], RETENTION_DAYS_DEFAULT),
    ];
    for (terms, expected) in cases {
        let letters = terms.iter().map(|(days, retention, revoked)| Letter {
            revoked: revoked.map(|day| (None, now + TimeDelta::days(day))),
            ..letter(PartnerId::generate(now), now, *days, *retention)
        });
        assert_eq!(retention_days(&letters.collect::<Vec<_>>(), now), expected, "{terms:?}");
    }
}
