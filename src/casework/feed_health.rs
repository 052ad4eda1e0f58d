//! How feeds fare: what arrives, what is rejected and why, photos that cannot be had, and who has been silent for too long.
//!
//! Owns gathering it for a partner, and noticing silences. How long is too long is for [`rhythm`]; what is
//! fetched when, for the jobs.

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde_json::json;

use super::Casework;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::feed::{Feed, PullRun, PullState, Silence, StreamFigures};
use crate::domain::ids::{FeedId, PartnerId};
use crate::domain::notification::{Event, EventKind};
use crate::domain::partner::Letter;
use crate::domain::photo::{PhotoHost, PhotosFailing};
use crate::domain::rhythm::{self, Expectation, Standing};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// Days that figures are gathered over.
pub const HEALTH_DAYS: i64 = 7;
/// A letter that ends within so many days, with none to follow it, is warned of.
pub const LETTER_WARNING_DAYS: i64 = 60;
/// Reasons that are told.
const REASONS_SHOWN: usize = 10;
/// Past silences that are told.
const SILENCES_SHOWN: usize = 5;

/// How one stream of a partner fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamHealth {
    /// The feed; none for what is pushed without naming one.
    pub feed: Option<Feed>,
    /// What its rhythm says of it.
    pub standing: Standing,
    /// When something arrived last.
    pub last_at: Option<Timestamp>,
    /// What arrived within [`HEALTH_DAYS`].
    pub figures: StreamFigures,
    /// Where fetching it stands; none when it is pushed.
    pub pull: Option<PullState>,
    /// The last time that it was fetched.
    pub last_run: Option<PullRun>,
    /// When it was silent for too long, the newest first.
    pub silences: Vec<Silence>,
}

/// How a partner's feeds fare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerHealth {
    /// Its streams: what is pushed without naming a feed, where there is any, and the feeds by name.
    pub streams: Vec<StreamHealth>,
    /// What is wrong with records that wait: field, reason and how many.
    pub rejected: Vec<(String, String, u64)>,
    /// Why photos cannot be had.
    pub photos_failing: Vec<PhotosFailing>,
    /// How fetching photos goes, host by host.
    pub photo_hosts: Vec<PhotoHost>,
    /// When the letter in force ends, if that is soon and none follows it.
    pub letter_ends: Option<Timestamp>,
}

impl StreamHealth {
    /// What was expected of a stream that is silent.
    #[must_use]
    pub fn silent(&self) -> Option<Expectation> {
        match self.standing {
            Standing::Silent(expected) => Some(expected),
            _ => None,
        }
    }
}

/// How a partner's feeds fare at `now`.
///
/// # Errors
/// A failure of the store.
pub fn of_partner(reader: &Reader<'_>, partner: PartnerId, now: Timestamp) -> Result<PartnerHealth, StoreError> {
    let letters = reader.letters_in_force(partner, now)?;
    let mut streams = Vec::new();
    for feed in streams_of(reader, partner)? {
        let id = feed.as_ref().map(|feed| feed.id);
        let hours = reader.busy_hours(partner, id)?;
        let last_run = match id {
            Some(id) => reader.pull_runs(id, 1)?.pop(),
            None => None,
        };
        streams.push(StreamHealth {
            // Without a letter nothing may arrive.
            standing: match letters.is_empty() {
                true => Standing::Learning,
                false => rhythm::standing(&hours, now, zone_of(feed.as_ref())),
            },
            last_at: hours.last().map(|hour| hour.last_at),
            figures: reader.stream_figures(partner, id, now - TimeDelta::days(HEALTH_DAYS))?,
            pull: id.map(|id| reader.pull_state(id)).transpose()?.flatten(),
            last_run,
            silences: reader.silences_of(partner, id, SILENCES_SHOWN)?,
            feed,
        });
    }
    Ok(PartnerHealth {
        streams,
        rejected: reader.rejected_because(partner, REASONS_SHOWN)?,
        photos_failing: reader.photos_failing(partner, REASONS_SHOWN)?,
        photo_hosts: reader.photo_hosts(partner)?,
        letter_ends: letter_ends(&letters, &reader.letters_of(partner)?, now),
    })
}

