//! Items: registered valuables and the life they lead.

use serde::{Deserialize, Serialize};

use super::description::Description;
use super::ids::{AccountId, ItemId, TheftReportId};
use super::money::Money;
use super::photo::PhotoRef;
use super::place::Place;
use super::time::Timestamp;

/// Where an item is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum ItemStatus {
    /// Safe at home.
    Registered,
    /// Reported stolen.
    Stolen {
        /// The report that says so.
        theft_report: TheftReportId,
    },
    /// Back with its owner.
    Recovered,
    /// Taken out of the register by its owner.
    Withdrawn,
}

impl ItemStatus {
    /// The glossary's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Stolen { .. } => "stolen",
            Self::Recovered => "recovered",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A step that an item's status does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an item that is {from} cannot become {to}")]
pub struct ItemTransitionError {
    from: &'static str,
    to: &'static str,
}

impl ItemStatus {
    /// `registered` or `recovered` → `stolen`.
    pub fn report_stolen(self, theft_report: TheftReportId) -> Result<Self, ItemTransitionError> {
        match self {
            Self::Registered | Self::Recovered => Ok(Self::Stolen { theft_report }),
            Self::Stolen { .. } | Self::Withdrawn => Err(ItemTransitionError {
                from: self.word(),
                to: "stolen",
            }),
        }
    }

    /// `stolen` → `recovered`.
    pub fn mark_recovered(self) -> Result<Self, ItemTransitionError> {
        match self {
            Self::Stolen { .. } => Ok(Self::Recovered),
            _ => Err(ItemTransitionError {
                from: self.word(),
                to: "recovered",
            }),
        }
    }

    /// `stolen` → `registered`: the report that said so was rejected.
    pub fn clear_theft(self) -> Result<Self, ItemTransitionError> {
        match self {
            Self::Stolen { .. } => Ok(Self::Registered),
            _ => Err(ItemTransitionError {
                from: self.word(),
                to: "registered",
            }),
        }
    }

    /// Anything but `withdrawn` → `withdrawn`.
    pub fn withdraw(self) -> Result<Self, ItemTransitionError> {
        match self {
            Self::Withdrawn => Err(ItemTransitionError {
                from: self.word(),
                to: "withdrawn",
            }),
            _ => Ok(Self::Withdrawn),
        }
    }
}

/// What an owner says of a valuable.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemDraft {
    /// How it is described.
    pub description: Description,
    /// What it is worth, when said.
    pub value: Option<Money>,
}

/// A registered valuable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// Whose it is.
    pub owner: AccountId,
    /// Where it is in its life.
    #[serde(flatten)]
    pub status: ItemStatus,
    /// What its owner says of it.
    #[serde(flatten)]
    pub draft: ItemDraft,
    /// Its photos in the owner's order.
    pub photos: Vec<PhotoRef>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Whether an officer has confirmed a theft report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "status")]
pub enum Verification {
    /// Only stated.
    Unverified,
    /// Confirmed by an officer, who saw the items as they were then.
    Verified {
        /// By whom.
        by: AccountId,
        /// When.
        at: Timestamp,
    },
    /// Refused by an officer: not a theft, or not credible.
    Rejected {
        /// By whom.
        by: AccountId,
        /// When.
        at: Timestamp,
    },
}

/// A decision on a theft report that is decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this theft report is {0} already")]
pub struct VerificationError(&'static str);

impl Verification {
    /// The glossary's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Verified { .. } => "verified",
            Self::Rejected { .. } => "rejected",
        }
    }

    /// `unverified` → `verified`.
    pub fn verify(self, by: AccountId, at: Timestamp) -> Result<Self, VerificationError> {
        match self {
            Self::Unverified => Ok(Self::Verified { by, at }),
            decided => Err(VerificationError(decided.word())),
        }
    }

    /// `verified` → `unverified`: an item is not any more what the officer saw. Anything else stays as it is.
    #[must_use]
    pub fn send_back(self) -> Self {
        match self {
            Self::Verified { .. } => Self::Unverified,
            other => other,
        }
    }

    /// `unverified` → `rejected`.
    pub fn reject(self, by: AccountId, at: Timestamp) -> Result<Self, VerificationError> {
        match self {
            Self::Unverified => Ok(Self::Rejected { by, at }),
            decided => Err(VerificationError(decided.word())),
        }
    }
}

/// The circumstances of a theft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Theft {
    /// The earliest time at which it can have happened.
    pub from: Timestamp,
    /// The latest time.
    pub to: Timestamp,
    /// Where.
    pub place: Place,
    /// The police's number of the case, when there is one yet.
    pub crime_reference: Option<String>,
    /// What happened, in the reporter's words.
    pub circumstances: String,
}

/// A statement that items were stolen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TheftReport {
    /// Its id.
    pub id: TheftReportId,
    /// Who stated it: the owner, or an officer for an owner.
    pub reporter: AccountId,
    /// Which items; at least one.
    pub items: Vec<ItemId>,
    /// When, where, how.
    pub theft: Theft,
    /// Whether an officer confirmed it.
    #[serde(flatten)]
    pub verification: Verification,
    /// When it was stated.
    pub created_at: Timestamp,
}

/// A decision on a theft report, or its falling back to unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheftReportEvent {
    /// When.
    pub at: Timestamp,
    /// By which officer; absent when a change of an item sent it back.
    pub by: Option<AccountId>,
    /// What it became: the word of a [`Verification`].
    pub status: String,
}
