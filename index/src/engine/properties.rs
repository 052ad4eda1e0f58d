//! What holds for every history of changes.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::samples::{id, photo, record};
use super::tests::{index_of, open, put};
use super::*;

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => record().prop_map(put),
        1 => (any::<bool>(), 0..12_u64).prop_map(|(registered, number)| Change::Remove {
            side: if registered { Side::Registered } else { Side::Offered },
            id: id(number),
        }),
    ]
}

/// What a search says apart from scores, which depend on how often deleted records still count.
fn outcome(engine: &Engine, query: &Record) -> Vec<(Uuid, usize, usize, bool)> {
    let hits = engine.search(query).unwrap().into_iter();
    let mut hits: Vec<_> = hits
        .map(|hit| (hit.id, hit.identifiers.len(), hit.photos.len(), hit.text.is_some()))
        .collect();
    hits.sort();
    hits
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_history_searches_like_a_fresh_index(
        batches in prop::collection::vec(prop::collection::vec(change(), 0..8), 1..5),
        queries in prop::collection::vec(record(), 3),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut engine = open(dir.path());
        let mut last = BTreeMap::new();
        for (number, batch) in (1..).zip(batches) {
            for change in &batch {
                match change {
                    Change::Put(record) => last.insert((record.side, record.id), (**record).clone()),
                    Change::Remove { side, id } => last.remove(&(*side, *id)),
                };
            }
            engine.apply(batch, Sequence(number)).unwrap();
            engine.commit().unwrap();
        }
        let (_dir, fresh) = index_of(last.values().cloned().collect());
        for reopened in [false, true] {
            if reopened {
                drop(engine);
                engine = open(dir.path());
            }
            for side in [Side::Registered, Side::Offered] {
                let mut ids = engine.ids(side);
                ids.sort();
                let expected: Vec<Uuid> = last.keys().filter(|(of, _)| *of == side).map(|(_, id)| *id).collect();
                prop_assert_eq!(ids, expected);
            }
            for record in last.values() {
                let stored = engine.record(record.side, record.id).unwrap();
                prop_assert_eq!(stored.as_ref(), Some(record));
            }
            for query in &queries {
                prop_assert_eq!(outcome(&engine, query), outcome(&fresh, query));
            }
            for number in 0..4 {
                prop_assert_eq!(engine.photo_sources(&photo(number, 0)), fresh.photo_sources(&photo(number, 0)));
            }
        }
    }

    #[test]
    fn whoever_finds_is_found(records in prop::collection::vec(record(), 2..12)) {
        let last: BTreeMap<_, _> = records.into_iter().map(|record| ((record.side, record.id), record)).collect();
        let (_dir, engine) = index_of(last.values().cloned().collect());
        for query in last.values() {
            for hit in engine.search(query).unwrap() {
                let other = &last[&(query.side.opposite(), hit.id)];
                let back = engine.search(other).unwrap().into_iter().find(|back| back.id == query.id);
                let (identifiers, photos) = back.map_or((0, 0), |back| (back.identifiers.len(), back.photos.len()));
                prop_assert_eq!(hit.identifiers.is_empty(), identifiers == 0);
                prop_assert_eq!(hit.photos.is_empty(), photos == 0);
            }
        }
    }
}
