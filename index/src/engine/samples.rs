//! Records for the tests of this module.

use std::sync::LazyLock;

use image::imageops;
use proptest::prelude::*;
use uuid::Uuid;

use crate::identifier::{FoundIdentifier, FoundIn, Identifier, IdentifierKind, Scheme, Validity};
use crate::image::features::PhotoFeatures;
use crate::image::testing::blobs;
use crate::image::{FINGERPRINT_VERSION, Hash256, HashPair, PhotoFingerprint};
use crate::record::{Record, RecordText, Side, SourceKey};

/// A small record with a number of its own in the title.
pub(super) fn bicycle(side: Side, number: u64) -> Record {
    let text = RecordText {
        title: format!("Sort cykel {number}"),
        description: "Damecykel med kurv, lidt rust på skærmen".to_owned(),
        ..RecordText::default()
    };
    Record {
        side,
        id: id(number),
        source: Some(SourceKey(number)),
        by_words: true,
        text,
        identifiers: Vec::new(),
        photos: Vec::new(),
        features: Vec::new(),
    }
}

/// The id with this number.
pub(super) fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(7, number)
}

/// A given serial number.
pub(super) fn serial(normalised: &str) -> FoundIdentifier {
    let identifier = Identifier {
        kind: IdentifierKind::Serial,
        scheme: Scheme::Generic,
        given: normalised.to_owned(),
        normalised: normalised.to_owned(),
        folded: normalised.to_owned(),
        valid: Validity::Yes,
    };
    FoundIdentifier {
        identifier,
        found_in: FoundIn::Given,
        announced: true,
        photo: None,
    }
}

/// A photo whose hashes follow from a number: another number is another picture, `bits` of difference are that many.
pub(super) fn photo(number: u64, bits: u16) -> PhotoFingerprint {
    let full = std::array::from_fn(|form| HashPair {
        pdq: hash(number, form as u64, bits),
        second: hash(number, form as u64, bits),
    });
    PhotoFingerprint {
        version: FINGERPRINT_VERSION,
        quality: 100,
        full,
        trimmed: None,
    }
}

fn hash(number: u64, form: u64, bits: u16) -> Hash256 {
    // SplitMix64 (Steele, Lea, Flood 2014): spreads neighbouring numbers over all bits.
    let mut state = number.wrapping_mul(8).wrapping_add(form).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = [0; 32];
    for chunk in bytes.chunks_exact_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes());
    }
    for bit in 0..bits {
        bytes[usize::from(bit / 8)] ^= 0x80 >> (bit % 8);
    }
    Hash256(bytes)
}

/// How many pictures [`features`] knows.
pub(super) const PICTURES: usize = 3;

/// The features of a picture, or of a part of it that no hash finds.
pub(super) fn features(number: usize, cropped: bool) -> PhotoFeatures {
    static PICTURES_READ: LazyLock<Vec<[PhotoFeatures; 2]>> = LazyLock::new(|| {
        let read = |number: usize| {
            let picture = blobs(300, 400, 500 + number as u64);
            let part = imageops::crop_imm(&picture, 50, 30, 240, 320).to_image();
            [&picture, &part].map(PhotoFeatures::extract)
        };
        (0..PICTURES).map(read).collect()
    });
    PICTURES_READ[number][usize::from(cropped)].clone()
}

/// Any record out of a small world, so that records collide and find each other.
pub(super) fn record() -> impl Strategy<Value = Record> {
    let words = prop::sample::select(vec![
        "sort cykel",
        "rød Kildemose",
        "KX-TG1032S telefon",
        "schwarzes Fahrrad",
        "watch",
        "",
    ]);
    let numbers = prop::sample::select(vec!["WBK123456Z", "WBK123457Z", "WBK1234S6Z", "QQX900817K", "TT5512093LM"]);
    (
        ((any::<bool>(), any::<bool>()), 0..12_u64, prop::option::of(0..4_u64)),
        (words.clone(), words),
        prop::collection::vec(numbers, 0..3),
        prop::collection::vec(
            (
                (0..4_u64, prop::sample::select(vec![0_u16, 5, 20, 31, 40]), any::<bool>()),
                prop::option::of((0..PICTURES, any::<bool>())),
            ),
            0..3,
        ),
    )
        .prop_map(
            |(((registered, sought), number, source), (title, description), mut numbers, photos)| {
                numbers.sort_unstable();
                numbers.dedup();
                let text = RecordText {
                    title: title.to_owned(),
                    description: description.to_owned(),
                    ..RecordText::default()
                };
                let (photos, shown): (Vec<_>, Vec<_>) = photos.into_iter().unzip();
                let shown = shown.into_iter().map(|shown| match shown {
                    Some((number, cropped)) => features(number, cropped),
                    None => PhotoFeatures::default(),
                });
                let photos = photos.into_iter().map(|(number, bits, trimmed)| {
                    let mut picture = photo(number, bits);
                    picture.trimmed = trimmed.then(|| photo(number + 100, bits).full);
                    picture
                });
                Record {
                    side: if registered { Side::Registered } else { Side::Offered },
                    id: id(number),
                    source: source.map(SourceKey),
                    by_words: sought || !registered,
                    text,
                    identifiers: numbers.into_iter().map(serial).collect(),
                    photos: photos.collect(),
                    features: shown.collect(),
                }
            },
        )
}
