//! Figures against cases that were worked out by hand, and what must hold for any pairs.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::bootstrap::{Measure, Rescored, cllr_difference, measured, share};
use super::calibration::{Bin, Bins, calibration_error, cllr, log_loss, reliability};
use super::ranking::{at, average_precision, best_threshold, curve};
use super::*;

fn pairs(scored: &[(f64, bool)]) -> Pairs {
    let pair = |(log_odds, same): &(f64, bool)| Scored {
        log_odds: *log_odds,
        log_lr: *log_odds,
        same: *same,
    };
    Pairs::new(scored.iter().map(pair).collect())
}

/// One wrong pair between two right ones.
fn four() -> Pairs {
    pairs(&[(1.0, false), (2.0, true), (-1.0, false), (0.0, true)])
}

#[track_caller]
fn near(one: f64, other: f64) {
    assert!((one - other).abs() < 1e-5, "{one} is not {other}");
}

#[test]
fn recall_precision_and_f1_by_hand() {
    let four = four();
    for (threshold, said, right) in [(2.5, 0, 0), (2.0, 1, 1), (1.0, 2, 1), (0.0, 3, 2), (-1.0, 4, 2)] {
        let point = at(four.all(), threshold);
        assert_eq!((point.said, point.right, point.same), (said, right, 2), "{threshold}");
    }
    let point = at(four.all(), 0.0);
    near(point.recall(), 1.0);
    near(point.precision(), 2.0 / 3.0);
    near(point.f1(), 0.8);
    near(best_threshold(four.all()), -0.5);
    near(average_precision(four.all()), 0.5 * 1.0 + 0.5 * 2.0 / 3.0);
    let thresholds: Vec<f64> = curve(four.all()).iter().map(|point| point.log_odds).collect();
    assert_eq!(thresholds, [2.0, 1.0, 0.0, -1.0]);
}

#[test]
fn equal_odds_are_one_threshold() {
    let tied = pairs(&[(1.0, true), (1.0, false), (0.0, true)]);
    assert_eq!(curve(tied.all()).len(), 2);
    near(average_precision(tied.all()), 0.5 * 0.5 + 0.5 * 2.0 / 3.0);
    // Half way to the pair below, but not to one that was ruled out.
    near(best_threshold(pairs(&[(1.0, true), (f64::NEG_INFINITY, false)]).all()), 1.0);
}

#[test]
fn calibration_by_hand() {
    let four = four();
    near(cllr(four.all()), 0.882_424);
    near(log_loss(four.all()), 0.611_650);
    let halves = reliability(four.all(), Bins::OfPairs(2));
    near(halves[0].said, 0.384_471);
    near(halves[1].said, 0.805_928);
    assert_eq!(
        halves.iter().map(|bin| (bin.same, bin.pairs)).collect::<Vec<_>>(),
        [(1, 2), (1, 2)]
    );
    near(calibration_error(four.all(), Bins::OfPairs(2)), 0.210_729);
    let widths = reliability(four.all(), Bins::OfWidth(2));
    assert_eq!(
        widths.iter().map(|bin| (bin.same, bin.pairs)).collect::<Vec<_>>(),
        [(0, 1), (2, 3)]
    );
    near(widths[1].from, 0.5);
    near(widths[1].so, 2.0 / 3.0);
    near(calibration_error(four.all(), Bins::OfWidth(2)), 0.095_199);
}

#[test]
fn what_was_ruled_out_costs_nothing_or_everything() {
    let out = f64::NEG_INFINITY;
    near(cllr(pairs(&[(out, false), (0.0, true)]).all()), 0.5);
    assert_eq!(cllr(pairs(&[(out, true), (0.0, false)]).all()), f64::INFINITY);
    near(at(pairs(&[(out, true), (0.0, true)]).all(), -50.0).recall(), 0.5);
}

#[test]
fn the_share_of_same_pairs_is_taken_out() {
    let scored = without_share(&[(0.0, true), (0.0, false), (0.0, false), (0.0, false)]);
    for pair in &scored {
        near(pair.log_lr, 3.0_f64.ln());
    }
    assert!((probability(log_odds(0.3)) - 0.3).abs() < 1e-12);
}

#[test]
fn what_a_sample_draws_counts_as_often() {
    let four = four();
    let drawn = [2, 0, 1, 1];
    let expected = pairs(&[(-1.0, false), (-1.0, false), (1.0, false), (2.0, true)]);
    let (drawn, expected) = (four.drawn(&drawn), expected.all());
    assert_eq!(drawn.sizes(), (4, 1));
    near(cllr(drawn), cllr(expected));
    near(average_precision(drawn), average_precision(expected));
    for bins in [Bins::OfPairs(2), Bins::OfPairs(4), Bins::OfWidth(3)] {
        // How many cases they were told from is another matter.
        let bins = |sample| -> Vec<_> {
            let all = reliability(sample, bins).into_iter();
            all.map(|bin| Bin { cases: 0, ..bin }).collect()
        };
        assert_eq!(bins(drawn), bins(expected));
    }
}

