//! The table against brute force, and its bookkeeping.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Scheme, Validity};
use super::*;

fn identifier(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier {
        kind,
        scheme: Scheme::Generic,
        given: value.into(),
        normalised: value.into(),
        folded: super::super::characters::classes(value),
        valid: Validity::Yes,
    }
}

fn kinds() -> impl Strategy<Value = IdentifierKind> {
    prop::sample::select(vec![
        IdentifierKind::Serial,
        IdentifierKind::FrameNumber,
        IdentifierKind::Imei,
    ])
}

/// Few characters and many lengths, so that near values, swaps and look-alikes abound.
fn values() -> impl Strategy<Value = Identifier> {
    let dense = "[01OIA]{1,12}";
    let wide = "[0-9A-Z]{5,9}";
    // From 25 characters on only equal values count.
    let long = "[17]{12,27}";
    (kinds(), prop_oneof![6 => dense, 2 => wide, 2 => long]).prop_map(|(kind, value)| identifier(kind, &value))
}

/// What `find` should say, one by one, with rivals by definition.
fn by_hand(
    stored: &BTreeMap<u32, Vec<Identifier>>,
    query: &Identifier,
    edits_max: u8,
) -> Vec<(u32, u16, IdentifierDistance, u32)> {
    let mut found = Vec::new();
    for (&slot, identifiers) in stored {
        for (position, identifier) in identifiers.iter().enumerate() {
            if let Some(distance) = distance(query, identifier).filter(|d| d.slips() == 0 || d.edits <= edits_max) {
                found.push((slot, position as u16, distance, 0));
            }
        }
    }
    for at in 0..found.len() {
        let mut nearer: Vec<u32> = found
            .iter()
            .filter(|other| other.2 <= found[at].2)
            .map(|other| other.0)
            .collect();
        nearer.dedup();
        found[at].3 = nearer.len() as u32 - 1;
    }
    found.sort_unstable_by_key(|hit| (hit.2, hit.0, hit.1));
    found
}

fn check(table: &NearIdentifiers, stored: &BTreeMap<u32, Vec<Identifier>>, query: &Identifier, edits_max: u8) {
    let found = table.find(query, edits_max);
    assert!(found.windows(2).all(|pair| pair[0].distance <= pair[1].distance));
    let mut found: Vec<_> = found
        .into_iter()
        .map(|near| (near.slot, near.position, near.distance, near.rivals))
        .collect();
    found.sort_unstable_by_key(|hit| (hit.2, hit.0, hit.1));
    assert_eq!(found, by_hand(stored, query, edits_max), "{edits_max} edits of {query:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn finds_what_brute_force_finds(
        records in prop::collection::vec((0..40u32, prop::collection::vec(values(), 0..4)), 0..60),
        removed in prop::collection::vec(0..40u32, 0..10),
        queries in prop::collection::vec(values(), 1..20),
    ) {
        let mut table = NearIdentifiers::new();
        let mut stored = BTreeMap::new();
        for (slot, identifiers) in records {
            table.remove(slot);
            for (position, identifier) in identifiers.iter().enumerate() {
                table.insert(slot, position as u16, identifier);
            }
            stored.insert(slot, identifiers);
        }
        for slot in removed {
            table.remove(slot);
            stored.remove(&slot);
        }
        prop_assert_eq!(table.len(), stored.values().map(Vec::len).sum::<usize>());
        for query in queries.iter().chain(stored.values().flatten()) {
            for edits_max in 0..=2 {
                check(&table, &stored, query, edits_max);
            }
        }
        for slot in 0..40 {
            table.remove(slot);
        }
        prop_assert!(table.is_empty() && table.forwards.is_empty() && table.backwards.is_empty() && table.slots.is_empty());
    }
}

#[test]
fn a_value_that_thousands_share_is_named_in_part_and_counted_in_full() {
    let mut table = NearIdentifiers::new();
    for slot in 0..5000 {
        table.insert(slot, 0, &identifier(IdentifierKind::Serial, "AB123456"));
    }
    table.insert(9000, 2, &identifier(IdentifierKind::Serial, "AB123457"));
    let found = table.find(&identifier(IdentifierKind::Serial, "AB123456"), 2);
    assert_eq!(found.len(), 257);
    assert_eq!(found[0].rivals, 4999);
    let last = found.last().unwrap();
    assert_eq!((last.slot, last.position, last.rivals), (9000, 2, 5000));
}

#[test]
fn a_number_in_all_its_look_alikes_names_the_nearest() {
    const PLACES: u32 = 11;
    let mut table = NearIdentifiers::new();
    let written = |variant: u32| -> Identifier {
        let places: String = (0..PLACES)
            .map(|place| if variant >> place & 1 == 1 { 'O' } else { '0' })
            .collect();
        identifier(IdentifierKind::Serial, &format!("W{places}7"))
    };
    for variant in 0..1 << PLACES {
        table.insert(variant, 0, &written(variant));
    }
    let found = table.find(&written(77), 2);
    assert_eq!(found.len(), NAMED_MAX);
    assert_eq!((found[0].slot, found[0].rivals), (77, 0));
    assert!(found.is_sorted_by_key(|near| near.distance));
    // Those with at most five characters exchanged, of which not all are named: half of all.
    assert_eq!(found.last().unwrap().rivals, (1 << (PLACES - 1)) - 1);
    // They are a crowd by now: known again, left one by one, and gone with the last.
    table.insert(1 << PLACES, 0, &written(77));
    assert_eq!((table.crowds.len(), table.values.len()), (1, 1 << PLACES));
    for variant in (0..1 << PLACES).filter(|variant| *variant != 77) {
        table.remove(variant);
    }
    let left: Vec<u32> = table.find(&written(77), 2).iter().map(|near| near.slot).collect();
    assert_eq!(
        (left.len(), left.contains(&77), left.contains(&(1 << PLACES))),
        (2, true, true)
    );
    [77, 1 << PLACES].into_iter().for_each(|slot| table.remove(slot));
    assert!(table.forwards.is_empty() && table.backwards.is_empty() && table.crowds.is_empty());
}

#[test]
fn product_codes_are_not_taken_in() {
    let mut table = NearIdentifiers::new();
    let code = identifier(IdentifierKind::ProductCode, "04006381333931");
    table.insert(1, 0, &code);
    assert!(table.is_empty() && table.find(&code, 2).is_empty());
}
