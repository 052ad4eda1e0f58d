//! The clocks that owners live by, so that a time is typed, and shown again, as it was seen on the wall.
//!
//! Summer time as directive 2000/84/EC has it, and Britain alike: from 01:00 UTC on the last Sunday of March to 01:00 UTC on the
//! last Sunday of October.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc, Weekday};

use super::zone;
use crate::domain::time::Timestamp;

/// A clock that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http::web) enum WallClock {
    /// One hour ahead of UTC, two in summer.
    CentralEurope,
    /// UTC, one hour ahead in summer.
    Britain,
    /// UTC all year.
    Utc,
}

impl WallClock {
    /// Word and label, in the order in which forms show them.
    pub(in crate::http::web) const OPTIONS: [(&'static str, &'static str); 3] = [
        ("central", "Denmark and most of Europe"),
        ("britain", "Britain, Ireland and Portugal"),
        ("utc", "UTC"),
    ];

    /// The clock of a word; the first one when it is no word of ours.
    pub(in crate::http::web) fn of(word: &str) -> Self {
        match word {
            "britain" => Self::Britain,
            "utc" => Self::Utc,
            _ => Self::CentralEurope,
        }
    }

    /// Reads a day (`2026-11-14`) and a time of day (`18:30`; missing: `default`) on this clock.
    pub(in crate::http::web) fn read(self, day: &str, time: &str, default: NaiveTime) -> Option<Timestamp> {
        let day = NaiveDate::parse_from_str(day.trim(), "%Y-%m-%d").ok()?;
        let time = match time.trim() {
            "" => default,
            time => NaiveTime::parse_from_str(time, "%H:%M")
                .or_else(|_| NaiveTime::parse_from_str(time, "%H:%M:%S"))
                .ok()?,
        };
        if !(1900..=2200).contains(&day.year()) {
            return None;
        }
        Some(self.utc(day.and_time(time)))
    }

    /// The day of an instant on this clock: `14 Nov 2026`.
    pub(in crate::http::web) fn day(self, at: Timestamp) -> String {
        self.wall(at).format("%-d %b %Y").to_string()
    }

    /// An instant on this clock, with its zone: `14 Nov 2026, 18:30 CET`.
    pub(in crate::http::web) fn instant(self, at: Timestamp) -> String {
        format!("{} {}", self.wall(at).format("%-d %b %Y, %H:%M"), self.zone(at))
    }

    fn wall(self, at: Timestamp) -> NaiveDateTime {
        let summer = TimeDelta::hours(i64::from(is_summer(at)));
        match self {
            Self::CentralEurope => (at + TimeDelta::hours(1) + summer).naive_utc(),
            Self::Britain => (at + summer).naive_utc(),
            Self::Utc => at.naive_utc(),
        }
    }

    fn zone(self, at: Timestamp) -> &'static str {
        match (self, is_summer(at)) {
            (Self::CentralEurope, false) => "CET",
            (Self::CentralEurope, true) => "CEST",
            (Self::Britain, false) => "GMT",
            (Self::Britain, true) => "BST",
            (Self::Utc, _) => "UTC",
        }
    }

    /// The instant. Of the hour that autumn has twice it takes the first, so that a theft is never put too late.
    fn utc(self, wall: NaiveDateTime) -> Timestamp {
        let winter = match self {
            Self::CentralEurope => TimeDelta::hours(1),
            Self::Britain => TimeDelta::zero(),
            Self::Utc => return wall.and_utc(),
        };
        let as_summer = (wall - winter - TimeDelta::hours(1)).and_utc();
        if is_summer(as_summer) {
            as_summer
        } else {
            (wall - winter).and_utc()
        }
    }
}

/// A span of time as its author meant it. Days without an hour are kept as instants, from a midnight to the minute before one:
/// whose midnight it was tells the clock, and the days alone are shown. Hours that tell no clock are shown by the force's.
pub(in crate::http::web) fn span(from: Timestamp, to: Timestamp) -> String {
    let begins = |clock: &WallClock| is_begin(clock, from);
    let ends = |clock: &WallClock| is_end(clock, to);
    let clocks = [WallClock::CentralEurope, WallClock::Utc, WallClock::Britain];
    let clock = clocks.into_iter().find(begins).or_else(|| clocks.into_iter().find(ends));
    let said = |whole: fn(&WallClock, Timestamp) -> bool, at| match clock {
        Some(clock) if whole(&clock, at) => clock.day(at),
        Some(clock) => clock.instant(at),
        None => zone::instant(at),
    };
    let (from, to) = (said(is_begin, from), said(is_end, to));
    if from == to { from } else { format!("{from} to {to}") }
}

