//! How instants, durations, money, places and probabilities are written on pages.

use chrono::{SecondsFormat, TimeDelta};

use super::zone;
use crate::domain::assessment::Comparison;
use crate::domain::money::Money;
use crate::domain::place::Place;
use crate::domain::time::Timestamp;

/// An instant by the force's clock, absolute and with its zone's name or its distance from UTC: `21 Nov 2026, 21:15 CET`.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    zone::instant(at)
}

/// The same to the second.
#[must_use]
pub fn second(at: Timestamp) -> String {
    at.with_timezone(&zone::current())
        .format("%-d %b %Y, %H:%M:%S %Z")
        .to_string()
}

/// An instant for programs, as `<time datetime>` wants it: `2026-11-21T20:15:00Z`.
#[must_use]
pub fn machine(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// How far an instant is from now, in words: `in 1 hour 53 minutes`, `3 days ago`. To the minute up to six hours, in which
/// an auction is lost or stopped.
#[must_use]
pub fn distance(at: Timestamp, now: Timestamp) -> String {
    let span = at - now;
    let size = span.abs();
    let counted = |number: i64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    let words = if size < TimeDelta::minutes(1) {
        return "now".to_owned();
    } else if size < TimeDelta::hours(1) {
        counted(size.num_minutes(), "minute")
    } else if size < TimeDelta::hours(48) {
        let minutes = size.num_minutes() % 60;
        let hours = counted(size.num_hours(), "hour");
        if size < TimeDelta::hours(6) && minutes > 0 {
            format!("{hours} {}", counted(minutes, "minute"))
        } else {
            hours
        }
    } else {
        counted(size.num_days(), "day")
    };
    if span < TimeDelta::zero() {
        format!("{words} ago")
    } else {
        format!("in {words}")
    }
}

/// A span of time in which something happened, see [`super::clock::span`].
#[must_use]
pub fn span(from: Timestamp, to: Timestamp) -> String {
    super::clock::span(from, to)
}

/// The days of a span whose end is the first instant that no longer counts: `1 Jan 2026 to 31 Dec 2027`.
#[must_use]
pub fn days(from: Timestamp, end: Timestamp) -> (String, String) {
    let day = |at: Timestamp| at.format("%-d %b %Y").to_string();
    (day(from), day(end - TimeDelta::microseconds(1)))
}

/// A place, from fine to coarse; coordinates are left out.
#[must_use]
pub fn place(place: &Place) -> String {
    let town = [place.postcode.as_deref(), place.city.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    [Some(town.as_str()).filter(|town| !town.is_empty()), place.country.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

/// An amount of money, or nothing.
#[must_use]
pub fn money(money: Option<&Money>) -> String {
    money.map(ToString::to_string).unwrap_or_default()
}

/// A probability as a number that never says more than is known: two places, and never quite 0 or 1.
#[must_use]
pub fn probability(probability: f64) -> String {
    if probability > 0.0 && probability < 0.01 {
        "below 0.01".to_owned()
    } else if probability < 1.0 && probability > 0.99 {
        "above 0.99".to_owned()
    } else {
        format!("{probability:.2}")
    }
}

/// A probability in whole hundredths, 0 to 100, for bars.
#[must_use]
pub fn hundredths(probability: f64) -> u8 {
    // The clamp keeps the value inside the type.
    (probability * 100.0).round().clamp(0.0, 100.0) as u8
}

/// A kind of evidence, a capital first.
#[must_use]
pub fn comparison(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Identifier => "Number",
        Comparison::Photo => "Photo",
        Comparison::Description => "Description",
        Comparison::Marks => "Marks",
        Comparison::Time => "Time",
        Comparison::Place => "Place",
        Comparison::Price => "Price",
        Comparison::Seller => "Seller",
    }
}

/// A number that is only good for an order: whole, to two digits from a hundred on.
#[must_use]
pub fn rounded(number: f64) -> String {
    // Both are far inside the type.
    if number < 100.0 {
        thousands(number.round() as u64)
    } else {
        thousands(significant(number))
    }
}

/// A factor below one, to two digits.
#[must_use]
pub fn factor(factor: f64) -> String {
    if factor >= 0.1 {
        format!("{factor:.2}")
    } else if factor >= 0.001 {
        format!("{factor:.3}")
    } else {
        "below 0.001".to_owned()
    }
}

/// A weight of evidence: sign and one decimal.
#[must_use]
pub fn weight(log10_lr: f64) -> String {
    format!("{log10_lr:+.1}").replace('-', "−")
}

/// A likelihood ratio in words: `1,000 times more probable if it is the item`.
#[must_use]
pub fn times(log10_lr: f64) -> String {
    let size = 10_f64.powf(log10_lr.abs());
    let rounded = if size < 10.0 {
        format!("{size:.1}")
    } else {
        thousands(significant(size))
    };
    match log10_lr {
        weight if weight.abs() < 0.05 => "says nothing either way".to_owned(),
        weight if weight > 0.0 => format!("{rounded} times more probable if it is the item"),
        _ => format!("{rounded} times more probable if it is not the item"),
    }
}

/// Odds from their log10: `1 to 16,000` or `160 to 1`.
#[must_use]
pub fn odds(log10_odds: f64) -> String {
    let size = 10_f64.powf(log10_odds.abs());
    let rounded = if size < 10.0 {
        format!("{size:.1}")
    } else {
        thousands(significant(size))
    };
    if log10_odds < 0.0 {
        format!("1 to {rounded}")
    } else {
        format!("{rounded} to 1")
    }
}

/// A fragment as a sentence: a capital first, a full stop last.
#[must_use]
pub fn sentence(fragment: &str) -> String {
    let text = capitalised(fragment);
    if text.is_empty() || text.ends_with(['.', '!', '?']) {
        text
    } else {
        text + "."
    }
}

/// A word or two with a capital first, as for a label.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let capital: String = characters
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    capital + characters.as_str()
}

/// Two significant digits.
fn significant(size: f64) -> u64 {
    let magnitude = 10_f64.powf(size.log10().floor() - 1.0);
    // Sizes come from capped weights, far inside the type.
    ((size / magnitude).round() * magnitude) as u64
}

pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono_tz::Tz;

    use super::*;

    #[test]
    fn distances_read_well() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (minutes, words) in [
            (0, "now"),
            (1, "in 1 minute"),
            (-59, "59 minutes ago"),
            (113, "in 1 hour 53 minutes"),
            (-61, "1 hour 1 minute ago"),
            (120, "in 2 hours"),
            (6 * 60 + 20, "in 6 hours"),
            (47 * 60, "in 47 hours"),
            (-2880, "2 days ago"),
        ] {
            assert_eq!(distance(now + TimeDelta::minutes(minutes), now), words);
        }
    }

    #[test]
    fn times_are_told_by_the_forces_clock_and_name_it() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (winter, summer) = (at("2026-11-21T20:15:09Z"), at("2026-07-01T22:30:00Z"));
        assert_eq!(instant(winter), "21 Nov 2026, 20:15 UTC");
        let told = |zone, at| zone::told_beside(zone, || instant(at));
        assert_eq!(told(Tz::Europe__Copenhagen, winter), "21 Nov 2026, 21:15 CET");
        assert_eq!(told(Tz::Europe__Copenhagen, summer), "2 Jul 2026, 00:30 CEST");
        assert_eq!(told(Tz::America__Sao_Paulo, winter), "21 Nov 2026, 17:15 -03");
        let span = || span(winter, winter + TimeDelta::hours(2));
        assert_eq!(
            zone::told_beside(Tz::Europe__Copenhagen, span),
            "21 Nov 2026, 21:15 CET to 21 Nov 2026, 23:15 CET"
        );
        assert_eq!(
            zone::told_beside(Tz::Europe__Copenhagen, || second(winter)),
            "21 Nov 2026, 21:15:09 CET"
        );
        assert_eq!(machine(winter), "2026-11-21T20:15:09Z");
    }

    #[test]
    fn a_span_of_days_ends_on_its_last_day() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let days = days(at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
        assert_eq!(days, ("1 Jan 2026".to_owned(), "31 Dec 2027".to_owned()));
    }

    #[test]
    fn numbers_never_claim_certainty() {
        for (given, words) in [
            (0.0, "0.00"),
            (0.0004, "below 0.01"),
            (0.5, "0.50"),
            (0.97, "0.97"),
            (0.9999, "above 0.99"),
        ] {
            assert_eq!(probability(given), words);
        }
    }

    #[test]
    fn odds_read_either_way() {
        assert_eq!(odds(-4.2), "1 to 16,000");
        assert_eq!(odds(2.2), "160 to 1");
        assert_eq!(odds(0.0), "1.0 to 1");
    }

    #[test]
    fn fragments_become_sentences() {
        assert_eq!(sentence("the letter has expired"), "The letter has expired.");
        assert_eq!(sentence("Done!"), "Done!");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn ratios_read_in_words() {
        assert_eq!(times(3.0), "1,000 times more probable if it is the item");
        assert_eq!(times(6.1), "1,300,000 times more probable if it is the item");
        assert_eq!(times(-0.5), "3.2 times more probable if it is not the item");
        assert_eq!(times(0.0), "says nothing either way");
    }
}
