//! How urgent a report is: probability × value × a half for every two days that the sale still runs, and sixteen times that in its
//! last two hours.
//!
//! Halving makes the order of the queue independent of the present: of two sales that run, the same one stays before the other
//! as time goes by, so that the queue is read from an index. By halving alone a thing of four times the worth that is on sale for
//! four days more would stand before one that is gone in an hour, though the first can wait until the second is dealt with: so
//! the last hours count for more, which few enough reports are in at a time to be read apart. Owns the formula and its assumptions; what is shown of it is for
//! the pages.

use chrono::TimeDelta;

use super::money::Money;
use super::time::Timestamp;

/// In this time before the end of a sale urgency doubles, hours.
pub const HALF_HOURS: f64 = 48.0;
/// A sale that ends within so many hours is in its last call: whoever wants to stop it must begin now…
pub const LAST_HOURS: f64 = 2.0;
/// …and it counts so many times: before whatever can wait, unless that is worth far more or is far more probable.
pub const LAST_TIMES: f64 = 16.0;
/// What a thing counts for whose value nobody has said, euros.
pub const VALUE_UNKNOWN: f64 = 100.0;
/// Bounds of what a value counts for, euros: a slip of the pen must not stand before everything else for ever.
const VALUE_BOUNDS: (f64, f64) = (1.0, 100_000.0);
/// A sale whose end is not said counts as one that ends in so many hours.
pub const OPEN_HOURS: f64 = 168.0;
/// A sale that is over counts as one that ends in so many hours.
pub const OVER_HOURS: f64 = 720.0;

/// Euros that one unit of a currency is roughly worth: enough to put reports in an order, for nothing else.
const EUROS: [(&str, f64); 12] = [
    ("EUR", 1.0),
    ("DKK", 0.134),
    ("SEK", 0.089),
    ("NOK", 0.086),
    ("GBP", 1.16),
    ("USD", 0.9),
    ("CHF", 1.06),
    ("PLN", 0.235),
    ("CZK", 0.04),
    ("HUF", 0.0025),
    ("RON", 0.2),
    ("ISK", 0.007),
];

/// Whether a listing is on sale, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sale {
    /// Until then.
    Runs(Timestamp),
    /// Its end is not said.
    Open,
    /// Over.
    Over,
}

impl Sale {
    /// The sale of a listing at an instant.
    #[must_use]
    pub fn of(active: bool, ends_at: Option<Timestamp>, now: Timestamp) -> Self {
        match ends_at {
            _ if !active => Self::Over,
            Some(end) if end <= now => Self::Over,
            Some(end) => Self::Runs(end),
            None => Self::Open,
        }
    }

    /// For how many hours it counts.
    #[must_use]
    pub fn hours(self, now: Timestamp) -> f64 {
        match self {
            Self::Runs(end) => hours_between(now, end).max(0.0),
            Self::Open => OPEN_HOURS,
            Self::Over => OVER_HOURS,
        }
    }
}

/// What a thing counts for, euros: its owner's word, else the price that is asked, else [`VALUE_UNKNOWN`]; a currency that is not
/// in the table counts as unknown.
#[must_use]
pub fn value_euros(value: Option<&Money>, price: Option<&Money>) -> f64 {
    let euros = |money: &Money| {
        let (_, rate) = EUROS.iter().find(|(currency, _)| *currency == money.currency)?;
        Some(money.hundredths as f64 / 100.0 * rate)
    };
    let said = value.and_then(euros).or_else(|| price.and_then(euros));
    said.unwrap_or(VALUE_UNKNOWN).clamp(VALUE_BOUNDS.0, VALUE_BOUNDS.1)
}

/// log2 of probability × value: urgency but for the time.
#[must_use]
pub fn log2_stake(probability: f64, value_euros: f64) -> f64 {
    (probability.max(1e-6) * value_euros).log2()
}

/// Urgency itself: probability × value × ½ for every 48 hours, × 16 in the last 2.
#[must_use]
pub fn urgency(probability: f64, value_euros: f64, sale_hours: f64) -> f64 {
    probability * value_euros * time_factor(sale_hours)
}

