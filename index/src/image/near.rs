//! Exact search for the hashes that lie within a Hamming radius, in memory, by a scan.
//!
//! Owns the table of distinct hashes and who shows each of them. It reads the whole table for every search, which is the
//! fastest way for a table of some hundred thousand hashes and needs nothing built beforehand. Leaves to its caller what a
//! slot stands for, how many queries a picture needs, and what nearness is worth.

use std::collections::HashMap;
use std::slice;

use super::Hash256;

/// The largest radius that can be searched, in bits. Beyond it unrelated pictures begin to agree by chance.
pub const RADIUS_BITS_MAX: u16 = 64;

/// Hashes that the inner loop compares with every query while they stay in the first-level cache: 16 KiB for either half.
const BLOCK: usize = 1024;

/// A photo that shows a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Posting {
    /// The caller's number of the record.
    pub slot: u32,
    /// Which of the record's photos.
    pub photo_index: u16,
}

/// A distinct hash within the radius of a query, with everyone who shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearHash<'a> {
    /// Who shows it; never empty, each photo once.
    pub postings: &'a [Posting],
    /// Index into the queries.
    pub query: usize,
    /// Bits that differ, at most the radius.
    pub distance_bits: u16,
}

/// A photo within the radius of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NearPhoto {
    /// The caller's number of the record.
    pub slot: u32,
    /// Which of the record's photos.
    pub photo_index: u16,
    /// Index into the queries.
    pub query: usize,
    /// Bits that differ, at most the radius.
    pub distance_bits: u16,
}

/// A mutable set of (slot, photo, hash), searched by distance. One entry a distinct hash: a stock photo that thousands show
/// is compared once.
#[derive(Debug, Clone, Default)]
pub struct NearHashes {
    /// The first 128 bits of every entry, apart from the rest: they alone turn away nearly every entry, so that a search
    /// reads half of the table.
    first: Vec<[u64; 2]>,
    /// The last 128 bits of every entry.
    last: Vec<[u64; 2]>,
    /// Who shows the entry; empty when the entry is free.
    postings: Vec<Postings>,
    /// Entries that nobody shows any more.
    free: Vec<u32>,
    entry_of_hash: HashMap<Hash256, u32>,
    entries_of_slot: HashMap<u32, Vec<u32>>,
}

/// Nearly every hash is shown by one photo, which then needs no allocation.
#[derive(Debug, Clone)]
enum Postings {
    One(Posting),
    Several(Vec<Posting>),
}

impl NearHashes {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that a photo of `slot` shows this hash. A photo may show several (full and trimmed); the same again changes
    /// nothing.
    pub fn insert(&mut self, slot: u32, photo_index: u16, hash: &Hash256) {
        let posting = Posting { slot, photo_index };
        let entry = match self.entry_of_hash.get(hash) {
            Some(&entry) => {
                if !self.postings[entry as usize].add(posting) {
                    return;
                }
                entry
            }
            None => self.new_entry(hash, posting),
        };
        let entries = self.entries_of_slot.entry(slot).or_default();
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }

    /// Forgets all photos of a slot; an unknown slot changes nothing.
    pub fn remove(&mut self, slot: u32) {
        for entry in self.entries_of_slot.remove(&slot).unwrap_or_default() {
            let index = entry as usize;
            self.postings[index].remove(slot);
            if self.postings[index].as_slice().is_empty() {
                self.entry_of_hash.remove(&self.hash(index));
                self.free.push(entry);
            }
        }
    }

    /// Every photo within `radius_bits` (at most [`RADIUS_BITS_MAX`]) of any query, once for each query it is near to, in no
    /// order.
    #[must_use]
    pub fn find(&self, queries: &[Hash256], radius_bits: u16) -> Vec<NearPhoto> {
        let mut found = Vec::new();
        for near in self.find_hashes(queries, radius_bits) {
            found.extend(near.postings.iter().map(|posting| NearPhoto {
                slot: posting.slot,
                photo_index: posting.photo_index,
                query: near.query,
                distance_bits: near.distance_bits,
            }));
        }
        found
    }

