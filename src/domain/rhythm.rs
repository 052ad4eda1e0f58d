//! The rhythm of a feed: how long it usually is from one arrival to the next, and when a silence is longer than that explains.
//!
//! Learnt from the feed's own past and from nothing else. How long to wait is judged from waits that began at the same hour of
//! the same weekday, where there are enough of them; else at that hour on working days or on free days; else on such days at all;
//! else whenever. The estimate is robust: the ninth decile and the median absolute deviation, so that one outage in the past, or
//! a handful of doubled deliveries, moves it little.

use chrono::{DateTime, Datelike, TimeDelta, Timelike};
use chrono_tz::Tz;

use super::time::Timestamp;

/// Waits that one context needs before it is believed.
const WAITS_MIN: usize = 6;
/// Waits that there must be at all.
const WAITS_AT_ALL_MIN: usize = 8;
/// Days that the past must span before silence means anything.
const DAYS_MIN: i64 = 7;
/// However regular a feed is, so much later than usual is no silence, minutes.
const SLACK_MINUTES_MIN: i64 = 15;
/// Makes the median absolute deviation comparable with a standard deviation, for normally distributed values.
const DEVIATIONS: f64 = 1.4826;

/// An hour in which something arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyHour {
    /// The first arrival in it.
    pub first_at: Timestamp,
    /// The last one.
    pub last_at: Timestamp,
    /// The longest wait between two arrivals in it; zero when there was one.
    pub longest_wait: TimeDelta,
}

/// What a feed's rhythm says of it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing has ever arrived.
    Nothing,
    /// Too little has arrived to say how long is usual.
    Learning,
    /// It is not overdue.
    Well(Expectation),
    /// It is.
    Silent(Expectation),
}

/// What was expected of a feed after its last arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// The last arrival.
    pub since: Timestamp,
    /// How long it usually is, after an arrival at such a time, until the next: the median.
    pub usual: TimeDelta,
    /// When the next arrival is overdue.
    pub overdue_at: Timestamp,
}

/// A wait for the next arrival.
struct Wait {
    from: Timestamp,
    length: TimeDelta,
}

/// What a feed's rhythm says of it at `now`. `hours`: those in which something arrived, in their order; `zone`: whose hours of the day
/// and days of the week count, so that an office that opens at eight does so in summer as in winter.
#[must_use]
pub fn standing(hours: &[BusyHour], now: Timestamp, zone: Tz) -> Standing {
    let Some(last) = hours.last() else { return Standing::Nothing };
    let Some((usual, patience)) = patience(hours, last.last_at, zone) else {
        return Standing::Learning;
    };
    let expectation = Expectation {
        since: last.last_at,
        usual,
        overdue_at: last.last_at + patience,
    };
    if now > expectation.overdue_at {
        Standing::Silent(expectation)
    } else {
        Standing::Well(expectation)
    }
}

/// How long it usually is after an arrival at `from`, and how long is too long; none where too little is known.
fn patience(hours: &[BusyHour], from: Timestamp, zone: Tz) -> Option<(TimeDelta, TimeDelta)> {
    let waits = waits(hours);
    let first = hours.first()?.first_at;
    if waits.len() < WAITS_AT_ALL_MIN || from - first < TimeDelta::days(DAYS_MIN) {
        return None;
    }
    let contexts: [fn(DateTime<Tz>, DateTime<Tz>) -> bool; 4] = [
        |one, other| one.weekday() == other.weekday() && one.hour() == other.hour(),
        |one, other| is_free(one) == is_free(other) && one.hour() == other.hour(),
        |one, other| is_free(one) == is_free(other),
        |_, _| true,
    ];
    let at = from.with_timezone(&zone);
    contexts.iter().find_map(|alike| {
        let mut lengths: Vec<i64> = waits
            .iter()
            .filter(|wait| alike(wait.from.with_timezone(&zone), at))
            .map(|wait| wait.length.num_seconds())
            .collect();
        lengths.sort_unstable();
        (lengths.len() >= WAITS_MIN).then(|| judged(&lengths))
    })
}

/// The median of waits in their order, and how long is too long.
fn judged(lengths: &[i64]) -> (TimeDelta, TimeDelta) {
    let median = lengths[lengths.len() / 2];
    let mut deviations: Vec<i64> = lengths.iter().map(|length| (length - median).abs()).collect();
    deviations.sort_unstable();
    let deviation = deviations[deviations.len() / 2] as f64 * DEVIATIONS;
    // The ninth decile from below: of up to ten waits the longest is left out, which may have been an outage.
    let long = lengths[(lengths.len() - 1) * 9 / 10].max(median);
    let slack = (long / 2).max((3.0 * deviation) as i64).max(SLACK_MINUTES_MIN * 60);
    (TimeDelta::seconds(median), TimeDelta::seconds(long + slack))
}

/// The waits between hours and the longest within each.
fn waits(hours: &[BusyHour]) -> Vec<Wait> {
    let between = hours.windows(2).map(|pair| Wait {
        from: pair[0].last_at,
        length: pair[1].first_at - pair[0].last_at,
    });
    let within = hours.iter().filter(|hour| hour.last_at > hour.first_at).map(|hour| Wait {
        from: hour.first_at,
        length: hour.longest_wait,
    });
    // A clock that was set back makes no wait.
    between
        .chain(within)
        .filter(|wait| wait.length >= TimeDelta::zero())
        .collect()
}

