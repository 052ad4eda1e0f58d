//! What holds for every history of changes.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::samples::{id, photo, record};
use super::tests::{index_of, open, put};
use super::*;
use crate::image::features::compare;

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => record().prop_map(put),
        1 => (any::<bool>(), 0..12_u64).prop_map(|(registered, number)| Change::Remove {
            side: if registered { Side::Registered } else { Side::Offered },
            id: id(number),
        }),
    ]
}

/// Which photos show a part of which, with how many corners.
type Parts = Vec<(usize, usize, usize)>;

fn parts(hit: &Hit) -> Parts {
    let mut parts: Parts = (hit.parts.iter())
        .map(|part| (part.query, part.found, part.comparison.inliers))
        .collect();
    parts.sort_unstable();
    parts
}

/// Every two photos of which one shows a part of the other, by comparing all of them; a photo that finds the record by its hash
/// needs no features.
fn parts_by_comparing_all(query: &Record, found: &Record, hit: Option<&Hit>) -> Parts {
    let mut parts = Parts::new();
    for (ours, our_features) in query.features.iter().enumerate() {
        if hit.is_some_and(|hit| hit.photos.iter().any(|near| near.query == ours)) {
            continue;
        }
        for (theirs, their_features) in found.features.iter().enumerate() {
            let comparison = match query.side {
                Side::Registered => compare(our_features, their_features),
                Side::Offered => compare(their_features, our_features),
            };
            parts.extend(comparison.map(|comparison| (ours, theirs, comparison.inliers)));
        }
    }
    parts
}

/// What a search says apart from scores, which depend on how often deleted records still count.
fn outcome(engine: &Engine, query: &Record) -> Vec<(Uuid, usize, Parts, usize, bool)> {
    let hits = engine.search(query).unwrap().into_iter();
    let mut hits: Vec<_> = hits
        .map(|hit| {
            let parts = parts(&hit);
            (hit.id, hit.identifiers.len(), parts, hit.photos.len(), hit.text.is_some())
        })
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
    fn parts_are_found_as_by_comparing_all(records in prop::collection::vec(record(), 2..8)) {
        let last: BTreeMap<_, _> = records.into_iter().map(|record| ((record.side, record.id), record)).collect();
        let (_dir, engine) = index_of(last.values().cloned().collect());
        for query in last.values() {
            let hits: BTreeMap<Uuid, Hit> = engine.search(query).unwrap().into_iter().map(|hit| (hit.id, hit)).collect();
            for other in last.values().filter(|other| other.side == query.side.opposite()) {
                let hit = hits.get(&other.id);
                let found = hit.map(parts).unwrap_or_default();
                prop_assert_eq!(found, parts_by_comparing_all(query, other, hit));
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
                let (identifiers, photos, parts) =
                    back.map_or((0, 0, 0), |back| (back.identifiers.len(), back.photos.len(), back.parts.len()));
                prop_assert_eq!(hit.identifiers.is_empty(), identifiers == 0);
                prop_assert_eq!(hit.photos.is_empty(), photos == 0);
                // A photo that finds the record by its hash is not looked at again.
                prop_assert!(hit.parts.is_empty() || parts + photos > 0);
            }
        }
    }
}
