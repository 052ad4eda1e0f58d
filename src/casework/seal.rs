//! The seal on sellers' identities: XChaCha20-Poly1305 with the request's id as associated data.
//!
//! The key lives outside the database. Sealing and opening take a grant of the letter gate for just that step.
//! Form: one byte version (1), 24 bytes nonce, then the ciphertext with its tag.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::gate::{DisclosureGrant, ToAnswer, ToOpen};
use crate::domain::disclosure::SellerIdentity;
use crate::domain::ids::DisclosureRequestId;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const LABEL: &[u8] = b"replevin seller identity";

/// The key that seals identities: 32 bytes from outside the database.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

/// A seal that cannot be made or does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The machine gave no random numbers, or the cipher failed.
    #[error("a seller's identity cannot be sealed now")]
    Sealing,
    /// Another key, another request, or damage.
    #[error("a sealed identity does not open: it is damaged, of another request, or under another key")]
    Opening,
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(redacted)")
    }
}

impl SealKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Seals the answer to the granted request.
    pub(super) fn seal(&self, grant: &DisclosureGrant<ToAnswer>, identity: &SellerIdentity) -> Result<Vec<u8>, SealError> {
        let plain = serde_json::to_vec(identity).map_err(|_| SealError::Sealing)?;
        self.seal_bytes(grant.request(), &plain)
    }

    /// Opens the answer to the granted request.
    pub(super) fn open(&self, grant: &DisclosureGrant<ToOpen>, sealed: &[u8]) -> Result<SellerIdentity, SealError> {
        let plain = self.open_bytes(grant.request(), sealed)?;
        serde_json::from_slice(&plain).map_err(|_| SealError::Opening)
    }

    fn seal_bytes(&self, request: DisclosureRequestId, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| SealError::Sealing)?;
        let aad = associated(request);
        let payload = Payload { msg: plain, aad: &aad };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| SealError::Sealing)?;
        Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
    }

    fn open_bytes(&self, request: DisclosureRequestId, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError::Opening)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Opening)?;
        if *version != VERSION {
            return Err(SealError::Opening);
        }
        let aad = associated(request);
        let payload = Payload { msg: sealed, aad: &aad };
        self.cipher()
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SealError::Opening)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

fn associated(request: DisclosureRequestId) -> Vec<u8> {
    [LABEL, request.0.as_bytes()].concat()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn id(n: u128) -> DisclosureRequestId {
        DisclosureRequestId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn opens_for_its_request_under_its_key_only() {
        let key = SealKey::new([7; 32]);
        let sealed = key.seal_bytes(id(1), b"Jens Hansen").unwrap();
        assert_eq!(key.open_bytes(id(1), &sealed).unwrap(), b"Jens Hansen");
        assert_eq!(key.open_bytes(id(2), &sealed), Err(SealError::Opening));
        assert_eq!(SealKey::new([8; 32]).open_bytes(id(1), &sealed), Err(SealError::Opening));
        assert_ne!(
            sealed,
            key.seal_bytes(id(1), b"Jens Hansen").unwrap(),
            "every seal has its own nonce"
        );
        assert!(!sealed.windows(4).any(|part| part == b"Jens"));
    }

    #[test]
    fn notices_every_changed_or_missing_byte() {
        let key = SealKey::new([7; 32]);
        let sealed = key.seal_bytes(id(1), b"Jens").unwrap();
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert_eq!(key.open_bytes(id(1), &damaged), Err(SealError::Opening), "byte {at}");
            assert_eq!(key.open_bytes(id(1), &sealed[..at]), Err(SealError::Opening), "cut at {at}");
        }
    }
}
