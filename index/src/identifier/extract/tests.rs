//! Sentences with what stands in them, and the promises about offsets and hostile text.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::identifier::{IdentifierKind, Validity};

/// Tab separated: sentence, then kind, validity and value of every identifier in it; a bare `-` for none. `?` after the
/// validity marks those that nothing announces.
const CASES: &str = include_str!("../cases.tsv");

fn told(text: &str) -> String {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let one = |found: &Extracted| {
        let kind = word(serde_json::to_value(found.identifier.kind).unwrap());
        let valid = word(serde_json::to_value(found.identifier.valid).unwrap());
        let bare = if found.announced { "" } else { "?" };
        format!("{kind} {valid}{bare} {}", found.identifier.given)
    };
    let all: Vec<String> = extract(text).iter().map(one).collect();
    if all.is_empty() { "-".into() } else { all.join("\t") }
}

#[test]
fn sentences() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (text, expected) = line.split_once('\t').unwrap();
        let text = text.replace("\\n", "\n");
        let found = told(&text);
        count += 1;
        if found != expected {
            wrong.push(format!("{text}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 200, "{count} sentences");
}

#[test]
fn loose_values() {
    let cases: [(&str, &[&str]); 20] = [
        ("1L6257245Q", &["1L6257245Q"]),
        ("No. 1L6257245Q", &["1L6257245Q"]),
        ("(1L6257245Q), as new", &["1L6257245Q"]),
        ("on the back: 1L62 57245Q, as new", &["1L6257245Q"]),
        ("1 L 6 2 5 7 2 4 5 Q", &["1L6257245Q"]),
        ("1L-6257-245Q", &["1L6257245Q"]),
        // The whole word, should the serial itself begin with SN.
        ("SN1L6257245Q", &["SN1L6257245Q"]),
        ("S/N 447102 PS5 with box", &["447102PS5"]),
        ("S/N 1L62 57245Q", &[]),
        ("Model 1L6257245Q", &[]),
        ("Varenr. 1L6257245Q", &[]),
        ("IMEI 490154203237518", &[]),
        ("https://example.org/x/1L6257245Q.jpg", &[]),
        ("1920x1080 60Hz, 2.500 kr, 12.06.2021", &[]),
        ("22 33 44 55, 88120345", &[]),
        ("BMW 320D 2015", &[]),
        ("iPhone 12 128GB", &[]),
        ("kx-tg1032s", &[]),
        ("WH1000XM4", &["WH1000XM4"]),
        // At most four, the longest first, small letters last.
        (
            "ab12345678, AB123456, AB1234567, CD12345, EF123456789, GH1234",
            &["EF123456789", "AB1234567", "AB123456", "AB12345678"],
        ),
    ];
    for (text, expected) in cases {
        let reading = read(text);
        let found: Vec<&str> = reading
            .loose
            .iter()
            .map(|found| found.identifier.normalised.as_str())
            .collect();
        assert_eq!(found, expected, "{text}");
        for found in reading.loose {
            let (kind, valid) = (found.identifier.kind, found.identifier.valid);
            assert_eq!(
                (kind, valid, found.announced),
                (IdentifierKind::Serial, Validity::Weak, false)
            );
        }
    }
}

#[test]
fn offsets_count_characters() {
    let found = extract("Stel nr. WBK 123456 Z, pris 1200");
    assert_eq!(
        (found[0].start, found[0].end, found[0].identifier.normalised.as_str()),
        (9, 21, "WBK123456Z")
    );
    let found = extract("Fælles lås på cykel, stelnr.: WBK123456Z");
    assert_eq!((found[0].start, found[0].end), (30, 40));
}

#[test]
fn long_hostile_text_is_answered() {
    let patterns = [
        "1",
        "1 ",
        "A1",
        "IMEI ",
        "S/N: ",
        "serienr. (",
        "W 1 ",
        "49-",
        "\u{301}",
        " ",
        "stel nr.",
        "no no ",
        "ABC123D ",
        "1, ",
    ];
    for pattern in patterns {
        let _ = extract(&pattern.repeat(100_000 / pattern.len()));
    }
    let _ = extract(&format!("S/N {}", "12345, ".repeat(20_000)));
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let chars: Vec<char> = text.chars().collect();
    let mut end = 0;
    for found in extract(text) {
        prop_assert!(found.start >= end && found.end > found.start && found.end <= chars.len());
        end = found.end;
        let slice: String = chars[found.start..found.end].iter().collect();
        prop_assert_eq!(&slice, &found.identifier.given);
        let parsed = crate::identifier::parse(found.identifier.kind, &slice);
        prop_assert!(parsed.is_ok() == (found.identifier.valid != Validity::No), "{:?}", found);
    }
    for found in read(text).loose {
        let slice: String = chars[found.start..found.end].iter().collect();
        prop_assert_eq!(&slice, &found.identifier.given);
    }
    Ok(())
}

#[test]
fn names_announce_what_stands_under_them() {
    use IdentifierKind::{Chip, FrameNumber, HullNumber, Imei, Plate, Serial, Vin};
    for (name, kind) in [
        ("IMEI", Some(Imei)),
        ("IMEI 2", Some(Imei)),
        ("imei_number", Some(Imei)),
        ("device IMEI", Some(Imei)),
        ("serialNumber", Some(Serial)),
        ("Serial", Some(Serial)),
        ("S/N", Some(Serial)),
        ("Serienummer", Some(Serial)),
        ("numéro de série", Some(Serial)),
        ("product serial number", Some(Serial)),
        ("Numer seryjny", Some(Serial)),
        ("Stelnr.", Some(FrameNumber)),
        ("Rahmennummer", Some(FrameNumber)),
        ("VIN", Some(Vin)),
        ("Fahrgestellnummer", Some(Vin)),
        ("HIN", Some(HullNumber)),
        ("Kennzeichen", Some(Plate)),
        ("Chipnummer", Some(Chip)),
        ("Serie", None),
        ("Owner number", None),
        ("Engraving", None),
        ("EIN", None),
        ("Model number", None),
        ("Lot no", None),
        ("Title", None),
        ("", None),
    ] {
        assert_eq!(announced_by(name), kind, "{name}");
    }
}

proptest! {
    #[test]
    fn any_text_is_answered_and_offsets_hold(text in any::<String>()) {
        check(&text)?;
    }

    #[test]
    fn pieces_in_any_order(pieces in prop::collection::vec(prop::sample::select(vec![
        "IMEI", "stel", "nr.", "Serienummer", "S/N", ":", " ", " ", " ", "-", ".", ",", "(", ")", "WBK", "123456", "Z", "12", "490154203237518",
        "1M8GDM9AXKP042788", "er", "og", "kr", "frame no", "VIN", "æ", "e\u{301}", "４９", "№", "\n", "C02MX5XXFD57", "1L62", "57245Q", "SN1L6257245Q", "S/N1L6257245Q", "chip", "EAN", "cykel",
        "FNUCI", "GB-ABC00042-A3-23", "engraved", "model", "n°", "de", "série", "#", "imei354178036859789", "ŉ", "²",
    ]), 0..24)) {
        check(&pieces.concat())?;
    }
}
