//! Near look-up: which stored identifiers are the same as, look like, or lie one or two slips from a given one.
//!
//! Owns the table in memory, mutable, exact within its rule (see [`distance`]). Leaves what a near identifier is worth,
//! and where records are kept, to the caller: it knows a record by its slot only.
//!
//! A value is kept once however many records carry it. Values are found through two ordered sets of their look-alike
//! classes, packed into integers: one read forwards, one backwards. Of two slips at most one lies in one of the halves,
//! so each set is walked with few slips allowed in the half that it reads first.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use super::{Identifier, IdentifierDistance, IdentifierKind};

mod distance;
mod key;
mod walk;

pub use distance::distance;
use distance::{comparable, compared, measure, reach};
use key::Key;
use walk::Allowance;

/// No entry; ends a chain.
const NONE: u32 = u32::MAX;
/// Instead of a chain's first value: the values of the key are a [`Crowd`].
const CROWD: u32 = NONE - 1;
/// Longer chains of values become crowds; in tests soon, so that both are tried.
const CHAIN_MAX: usize = if cfg!(test) { 3 } else { 64 };
/// At most this many records are named for one value; all are counted.
const CARRIERS_NAMED_MAX: usize = 256;
/// At most so many are named for one look-up, the nearest; all are counted. Whoever writes a number in all its look-alikes makes
/// nobody compare them all.
const NAMED_MAX: usize = 1_000;

/// A record that carries an identifier near the one looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearIdentifier {
    /// The record, as it was inserted.
    pub slot: u32,
    /// Which of the record's identifiers, as it was inserted.
    pub position: u16,
    /// How far from the one looked for.
    pub distance: IdentifierDistance,
    /// How many *other* records carry an identifier that lies equally near or nearer.
    pub rivals: u32,
}

/// One distinct value of one kind, and the chain of records that carry it.
#[derive(Debug)]
struct Value {
    normalised: Box<str>,
    kind: IdentifierKind,
    /// Next value with the same look-alike classes.
    next: u32,
    /// First of the entries that carry it.
    entries: u32,
    carriers: u32,
}

/// Many values of one key: whoever writes a number in all its look-alikes makes nobody read all of them for each further one.
type Crowd = BTreeMap<Box<str>, u32>;

/// One identifier of one record: a link in its value's chain (both ways) and in its record's.
#[derive(Debug, Clone, Copy)]
struct Entry {
    slot: u32,
    value: u32,
    next: u32,
    previous: u32,
    next_in_slot: u32,
    position: u16,
}

/// Mutable table of identifiers in memory; about 150 bytes a distinct value.
#[derive(Debug, Default)]
pub struct NearIdentifiers {
    values: Vec<Value>,
    values_free: Vec<u32>,
    entries: Vec<Entry>,
    entries_free: Vec<u32>,
    /// First entry of each record.
    slots: HashMap<u32, u32>,
    forwards: BTreeMap<Key, u32>,
    backwards: BTreeSet<Key>,
    crowds: BTreeMap<Key, Crowd>,
    /// Seeds the keys of values that are too long to pack.
    seed: RandomState,
}

