//! How fast somebody may ask: so much at once, and so much a minute after that. In memory, bounded.
//!
//! Slows whoever goes through numbers one by one; a restart forgets it, which gives them one more handful.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::AccessError;
use crate::domain::time::Timestamp;

/// Most that are remembered at once: beyond, those forget who have asked least lately.
const KNOWN_MAX: usize = 10_000;

/// What somebody may ask for.
#[derive(Debug)]
pub(super) struct Pace {
    a_minute: f64,
    known: Mutex<HashMap<Uuid, (Timestamp, f64)>>,
}

impl Pace {
    /// So many at once and a minute.
    pub(super) fn new(a_minute: u32) -> Self {
        Self {
            a_minute: f64::from(a_minute.max(1)),
            known: Mutex::default(),
        }
    }

    /// Lets `who` ask for `count` more.
    ///
    /// # Errors
    /// [`AccessError::TooFast`] when that is too much.
    pub(super) fn take(&self, who: Uuid, count: usize, now: Timestamp) -> Result<(), AccessError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, left) = known.get(&who).copied().unwrap_or((now, self.a_minute));
        let passed = (now - since).num_milliseconds().max(0) as f64 / 60_000.0;
        let left = (left + passed * self.a_minute).min(self.a_minute) - count as f64;
        if left < 0.0 {
            let seconds = (-left / self.a_minute * 60.0).ceil().min(60.0);
            return Err(AccessError::TooFast {
                wait_s: (seconds as u16).max(1),
            });
        }
        if known.len() >= KNOWN_MAX && !known.contains_key(&who) {
            // Whoever has everything left loses nothing by being forgotten.
            known.retain(|_, (since, left)| *left + (now - *since).num_seconds() as f64 / 60.0 * self.a_minute < self.a_minute);
        }
        known.insert(who, (now, left));
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_minute_gives_as_much_again() {
        let pace = Pace::new(60);
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        pace.take(one, 60, now).unwrap();
        let refused = pace.take(one, 10, now).unwrap_err();
        assert!(matches!(refused, AccessError::TooFast { wait_s: 10 }), "{refused:?}");
        pace.take(other, 60, now).unwrap();
        pace.take(one, 10, now + TimeDelta::seconds(10)).unwrap();
        assert!(pace.take(one, 1, now + TimeDelta::seconds(10)).is_err());
        pace.take(one, 60, now + TimeDelta::hours(1)).unwrap();
        assert!(
            pace.take(one, 61, now + TimeDelta::hours(2)).is_err(),
            "more than ever at once"
        );
    }
}
