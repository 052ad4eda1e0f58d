//! Texts and what they are worth, as a table.
#![allow(clippy::unwrap_used)]

use replevin_index::identifier::{FoundIn, IdentifierKind, parse};
use replevin_index::{RecordText, Side};
use uuid::Uuid;

use super::*;

const RECORDS: u64 = 1000;

fn record(side: Side, serial: Option<&str>) -> Record {
    let identifiers = serial.map(|value| FoundIdentifier {
        identifier: parse(IdentifierKind::Serial, value).unwrap(),
        found_in: FoundIn::Given,
        announced: true,
        photo: None,
    });
    Record {
        side,
        id: Uuid::nil(),
        source: None,
        by_words: true,
        text: RecordText::default(),
        identifiers: identifiers.into_iter().collect(),
        photos: Vec::new(),
        features: Vec::new(),
    }
}

/// An agreement in which these words, each in 2 of 1,000 records, are shared.
fn agreement(share: f64, words: &[&str], [brand, model, color]: [Option<bool>; 3]) -> TextAgreement {
    TextAgreement {
        share_registered: share,
        share_offered_title: share,
        shared_idf: inverse_document_frequency(RECORDS, 2) * words.len() as f64,
        shared_terms: words.iter().map(|word| ((*word).to_owned(), 2)).collect(),
        brand,
        model,
        color,
        ..TextAgreement::default()
    }
}

fn check(agreement: &TextAgreement, serial: Option<&str>, photo_explains: bool) -> Option<(String, f64)> {
    let context = Context {
        records: RECORDS,
        photo_explains,
    };
    compare(
        &record(Side::Registered, serial),
        &record(Side::Offered, serial),
        agreement,
        context,
    )
    .map(|told| (told.evidence.outcome, told.evidence.log10_lr.unwrap()))
}

#[test]
fn texts() {
    let (yes, no) = (Some(true), Some(false));
    let cases = [
        (agreement(0.0, &[], [None; 3]), None, false, None),
        (agreement(0.1, &["rare"], [None; 3]), None, false, None),
        (agreement(1.0, &["a", "b"], [yes; 3]), None, false, Some(("same model", 1.0))),
        (agreement(1.0, &["a", "b"], [None; 3]), None, false, Some(("agrees", 0.6))),
        (agreement(0.0, &[], [no, no, no]), None, false, Some(("differs", -1.8))),
        (agreement(0.0, &[], [yes, no, None]), None, false, Some(("differs", -0.6))),
        (agreement(0.0, &[], [None, None, no]), None, false, Some(("differs", -0.4))),
        // The copied photo brought its text along; what differs still counts.
        (agreement(1.0, &["a", "b"], [yes; 3]), None, true, None),
        (
            agreement(1.0, &["a", "b"], [yes, yes, no]),
            None,
            true,
            Some(("differs", -0.4)),
        ),
        // The shared word is the serial, which counts elsewhere.
        (agreement(1.0, &["pf66n10k86"], [None; 3]), Some("PF66N10K86"), false, None),
    ];
    for (agreement, serial, photo_explains, expected) in cases {
        let found = check(&agreement, serial, photo_explains);
        let found = found.as_ref().map(|(outcome, weight)| (outcome.as_str(), *weight));
        assert_eq!(found, expected, "{agreement:?}");
    }
}

#[test]
fn the_sentence_names_what_agrees_and_differs() {
    let agreement = agreement(0.5, &["kildemoes", "city"], [Some(true), Some(true), Some(false)]);
    assert_eq!(
        sentence(&agreement, &["kildemoes", "city"]),
        "the brand and model agree; the colour differs; both say kildemoes, city"
    );
}

#[test]
fn only_the_rarest_words_are_named() {
    let cases: [(&[(&str, u64)], &[&str]); 6] = [
        (
            &[("kildemoes", 2), ("bambus", 2), ("clock", 18), ("mid", 20), ("motor", 400)],
            &["kildemoes", "bambus"],
        ),
        (&[("2019", 1), ("28", 1), ("kildemoes", 2)], &["kildemoes"]),
        (&[("c3", 1), ("x", 1)], &[]),
        (&[("motor", 400), ("clock", 21)], &[]),
        (&[("a1b", 2), ("b2c", 2), ("c3d", 2), ("d4e", 2)], &["a1b", "b2c", "c3d"]),
        (&[], &[]),
    ];
    for (shared, expected) in cases {
        let shared: Vec<(String, u64)> = shared.iter().map(|(word, saying)| ((*word).to_owned(), *saying)).collect();
        assert_eq!(named(&shared.iter().collect::<Vec<_>>(), RECORDS), expected);
    }
}

#[test]
fn what_differs_weighs_less_however_rare_the_rest_is() {
    let measured_of = |color, agreeing, could_be| {
        let context = Context {
            records: RECORDS,
            photo_explains: false,
        };
        let agreement = agreement(0.8, &["kalkhoff", "image"], [Some(true), Some(true), color]);
        let (item, listing) = (record(Side::Registered, None), record(Side::Offered, None));
        let Described { mut evidence, against } = compare(&item, &listing, &agreement, context).unwrap();
        let coincidence = Coincidence {
            agreeing,
            archive: 999,
            on_sale: 400,
            could_be,
        };
        measure(&mut evidence, against, coincidence);
        (evidence.log10_lr.unwrap(), evidence.says)
    };
    let measured = |color, agreeing| measured_of(color, Some(agreeing), 1_000.0);
    let (agrees, says) = measured(Some(true), 4);
    let (unknown, _) = measured(None, 4);
    let (differs, _) = measured(Some(false), 4);
    assert!(
        says.ends_with(
            "4 of 999 other listings were found to agree this well, with 95 % confidence at most 1 in 109: of the 400 now on sale 2.0 would by chance"
        ),
        "{says}"
    );
    assert_eq!((agrees, unknown), (2.0, 2.0));
    assert!((1.5..1.9).contains(&differs), "{differs}");
    assert_eq!(
        [0.001, 0.02, 0.5, 35.4].map(expected),
        ["fewer than 0.01", "0.02", "0.50", "35"]
    );
    // What everybody has says nothing, and never speaks against.
    assert_eq!(measured(Some(false), 899).0, 0.0);
    let (uncounted, says) = measured_of(Some(true), None, 1_000.0);
    assert_eq!(uncounted, 0.0);
    assert!(says.ends_with("more listings agree this well than were counted"), "{says}");
    // That it is of the item's sort, one listing in ten, the prior has counted: among these one in twenty agrees.
    let (of_sort, _) = measured_of(Some(true), Some(4), 40.0);
    assert!((1.0..1.3).contains(&of_sort), "{of_sort}");
}
