//! When a feed is fetched: a cron expression of five fields, meant in a time zone.
//!
//! Days of the week are numbered as in `crontab(5)`: 0 and 7 are Sunday. What falls into the hour that is left out when summer
//! comes is due where that hour would have begun; what falls into the hour that comes twice is due twice.

use chrono::{DateTime, FixedOffset, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::time::Timestamp;

/// A schedule that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// It has not five fields, or they do not go together.
    #[error("expected five cron fields such as \"30 4 * * *\"")]
    Form,
    /// One of the five is none.
    #[error("the {0} cannot be used; expected five cron fields such as \"30 4 * * *\"")]
    Field(&'static str),
}

/// The five fields, each with what it may hold.
const FIELDS: [&str; 5] = [
    "first field, the minute from 0 to 59,",
    "second field, the hour from 0 to 23,",
    "third field, the day of the month from 1 to 31,",
    "fourth field, the month from 1 to 12,",
    "fifth field, the day of the week from 0, Sunday, to 6 or by name,",
];
/// The days of the week, by the number that `crontab(5)` gives them.
const DAYS: [&str; 8] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
/// Time zones change their offset at whole hours of UTC or at such parts of one.
const CHANGES_EVERY: TimeDelta = TimeDelta::minutes(15);
/// How far is looked ahead for the next time.
const AHEAD: TimeDelta = TimeDelta::days(5 * 366);

/// When something is due, again and again.
#[derive(Debug, Clone)]
pub struct Schedule(cron::Schedule);

impl std::str::FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let Ok(fields) = <[&str; 5]>::try_from(fields) else {
            return Err(ScheduleError::Form);
        };
        let days = days(fields[4]).ok_or(ScheduleError::Field(FIELDS[4]))?;
        let fields = [fields[0], fields[1], fields[2], fields[3], days.as_str()];
        // The crate wants seconds first.
        let parse = |fields: &[&str]| format!("0 {}", fields.join(" ")).parse::<cron::Schedule>().ok();
        parse(&fields).map(Self).ok_or_else(|| {
            let wrong = (0..5).find(|at| {
                let mut alone = ["*"; 5];
                alone[*at] = fields[*at];
                parse(&alone).is_none()
            });
            wrong.map_or(ScheduleError::Form, |at| ScheduleError::Field(FIELDS[at]))
        })
    }
}

impl Schedule {
    /// The first time after `now`; none where it does not come within five years.
    #[must_use]
    pub fn next(&self, zone: Tz, now: Timestamp) -> Option<Timestamp> {
        let mut from = now;
        while from - now < AHEAD {
            let offset = offset(zone, from);
            let next = self.0.after(&from.with_timezone(&offset)).next()?.with_timezone(&Utc);
            let Some(change) = first_change(zone, from, next) else {
                return Some(next);
            };
            let forward = TimeDelta::seconds(i64::from(
                self::offset(zone, change).local_minus_utc() - offset.local_minus_utc(),
            ));
            if next < change + forward {
                return Some(change);
            }
            // On the other side of the change clocks show another time: what is due just then counts too.
            from = change - TimeDelta::seconds(1);
            let other = self::offset(zone, change);
            let next = self.0.after(&from.with_timezone(&other)).next()?.with_timezone(&Utc);
            if first_change(zone, change, next).is_none() {
                return Some(next);
            }
            from = change;
        }
        None
    }
}

fn offset(zone: Tz, at: Timestamp) -> FixedOffset {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix()
}

/// When the zone's offset is another than at `from` for the first time up to `to`.
fn first_change(zone: Tz, from: Timestamp, to: Timestamp) -> Option<Timestamp> {
    let before = offset(zone, from);
    let changed = |at: Timestamp| offset(zone, at) != before;
    let mut day = from;
    while !changed(day) {
        if day >= to {
            return None;
        }
        day = (day + TimeDelta::days(1)).min(to);
    }
    let start: DateTime<Utc> = day - TimeDelta::days(1);
    let quarter = CHANGES_EVERY.num_seconds();
    let mut at = start.max(from).timestamp().div_euclid(quarter) * quarter;
    loop {
        at += quarter;
        let instant = DateTime::from_timestamp(at, 0)?;
        if changed(instant) {
            return Some(instant).filter(|instant| *instant <= to);
        }
    }
}

/// The field of weekdays with their names in place of numbers; none where it is no such field.
fn days(field: &str) -> Option<String> {
    let named: Option<Vec<String>> = field.split(',').map(named).collect();
    Some(named?.join(","))
}

