//! Proof of ownership: what a partner is asked to have its seller show, and what came of it.
//!
//! What is asked is chosen from a fixed set and never written freely: whatever the partner, and by it the seller, reads holds no
//! detail of the item. Each kind is something that cannot be read off the object.

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, ListingId, OwnershipProofId, PartnerId, ReportId};
use super::photo::ContentHash;
use super::time::Timestamp;

/// Pictures that an answer may have.
pub const PROOF_PHOTOS_MAX: u16 = 6;
/// Longest answer, characters.
pub const PROOF_TEXT_CHARACTERS_MAX: usize = 4_000;

/// What a seller can show that cannot be read off the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// The receipt.
    Receipt,
    /// Where and when it was bought, and from whom.
    Purchase,
    /// Something that belongs to it and is kept at home.
    Accessory,
    /// A photo from before it was put up.
    OlderPhoto,
}

impl ProofKind {
    /// All, in the order in which forms show them.
    pub const ALL: [Self; 4] = [Self::Receipt, Self::Purchase, Self::Accessory, Self::OlderPhoto];

    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Purchase => "purchase",
            Self::Accessory => "accessory",
            Self::OlderPhoto => "older_photo",
        }
    }

    /// What the partner has the seller show, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Receipt => "the receipt, with the seller’s name and address blacked out",
            Self::Purchase => "where and when it was bought, and for how much",
            Self::Accessory => "a picture of something that belongs to it and is kept at home: a key, a charger, a box, a manual",
            Self::OlderPhoto => "a photo of it from before it was put up for sale",
        }
    }
}

/// What an officer makes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofFinding {
    /// It speaks for the seller.
    ForTheSeller,
    /// It speaks against the seller.
    AgainstTheSeller,
    /// It shows nothing either way.
    Open,
}

impl ProofFinding {
    /// All, in the order in which forms show them.
    pub const ALL: [Self; 3] = [Self::ForTheSeller, Self::AgainstTheSeller, Self::Open];

    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ForTheSeller => "for_the_seller",
            Self::AgainstTheSeller => "against_the_seller",
            Self::Open => "open",
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ForTheSeller => "it speaks for the seller",
            Self::AgainstTheSeller => "it speaks against the seller",
            Self::Open => "it shows nothing either way",
        }
    }
}

/// What the partner answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofAnswer {
    /// In the partner's words; why not, where the seller shows nothing.
    pub text: String,
    /// Whether anything was shown at all.
    pub shown: bool,
    /// When.
    pub at: Timestamp,
}

/// What an officer made of an answer: what is there, and apart from it what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofJudgement {
    /// What it comes to.
    pub finding: ProofFinding,
    /// What was found when the answer was compared with the registration.
    pub facts: String,
    /// What the officer makes of that.
    pub assessment: String,
    /// By whom.
    pub by: AccountId,
    /// When.
    pub at: Timestamp,
}

/// A request for proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnershipProof {
    /// Its id.
    pub id: OwnershipProofId,
    /// On which report.
    pub report: ReportId,
    /// About which listing.
    pub listing: ListingId,
    /// With whom that is.
    pub partner: PartnerId,
    /// What is asked, at least one.
    pub asked: Vec<ProofKind>,
    /// By whom.
    pub asked_by: AccountId,
    /// When.
    pub asked_at: Timestamp,
    /// Until when an answer is wanted.
    pub due_at: Timestamp,
    /// The pictures that came, by their number.
    pub photos: Vec<(u16, ContentHash)>,
    /// The answer.
    pub answer: Option<ProofAnswer>,
    /// What an officer made of it.
    pub judgement: Option<ProofJudgement>,
    /// When the police took it back, because there is nothing left to prove.
    pub taken_back_at: Option<Timestamp>,
}

impl OwnershipProof {
    /// Whether an answer is awaited.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.answer.is_none() && self.taken_back_at.is_none()
    }

    /// Where it stands: `asked`, `answered`, `judged` or `taken back`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match (&self.answer, &self.judgement, self.taken_back_at) {
            (_, Some(_), _) => "judged",
            (_, None, Some(_)) => "taken back",
            (Some(_), None, None) => "answered",
            (None, None, None) => "asked",
        }
    }
}
