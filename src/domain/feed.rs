//! Feeds: what is agreed with a partner about one stream of its listings, and records that wait because they could not be read.
//!
//! Owns the words. Which formats there are, and how a mapping is applied, is for the feeds.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use url::Url;

use super::feed_secret::PullSecret;
use super::ids::{DeliveryId, FeedId, PartnerId};
use super::listing::RejectedLine;
use super::mapping::Mapping;
use super::partner::Slug;
use super::schedule::{Schedule, ScheduleError};
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

impl Feed {
    /// The zone in which its days are meant: that of its schedule, or of its times; UTC where neither is said.
    #[must_use]
    pub fn time_zone(&self) -> Tz {
        let of_schedule = self.settings.pull.as_ref().and_then(|pull| pull.time_zone);
        of_schedule.or(self.settings.mapping.time_zone).unwrap_or(Tz::UTC)
    }
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
    /// What its server wants to be shown; the secret itself is sealed elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<PullSecret>,
    /// What else its server wants to be told, open for all to see: headers and their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Bytes that are asked for at once, where its server hands the file out in parts only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<u64>,
}

impl Pull {
    /// Its schedule.
    ///
    /// # Errors
    /// When the five fields are none.
    pub fn times(&self) -> Result<Schedule, ScheduleError> {
        self.schedule.parse()
    }

    /// The first time after `now` at which it is due; a day later where the schedule never comes.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let zone = self.time_zone.unwrap_or(Tz::UTC);
        let next = self.times().ok().and_then(|times| times.next(zone, now));
        next.unwrap_or(now + TimeDelta::days(1))
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

/// How far fetching a feed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullProgress {
    /// When it began.
    pub started_at: Timestamp,
    /// Whether the file is here, and is being read.
    pub is_reading: bool,
    /// Bytes that have come, or been read of those that came.
    pub bytes: u64,
    /// How many there are, where the server says so.
    pub bytes_total: Option<u64>,
    /// Records that were taken in, or rejected.
    pub records: u64,
    /// It waits for a place, and so many come before it; none while it goes on.
    pub before: Option<u64>,
}

impl PullProgress {
    /// At the beginning.
    #[must_use]
    pub fn begun(started_at: Timestamp) -> Self {
        Self {
            started_at,
            is_reading: false,
            bytes: 0,
            bytes_total: None,
            records: 0,
            before: None,
        }
    }
}

/// Why records of a run were not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedBecause {
    /// The field; empty for the whole record.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
    /// How many records.
    pub records: u64,
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
    /// The file's size as it was sent, bytes; 0 when none came.
    pub bytes: u64,
    /// Why records were not taken in, the most frequent first; some of it, where there is much.
    pub because: Vec<RejectedBecause>,
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
