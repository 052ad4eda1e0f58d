//! Settings of mail.

use std::path::PathBuf;

use serde::Deserialize;

use super::ConfigError;

/// Where the password may stand in place of a file.
pub const PASSWORD_VARIABLE: &str = "REPLEVIN_SMTP_PASSWORD";

/// Settings of mail; without a host none is sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// The SMTP server that takes it.
    pub host: String,
    /// Its port; where it is not said, the usual one: 587 for `starttls`, 465 for `implicit`, 25 for `none`.
    pub port: Option<u16>,
    /// How the connection to it is encrypted.
    pub tls: Encryption,
    /// Certificates to trust in place of the system's, a PEM file.
    pub authorities: Option<PathBuf>,
    /// The user, where the server asks for one.
    pub user: String,
    /// A file with the user's password; without it, the password stands in the environment, in [`PASSWORD_VARIABLE`].
    pub password_file: Option<PathBuf>,
    /// The sender, as in `Replevin <replevin@police.example>`.
    pub from: String,
    /// The hour of the day, UTC, from which daily digests are sent, 0 to 23.
    pub digest_hour: u32,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encryption {
    /// Begins in the open and is encrypted before anything is said.
    StartTls,
    /// From its first byte.
    Implicit,
    /// Not: for a server on the same machine.
    None,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: None,
            tls: Encryption::StartTls,
            authorities: None,
            user: String::new(),
            password_file: None,
            from: String::new(),
            digest_hour: 6,
        }
    }
}

impl MailConfig {
    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            Encryption::StartTls => 587,
            Encryption::Implicit => 465,
            Encryption::None => 25,
        })
    }

    /// Checks what the types cannot.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let fault = |field, reason: &str| {
            Err(ConfigError::Value {
                field,
                reason: reason.to_owned(),
            })
        };
        if self.digest_hour > 23 {
            return fault("mail.digest_hour", "must be 0 to 23");
        }
        if !self.host.is_empty() && !self.from.contains('@') {
            return fault("mail.from", "name the sender, as in \"Replevin <replevin@police.example>\"");
        }
        if !self.user.is_empty() && self.tls == Encryption::None {
            return fault(
                "mail.tls",
                "a password is sent over an encrypted connection only; use starttls or implicit",
            );
        }
        Ok(())
    }
}
