//! The clocks that owners live by, so that a time is typed as it was seen on the wall.
//!
//! Summer time as directive 2000/84/EC has it, and Britain alike: from 01:00 UTC on the last Sunday of March to 01:00 UTC on the
//! last Sunday of October.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};

use crate::domain::time::Timestamp;

/// A clock that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WallClock {
    /// One hour ahead of UTC, two in summer.
    CentralEurope,
    /// UTC, one hour ahead in summer.
    Britain,
    /// UTC all year.
    Utc,
}

impl WallClock {
    /// Word and label, in the order in which forms show them.
    pub(super) const OPTIONS: [(&'static str, &'static str); 3] = [
        ("central", "Denmark, Germany and their neighbours"),
        ("britain", "Britain, Ireland and Portugal"),
        ("utc", "UTC"),
    ];

    /// The clock of a word; the first one when it is no word of ours.
    pub(super) fn of(word: &str) -> Self {
        match word {
            "britain" => Self::Britain,
            "utc" => Self::Utc,
            _ => Self::CentralEurope,
        }
    }

    /// Reads a day (`2026-11-14`) and a time of day (`18:30`; missing: `default`) on this clock.
    pub(super) fn read(self, day: &str, time: &str, default: NaiveTime) -> Option<Timestamp> {
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
}