#[test]
fn a_pair_that_was_drawn_stands_for_those_that_were_not() {
    let scored = |log_odds: f64, same| Scored {
        log_odds,
        log_lr: log_odds,
        same,
    };
    let drawn = Pairs::standing_for(vec![(scored(1.0, false), 3), (scored(2.0, true), 1)]);
    let all = pairs(&[(1.0, false), (1.0, false), (1.0, false), (2.0, true)]);
    near(cllr(drawn.all()), cllr(all.all()));
    near(log_loss(drawn.all()), log_loss(all.all()));
    let bin = reliability(drawn.all(), Bins::OfWidth(1))[0];
    assert_eq!((bin.pairs, bin.cases, bin.same), (4, 2, 1));
    let evaluated = evaluate(
        &drawn,
        &Settings {
            threshold: 0.5,
            bins: Bins::OfWidth(10),
            samples: 50,
            seed: 1,
        },
    );
    // One case of each sort: whatever it stands for, it bounds nothing.
    for (bin, interval) in evaluated.reliability.iter().zip([[0.0, 0.975], [0.025, 1.0]]) {
        near(bin.so.interval[0], interval[0]);
        near(bin.so.interval[1], interval[1]);
    }
}

#[test]
fn where_all_are_right_the_interval_still_has_a_width() {
    let all = Measure {
        is: 1.0,
        interval: [1.0, 1.0],
    };
    // Clopper and Pearson's tables: 20 of 20 leaves 0.8316 to 1, 0 of 10 leaves 0 to 0.3085.
    near(share(all, 20, 20).interval[0], 0.831_567);
    near(share(Measure { is: 0.0, ..all }, 0, 10).interval[1], 0.308_497);
    let some = Measure {
        is: 0.5,
        interval: [0.2, 0.8],
    };
    assert_eq!(share(some, 1, 2), some);
}

#[test]
fn an_evaluation_of_pairs_that_give_nothing_says_nothing() {
    let settings = Settings {
        threshold: 0.5,
        bins: Bins::OfWidth(10),
        samples: 50,
        seed: 1,
    };
    let nothing = evaluate(&Pairs::new(Vec::new()), &settings);
    assert!(nothing.recall.is_none() && nothing.cllr.is_none() && nothing.reliability.is_empty());
    let others = evaluate(&pairs(&[(-1.0, false)]), &settings);
    assert!(others.recall.is_none() && others.precision.is_none() && others.average_precision.is_none());
    assert_eq!((others.pairs, others.same), (1, 0));
}

#[test]
fn an_interval_covers_what_it_is_said_to_cover() {
    // 1,000 pairs, a tenth of them right at any odds: the standard error of the share is 0.0095.
    let scored: Vec<_> = (0..1000).map(|pair| (f64::from(pair) / 100.0, pair % 10 == 0)).collect();
    let measure = |seed| {
        measured(&pairs(&scored), 1000, seed, |sample| {
            let (all, same) = sample.sizes();
            vec![same as f64 / all as f64]
        })[0]
            .unwrap()
    };
    let [from, to] = measure(1).interval;
    near(measure(1).is, 0.1);
    assert!(
        (from - (0.1 - 1.96 * 0.0095)).abs() < 0.004 && (to - (0.1 + 1.96 * 0.0095)).abs() < 0.004,
        "{from} {to}"
    );
    assert_eq!(measure(1), measure(1));
    assert_ne!(measure(1), measure(2));
}

fn any_pairs() -> impl Strategy<Value = Vec<(f64, bool)>> {
    // Few different odds, so that many are equal.
    prop::collection::vec(
        ((-40..40_i32).prop_map(|tenths| f64::from(tenths) / 4.0), any::<bool>()),
        1..60,
    )
}

