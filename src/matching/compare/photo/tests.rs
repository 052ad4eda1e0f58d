//! Pictures and what they are worth, as a table.
#![allow(clippy::unwrap_used)]

use replevin_index::image::{Hash256, HashPair};
use replevin_index::{RecordText, Side};
use uuid::Uuid;

use super::*;
use crate::domain::photo::ContentHash;

/// A photo whose hashes follow from a number, with this many bits of either hash turned.
pub(super) fn photo(number: u8, pdq_bits: u16, second_bits: u16, quality: u8) -> PhotoFingerprint {
    let hash = |salt: u8, form: u8, bits: u16| {
        let mut bytes = ContentHash::of(&[number, salt, form]).0;
        (0..bits).for_each(|bit| bytes[usize::from(bit / 8)] ^= 0x80 >> (bit % 8));
        Hash256(bytes)
    };
    PhotoFingerprint {
        version: FINGERPRINT_VERSION,
        quality,
        full: std::array::from_fn(|form| HashPair {
            pdq: hash(1, form as u8, pdq_bits),
            second: hash(2, form as u8, second_bits),
        }),
        trimmed: None,
    }
}

fn record(side: Side, photos: Vec<PhotoFingerprint>) -> Record {
    Record {
        side,
        id: Uuid::nil(),
        source: None,
        text: RecordText::default(),
        identifiers: Vec::new(),
        photos,
    }
}

fn check(offered: Vec<PhotoFingerprint>, sellers: usize) -> Option<(String, f64)> {
    let item = record(Side::Registered, vec![photo(1, 0, 0, 100), photo(2, 0, 0, 100)]);
    compare(&item, &record(Side::Offered, offered), |_| sellers).map(|evidence| (evidence.outcome, evidence.log10_lr.unwrap()))
}

#[test]
fn pictures() {
    let cases = [
        (vec![photo(1, 0, 0, 100)], 1, Some(("same photo", 5.0))),
        (vec![photo(1, 31, 20, 100)], 1, Some(("same photo", 4.5))),
        // The second hash does not confirm.
        (vec![photo(1, 31, 120, 100)], 1, Some(("same photo", 2.5))),
        (vec![photo(1, 40, 20, 100)], 1, Some(("same photo", 4.0))),
        (vec![photo(1, 41, 20, 100)], 1, Some(("similar photo", 0.7))),
        (vec![photo(1, 41, 120, 100)], 1, None),
        (vec![photo(1, 0, 0, 20)], 1, Some(("featureless photo", 1.0))),
        (vec![photo(1, 0, 0, 100)], 2, Some(("same photo", 3.5))),
        (vec![photo(1, 0, 0, 100)], 3, Some(("same photo", 1.5))),
        (vec![photo(1, 0, 0, 100)], 4, Some(("stock photo", 0.1))),
        (vec![photo(1, 0, 0, 100)], 400, Some(("stock photo", 0.1))),
        // Two different photos add a little; the same one twice adds nothing.
        (vec![photo(1, 0, 0, 100), photo(2, 0, 0, 100)], 1, Some(("same photo", 5.3))),
        (vec![photo(1, 0, 0, 100), photo(1, 3, 0, 100)], 1, Some(("same photo", 5.0))),
        (vec![photo(9, 0, 0, 100)], 1, None),
        (vec![], 1, None),
    ];
    for (offered, sellers, expected) in cases {
        let name = format!("{} photos, {sellers} sellers", offered.len());
        let found = check(offered, sellers);
        let found = found.as_ref().map(|(outcome, weight)| (outcome.as_str(), *weight));
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn photos_of_another_version_are_not_compared() {
    let mut old = photo(1, 0, 0, 100);
    old.version = FINGERPRINT_VERSION + 1;
    assert_eq!(check(vec![old], 1), None);
}

#[test]
fn the_sentence_says_how_the_photo_was_turned() {
    let item = record(Side::Registered, vec![photo(1, 0, 0, 100)]);
    let mut mirrored = photo(1, 0, 0, 100);
    mirrored.full.swap(0, 4);
    let evidence = compare(&item, &record(Side::Offered, vec![mirrored]), |_| 1).unwrap();
    assert_eq!(
        evidence.says,
        "photo 1 is the registered photo 1, mirrored (0 of 256 bits differ)"
    );
}
