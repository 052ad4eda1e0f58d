//! Feeds: what is agreed with a partner about one stream of its listings, and records that wait because they could not be read.
//!
//! Owns the words. Which formats there are, and how a mapping is applied, is for the feeds.

use chrono::{TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use url::Url;

use super::ids::{DeliveryId, FeedId, PartnerId};
use super::listing::RejectedLine;
use super::mapping::Mapping;
use super::partner::Slug;
use super::time::Timestamp;

/// After so many failures one after the other a feed counts as broken.
pub const BROKEN_AFTER: u32 = 6;

/// One stream of a partner's listings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its id.
    pub id: FeedId,
    /// Whose.
    pub partner: PartnerId,
    /// Its short name, the partner's own.
    pub name: Slug,
    /// How it is written.
    pub settings: FeedSettings,
    /// When it was entered.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
}

/// How a feed is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSettings {
    /// The format's word, such as `csv` or `google-rss`.
    pub format: String,
    /// What its columns mean, and what goes for all of its records.
    #[serde(default)]
    pub mapping: Mapping,
    /// Where and when we fetch it; without this it is pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<Pull>,
}

/// Where and when a feed is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// Its address.
    pub url: Url,
    /// When, as a cron expression of five fields.
    pub schedule: String,
    /// The zone in which the schedule is meant; UTC where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Tz>,
    /// Each file holds every listing that is on sale: what is missing in it is withdrawn.
    #[serde(default)]
    pub whole: bool,
}

/// A schedule that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// It has not five fields, or they do not go together.
    #[error("expected five cron fields such as \"30 4 * * *\"; name days as MON, TUE, …")]
    Form,
    /// One of the five is none.
    #[error("the {0} cannot be used; expected five cron fields such as \"30 4 * * *\", and days by name: MON, TUE, …")]
    Field(&'static str),
}

/// The five fields, each with what it may hold.
const CRON_FIELDS: [&str; 5] = [
    "first field, the minute from 0 to 59,",
    "second field, the hour from 0 to 23,",
    "third field, the day of the month from 1 to 31,",
    "fourth field, the month from 1 to 12,",
    "fifth field, the day of the week,",
];

impl Pull {
    /// Its schedule.
    ///
    /// # Errors
    /// When the five fields are none.
    pub fn times(&self) -> Result<cron::Schedule, ScheduleError> {
        let fields: Vec<&str> = self.schedule.split_whitespace().collect();
        if fields.len() != 5 {
            return Err(ScheduleError::Form);
        }
        // The crate wants seconds first.
        let parsed: Option<cron::Schedule> = format!("0 {}", self.schedule).parse().ok();
        parsed.ok_or_else(|| {
            let wrong = (0..5).find(|at| {
                let mut alone = ["*"; 5];
                alone[*at] = fields[*at];
                format!("0 {}", alone.join(" ")).parse::<cron::Schedule>().is_err()
            });
            wrong.map_or(ScheduleError::Form, |at| ScheduleError::Field(CRON_FIELDS[at]))
        })
    }

    /// The first time after `now` at which it is due; a day later where the schedule never comes.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let zone = self.time_zone.unwrap_or(Tz::UTC);
        let times = self.times().ok();
        let next = times.and_then(|times| times.after(&now.with_timezone(&zone)).next());
        next.map_or(now + TimeDelta::days(1), |next| next.with_timezone(&Utc))
    }
}

/// Where pulling a feed stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullState {
    /// When it is fetched next.
    pub due_at: Timestamp,
    /// What the server said of the file that was taken in last, to ask whether it has changed.
    pub etag: Option<String>,
    /// The same, where it says no tag.
    pub last_modified: Option<String>,
    /// Failures one after the other.
    pub failures: u32,
    /// Listings missing in the last whole file that were not withdrawn, because they are too many at once.
    pub held: u64,
    /// Somebody has looked at what is held: the next whole file counts, however much is missing.
    pub confirmed: bool,
}

impl PullState {
    /// Whether it has failed so often that it is tried as rarely as can be.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.failures >= BROKEN_AFTER
    }
}

