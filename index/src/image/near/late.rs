//! What came after the base was built: new hashes, and new photos of hashes that the base has.
//!
//! Small and mutable; its hashes are scanned.

use std::collections::HashMap;
use std::slice;

use super::carriers::Posting;
use super::scan::{Near, scan};
use super::words::{Half, Words, halves};

/// The hashes and photos since the base.
#[derive(Debug, Clone, Default)]
pub(super) struct Late {
    first: Vec<Half>,
    last: Vec<Half>,
    /// Who shows each hash; nobody when its place is free.
    postings: Vec<Postings>,
    free: Vec<u32>,
    entry_of_words: HashMap<Words, u32>,
    /// Who else shows a hash of the base.
    of_base: HashMap<u32, Postings>,
    places_of_slot: HashMap<u32, Vec<Place>>,
}

/// Where a photo was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Base(u32),
    Here(u32),
}

/// Nearly every hash is shown by one photo, which then needs no allocation.
#[derive(Debug, Clone)]
enum Postings {
    One(Posting),
    Several(Vec<Posting>),
}

impl Late {
    /// Notes a photo that shows a hash of the base.
    pub(super) fn insert_of_base(&mut self, entry: u32, posting: Posting) {
        let postings = self.of_base.entry(entry).or_insert_with(|| Postings::Several(Vec::new()));
        if postings.add(posting) {
            self.remember(posting.slot, Place::Base(entry));
        }
    }

    /// Notes a photo that shows a hash which the base has not.
    pub(super) fn insert(&mut self, words: &Words, posting: Posting) {
        let entry = match self.entry_of_words.get(words) {
            Some(&entry) => {
                if !self.postings[entry as usize].add(posting) {
                    return;
                }
                entry
            }
            None => self.new_entry(words, posting),
        };
        self.remember(posting.slot, Place::Here(entry));
    }

    /// Forgets all photos of a slot.
    pub(super) fn remove(&mut self, slot: u32) {
        for place in self.places_of_slot.remove(&slot).unwrap_or_default() {
            match place {
                Place::Base(entry) => {
                    if let Some(postings) = self.of_base.get_mut(&entry) {
                        postings.remove(slot);
                        if postings.as_slice().is_empty() {
                            self.of_base.remove(&entry);
                        }
                    }
                }
                Place::Here(entry) => {
                    let postings = &mut self.postings[entry as usize];
                    postings.remove(slot);
                    if postings.as_slice().is_empty() {
                        self.entry_of_words.remove(&self.words(entry as usize));
                        self.free.push(entry);
                    }
                }
            }
        }
    }

    /// Adds every hash of this part within the radius of a query.
    pub(super) fn within(&self, queries: &[Words], radius: u32, found: &mut Vec<Near>) {
        let begin = found.len();
        scan(&self.first, &self.last, queries, radius, found);
        let mut kept = begin;
        for place in begin..found.len() {
            if !self.of(found[place].entry).is_empty() {
                found[kept] = found[place];
                kept += 1;
            }
        }
        found.truncate(kept);
    }

    /// Who shows a hash of this part.
    pub(super) fn of(&self, entry: u32) -> &[Posting] {
        self.postings[entry as usize].as_slice()
    }

    /// Who else shows a hash of the base.
    pub(super) fn of_base(&self, entry: u32) -> &[Posting] {
        self.of_base.get(&entry).map_or(&[], Postings::as_slice)
    }

    /// The hashes of the base that more photos show now, with them.
    pub(super) fn all_of_base(&self) -> impl Iterator<Item = (u32, &[Posting])> {
        self.of_base.iter().map(|(entry, postings)| (*entry, postings.as_slice()))
    }

    /// The hashes of this part, with who shows them.
    pub(super) fn all(&self) -> impl Iterator<Item = (Words, &[Posting])> {
        self.entry_of_words.iter().map(|(words, entry)| (*words, self.of(*entry)))
    }

    /// How many hashes a scan compares, and those of the base that are noted here.
    pub(super) fn len(&self) -> usize {
        self.first.len() + self.of_base.len()
    }

    fn remember(&mut self, slot: u32, place: Place) {
        let places = self.places_of_slot.entry(slot).or_default();
        if !places.contains(&place) {
            places.push(place);
        }
    }

    fn new_entry(&mut self, words: &Words, posting: Posting) -> u32 {
        let [first, last] = halves(words);
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
        self.entry_of_words.insert(*words, entry);
        entry
    }

    fn words(&self, entry: usize) -> Words {
        let ([a, b], [c, d]) = (self.first[entry], self.last[entry]);
        [a, b, c, d]
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