impl NearIdentifiers {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many identifiers of records are stored.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len() - self.entries_free.len()
    }

    /// Whether nothing is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds the identifier at `position` of the record in `slot`. Product codes name a model and are not taken in.
    pub fn insert(&mut self, slot: u32, position: u16, identifier: &Identifier) {
        if identifier.kind == IdentifierKind::ProductCode || identifier.normalised.is_empty() {
            return;
        }
        let value = self.value_of(identifier.kind, &identifier.normalised);
        let next_in_slot = self.slots.get(&slot).copied().unwrap_or(NONE);
        let next = self.values[value as usize].entries;
        let entry = Entry {
            slot,
            value,
            next,
            previous: NONE,
            next_in_slot,
            position,
        };
        let id = place(&mut self.entries, &mut self.entries_free, entry);
        if next != NONE {
            self.entries[next as usize].previous = id;
        }
        self.values[value as usize].entries = id;
        self.values[value as usize].carriers += 1;
        self.slots.insert(slot, id);
    }

    /// Forgets every identifier of the record in `slot`; an unknown one is ignored.
    pub fn remove(&mut self, slot: u32) {
        let mut id = self.slots.remove(&slot).unwrap_or(NONE);
        while id != NONE {
            let entry = self.entries[id as usize];
            if entry.previous == NONE {
                self.values[entry.value as usize].entries = entry.next;
            } else {
                self.entries[entry.previous as usize].next = entry.next;
            }
            if entry.next != NONE {
                self.entries[entry.next as usize].previous = entry.previous;
            }
            self.entries_free.push(id);
            self.values[entry.value as usize].carriers -= 1;
            if self.values[entry.value as usize].carriers == 0 {
                self.drop_value(entry.value);
            }
            id = entry.next_in_slot;
        }
    }

    /// The records that carry an identifier within `edits_max` edits and the rule of [`distance`], nearest first. Of the
    /// records that share one value at most 256 are named, and 1,000 of all, but all of them count as rivals.
    #[must_use]
    pub fn find(&self, query: &Identifier, edits_max: u8) -> Vec<NearIdentifier> {
        let mut values: Vec<(u32, IdentifierDistance)> = Vec::new();
        for (kind, key) in self.candidate_keys(query, edits_max) {
            for id in self.values_of(key) {
                let value = &self.values[id as usize];
                let found = measure(query.kind, &query.normalised, kind, &value.normalised);
                if let Some(distance) = found.filter(|found| found.slips() == 0 || found.edits <= edits_max) {
                    values.push((id, distance));
                }
            }
        }
        self.name_carriers(values)
    }

    /// Keys whose values can lie within the rule: the walks within the query's own kind, and the same classes elsewhere.
    fn candidate_keys(&self, query: &Identifier, edits_max: u8) -> Vec<(IdentifierKind, Key)> {
        if query.kind == IdentifierKind::ProductCode || query.normalised.is_empty() {
            return Vec::new();
        }
        let own = self.key(query.kind, &query.normalised);
        let mut keys = vec![own];
        let length = compared(query.kind, &query.normalised).chars().count();
        let slips = edits_max.min(reach(length, length));
        if slips > 0 {
            // Either no slip ends before the middle column, or at most one of two (none of one) lies behind it. A character
            // too many right at the middle belongs to the first case, so the second guards one column more.
            let middle = own.len() / 2;
            let forwards = Allowance {
                guarded: middle,
                front: 0,
                total: slips,
            };
            walk::walk(own, forwards, &mut keys, |from| {
                self.forwards.range(from..).next().map(|(key, _)| *key)
            });
            let backwards = Allowance {
                guarded: middle + 1,
                front: slips - 1,
                total: slips,
            };
            let mut rear = Vec::new();
            walk::walk(own.reversed(), backwards, &mut rear, |from| {
                self.backwards.range(from..).next().copied()
            });
            keys.extend(rear.into_iter().map(Key::reversed));
            keys.sort_unstable();
            keys.dedup();
        }
        let mut keys: Vec<_> = keys.into_iter().map(|key| (query.kind, key)).collect();
        for kind in key::KINDS {
            if kind != query.kind && comparable(query.kind, kind) {
                keys.push((kind, self.key(kind, &query.normalised)));
            }
        }
        keys
    }

    /// Ranks values and names the records that carry them.
    fn name_carriers(&self, mut values: Vec<(u32, IdentifierDistance)>) -> Vec<NearIdentifier> {
        values.sort_unstable_by_key(|&(id, distance)| (distance, id));
        let mut found: Vec<NearIdentifier> = Vec::new();
        let mut nearer: HashSet<u32> = HashSet::new();
        let mut unnamed = 0;
        for tier in values.chunk_by(|a, b| a.1 == b.1) {
            let from = found.len();
            for &(value, distance) in tier {
                let carriers = self.values[value as usize].carriers as usize;
                let named = carriers.min(CARRIERS_NAMED_MAX).min(NAMED_MAX - found.len());
                unnamed += carriers - named;
                let mut id = self.values[value as usize].entries;
                for _ in 0..named {
                    let Entry {
                        slot, position, next, ..
                    } = self.entries[id as usize];
                    found.push(NearIdentifier {
                        slot,
                        position,
                        distance,
                        rivals: 0,
                    });
                    nearer.insert(slot);
                    id = next;
                }
            }
            let rivals = u32::try_from((nearer.len() + unnamed).saturating_sub(1)).unwrap_or(u32::MAX);
            found[from..].iter_mut().for_each(|near| near.rivals = rivals);
        }
        found
    }

    fn key(&self, kind: IdentifierKind, normalised: &str) -> Key {
        let compared = compared(kind, normalised);
        let hash = || self.seed.hash_one((kind as u8, super::characters::classes(compared)));
        Key::packed(kind, compared).unwrap_or_else(|| Key::hashed(hash()))
    }

    /// The values of a key, all of one kind.
    fn values_of(&self, key: Key) -> impl Iterator<Item = u32> {
        let first = self.forwards.get(&key).copied().unwrap_or(NONE);
        let crowd = (first == CROWD).then(|| self.crowds.get(&key)).flatten();
        let linked = |id: u32| (id < CROWD).then_some(id);
        let chain = std::iter::successors(linked(first), move |id| linked(self.values[*id as usize].next));
        chain.chain(crowd.into_iter().flat_map(|crowd| crowd.values().copied()))
    }

    /// The id of a value, stored now if it was not yet.
    fn value_of(&mut self, kind: IdentifierKind, normalised: &str) -> u32 {
        let key = self.key(kind, normalised);
        let known = match self.crowds.get(&key) {
            Some(crowd) => crowd.get(normalised).copied(),
            None => self
                .values_of(key)
                .find(|id| *self.values[*id as usize].normalised == *normalised),
        };
        known.unwrap_or_else(|| self.store_value(key, kind, normalised))
    }

    fn store_value(&mut self, key: Key, kind: IdentifierKind, normalised: &str) -> u32 {
        let first = self.forwards.get(&key).copied().unwrap_or(NONE);
        let value = Value {
            normalised: normalised.into(),
            kind,
            next: if first == CROWD { NONE } else { first },
            entries: NONE,
            carriers: 0,
        };
        let id = place(&mut self.values, &mut self.values_free, value);
        if first == NONE && key.is_packed() {
            self.backwards.insert(key.reversed());
        }
        if let Some(crowd) = self.crowds.get_mut(&key) {
            crowd.insert(normalised.into(), id);
            return id;
        }
        self.forwards.insert(key, id);
        if self.values_of(key).nth(CHAIN_MAX).is_some() {
            let values = self
                .values_of(key)
                .map(|id| (self.values[id as usize].normalised.clone(), id));
            let crowd: Crowd = values.collect();
            self.crowds.insert(key, crowd);
            self.forwards.insert(key, CROWD);
        }
        id
    }

    fn drop_value(&mut self, id: u32) {
        let normalised = std::mem::take(&mut self.values[id as usize].normalised);
        let key = self.key(self.values[id as usize].kind, &normalised);
        let next = self.values[id as usize].next;
        let first = self.forwards.get(&key).copied().unwrap_or(NONE);
        let is_last = match self.crowds.get_mut(&key) {
            Some(crowd) => {
                crowd.remove(&normalised);
                crowd.is_empty()
            }
            None => first == id && next == NONE,
        };
        if is_last {
            self.crowds.remove(&key);
            self.forwards.remove(&key);
            self.backwards.remove(&key.reversed());
        } else if first == id {
            self.forwards.insert(key, next);
        } else if first != CROWD {
            let mut before = first;
            while self.values[before as usize].next != id {
                before = self.values[before as usize].next;
            }
            self.values[before as usize].next = next;
        }
        self.values_free.push(id);
    }
}

/// Puts an element into a freed place, or at the end.
fn place<T>(all: &mut Vec<T>, free: &mut Vec<u32>, element: T) -> u32 {
    if let Some(id) = free.pop() {
        all[id as usize] = element;
        return id;
    }
    all.push(element);
    u32::try_from(all.len() - 1).unwrap_or(NONE)
}

#[cfg(test)]
mod tests;