/// The zone in which a stream's days are meant.
fn zone_of(feed: Option<&Feed>) -> Tz {
    feed.map_or(Tz::UTC, Feed::time_zone)
}

/// What is pushed without naming a feed, where there is any, and the feeds.
fn streams_of(reader: &Reader<'_>, partner: PartnerId) -> Result<Vec<Option<Feed>>, StoreError> {
    let unnamed = !reader.busy_hours(partner, None)?.is_empty();
    let feeds = reader.feeds_of(partner)?.into_iter().map(Some);
    Ok(unnamed.then_some(None).into_iter().chain(feeds).collect())
}

/// When the last of the letters in force ends, if that is soon and no letter takes its place.
fn letter_ends(in_force: &[Letter], all: &[Letter], now: Timestamp) -> Option<Timestamp> {
    let end = in_force.iter().map(|letter| letter.terms.valid_to).max()?;
    let followed = all
        .iter()
        .any(|letter| letter.revoked.is_none() && letter.terms.valid_from <= end && letter.terms.valid_to > end);
    (!followed && end - now < TimeDelta::days(LETTER_WARNING_DAYS)).then_some(end)
}

/// A stream whose silence began or ended.
struct Turned {
    partner: PartnerId,
    feed: Option<FeedId>,
    /// What was expected; none when the silence ended.
    silent: Option<Expectation>,
}

impl Casework {
    /// Notices feeds that have been silent for too long, and those that are silent no more. How many are silent now.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn notice_silences(&self) -> Result<u64, StoreError> {
        let now = self.store.clock().now();
        let (turned, silent) = self.store.read_blocking(|reader| turned(reader, now))?;
        if turned.is_empty() {
            return Ok(silent);
        }
        self.store.keep(move |tx| {
            let mut acts = Vec::new();
            for Turned { partner, feed, silent } in &turned {
                let subject = SubjectKind::Partner.with(partner.0);
                let named = match feed {
                    Some(id) => tx.feeds_of(*partner)?.into_iter().find(|known| known.id == *id),
                    None => None,
                };
                let name = named.as_ref().map(|feed| feed.name.as_str());
                let (action, detail) = match silent {
                    Some(expected) if tx.note_silence(*partner, *feed, expected.since, expected.overdue_at)? => {
                        let detail = json!({ "feed": feed, "since": expected.since, "overdue_at": expected.overdue_at });
                        (Action::FeedSilent, detail)
                    }
                    None if tx.end_silence(*partner, *feed)? => (Action::FeedHeardAgain, json!({ "feed": feed })),
                    _ => continue,
                };
                let (kind, since) = match silent {
                    Some(expected) => (EventKind::FeedSilent, Some(expected.since)),
                    None => (EventKind::FeedHeardAgain, None),
                };
                for event in Event::of_feed(kind, *partner, name, since) {
                    tx.announce(&event)?;
                }
                acts.push(Act::new(Actor::Service, action, subject).with_detail(detail));
            }
            Ok::<_, StoreError>(((), acts))
        })?;
        Ok(silent)
    }
}

/// The streams whose standing is not what was noted, and how many are silent.
fn turned(reader: &Reader<'_>, now: Timestamp) -> Result<(Vec<Turned>, u64), StoreError> {
    let (mut turned, mut count) = (Vec::new(), 0);
    for partner in reader.partners()? {
        let expected_at_all = reader.active_letter(partner.id, now)?.is_some();
        for feed in streams_of(reader, partner.id)? {
            let (zone, feed) = (zone_of(feed.as_ref()), feed.map(|feed| feed.id));
            let silent = match rhythm::standing(&reader.busy_hours(partner.id, feed)?, now, zone) {
                Standing::Silent(expected) if expected_at_all => Some(expected),
                _ => None,
            };
            count += u64::from(silent.is_some());
            if silent.is_some() != reader.is_noted_silent(partner.id, feed)? {
                turned.push(Turned {
                    partner: partner.id,
                    feed,
                    silent,
                });
            }
        }
    }
    Ok((turned, count))
}
