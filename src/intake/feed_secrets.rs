//! The seal on what a partner's server wants to be shown: XChaCha20-Poly1305 under a key that lies outside the database.
//!
//! Owns sealing, opening, and the headers that come of it. Associated are the feed and the server that the secret is for: it opens
//! for no other. Form: one byte version (1), 24 bytes nonce, then the ciphertext with its tag.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::{Intake, IntakeError};
use crate::domain::feed::Feed;
use crate::domain::feed_secret::{PullSecret, SecretText, server_of};
use crate::domain::ids::FeedId;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const LABEL: &[u8] = b"replevin feed secret";

/// The key that seals feeds' secrets: 32 bytes from outside the database.
#[derive(Clone)]
pub struct FeedKey([u8; 32]);

impl fmt::Debug for FeedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FeedKey(redacted)")
    }
}

impl FeedKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(super) fn seal(&self, feed: FeedId, server: &str, secret: &SecretText) -> Result<Vec<u8>, IntakeError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| IntakeError::FeedSecretSeal)?;
        let aad = associated(feed, server);
        let payload = Payload {
            msg: secret.reveal().as_bytes(),
            aad: &aad,
        };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| IntakeError::FeedSecretSeal)?;
        Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
    }

    fn open(&self, feed: FeedId, server: &str, sealed: &[u8]) -> Result<SecretText, IntakeError> {
        let opened = || {
            let (version, rest) = sealed.split_first()?;
            let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
            let aad = associated(feed, server);
            let payload = Payload { msg: sealed, aad: &aad };
            let opened = self.cipher().decrypt(&XNonce::from(*nonce), payload).ok()?;
            let text = String::from_utf8(opened).ok().filter(|_| *version == VERSION)?;
            SecretText::parse(&text).ok()
        };
        opened().ok_or(IntakeError::FeedSecretClosed)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

impl Intake {
    /// The headers that a feed's server wants, for that server alone: those that stand in its settings, and its secret.
    ///
    /// # Errors
    /// [`IntakeError::FeedSecretClosed`], or a failure of the store.
    pub async fn feed_headers(&self, feed: &Feed) -> Result<Vec<(String, SecretText)>, IntakeError> {
        let Some(pull) = &feed.settings.pull else {
            return Ok(Vec::new());
        };
        let open = pull
            .headers
            .iter()
            .map(|(name, value)| Some((name.clone(), SecretText::parse(value).ok()?)));
        let mut headers: Vec<_> = open.flatten().collect();
        let Some(kind) = &pull.secret else { return Ok(headers) };
        let id = feed.id;
        let sealed = self.0.store.read(move |reader| reader.feed_secret(id)).await?;
        let sealed = sealed.ok_or(IntakeError::FeedSecretClosed)?;
        let secret = self.0.feed_key.open(feed.id, &server_of(&pull.url), &sealed)?;
        headers.push(match kind {
            PullSecret::Header(name) => (name.clone(), secret),
            PullSecret::User(name) => {
                let basic = format!("Basic {}", STANDARD.encode(format!("{name}:{}", secret.reveal())));
                let basic = SecretText::parse(&basic).map_err(|_| IntakeError::FeedSecretClosed)?;
                ("Authorization".to_owned(), basic)
            }
        });
        Ok(headers)
    }
}

fn associated(feed: FeedId, server: &str) -> Vec<u8> {
    [LABEL, feed.0.as_bytes(), server.as_bytes()].concat()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn id(n: u128) -> FeedId {
        FeedId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn opens_for_its_feed_and_its_server_under_its_key_only() {
        let (key, secret) = (FeedKey::new([7; 32]), SecretText::parse("open sesame").unwrap());
        let sealed = key.seal(id(1), "https://a.example", &secret).unwrap();
        assert_eq!(key.open(id(1), "https://a.example", &sealed).unwrap(), secret);
        for (feed, server) in [(2, "https://a.example"), (1, "https://b.example"), (1, "http://a.example")] {
            assert!(key.open(id(feed), server, &sealed).is_err(), "{feed} {server}");
        }
        assert!(FeedKey::new([8; 32]).open(id(1), "https://a.example", &sealed).is_err());
        assert!(!sealed.windows(4).any(|part| part == b"open"));
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(key.open(id(1), "https://a.example", &damaged).is_err(), "byte {at}");
            assert!(key.open(id(1), "https://a.example", &sealed[..at]).is_err(), "cut at {at}");
        }
    }
}
