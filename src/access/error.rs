//! What can go wrong with access.

use super::password::PasswordFault;
use crate::store::StoreError;

/// A refusal or failure of access.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Address and password do not belong together, or the account may not sign in: which of it is not said.
    #[error("the e-mail address or the password is not right")]
    Refused,
    /// Too many failures in a while.
    #[error("too many failed tries; wait {minutes} minutes and try again")]
    TooManyTries {
        /// How long to wait.
        minutes: u32,
    },
    /// More is asked than may be asked in a minute.
    #[error("too much is asked in a minute; wait {wait_s} seconds")]
    TooFast {
        /// How long to wait, seconds.
        wait_s: u16,
    },
    /// An act asks for the account's password beside the token, and none was given.
    #[error("this asks for the account's password beside the token")]
    PasswordAsked,
    /// What was given beside the token is not the account's password.
    #[error("this is not the password of the token's account")]
    PasswordWrong,
    /// The new password cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordFault),
    /// Something else that was given cannot be used.
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
    /// The machine gave no random numbers, or hashing failed.
    #[error("secrets cannot be made or checked now")]
    Secrets,
    /// The store failed, or the thing is missing or there already.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccessError {
    /// A field that cannot be used.
    pub(super) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            reason: reason.into(),
        }
    }
}
