//! What is one object, and what only looks so.

#![allow(clippy::unwrap_used)]

use replevin_index::identifier::{FoundIn, parse};
use replevin_index::image::{FINGERPRINT_VERSION, Hash256, HashPair, PhotoFingerprint};
use replevin_index::{RecordText, Side, SourceKey};
use uuid::Uuid;

use super::*;

fn record(source: u64, brand: &str, serial: &str) -> Record {
    Record {
        side: Side::Registered,
        id: Uuid::nil(),
        source: Some(SourceKey(source)),
        by_words: true,
        text: RecordText {
            brand: brand.to_owned(),
            ..RecordText::default()
        },
        identifiers: vec![FoundIdentifier {
            identifier: parse(IdentifierKind::Serial, serial).unwrap(),
            found_in: FoundIn::Given,
            announced: true,
            photo: None,
        }],
        photos: Vec::new(),
        features: Vec::new(),
    }
}

#[test]
fn one_number_is_one_object_unless_the_brands_are_two() {
    for (ours, theirs, same) in [
        ("Trek", "trek ", true),
        ("Trek", "Trek Bikes", true),
        ("", "Trek", true),
        ("", "", true),
        ("Trek", "Canon", false),
    ] {
        let (one, other) = (record(1, ours, "WTU100234"), record(2, theirs, "WTU100234"));
        assert_eq!(same_registered(&one, &other), same, "{ours}, {theirs}");
        assert_eq!(same_offered(&one, &other), same, "{ours}, {theirs}");
    }
    assert!(!same_offered(&record(1, "", "WTU100234"), &record(2, "", "WTU100235")));
}

#[test]
fn photos_that_show_nothing_or_were_not_read_are_no_same_photo() {
    let with_photo = |source, version, quality| {
        let empty = HashPair {
            pdq: Hash256([0; 32]),
            second: Hash256([0; 32]),
        };
        let photo = PhotoFingerprint {
            version,
            quality,
            full: [empty; 8],
            trimmed: None,
        };
        Record {
            photos: vec![photo],
            identifiers: Vec::new(),
            ..record(source, "", "WTU100234")
        }
    };
    for (version, quality, same) in [
        (FINGERPRINT_VERSION, 100, true),
        (FINGERPRINT_VERSION, 0, false),
        (0, 100, false),
    ] {
        let [one, other] = [1, 2].map(|source| with_photo(source, version, quality));
        assert_eq!(same_offered(&one, &other), same, "{version} {quality}");
        assert!(!same_registered(&one, &other), "two owners have it from one catalogue");
    }
}
