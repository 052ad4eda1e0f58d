//! Small files against each other.
#![allow(clippy::unwrap_used)]

use replevin_index::identifier::IdentifierKind;

use super::*;
use crate::domain::description::{Description, GivenIdentifier};
use crate::domain::item::ItemDraft;
use crate::domain::listing::ListingDraft;
use crate::domain::listing::ListingStatus;
use crate::domain::place::Place;

fn item(key: &str, title: &str, numbers: &[(IdentifierKind, &str)]) -> OfflineItem {
    OfflineItem {
        key: key.to_owned(),
        draft: ItemDraft {
            description: described(title, numbers),
            value: None,
        },
        stolen: true,
        theft: Some(OfflineTheft {
            from: Some("2026-11-10T00:00:00Z".parse().unwrap()),
            to: Some("2026-11-11T00:00:00Z".parse().unwrap()),
            place: Place::default(),
        }),
        photos: Vec::new(),
    }
}

fn listing(key: &str, title: &str, numbers: &[(IdentifierKind, &str)], posted_at: Option<&str>) -> OfflineListing {
    OfflineListing {
        key: key.to_owned(),
        draft: ListingDraft {
            reference: key.to_owned(),
            url: None,
            description: described(title, numbers),
            price: None,
            no_photos: false,
            photos: Vec::new(),
            seller: Some(SellerGiven {
                reference: key.to_owned(),
                since: None,
            }),
            place: Place::default(),
            posted_at: posted_at.map(|at| at.parse().unwrap()),
            ends_at: None,
            status: ListingStatus::Active,
        },
        photos: Vec::new(),
    }
}

fn described(title: &str, numbers: &[(IdentifierKind, &str)]) -> Description {
    let numbers = numbers.iter().map(|(kind, value)| GivenIdentifier {
        kind: *kind,
        value: (*value).to_owned(),
    });
    Description {
        title: title.to_owned(),
        identifiers: numbers.collect(),
        ..Description::default()
    }
}

fn run(items: &[OfflineItem], listings: &[OfflineListing], options: &OfflineOptions) -> Vec<MatchRecord> {
    let mut records = Vec::new();
    match_files(
        items,
        listings,
        options,
        |_, _, _| Ok(()),
        |record| {
            records.push(record);
            Ok::<_, MatchingError>(())
        },
    )
    .unwrap();
    records
}

#[test]
fn a_number_is_found_and_its_model_is_not() {
    let frame = [(IdentifierKind::FrameNumber, "WBK123456Z")];
    let items = [item("i-1", "Kildemoes herrecykel", &frame)];
    let listings = [
        listing("A-1", "Herrecykel", &frame, Some("2026-11-15T00:00:00Z")),
        listing("A-2", "Kildemoes herrecykel", &[], Some("2026-11-15T00:00:00Z")),
        listing("A-3", "Herrecykel", &frame, Some("2026-11-01T00:00:00Z")),
    ];
    let every = OfflineOptions::default();
    let records = run(&items, &listings, &every);
    let of = |key: &str| records.iter().find(|record| record.listing == key).unwrap();
    assert!(of("A-1").probability > 0.9);
    assert_eq!(of("A-1").evidence[0].outcome, "exact");
    assert!(of("A-2").probability < 0.05);
    assert_eq!((of("A-3").probability, of("A-3").log10_lr), (0.0, None));
    let likely = OfflineOptions {
        min_probability: 0.5,
        ..OfflineOptions::default()
    };
    assert_eq!(run(&items, &listings, &likely).len(), 1);
}

#[test]
fn what_is_not_stolen_is_left_out_and_the_prior_can_be_set() {
    let frame = [(IdentifierKind::FrameNumber, "WBK123456Z")];
    let mut home = item("i-1", "Cykel", &frame);
    home.stolen = false;
    let listings = [listing("A-1", "Cykel", &frame, None)];
    assert!(run(&[home], &listings, &OfflineOptions::default()).is_empty());
    let never = OfflineOptions {
        prior_log10_odds: Some(-12.0),
        ..OfflineOptions::default()
    };
    let records = run(&[item("i-1", "Cykel", &frame)], &listings, &never);
    assert!((records[0].prior_log10_odds + 12.0).abs() < 1e-9 && records[0].probability < 0.001);
}

#[test]
fn one_listing_is_one_item_unless_it_is_the_same_registered_twice() {
    let (one, other) = ([(IdentifierKind::Serial, "48213795")], [(IdentifierKind::Serial, "48213796")]);
    let offered = [listing("A-1", "Kamera", &[(IdentifierKind::Serial, "48213797")], None)];
    let records = run(
        &[item("i-1", "Kamera", &one), item("i-2", "Kamera", &other)],
        &offered,
        &OfflineOptions::default(),
    );
    assert!(records.iter().map(|record| record.probability).sum::<f64>() <= 1.0);
    assert!((records[0].probability - records[1].probability).abs() < 1e-6);
    let exact = [listing("A-1", "Kamera", &one, None)];
    let twice = run(
        &[item("i-1", "Kamera", &one), item("i-2", "Kamera", &one)],
        &exact,
        &OfflineOptions::default(),
    );
    assert!(twice.iter().all(|record| record.probability > 0.9));
}

#[test]
fn every_stage_is_told_and_can_end_the_work() {
    let frame = [(IdentifierKind::FrameNumber, "WBK123456Z")];
    let (items, listings) = ([item("i-1", "Cykel", &frame)], [listing("A-1", "Cykel", &frame, None)]);
    let run_until = |last: OfflineStage| {
        let mut told = Vec::new();
        let stopped = match_files(
            &items,
            &listings,
            &OfflineOptions::default(),
            |stage, done, total| {
                assert!(0 < done && done <= total);
                told.push(stage);
                if stage == last {
                    Err(MatchingError::Engine(replevin_index::EngineError::Locked))
                } else {
                    Ok(())
                }
            },
            |_| Ok(()),
        );
        assert!(stopped.is_err());
        told.dedup();
        told
    };
    let all = [
        OfflineStage::Index,
        OfflineStage::Search,
        OfflineStage::Compare,
        OfflineStage::Give,
    ];
    for (at, stage) in all.iter().enumerate() {
        assert_eq!(run_until(*stage), all[..=at]);
    }
}
