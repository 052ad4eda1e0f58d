//! The brake on guessing: how many tries an account or a network address has had in a while. In memory, bounded.
//!
//! A restart forgets it, which gives a guesser one more window and nothing else.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;

use crate::domain::time::Timestamp;

/// Most accounts, and most networks, that are remembered at once.
const KEYS_MAX: usize = 20_000;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// Tries on an account, known or not, by the SHA-256 of its address.
    Account([u8; 32]),
    /// Tries from a network: an IPv4 address, or the 64 bits that an IPv6 subscriber has to themselves.
    Network(u64, bool),
}

impl Key {
    pub(super) fn account(email: &str) -> Self {
        Self::Account(super::secret::hash(&email.trim().to_lowercase()))
    }

    pub(super) fn network(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::Network(u64::from(v4.to_bits()), false),
            IpAddr::V6(v6) => Self::Network((v6.to_bits() >> 64) as u64, true),
        }
    }
}

/// Too many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blocked {
    /// Minutes until the window ends, at least 1.
    pub(super) minutes: u32,
    /// Whether this is the first try that is turned away in this window.
    pub(super) first: bool,
}

struct Window {
    since: Timestamp,
    tries: u32,
    /// Whether its key is turned away.
    full: bool,
}

type Counts = HashMap<Key, Window>;

/// The counts. Accounts and networks are apart, so that making up accounts drives no network out of memory.
pub(super) struct Throttle {
    window: TimeDelta,
    accounts: Mutex<Counts>,
    networks: Mutex<Counts>,
}

impl Throttle {
    pub(super) fn new(window_minutes: u32) -> Self {
        Self {
            window: TimeDelta::minutes(i64::from(window_minutes.max(1))),
            accounts: Mutex::default(),
            networks: Mutex::default(),
        }
    }

    /// Counts a try before it is made, so that tries side by side cannot slip through together; turned away when the key has
    /// had `tries_max` in its window.
    pub(super) fn enter(&self, key: Key, tries_max: u32, now: Timestamp) -> Result<(), Blocked> {
        let mut counts = self.counts(key);
        if counts.len() >= KEYS_MAX && !counts.contains_key(&key) {
            self.make_room(&mut counts, now);
        }
        let fresh = || Window {
            since: now,
            tries: 0,
            full: false,
        };
        let window = counts.entry(key).or_insert_with(fresh);
        if now >= window.since + self.window || now < window.since {
            *window = fresh();
        }
        window.tries = window.tries.saturating_add(1);
        window.full = window.tries >= tries_max;
        if window.tries <= tries_max {
            return Ok(());
        }
        let left = (window.since + self.window - now).num_seconds();
        Err(Blocked {
            minutes: u32::try_from(left.max(1).div_euclid(60) + 1).unwrap_or(u32::MAX),
            first: window.tries == tries_max.saturating_add(1),
        })
    }

    /// The try was right: it does not count.
    pub(super) fn forgive(&self, key: Key) {
        let mut counts = self.counts(key);
        if let Key::Account(_) = key {
            counts.remove(&key);
        } else if let Some(window) = counts.get_mut(&key) {
            window.tries = window.tries.saturating_sub(1);
            window.full = false;
        }
    }

    fn counts(&self, key: Key) -> MutexGuard<'_, Counts> {
        let counts = match key {
            Key::Account(_) => &self.accounts,
            Key::Network(..) => &self.networks,
        };
        counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what has run out; when that is not enough, the older half of those that may still try. Who is turned away is
    /// forgotten only when nobody else is left to forget, and then the half that has waited longest.
    fn make_room(&self, counts: &mut Counts, now: Timestamp) {
        counts.retain(|_, window| now < window.since + self.window);
        if counts.len() < KEYS_MAX {
            return;
        }
        let only_full = counts.values().all(|window| window.full);
        let may_go = |window: &Window| only_full || !window.full;
        let mut starts: Vec<Timestamp> = counts
            .values()
            .filter(|window| may_go(window))
            .map(|window| window.since)
            .collect();
        starts.sort_unstable();
        let middle = starts[starts.len() / 2];
        counts.retain(|_, window| !may_go(window) || window.since > middle);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn turns_away_after_the_limit_until_the_window_ends() {
        let throttle = Throttle::new(15);
        let key = Key::account("jens@example.org");
        for second in 0..3 {
            assert_eq!(throttle.enter(key, 3, at(second)), Ok(()));
        }
        let blocked = throttle.enter(key, 3, at(4)).unwrap_err();
        assert!(blocked.first && blocked.minutes == 15, "{blocked:?}");
        assert!(!throttle.enter(key, 3, at(5)).unwrap_err().first);
        assert!(!throttle.enter(Key::account("JENS@example.org "), 3, at(6)).unwrap_err().first);
        assert_eq!(throttle.enter(Key::account("else@example.org"), 3, at(6)), Ok(()));
        assert_eq!(throttle.enter(key, 3, at(900)), Ok(()));
    }

    #[test]
    fn a_right_try_clears_the_account_and_gives_the_network_its_try_back() {
        let throttle = Throttle::new(15);
        let account = Key::account("jens@example.org");
        let network = Key::network("192.0.2.7".parse().unwrap());
        for _ in 0..5 {
            throttle.enter(account, 2, at(0)).unwrap();
            throttle.enter(network, 2, at(0)).unwrap();
            throttle.forgive(account);
            throttle.forgive(network);
        }
        assert_eq!(network, Key::network("::ffff:192.0.2.7".parse().unwrap()));
        assert_eq!(
            Key::network("2001:db8::1".parse().unwrap()),
            Key::network("2001:db8::2".parse().unwrap())
        );
    }

    #[test]
    fn stays_bounded() {
        let throttle = Throttle::new(15);
        for n in 0..(KEYS_MAX as i64 + 100) {
            throttle.enter(Key::account(&n.to_string()), 2, at(n / 100)).unwrap();
        }
        assert!(throttle.accounts.lock().unwrap().len() <= KEYS_MAX);
    }

    #[test]
    fn made_up_keys_free_nobody_who_is_turned_away() {
        let throttle = Throttle::new(15);
        let account = Key::account("jens@example.org");
        let network = Key::network("192.0.2.7".parse().unwrap());
        for _ in 0..2 {
            throttle.enter(account, 2, at(0)).unwrap();
            throttle.enter(network, 2, at(0)).unwrap();
        }
        for n in 0..(2 * KEYS_MAX as u32 + 2) {
            throttle.enter(Key::account(&n.to_string()), 2, at(1)).unwrap();
            throttle.enter(Key::Network(u64::from(n) << 33, true), 2, at(1)).unwrap();
        }
        assert!(throttle.enter(account, 2, at(2)).is_err());
        assert!(throttle.enter(network, 2, at(2)).is_err());
    }

    #[test]
    fn stays_bounded_when_all_are_turned_away() {
        let throttle = Throttle::new(15);
        for n in 0..(KEYS_MAX as i64 + 100) {
            throttle.enter(Key::account(&n.to_string()), 1, at(n / 100)).unwrap();
        }
        assert!(throttle.accounts.lock().unwrap().len() <= KEYS_MAX);
    }
}
