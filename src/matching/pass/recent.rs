//! Items that were read lately: those of popular models are looked at for one listing after another.
//!
//! Used by the one who matches alone, who forgets an item when its change is applied: what is held is never older than the index.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::matching::candidates::HeldItem;

/// Items of one generation; some kilobytes each.
const ITEMS_MAX: usize = 10_000;

/// Two generations: when the young one is full it becomes the old one, and what the old one held is forgotten.
#[derive(Default)]
pub(in crate::matching) struct RecentItems(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<Uuid, Arc<HeldItem>>,
    old: HashMap<Uuid, Arc<HeldItem>>,
}

impl RecentItems {
    pub(in crate::matching) fn get(&self, id: Uuid) -> Option<Arc<HeldItem>> {
        self.generations(|kept| {
            if let Some(item) = kept.young.get(&id) {
                return Some(Arc::clone(item));
            }
            let item = kept.old.remove(&id)?;
            kept.keep(id, Arc::clone(&item));
            Some(item)
        })
    }

    pub(in crate::matching) fn keep(&self, id: Uuid, item: Arc<HeldItem>) {
        self.generations(|kept| kept.keep(id, item));
    }

    pub(super) fn forget(&self, id: Uuid) {
        self.generations(|kept| {
            kept.young.remove(&id);
            kept.old.remove(&id);
        });
    }

    pub(super) fn forget_all(&self) {
        self.generations(|kept| *kept = Generations::default());
    }

    fn generations<T>(&self, with: impl FnOnce(&mut Generations) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Generations {
    fn keep(&mut self, id: Uuid, item: Arc<HeldItem>) {
        if self.young.len() >= ITEMS_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, item);
    }
}
