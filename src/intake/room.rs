//! Room in memory for bodies that are being read or wait for their turn, and turns to be read: what partners share.
//!
//! Whoever finds no room waits a moment, in which the network holds its sender back, and is told to come again later. One
//! partner has half of the room and one turn at most, so that no partner can take what the others need.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::IntakeError;
use crate::domain::ids::PartnerId;
use crate::store::StoreError;

/// How often a body looks for room before it is turned away, and how long it waits between.
const LOOKS: u32 = 40;
const LOOK_EACH: Duration = Duration::from_millis(50);

/// Bodies up to this size, bytes, are worked on at the priority of those who answer: a few hundred records, some milliseconds.
const PROMPT_BYTES_MAX: usize = 512 << 10;
/// So many of them are read at once.
const PROMPT_MAX: usize = 16;

/// What all bodies share.
#[derive(Debug)]
pub(super) struct Shared {
    bytes_max: u64,
    taken: Mutex<Taken>,
    /// Turns of large bodies, and of all others: these need little memory and do not wait for those.
    readers: Arc<Semaphore>,
    prompt: Arc<Semaphore>,
    /// Where large bodies are worked on.
    background: Handle,
    turns: Mutex<HashMap<PartnerId, Arc<Semaphore>>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: u64,
    by_partner: HashMap<PartnerId, u64>,
}

/// Room for one body; it is given back when dropped.
#[derive(Debug)]
pub struct Room {
    shared: Arc<Shared>,
    partner: PartnerId,
    bytes: u64,
}

/// The turn to read a body and take it in; it ends when dropped.
#[derive(Debug)]
pub struct Turn {
    _of_all: OwnedSemaphorePermit,
    _of_partner: OwnedSemaphorePermit,
}

impl Shared {
    pub(super) fn new(bytes_max: u64, readers_max: usize, background: Handle) -> Arc<Self> {
        Arc::new(Self {
            bytes_max,
            taken: Mutex::default(),
            readers: Arc::new(Semaphore::new(readers_max.max(1))),
            prompt: Arc::new(Semaphore::new(PROMPT_MAX)),
            background,
            turns: Mutex::default(),
        })
    }

    pub(super) fn room(self: &Arc<Self>, partner: PartnerId) -> Room {
        Room {
            shared: Arc::clone(self),
            partner,
            bytes: 0,
        }
    }

    pub(super) async fn turn(self: &Arc<Self>, partner: PartnerId, bytes: usize) -> Result<Turn, IntakeError> {
        let own = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let own = turns.entry(partner).or_insert_with(|| Arc::new(Semaphore::new(1)));
            Arc::clone(own)
        };
        let of_partner = own.acquire_owned().await.map_err(|_| StoreError::Stopped)?;
        let readers = if is_large(bytes) { &self.readers } else { &self.prompt };
        let readers = Arc::clone(readers).acquire_owned();
        Ok(Turn {
            _of_partner: of_partner,
            _of_all: readers.await.map_err(|_| StoreError::Stopped)?,
        })
    }

    pub(super) async fn aside<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, IntakeError> {
        let working = match is_large(bytes) {
            true => self.background.spawn_blocking(work),
            false => tokio::task::spawn_blocking(work),
        };
        Ok(working.await.map_err(|_| StoreError::Stopped)?)
    }

    fn take(&self, partner: PartnerId, bytes: u64) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.by_partner.get(&partner).copied().unwrap_or(0) + bytes;
        if taken.all + bytes > self.bytes_max || own > self.bytes_max / 2 {
            return false;
        }
        taken.all += bytes;
        taken.by_partner.insert(partner, own);
        true
    }

    fn give_back(&self, partner: PartnerId, bytes: u64) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= bytes;
        match taken.by_partner.get_mut(&partner) {
            Some(own) if *own > bytes => *own -= bytes,
            _ => drop(taken.by_partner.remove(&partner)),
        }
    }
}

impl Room {
    /// Takes room for more of the body; waits two seconds for it at most.
    ///
    /// # Errors
    /// [`IntakeError::NoRoom`] when there is none.
    pub async fn more(&mut self, bytes: usize) -> Result<(), IntakeError> {
        let bytes = bytes as u64;
        for _ in 0..LOOKS {
            if self.shared.take(self.partner, bytes) {
                self.bytes += bytes;
                return Ok(());
            }
            tokio::time::sleep(LOOK_EACH).await;
        }
        metrics::counter!("replevin_pushes_turned_away").increment(1);
        Err(IntakeError::NoRoom)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.shared.give_back(self.partner, self.bytes);
    }
}

fn is_large(bytes: usize) -> bool {
    bytes > PROMPT_BYTES_MAX
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn partners() -> [PartnerId; 3] {
        let now = crate::domain::time::Clock::system().now();
        [(); 3].map(|()| PartnerId::generate(now))
    }

    #[tokio::test]
    async fn one_partner_cannot_take_all_and_all_together_not_more() {
        let shared = Shared::new(1_000, 2, Handle::current());
        let [greedy, second, third] = partners();
        let mut first = shared.room(greedy);
        first.more(500).await.unwrap();
        assert!(matches!(shared.room(greedy).more(1).await, Err(IntakeError::NoRoom)));
        let mut other = shared.room(second);
        other.more(400).await.unwrap();
        assert!(matches!(shared.room(third).more(101).await, Err(IntakeError::NoRoom)));
        shared.room(third).more(100).await.unwrap();
        // Who waits gets what is given back meanwhile.
        let waiting = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move { shared.room(third).more(450).await.is_ok() }
        });
        tokio::time::sleep(LOOK_EACH * 3).await;
        drop(first);
        assert!(waiting.await.unwrap());
        drop(other);
        let taken = shared.taken.lock().unwrap();
        assert_eq!((taken.all, taken.by_partner.len()), (0, 0));
    }

    #[tokio::test]
    async fn one_partner_has_one_turn_and_large_bodies_hold_up_no_small_ones() {
        const LARGE: usize = PROMPT_BYTES_MAX + 1;
        let shared = Shared::new(1_000, 2, Handle::current());
        let [first, second, third] = partners();
        let held = shared.turn(first, LARGE).await.unwrap();
        let soon = Duration::from_millis(50);
        assert!(tokio::time::timeout(soon, shared.turn(first, LARGE)).await.is_err());
        let other = shared.turn(second, LARGE).await.unwrap();
        assert!(tokio::time::timeout(soon, shared.turn(third, LARGE)).await.is_err());
        assert!(tokio::time::timeout(soon, shared.turn(first, 1)).await.is_err());
        assert!(tokio::time::timeout(soon, shared.turn(third, 1)).await.is_ok());
        drop(other);
        assert!(tokio::time::timeout(soon, shared.turn(third, LARGE)).await.is_ok());
        drop(held);
        assert!(tokio::time::timeout(soon, shared.turn(first, LARGE)).await.is_ok());
    }
}
