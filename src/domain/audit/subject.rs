//! What an act was done to, as the log names it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an act was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// What sort of thing: `item`, `listing`, `report`, `account`, …
    pub kind: SubjectKind,
    /// Its id; absent when the act is on all things of the kind.
    pub id: Option<Uuid>,
}

/// What sort of thing an act was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// An account.
    Account,
    /// A token.
    Token,
    /// A partner.
    Partner,
    /// A letter of intent.
    Letter,
    /// A decoy.
    Decoy,
    /// A delivery.
    Delivery,
    /// A listing.
    Listing,
    /// An item.
    Item,
    /// A theft report.
    TheftReport,
    /// A suspicion report.
    Report,
    /// A disclosure request.
    DisclosureRequest,
    /// A question.
    Question,
    /// A blind review.
    BlindReview,
    /// A hold.
    Hold,
    /// A saved search.
    SavedSearch,
    /// Where events are sent to.
    Webhook,
    /// A message to somebody outside.
    Message,
    /// The audit log itself.
    AuditLog,
    /// The service as a whole.
    Service,
}

impl SubjectKind {
    /// The word in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Token => "token",
            Self::Partner => "partner",
            Self::Letter => "letter",
            Self::Decoy => "decoy",
            Self::Delivery => "delivery",
            Self::Listing => "listing",
            Self::Item => "item",
            Self::TheftReport => "theft_report",
            Self::Report => "report",
            Self::DisclosureRequest => "disclosure_request",
            Self::Question => "question",
            Self::BlindReview => "blind_review",
            Self::Hold => "hold",
            Self::SavedSearch => "saved_search",
            Self::Webhook => "webhook",
            Self::Message => "message",
            Self::AuditLog => "audit_log",
            Self::Service => "service",
        }
    }

    /// This kind with an id.
    #[must_use]
    pub fn with(self, id: Uuid) -> Subject {
        Subject {
            kind: self,
            id: Some(id),
        }
    }

    /// All things of this kind.
    #[must_use]
    pub fn all(self) -> Subject {
        Subject { kind: self, id: None }
    }
}
