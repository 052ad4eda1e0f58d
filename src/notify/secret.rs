//! The secrets that sign messages (Standard Webhooks 1.0): made here, shown once, sealed in the database.
//!
//! Written `whsec_` and base64 of 24 to 64 bytes. A signature is `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`. The seal
//! is XChaCha20-Poly1305 with the endpoint's id as associated data: one byte version, 24 bytes nonce, the ciphertext with its tag.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::NotifyError;
use crate::domain::ids::WebhookId;

const PREFIX: &str = "whsec_";
const SECRET_BYTES: usize = 32;
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const LABEL: &[u8] = b"replevin webhook secret";

/// The key that seals endpoints' secrets: 32 bytes from outside the database.
#[derive(Clone)]
pub struct NotifyKey([u8; 32]);

/// A secret that signs messages to one endpoint.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Vec<u8>);

impl fmt::Debug for NotifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotifyKey(redacted)")
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(redacted)")
    }
}

impl WebhookSecret {
    /// A new one of 32 random bytes.
    ///
    /// # Errors
    /// When the machine gives no random numbers.
    pub fn generate() -> Result<Self, NotifyError> {
        let mut bytes = vec![0; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|_| NotifyError::Secrets)?;
        Ok(Self(bytes))
    }

    /// What its holder is given, once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The signature of a message: `timestamp` in seconds since 1970.
    pub(super) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> Result<String, NotifyError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| NotifyError::Secrets)?;
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

impl NotifyKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn seal(&self, webhook: WebhookId, secret: &WebhookSecret) -> Result<Vec<u8>, NotifyError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| NotifyError::Secrets)?;
        let aad = associated(webhook);
        let payload = Payload {
            msg: &secret.0,
            aad: &aad,
        };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| NotifyError::Secrets)?;
        Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
    }

    pub(super) fn open(&self, webhook: WebhookId, sealed: &[u8]) -> Result<WebhookSecret, NotifyError> {
        let (version, rest) = sealed.split_first().ok_or(NotifyError::Secrets)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(NotifyError::Secrets)?;
        if *version != VERSION {
            return Err(NotifyError::Secrets);
        }
        let aad = associated(webhook);
        let payload = Payload { msg: sealed, aad: &aad };
        let opened = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        opened.map(WebhookSecret).map_err(|_| NotifyError::Secrets)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

fn associated(webhook: WebhookId) -> Vec<u8> {
    [LABEL, webhook.0.as_bytes()].concat()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn id(n: u128) -> WebhookId {
        WebhookId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn signs_as_the_standard_does() {
        let secret = WebhookSecret(STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap());
        let signed = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    #[test]
    fn opens_for_its_endpoint_under_its_key_only() {
        let (key, secret) = (NotifyKey::new([7; 32]), WebhookSecret::generate().unwrap());
        let sealed = key.seal(id(1), &secret).unwrap();
        assert_eq!(key.open(id(1), &sealed).unwrap(), secret);
        assert!(key.open(id(2), &sealed).is_err() && NotifyKey::new([8; 32]).open(id(1), &sealed).is_err());
        assert!(!sealed.windows(8).any(|part| secret.0.windows(8).any(|bytes| bytes == part)));
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(
                key.open(id(1), &damaged).is_err() && key.open(id(1), &sealed[..at]).is_err(),
                "byte {at}"
            );
        }
    }
}