/// One part of that field.
fn named(part: &str) -> Option<String> {
    if !part.contains(|letter: char| letter.is_ascii_digit()) {
        return Some(part.to_owned());
    }
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, step.parse::<usize>().ok().filter(|step| *step > 0)?),
        None => (part, 1),
    };
    let number = |text: &str| {
        let named = DAYS.iter().position(|day| day.eq_ignore_ascii_case(text));
        text.parse::<usize>().ok().or(named).filter(|day| *day < DAYS.len())
    };
    let (first, last) = match range.split_once('-') {
        None if range == "*" => (0, 6),
        None => (number(range)?, number(range)?),
        Some((first, last)) => (number(first)?, number(last)?),
    };
    let days: Vec<&str> = (first..=last).step_by(step).map(|day| DAYS[day]).collect();
    (!days.is_empty()).then(|| days.join(","))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn next(schedule: &str, zone: Tz, now: &str) -> String {
        let schedule: Schedule = schedule.parse().unwrap();
        let next = schedule.next(zone, now.parse().unwrap()).unwrap();
        next.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    #[test]
    fn it_is_meant_in_its_zone() {
        let copenhagen = chrono_tz::Europe::Copenhagen;
        for (schedule, zone, now, due) in [
            ("30 4 * * *", Tz::UTC, "2026-11-22T04:30:00Z", "2026-11-23T04:30:00Z"),
            ("30 4 * * *", copenhagen, "2026-11-22T03:00:00Z", "2026-11-22T03:30:00Z"),
            ("30 4 * * *", copenhagen, "2026-06-22T00:00:00Z", "2026-06-22T02:30:00Z"),
            ("0 6 * * MON", Tz::UTC, "2026-11-22T12:00:00Z", "2026-11-23T06:00:00Z"),
            // The hour that is left out when summer comes, 02:00 to 03:00: due where it would have begun, and no more.
            ("30 2 * * *", copenhagen, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            ("30 2 * * *", copenhagen, "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
            ("0 3 * * *", copenhagen, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            ("*/15 * * * *", copenhagen, "2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z"),
            // The hour that comes twice when it ends, 02:00 to 03:00.
            ("30 2 * * *", copenhagen, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            ("30 2 * * *", copenhagen, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
            ("30 2 * * *", copenhagen, "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"),
            ("*/15 * * * *", copenhagen, "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z"),
            ("*/15 * * * *", copenhagen, "2026-10-25T01:01:00Z", "2026-10-25T01:15:00Z"),
            ("0 * * * *", copenhagen, "2026-10-25T00:10:00Z", "2026-10-25T01:00:00Z"),
            ("0 0 1 1 *", copenhagen, "2026-02-01T00:00:00Z", "2026-12-31T23:00:00Z"),
        ] {
            assert_eq!(next(schedule, zone, now), due, "{schedule} after {now}");
        }
    }

    #[test]
    fn weekdays_are_numbered_as_in_crontabs() {
        // 22 November 2026 is a Sunday.
        for (days, due) in [
            ("0", "2026-11-29"),
            ("7", "2026-11-29"),
            ("1", "2026-11-23"),
            ("1-5", "2026-11-23"),
            ("6", "2026-11-28"),
            ("6-7", "2026-11-28"),
            ("2,4", "2026-11-24"),
            ("*/2", "2026-11-24"),
            ("3-6/3", "2026-11-25"),
            ("WED,5", "2026-11-25"),
            ("MON-5/2", "2026-11-23"),
            ("*", "2026-11-23"),
        ] {
            assert_eq!(
                next(&format!("0 0 * * {days}"), Tz::UTC, "2026-11-22T12:00:00Z"),
                format!("{due}T00:00:00Z"),
                "{days}"
            );
        }
        for wrong in ["8", "5-2", "1-", "-3", "1/0", "x1"] {
            assert!(format!("0 0 * * {wrong}").parse::<Schedule>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_none_says_which_field_is_at_fault() {
        for (schedule, named) in [
            ("", "five cron fields"),
            ("* * * *", "five cron fields"),
            ("0 0 4 * * *", "five cron fields"),
            ("daily at four o'clock", "five cron fields"),
            ("61 * * * *", "the minute"),
            ("0 25 * * *", "the hour"),
            ("0 4 32 * *", "the day of the month"),
            ("0 4 * 13 *", "the month"),
            ("0 4 * * XYZ", "the day of the week"),
            ("0 4 * * 9", "the day of the week"),
        ] {
            let error = schedule.parse::<Schedule>().unwrap_err().to_string();
            assert!(error.contains(named), "{schedule}: {error}");
        }
    }
}
