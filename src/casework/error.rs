//! What can go wrong with casework.

use super::gate::GateRefusal;
use super::seal::SealError;
use crate::domain::audit::PurposeError;
use crate::domain::item::{ItemTransitionError, VerificationError};
use crate::domain::report::ReportTransitionError;
use crate::store::StoreError;

/// A refusal or failure of casework.
#[derive(Debug, thiserror::Error)]
pub enum CaseworkError {
    /// The one who asks may not. Logged where it was found.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// The letter gate refused, for all these reasons. Logged where it was found.
    #[error("the letter of intent does not allow this: {}", sentences(.0))]
    Gate(Vec<GateRefusal>),
    /// Personal data was asked for without a case number and a reason that can be used. Logged where it was found.
    #[error("state the case number and the reason for which this is needed: {0}")]
    Purpose(PurposeError),
    /// A purpose names another case than the one under which it stands. Logged where it was found.
    #[error("this stands under case {expected}: state that case to open it")]
    OtherCase {
        /// The case number under which it was asked for, or the theft verified.
        expected: String,
    },
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
    Conflict(String),
    /// A suspicion report's state does not allow it.
    #[error(transparent)]
    Report(#[from] ReportTransitionError),
    /// An item's status does not allow it.
    #[error(transparent)]
    Item(#[from] ItemTransitionError),
    /// A theft report was decided before.
    #[error(transparent)]
    Verification(#[from] VerificationError),
    /// A sealed identity cannot be made or read.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The store failed, or the thing is missing.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CaseworkError {
    /// A field that cannot be used.
    pub(super) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            reason: reason.into(),
        }
    }

    /// A thing that is not there, or that the one who asks may not know of.
    pub(super) fn missing(what: &'static str) -> Self {
        StoreError::Missing { what }.into()
    }
}

fn sentences(refusals: &[GateRefusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
