//! The step on a real store and index: either side first, crashes in between, what is never reported.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use chrono::TimeDelta;
use proptest::prelude::*;
use replevin_index::identifier::IdentifierKind;
use replevin_index::image::{FINGERPRINT_VERSION, Hash256, HashPair, PhotoFingerprint};
use replevin_index::{Engine, EngineOptions};
use tempfile::TempDir;

use super::*;
use crate::domain::account::{Account, Role};
use crate::domain::description::{Description, GivenIdentifier};
use crate::domain::ids::{DeliveryId, PartnerId};
use crate::domain::item::{Item, ItemDraft, Theft, TheftReport};
use crate::domain::listing::{Delivery, ListingDraft, Seller, SellerKey};
use crate::domain::partner::Partner;
use crate::domain::photo::{ContentHash, Photo, PhotoRef};
use crate::domain::place::Place;
use crate::domain::time::{Clock, Timestamp};
use crate::matching::MatchingOptions;
use crate::store::{Store, Upserted};

/// A service's parts that matching works on.
struct World {
    dir: TempDir,
    index: TempDir,
    clock: Clock,
    store: Store,
    matching: Matching,
    owner: AccountId,
    partner: PartnerId,
    delivery: DeliveryId,
}

const FRAME: &str = "WBK123456Z";

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let store = Store::open(&dir.path().join("replevin.db"), clock.clone()).unwrap();
        let now = clock.now();
        let (owner, partner, delivery) = (AccountId::generate(now), PartnerId::generate(now), DeliveryId::generate(now));
        keep(&store, move |tx| {
            let account = Account {
                id: owner,
                email: "owner@example.org".parse().unwrap(),
                name: "Owner".into(),
                role: Role::Owner,
                partner: None,
                enabled: true,
                password_change_due: false,
                created_at: now,
            };
            tx.insert_account(&account, None)?;
            tx.insert_partner(&Partner {
                id: partner,
                slug: "house".parse().unwrap(),
                name: "House".into(),
                photo_hosts: Vec::new(),
                created_at: now,
            })?;
            tx.insert_delivery(&Delivery {
                id: delivery,
                partner,
                received_at: now,
                size_bytes: 0,
                sha256: ContentHash::of(b""),
                accepted: 0,
                unchanged: 0,
                rejected_count: 0,
                rejected: Vec::new(),
            })
        });
        let index = tempfile::tempdir().unwrap();
        let matching = matching(&index, &store);
        Self {
            dir,
            index,
            clock,
            store,
            matching,
            owner,
            partner,
            delivery,
        }
    }

    fn item(&self, number: Option<&str>, photo: Option<u8>) -> Item {
        let now = self.clock.now();
        let item = Item {
            id: ItemId::generate(now),
            owner: self.owner,
            status: ItemStatus::Registered,
            draft: ItemDraft {
                description: described("Kildemoes herrecykel", number),
                value: None,
            },
            photos: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        let entered = item.clone();
        keep(&self.store, move |tx| {
            tx.insert_item(&entered)?;
            if let Some(photo) = photo {
                let photo = picture(photo, now);
                tx.insert_photo(&photo)?;
                tx.put_item_photo(
                    entered.id,
                    &PhotoRef {
                        number: 1,
                        sha256: photo.sha256,
                    },
                )?;
            }
            Ok(())
        });
        item
    }

    fn steal(&self, item: &Item, from: Timestamp, verified: bool) -> TheftReportId {
        let now = self.clock.now();
        let mut report = TheftReport {
            id: TheftReportId::generate(now),
            reporter: self.owner,
            items: vec![item.id],
            theft: Theft {
                from,
                to: from + TimeDelta::hours(8),
                place: Place::default(),
                crime_reference: None,
                circumstances: String::new(),
            },
            verification: Verification::Unverified,
            created_at: now,
        };
        let (id, mut item, by) = (report.id, item.clone(), self.owner);
        item.status = ItemStatus::Stolen { theft_report: id };
        keep(&self.store, move |tx| {
            tx.insert_theft_report(&report)?;
            if verified {
                report.verification = Verification::Verified { by, at: now };
                tx.save_verification(&report)?;
            }
            tx.save_item(&item)
        });
        id
    }

    fn offer(&self, reference: &str, number: Option<&str>, photo: Option<u8>) -> ListingId {
        let draft = ListingDraft {
            reference: reference.to_owned(),
            url: None,
            description: described("Herrecykel", number),
            price: None,
            photos: Vec::new(),
            seller: Some(Seller {
                key: SellerKey(ContentHash::of(reference.as_bytes()).0),
                since: None,
            }),
            place: Place::default(),
            posted_at: None,
            ends_at: None,
            status: ListingStatus::Active,
            extra: serde_json::Map::new(),
        };
        let (partner, delivery, now) = (self.partner, self.delivery, self.clock.now());
        keep(&self.store, move |tx| {
            let (Upserted::New(id) | Upserted::Changed(id) | Upserted::Unchanged(id)) =
                tx.upsert_listing(partner, &draft, delivery)?;
            if let Some(photo) = photo {
                let photo = picture(photo, now);
                tx.insert_photo(&photo)?;
                tx.hold_listing_photo(id, 1, photo.sha256)?;
            }
            Ok(id)
        })
    }

    fn catch_up(&self) {
        while self.matching.step().unwrap().behind {}
        assert!(self.matching.index_is_whole().unwrap());
    }

    fn reports(&self, item: &Item) -> Vec<(ListingId, f64)> {
        let id = item.id;
        let reports = self.store.read_blocking(move |reader| reader.reports_of_item(id)).unwrap();
        let mut reports: Vec<_> = reports
            .iter()
            .map(|report| (report.listing, report.assessment.probability))
            .collect();
        reports.sort_by_key(|(listing, _)| *listing);
        reports
    }

    fn questions(&self) -> usize {
        (self.store)
            .read_blocking(|reader| Ok::<_, StoreError>(reader.questions()?.len()))
            .unwrap()
    }

    /// Throws the index away, as somebody who deletes its directory would.
    fn lose_index(&mut self) {
        self.index = tempfile::tempdir().unwrap();
        self.matching = matching(&self.index, &self.store);
    }
}

