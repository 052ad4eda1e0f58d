//! Numbers and what they are worth, as a table.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use replevin_index::identifier::{Scheme, parse};
use replevin_index::{RecordText, Side};
use uuid::Uuid;

use super::*;

fn record(side: Side, numbers: &[(IdentifierKind, &str, FoundIn, bool)]) -> Record {
    let identifiers = numbers.iter().map(|(kind, value, found_in, announced)| FoundIdentifier {
        identifier: parse(*kind, value).unwrap_or_else(|_| mistyped(*kind, value)),
        found_in: *found_in,
        announced: *announced,
        photo: matches!(found_in, FoundIn::Barcode | FoundIn::Label).then_some(2),
    });
    Record {
        side,
        id: Uuid::nil(),
        source: None,
        by_words: true,
        text: RecordText::default(),
        identifiers: identifiers.collect(),
        photos: Vec::new(),
        features: Vec::new(),
    }
}

/// What is kept of a given number that violates its grammar.
fn mistyped(kind: IdentifierKind, value: &str) -> Identifier {
    Identifier {
        kind,
        scheme: Scheme::Generic,
        valid: Validity::No,
        ..parse(IdentifierKind::Serial, value).unwrap()
    }
}

fn given(side: Side, numbers: &[(IdentifierKind, &str)]) -> Record {
    let numbers: Vec<_> = numbers
        .iter()
        .map(|(kind, value)| (*kind, *value, FoundIn::Given, true))
        .collect();
    record(side, &numbers)
}

/// Outcome and weight of each evidence.
fn check(item: &[(IdentifierKind, &str)], listing: &[(IdentifierKind, &str)]) -> Vec<(String, f64)> {
    compare(&given(Side::Registered, item), &given(Side::Offered, listing), None)
        .into_iter()
        .map(|evidence| (evidence.outcome, evidence.log10_lr.unwrap()))
        .collect()
}

