//! Who shows each hash of the base: a list that does not change, of which slots fall away.
//!
//! A removed slot only loses its mark. A hash that few photos show is counted by looking at each; one that a crowd shows, as
//! stock photos are, has its count kept, so that neither counting nor naming a few of them grows with the crowd.

use std::collections::HashMap;

use super::runs::Runs;

/// Photos of one hash that are counted by looking at each.
const COUNTED_MAX: usize = 64;

/// A photo that shows a hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Posting {
    /// The caller's number of the record.
    pub slot: u32,
    /// Which of the record's photos.
    pub photo_index: u16,
}

/// Who shows the hashes of the base, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Carriers {
    pub(super) runs: Runs,
    /// Sorted for each hash.
    pub(super) postings: Vec<Posting>,
    /// A bit for each slot that still stands.
    pub(super) standing: Vec<u64>,
    /// Slots that fell away.
    pub(super) fallen: usize,
    crowds: HashMap<u32, u32>,
    /// Which slots are part of which crowd, once for each photo, sorted.
    crowded: Vec<(u32, u32)>,
}

impl Carriers {
    /// Takes how many photos show each hash, and all of them in the order of the hashes.
    pub(super) fn new(lengths: &[u32], postings: Vec<Posting>) -> Self {
        let slots = postings.iter().map(|posting| posting.slot as usize + 1).max().unwrap_or(0);
        let mut standing = vec![0_u64; slots.div_ceil(64)];
        for posting in &postings {
            standing[posting.slot as usize / 64] |= 1 << (posting.slot % 64);
        }
        Self::restored(Runs::of_lengths(lengths), postings, standing, lengths.len())
    }

    /// The same of parts that were kept, with the marks of the slots that still stand.
    pub(super) fn restored(runs: Runs, postings: Vec<Posting>, standing: Vec<u64>, hashes: usize) -> Self {
        let mut carriers = Self {
            runs,
            postings,
            standing,
            ..Self::default()
        };
        for entry in 0..hashes as u32 {
            let places = carriers.runs.range(entry);
            if places.len() > COUNTED_MAX {
                let postings = &carriers.postings[places];
                let shown = postings.iter().filter(|posting| carriers.stands(posting.slot));
                let slots: Vec<u32> = shown.map(|posting| posting.slot).collect();
                carriers.crowds.insert(entry, slots.len() as u32);
                carriers.crowded.extend(slots.into_iter().map(|slot| (slot, entry)));
            }
        }
        carriers.crowded.sort_unstable();
        carriers
    }

    /// Lets a slot fall away.
    pub(super) fn remove(&mut self, slot: u32) {
        if !self.stands(slot) {
            return;
        }
        self.standing[slot as usize / 64] &= !(1 << (slot % 64));
        self.fallen += 1;
        let from = self.crowded.partition_point(|(other, _)| *other < slot);
        for (_, entry) in self.crowded[from..].iter().take_while(|(other, _)| *other == slot) {
            if let Some(count) = self.crowds.get_mut(entry) {
                *count -= 1;
            }
        }
    }

    /// How many photos show a hash.
    pub(super) fn count(&self, entry: u32) -> usize {
        if self.runs.range(entry).len() <= COUNTED_MAX {
            return self.of(entry).count();
        }
        self.crowds.get(&entry).map_or(0, |count| *count as usize)
    }

    /// The photos that show a hash, in order.
    pub(super) fn of(&self, entry: u32) -> impl Iterator<Item = Posting> + '_ {
        let postings = self.postings[self.runs.range(entry)].iter();
        postings.filter(|posting| self.stands(posting.slot)).copied()
    }

    /// Whether a photo shows a hash.
    pub(super) fn contains(&self, entry: u32, posting: Posting) -> bool {
        self.stands(posting.slot) && self.postings[self.runs.range(entry)].binary_search(&posting).is_ok()
    }

    fn stands(&self, slot: u32) -> bool {
        let word = self.standing.get(slot as usize / 64);
        word.is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        let crowds = size_of_val(&self.crowded[..]) + self.crowds.capacity() * size_of::<(u32, u32)>();
        self.runs.bytes() + size_of_val(&self.postings[..]) + size_of_val(&self.standing[..]) + crowds
    }
}
