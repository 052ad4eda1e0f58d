//! What an officer asks the owner or the partner because a report does not tell enough, and what they answer.

use serde::{Deserialize, Serialize};

use super::ids::{AccountId, ReportId, ReportQuestionId};
use super::time::Timestamp;

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// The item's owner.
    Owner,
    /// The partner with whom the listing is.
    Partner,
}

impl Asked {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Owner, Self::Partner];

    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Partner => "partner",
        }
    }
}

/// A question on a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportQuestion {
    /// Its id.
    pub id: ReportQuestionId,
    /// On which report.
    pub report: ReportId,
    /// Who is asked.
    pub to: Asked,
    /// What is asked, in the officer's words.
    pub text: String,
    /// By whom.
    pub asked_by: AccountId,
    /// When.
    pub asked_at: Timestamp,
    /// The answer and when it came.
    pub answer: Option<(String, Timestamp)>,
}