#[test]
fn numbers() {
    use IdentifierKind::{FrameNumber, Imei, OwnerNumber, ProductCode, Serial, Vin};
    // Lowest and highest weight that is right for each.
    type Numbers<'a> = &'a [(IdentifierKind, &'a str)];
    type Case<'a> = (Numbers<'a>, Numbers<'a>, &'a [(&'a str, f64, f64)]);
    let cases: [Case<'_>; 27] = [
        (
            &[(Imei, "490154203237518")],
            &[(Imei, "490154203237518")],
            &[("exact", 6.0, 7.0)],
        ),
        (
            &[(Imei, "490154203237518")],
            &[(Imei, "49015420323751")],
            &[("exact", 5.9, 6.5)],
        ),
        (
            &[(Vin, "1M8GDM9AXKP042788")],
            &[(Vin, "1M8GDM9AXKP042788")],
            &[("exact", 6.0, 7.0)],
        ),
        (
            &[(Imei, "490154203237518")],
            &[(Imei, "260531793113837")],
            &[("different", -2.5, -1.5)],
        ),
        // Both check digits hold: a neighbour from the same carton, no slip.
        (
            &[(Imei, "490154203237518")],
            &[(Imei, "490154203237526")],
            &[("different", -2.5, -1.5)],
        ),
        // A slip in the type code leads to a code that hardly any phone has; two in the serial lead to other phones of the model.
        (
            &[(Imei, "490154203237518")],
            &[(Imei, "491154203937518")],
            &[("two slips", 3.2, 4.0)],
        ),
        (
            &[(Imei, "490154203237518")],
            &[(Imei, "490154203837618")],
            &[("two slips", 2.4, 3.4)],
        ),
        (
            &[(FrameNumber, "WBK123456Z")],
            &[(FrameNumber, "wbk 123 456-z")],
            &[("exact", 5.5, 6.2)],
        ),
        (
            &[(FrameNumber, "WBK123456Z")],
            &[(FrameNumber, "WBK123465Z")],
            &[("one slip", 3.0, 5.0)],
        ),
        // A key struck twice leads to few numbers, any other digit too many leads to more.
        (
            &[(FrameNumber, "KI379446G")],
            &[(FrameNumber, "KI3794446G")],
            &[("one slip", 2.7, 3.1)],
        ),
        (
            &[(FrameNumber, "KI379446G")],
            &[(FrameNumber, "KI3797446G")],
            &[("one slip", 2.1, 2.5)],
        ),
        (
            &[(FrameNumber, "WBK123456Z")],
            &[(FrameNumber, "ABC654321H")],
            &[("different", -3.0, -2.0)],
        ),
        (
            &[(FrameNumber, "WBK123456Z")],
            &[(Serial, "WBK123456Z")],
            &[("exact", 5.0, 6.2)],
        ),
        (
            &[(Serial, "PF66N10K86")],
            &[(Serial, "PF66NI0KB6")],
            &[("look-alike", 4.5, 5.5)],
        ),
        (
            &[(Serial, "PF66N10K86")],
            &[(Serial, "PF67N10K86")],
            &[("one slip", 4.0, 5.0)],
        ),
        (
            &[(Serial, "PF66N10K86")],
            &[(Serial, "QX41T77Y20")],
            &[("different", -2.5, -1.5)],
        ),
        (&[(Serial, "493817")], &[(Serial, "493817")], &[("exact", 4.5, 5.5)]),
        // The next unit off the line is another object as likely as a slip; two digits off, it is far likelier.
        (
            &[(Serial, "045120993717")],
            &[(Serial, "045120993718")],
            &[("one slip", 2.5, 4.0)],
        ),
        (
            &[(Serial, "045120993717")],
            &[(Serial, "045120993781")],
            &[("two slips", 0.0, 1.5)],
        ),
        // A slip in front of the run leads to no other unit of it.
        (
            &[(Serial, "045120993717")],
            &[(Serial, "046120993717")],
            &[("one slip", 4.5, 5.0)],
        ),
        // A six-digit serial one slip away proves little; two away it is not even a candidate.
        (&[(Serial, "493817")], &[(Serial, "493871")], &[("one slip", 0.0, 2.0)]),
        (&[(Serial, "493817")], &[(Serial, "943871")], &[("different", -2.5, -1.5)]),
        (&[(Serial, "4938")], &[(Serial, "4938")], &[("exact", 3.0, 4.0)]),
        (&[(ProductCode, "4006381333931")], &[(ProductCode, "4006381333931")], &[]),
        (&[(OwnerNumber, "JHK8000")], &[(OwnerNumber, "ABC1234")], &[]),
        (&[(Serial, "PF66N10K86")], &[], &[]),
        // The same number by two names counts once.
        (
            &[(FrameNumber, "WBK123456Z")],
            &[(FrameNumber, "WBK123456Z"), (Serial, "WBK123456Z")],
            &[("exact", 5.5, 6.2)],
        ),
    ];
    for (item, listing, expected) in cases {
        let found = check(item, listing);
        assert_eq!(found.len(), expected.len(), "{item:?} {listing:?}: {found:?}");
        for ((outcome, weight), (name, low, high)) in found.iter().zip(expected) {
            assert_eq!(outcome, name, "{item:?} {listing:?}");
            assert!((low..=high).contains(&weight), "{item:?} {listing:?}: {weight}");
        }
    }
}

#[test]
fn a_second_number_adds_little_and_a_differing_one_takes() {
    use IdentifierKind::{FrameNumber, Serial};
    let both = [(FrameNumber, "WBK123456Z"), (Serial, "PF66N10K86")];
    let found = check(&both, &both);
    assert_eq!(found.len(), 2);
    assert!((found[1].1 - weights::SECOND).abs() < 1e-9);
    let found = check(&both, &[(FrameNumber, "WBK123456Z"), (Serial, "QX41T77Y20")]);
    assert_eq!(found[1].0, "different");
}

#[test]
fn where_a_number_stands_and_the_brand_matter() {
    let item = given(Side::Registered, &[(IdentifierKind::Serial, "PF66N10K86")]);
    let worth = |found_in, announced, brand| {
        let listing = record(Side::Offered, &[(IdentifierKind::Serial, "PF66N1OK86", found_in, announced)]);
        compare(&item, &listing, brand)[0].log10_lr.unwrap()
    };
    let full = worth(FoundIn::Given, true, None);
    assert!(worth(FoundIn::Description, false, None) <= full);
    assert!(worth(FoundIn::Exif, true, None) <= full);
    assert!(worth(FoundIn::Given, true, Some(false)) < worth(FoundIn::Given, true, Some(true)));
}

#[test]
fn what_a_photo_shows_is_trusted_less_and_names_its_photo() {
    let number = "PF66N10K86";
    let item = given(Side::Registered, &[(IdentifierKind::Serial, number)]);
    let told = |found_in, announced| {
        let listing = record(Side::Offered, &[(IdentifierKind::Serial, number, found_in, announced)]);
        let evidence = compare(&item, &listing, None).remove(0);
        (evidence.log10_lr.unwrap(), evidence.says, evidence.detail)
    };
    let (said, barcode, label) = (
        told(FoundIn::Description, true),
        told(FoundIn::Barcode, true),
        told(FoundIn::Label, true),
    );
    assert!(said.0 > barcode.0 && barcode.0 > label.0 && label.0 > told(FoundIn::Label, false).0);
    assert!(said.0 - label.0 < 1.0, "still nearly as good");
    assert_eq!(
        (barcode.1.as_str(), label.1.as_str()),
        (
            "serial number PF66N10K86 read from a barcode in photo 2 is the registered one",
            "serial number PF66N10K86 read from the text in photo 2 is the registered one"
        )
    );
    assert_eq!(
        (&barcode.2["found_in"], &barcode.2["listing_photo"]),
        (&json!("barcode"), &json!(2))
    );
    // The owner's photo showed the number that the listing's text says.
    let item = record(Side::Registered, &[(IdentifierKind::Serial, number, FoundIn::Label, true)]);
    let listing = given(Side::Offered, &[(IdentifierKind::Serial, number)]);
    let evidence = compare(&item, &listing, None).remove(0);
    assert_eq!(
        evidence.says,
        "serial number PF66N10K86 is the registered one; that one was read from the text in photo 2 of the owner's"
    );
    // Another number in a photo is another thing's: it speaks against nothing.
    let other = record(
        Side::Offered,
        &[(IdentifierKind::Serial, "XX41T77Y20", FoundIn::Barcode, true)],
    );
    assert_eq!(
        compare(&given(Side::Registered, &[(IdentifierKind::Serial, number)]), &other, None),
        []
    );
}

#[test]
fn a_part_of_the_number_is_not_a_different_one() {
    use IdentifierKind::{FrameNumber, Serial};
    let cases = [
        (Serial, "1L6257245Q", "1L62", 0),
        (Serial, "1L62", "1L6257245Q", 0),
        (Serial, "1L6257245Q", "7245Q", 0),
        (Serial, "1L6257245Q", "IL62", 0),
        (FrameNumber, "WBK123456Z", "WBK123456Z12A", 0),
        (Serial, "1L6257245Q", "1L63", 1),
        (Serial, "1L6257245Q", "245", 1),
    ];
    for (kind, one, other, differences) in cases {
        let found = check(&[(kind, one)], &[(kind, other)]);
        assert_eq!(found.len(), differences, "{one} {other}: {found:?}");
    }
}

/// A record with a number that its text has, as projection reads it.
fn described(side: Side, text: &str, model: &str) -> Record {
    let description = crate::domain::description::Description {
        text: text.into(),
        model: model.into(),
        ..Default::default()
    };
    match side {
        Side::Registered => crate::matching::project::item_record(Uuid::nil(), None, &description, &[]),
        Side::Offered => crate::matching::project::listing_record(Uuid::nil(), None, &description, &[]),
    }
}

#[test]
fn a_number_without_a_word_only_agrees() {
    let item = given(Side::Registered, &[(IdentifierKind::Serial, "1L6257245Q")]);
    let outcome = |text: &str, model: &str| {
        let found = compare(&item, &described(Side::Offered, text, model), None);
        found
            .first()
            .map(|evidence| (evidence.outcome.clone(), evidence.log10_lr > Some(0.0)))
    };
    for text in [
        "S/N 1L62 57245Q",
        "S/N 1L 6257 245Q",
        "1 L 6 2 5 7 2 4 5 Q",
        "No. 1L6257245Q",
        "SN1L6257245Q",
        "S/N 1L62.57245.Q",
    ] {
        assert_eq!(outcome(text, ""), Some(("exact".to_owned(), true)), "{text}");
    }
    assert_eq!(outcome("1L62S7245Q", ""), Some(("look-alike".to_owned(), true)));
    // A slip away is another model number; another one is none; what the listing calls the model is the model.
    for (text, model) in [("1L6257246Q", ""), ("WH1000XM4", ""), ("1L6257245Q", "1L6257245Q")] {
        assert_eq!(outcome(text, model), None, "{text}");
    }
    // Two texts with one model number.
    let item = described(Side::Registered, "WH1000XM4", "");
    assert!(compare(&item, &described(Side::Offered, "WH1000XM4", ""), None).is_empty());
}

#[test]
fn the_sentence_can_be_read_aloud() {
    let item = given(Side::Registered, &[(IdentifierKind::FrameNumber, "WBK 123456 Z")]);
    let listing = record(
        Side::Offered,
        &[(IdentifierKind::FrameNumber, "WBK123456Z", FoundIn::Given, true)],
    );
    let evidence = &compare(&item, &listing, None)[0];
    assert_eq!(evidence.says, "frame number WBK123456Z is the registered one");
    assert_eq!(evidence.detail, json!({"kind": "frame_number", "distance": 0}));
}

proptest! {
    /// Nearer is never worth less, and longer numbers never less than the front of them.
    #[test]
    fn monotone(number in "[A-Z][0-9]{5,12}", at in 0..5_usize) {
        let slip: String = number.chars().enumerate().map(|(k, c)| match (k == at + 1, c) {
            (false, c) => c,
            (true, '7') => '4',
            (true, _) => '7',
        }).collect();
        let worth = |one: &str, other: &str| {
            let kind = IdentifierKind::Serial;
            let found = compare(&given(Side::Registered, &[(kind, one)]), &given(Side::Offered, &[(kind, other)]), None);
            found.first().and_then(|evidence| evidence.log10_lr).unwrap_or(0.0)
        };
        prop_assume!(parse(IdentifierKind::Serial, &number).is_ok() && parse(IdentifierKind::Serial, &slip).is_ok());
        prop_assume!(slip != number);
        prop_assert!(worth(&number, &number) >= worth(&number, &slip));
        let longer = format!("{number}83");
        prop_assert!(worth(&longer, &longer) >= worth(&number, &number));
    }
}
