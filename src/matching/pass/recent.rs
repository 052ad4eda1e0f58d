//! What is kept so that it is not read or compared twice: [`Recent`] from batch to batch, [`Batch`] among those who work on one.
//!
//! Items of popular models are looked at for one listing after another, and the names of what a busy seller offers with each of
//! its listings. Used by the one who matches alone, who forgets a record when its change is applied: what is held is never older
//! than the index. What was found and compared depends on the whole index, and ends with the batch.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use replevin_index::{Record, Side};
use uuid::Uuid;

use crate::domain::ids::ReportId;
use crate::matching::candidates::{Found, HeldItem, HeldListing};
use crate::matching::coincidence::{Counted, LookAlikes};
use crate::matching::compare::Compared;
use crate::matching::names::Names;

/// Records of one side of one generation, some kilobytes each…
const RECORDS_MAX: usize = 10_000;
/// …and those whose photos have features as so many.
const PHOTO_WEIGHS: usize = 8;
/// Items of one generation whose look-alikes were counted; some kilobytes each.
const COUNTED_MAX: usize = 4_000;
/// Names of one generation; some hundred bytes each. A country's stolen goods: each listing is held against a dozen of them and what
/// was stolen with them.
const NAMES_MAX: usize = 250_000;

/// What the workers of one batch found, read and compared, so that two of them seldom do it both: at the same moment they may,
/// which costs less than waiting.
pub(in crate::matching) struct Batch {
    /// What searches from records found.
    pub(in crate::matching) found: Kept<(Side, Uuid), Found>,
    pub(in crate::matching) listings: Kept<Uuid, HeldListing>,
    pub(in crate::matching) look_alikes: Kept<Uuid, LookAlikes>,
    /// Pairs of an item and a listing by themselves, and beside what else the seller offers.
    pub(in crate::matching) plain: Kept<(Uuid, Uuid), Compared>,
    pub(in crate::matching) pairs: Kept<(Uuid, Uuid), Compared>,
    /// Pairs and reports that need no second look.
    judged: Mutex<HashSet<(Uuid, Uuid)>>,
    revised: Mutex<HashSet<ReportId>>,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            found: Kept::all(),
            listings: Kept::all(),
            look_alikes: Kept::all(),
            plain: Kept::all(),
            pairs: Kept::all(),
            judged: Mutex::default(),
            revised: Mutex::default(),
        }
    }
}

impl Batch {
    /// Whether this is the first who judges a pair of an item and a listing.
    pub(super) fn judges(&self, pair: (Uuid, Uuid)) -> bool {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner).insert(pair)
    }

    /// Whether this is the first who looks at a report again.
    pub(super) fn revises(&self, report: ReportId) -> bool {
        self.revised.lock().unwrap_or_else(PoisonError::into_inner).insert(report)
    }
}

/// What was read lately.
pub(in crate::matching) struct Recent {
    /// Items, whole.
    pub(in crate::matching) items: Kept<Uuid, HeldItem>,
    /// Listings, whole.
    pub(in crate::matching) listings: Kept<Uuid, HeldListing>,
    /// What looks like items, which is a figure of the archive and need not be of today's.
    pub(in crate::matching) look_alikes: Kept<Uuid, Counted>,
    /// What records are named.
    pub(in crate::matching) names: Kept<(Side, Uuid), Names>,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            items: Kept::new(RECORDS_MAX, |held| weight(&held.facts.record)),
            listings: Kept::new(RECORDS_MAX, |held| weight(&held.facts.record)),
            look_alikes: Kept::new(COUNTED_MAX, |_| 1),
            names: Kept::new(NAMES_MAX, |_| 1),
        }
    }
}

impl Recent {
    pub(super) fn forget(&self, side: Side, id: Uuid) {
        self.names.forget(&(side, id));
        match side {
            Side::Registered => {
                self.items.forget(&id);
                self.look_alikes.forget(&id);
            }
            Side::Offered => self.listings.forget(&id),
        }
    }

    pub(super) fn forget_all(&self) {
        self.items.forget_all();
        self.listings.forget_all();
        self.look_alikes.forget_all();
        self.names.forget_all();
    }
}

fn weight(record: &Record) -> usize {
    1 + record.features.len() * PHOTO_WEIGHS
}

/// Things in two generations: when the young one is full it becomes the old one, and what the old one held is forgotten.
pub(in crate::matching) struct Kept<K, T> {
    at_most: usize,
    weight: fn(&T) -> usize,
    generations: Mutex<Generations<K, T>>,
}

struct Generations<K, T> {
    young: HashMap<K, Arc<T>>,
    young_weight: usize,
    old: HashMap<K, Arc<T>>,
}

impl<K: Copy + Eq + Hash, T> Kept<K, T> {
    /// That forgets nothing.
    fn all() -> Self {
        Self::new(usize::MAX, |_| 0)
    }

    /// With room for so much in a generation.
    fn new(at_most: usize, weight: fn(&T) -> usize) -> Self {
        Self {
            at_most,
            weight,
            generations: Mutex::new(Generations::new()),
        }
    }

    pub(in crate::matching) fn get(&self, key: &K) -> Option<Arc<T>> {
        self.with(|kept| {
            if let Some(thing) = kept.young.get(key) {
                return Some(Arc::clone(thing));
            }
            let thing = kept.old.remove(key)?;
            kept.keep(*key, Arc::clone(&thing), (self.weight)(&thing), self.at_most);
            Some(thing)
        })
    }

    pub(in crate::matching) fn keep(&self, key: K, thing: Arc<T>) {
        let weight = (self.weight)(&thing);
        self.with(|kept| kept.keep(key, thing, weight, self.at_most));
    }

    fn forget(&self, key: &K) {
        self.with(|kept| {
            kept.young.remove(key);
            kept.old.remove(key);
        });
    }

    fn forget_all(&self) {
        self.with(|kept| *kept = Generations::new());
    }

    fn with<R>(&self, act: impl FnOnce(&mut Generations<K, T>) -> R) -> R {
        act(&mut self.generations.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<K: Eq + Hash, T> Generations<K, T> {
    fn new() -> Self {
        Self {
            young: HashMap::new(),
            young_weight: 0,
            old: HashMap::new(),
        }
    }

    fn keep(&mut self, key: K, thing: Arc<T>, weight: usize, at_most: usize) {
        if self.young_weight >= at_most {
            self.old = std::mem::take(&mut self.young);
            self.young_weight = 0;
        }
        if self.young.insert(key, thing).is_none() {
            self.young_weight += weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_what_weighs_much_makes_others_go() {
        let kept: Kept<usize, usize> = Kept::new(100, |weight| *weight);
        kept.keep(0, Arc::new(1));
        for key in 1..1_000 {
            kept.keep(key, Arc::new(10));
            assert!(kept.get(&0).is_some(), "{key}");
        }
        let held = kept.with(|kept| kept.young.len() + kept.old.len());
        assert!((10..=24).contains(&held), "{held}");
        kept.forget(&0);
        assert!(kept.get(&0).is_none());
    }
}