/// How pulling a feed ended once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRun {
    /// When it began; names the run.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// `taken`, `unchanged` or `failed`.
    pub outcome: String,
    /// Listings that were new or changed.
    pub accepted: u64,
    /// Listings that said nothing new.
    pub unchanged: u64,
    /// Records that could not be taken in.
    pub rejected: u64,
    /// Listings that were withdrawn because they were missing.
    pub withdrawn: u64,
    /// Listings that were missing and not withdrawn.
    pub held: u64,
    /// What failed, or why missing listings were held; empty when nothing is to be said.
    pub note: String,
}

/// What arrived at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arrival {
    /// Listings that were new or changed.
    pub accepted: u64,
    /// Records that said nothing new.
    pub unchanged: u64,
    /// Records that could not be taken in.
    pub rejected: u64,
    /// From being put up to being received: the median of the new listings that said when they were put up.
    pub delay: Option<TimeDelta>,
}

/// What arrived of a stream within some time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamFigures {
    /// Listings that were new or changed.
    pub accepted: u64,
    /// Records that said nothing new.
    pub unchanged: u64,
    /// Records that could not be taken in.
    pub rejected: u64,
    /// As in [`Arrival`], of the last delivery that had any, whenever it came.
    pub delay: Option<TimeDelta>,
}

/// That a stream was silent for longer than its rhythm explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Whose.
    pub partner: PartnerId,
    /// The feed; none for what is pushed without naming one.
    pub feed: Option<FeedId>,
    /// The last arrival before it.
    pub since: Timestamp,
    /// When the next one was overdue.
    pub overdue_at: Timestamp,
    /// When it was noticed.
    pub noticed_at: Timestamp,
    /// When something arrived again; none while it lasts.
    pub ended_at: Option<Timestamp>,
}

/// Whether there is room for a file that is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// There is.
    Given,
    /// Not yet: one that was begun later gives way. Ask again in a moment.
    Soon,
    /// There is not: this one gives way.
    None,
}

/// A record that was not taken in, kept so that it can be read again. Sellers are unreadable in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The feed that it came by; none when it was pushed without naming one.
    pub feed: Option<FeedId>,
    /// Its line or position in the delivery, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub faults: Vec<RejectedLine>,
    /// The partner's own id of the listing, where it could be read; see [`Quarantined::REFERENCE_CHARS_MAX`].
    pub reference: Option<String>,
    /// The format's word.
    pub format: String,
    /// The record after redaction, as JSON; none when it could not be read at all, or is too large.
    pub record: Option<String>,
}

impl Quarantined {
    /// A longer reference is none: no listing can have it, characters.
    pub const REFERENCE_CHARS_MAX: usize = 200;
}

/// A quarantined record as it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRecord {
    /// Its number: it grows.
    pub number: i64,
    /// The delivery that brought it.
    pub delivery: DeliveryId,
    /// When that was.
    pub received_at: Timestamp,
    /// What is held.
    pub quarantined: Quarantined,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_meant_in_their_zone() {
        let pull = |schedule: &str, time_zone| Pull {
            url: "https://x.example/feed".parse().unwrap(),
            schedule: schedule.to_owned(),
            time_zone,
            whole: false,
        };
        let copenhagen = Some(chrono_tz::Europe::Copenhagen);
        for (schedule, zone, now, next) in [
            ("30 4 * * *", None, "2026-11-22T04:30:00Z", "2026-11-23T04:30:00Z"),
            ("30 4 * * *", copenhagen, "2026-11-22T03:00:00Z", "2026-11-22T03:30:00Z"),
            ("30 4 * * *", copenhagen, "2026-06-22T00:00:00Z", "2026-06-22T02:30:00Z"),
            // The hour that is left out when summer comes: the schedule goes on the day after.
            ("30 2 * * *", copenhagen, "2026-03-29T00:00:00Z", "2026-03-30T00:30:00Z"),
            ("0 6 * * MON", None, "2026-11-22T12:00:00Z", "2026-11-23T06:00:00Z"),
        ] {
            let now: Timestamp = now.parse().unwrap();
            assert_eq!(
                pull(schedule, zone).next(now),
                next.parse::<Timestamp>().unwrap(),
                "{schedule} after {now}"
            );
        }
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
        ] {
            let error = pull(schedule, None).times().unwrap_err().to_string();
            assert!(error.contains(named), "{schedule}: {error}");
        }
    }
}
