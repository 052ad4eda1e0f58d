//! Entries filed by a key of 32 bits, found again by keys that differ in at most one of the bits in use.
//!
//! Owns the growth: the table gains one bucket at a time (linear hashing; Litwin, 1980), so that no insertion waits for a
//! rebuild. Leaves the keys themselves to the caller.

use super::votes::Hit;

/// Entries a bucket, on average.
const LOAD: usize = 2;
/// Of a bucket no more entries are read: what so many show tells little, and costs every query. Corners of real photos crowd into
/// few buckets; with 64 a look-up among 10,000 photos read twice as many entries and found the same copies.
const BUCKET_MAX: usize = 16;
/// So many are filed, so that others are there when those that are read go.
const FILED_MAX: usize = 1024;
/// No entry: the end of a chain.
const NONE: u32 = u32::MAX;

/// Chains of entries, one for each value of the low bits of the key.
#[derive(Debug, Clone, Default)]
pub(super) struct Buckets {
    /// The first entry of each chain.
    heads: Vec<u32>,
    /// For each entry the next of its chain.
    next: Vec<u32>,
    entries: usize,
}

impl Buckets {
    /// Files an entry that is not yet filed. Of a bucket that more than [`BUCKET_MAX`] share, the last ones filed are found; the
    /// others come back as those go. One with [`FILED_MAX`] takes no more.
    pub(super) fn insert(&mut self, entry: u32, key: impl Fn(u32) -> u32) {
        if self.entries >= LOAD * self.heads.len() {
            self.grow(&key);
        }
        if self.next.len() <= entry as usize {
            self.next.resize(entry as usize + 1, NONE);
        }
        let bucket = self.bucket(key(entry));
        if self.chain(bucket).take(FILED_MAX).count() < FILED_MAX {
            self.push(bucket, entry);
            self.entries += 1;
        }
    }

    /// Takes an entry out again; nothing when it was not filed.
    pub(super) fn remove(&mut self, entry: u32, key: u32) {
        let bucket = self.bucket(key);
        let mut before = None;
        for other in self.chain(bucket) {
            if other == entry {
                break;
            }
            before = Some(other);
        }
        let link = before.map_or_else(|| self.heads.get(bucket), |before| self.next.get(before as usize));
        if link != Some(&entry) {
            return;
        }
        let after = self.next[entry as usize];
        match before {
            Some(before) => self.next[before as usize] = after,
            None => self.heads[bucket] = after,
        }
        self.entries -= 1;
    }

    /// Adds the entries whose key's low bits are those of one of the keys or, when `flipped`, differ from them in at most one
    /// place, each with the number of that key. All chains are followed side by side: what does not wait for one another is
    /// read from memory together.
    #[inline(always)]
    pub(super) fn near(&self, keys: &[u32], flipped: bool, found: &mut Vec<Hit>) {
        if self.heads.is_empty() {
            return;
        }
        let flips = if flipped { self.heads.len().ilog2() + 1 } else { 0 };
        let mut begin = found.len();
        for (query, &key) in (0..).zip(keys) {
            let own = self.bucket(key);
            let others = (0..flips)
                .map(|bit| self.bucket(key ^ (1 << bit)))
                .filter(|other| *other != own);
            found.extend(std::iter::once(own).chain(others).map(|bucket| Hit {
                entry: self.heads[bucket],
                query,
            }));
        }
        keep(found, begin, |hit| hit.entry != NONE);
        for _ in 1..BUCKET_MAX {
            let end = found.len();
            found.extend_from_within(begin..);
            found[end..]
                .iter_mut()
                .for_each(|hit| hit.entry = self.next[hit.entry as usize]);
            keep(found, end, |hit| hit.entry != NONE);
            begin = end;
        }
    }

    fn grow(&mut self, key: &impl Fn(u32) -> u32) {
        let new = self.heads.len();
        self.heads.push(NONE);
        if new == 0 {
            return;
        }
        let split = new - (1 << new.ilog2());
        let mut entry = std::mem::replace(&mut self.heads[split], NONE);
        while entry != NONE {
            let after = self.next[entry as usize];
            let bucket = self.bucket(key(entry));
            self.push(bucket, entry);
            entry = after;
        }
    }

    fn push(&mut self, bucket: usize, entry: u32) {
        self.next[entry as usize] = std::mem::replace(&mut self.heads[bucket], entry);
    }

    /// The bucket of a key: of its low bits one more than all buckets have, when that bucket exists yet.
    fn bucket(&self, key: u32) -> usize {
        let whole = 1usize << self.heads.len().max(1).ilog2();
        let wide = key as usize & (2 * whole - 1);
        if wide < self.heads.len() { wide } else { wide & (whole - 1) }
    }

    fn chain(&self, bucket: usize) -> impl Iterator<Item = u32> {
        let first = self.heads.get(bucket).copied().filter(|entry| *entry != NONE);
        std::iter::successors(first, |entry| Some(self.next[*entry as usize]).filter(|entry| *entry != NONE))
    }
}

/// Takes out those hits, from one on, that are not wanted. Without a branch, which nothing could foretell.
#[inline(always)]
pub(super) fn keep(hits: &mut Vec<Hit>, begin: usize, wanted: impl Fn(&Hit) -> bool) {
    let mut kept = begin;
    for place in begin..hits.len() {
        let hit = hits[place];
        hits[kept] = hit;
        kept += usize::from(wanted(&hit));
    }
    hits.truncate(kept);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn found(buckets: &Buckets, key: u32) -> BTreeSet<u32> {
        let mut found = Vec::new();
        buckets.near(&[!key, key], true, &mut found);
        let own = found.iter().filter(|hit| hit.query == 1);
        own.map(|hit| hit.entry).collect()
    }

    proptest! {
        #[test]
        fn whatever_differs_in_one_bit_at_most_is_found_until_removed(
            keys in proptest::collection::vec(any::<u32>(), 1..300),
            gone in proptest::collection::vec(any::<prop::sample::Index>(), 0..100),
        ) {
            let mut buckets = Buckets::default();
            for entry in 0..keys.len() as u32 {
                buckets.insert(entry, |entry| keys[entry as usize]);
            }
            let mut left: BTreeSet<u32> = (0..keys.len() as u32).collect();
            for place in &gone {
                let entry = place.index(keys.len()) as u32;
                buckets.remove(entry, keys[entry as usize]);
                left.remove(&entry);
            }
            prop_assert_eq!(buckets.entries, left.len());
            for (entry, key) in (0u32..).zip(&keys) {
                for flipped in [*key, key ^ 1, key ^ (1 << 31)] {
                    prop_assert_eq!(found(&buckets, flipped).contains(&entry), left.contains(&entry));
                }
            }
        }
    }

    #[test]
    fn a_key_that_many_share_costs_no_more_than_a_bucket() {
        let mut buckets = Buckets::default();
        for entry in 0..1000 {
            buckets.insert(entry, |_| 77);
        }
        let newest = |last: u32| (last + 1 - BUCKET_MAX as u32..=last).collect();
        assert_eq!(found(&buckets, 77), newest(999));
        (990..1000).for_each(|entry| buckets.remove(entry, 77));
        assert_eq!(found(&buckets, 77), newest(989));
        (2000..4000).for_each(|entry| buckets.insert(entry, |_| 77));
        assert_eq!(buckets.entries, FILED_MAX);
    }
}