proptest! {
    #[test]
    fn a_likelihood_ratio_of_one_costs_one_bit(same in 1..20_usize, others in 1..20_usize) {
        let scored: Vec<_> = (0..same + others).map(|pair| (0.0, pair < same)).collect();
        prop_assert!((cllr(pairs(&scored).all()) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn costs_are_not_negative_and_shares_are_shares(scored in any_pairs()) {
        let all = pairs(&scored);
        let cost = cllr(all.all());
        prop_assert!(cost.is_nan() || cost >= 0.0);
        prop_assert!(log_loss(all.all()) >= 0.0);
        let precision = average_precision(all.all());
        prop_assert!(precision.is_nan() || (0.0..=1.0 + 1e-12).contains(&precision));
        for bins in [Bins::OfPairs(10), Bins::OfWidth(10)] {
            prop_assert!((0.0..=1.0).contains(&calibration_error(all.all(), bins)));
        }
    }

    #[test]
    fn bins_add_up_and_rise(scored in any_pairs(), count in 1..12_usize) {
        let all = pairs(&scored);
        for bins in [Bins::OfPairs(count), Bins::OfWidth(count)] {
            let bins = reliability(all.all(), bins);
            prop_assert_eq!(bins.iter().map(|bin| bin.pairs).sum::<u64>(), scored.len() as u64);
            prop_assert_eq!(bins.iter().map(|bin| bin.same).sum::<u64>(), all.all().sizes().1);
            prop_assert!(bins.windows(2).all(|two| two[0].to <= two[1].from + 1e-12));
            prop_assert!(bins.iter().all(|bin| bin.from <= bin.said + 1e-12 && bin.said <= bin.to + 1e-12));
        }
    }

    #[test]
    fn equally_many_pairs_stand_in_each_bin(scored in any_pairs(), count in 1..12_usize) {
        let bins = reliability(pairs(&scored).all(), Bins::OfPairs(count));
        let least = scored.len() as u64 / count as u64;
        prop_assert!(bins.iter().all(|bin| (least..=least + 1).contains(&bin.pairs)), "{:?}", bins);
    }

    #[test]
    fn only_the_order_decides_the_ranking(scored in any_pairs(), stretch in 0.1..3.0_f64, shift in -2.0..2.0_f64) {
        let moved: Vec<_> = scored.iter().map(|(odds, same)| (odds * stretch + shift, *same)).collect();
        let (before, after) = (pairs(&scored), pairs(&moved));
        let f1 = |pairs: &Pairs| at(pairs.all(), best_threshold(pairs.all())).f1();
        prop_assert!(f1(&before).is_nan() || (f1(&before) - f1(&after)).abs() < 1e-9);
        let precision = [&before, &after].map(|pairs| average_precision(pairs.all()));
        prop_assert!(precision[0].is_nan() || (precision[0] - precision[1]).abs() < 1e-9);
    }

    #[test]
    fn no_threshold_beats_the_best(scored in any_pairs(), threshold in -12.0..12.0_f64) {
        let all = pairs(&scored);
        let best = at(all.all(), best_threshold(all.all())).f1();
        let other = at(all.all(), threshold).f1();
        prop_assert!(other.is_nan() || other <= best + 1e-12);
    }

    #[test]
    fn a_lower_threshold_never_finds_less(scored in any_pairs(), threshold in -12.0..12.0_f64, lower in 0.0..5.0_f64) {
        let all = pairs(&scored);
        let (high, low) = (at(all.all(), threshold), at(all.all(), threshold - lower));
        prop_assert!(low.right >= high.right && low.said >= high.said);
    }

    #[test]
    fn surer_of_what_is_so_costs_less(scored in any_pairs(), more in 0.0..3.0_f64) {
        let surer: Vec<_> = scored.iter().map(|(odds, same)| (if *same { odds + more } else { odds - more }, *same)).collect();
        let (before, after) = (cllr(pairs(&scored).all()), cllr(pairs(&surer).all()));
        prop_assert!(before.is_nan() || after <= before + 1e-12);
    }
}

#[test]
fn a_difference_of_cllr_is_drawn_by_groups() {
    let scored = |log_lr: f64, same| Scored {
        log_odds: log_lr - 2.0,
        log_lr,
        same,
    };
    let cases = |gain: f64| -> Vec<Rescored> {
        let case = |place: u32| {
            let same = place.is_multiple_of(2);
            let log_lr = if same { 1.0 } else { -1.0 } + f64::from(place % 5) / 5.0;
            Rescored {
                scored: [scored(log_lr, same), scored(log_lr + if same { gain } else { -gain }, same)],
                times: 1 + place % 3,
                group: u128::from(place / 4),
            }
        };
        (0..80).map(case).collect()
    };
    let alike = cllr_difference(&cases(0.0), 200, 1).unwrap();
    assert_eq!((alike.is, alike.interval), (0.0, [0.0, 0.0]));
    let better = cllr_difference(&cases(1.0), 200, 1).unwrap();
    assert!(
        better.interval[0] < better.is && better.is < better.interval[1] && better.interval[1] < 0.0,
        "{better:?}"
    );
    let one_sort: Vec<Rescored> = cases(1.0).into_iter().step_by(2).collect();
    assert_eq!(cllr_difference(&one_sort, 10, 1), None);
}
