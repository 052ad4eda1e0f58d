//! What a calibration does to weights, and what its file must be.

use proptest::prelude::*;

use super::*;
use crate::domain::assessment::Evidence;

fn source() -> Source {
    let at: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
    Source {
        made_at: at,
        data: "data".to_owned(),
        from: at,
        to: at,
        outcomes: 60,
        blind_reviews: 55,
        same: 40,
        cllr: [0.5, 0.4],
    }
}

pub(super) fn calibration(factors: &[(Comparison, f64)], shift_log10: f64) -> Calibration {
    let factor = |(comparison, factor): &(Comparison, f64)| Factor {
        comparison: *comparison,
        factor: *factor,
    };
    Calibration::new(factors.iter().map(factor).collect(), shift_log10, source())
}

fn told(comparison: Comparison, log10_lr: Option<f64>) -> Evidence {
    Evidence {
        comparison,
        outcome: String::new(),
        log10_lr,
        says: String::new(),
        detail: serde_json::Value::Null,
    }
}

#[test]
fn weights_are_read_as_their_group_turned_out() {
    let learned = calibration(&[(Comparison::Identifier, 0.5), (Comparison::Time, 2.0)], -0.3);
    let pair = Compared::of(
        vec![
            told(Comparison::Identifier, Some(5.0)),
            told(Comparison::Identifier, Some(-2.0)),
            told(Comparison::Photo, Some(4.5)),
            told(Comparison::Time, Some(0.3)),
        ],
        9.5,
    );
    let read = learned.apply(&pair);
    // The time cannot be worth more than on the day of the theft.
    assert_eq!(read.log10_lr.map(rounded), Some(2.5 - 1.0 + 4.5 + 0.4));
    assert_eq!(
        read.table,
        [
            (Comparison::Identifier, 3.0),
            (Comparison::Photo, 4.5),
            (Comparison::Time, 0.3)
        ]
    );
    assert_eq!(read.individual, 9.5, "what tells objects apart is left to the table");
    let excluded = learned.apply(&Compared::of(vec![told(Comparison::Time, None)], 0.0));
    assert_eq!(excluded.log10_lr, None);
}

#[test]
fn a_file_is_read_as_it_was_written_and_not_when_it_was_changed() {
    let learned = calibration(&[(Comparison::Photo, 0.875)], 0.25);
    let text = learned.to_text();
    assert_eq!(Calibration::parse(&text).unwrap(), learned);
    assert!(learned.fits() && learned.version.starts_with("cal-2026-11-22-"));
    for (from, to, reason) in [
        ("0.875", "0.9", "changed after it was written"),
        ("0.875", "-1.0", "factors must be 0 to 10"),
        ("format = 1", "format = 2", "of form 2"),
        ("shift_log10 = 0.25", "shift_log10 = 60.0", "shift must be"),
        ("\"photo\"", "\"smell\"", "unknown variant"),
    ] {
        assert!(text.contains(from), "{text}");
        let fault = Calibration::parse(&text.replace(from, to)).unwrap_err();
        assert!(fault.contains(reason), "{fault}");
    }
}

#[test]
fn several_findings_of_a_group_stay_within_it() {
    let learned = calibration(&[(Comparison::Seller, 2.0)], 0.0);
    let [_, most] = bounds(Comparison::Seller);
    for (weights, expected) in [
        (&[1.5, 0.7][..], &[3.0, 0.5][..]),
        (&[2.5, 1.0], &[3.5, 0.0]),
        (&[1.0, 0.7], &[2.0, 1.4]),
    ] {
        let pair = weights.iter().map(|weight| told(Comparison::Seller, Some(*weight))).collect();
        let read = learned.apply(&Compared::of(pair, 0.0));
        let mut found: Vec<f64> = read.evidence.iter().filter_map(|told| told.log10_lr).collect();
        found.sort_by(|one, other| other.total_cmp(one));
        assert_eq!(found, expected);
        assert!(read.log10_lr.unwrap() <= most);
    }
}

proptest! {
    #[test]
    fn more_evidence_is_never_less_and_never_beyond_its_group(
        at in 0..Comparison::ALL.len(), factor in 0.0..10.0_f64, weight in -8.0..8.0_f64, more in 0.0..8.0_f64,
    ) {
        let comparison = Comparison::ALL[at];
        let learned = calibration(&[(comparison, factor)], 0.0);
        let read = learned.read_weight(comparison, weight);
        prop_assert!(learned.read_weight(comparison, weight + more) >= read);
        prop_assert!(read * weight >= 0.0);
        let [least, most] = bounds(comparison);
        prop_assert!(read <= most.max(rounded(weight)) && read >= least.min(rounded(weight)));
    }
}
