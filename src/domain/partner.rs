//! Partners and their letters of intent: who may send listings, and under which terms a seller's identity may be asked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, LetterId, PartnerId};
use super::photo::ContentHash;
use super::time::Timestamp;

/// A partner's short name in addresses: lower-case letters, digits and hyphens, 2 to 40 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// A text that is no slug.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 2 to 40 lower-case letters, digits and hyphens, a letter or digit first and last")]
pub struct SlugError;

impl Slug {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let ends = !text.starts_with('-') && !text.ends_with('-');
        if (2..=40).contains(&text.len()) && text.bytes().all(allowed) && ends {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError)
        }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An auction house or marketplace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Its short name in addresses.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// Hosts from which its photos may be fetched; empty: any public host.
    pub photo_hosts: Vec<String>,
    /// When it was entered.
    pub created_at: Timestamp,
}

/// What a letter rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalBasis {
    /// A voluntary letter of intent.
    VoluntaryLetter,
    /// A statute.
    Statute,
    /// A court's order.
    CourtOrder,
}

impl LegalBasis {
    /// All, in the order in which forms show them.
    pub const ALL: [Self; 3] = [Self::VoluntaryLetter, Self::Statute, Self::CourtOrder];

    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::VoluntaryLetter => "voluntary_letter",
            Self::Statute => "statute",
            Self::CourtOrder => "court_order",
        }
    }
}

/// One kind of data about a seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SellerField {
    /// Full name.
    Name,
    /// Postal address.
    Address,
    /// E-mail address.
    Email,
    /// Telephone number.
    Phone,
    /// Date of birth.
    BirthDate,
    /// Bank account paid to.
    BankAccount,
    /// Network addresses used.
    NetworkAddress,
}

impl SellerField {
    /// All, in the order in which forms show them.
    pub const ALL: [Self; 7] = [
        Self::Name,
        Self::Address,
        Self::Email,
        Self::Phone,
        Self::BirthDate,
        Self::BankAccount,
        Self::NetworkAddress,
    ];

    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::BirthDate => "birth_date",
            Self::BankAccount => "bank_account",
            Self::NetworkAddress => "network_address",
        }
    }
}

/// The terms of a letter of intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LetterTerms {
    /// What it rests on.
    pub legal_basis: LegalBasis,
    /// How the parties cite it.
    pub reference: String,
    /// First instant at which it holds.
    pub valid_from: Timestamp,
    /// First instant at which it no longer holds.
    pub valid_to: Timestamp,
    /// Probability from which a seller's identity may be asked, above 0 and below 1.
    pub threshold: f64,
    /// What may be asked about a seller.
    pub askable: Vec<SellerField>,
    /// How many supervisors must approve a request, at least 1.
    pub approvals: u8,
    /// Hours within which the partner answers.
    pub response_hours: u32,
    /// Days after which data is erased: a listing that never matched, counted from when the partner last sent it, and a
    /// seller's identity, counted from the partner's answer.
    pub retention_days: u32,
    /// SHA-256 of the signed document.
    pub document_sha256: Option<ContentHash>,
}

/// A letter of intent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// Its id.
    pub id: LetterId,
    /// With whom.
    pub partner: PartnerId,
    /// Its terms.
    #[serde(flatten)]
    pub terms: LetterTerms,
    /// By whom it was revoked (absent: at the command line), and when.
    pub revoked: Option<(Option<AccountId>, Timestamp)>,
    /// When it was entered.
    pub created_at: Timestamp,
}

/// How a letter stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterStanding {
    /// In force.
    Active,
    /// Its time has not come.
    NotYetValid,
    /// Its time is over.
    Expired,
    /// Revoked.
    Revoked,
}

impl Letter {
    /// How it stands at `now`.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> LetterStanding {
        if self.revoked.is_some() {
            LetterStanding::Revoked
        } else if now < self.terms.valid_from {
            LetterStanding::NotYetValid
        } else if now >= self.terms.valid_to {
            LetterStanding::Expired
        } else {
            LetterStanding::Active
        }
    }

    /// Whether terms are those of this letter once more: it is not revoked, both are cited alike and hold at the same time. Of
    /// two such letters, revoking one would change nothing.
    #[must_use]
    pub fn doubles(&self, terms: &LetterTerms) -> bool {
        let known = &self.terms;
        self.revoked.is_none()
            && known.reference.to_lowercase() == terms.reference.to_lowercase()
            && known.valid_from < terms.valid_to
            && terms.valid_from < known.valid_to
    }
}