    /// The same as [`NearHashes::find`] without spelling out the photos, so that the cost does not grow with the number of
    /// photos that show one hash.
    #[must_use]
    pub fn find_hashes(&self, queries: &[Hash256], radius_bits: u16) -> Vec<NearHash<'_>> {
        let radius = u32::from(radius_bits.min(RADIUS_BITS_MAX));
        let queries: Vec<[[u64; 2]; 2]> = queries.iter().map(halves).collect();
        let mut found = Vec::new();
        let mut distances = [0; BLOCK];
        for (block, first) in self.first.chunks(BLOCK).enumerate() {
            let distances = &mut distances[..first.len()];
            for (query, [query_first, query_last]) in queries.iter().enumerate() {
                // Two passes, so that the first has neither branch nor reduction across entries and becomes vector code.
                let mut nearest = u32::MAX;
                for (distance, half) in distances.iter_mut().zip(first) {
                    *distance = half_distance(half, query_first);
                    nearest = nearest.min(*distance);
                }
                if nearest > radius {
                    continue;
                }
                for (offset, &distance) in distances.iter().enumerate().filter(|(_, distance)| **distance <= radius) {
                    let entry = block * BLOCK + offset;
                    let distance = distance + half_distance(&self.last[entry], query_last);
                    let postings = self.postings[entry].as_slice();
                    if distance <= radius && !postings.is_empty() {
                        found.push(NearHash {
                            postings,
                            query,
                            distance_bits: distance as u16,
                        });
                    }
                }
            }
        }
        found
    }

    /// How many distinct hashes are shown.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entry_of_hash.len()
    }

    /// Whether no photo is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entry_of_hash.is_empty()
    }

    fn new_entry(&mut self, hash: &Hash256, posting: Posting) -> u32 {
        let [first, last] = halves(hash);
        let entry = match self.free.pop() {
            Some(entry) => {
                let index = entry as usize;
                (self.first[index], self.last[index], self.postings[index]) = (first, last, Postings::One(posting));
                entry
            }
            None => {
                self.first.push(first);
                self.last.push(last);
                self.postings.push(Postings::One(posting));
                // Four thousand million hashes do not fit into memory.
                (self.first.len() - 1) as u32
            }
        };
        self.entry_of_hash.insert(*hash, entry);
        entry
    }

    fn hash(&self, entry: usize) -> Hash256 {
        let mut bytes = [0; 32];
        let words = self.first[entry].iter().chain(&self.last[entry]);
        for (place, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *place = word.to_be_bytes();
        }
        Hash256(bytes)
    }
}

impl Postings {
    fn as_slice(&self) -> &[Posting] {
        match self {
            Self::One(posting) => slice::from_ref(posting),
            Self::Several(postings) => postings,
        }
    }

    /// Kept in order, so that one among thousands is found quickly; false when it was there already.
    fn add(&mut self, posting: Posting) -> bool {
        let Err(place) = self.as_slice().binary_search(&posting) else {
            return false;
        };
        match self {
            Self::One(only) => {
                let mut both = vec![*only];
                both.insert(place, posting);
                *self = Self::Several(both);
            }
            Self::Several(postings) => postings.insert(place, posting),
        }
        true
    }

    fn remove(&mut self, slot: u32) {
        match self {
            Self::One(only) if only.slot == slot => *self = Self::Several(Vec::new()),
            Self::One(_) => {}
            Self::Several(postings) => {
                let from = postings.partition_point(|posting| posting.slot < slot);
                let to = postings.partition_point(|posting| posting.slot <= slot);
                postings.drain(from..to);
            }
        }
    }
}

fn halves(hash: &Hash256) -> [[u64; 2]; 2] {
    let [a, b, c, d] = hash.words();
    [[a, b], [c, d]]
}