/// What the time to the end of a sale makes of probability × value: 0 to 1, and to 16 in its last hours.
#[must_use]
pub fn time_factor(sale_hours: f64) -> f64 {
    let last = if sale_hours <= LAST_HOURS { LAST_TIMES } else { 1.0 };
    last * 0.5_f64.powf(sale_hours / HALF_HOURS)
}

/// Hours from one instant to another, negative backwards.
#[must_use]
pub fn hours_between(from: Timestamp, to: Timestamp) -> f64 {
    let span: TimeDelta = to - from;
    span.num_milliseconds() as f64 / 3_600_000.0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money::parse(amount, currency).unwrap()
    }

    #[test]
    fn a_value_is_its_owners_word_else_the_price_else_assumed() {
        let (owner, price) = (money("1000", "EUR"), money("2000", "DKK"));
        assert_eq!(value_euros(Some(&owner), Some(&price)), 1000.0);
        assert_eq!(value_euros(None, Some(&price)), 268.0);
        assert_eq!(value_euros(None, None), VALUE_UNKNOWN);
        assert_eq!(value_euros(Some(&money("5", "XXX")), None), VALUE_UNKNOWN);
        assert_eq!(value_euros(Some(&money("9000000000", "EUR")), None), 100_000.0);
        assert_eq!(value_euros(Some(&money("0", "EUR")), None), 1.0);
    }

    #[test]
    fn two_days_halve_it() {
        assert_eq!(urgency(0.5, 400.0, 0.0), 16.0 * 200.0);
        assert_eq!(urgency(0.5, 400.0, 48.0), 100.0);
        assert_eq!(urgency(0.5, 400.0, 96.0), 50.0);
    }

    #[test]
    fn what_ends_in_an_hour_stands_before_what_can_wait() {
        let soon = |value| urgency(0.9, value, 86.0 / 60.0);
        assert!(
            soon(300.0) > urgency(0.97, 5_000.0, 4.0 * 24.0),
            "a thing of sixteen times the value has four days"
        );
        assert!(soon(300.0) > urgency(0.97, 3_000.0, 5.0));
        assert!(soon(20.0) < urgency(0.97, 5_000.0, 4.0 * 24.0), "worth far less, it waits");
    }

    #[test]
    fn a_sale_that_has_ended_is_over_whatever_the_partner_says() {
        let now = Timestamp::UNIX_EPOCH + TimeDelta::days(20_000);
        let later = now + TimeDelta::hours(3);
        assert_eq!(Sale::of(true, Some(later), now), Sale::Runs(later));
        assert_eq!(Sale::of(true, Some(now), now), Sale::Over);
        assert_eq!(Sale::of(false, Some(later), now), Sale::Over);
        assert_eq!(Sale::of(true, None, now), Sale::Open);
        assert_eq!(Sale::Runs(later).hours(now), 3.0);
        assert_eq!(Sale::Runs(later).hours(later + TimeDelta::hours(1)), 0.0);
    }

    proptest! {
        /// What the queue's index rests on.
        #[test]
        fn the_order_of_two_running_sales_never_turns(
            stakes in (0.5_f64..1.0, 1.0_f64..1e5, 0.5_f64..1.0, 1.0_f64..1e5), ends in (103_u16..900, 103_u16..900), later in 1_u16..100,
        ) {
            let at = |now: f64| {
                let one = urgency(stakes.0, stakes.1, f64::from(ends.0) - now);
                one / urgency(stakes.2, stakes.3, f64::from(ends.1) - now)
            };
            prop_assert!((at(0.0) / at(f64::from(later)) - 1.0).abs() < 1e-9);
        }

        #[test]
        fn more_probable_worth_more_and_sooner_over_is_more_urgent(
            probability in 0.01_f64..1.0, value in 1.0_f64..1e5, hours in 0.0_f64..2000.0, more in 1.01_f64..10.0, later in 0.1_f64..500.0,
        ) {
            let one = urgency(probability, value, hours);
            prop_assert!(urgency((probability * more).min(1.0), value, hours) >= one);
            prop_assert!(urgency(probability, value * more, hours) > one);
            prop_assert!(urgency(probability, value, hours + later) < one);
        }
    }
}
