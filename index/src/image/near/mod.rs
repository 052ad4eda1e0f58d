//! Exact search for the hashes that lie within a Hamming radius, in memory.
//!
//! Owns the set of distinct hashes and who shows each of them: a compact base that does not change, with tables that find
//! what is near without reading all of it, and what came later, which is small and scanned until it is merged into a new
//! base. Leaves to its caller what a slot stands for, how many queries a picture needs, and what nearness is worth.
//!
//! Reading order: here, [`mod@words`] (a hash as the search sees it), [`plan`] (why nothing is missed, and what is cheapest),
//! [`tables`] with [`runs`] (the base), [`scan`], [`carriers`] and [`late`] (who shows what), [`merge`], [`snapshot`].

use std::collections::HashMap;

use self::carriers::Carriers;
pub use self::carriers::Posting;
use self::late::Late;
pub use self::snapshot::SnapshotError;
use self::tables::Tables;
use self::words::{Words, words};
use super::Hash256;

mod carriers;
mod late;
mod merge;
mod plan;
mod runs;
mod scan;
mod snapshot;
mod tables;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod words;

/// So many hashes may wait beside a small base before [`NearHashes::merge_due`] says so; a scan of them takes about 20 µs.
const LATE_MIN: usize = 1 << 15;
/// Beside a large base, one for each so many of its hashes: merging then costs some 30 µs for each new hash, and waiting
/// hashes about as much for each search as the tables do.
const BASE_PER_LATE: usize = 64;

/// A mutable set of (slot, photo, hash), searched by distance. One entry a distinct hash: a stock photo that thousands show
/// is compared once.
///
/// Up to some 30,000 hashes nothing has to be done. A larger set is fast as long as its owner merges when
/// [`NearHashes::merge_due`] says so; without it, it is slower, never wrong.
#[derive(Debug, Clone, Default)]
pub struct NearHashes {
    tables: Tables,
    carriers: Carriers,
    late: Late,
    /// Neither sorted nor found yet.
    staged: Vec<(Words, Posting)>,
}

/// A distinct hash within the radius of a query.
#[derive(Debug, Clone, Copy)]
pub struct NearHash<'a> {
    /// Index into the queries.
    pub query: usize,
    /// Bits that differ, at most the radius.
    pub distance_bits: u16,
    /// How many photos show it, at least one. Known without looking at each of a crowd.
    pub photos: usize,
    base: Option<(&'a Carriers, u32)>,
    late: &'a [Posting],
}

/// A record that shows a hash within the radius of any query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NearSlot {
    /// Bits that differ from the nearest query.
    pub distance_bits: u16,
    /// The caller's number of the record.
    pub slot: u32,
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
        let (words, posting) = (words(hash), Posting { slot, photo_index });
        match self.tables.entry(&words) {
            Some(entry) if self.carriers.contains(entry, posting) => {}
            Some(entry) => self.late.insert_of_base(entry, posting),
            None => self.late.insert(&words, posting),
        }
    }

    /// The same for many at once: they are found only after [`NearHashes::merge`].
    pub fn stage(&mut self, slot: u32, photo_index: u16, hash: &Hash256) {
        self.staged.push((words(hash), Posting { slot, photo_index }));
    }

    /// Forgets all photos of a slot; an unknown slot changes nothing.
    pub fn remove(&mut self, slot: u32) {
        self.carriers.remove(slot);
        self.late.remove(slot);
        self.staged.retain(|(_, posting)| posting.slot != slot);
    }

    /// Every distinct hash within `radius_bits` of any query, once for each query it is near to, in no order. Exact for
    /// every radius; beyond 64 bits unrelated pictures begin to agree by chance.
    #[must_use]
    pub fn within(&self, queries: &[Hash256], radius_bits: u16) -> Vec<NearHash<'_>> {
        let queries: Vec<Words> = queries.iter().map(words).collect();
        let (radius, mut near) = (u32::from(radius_bits), Vec::new());
        self.tables.within(&queries, radius, &mut near);
        let of_base = near.len();
        self.late.within(&queries, radius, &mut near);
        let found = near.iter().enumerate().map(|(place, near)| {
            let (base, late) = match place < of_base {
                true => (Some((&self.carriers, near.entry)), self.late.of_base(near.entry)),
                false => (None, self.late.of(near.entry)),
            };
            NearHash {
                query: near.query as usize,
                distance_bits: near.distance as u16,
                photos: late.len() + base.map_or(0, |(carriers, entry)| carriers.count(entry)),
                base,
                late,
            }
        });
        // Nobody shows a hash of the base any more whose slots all fell away.
        found.filter(|near| near.photos > 0).collect()
    }

    /// Every record that shows a hash within `radius_bits` of any query, once, with its least distance; the nearest first.
    /// Of a hash that more photos show, `photos_max` are looked at.
    #[must_use]
    pub fn slots_within(&self, queries: &[Hash256], radius_bits: u16, photos_max: usize) -> Vec<NearSlot> {
        let mut nearest: HashMap<u32, u16> = HashMap::new();
        for near in self.within(queries, radius_bits) {
            for posting in near.postings().take(photos_max) {
                let distance = nearest.entry(posting.slot).or_insert(near.distance_bits);
                *distance = near.distance_bits.min(*distance);
            }
        }
        let slots = nearest
            .into_iter()
            .map(|(slot, distance_bits)| NearSlot { distance_bits, slot });
        let mut slots: Vec<NearSlot> = slots.collect();
        slots.sort_unstable();
        slots
    }

    /// How many distinct hashes are kept; those that only removed slots showed count until the next merge.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tables.len() + self.late.all().count()
    }

    /// Whether no hash is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the base takes; what came later takes some 200 for each hash.
    #[must_use]
    pub fn base_bytes(&self) -> usize {
        self.tables.bytes() + self.carriers.bytes()
    }
}

impl NearHash<'_> {
    /// The photos that show it, each once. Naming a few does not cost more when there are many.
    pub fn postings(&self) -> impl Iterator<Item = Posting> + '_ {
        let base = self.base.into_iter().flat_map(|(carriers, entry)| carriers.of(entry));
        base.chain(self.late.iter().copied())
    }
}
