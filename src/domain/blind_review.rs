//! Blind reviews: candidates below the reporting threshold, drawn at random, of which an officer says whether both are the same
//! without being told what the program thinks of them.

use serde::{Deserialize, Serialize};

use super::assessment::Assessment;
use super::ids::{AccountId, BlindReviewId, ItemId, ListingId, TheftReportId};
use super::time::Timestamp;

/// What an officer says of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The listing is the item.
    Same,
    /// It is another object.
    Another,
    /// It cannot be told from what both sides show.
    Unsure,
}

impl Verdict {
    /// From the answer to "is it the same?".
    #[must_use]
    pub fn of(same: Option<bool>) -> Self {
        match same {
            Some(true) => Self::Same,
            Some(false) => Self::Another,
            None => Self::Unsure,
        }
    }

    /// Whether it is the same, as far as that can be told.
    #[must_use]
    pub fn same(self) -> Option<bool> {
        match self {
            Self::Same => Some(true),
            Self::Another => Some(false),
            Self::Unsure => None,
        }
    }
}

/// A pair for review. What the program thinks of it is no part of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlindReview {
    /// Its id.
    pub id: BlindReviewId,
    /// The stolen item.
    pub item: ItemId,
    /// The listing.
    pub listing: ListingId,
    /// The theft.
    pub theft_report: TheftReportId,
}

/// A candidate as it was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The stolen item.
    pub item: ItemId,
    /// The listing.
    pub listing: ListingId,
    /// The theft.
    pub theft_report: TheftReportId,
    /// The probability with which such a candidate is drawn, above 0 and at most 1.
    pub share: f64,
    /// What the program thinks of it; without words that quote either side.
    pub assessment: Assessment,
}

/// An officer's word on a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindDecision {
    /// What it is.
    pub verdict: Verdict,
    /// Why, in the officer's words.
    pub reason: String,
    /// By whom.
    pub by: AccountId,
}

/// A decided blind review, to learn from.
#[derive(Debug, Clone, PartialEq)]
pub struct DecidedBlindly {
    /// The theft for which it was drawn.
    pub theft_report: TheftReportId,
    /// The probability with which it was drawn.
    pub share: f64,
    /// What the program thought of it.
    pub assessment: Assessment,
    /// What the officer said.
    pub verdict: Verdict,
    /// When.
    pub at: Timestamp,
}
