//! What is learned from cases that were made up, of a world of which the truth is known.

use super::*;
use crate::domain::assessment::{Calibrated, Evidence, Rivals};

/// Even numbers from 0 to 1 that are the same every time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1_u64 << 31) as f64
    }
}

fn assessment(weights: &[(Comparison, f64)]) -> Assessment {
    let evidence = weights.iter().map(|(comparison, weight)| Evidence {
        comparison: *comparison,
        outcome: String::new(),
        log10_lr: Some(*weight),
        says: String::new(),
        detail: serde_json::Value::Null,
    });
    let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
    Assessment {
        probability: 0.5,
        yardstick: String::new(),
        log10_lr: Some(sum),
        prior_log10_odds: -3.5,
        prior: None,
        evidence: evidence.collect(),
        model: MODEL.to_owned(),
        yardstick_version: String::new(),
        rivals: Rivals::default(),
        calibrated: None,
    }
}

/// Cases of a world in which numbers are worth `factor` of what the table says.
fn world(outcomes: usize, blind_reviews: usize, factor: f64) -> Cases {
    let (mut cases, mut chance) = (Cases::default(), Chance(9));
    let sorts = [
        (Truth::Outcome, outcomes, [3.6, 5.6], 1),
        (Truth::BlindReview, blind_reviews, [0.5, 3.4], 20),
    ];
    for (truth, count, [from, to], times) in sorts {
        for _ in 0..count {
            let number = from + (to - from) * chance.next();
            let time = 0.4 - 0.8 * chance.next();
            let log10_odds = -3.5 + factor * number + time;
            let same = chance.next() < 1.0 / (1.0 + 10.0_f64.powf(-log10_odds));
            let told = assessment(&[(Comparison::Identifier, number), (Comparison::Time, time)]);
            // Three pairs a theft.
            let theft = TheftReportId(uuid::Uuid::from_u128(cases.judged.len() as u128 / 3));
            cases.add(truth, Some(same), Timestamp::UNIX_EPOCH, (&told, theft), times);
        }
    }
    cases
}

fn options() -> LearnOptions {
    LearnOptions {
        now: "2026-12-24T12:00:00Z".parse().unwrap(),
        data: "data".to_owned(),
        seed: 1,
        samples: 50,
    }
}

fn factor(learned: &Learned, comparison: Comparison) -> f64 {
    learned.calibration.factor(comparison)
}

#[test]
fn numbers_that_promise_too_much_are_worth_less_and_what_nobody_said_stays() {
    let learned = world(800, 800, 0.75).learn(&options()).unwrap();
    let number = factor(&learned, Comparison::Identifier);
    assert!((number - 0.75).abs() < 0.12, "{number} {learned:?}");
    assert_eq!(factor(&learned, Comparison::Photo), 1.0);
    assert!(learned.is_better(), "{:?}", learned.calibration.source);
    assert!(learned.effective < 1600.0 && learned.effective > 800.0);
    let (before, after) = (learned.before.cllr.unwrap(), learned.after.cllr.unwrap());
    assert!(before.is > after.is && before.interval[0] < before.is && before.is < before.interval[1]);
}

#[test]
fn a_table_that_is_right_is_left_nearly_as_it_is() {
    let learned = world(800, 800, 1.0).learn(&options()).unwrap();
    let number = factor(&learned, Comparison::Identifier);
    assert!((number - 1.0).abs() < 0.12, "{number}");
    assert!(
        learned.calibration.shift_log10.abs() < 0.4,
        "{}",
        learned.calibration.shift_log10
    );
}

#[test]
fn too_few_of_any_kind_are_refused_and_counted() {
    for (outcomes, blind_reviews) in [(0, 0), (49, 200), (200, 49)] {
        let refused = world(outcomes, blind_reviews, 0.75).learn(&options()).unwrap_err();
        assert_eq!((refused.outcomes, refused.blind_reviews), (outcomes, blind_reviews));
        let says = refused.to_string();
        assert!(
            says.contains(&format!("{outcomes} outcomes and {blind_reviews} blind reviews")),
            "{says}"
        );
    }
    let mut one_sort = world(60, 60, 0.75);
    one_sort.judged.iter_mut().for_each(|judged| judged.same = true);
    assert_eq!(one_sort.learn(&options()).unwrap_err().others, 0);
}

#[test]
fn what_was_said_is_taken_back_to_the_table_before_it_is_learned_from() {
    let plain = assessment(&[(Comparison::Identifier, 4.0)]);
    let mut read = assessment(&[(Comparison::Identifier, 3.0)]);
    read.prior_log10_odds = -3.3;
    read.model = format!("{MODEL}+cal-2026-11-22-00000000");
    read.calibrated = Some(Calibrated {
        version: "cal-2026-11-22-00000000".to_owned(),
        shift_log10: 0.2,
        table: vec![(Comparison::Identifier, 4.0)],
    });
    let (plain, read) = (case(&plain, true, 1).unwrap(), case(&read, true, 1).unwrap());
    assert_eq!(plain.said, read.said);
    assert!((plain.given - read.given).abs() < 1e-9);
}

#[test]
fn rivals_stay_in_the_odds_and_other_tables_are_left_out() {
    let mut told = assessment(&[(Comparison::Identifier, 4.5)]);
    // One rival of equal odds, 10 each: p = 10 / 21.
    told.rivals = Rivals {
        items: 1,
        share: 10.0 / 21.0,
        ..Rivals::default()
    };
    let odds = case(&told, true, 1).unwrap().log_odds(&AS_SAID);
    assert!((odds - (10.0_f64 / 11.0).ln()).abs() < 1e-6, "{odds}");
    told.evidence[0].log10_lr = None;
    assert_eq!(case(&told, true, 1), None, "excluded");
    let mut cases = Cases::default();
    let old = Assessment {
        model: "2020-01-01/1".to_owned(),
        ..assessment(&[])
    };
    cases.add(
        Truth::Outcome,
        Some(true),
        Timestamp::UNIX_EPOCH,
        (&old, TheftReportId(uuid::Uuid::nil())),
        1,
    );
    cases.add(
        Truth::Outcome,
        None,
        Timestamp::UNIX_EPOCH,
        (&old, TheftReportId(uuid::Uuid::nil())),
        1,
    );
    assert_eq!((cases.judged.len(), cases.other_table, cases.unknown), (0, 1, 1));
}