fn matching(dir: &TempDir, store: &Store) -> Matching {
    let engine = Engine::open(dir.path(), EngineOptions::default()).unwrap();
    Matching::new(store.clone(), Arc::new(engine), MatchingOptions::default())
}

fn keep<T: Send + 'static>(store: &Store, work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static) -> T {
    store.keep(move |tx| Ok::<_, StoreError>((work(tx)?, Vec::new()))).unwrap()
}

fn described(title: &str, number: Option<&str>) -> Description {
    Description {
        title: title.to_owned(),
        identifiers: (number.iter())
            .map(|value| GivenIdentifier {
                kind: IdentifierKind::FrameNumber,
                value: (*value).to_owned(),
            })
            .collect(),
        ..Description::default()
    }
}

fn picture(number: u8, now: Timestamp) -> Photo {
    let pair = |form: u8| HashPair {
        pdq: Hash256(ContentHash::of(&[number, form, 1]).0),
        second: Hash256(ContentHash::of(&[number, form, 2]).0),
    };
    Photo {
        sha256: ContentHash::of(&[number]),
        size_bytes: 1,
        format: "jpeg".into(),
        width: 1,
        height: 1,
        body_serial: None,
        lens_serial: None,
        fingerprint: PhotoFingerprint {
            version: FINGERPRINT_VERSION,
            quality: 100,
            full: std::array::from_fn(|form| pair(form as u8)),
            trimmed: None,
        },
        created_at: now,
    }
}

#[test]
fn whichever_side_comes_first_the_same_reports_stand() {
    let mut found = Vec::new();
    for items_first in [true, false] {
        let world = World::new();
        let theft = world.clock.now() - TimeDelta::days(2);
        let (mut items, mut listings) = (Vec::new(), Vec::new());
        for item_turn in [items_first, !items_first] {
            if item_turn {
                items = vec![
                    world.item(Some(FRAME), None),
                    world.item(None, Some(1)),
                    world.item(None, Some(2)),
                ];
                for item in &items {
                    world.steal(item, theft, true);
                }
            } else {
                listings = vec![world.offer("A-1", Some(FRAME), None), world.offer("A-2", None, Some(1))];
                // A picture that hangs with everybody, one by one.
                for reference in ["B-1", "B-2", "B-3", "B-4", "B-5"] {
                    world.offer(reference, None, Some(2));
                    world.catch_up();
                }
            }
            world.catch_up();
        }
        let reports: Vec<_> = items.iter().map(|item| world.reports(item)).collect();
        assert_eq!(
            reports.iter().map(Vec::len).collect::<Vec<_>>(),
            [1, 1, 0],
            "items first: {items_first}"
        );
        assert_eq!((reports[0][0].0, reports[1][0].0), (listings[0], listings[1]));
        found.push([reports[0][0].1, reports[1][0].1]);
    }
    // The words of the archive weigh a little as they stood when a pair was assessed.
    for (one, other) in found[0].iter().zip(found[1]) {
        assert!((one - other).abs() < 0.005, "{found:?}");
    }
}

