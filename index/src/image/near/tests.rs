//! The set against a plain list: whatever was inserted, removed and merged in between, both find the same.

use std::collections::BTreeSet;

use fearless_simd::Level;
use proptest::prelude::*;

use super::scan::Near;
use super::tables::HASHES_MIN;
use super::words::{halves, words};
use super::*;

/// A hash that differs from a base in the given bits; few bases and few bits make near and equal hashes common.
fn hash() -> impl Strategy<Value = Hash256> {
    (0..3u8, proptest::collection::vec(0..256usize, 0..50))
        .prop_map(|(base, bits)| flipped(&[base.wrapping_mul(0x55); 32], &bits))
}

fn flipped(base: &[u8; 32], bits: &[usize]) -> Hash256 {
    let mut bytes = *base;
    for bit in bits {
        bytes[bit / 8] ^= 0x80 >> (bit % 8);
    }
    Hash256(bytes)
}

/// Hashes without pattern, from a constant seed.
fn random(count: usize) -> Vec<Hash256> {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (state >> 33) as u8
    };
    (0..count).map(|_| Hash256(std::array::from_fn(|_| next()))).collect()
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u32, u16, Hash256),
    Stage(u32, u16, Hash256),
    Remove(u32),
    Merge,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..20u32, 0..3u16, hash()).prop_map(|(slot, photo, hash)| Step::Insert(slot, photo, hash)),
        1 => (0..20u32, 0..3u16, hash()).prop_map(|(slot, photo, hash)| Step::Stage(slot, photo, hash)),
        2 => (0..20u32).prop_map(Step::Remove),
        1 => Just(Step::Merge),
    ]
}

/// Slot, photo, query and distance of all that a set finds; checks what it says of each hash.
fn all_within(set: &NearHashes, queries: &[Hash256], radius: u16) -> Vec<(u32, u16, usize, u16)> {
    let mut found = Vec::new();
    for near in set.within(queries, radius) {
        let postings: Vec<Posting> = near.postings().collect();
        assert_eq!(near.photos, postings.len());
        found.extend(
            postings
                .iter()
                .map(|posting| (posting.slot, posting.photo_index, near.query, near.distance_bits)),
        );
    }
    found.sort_unstable();
    found
}

