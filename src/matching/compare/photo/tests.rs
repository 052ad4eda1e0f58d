//! Pictures and what they are worth, as a table.
#![allow(clippy::unwrap_used)]

use replevin_index::image::decode::{DecodeLimits, read};
use replevin_index::image::features::PhotoFeatures;
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
        by_words: true,
        text: RecordText::default(),
        identifiers: Vec::new(),
        photos,
        features: Vec::new(),
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
        "photo 1 is the registered photo 1, mirrored (the pictures differ in 0 of 256 measured features)"
    );
}

/// What is seen from (x, y) of a drawn picture of 400 by 400 pixels: 90 ellipses of grey.
fn drawn(number: u8, [left, top, width, height]: [u32; 4]) -> PhotoFeatures {
    let drops: Vec<[u8; 32]> = (0..90).map(|place| ContentHash::of(&[number, place, 3]).0).collect();
    let shade = |x: u32, y: u32| {
        let away = |side: u32, at: u8, radius: u8| {
            let (middle, radius) = (f64::from(at) * 400.0 / 255.0, 6.0 + f64::from(radius) / 6.0);
            ((f64::from(side) - middle) / radius).powi(2)
        };
        let over = drops
            .iter()
            .rev()
            .find(|drop| away(x, drop[0], drop[1]) + away(y, drop[2], drop[3]) <= 1.0);
        over.map_or(128, |drop| drop[4])
    };
    let pixels = width * height * 3;
    let mut bytes = b"BM".to_vec();
    for part in [54 + pixels, 0, 54, 40, width, height, 1 | 24 << 16, 0, pixels, 0, 0, 0, 0] {
        bytes.extend(part.to_le_bytes());
    }
    // The lowest row comes first.
    for y in (top..top + height).rev() {
        bytes.extend((left..left + width).flat_map(|x| [shade(x, y); 3]));
    }
    read(&bytes, &DecodeLimits::default()).unwrap().features
}

const WHOLE: [u32; 4] = [0, 0, 400, 400];
const CROPPED: [u32; 4] = [60, 40, 300, 320];

/// A record whose photos are told by their hashes and their features.
fn seen(side: Side, photos: Vec<(PhotoFingerprint, PhotoFeatures)>) -> Record {
    let (photos, features) = photos.into_iter().unzip();
    Record {
        features,
        ..record(side, photos)
    }
}

#[test]
fn parts_of_pictures() {
    let ours = || {
        seen(
            Side::Registered,
            vec![(photo(1, 0, 0, 100), drawn(1, WHOLE)), (photo(2, 0, 0, 100), drawn(2, WHOLE))],
        )
    };
    let check = |offered: Vec<(PhotoFingerprint, PhotoFeatures)>, sellers: usize| {
        let found = compare(&ours(), &seen(Side::Offered, offered), |_| sellers);
        found.map(|evidence| (evidence.outcome, evidence.log10_lr.unwrap()))
    };
    // Of the second step: twelve corners and more.
    let worth = crate::matching::weights::photo::PART[1].1;
    let part = || (photo(7, 0, 0, 100), drawn(1, CROPPED));
    let cases = [
        ("cropped", vec![part()], 1, Some(("part of the picture", worth))),
        ("of two sellers", vec![part()], 2, Some(("part of the picture", worth - 1.5))),
        ("of everybody", vec![part()], 9, Some(("stock photo", 0.1))),
        (
            "too little in it",
            vec![(photo(7, 0, 0, 20), drawn(1, CROPPED))],
            1,
            Some(("featureless photo", 1.0)),
        ),
        (
            "two parts of two pictures",
            vec![part(), (photo(8, 0, 0, 100), drawn(2, CROPPED))],
            1,
            Some(("part of the picture", worth + 0.3)),
        ),
        (
            "a whole picture and a part",
            vec![
                (photo(1, 0, 0, 100), drawn(1, WHOLE)),
                (photo(8, 0, 0, 100), drawn(2, CROPPED)),
            ],
            1,
            Some(("same photo", 5.3)),
        ),
        (
            "the same whole picture again as a part",
            vec![(photo(1, 0, 0, 100), drawn(1, WHOLE)), part()],
            1,
            Some(("same photo", 5.0)),
        ),
        (
            "what resembles it is proved by its corners",
            vec![(photo(1, 41, 20, 100), drawn(1, CROPPED))],
            1,
            Some(("part of the picture", worth)),
        ),
        ("another picture", vec![(photo(9, 0, 0, 100), drawn(3, WHOLE))], 1, None),
    ];
    for (what, offered, sellers, expected) in cases {
        let found = check(offered, sellers);
        let found = found.as_ref().map(|(outcome, weight)| (outcome.as_str(), rounded(*weight)));
        assert_eq!(found, expected.map(|(outcome, weight)| (outcome, rounded(weight))), "{what}");
    }
}

#[test]
fn the_corners_are_told_where_they_lie() {
    let item = seen(Side::Registered, vec![(photo(1, 0, 0, 100), drawn(1, WHOLE))]);
    let listing = seen(Side::Offered, vec![(photo(7, 0, 0, 100), drawn(1, CROPPED))]);
    let evidence = compare(&item, &listing, |_| 1).unwrap();
    let points = evidence.detail["points"].as_array().unwrap();
    assert!((10..=40).contains(&points.len()), "{}", evidence.says);
    assert_eq!(
        (&evidence.detail["registered_photo"], &evidence.detail["listing_photo"]),
        (&json!(1), &json!(1))
    );
    for point in points {
        let [x, y, their_x, their_y]: [f64; 4] = serde_json::from_value(point.clone()).unwrap();
        let (expected_x, expected_y) = ((x * 400.0 - 60.0) / 300.0, (y * 400.0 - 40.0) / 320.0);
        assert!(
            (expected_x - their_x).abs() < 0.02 && (expected_y - their_y).abs() < 0.02,
            "{point}"
        );
    }
}

#[test]
fn the_first_photos_are_compared_first_and_no_more_than_a_number() {
    for (ours, theirs) in [(0, 0), (0, 5), (1, 1), (3, 2), (2, 4), (50, 50)] {
        let places: Vec<(usize, usize)> = part::places(ours, theirs).collect();
        assert_eq!(places.len(), (ours * theirs).min(400), "{ours} and {theirs}");
        assert!(places.iter().all(|(one, other)| *one < ours && *other < theirs));
        assert!(places.is_sorted_by_key(|(one, other)| one + other));
    }
}
