//! Secrets of 256 random bits: made here, shown once, kept as their SHA-256.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::AccessError;

/// A secret in its shown form. Never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new secret that starts with `prefix`: 256 random bits, base64url.
    ///
    /// # Errors
    /// When the machine gives no random numbers.
    pub fn generate(prefix: &str) -> Result<Self, AccessError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| AccessError::Secrets)?;
        Ok(Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// What its holder is given, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// The hash under which a secret is kept and found. With 256 random bits a plain SHA-256 cannot be guessed back, and looking
/// its hash up tells nothing about the secret by time.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
