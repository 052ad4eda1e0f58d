//! Photos read in their turn, and again by a newer version.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use chrono::{TimeDelta, Utc};

use super::*;
use crate::domain::photo::Photo;
use crate::domain::time::{Clock, Timestamp};

const NUMBER: &str = "WBK147214D";

fn barcode_photo() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/labels/frame-barcode.jpg")).unwrap()
}

struct World {
    folder: tempfile::TempDir,
    store: Store,
    files: PhotoFiles,
    reader: Reader,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: Store::open(&folder.path().join("replevin.db"), Clock::system()).unwrap(),
            files: PhotoFiles::open(&folder.path().join("photos")).unwrap(),
            reader: Reader {
                tesseract: None,
                passed_over: HashSet::new(),
            },
            folder,
        }
    }

    fn enter(&self, sha256: ContentHash, created_at: Timestamp) {
        let photo = Photo {
            sha256,
            size_bytes: 1,
            format: "jpeg".to_owned(),
            width: 64,
            height: 64,
            body_serial: None,
            lens_serial: None,
            fingerprint: None,
            features: None,
            created_at,
        };
        self.store
            .keep(move |tx| Ok::<_, StoreError>((tx.insert_photo(&photo)?, Vec::new())))
            .unwrap();
    }

    fn execute(&self, sql: &str, sha256: ContentHash) {
        let database = rusqlite::Connection::open(self.folder.path().join("replevin.db")).unwrap();
        assert_eq!(database.execute(sql, [sha256.0]).unwrap(), 1, "{sql}");
    }

    fn step(&mut self) -> bool {
        self.reader.step(&self.store, &self.files, &CancellationToken::new()).unwrap()
    }

    fn numbers(&self, sha256: ContentHash) -> Vec<String> {
        let numbers = self.store.read_blocking(|reader| reader.photo_numbers(sha256)).unwrap();
        numbers.into_iter().map(|found| found.identifier.normalised).collect()
    }

    fn waiting(&self, way: PhotoWay) -> u64 {
        self.store.read_blocking(|reader| reader.count_photos_to_read(way)).unwrap()
    }
}

#[test]
fn items_photos_are_read_first_and_the_newest_of_each() {
    let world = World::new();
    let now = Utc::now();
    let named = |name: &str| ContentHash::of(name.as_bytes());
    for (name, minutes) in [("old", 0), ("of an item", 1), ("new", 2), ("of an item too", 3)] {
        world.enter(named(name), now + TimeDelta::minutes(minutes));
    }
    for name in ["of an item", "of an item too"] {
        world.execute(
            "UPDATE photo_numbers SET of_listing = 0 WHERE way = 'barcode' AND sha256 = ?1",
            named(name),
        );
    }
    let order = world
        .store
        .read_blocking(|reader| reader.photos_to_read(PhotoWay::Barcode, 9))
        .unwrap();
    assert_eq!(order, ["of an item too", "of an item", "new", "old"].map(named));
}

#[test]
fn a_photo_is_read_once_by_each_version_and_a_lost_one_is_passed_over() {
    let mut world = World::new();
    let (held, lost) = (
        world.files.keep(&barcode_photo()).unwrap(),
        ContentHash::of(b"its file is gone"),
    );
    world.enter(held, Utc::now());
    world.enter(lost, Utc::now());
    assert_eq!((world.waiting(PhotoWay::Barcode), world.waiting(PhotoWay::Label)), (2, 2));
    assert!(world.step() && world.step());
    assert!(!world.step(), "nothing is left, for nothing reads labels here");
    assert_eq!(world.numbers(held), [NUMBER]);
    assert_eq!(world.numbers(lost), [""; 0]);
    assert_eq!((world.waiting(PhotoWay::Barcode), world.waiting(PhotoWay::Label)), (1, 2));
    let outdated = "UPDATE photo_numbers SET version = 0, numbers = '[]' WHERE way = 'barcode' AND sha256 = ?1";
    world.execute(outdated, held);
    assert!(world.step() && !world.step());
    assert_eq!(world.numbers(held), [NUMBER]);
}

#[test]
fn what_was_cut_short_is_not_kept() {
    let mut world = World::new();
    let held = world.files.keep(&barcode_photo()).unwrap();
    world.enter(held, Utc::now());
    let stop = CancellationToken::new();
    stop.cancel();
    assert!(!world.reader.step(&world.store, &world.files, &stop).unwrap());
    assert_eq!(world.waiting(PhotoWay::Barcode), 1);
}
