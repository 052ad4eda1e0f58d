//! Disclosure: asking a partner for a seller's identity under the letter.

use serde::{Deserialize, Serialize};

use super::audit::Purpose;
use super::ids::{AccountId, DisclosureRequestId, LetterId, PartnerId, ReportId};
use super::partner::SellerField;
use super::time::Timestamp;

/// A supervisor's word on a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: AccountId,
    /// When.
    pub at: Timestamp,
    /// For or against.
    pub approved: bool,
    /// Why; required when against.
    pub reason: Option<String>,
}

/// How far a request is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DisclosureState {
    /// Waiting for approvals.
    Requested,
    /// Refused by a supervisor.
    Refused,
    /// With the partner since then, to be answered by then.
    Asked {
        /// Since when.
        since: Timestamp,
        /// By when the letter wants an answer.
        due: Timestamp,
    },
    /// The partner gave the identity.
    Answered {
        /// When.
        at: Timestamp,
    },
    /// The partner refused, with its reason.
    Declined {
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

impl DisclosureState {
    /// Whether somebody has yet to speak: a supervisor, or the partner.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Requested | Self::Asked { .. })
    }

    /// The word in files and the database.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Refused => "refused",
            Self::Asked { .. } => "asked",
            Self::Answered { .. } => "answered",
            Self::Declined { .. } => "declined",
        }
    }
}

/// What police ask of a partner about one seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureRequest {
    /// Its id.
    pub id: DisclosureRequestId,
    /// The confirmed report that it rests on.
    pub report: ReportId,
    /// The letter that it is made under.
    pub letter: LetterId,
    /// Of whom it is asked.
    pub partner: PartnerId,
    /// Which data.
    pub fields: Vec<SellerField>,
    /// Case and reason.
    pub purpose: Purpose,
    /// Who asked.
    pub requested_by: AccountId,
    /// When.
    pub requested_at: Timestamp,
    /// The supervisors' words so far.
    pub approvals: Vec<Approval>,
    /// How far it is.
    #[serde(flatten)]
    pub state: DisclosureState,
}

/// A seller's identity as a partner gave it: the asked fields only. Never logged, encrypted at rest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SellerIdentity(pub std::collections::BTreeMap<SellerField, String>);

impl std::fmt::Debug for SellerIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SellerIdentity(redacted)")
    }
}
