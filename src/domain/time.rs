//! Time: instants in UTC and the clock that is passed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// An instant in UTC, kept to the microsecond.
pub type Timestamp = DateTime<Utc>;

/// Where the present comes from: the machine, or the machine moved by a fixed and changeable amount (tests, drills).
#[derive(Debug, Clone, Default)]
pub struct Clock {
    moved_micros: Arc<AtomicI64>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let moved = TimeDelta::microseconds(self.moved_micros.load(Ordering::Relaxed));
        (Utc::now() + moved).trunc_subsecs(6)
    }

    /// Moves this clock and all its clones.
    pub fn advance(&self, by: TimeDelta) {
        self.moved_micros
            .fetch_add(by.num_microseconds().unwrap_or(0), Ordering::Relaxed);
    }
}