fn half_distance(a: &[u64; 2], b: &[u64; 2]) -> u32 {
    (a[0] ^ b[0]).count_ones() + (a[1] ^ b[1]).count_ones()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A hash that differs from a base in the given bits; few bases and few bits make near and equal hashes common.
    fn hash() -> impl Strategy<Value = Hash256> {
        (0..3u8, proptest::collection::vec(0..256usize, 0..50)).prop_map(|(base, bits)| {
            let mut bytes = [base.wrapping_mul(0x55); 32];
            for bit in bits {
                bytes[bit / 8] ^= 0x80 >> (bit % 8);
            }
            Hash256(bytes)
        })
    }

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u32, u16, Hash256),
        Remove(u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..20u32, 0..3u16, hash()).prop_map(|(slot, photo, hash)| Step::Insert(slot, photo, hash)),
            1 => (0..20u32).prop_map(Step::Remove),
        ]
    }

    proptest! {
        #[test]
        fn finds_what_comparing_all_finds(
            steps in proptest::collection::vec(step(), 0..80),
            queries in proptest::collection::vec(hash(), 0..6),
            radius in 0..=RADIUS_BITS_MAX,
        ) {
            let (mut table, mut plain) = (NearHashes::new(), Vec::new());
            for step in steps {
                match step {
                    Step::Insert(slot, photo, hash) => {
                        table.insert(slot, photo, &hash);
                        if !plain.contains(&(slot, photo, hash)) {
                            plain.push((slot, photo, hash));
                        }
                    }
                    Step::Remove(slot) => {
                        table.remove(slot);
                        plain.retain(|(other, ..)| *other != slot);
                    }
                }
            }
            let mut expected = Vec::new();
            for (query, wanted) in queries.iter().enumerate() {
                for &(slot, photo_index, hash) in &plain {
                    let distance_bits = wanted.distance_bits(&hash);
                    if distance_bits <= radius {
                        expected.push(NearPhoto { slot, photo_index, query, distance_bits });
                    }
                }
            }
            let mut found = table.find(&queries, radius);
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
            let distinct: std::collections::HashSet<_> = plain.iter().map(|(.., hash)| hash).collect();
            prop_assert_eq!(table.len(), distinct.len());
        }
    }

    #[test]
    fn finds_across_blocks() {
        let numbered = |n: u32| {
            let mut bytes = [0; 32];
            // Spread by an odd multiplier: neighbours differ in many bits.
            for (k, part) in bytes.chunks_mut(4).enumerate() {
                part.copy_from_slice(&(n + 1).wrapping_mul(0x9E37_79B1).rotate_left(4 * k as u32).to_be_bytes());
            }
            Hash256(bytes)
        };
        let mut table = NearHashes::new();
        let count = 3 * BLOCK as u32 + 7;
        for n in 0..count {
            table.insert(n, 0, &numbered(n));
        }
        for n in [0, BLOCK as u32 - 1, BLOCK as u32, count - 1] {
            let found = table.find(&[numbered(n)], 0);
            assert_eq!(
                found,
                [NearPhoto {
                    slot: n,
                    photo_index: 0,
                    query: 0,
                    distance_bits: 0
                }]
            );
        }
    }

    #[test]
    fn a_stock_photo_is_one_entry() {
        let mut table = NearHashes::new();
        let shared = Hash256([0x3C; 32]);
        for slot in (0..5000).rev() {
            table.insert(slot, 1, &shared);
        }
        assert_eq!(table.len(), 1);
        let near = table.find_hashes(&[shared], 31);
        assert_eq!((near.len(), near[0].postings.len()), (1, 5000));
        for slot in 0..5000 {
            table.remove(slot);
        }
        assert!(table.is_empty());
        assert!(table.find(&[shared], 64).is_empty());
    }

    #[test]
    fn a_radius_beyond_the_largest_is_the_largest() {
        let mut table = NearHashes::new();
        table.insert(1, 0, &Hash256([0; 32]));
        let mut far = [0; 32];
        far[..9].fill(0xFF);
        assert!(table.find(&[Hash256(far)], 256).is_empty());
    }
}