/// Whether it is a midnight on a clock, with which a day begins.
fn is_begin(clock: &WallClock, at: Timestamp) -> bool {
    let time = clock.wall(at).time();
    (time.hour(), time.minute()) == (0, 0)
}

/// Whether it is the last minute of a day on a clock.
fn is_end(clock: &WallClock, at: Timestamp) -> bool {
    let time = clock.wall(at).time();
    (time.hour(), time.minute()) == (23, 59)
}

fn is_summer(at: DateTime<Utc>) -> bool {
    match (last_sunday(at.year(), 3), last_sunday(at.year(), 10)) {
        (Some(begin), Some(end)) => (begin..end).contains(&at),
        _ => false,
    }
}

/// 01:00 UTC on the last Sunday of a month of 31 days.
fn last_sunday(year: i32, month: u32) -> Option<DateTime<Utc>> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    let back = last.weekday().days_since(Weekday::Sun);
    let sunday = last - TimeDelta::days(i64::from(back));
    Some(sunday.and_hms_opt(1, 0, 0)?.and_utc())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn walls_and_summers() {
        let midnight = NaiveTime::MIN;
        for (clock, day, time, utc) in [
            ("central", "2026-11-14", "18:30", "2026-11-14T17:30:00Z"),
            ("central", "2026-07-01", "00:30", "2026-06-30T22:30:00Z"),
            ("central", "2026-03-29", "01:59", "2026-03-29T00:59:00Z"),
            ("central", "2026-03-29", "03:00", "2026-03-29T01:00:00Z"),
            ("central", "2026-10-25", "02:30", "2026-10-25T00:30:00Z"),
            ("central", "2026-10-25", "03:00", "2026-10-25T02:00:00Z"),
            ("britain", "2026-07-01", "12:00", "2026-07-01T11:00:00Z"),
            ("britain", "2026-01-01", "", "2026-01-01T00:00:00Z"),
            ("utc", "2026-07-01", "12:00:30", "2026-07-01T12:00:30Z"),
        ] {
            let read = WallClock::of(clock).read(day, time, midnight);
            let read = read.unwrap().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            assert_eq!(read, utc, "{clock} {day} {time}");
        }
        for (day, time) in [
            ("", "12:00"),
            ("2026-02-30", ""),
            ("14.11.2026", ""),
            ("2026-11-14", "25:00"),
            ("0001-01-01", ""),
        ] {
            assert_eq!(WallClock::Utc.read(day, time, midnight), None, "{day} {time}");
        }
    }

    #[test]
    fn spans_are_shown_as_they_were_meant() {
        for (from, to, shown) in [
            ("2026-11-13T23:00:00Z", "2026-11-15T22:59:00Z", "14 Nov 2026 to 15 Nov 2026"),
            ("2026-07-13T22:00:00Z", "2026-07-14T21:59:00Z", "14 Jul 2026"),
            (
                "2026-11-13T23:00:00Z",
                "2026-11-15T09:12:00Z",
                "14 Nov 2026 to 15 Nov 2026, 10:12 CET",
            ),
            (
                "2026-11-14T17:30:00Z",
                "2026-11-15T22:59:00Z",
                "14 Nov 2026, 18:30 CET to 15 Nov 2026",
            ),
            ("2026-07-01T23:00:00Z", "2026-07-02T22:59:00Z", "2 Jul 2026"),
            ("2026-11-14T00:00:00Z", "2026-11-14T23:59:00Z", "14 Nov 2026"),
            (
                "2026-11-14T17:30:00Z",
                "2026-11-15T07:00:00Z",
                "14 Nov 2026, 17:30 UTC to 15 Nov 2026, 07:00 UTC",
            ),
            ("2026-11-14T17:30:00Z", "2026-11-14T17:30:00Z", "14 Nov 2026, 17:30 UTC"),
        ] {
            assert_eq!(span(from.parse().unwrap(), to.parse().unwrap()), shown, "{from} {to}");
        }
    }
}
