//! Entries filed by a key of 32 bits, found again by keys that differ in at most one of the bits in use.
//!
//! Owns the growth: the table gains one bucket at a time (linear hashing; Litwin, 1980), so that no insertion waits for a
//! rebuild. Leaves the keys themselves to the caller.

/// Entries a bucket, on average.
const LOAD: usize = 2;
/// A bucket takes no more entries: what so many show tells nothing, and would cost every query.
const BUCKET_MAX: usize = 64;
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
    /// Files an entry that is not yet filed, unless its bucket is full.
    pub(super) fn insert(&mut self, entry: u32, key: impl Fn(u32) -> u32) {
        if self.entries >= LOAD * self.heads.len() {
            self.grow(&key);
        }
        if self.next.len() <= entry as usize {
            self.next.resize(entry as usize + 1, NONE);
        }
        let bucket = self.bucket(key(entry));
        if self.chain(bucket).count() < BUCKET_MAX {
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

    /// Visits the entries whose key's low bits differ in at most one place.
    pub(super) fn near(&self, key: u32, mut visit: impl FnMut(u32)) {
        if self.heads.is_empty() {
            return;
        }
        let own = self.bucket(key);
        self.chain(own).for_each(&mut visit);
        for bit in 0..=self.heads.len().ilog2() {
            let other = self.bucket(key ^ (1 << bit));
            if other != own {
                self.chain(other).for_each(&mut visit);
            }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn found(buckets: &Buckets, key: u32) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        buckets.near(key, |entry| {
            found.insert(entry);
        });
        found
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
        assert_eq!(found(&buckets, 77), (0..BUCKET_MAX as u32).collect());
        buckets.remove(999, 77);
        assert_eq!(buckets.entries, BUCKET_MAX);
        buckets.remove(0, 77);
        buckets.insert(1000, |_| 77);
        assert!(found(&buckets, 77).contains(&1000));
    }
}
