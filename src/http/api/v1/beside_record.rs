//! What stands beside a report on the wire: its history, who competes with it, and other reports on its seller.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::casework::views::{Contest, HistoryLine, OtherReport, Rivals, Standing};

/// A step in a report's history.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryRecord {
    /// When.
    at: DateTime<Utc>,
    /// What.
    step: String,
    /// By whom; absent for the service itself.
    by: Option<String>,
    /// Why; of a decision what was concluded.
    note: Option<String>,
    /// Of a decision what was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<String>,
}

impl From<HistoryLine> for HistoryRecord {
    fn from(line: HistoryLine) -> Self {
        Self {
            at: line.event.at,
            step: line.event.step,
            by: line.by_name,
            note: line.event.note,
            facts: line.event.facts,
        }
    }
}

/// Another report on a listing of the same seller.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OtherRecord {
    id: Uuid,
    number: u64,
    state: &'static str,
    probability: f64,
    item_title: String,
    listing_title: String,
}

impl From<OtherReport> for OtherRecord {
    fn from(other: OtherReport) -> Self {
        Self {
            id: other.id.0,
            number: other.number,
            state: other.state,
            probability: other.probability,
            item_title: other.item_title,
            listing_title: other.listing_title,
        }
    }
}

/// Who competes with a report.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RivalsRecord {
    /// For the same listing: other items.
    for_listing: ContestRecord,
    /// For the same item: other listings.
    for_item: ContestRecord,
}

/// Reports that exclude one another. Their shares and that of none of them add up to 1.
#[derive(Debug, Serialize, ToSchema)]
struct ContestRecord {
    /// The report's own share; absent when it turned out not to be the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<f64>,
    /// The others, the most probable first.
    others: Vec<RivalRecord>,
    /// What is left for none of them, or for what is too improbable for a report.
    none: f64,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
struct RivalRecord {
    /// The report.
    report: Uuid,
    /// Its number.
    number: u64,
    /// Its share; absent when it does not compete: it is about the same object again, or turned out not to be the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
}

impl From<Rivals> for RivalsRecord {
    fn from(rivals: Rivals) -> Self {
        Self {
            for_listing: rivals.for_listing.into(),
            for_item: rivals.for_item.into(),
        }
    }
}

impl From<Contest> for ContestRecord {
    fn from(contest: Contest) -> Self {
        let rival = |(other, standing): (OtherReport, Standing)| RivalRecord {
            report: other.id.0,
            number: other.number,
            share: share(standing),
        };
        Self {
            own: share(contest.own),
            others: contest.others.into_iter().map(rival).collect(),
            none: contest.none,
        }
    }
}

fn share(standing: Standing) -> Option<f64> {
    match standing {
        Standing::Rival(share) => Some(share),
        Standing::SameObject | Standing::Out => None,
    }
}
