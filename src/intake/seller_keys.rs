//! How sellers become unreadable: HMAC-SHA-256 (RFC 2104) under a key of the partner's own.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::ids::PartnerId;
use crate::domain::listing::{ListingDraft, Seller, SellerGiven, SellerKey};

/// The secret from which each partner's key is derived. It lies outside the database.
#[derive(Clone)]
pub struct SellerKeys {
    secret: [u8; 32],
}

impl fmt::Debug for SellerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SellerKeys(secret)")
    }
}

impl SellerKeys {
    /// From the secret's bytes.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// The key of one partner's seller: HMAC(HMAC(secret, partner's id), reference).
    #[must_use]
    pub fn seller_key(&self, partner: PartnerId, reference: &str) -> SellerKey {
        self.of(partner).key(reference)
    }

    pub(super) fn of(&self, partner: PartnerId) -> PartnerKey {
        PartnerKey(mac(&self.secret, partner.0.as_bytes()))
    }
}

/// One partner's key.
pub(super) struct PartnerKey([u8; 32]);

impl PartnerKey {
    fn key(&self, reference: &str) -> SellerKey {
        SellerKey(mac(&self.0, reference.as_bytes()))
    }

    /// The draft as it may be kept.
    pub(super) fn redact(&self, draft: ListingDraft<SellerGiven>) -> ListingDraft<Seller> {
        ListingDraft {
            seller: draft.seller.map(|given| Seller {
                key: self.key(&given.reference),
                since: given.since,
            }),
            reference: draft.reference,
            url: draft.url,
            description: draft.description,
            price: draft.price,
            no_photos: draft.no_photos,
            photos: draft.photos,
            place: draft.place,
            posted_at: draft.posted_at,
            ends_at: draft.ends_at,
            status: draft.status,
        }
    }
}

fn mac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // A key of 32 bytes always fits: HMAC takes keys of any length.
    #[allow(clippy::expect_used)]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::time::Clock;

    #[test]
    fn the_same_seller_has_the_same_key_with_one_partner_only() {
        let now = Clock::system().now();
        let (one, other) = (PartnerId::generate(now), PartnerId::generate(now));
        let keys = SellerKeys::new([7; 32]);
        assert_eq!(keys.seller_key(one, "u-1"), keys.seller_key(one, "u-1"));
        assert_ne!(keys.seller_key(one, "u-1"), keys.seller_key(one, "u-2"));
        assert_ne!(keys.seller_key(one, "u-1"), keys.seller_key(other, "u-1"));
        assert_ne!(keys.seller_key(one, "u-1"), SellerKeys::new([8; 32]).seller_key(one, "u-1"));
        assert!(!format!("{keys:?}").contains('7'));
    }

    /// RFC 4231, test case 2, shortened to a key of 32 bytes by padding it as HMAC does.
    #[test]
    fn agrees_with_the_published_vector() {
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            hex::encode(mac(&key, b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
