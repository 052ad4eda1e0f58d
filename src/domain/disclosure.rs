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

    /// By when the partner is to answer, while it is.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        match self {
            Self::Asked { due, .. } => Some(*due),
            _ => None,
        }
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

/// What can be told on the way of a request, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The partner has read the request for the first time.
    Received,
    /// The partner was reminded that the answer is due.
    Reminded,
    /// The supervisors were told that it stays due.
    Escalated,
    /// The police take the request back: the listing is not the item.
    Recalled,
    /// The partner has read that it was taken back.
    RecallReceived,
}

/// Something that was told on the way of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What.
    pub kind: NoticeKind,
    /// When.
    pub at: Timestamp,
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
    /// What was told on its way, oldest first.
    pub notices: Vec<Notice>,
    /// How far it is.
    #[serde(flatten)]
    pub state: DisclosureState,
}

impl DisclosureRequest {
    /// When something was told on its way, if it was.
    #[must_use]
    pub fn notice(&self, kind: NoticeKind) -> Option<Timestamp> {
        self.notices.iter().find(|notice| notice.kind == kind).map(|notice| notice.at)
    }

    /// Whether the police have taken it back: it is over then, however far it was.
    #[must_use]
    pub fn is_recalled(&self) -> bool {
        self.notice(NoticeKind::Recalled).is_some()
    }

    /// Whether somebody has yet to speak on it: a supervisor, or the partner.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.state.is_under_way() && !self.is_recalled()
    }
}

/// A seller's identity as a partner gave it: the asked fields only. Never logged, encrypted at rest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SellerIdentity(pub std::collections::BTreeMap<SellerField, String>);

/// What a partner answers: every asked field, with what it knows, or nothing where it says that it does not know it. Never
/// logged.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct IdentityAnswer(pub std::collections::BTreeMap<SellerField, Option<String>>);

impl IdentityAnswer {
    /// What is known.
    #[must_use]
    pub fn known(self) -> SellerIdentity {
        let known = self.0.into_iter().filter_map(|(field, value)| Some((field, value?)));
        SellerIdentity(known.collect())
    }
}

impl std::fmt::Debug for IdentityAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdentityAnswer(redacted)")
    }
}

impl std::fmt::Debug for SellerIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SellerIdentity(redacted)")
    }
}