proptest! {
    #[test]
    fn finds_what_comparing_all_finds(
        steps in proptest::collection::vec(step(), 0..80),
        queries in proptest::collection::vec(hash(), 0..6),
        radius in prop_oneof![4 => 0..=64u16, 1 => 65..=256u16],
    ) {
        let (mut set, mut plain) = (NearHashes::new(), BTreeSet::new());
        for step in steps.into_iter().chain([Step::Stage(99, 0, Hash256([0; 32])), Step::Merge]) {
            match step {
                Step::Insert(slot, photo, hash) => {
                    set.insert(slot, photo, &hash);
                    plain.insert((slot, photo, hash.0));
                }
                Step::Stage(slot, photo, hash) => {
                    set.stage(slot, photo, &hash);
                    plain.insert((slot, photo, hash.0));
                    prop_assert!(set.merge_due());
                }
                Step::Remove(slot) => {
                    set.remove(slot);
                    plain.retain(|(other, ..)| *other != slot);
                }
                Step::Merge => set.merge(),
            }
            if set.merge_due() {
                continue;
            }
            let mut expected = Vec::new();
            for (query, wanted) in queries.iter().enumerate() {
                for (slot, photo, hash) in &plain {
                    let distance = wanted.distance_bits(&Hash256(*hash));
                    if distance <= radius {
                        expected.push((*slot, *photo, query, distance));
                    }
                }
            }
            expected.sort_unstable();
            prop_assert_eq!(all_within(&set, &queries, radius), expected);
        }
        let distinct: BTreeSet<_> = plain.iter().map(|(.., hash)| hash).collect();
        prop_assert_eq!(set.len(), distinct.len());
    }

    #[test]
    fn tables_find_what_a_scan_finds(
        hashes in proptest::collection::vec(hash(), 0..200),
        queries in proptest::collection::vec(hash(), 0..4),
        bands in 16..=32u32,
        radius in 0..=60u32,
    ) {
        let mut sorted: Vec<Words> = hashes.iter().map(words).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let bands = plan::cut(bands);
        let [first, last] = [0, 1].map(|half| sorted.iter().map(|words| halves(words)[half]).collect::<Vec<_>>());
        let tables = Tables::with_bands(first, last, &bands);
        for (entry, words) in (0..).zip(&sorted) {
            prop_assert_eq!(tables.entry(words), Some(entry));
        }
        let queries: Vec<Words> = queries.iter().map(words).collect();
        for query in &queries {
            prop_assert_eq!(tables.entry(query).is_some(), sorted.contains(query));
        }
        let (lookups, _) = plan::cheapest(&bands, sorted.len(), radius).unwrap();
        let [mut by_tables, mut by_scan]: [Vec<Near>; 2] = Default::default();
        tables.look_up(&lookups, &queries, radius, &mut by_tables);
        scan::scan(&tables.first, &tables.last, &queries, radius, &mut by_scan);
        by_tables.sort_unstable();
        by_scan.sort_unstable();
        prop_assert_eq!(&by_tables, &by_scan);
        // The code for any processor, beside the one for this.
        let [mut by_tables, mut by_scan]: [Vec<Near>; 2] = Default::default();
        tables.look_up_with(Level::baseline(), &lookups, &queries, radius, &mut by_tables);
        scan::scan_with(Level::baseline(), (&tables.first, &tables.last), &queries, radius, &mut by_scan);
        by_tables.sort_unstable();
        by_scan.sort_unstable();
        prop_assert_eq!(by_tables, by_scan);
    }
}

/// Enough hashes for tables, some later ones, some removed ones; every distance from the query within and beyond the radius.
#[test]
fn a_large_set_finds_what_was_planted() {
    let hashes = random(HASHES_MIN + 5000);
    let (early, late) = hashes.split_at(HASHES_MIN + 1000);
    let mut set = NearHashes::new();
    (0..).zip(early).for_each(|(slot, hash)| set.stage(slot, 0, hash));
    set.merge();
    assert_eq!((set.len(), set.tables.bands.is_empty()), (early.len(), false));
    (0..)
        .zip(late)
        .for_each(|(slot, hash)| set.insert(early.len() as u32 + slot, 0, hash));
    set.remove(3);
    for number in (0..hashes.len()).step_by(97) {
        let flips = number % 45;
        let bits: Vec<usize> = (0..flips).map(|flip| (number + flip * 37) % 256).collect();
        let query = flipped(&hashes[number].0, &bits);
        for radius in [10, 31, 40] {
            let mut expected: Vec<(u32, u16, usize, u16)> = (0..)
                .zip(&hashes)
                .map(|(slot, hash)| (slot, 0, 0, query.distance_bits(hash)))
                .filter(|(slot, .., distance)| *distance <= radius && *slot != 3)
                .collect();
            expected.sort_unstable();
            assert_eq!(!expected.is_empty(), flips <= usize::from(radius) && number != 3);
            assert_eq!(all_within(&set, &[query], radius), expected, "{number} {radius}");
        }
    }
}

#[test]
fn a_stock_photo_is_one_entry() {
    let shared = Hash256([0x3C; 32]);
    for merged in [false, true] {
        let mut set = NearHashes::new();
        for slot in (0..5000).rev() {
            set.insert(slot, 1, &shared);
            set.insert(slot, 1, &shared);
        }
        if merged {
            set.merge();
            (5000..5100).for_each(|slot| set.insert(slot, 2, &shared));
            (0..100).for_each(|slot| set.remove(slot));
            // A slot that stands for another record now.
            set.insert(7, 0, &shared);
            set.remove(7);
        }
        assert_eq!(set.len(), 1);
        let near = set.within(&[shared], 31);
        assert_eq!((near.len(), near[0].photos), (1, 5000));
        let slots = set.slots_within(&[shared, Hash256([0x3D; 32])], 40, 10);
        assert_eq!((slots.len(), slots[0].distance_bits), (10, 0));
        (0..5100).for_each(|slot| set.remove(slot));
        assert!(set.within(&[shared], 64).is_empty());
        set.merge();
        assert!(set.is_empty());
    }
}

