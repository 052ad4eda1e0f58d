//! What waits for the writer: in two lanes, of which one gives way to the other.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::StoreError;
use super::writer::Work;

/// At most this many pieces of work are begun with: bounds how long the first one waits for the commit.
const GROUP_MAX: usize = 256;

/// How a piece of work waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Somebody waits for it.
    Prompt,
    /// One of many that follow each other, or a job's: the others need not wait for all of them.
    GivesWay,
}

/// The work that waits.
#[derive(Default)]
pub(super) struct Waiting {
    lanes: Mutex<Lanes>,
    changed: Condvar,
    /// Whether prompt work waits: asked by work under way, which holds no lock.
    prompt: AtomicBool,
}

#[derive(Default)]
struct Lanes {
    prompt: VecDeque<Work>,
    gives_way: VecDeque<Work>,
    closed: bool,
}

impl Waiting {
    /// Adds a piece of work.
    pub(super) fn add(&self, lane: Lane, work: Work) -> Result<(), StoreError> {
        let mut lanes = self.lanes();
        if lanes.closed {
            return Err(StoreError::Stopped);
        }
        match lane {
            Lane::Prompt => {
                lanes.prompt.push_back(work);
                self.prompt.store(true, Ordering::Relaxed);
            }
            Lane::GivesWay => lanes.gives_way.push_back(work),
        }
        self.changed.notify_one();
        Ok(())
    }

    /// Takes no more work.
    pub(super) fn close(&self) {
        self.lanes().closed = true;
        self.changed.notify_all();
    }

    /// Waits until there is work; false when there will be none any more.
    pub(super) fn wait(&self) -> bool {
        let nothing = |lanes: &mut Lanes| lanes.prompt.is_empty() && lanes.gives_way.is_empty() && !lanes.closed;
        let lanes = self
            .changed
            .wait_while(self.lanes(), nothing)
            .unwrap_or_else(PoisonError::into_inner);
        !lanes.prompt.is_empty() || !lanes.gives_way.is_empty()
    }

    /// Takes the prompt work that waits, as much as is begun with.
    pub(super) fn prompt(&self) -> VecDeque<Work> {
        let mut lanes = self.lanes();
        let begun = lanes.prompt.len().min(GROUP_MAX);
        let rest = lanes.prompt.split_off(begun);
        self.prompt.store(!rest.is_empty(), Ordering::Relaxed);
        std::mem::replace(&mut lanes.prompt, rest)
    }

    /// Takes the next piece of work that gives way.
    pub(super) fn giving_way(&self) -> Option<Work> {
        self.lanes().gives_way.pop_front()
    }

    /// Whether work waits that gives way.
    pub(super) fn is_giving_way(&self) -> bool {
        !self.lanes().gives_way.is_empty()
    }

    /// Whether prompt work waits.
    pub(super) fn is_prompt(&self) -> bool {
        self.prompt.load(Ordering::Relaxed)
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
