//! Suspicion reports: what is put to the police, and how far they are with it.

use serde::{Deserialize, Serialize};

use super::assessment::Assessment;
use super::ids::{AccountId, ItemId, ListingId, ReportId, TheftReportId};
use super::review_reason::ReviewReason;
use super::time::Timestamp;

/// What an officer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The listing is the item.
    Confirmed,
    /// It is not, or not sure enough.
    Dismissed,
}

/// How a decided report ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The object was secured.
    Recovered,
    /// The owner has it back.
    ReturnedToOwner,
    /// It could not be secured.
    NotRecovered,
    /// It is the item, and whoever has it has it lawfully: its owner sold it, an insurer or a pawnbroker owns it, or the law leaves it
    /// to whom bought it in good faith.
    LawfullyHeld,
    /// It turned out to be another object.
    NotTheItem,
}

impl Outcome {
    /// All, in the order in which forms show them.
    pub const ALL: [Self; 5] = [
        Self::Recovered,
        Self::ReturnedToOwner,
        Self::NotRecovered,
        Self::LawfullyHeld,
        Self::NotTheItem,
    ];

    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Recovered => "recovered",
            Self::ReturnedToOwner => "returned_to_owner",
            Self::NotRecovered => "not_recovered",
            Self::LawfullyHeld => "lawfully_held",
            Self::NotTheItem => "not_the_item",
        }
    }
}

impl Decision {
    /// The outcomes that a report so decided can be closed with, in the order in which forms show them. Only a listing that
    /// was found to be the item can bring the item back.
    #[must_use]
    pub fn outcomes(self) -> &'static [Outcome] {
        match self {
            Self::Confirmed => &Outcome::ALL,
            Self::Dismissed => &[Outcome::NotTheItem, Outcome::LawfullyHeld, Outcome::NotRecovered],
        }
    }

    /// The glossary's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
        }
    }
}

/// An officer's decision with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What was decided.
    pub decision: Decision,
    /// Why, from a fixed set; none in reviews from before there was one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ReviewReason>,
    /// What the officer saw, in their words: what anybody can look up again. Nothing in reviews from before it was kept apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<String>,
    /// What the officer concludes, in their words.
    pub reason: String,
    /// By whom.
    pub by: AccountId,
    /// When.
    pub at: Timestamp,
}

impl Review {
    /// Whether it rests on the seller's having the thing lawfully.
    #[must_use]
    pub fn is_lawful(&self) -> bool {
        self.reasons.contains(&ReviewReason::LawfulSeller)
    }
}

/// How far the police are with a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ReportState {
    /// Nobody has taken it.
    Open,
    /// An officer has taken it.
    InReview {
        /// Who.
        by: AccountId,
        /// Since when.
        since: Timestamp,
    },
    /// Decided.
    Decided(Review),
    /// Over.
    Closed {
        /// The decision it rests on.
        review: Review,
        /// How it ended.
        outcome: Outcome,
        /// When that was recorded.
        closed_at: Timestamp,
    },
}

/// A step that a report's state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportTransitionError {
    /// The state does not lead there.
    #[error("a report that is {from} cannot be {step}")]
    State {
        /// The present state's word.
        from: &'static str,
        /// What was tried.
        step: &'static str,
    },
    /// The decision does not lead to this outcome.
    #[error("a report that is {} cannot be closed as {}", .decision.word(), .outcome.word().replace('_', " "))]
    Outcome {
        /// What was decided.
        decision: Decision,
        /// What was tried.
        outcome: Outcome,
    },
    /// Somebody else has taken it.
    #[error("another officer has taken this report")]
    TakenByAnother,
}

impl ReportState {
    /// Whether it turned out not to be the item: dismissed, or closed as that. What is dismissed because the seller has it lawfully may
    /// be the item all the same.
    #[must_use]
    pub fn is_not_the_item(&self) -> bool {
        let dismissed = |review: &Review| review.decision == Decision::Dismissed && !review.is_lawful();
        match self {
            Self::Decided(review) => dismissed(review),
            Self::Closed { review, outcome, .. } => match outcome {
                Outcome::NotTheItem => true,
                Outcome::LawfullyHeld => false,
                Outcome::Recovered | Outcome::ReturnedToOwner | Outcome::NotRecovered => dismissed(review),
            },
            Self::Open | Self::InReview { .. } => false,
        }
    }

