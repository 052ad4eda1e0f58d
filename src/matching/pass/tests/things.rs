//! What people register, offer and photograph in the tests of the pass.

use replevin_index::identifier::IdentifierKind;
use replevin_index::image::features::PhotoFeatures;
use replevin_index::image::{FINGERPRINT_VERSION, Hash256, HashPair, PhotoFingerprint};

use crate::domain::description::{Description, GivenIdentifier};
use crate::domain::listing::{ListingDraft, ListingStatus, Seller, SellerKey};
use crate::domain::photo::{ContentHash, Photo};
use crate::domain::place::Place;
use crate::domain::time::Timestamp;

pub(super) fn described(title: &str, number: Option<&str>) -> Description {
    Description {
        title: title.to_owned(),
        identifiers: (number.iter())
            .map(|value| GivenIdentifier {
                kind: IdentifierKind::FrameNumber,
                value: (*value).to_owned(),
            })
            .collect(),
        ..Description::default()
    }
}

pub(super) fn draft(seller: &str, reference: &str, description: Description) -> ListingDraft<Seller> {
    ListingDraft {
        reference: reference.to_owned(),
        url: None,
        description,
        price: None,
        no_photos: false,
        photos: Vec::new(),
        seller: Some(Seller {
            key: SellerKey(ContentHash::of(seller.as_bytes()).0),
            since: None,
        }),
        place: Place::default(),
        posted_at: None,
        ends_at: None,
        status: ListingStatus::Active,
    }
}

pub(super) fn picture(number: u8, now: Timestamp) -> Photo {
    let pair = |form: u8| HashPair {
        pdq: Hash256(ContentHash::of(&[number, form, 1]).0),
        second: Hash256(ContentHash::of(&[number, form, 2]).0),
    };
    Photo {
        sha256: ContentHash::of(&[number]),
        size_bytes: 1,
        format: "jpeg".into(),
        width: 1,
        height: 1,
        body_serial: None,
        lens_serial: None,
        fingerprint: Some(PhotoFingerprint {
            version: FINGERPRINT_VERSION,
            quality: 100,
            full: std::array::from_fn(|form| pair(form as u8)),
            trimmed: None,
        }),
        features: Some(PhotoFeatures::default()),
        created_at: now,
    }
}