#[test]
fn both_directions_assess_a_pair_alike() {
    let world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    for number in ["WBK123456Z", "WBK123465Z", "WBK128456Z"] {
        world.steal(&world.item(Some(number), Some(1)), theft, true);
    }
    for (reference, number) in [("A-1", "WBK123456Z"), ("A-2", "WBK123457Z"), ("A-3", "WBK723456Z")] {
        world.offer(reference, Some(number), Some(1));
    }
    world.catch_up();
    world
        .store
        .read_blocking(|reader| {
            let items: Vec<_> = reader.searchable_item_ids()?;
            let listings: Vec<_> = reader.listing_ids()?;
            let desk = || Desk::new(reader, &world.matching.engine, &world.matching.options);
            let (mut from_items, mut from_listings) = (desk(), desk());
            for item in &items {
                for listing in listings.iter().rev() {
                    let (a, b) = (from_items.item(item.0)?.unwrap(), from_items.listing(listing.0)?.unwrap());
                    let one = from_items.assess_fully(&a, &b)?;
                    let mut fresh = desk();
                    let (a, b) = (from_listings.item(item.0)?.unwrap(), fresh.listing(listing.0)?.unwrap());
                    fresh.found(&b.facts.record)?;
                    assert_eq!(one, fresh.assess_fully(&a, &b)?);
                }
            }
            Ok::<_, MatchingError>(())
        })
        .unwrap();
}

#[test]
fn only_verified_thefts_make_reports_and_only_once() {
    let world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    let item = world.item(Some(FRAME), None);
    world.offer("A-1", Some(FRAME), None);
    world.catch_up();
    assert_eq!(
        (world.reports(&item).len(), world.questions()),
        (0, 1),
        "safe at home: the owner is asked"
    );
    let report = world.steal(&item, theft, false);
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 0, "unverified");
    let (id, by, now) = (item.id, world.owner, world.clock.now());
    keep(&world.store, move |tx| {
        let mut report = tx.theft_report(report)?.unwrap();
        report.verification = Verification::Verified { by, at: now };
        tx.save_verification(&report)?;
        tx.touch_item(id)
    });
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 1);
    keep(&world.store, move |tx| tx.touch_item(id));
    world.catch_up();
    assert_eq!((world.reports(&item).len(), world.questions()), (1, 1));
}

#[test]
fn what_was_received_before_the_theft_is_not_reported() {
    let world = World::new();
    let item = world.item(Some(FRAME), Some(1));
    world.offer("A-1", Some(FRAME), Some(1));
    world.steal(&item, world.clock.now() + TimeDelta::hours(1), true);
    world.catch_up();
    assert!(world.reports(&item).is_empty());
}

#[test]
fn a_lost_index_is_rebuilt_and_loses_no_pair() {
    let mut world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    let item = world.item(Some(FRAME), None);
    world.steal(&item, theft, true);
    world.catch_up();
    world.lose_index();
    world.offer("A-1", Some(FRAME), None);
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 1);
    world.lose_index();
    world.catch_up();
    assert_eq!(world.reports(&item).len(), 1);
}

#[test]
fn a_row_that_cannot_be_read_holds_up_nobody() {
    let world = World::new();
    let theft = world.clock.now() - TimeDelta::days(2);
    let spoilt = world.item(Some("XYZ987654A"), None);
    let item = world.item(Some(FRAME), None);
    world.steal(&item, theft, true);
    let database = rusqlite::Connection::open(world.dir.path().join("replevin.db")).unwrap();
    database
        .execute(
            "UPDATE items SET description = '{\"title\": 7}' WHERE id = ?1",
            [spoilt.id.0.as_bytes()],
        )
        .unwrap();
    world.offer("A-1", Some(FRAME), None);
    let progress = world.matching.step().unwrap();
    assert_eq!((progress.skipped, progress.behind), (1, false));
    assert_eq!(world.reports(&item).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Any order of entering, stealing and offering, with the index lost at any point, ends in the same reports; what is not
    /// stolen is never among them.
    #[test]
    fn any_order_converges(order in Just((0..6_u8).collect::<Vec<_>>()).prop_shuffle(), lost in 0..6_usize) {
        let mut world = World::new();
        let theft = world.clock.now() - TimeDelta::days(2);
        let mut stolen = None;
        let mut home = None;
        for (at, act) in order.into_iter().enumerate() {
            match act {
                0 => {
                    let item = world.item(Some(FRAME), None);
                    world.steal(&item, theft, true);
                    stolen = Some(item);
                }
                1 => home = Some(world.item(Some("ABC765432K"), None)),
                2 => {
                    world.offer("A-1", Some(FRAME), None);
                }
                3 => {
                    world.offer("A-2", Some("wbk 12345 6z"), None);
                }
                4 => {
                    world.offer("A-3", Some("ABC765432K"), None);
                }
                _ => {
                    world.offer("A-4", Some("DEF111213L"), None);
                }
            }
            if at == lost {
                world.lose_index();
            } else if at % 2 == 0 {
                world.matching.step().unwrap();
            }
        }
        world.catch_up();
        prop_assert_eq!(world.reports(&stolen.unwrap()).len(), 2);
        prop_assert_eq!(world.reports(&home.unwrap()).len(), 0);
        prop_assert_eq!(world.questions(), 1);
    }
}
