//! Accounts, roles, and who is asking.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, PartnerId, TokenId};
use super::time::Timestamp;

/// What an account is for. One account, one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Registers valuables.
    Owner,
    /// Answers for a partner.
    Partner,
    /// Reviews suspicion reports.
    Officer,
    /// Approves disclosures, and may do what an officer may.
    Supervisor,
    /// Reads the audit log.
    Auditor,
    /// Runs the service.
    Administrator,
}

impl Role {
    /// All, in the order in which forms show them.
    pub const ALL: [Self; 6] = [
        Self::Owner,
        Self::Partner,
        Self::Officer,
        Self::Supervisor,
        Self::Auditor,
        Self::Administrator,
    ];

    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Partner => "partner",
            Self::Officer => "officer",
            Self::Supervisor => "supervisor",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}

/// A text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of owner, partner, officer, supervisor, auditor, administrator")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.word() == text).ok_or(RoleError)
    }
}

/// An e-mail address, lower-case. The way to sign in.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// A text that is no e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an e-mail address such as name@example.org")]
pub struct EmailError;

/// The domain of addresses that stand for nobody: `.invalid` is reserved for that (RFC 2606).
const ERASED_DOMAIN: &str = "@erased.invalid";

impl Email {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of an account whose person was erased.
    #[must_use]
    pub fn erased(account: AccountId) -> Self {
        Self(format!("{account}{ERASED_DOMAIN}"))
    }

    /// Whether this stands for an erased person.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.0.ends_with(ERASED_DOMAIN)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim().to_lowercase();
        let plain = text.len() <= 254 && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        match text.split_once('@') {
            Some((local, domain)) if plain && !local.is_empty() && domain.contains('.') && !domain.contains('@') => {
                Ok(Self(text))
            }
            _ => Err(EmailError),
        }
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(redacted)")
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A person's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// How its person signs in.
    pub email: Email,
    /// How its person is called.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// For whom it answers; present for role `partner` only.
    pub partner: Option<PartnerId>,
    /// Whether it may sign in.
    pub enabled: bool,
    /// Whether somebody else chose its password, so that its person must change it before anything else on the web.
    pub password_change_due: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Account {
    /// Whether a text names this person's surname, the last word of their name, as a word of its own. Names of one or two letters
    /// would be met everywhere and count as none.
    #[must_use]
    pub fn surname_is_in(&self, text: &str) -> bool {
        let folded = |word: &str| word.to_lowercase();
        let Some(surname) = self.name.split_whitespace().last().map(folded) else {
            return false;
        };
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '-').map(folded);
        surname.chars().count() > 2 && words.into_iter().any(|word| word == surname)
    }
}

/// A session that has ended is known for so long, hours: it opens nothing, and only tells whose a form was that came too late.
pub const ENDED_SESSION_HOURS: i64 = 24;

/// How somebody has shown, just before an act that is worth a second proof, that it is they.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// They gave their password again.
    Password,
    /// By the token alone, where the service is set to ask for no more of programs.
    Token,
}

/// Who is asking: a signed-in person, a person's token, or a partner's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person, by session or by a token of theirs.
    Account {
        /// Who.
        id: AccountId,
        /// What they may do.
        role: Role,
        /// For whom they answer.
        partner: Option<PartnerId>,
    },
    /// A partner's system.
    Partner {
        /// Which partner.
        id: PartnerId,
        /// By which token.
        token: TokenId,
    },
}

impl Principal {
    /// The account, when a person is asking.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account { id, .. } => Some(*id),
            Self::Partner { .. } => None,
        }
    }

    /// The role, when a person is asking.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Account { role, .. } => Some(*role),
            Self::Partner { .. } => None,
        }
    }

    /// The partner that is asking, by its system or its person.
    #[must_use]
    pub fn partner(&self) -> Option<PartnerId> {
        match self {
            Self::Account {
                role: Role::Partner,
                partner,
                ..
            } => *partner,
            Self::Account { .. } => None,
            Self::Partner { id, .. } => Some(*id),
        }
    }
}
