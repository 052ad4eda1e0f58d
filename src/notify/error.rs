//! What can go wrong with telling others.

use crate::egress::FetchError;
use crate::store::StoreError;

/// A refusal or failure.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// The one who asks may not. Logged where it was found.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// What was given cannot be used.
    #[error("{field}: {reason}")]
    Invalid {
        /// The field at fault.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The present state does not allow it.
    #[error("{0}")]
    Conflict(&'static str),
    /// The machine gave no random numbers, or a sealed secret does not open.
    #[error("a secret cannot be made or read")]
    Secrets,
    /// The store failed, or the thing is missing.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotifyError {
    /// An address that may not be sent to.
    pub(super) fn address(error: &FetchError) -> Self {
        Self::Invalid {
            field: "url",
            reason: error.to_string(),
        }
    }
}