#[test]
fn a_slot_is_found_once_at_its_least_distance() {
    let mut set = NearHashes::new();
    let zero = [0; 32];
    set.insert(5, 0, &flipped(&zero, &[0, 1, 2]));
    set.insert(5, 1, &flipped(&zero, &[9]));
    set.insert(2, 0, &flipped(&zero, &[4, 5]));
    let found = set.slots_within(&[Hash256(zero), flipped(&zero, &[9])], 31, 100);
    let expected = [(0, 5), (2, 2)].map(|(distance_bits, slot)| NearSlot { distance_bits, slot });
    assert_eq!(found, expected);
}

#[test]
fn merging_is_due_when_much_came_or_fell_away() {
    let hashes = random(2 * LATE_MIN + 2);
    let mut set = NearHashes::new();
    for (slot, hash) in (0..).zip(&hashes) {
        set.insert(slot, 0, hash);
        assert_eq!(set.merge_due(), slot as usize >= LATE_MIN, "{slot}");
    }
    let merged = set.merged();
    assert_eq!((merged.len(), merged.merge_due()), (hashes.len(), false));
    set = merged;
    for slot in 0..=LATE_MIN as u32 {
        assert!(!set.merge_due());
        set.remove(slot);
    }
    assert!(set.merge_due());
}

mod files {
    use super::*;

    #[test]
    fn a_saved_set_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("photos");
        assert!(matches!(NearHashes::load(&path), Err(SnapshotError::Io(_))));
        for count in [0, 10, HASHES_MIN + 10] {
            let hashes = random(count);
            let mut set = NearHashes::new();
            (0..).zip(&hashes).for_each(|(slot, hash)| set.stage(slot, 3, hash));
            // A crowd, for the counts that are kept.
            (0..100).for_each(|slot| set.stage(slot, 0, &Hash256([9; 32])));
            set.merge();
            set.remove(4);
            set.insert(200_000, 1, &Hash256([7; 32]));
            set.save(&path, 12 + count as u64).unwrap();
            let (loaded, stamp) = NearHashes::load(&path).unwrap();
            assert_eq!(stamp, 12 + count as u64);
            assert_eq!(loaded.tables, set.merged().tables);
            for query in hashes.iter().take(50).chain([&Hash256([9; 32]), &Hash256([7; 32])]) {
                assert_eq!(all_within(&loaded, &[*query], 31), all_within(&set, &[*query], 31));
            }
        }
    }

    #[test]
    fn removed_slots_stay_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("photos");
        let mut set = NearHashes::new();
        (0..100).for_each(|slot| set.stage(slot, 0, &Hash256([9; 32])));
        set.merge();
        (0..10).for_each(|slot| set.remove(slot));
        set.save(&path, 1).unwrap();
        let (mut loaded, _) = NearHashes::load(&path).unwrap();
        assert_eq!(loaded.within(&[Hash256([9; 32])], 0)[0].photos, 90);
        loaded.remove(50);
        assert_eq!(loaded.within(&[Hash256([9; 32])], 0)[0].photos, 89);
    }

    #[test]
    fn a_changed_or_cut_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("photos");
        let mut set = NearHashes::new();
        (0..).zip(&random(40)).for_each(|(slot, hash)| set.stage(slot, 0, hash));
        set.save(&path, 1).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 0x10;
            std::fs::write(&path, &changed).unwrap();
            assert!(NearHashes::load(&path).is_err(), "{place}");
        }
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(NearHashes::load(&path).is_err(), "{length}");
        }
    }
}
