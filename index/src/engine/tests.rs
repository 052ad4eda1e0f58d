//! The engine as its callers see it.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use tempfile::TempDir;

use super::samples::{bicycle, id, photo, serial};
use super::*;
use crate::record::SourceKey;

pub(super) fn open(dir: &Path) -> Engine {
    Engine::open(
        dir,
        EngineOptions {
            writer_memory_bytes: WRITER_MEMORY_BYTES_MIN,
            ..EngineOptions::default()
        },
    )
    .unwrap()
}

pub(super) fn put(record: Record) -> Change {
    Change::Put(Box::new(record))
}

pub(super) fn index_of(records: Vec<Record>) -> (TempDir, Engine) {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path());
    let through = Sequence(records.len() as u64);
    engine.apply(records.into_iter().map(put).collect(), through).unwrap();
    engine.commit().unwrap();
    (dir, engine)
}

fn found(engine: &Engine, query: &Record) -> Vec<Uuid> {
    engine.search(query).unwrap().into_iter().map(|hit| hit.id).collect()
}

#[test]
fn words_find_the_opposite_side_only() {
    let (_dir, engine) = index_of(vec![
        bicycle(Side::Registered, 1),
        bicycle(Side::Offered, 2),
        bicycle(Side::Offered, 3),
    ]);
    assert_eq!(found(&engine, &bicycle(Side::Registered, 3)), [id(3), id(2)]);
    assert_eq!(found(&engine, &bicycle(Side::Offered, 9)), [id(1)]);
    let hits = engine.search(&bicycle(Side::Registered, 3)).unwrap();
    assert_eq!(hits.iter().map(|hit| hit.text.unwrap().rank).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn near_identifiers_find_each_other_and_count_rivals() {
    let numbered = |side, number, value: &str| {
        let mut record = bicycle(side, number);
        record.text = RecordText::default();
        record.identifiers = vec![serial(value)];
        record
    };
    let (_dir, engine) = index_of(vec![
        numbered(Side::Registered, 1, "WBK123456Z"),
        numbered(Side::Registered, 2, "WBK123457Z"),
        numbered(Side::Registered, 3, "QQX900817K"),
    ]);
    let hits = engine.search(&numbered(Side::Offered, 9, "WBK123456Z")).unwrap();
    assert_eq!(hits.iter().map(|hit| hit.id).collect::<Vec<_>>(), [id(1), id(2)]);
    assert_eq!((hits[0].identifiers[0].distance.edits, hits[0].identifiers[0].rivals), (0, 0));
    assert_eq!((hits[1].identifiers[0].distance.edits, hits[1].identifiers[0].rivals), (1, 1));
}

#[test]
fn photos_are_compared_within_the_radius_and_sources_counted() {
    let pictured = |side, number, source: Option<u64>, bits| {
        let mut record = bicycle(side, number);
        record.text = RecordText::default();
        record.source = source.map(SourceKey);
        record.photos = vec![photo(1, bits)];
        record
    };
    let (_dir, engine) = index_of(vec![
        pictured(Side::Offered, 1, Some(1), 40),
        pictured(Side::Offered, 2, Some(1), 10),
        pictured(Side::Offered, 3, None, 0),
        pictured(Side::Offered, 4, None, 0),
        pictured(Side::Offered, 5, Some(2), 42),
    ]);
    let hits = engine.search(&pictured(Side::Registered, 9, None, 0)).unwrap();
    assert_eq!(
        hits.iter().map(|hit| hit.id).collect::<Vec<_>>(),
        [id(3), id(4), id(2), id(1)]
    );
    assert_eq!(hits[3].photos[0].comparison.pdq_bits, 40);
    assert_eq!(engine.photo_sources(&photo(1, 0)), 3);
    assert_eq!(engine.photo_sources(&photo(2, 0)), 0);
    let mut stale = photo(1, 0);
    stale.version += 1;
    assert_eq!(engine.photo_sources(&stale), 0);
}

#[test]
fn nothing_is_seen_before_the_commit() {
    let (_dir, engine) = index_of(vec![bicycle(Side::Offered, 1)]);
    engine
        .apply(
            vec![
                put(bicycle(Side::Offered, 2)),
                Change::Remove {
                    side: Side::Offered,
                    id: id(1),
                },
            ],
            Sequence(5),
        )
        .unwrap();
    assert_eq!((engine.checkpoint(), engine.ids(Side::Offered)), (Sequence(1), vec![id(1)]));
    assert_eq!(found(&engine, &bicycle(Side::Registered, 1)), [id(1)]);
    assert_eq!(engine.commit().unwrap(), Sequence(5));
    assert_eq!((engine.checkpoint(), engine.ids(Side::Offered)), (Sequence(5), vec![id(2)]));
    assert_eq!(found(&engine, &bicycle(Side::Registered, 1)), [id(2)]);
}

#[test]
fn the_last_change_of_a_record_wins() {
    let (_dir, engine) = index_of(vec![]);
    let mut second = bicycle(Side::Offered, 1);
    second.text.title = "Guldring".to_owned();
    let changes = vec![
        put(bicycle(Side::Offered, 1)),
        Change::Remove {
            side: Side::Offered,
            id: id(1),
        },
        put(second.clone()),
    ];
    for through in [Sequence(3), Sequence(3)] {
        engine.apply(changes.clone(), through).unwrap();
        engine.commit().unwrap();
        assert_eq!(engine.len(Side::Offered), 1);
        assert_eq!(engine.record(Side::Offered, id(1)).unwrap().unwrap(), second);
    }
}

#[test]
fn a_sequence_without_records_moves_the_checkpoint() {
    let (dir, engine) = index_of(vec![]);
    engine.apply(vec![], Sequence(17)).unwrap();
    assert_eq!(engine.commit().unwrap(), Sequence(17));
    drop(engine);
    assert_eq!(open(dir.path()).checkpoint(), Sequence(17));
}

#[test]
fn clearing_forgets_everything_for_good() {
    let (dir, engine) = index_of(vec![bicycle(Side::Offered, 1), bicycle(Side::Registered, 1)]);
    engine.apply(vec![put(bicycle(Side::Offered, 2))], Sequence(9)).unwrap();
    engine.clear().unwrap();
    assert_eq!(
        (engine.checkpoint(), engine.len(Side::Offered), engine.len(Side::Registered)),
        (Sequence(0), 0, 0)
    );
    assert!(found(&engine, &bicycle(Side::Registered, 1)).is_empty());
    engine.apply(vec![put(bicycle(Side::Offered, 3))], Sequence(1)).unwrap();
    engine.commit().unwrap();
    drop(engine);
    assert_eq!(open(dir.path()).ids(Side::Offered), [id(3)]);
}

#[test]
fn a_second_engine_is_kept_out() {
    let (dir, _engine) = index_of(vec![]);
    assert!(matches!(
        Engine::open(dir.path(), EngineOptions::default()),
        Err(EngineError::Locked)
    ));
}

#[test]
fn what_was_not_committed_is_gone_after_a_crash() {
    let (dir, engine) = index_of(vec![bicycle(Side::Offered, 1)]);
    engine
        .apply(
            (2..200).map(|number| put(bicycle(Side::Offered, number))).collect(),
            Sequence(200),
        )
        .unwrap();
    // A copy taken now is what a kill leaves in the files. That a whole program is killed in the midst of its work is the
    // service's own test.
    let copy = tempfile::tempdir().unwrap();
    copy_dir(dir.path(), copy.path());
    drop(engine);
    for dir in [dir.path(), copy.path()] {
        let engine = open(dir);
        assert_eq!((engine.checkpoint(), engine.ids(Side::Offered)), (Sequence(1), vec![id(1)]));
        engine
            .apply(
                (1..200).map(|number| put(bicycle(Side::Offered, number))).collect(),
                Sequence(200),
            )
            .unwrap();
        assert_eq!(engine.commit().unwrap(), Sequence(200));
        assert_eq!(engine.len(Side::Offered), 199);
    }
}

#[test]
fn a_commit_that_fails_leaves_the_last_one_and_the_next_goes_through() {
    let (dir, engine) = index_of(vec![bicycle(Side::Offered, 1)]);
    let second = || vec![put(bicycle(Side::Offered, 2))];
    engine.apply(second(), Sequence(2)).unwrap();
    let (there, away) = (dir.path().join(disk::subdirectory()), dir.path().join("away"));
    fs::rename(&there, &away).unwrap();
    // Without its directory nothing can be written, as when the disk is full.
    assert!(engine.commit().is_err());
    assert_eq!((engine.checkpoint(), engine.ids(Side::Offered)), (Sequence(1), vec![id(1)]));
    fs::rename(&away, &there).unwrap();
    // A failed writer stays failed: only a new one can take the change again.
    engine.apply(second(), Sequence(2)).unwrap();
    assert_eq!(engine.commit().unwrap(), Sequence(2));
    assert_eq!(engine.len(Side::Offered), 2);
    drop(engine);
    let engine = open(dir.path());
    assert_eq!((engine.checkpoint(), engine.len(Side::Offered)), (Sequence(2), 2));
}

#[test]
fn a_damaged_index_is_emptied_or_found_by_its_checksum() {
    let (dir, engine) = index_of((0..50).map(|number| bicycle(Side::Offered, number)).collect());
    assert!(engine.validate().unwrap());
    drop(engine);
    for name in files(dir.path()) {
        let copy = tempfile::tempdir().unwrap();
        copy_dir(dir.path(), copy.path());
        let path = copy.path().join(disk::subdirectory()).join(&name);
        let mut bytes = fs::read(&path).unwrap();
        if bytes.is_empty() {
            continue;
        }
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        fs::write(&path, &bytes).unwrap();
        let engine = open(copy.path());
        let noticed = engine.checkpoint() == Sequence(0) || !engine.validate().unwrap();
        // tantivy's own list of files only says what may be deleted.
        assert!(noticed || name == ".managed.json", "{name}");
        engine.clear().unwrap();
        drop(engine);

        fs::remove_file(copy.path().join(disk::subdirectory()).join("meta.json")).unwrap();
        assert_eq!(open(copy.path()).checkpoint(), Sequence(0));
    }
}

#[test]
fn a_file_that_is_cut_short_empties_the_index() {
    let (dir, engine) = index_of((0..50).map(|number| bicycle(Side::Offered, number)).collect());
    drop(engine);
    for name in files(dir.path()).into_iter().filter(|name| !name.starts_with('.')) {
        let copy = tempfile::tempdir().unwrap();
        copy_dir(dir.path(), copy.path());
        let path = copy.path().join(disk::subdirectory()).join(&name);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let engine = open(copy.path());
        assert!(engine.checkpoint() == Sequence(0) || !engine.validate().unwrap(), "{name}");
    }
}

#[test]
fn an_index_of_another_version_is_emptied() {
    let (dir, engine) = index_of(vec![bicycle(Side::Offered, 1)]);
    drop(engine);
    fs::rename(dir.path().join(disk::subdirectory()), dir.path().join("v0")).unwrap();
    let engine = open(dir.path());
    assert_eq!((engine.checkpoint(), engine.len(Side::Offered)), (Sequence(0), 0));
    assert!(!dir.path().join("v0").exists());
}

#[test]
fn searches_never_see_half_a_commit() {
    let (_dir, engine) = index_of(vec![]);
    let numbered = |number: u64| {
        let mut record = bicycle(Side::Offered, 1);
        record.text.title = "Kildemose".to_owned();
        record.identifiers = vec![serial(&format!("WBK{number:06}QZ"))];
        record
    };
    let query = |number| Record {
        side: Side::Registered,
        id: id(9),
        ..numbered(number)
    };
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            while engine.checkpoint() < Sequence(20) {
                // Put and removed in turn: whoever is found at all is found by words and by number.
                for hit in engine.search(&query(100)).unwrap() {
                    assert!(hit.text.is_some() && hit.identifiers.len() == 1);
                }
            }
        });
        for number in 1..=20 {
            let change = if number % 2 == 0 {
                Change::Remove {
                    side: Side::Offered,
                    id: id(1),
                }
            } else {
                put(numbered(100))
            };
            engine.apply(vec![change], Sequence(number)).unwrap();
            engine.commit().unwrap();
        }
        reading.join().unwrap();
    });
}

#[test]
fn agreement_uses_the_statistics_of_both_sides() {
    let mut records: Vec<Record> = (0..40).map(|number| bicycle(Side::Offered, number)).collect();
    records.push(Record {
        text: RecordText {
            title: "Kildemose".to_owned(),
            ..RecordText::default()
        },
        ..bicycle(Side::Registered, 50)
    });
    let (_dir, engine) = index_of(records);
    let text = RecordText {
        title: "Kildemose cykel".to_owned(),
        ..RecordText::default()
    };
    let agreement = engine.text_agreement(&text, &text).unwrap();
    assert_eq!(
        agreement.shared_terms,
        [("kildemose".to_owned(), 1), ("cykel".to_owned(), 40)]
    );
}

fn files(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir.join(disk::subdirectory())).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn copy_dir(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy_dir(&entry.path(), &target);
        } else if let Err(error) = fs::copy(entry.path(), target) {
            // The writer throws away files of its own that no commit names.
            assert_eq!(error.kind(), ErrorKind::NotFound, "{}", entry.path().display());
        }
    }
}
