//! The key that seals bundles, Ed25519 (RFC 8032), and the one that anybody checks them with.

use std::fmt;
use std::str::FromStr;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

/// What is signed begins so: a signature over a manifest is good for nothing else.
const CONTEXT: &[u8] = b"replevin evidence bundle 1\n";
/// Bytes of a signature.
pub(super) const SIGNATURE_BYTES: usize = 64;

/// The service's key that seals bundles.
pub struct EvidenceKey(Ed25519KeyPair);

impl fmt::Debug for EvidenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EvidenceKey(redacted)")
    }
}

/// The half of the key that everybody may know, written as 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

/// A text that is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a public key: expected 64 hex digits")]
pub struct PublicKeyError;

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, PublicKeyError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| PublicKeyError)?;
        Ok(Self(bytes))
    }
}

impl EvidenceKey {
    /// The key of a seed of 32 secret bytes; none when the machine's cryptography refuses it.
    #[must_use]
    pub fn of_seed(seed: &[u8; 32]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(Self)
    }

    /// What others check its signatures with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    pub(super) fn sign(&self, manifest: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut bytes = [0; SIGNATURE_BYTES];
        bytes.copy_from_slice(self.0.sign(&[CONTEXT, manifest].concat()).as_ref());
        bytes
    }
}

impl PublicKey {
    /// Whether a manifest was signed with this key's secret half.
    pub(super) fn has_signed(&self, manifest: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(&[CONTEXT, manifest].concat(), signature).is_ok()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_text_and_key_only() {
        let key = EvidenceKey::of_seed(&[7; 32]).unwrap();
        let signature = key.sign(b"a manifest");
        assert!(key.public().has_signed(b"a manifest", &signature));
        assert!(!key.public().has_signed(b"b manifest", &signature));
        let other = EvidenceKey::of_seed(&[8; 32]).unwrap().public();
        assert!(!other.has_signed(b"a manifest", &signature));
        assert_eq!(key.public().to_string().parse(), Ok(key.public()));
        assert_eq!("12".parse::<PublicKey>(), Err(PublicKeyError));
    }

    #[test]
    fn the_curve_is_the_one_of_the_standard() {
        // RFC 8032, section 7.1, test 1: the key pair.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let mut bytes = [0; 32];
        hex::decode_to_slice(seed, &mut bytes).unwrap();
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(EvidenceKey::of_seed(&bytes).unwrap().public().to_string(), public);
    }
}
