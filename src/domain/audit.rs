//! The audit log's words: who did what to what, and why.
//!
//! Owns the shape of an entry and the hash that chains it. Entries name ids and digests, never personal data.

mod action;
mod purpose;
mod subject;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::account::Principal;
use super::ids::{AccountId, PartnerId, TokenId};
use super::time::Timestamp;

pub use action::Action;
pub use purpose::{Purpose, PurposeError};
pub use subject::{Subject, SubjectKind};

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Actor {
    /// The service itself.
    Service,
    /// Somebody at the machine's command line.
    CommandLine,
    /// Somebody who has not signed in.
    Anonymous,
    /// A person.
    Account(AccountId),
    /// A partner's system, by its token.
    Partner(PartnerId, TokenId),
}

impl From<&Principal> for Actor {
    fn from(principal: &Principal) -> Self {
        match principal {
            Principal::Account { id, .. } => Self::Account(*id),
            Principal::Partner { id, token } => Self::Partner(*id, *token),
        }
    }
}

/// An act that is about to be done and logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To what.
    pub subject: Subject,
    /// Why; required where personal data of others is looked at.
    pub purpose: Option<Purpose>,
    /// Further facts: counts, ids, digests. Never personal data.
    pub detail: serde_json::Value,
}

impl Act {
    /// An act without purpose and detail.
    #[must_use]
    pub fn new(actor: Actor, action: Action, subject: Subject) -> Self {
        Self {
            actor,
            action,
            subject,
            purpose: None,
            detail: serde_json::Value::Null,
        }
    }

    /// The same act, for this purpose.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// The same act with further facts.
    #[must_use]
    pub fn with_detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}

/// A link of the log's hash chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChainHash(#[serde(with = "hex::serde")] pub [u8; 32]);

/// The chain's start, before the first entry.
pub const CHAIN_START: ChainHash = ChainHash([0; 32]);

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To what.
    pub subject: Subject,
    /// Why.
    pub purpose: Option<Purpose>,
    /// Further facts.
    pub detail: serde_json::Value,
    /// SHA-256 over the previous entry's hash and this entry's canonical form.
    pub hash: ChainHash,
}

impl Entry {
    /// The hash that this entry must carry after `previous`: SHA-256 of the previous hash, then the JSON array
    /// `[number, microseconds, actor, action, subject kind, subject id, purpose, detail]` without white space and with object
    /// keys in the order of their bytes.
    #[must_use]
    pub fn chained(&self, previous: ChainHash) -> ChainHash {
        let canonical = serde_json::json!([
            self.number,
            self.at.timestamp_micros(),
            self.actor,
            self.action,
            self.subject.kind,
            self.subject.id,
            self.purpose,
            self.detail,
        ]);
        let mut hasher = Sha256::new();
        hasher.update(previous.0);
        hasher.update(canonical.to_string().as_bytes());
        ChainHash(hasher.finalize().into())
    }
}
