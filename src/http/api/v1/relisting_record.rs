//! The same object in another offer, as a report's record tells it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::casework::{FormerReport, Relisting};
use crate::domain::relisting::RelistedBy;

/// The same object in another offer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RelistingRecord {
    /// Our id of the other offer.
    listing: Uuid,
    /// The partner's own id of it.
    #[serde(rename = "ref")]
    reference: String,
    /// Whether it came before this one.
    earlier: bool,
    /// By what it was recognised: `number`, `photo`, `near_photo` or `text`.
    by: &'static str,
    /// When we first received it.
    received_at: DateTime<Utc>,
    /// The reports on it. What was decided about one decides nothing about another.
    reports: Vec<FormerRecord>,
}

/// A report on another offer of the same object.
#[derive(Debug, Serialize, ToSchema)]
struct FormerRecord {
    /// Its id.
    id: Uuid,
    /// Its number.
    number: u64,
    /// `open`, `in review`, `confirmed`, `dismissed` or `closed`.
    state: &'static str,
    /// Whether it is about the same item.
    same_item: bool,
    /// `confirmed` or `dismissed`; absent while nobody has decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
}

impl From<Relisting> for RelistingRecord {
    fn from(relisting: Relisting) -> Self {
        Self {
            listing: relisting.listing.0,
            reference: relisting.reference,
            earlier: relisting.earlier,
            by: match relisting.by {
                RelistedBy::Number => "number",
                RelistedBy::Photo => "photo",
                RelistedBy::NearPhoto => "near_photo",
                RelistedBy::Text => "text",
            },
            received_at: relisting.received_at,
            reports: relisting.reports.into_iter().map(FormerRecord::from).collect(),
        }
    }
}

impl From<FormerReport> for FormerRecord {
    fn from(report: FormerReport) -> Self {
        Self {
            id: report.id.0,
            number: report.number,
            state: report.state,
            same_item: report.same_item,
            decision: report.decision().map(|decision| decision.word()),
        }
    }
}
