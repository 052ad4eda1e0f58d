//! Evidence packs: what leaves the service about a report, and whether it goes as intelligence or as evidence.

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, EvidencePackId};
use super::photo::ContentHash;
use super::report::{Decision, Report, ReportState};
use super::time::Timestamp;

/// What a pack may be used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Marking {
    /// A pointer for an investigation, which nobody has vouched for yet.
    Intelligence,
    /// An officer vouches for it.
    Evidence,
}

impl Marking {
    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Intelligence => "intelligence",
            Self::Evidence => "evidence",
        }
    }
}

/// In which form a pack was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PackForm {
    /// The document alone.
    Document,
    /// The sealed bundle with the originals, the document among them.
    Bundle,
}

impl PackForm {
    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Bundle => "bundle",
        }
    }
}

/// An officer's word that a report is evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// By whom.
    pub by: AccountId,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: String,
}

/// A pack that was made, by what can be told of it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadePack {
    /// Its id.
    pub id: EvidencePackId,
    /// In which form.
    pub form: PackForm,
    /// As what it was marked.
    pub marking: Marking,
    /// SHA-256 of its bytes.
    pub sha256: ContentHash,
    /// How many bytes.
    pub size_bytes: u64,
    /// Who asked for it.
    pub by: AccountId,
    /// When.
    pub at: Timestamp,
}

impl Report {
    /// Whether an officer's word makes this report evidence: it was given on the decision that stands, and that decision confirms.
    /// A report that was reopened or dismissed since is intelligence again.
    #[must_use]
    pub fn marking(&self, promotion: Option<&Promotion>) -> Marking {
        let (ReportState::Decided(review) | ReportState::Closed { review, .. }) = &self.state else {
            return Marking::Intelligence;
        };
        match promotion {
            Some(promotion) if review.decision == Decision::Confirmed && promotion.at >= review.at => Marking::Evidence,
            _ => Marking::Intelligence,
        }
    }
}