fn is_free(at: DateTime<Tz>) -> bool {
    at.weekday().number_from_monday() > 5
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A Monday.
    fn monday() -> Timestamp {
        "2026-08-31T00:00:00Z".parse().unwrap()
    }

    /// The hours of arrivals, as the store gathers them.
    fn hours(arrivals: &[Timestamp]) -> Vec<BusyHour> {
        let mut hours: Vec<BusyHour> = Vec::new();
        for at in arrivals {
            match hours.last_mut() {
                Some(hour) if hour.first_at.timestamp() / 3_600 == at.timestamp() / 3_600 => {
                    hour.longest_wait = hour.longest_wait.max(*at - hour.last_at);
                    hour.last_at = *at;
                }
                _ => hours.push(BusyHour {
                    first_at: *at,
                    last_at: *at,
                    longest_wait: TimeDelta::zero(),
                }),
            }
        }
        hours
    }

    /// Arrivals every `step` minutes within these hours of these days of the week, for so many weeks.
    fn office(weeks: i64, days: std::ops::Range<i64>, within: std::ops::Range<i64>, step: i64) -> Vec<Timestamp> {
        let mut all = Vec::new();
        for day in 0..weeks * 7 {
            if days.contains(&(day % 7)) {
                let minutes = (within.start * 60..within.end * 60).step_by(usize::try_from(step).unwrap());
                all.extend(minutes.map(|minute| monday() + TimeDelta::days(day) + TimeDelta::minutes(minute)));
            }
        }
        all
    }

    fn is_silent(arrivals: &[Timestamp], after: TimeDelta) -> bool {
        let now = *arrivals.last().unwrap() + after;
        matches!(standing(&hours(arrivals), now, Tz::UTC), Standing::Silent(_))
    }

    #[test]
    fn too_little_history_gives_no_alarm() {
        assert_eq!(standing(&[], monday(), Tz::UTC), Standing::Nothing);
        for arrivals in [
            vec![monday()],
            office(1, 0..5, 4..5, 60),
            // Many within one day say nothing of other days.
            office(1, 0..1, 0..24, 5),
        ] {
            let years = *arrivals.last().unwrap() + TimeDelta::days(700);
            assert_eq!(
                standing(&hours(&arrivals), years, Tz::UTC),
                Standing::Learning,
                "{} arrivals",
                arrivals.len()
            );
        }
    }

    #[test]
    fn a_nightly_feed_is_missed_after_its_night() {
        let nightly = office(3, 0..7, 4..5, 60);
        assert!(!is_silent(&nightly, TimeDelta::hours(26)));
        assert!(is_silent(&nightly, TimeDelta::hours(37)));
        let later = *nightly.last().unwrap() + TimeDelta::days(2);
        let Standing::Silent(expected) = standing(&hours(&nightly), later, Tz::UTC) else {
            panic!("two nights are missing");
        };
        assert_eq!(
            (expected.usual, expected.since),
            (TimeDelta::days(1), *nightly.last().unwrap())
        );
    }

    #[test]
    fn nights_and_weekends_are_no_silence_to_an_office() {
        let mut office = office(8, 0..5, 8..18, 10);
        // It ended on a Friday evening.
        assert!(!is_silent(&office, TimeDelta::hours(62)), "Monday at eight");
        assert!(is_silent(&office, TimeDelta::hours(100)));
        // The same feed on a Thursday evening, and in the middle of a day.
        office.retain(|at| *at < monday() + TimeDelta::days(7 * 7 + 4));
        assert!(!is_silent(&office, TimeDelta::hours(14)), "Friday at eight");
        assert!(is_silent(&office, TimeDelta::hours(24)), "Friday evening");
        office.retain(|at| *at < monday() + TimeDelta::days(7 * 7 + 3) + TimeDelta::hours(12));
        assert!(!is_silent(&office, TimeDelta::minutes(20)));
        assert!(is_silent(&office, TimeDelta::minutes(45)), "Thursday at noon");
    }

    #[test]
    fn one_outage_in_the_past_changes_little() {
        let mut nightly = office(4, 0..7, 4..5, 60);
        nightly.retain(|at| !(5..10).contains(&(*at - monday()).num_days()));
        assert!(is_silent(&nightly, TimeDelta::hours(37)));
    }

    #[test]
    fn irregular_feeds_are_given_longer() {
        // Between one and five hours, as chance would have it.
        let mut at = monday();
        let mut arrivals = Vec::new();
        for n in 0..200_i64 {
            at += TimeDelta::minutes(60 + (n * n * 37) % 240);
            arrivals.push(at);
        }
        assert!(!is_silent(&arrivals, TimeDelta::hours(5)));
        assert!(is_silent(&arrivals, TimeDelta::hours(13)));
    }

    #[test]
    fn an_arrival_ends_the_silence() {
        let mut nightly = office(3, 0..7, 4..5, 60);
        let now = *nightly.last().unwrap() + TimeDelta::days(3);
        assert!(matches!(standing(&hours(&nightly), now, Tz::UTC), Standing::Silent(_)));
        nightly.push(now);
        assert!(matches!(
            standing(&hours(&nightly), now + TimeDelta::hours(1), Tz::UTC),
            Standing::Well(_)
        ));
    }

    #[test]
    fn an_office_keeps_its_hours_when_the_clocks_change() {
        // From eight to six in Copenhagen, the last weeks of summer time; then the first Monday of winter time.
        let mut arrivals = office(8, 0..5, 6..16, 10);
        let winter = monday() + TimeDelta::days(56) + TimeDelta::hours(7);
        arrivals.extend((0..60).map(|n| winter + TimeDelta::minutes(10 * n)));
        let evening = *arrivals.last().unwrap() + TimeDelta::hours(2);
        let standing = |zone| standing(&hours(&arrivals), evening, zone);
        assert!(matches!(standing(Tz::Europe__Copenhagen), Standing::Well(_)));
        assert!(
            matches!(standing(Tz::UTC), Standing::Silent(_)),
            "by the wrong clock it is an hour late"
        );
    }
}
