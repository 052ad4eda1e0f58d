//! Making a new base of everything: the old base as far as it stands, what came later, what was staged.

use super::carriers::{Carriers, Posting};
use super::late::Late;
use super::tables::Tables;
use super::words::{Half, Words, halves};
use super::{BASE_PER_LATE, LATE_MIN, NearHashes};

/// Takes photos in the order of their hashes.
#[derive(Default)]
struct Builder {
    first: Vec<Half>,
    last: Vec<Half>,
    /// How many photos show each hash.
    lengths: Vec<u32>,
    postings: Vec<Posting>,
}

impl NearHashes {
    /// Whether so much came later, or fell away, that merging pays.
    #[must_use]
    pub fn merge_due(&self) -> bool {
        let base = self.tables.len();
        let late_max = LATE_MIN.max(base / BASE_PER_LATE);
        !self.staged.is_empty() || self.late.len() > late_max || self.carriers.fallen > late_max.max(base / 4)
    }

    /// Makes a new base of everything: some 0.4 s for each million hashes.
    pub fn merge(&mut self) {
        let staged = std::mem::take(&mut self.staged);
        *self = self.merged_with(staged);
    }

    /// The same beside this set, which can be searched meanwhile and takes as much memory again.
    #[must_use]
    pub fn merged(&self) -> Self {
        self.merged_with(self.staged.clone())
    }

    fn merged_with(&self, mut new: Vec<(Words, Posting)>) -> Self {
        for (words, postings) in self.late.all() {
            new.extend(postings.iter().map(|posting| (words, *posting)));
        }
        for (entry, postings) in self.late.all_of_base() {
            let words = self.tables.words(entry as usize);
            new.extend(postings.iter().map(|posting| (words, *posting)));
        }
        new.sort_unstable();
        let mut builder = Builder::with_capacity(self.tables.len() + new.len());
        let mut new = new.into_iter().peekable();
        for entry in 0..self.tables.len() {
            let words = self.tables.words(entry);
            for posting in self.carriers.of(entry as u32) {
                while let Some((earlier, its)) = new.next_if(|earlier| *earlier < (words, posting)) {
                    builder.push(&earlier, its);
                }
                builder.push(&words, posting);
            }
        }
        for (words, posting) in new {
            builder.push(&words, posting);
        }
        builder.finish()
    }
}

impl Builder {
    fn with_capacity(photos: usize) -> Self {
        Self {
            first: Vec::with_capacity(photos),
            last: Vec::with_capacity(photos),
            lengths: Vec::with_capacity(photos),
            postings: Vec::with_capacity(photos),
        }
    }

    /// Takes the next; the same as the one before changes nothing.
    fn push(&mut self, words: &Words, posting: Posting) {
        let [first, last] = halves(words);
        match self.lengths.last_mut() {
            Some(length) if self.first.last() == Some(&first) && self.last.last() == Some(&last) => {
                if self.postings.last() == Some(&posting) {
                    return;
                }
                *length += 1;
            }
            _ => {
                self.first.push(first);
                self.last.push(last);
                self.lengths.push(1);
            }
        }
        self.postings.push(posting);
    }

    fn finish(mut self) -> NearHashes {
        self.first.shrink_to_fit();
        self.last.shrink_to_fit();
        self.postings.shrink_to_fit();
        let carriers = Carriers::new(&self.lengths, self.postings);
        drop(self.lengths);
        NearHashes {
            tables: Tables::new(self.first, self.last),
            carriers,
            late: Late::default(),
            staged: Vec::new(),
        }
    }
}
