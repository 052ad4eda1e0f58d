//! How far a disclosure request is, as police and partner both read it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::disclosure::{DisclosureState, Notice, NoticeKind};

/// How far a request is.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Progress {
    /// `requested`, `refused`, `asked`, `answered` or `declined`.
    state: &'static str,
    /// Since when it is with the partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_at: Option<DateTime<Utc>>,
    /// By when the letter wants an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    due: Option<DateTime<Utc>>,
    /// When the partner answered or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at: Option<DateTime<Utc>>,
    /// Why the partner declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined: Option<String>,
    /// When the partner first read the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    received_at: Option<DateTime<Utc>>,
    /// When the partner was reminded that its answer is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    reminded_at: Option<DateTime<Utc>>,
    /// When the police took the request back: nothing is to be answered, and what was given is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    recalled_at: Option<DateTime<Utc>>,
}

impl Progress {
    /// From the state and what was told on the way.
    pub(super) fn told(state: DisclosureState, notices: &[Notice]) -> Self {
        let at = |kind| notices.iter().find(|notice| notice.kind == kind).map(|notice| notice.at);
        Self {
            received_at: at(NoticeKind::Received),
            reminded_at: at(NoticeKind::Reminded),
            recalled_at: at(NoticeKind::Recalled),
            ..Self::from(state)
        }
    }
}

impl From<DisclosureState> for Progress {
    fn from(state: DisclosureState) -> Self {
        let mut progress = Self {
            state: state.word(),
            ..Self::default()
        };
        match state {
            DisclosureState::Requested | DisclosureState::Refused => {}
            DisclosureState::Asked { since, due } => {
                progress.asked_at = Some(since);
                progress.due = Some(due);
            }
            DisclosureState::Answered { at } => progress.answered_at = Some(at),
            DisclosureState::Declined { at, reason } => {
                progress.answered_at = Some(at);
                progress.declined = Some(reason);
            }
        }
        progress
    }
}
