//! Feeds: what is agreed with a partner about one stream of its listings, and records that wait because they could not be read.
//!
//! Owns the words. Which formats there are, and how a mapping is applied, is for the feeds.

use serde::{Deserialize, Serialize};

use super::ids::{DeliveryId, FeedId, PartnerId};
use super::listing::RejectedLine;
use super::mapping::Mapping;
use super::partner::Slug;
use super::time::Timestamp;

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
    /// The format's word.
    pub format: String,
    /// The record after redaction, as JSON; none when it could not be read at all, or is too large.
    pub record: Option<String>,
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
