//! Holds: a partner keeps a thing for the police for some days, as its letter says.
//!
//! The policy is an object of its own beside the letter: places and firms differ in what begins a hold, how long it lasts, how soon
//! the partner must say that it has it, how often it may be extended, and what follows when it runs out.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::ids::{AccountId, HoldId, LetterId, ListingId, PartnerId, ReportId};
use super::time::Timestamp;

/// What begins a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldTrigger {
    /// An officer asks for it.
    Asked,
    /// A report is confirmed.
    Confirmed,
    /// A report at or above the letter's threshold is raised.
    Raised,
}

impl HoldTrigger {
    /// All, in the order of forms.
    pub const ALL: [Self; 3] = [Self::Asked, Self::Confirmed, Self::Raised];

    /// The word in forms and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Confirmed => "confirmed",
            Self::Raised => "raised",
        }
    }
}

/// What follows when a hold has run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldExpiry {
    /// The partner may sell the thing.
    Release,
    /// The partner keeps it until the police have decided, who are told.
    Keep,
}

impl HoldExpiry {
    /// Both, in the order of forms.
    pub const ALL: [Self; 2] = [Self::Release, Self::Keep];

    /// The word in forms and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Keep => "keep",
        }
    }
}

/// How things are held under a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldPolicy {
    /// What begins it; an officer may ask for one in any case.
    pub trigger: HoldTrigger,
    /// For how many days.
    pub days: u32,
    /// Within how many hours the partner says whether it has it.
    pub notice_hours: u32,
    /// By how many days it is extended at a time.
    pub extension_days: u32,
    /// How often.
    pub extensions_max: u32,
    /// What follows when it has run out.
    pub expiry: HoldExpiry,
}

impl HoldPolicy {
    /// By when the partner is to answer what is asked at an instant.
    #[must_use]
    pub fn notice_due(&self, asked_at: Timestamp) -> Timestamp {
        asked_at + TimeDelta::hours(i64::from(self.notice_hours))
    }

    /// When what is asked at an instant runs out.
    #[must_use]
    pub fn ends_at(&self, asked_at: Timestamp) -> Timestamp {
        asked_at + TimeDelta::days(i64::from(self.days))
    }
}

/// How far a hold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// The partner has not said whether it has the thing.
    Asked,
    /// The partner has it.
    Held,
    /// The partner has it not, or will not.
    Refused,
    /// The police do not need it any more.
    Lifted,
    /// It ran out.
    Expired,
}

impl HoldState {
    /// The word in the database and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Lifted => "lifted",
            Self::Expired => "expired",
        }
    }
}

/// A thing that a partner is asked to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// The report that it rests on.
    pub report: ReportId,
    /// The listing of the thing.
    pub listing: ListingId,
    /// With whom it is.
    pub partner: PartnerId,
    /// The letter under which it is held.
    pub letter: LetterId,
    /// The policy as it was when it was asked.
    pub policy: HoldPolicy,
    /// The police's number of the case, which the partner sees.
    pub case: String,
    /// Why, in the officer's words, which the partner does not see.
    pub reason: String,
    /// Who asked; nobody when the policy began it.
    pub asked_by: Option<AccountId>,
    /// When.
    pub asked_at: Timestamp,
    /// By when the partner is to say whether it has it.
    pub notice_due: Timestamp,
    /// When it runs out.
    pub ends_at: Timestamp,
    /// How often it was extended.
    pub extensions: u32,
    /// How far it is.
    pub state: HoldState,
    /// What the partner said to it.
    pub note: Option<String>,
    /// When the partner said so.
    pub answered_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// When the police were told that it ran out and waits for them.
    pub told_at: Option<Timestamp>,
    /// When the partner was reminded that it has not said whether it has the thing, and the police told.
    pub reminded_at: Option<Timestamp>,
}

impl Hold {
    /// Whether the partner is to keep the thing.
    #[must_use]
    pub fn is_in_force(&self) -> bool {
        matches!(self.state, HoldState::Asked | HoldState::Held)
    }

    /// Whether it may be extended once more.
    #[must_use]
    pub fn can_extend(&self) -> bool {
        self.is_in_force() && self.extensions < self.policy.extensions_max && self.policy.extension_days > 0
    }

    /// When it would run out if it were extended at `now`: counted from its end, or from now when that has passed.
    #[must_use]
    pub fn extended_to(&self, now: Timestamp) -> Timestamp {
        self.ends_at.max(now) + TimeDelta::days(i64::from(self.policy.extension_days))
    }
}
