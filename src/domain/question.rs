//! Quiet questions: a registered item that is not stolen turned up for sale; its owner, and nobody else, is asked.

use serde::{Deserialize, Serialize};

use super::assessment::Assessment;
use super::ids::{AccountId, ItemId, ListingId, QuestionId};
use super::time::Timestamp;

/// What the owner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnersAnswer {
    /// I sell it, or know who does.
    Mine,
    /// That is not me: it may be stolen.
    NotMine,
    /// That is another object; mine is where it should be.
    AnotherObject,
}

/// "Is this listing you selling your own item?"
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Its id.
    pub id: QuestionId,
    /// The registered item.
    pub item: ItemId,
    /// The listing that looks like it.
    pub listing: ListingId,
    /// Who is asked.
    pub owner: AccountId,
    /// Why it is asked.
    pub assessment: Assessment,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// The answer, once given.
    pub answer: Option<(OwnersAnswer, Timestamp)>,
    /// When it was withdrawn unanswered, because the item is searched for, back, or out of the register.
    pub withdrawn_at: Option<Timestamp>,
}

impl Question {
    /// Whether an answer is still awaited.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.answer.is_none() && self.withdrawn_at.is_none()
    }
}
