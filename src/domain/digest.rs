//! Digests: what waits for somebody, as a mail tells it: numbers and pages, never what an item is or who somebody is.

use serde::{Deserialize, Serialize};

/// When somebody is mailed of what waits for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigestChoice {
    /// Never.
    None,
    /// Once a day, when something waits.
    Daily,
    /// The same, and at once what is urgent.
    Urgent,
}

impl DigestChoice {
    /// All, in the order of the form.
    pub const ALL: [Self; 3] = [Self::None, Self::Daily, Self::Urgent];

    /// The word in forms and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Daily => "daily",
            Self::Urgent => "urgent",
        }
    }

    /// The choice of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.word() == word)
    }
}

/// A sort of thing that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingKind {
    /// Undecided reports whose sale ends within a day.
    UrgentReports,
    /// Reports that nobody has taken.
    OpenReports,
    /// Reports that the reader has taken and not decided.
    TakenReports,
    /// Answers of partners and owners that the reader asked for and has not looked at.
    NewAnswers,
    /// Leads that nobody has followed up.
    OpenLeads,
    /// Disclosure requests that wait for a supervisor.
    Approvals,
    /// Requests whose answer is overdue.
    OverdueAnswers,
    /// Requests that the partner is to answer.
    Requests,
    /// Holds that the partner is to answer.
    Holds,
    /// Holds that ran out and wait for the police.
    HoldsRunOut,
    /// What an officer asks.
    PoliceQuestions,
    /// Whether a listing is the owner's own.
    OwnerQuestions,
    /// Listings that the reader's saved searches found and that they have not seen.
    SearchHits,
    /// Endpoints that nothing is sent to any more.
    DeadEndpoints,
}

impl WaitingKind {
    /// So many of them, in words.
    #[must_use]
    pub fn says(self, count: u64) -> String {
        let (one, many) = match self {
            Self::UrgentReports => (
                "undecided report whose sale ends within a day",
                "undecided reports whose sale ends within a day",
            ),
            Self::OpenReports => ("open report", "open reports"),
            Self::TakenReports => ("report that you have taken", "reports that you have taken"),
            Self::OpenLeads => ("open lead", "open leads"),
            Self::NewAnswers => ("answer not yet looked at", "answers not yet looked at"),
            Self::Approvals => (
                "disclosure request that waits for an approval",
                "disclosure requests that wait for an approval",
            ),
            Self::OverdueAnswers => ("partner’s answer that is overdue", "partners’ answers that are overdue"),
            Self::Requests => ("request of the police to answer", "requests of the police to answer"),
            Self::Holds => ("hold to answer", "holds to answer"),
            Self::HoldsRunOut => (
                "hold that ran out and waits for a decision",
                "holds that ran out and wait for a decision",
            ),
            Self::PoliceQuestions => ("question from the police", "questions from the police"),
            Self::OwnerQuestions => ("question whether a listing is yours", "questions whether a listing is yours"),
            Self::SearchHits => (
                "new listing that your saved searches found",
                "new listings that your saved searches found",
            ),
            Self::DeadEndpoints => (
                "endpoint that nothing is sent to any more",
                "endpoints that nothing is sent to any more",
            ),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }

    /// The page on which they stand.
    #[must_use]
    pub fn page(self) -> &'static str {
        match self {
            Self::UrgentReports | Self::OpenReports | Self::TakenReports => "/queue",
            Self::NewAnswers => "/queue?tab=mine",
            Self::OpenLeads => "/leads",
            Self::Approvals | Self::OverdueAnswers => "/approvals",
            Self::Requests => "/requests",
            Self::Holds => "/holds",
            Self::HoldsRunOut => "/queue",
            Self::PoliceQuestions => "/police-questions",
            Self::OwnerQuestions => "/questions",
            Self::SearchHits => "/searches",
            Self::DeadEndpoints => "/webhooks",
        }
    }
}

/// How many of a sort wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which.
    pub kind: WaitingKind,
    /// How many; at least one.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_are_told_apart() {
        assert_eq!(WaitingKind::OpenReports.says(1), "1 open report");
        assert_eq!(WaitingKind::OpenReports.says(12), "12 open reports");
    }
}
