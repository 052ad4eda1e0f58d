//! Where the run of each key begins in a sorted list, in a byte and a bit for each key instead of four bytes.
//!
//! The keys lie in groups of 59: where the group begins, and for each key how much later its run begins, one byte each. A
//! group is a cache line, so that a look costs one read from memory. A group of more than 255 hashes, as crowded
//! data has, is kept at full width elsewhere.

use std::ops::Range;

/// Keys of a group: what fits into a cache line.
const KEYS: usize = 59;
/// First mark of a group that is kept at full width.
const WIDE: u8 = 1;

/// The runs of all keys of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runs {
    pub(super) groups: Vec<Group>,
    /// The groups at full width, `KEYS + 1` begins each.
    pub(super) wide: Vec<u32>,
}

/// The runs of neighbouring keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Group {
    /// Where the first run begins; or, of a wide group, its place in the list of them.
    pub(super) begin: u32,
    /// How much later each run begins, and where the last one ends. The first is 0, or [`WIDE`].
    pub(super) marks: [u8; KEYS + 1],
}

impl Default for Group {
    fn default() -> Self {
        Self {
            begin: 0,
            marks: [0; KEYS + 1],
        }
    }
}

impl Runs {
    /// The runs of lists of these lengths, one for each key in order, that lie one behind the other.
    pub(super) fn of_lengths(lengths: &[u32]) -> Self {
        let mut runs = Self {
            groups: Vec::with_capacity(lengths.len().div_ceil(KEYS)),
            wide: Vec::new(),
        };
        let mut begin = 0;
        for lengths in lengths.chunks(KEYS) {
            let mut begins = [begin; KEYS + 1];
            for key in 0..KEYS {
                begins[key + 1] = begins[key] + lengths.get(key).copied().unwrap_or(0);
            }
            runs.push(&begins);
            begin = begins[KEYS];
        }
        runs
    }

    fn push(&mut self, begins: &[u32; KEYS + 1]) {
        let (begin, end) = (begins[0], begins[KEYS]);
        if end - begin <= u32::from(u8::MAX) {
            let marks = begins.map(|place| (place - begin) as u8);
            self.groups.push(Group { begin, marks });
        } else {
            let begin = (self.wide.len() / (KEYS + 1)) as u32;
            let marks = [WIDE; KEYS + 1];
            self.wide.extend(begins);
            self.groups.push(Group { begin, marks });
        }
    }

    /// Where the run of a key begins and ends.
    #[inline(always)]
    pub(super) fn of(&self, key: u32) -> [u32; 2] {
        let (group, key) = (&self.groups[key as usize / KEYS], key as usize % KEYS);
        if group.marks[0] == WIDE {
            let begins = &self.wide[group.begin as usize * (KEYS + 1) + key..];
            return [begins[0], begins[1]];
        }
        [group.marks[key], group.marks[key + 1]].map(|mark| group.begin + u32::from(mark))
    }

    /// The same as a range of indices.
    pub(super) fn range(&self, key: u32) -> Range<usize> {
        let [begin, end] = self.of(key);
        begin as usize..end as usize
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.groups[..]) + size_of_val(&self.wide[..])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_lie_one_behind_the_other(
            lengths in proptest::collection::vec(prop_oneof![9 => 0..4u32, 1 => 0..400u32], 1..400),
        ) {
            let runs = Runs::of_lengths(&lengths);
            let mut begin = 0;
            for (key, length) in (0..).zip(lengths) {
                prop_assert_eq!(runs.of(key), [begin, begin + length]);
                begin += length;
            }
        }
    }

    #[test]
    fn a_group_is_a_cache_line() {
        assert_eq!(size_of::<Group>(), 64);
    }
}