    /// Whether nothing is pursued on it any more, so that what was asked of the partner falls: it is not the item, or it is with
    /// somebody who has it lawfully.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        match self {
            Self::Decided(review) => review.decision == Decision::Dismissed,
            Self::Closed { review, outcome, .. } => {
                review.decision == Decision::Dismissed || matches!(outcome, Outcome::NotTheItem | Outcome::LawfullyHeld)
            }
            Self::Open | Self::InReview { .. } => false,
        }
    }

    /// The glossary's word: `open`, `in review`, `confirmed`, `dismissed`, `closed`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InReview { .. } => "in review",
            Self::Decided(review) => review.decision.word(),
            Self::Closed { .. } => "closed",
        }
    }

    /// The officer who has taken it or decided it.
    #[must_use]
    pub fn officer(&self) -> Option<AccountId> {
        match self {
            Self::Open => None,
            Self::InReview { by, .. } => Some(*by),
            Self::Decided(review) | Self::Closed { review, .. } => Some(review.by),
        }
    }

    /// `open` → `in review`. Taking again what one has taken changes nothing.
    pub fn take(self, by: AccountId, now: Timestamp) -> Result<Self, ReportTransitionError> {
        match self {
            Self::Open => Ok(Self::InReview { by, since: now }),
            Self::InReview { by: other, .. } if other != by => Err(ReportTransitionError::TakenByAnother),
            Self::InReview { .. } => Ok(self),
            other => Err(ReportTransitionError::State {
                from: other.word(),
                step: "taken",
            }),
        }
    }

    /// `in review` → `open`, by the officer who took it.
    pub fn release(self, by: AccountId) -> Result<Self, ReportTransitionError> {
        match self {
            Self::InReview { by: other, .. } if other != by => Err(ReportTransitionError::TakenByAnother),
            Self::InReview { .. } => Ok(Self::Open),
            other => Err(ReportTransitionError::State {
                from: other.word(),
                step: "released",
            }),
        }
    }

    /// `open` or `in review` → `in review` by the officer to whom it is given.
    pub fn assign(self, to: AccountId, now: Timestamp) -> Result<Self, ReportTransitionError> {
        match self {
            Self::Open | Self::InReview { .. } => Ok(Self::InReview { by: to, since: now }),
            other => Err(ReportTransitionError::State {
                from: other.word(),
                step: "assigned",
            }),
        }
    }

    /// `in review` → `open`, because nothing was done with it for long.
    pub fn run_out(self) -> Result<Self, ReportTransitionError> {
        match self {
            Self::InReview { .. } => Ok(Self::Open),
            other => Err(ReportTransitionError::State {
                from: other.word(),
                step: "released",
            }),
        }
    }

    /// `in review` → `confirmed` or `dismissed`, by the officer who took it.
    pub fn review(self, review: Review) -> Result<Self, ReportTransitionError> {
        match self {
            Self::InReview { by, .. } if by != review.by => Err(ReportTransitionError::TakenByAnother),
            Self::InReview { .. } => Ok(Self::Decided(review)),
            other => Err(ReportTransitionError::State {
                from: other.word(),
                step: "decided",
            }),
        }
    }

    /// `confirmed`, `dismissed` or `closed` → `in review` by the officer who thinks again.
    pub fn reopen(self, by: AccountId, now: Timestamp) -> Result<Self, ReportTransitionError> {
        match self {
            Self::Decided(_) | Self::Closed { .. } => Ok(Self::InReview { by, since: now }),
            other => Err(ReportTransitionError::State {
                from: other.word(),
                step: "reopened",
            }),
        }
    }

    /// `confirmed` or `dismissed` → `closed`, with one of the decision's outcomes.
    pub fn close(self, outcome: Outcome, now: Timestamp) -> Result<Self, ReportTransitionError> {
        match self {
            Self::Decided(Review { decision, .. }) if !decision.outcomes().contains(&outcome) => {
                Err(ReportTransitionError::Outcome { decision, outcome })
            }
            Self::Decided(review) => Ok(Self::Closed {
                review,
                outcome,
                closed_at: now,
            }),
            other => Err(ReportTransitionError::State {
                from: other.word(),
                step: "closed",
            }),
        }
    }
}

/// A candidate whose probability passed the reporting threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// Its number on screen, counted from 1: `SR-17`.
    pub number: u64,
    /// The stolen item.
    pub item: ItemId,
    /// The suspected listing.
    pub listing: ListingId,
    /// The theft. A pair is reported once a theft.
    pub theft_report: TheftReportId,
    /// How far the police are with it.
    pub state: ReportState,
    /// Why. Renewed while the report is open; fixed once it is taken.
    pub assessment: Assessment,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Report {
    /// Whether the pair was one object, as far as the closed report tells: by its outcome; by the reasons of a dismissal that say
    /// that it was another, when nothing was secured to prove it.
    #[must_use]
    pub fn taught(&self) -> Option<bool> {
        let ReportState::Closed { review, outcome, .. } = &self.state else {
            return None;
        };
        match outcome {
            // That its holder may keep it says that it is the item.
            Outcome::Recovered | Outcome::ReturnedToOwner | Outcome::LawfullyHeld => Some(true),
            Outcome::NotTheItem => Some(false),
            Outcome::NotRecovered => review.reasons.iter().any(|reason| reason.tells_another()).then_some(false),
        }
    }

    /// Whether it speaks against its seller in other reports: the goods were secured there, or went back to their owner from there.
    /// A seller who has a thing lawfully is none that things were recovered from.
    #[must_use]
    pub fn speaks_against_seller(&self) -> bool {
        matches!(
            self.state,
            ReportState::Closed {
                outcome: Outcome::Recovered | Outcome::ReturnedToOwner,
                ..
            }
        )
    }
}

/// A step in a report's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportEvent {
    /// When.
    pub at: Timestamp,
    /// Who; absent for the service itself.
    pub by: Option<AccountId>,
    /// What: `raised`, `reassessed`, `taken`, `released`, `assigned`, `confirmed`, `dismissed`, `reopened`, `closed`, `commented`, or
    /// that somebody was asked or answered; `evidence pack made`, `promoted to evidence`.
    pub step: String,
    /// Why, in the person's words: of a decision what they conclude.
    pub note: Option<String>,
    /// Of a decision what they saw.
    pub facts: Option<String>,
}

#[cfg(test)]
mod tests;
