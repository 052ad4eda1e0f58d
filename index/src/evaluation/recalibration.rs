//! How odds that were said should be read, learned from what turned out: logistic regression with a ridge towards leaving them
//! as they are.
//!
//! log odds = given + Σ wᵢ·xᵢ, no wᵢ below its least. The ridge pulls each weight towards a value of the caller's, so that a few
//! cases move it little (Brümmer and du Preez 2006 call the map of one LR, slope and shift, an affine calibration; the ridge is
//! Hoerl and Kennard 1970). The least value is kept by projected Newton steps (Bertsekas 1982). Cases that were drawn with a
//! known probability stand for all that could have been drawn (Horvitz and Thompson 1952).

use std::collections::HashMap;

use super::bootstrap::Random;
use super::calibration::softplus;

/// Newton steps at most; a handful is what it takes.
const STEPS_MAX: usize = 100;
/// A step shorter than this ends the search.
const SHORT: f64 = 1e-9;

/// A case of which one knows how it turned out.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Natural log of the odds that are taken as given.
    pub given: f64,
    /// What is weighed; in natural logs where it is odds or an LR. As long in every case.
    pub said: Vec<f64>,
    /// Whether it was the same.
    pub same: bool,
    /// How many cases it stands for: one over the probability with which it was drawn.
    pub times: u32,
    /// What it shares with other cases, such as the theft: they are related, and stay in one fold.
    pub group: u128,
}

impl Case {
    /// Natural log of the odds under these weights.
    #[must_use]
    pub fn log_odds(&self, weights: &[f64]) -> f64 {
        self.given + self.said.iter().zip(weights).map(|(said, weight)| said * weight).sum::<f64>()
    }
}

/// What is believed of a weight before any case is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    /// The value that it has without cases.
    pub weight: f64,
    /// How far from that value it may well lie: a standard deviation.
    pub spread: f64,
    /// It is never less than this.
    pub least: f64,
}

impl Belief {
    fn force(&self) -> f64 {
        self.spread.powi(-2)
    }
}

/// To how many cases that each stand for one these amount (Kish 1965): a few cases that stand for many say no more than a few.
#[must_use]
pub fn effective(cases: &[&Case]) -> f64 {
    let (sum, squares) = cases.iter().fold((0.0, 0.0), |(sum, squares), case| {
        let times = f64::from(case.times);
        (sum + times, squares + times * times)
    });
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// The weights that explain the cases best, given what was believed of them before; as many as there are beliefs.
#[must_use]
pub fn fit(cases: &[&Case], beliefs: &[Belief]) -> Vec<f64> {
    let problem = Problem::new(cases, beliefs);
    let mut weights: Vec<f64> = beliefs.iter().map(|belief| belief.weight.max(belief.least)).collect();
    let mut loss = problem.loss(&weights);
    for _ in 0..STEPS_MAX {
        let mut step = problem.newton(&weights);
        let next = loop {
            let next: Vec<f64> = (weights.iter().zip(&step).zip(beliefs))
                .map(|((weight, step), belief)| (weight - step).max(belief.least))
                .collect();
            let moved = weights
                .iter()
                .zip(&next)
                .map(|(from, to)| (from - to).abs())
                .fold(0.0, f64::max);
            if moved < SHORT {
                return weights;
            }
            let reached = problem.loss(&next);
            if reached <= loss {
                loss = reached;
                break next;
            }
            // Too far: half of it.
            step.iter_mut().for_each(|part| *part /= 2.0);
        };
        weights = next;
    }
    weights
}

/// For each case its log odds under weights that were learned from the cases of other folds: what the map does to cases that it
/// has not seen, nor any of their group. Same and other cases, and those that stand for many, are spread evenly over the folds as
/// far as groups let them.
#[must_use]
pub fn held_out(cases: &[Case], beliefs: &[Belief], folds: usize, seed: u64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..cases.len()).collect();
    let mut random = Random(seed);
    for last in (1..order.len()).rev() {
        order.swap(last, random.below(last + 1));
    }
    order.sort_by_key(|case| (cases[*case].same, cases[*case].times));
    let mut fold_of: HashMap<u128, usize> = HashMap::new();
    for case in order {
        let next = fold_of.len() % folds;
        fold_of.entry(cases[case].group).or_insert(next);
    }
    let mut odds = vec![0.0; cases.len()];
    for fold in 0..folds {
        let inside = |case: &Case| fold_of.get(&case.group) == Some(&fold);
        let others: Vec<&Case> = cases.iter().filter(|case| !inside(case)).collect();
        let weights = fit(&others, beliefs);
        for (odds, case) in odds.iter_mut().zip(cases).filter(|(_, case)| inside(case)) {
            *odds = case.log_odds(&weights);
        }
    }
    odds
}

/// What is minimised: the loss over the cases in nats, each as often as it stands for others but all together as many as they
/// amount to, and the distance from what was believed.
struct Problem<'a> {
    cases: &'a [&'a Case],
    beliefs: &'a [Belief],
    scale: f64,
}

impl<'a> Problem<'a> {
    fn new(cases: &'a [&'a Case], beliefs: &'a [Belief]) -> Self {
        let times: f64 = cases.iter().map(|case| f64::from(case.times)).sum();
        Self {
            cases,
            beliefs,
            scale: if times > 0.0 { effective(cases) / times } else { 0.0 },
        }
    }

    fn loss(&self, weights: &[f64]) -> f64 {
        let loss = |case: &&Case| {
            let odds = case.log_odds(weights);
            self.scale * f64::from(case.times) * softplus(if case.same { -odds } else { odds })
        };
        let apart = |(weight, belief): (&f64, &Belief)| belief.force() / 2.0 * (weight - belief.weight).powi(2);
        self.cases.iter().map(loss).sum::<f64>() + weights.iter().zip(self.beliefs).map(apart).sum::<f64>()
    }

    /// Gradient divided by curvature; weights that lie at their least and would fall further stand still.
    fn newton(&self, weights: &[f64]) -> Vec<f64> {
        let size = weights.len();
        let mut rows: Vec<Vec<f64>> = vec![vec![0.0; size + 1]; size];
        for (at, row) in rows.iter_mut().enumerate() {
            let belief = self.beliefs[at];
            row[at] = belief.force();
            row[size] = belief.force() * (weights[at] - belief.weight);
        }
        for case in self.cases {
            let times = self.scale * f64::from(case.times);
            let probability = super::probability(case.log_odds(weights));
            let wrong = times * (probability - f64::from(u8::from(case.same)));
            let steep = times * probability * (1.0 - probability);
            for (row, one) in rows.iter_mut().zip(&case.said) {
                for (cell, other) in row.iter_mut().zip(&case.said) {
                    *cell += steep * one * other;
                }
                row[size] += wrong * one;
            }
        }
        for at in 0..size {
            if weights[at] <= self.beliefs[at].least && rows[at][size] > 0.0 {
                rows.iter_mut().for_each(|row| row[at] = 0.0);
                rows[at] = vec![0.0; size + 1];
                rows[at][at] = 1.0;
            }
        }
        solve(rows)
    }
}

/// Gauss's elimination on rows of coefficients and right-hand side. The curvature with its ridge is positive definite, so no
/// row needs to change its place.
fn solve(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let size = rows.len();
    for at in 0..size {
        let pivot = rows[at].clone();
        for (below, row) in rows.iter_mut().enumerate() {
            if below != at {
                let part = row[at] / pivot[at];
                row.iter_mut().zip(&pivot).for_each(|(cell, above)| *cell -= part * above);
            }
        }
    }
    (rows.iter().enumerate()).map(|(at, row)| row[size] / row[at]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluation::{Pairs, Scored, calibration, probability};

    const BELIEFS: [Belief; 3] = [
        Belief {
            weight: 1.0,
            spread: 0.3,
            least: 0.0,
        },
        Belief {
            weight: 1.0,
            spread: 0.3,
            least: 0.0,
        },
        Belief {
            weight: 0.0,
            spread: 1.0,
            least: f64::NEG_INFINITY,
        },
    ];

    /// Cases of a world in which these weights hold.
    fn simulated(count: usize, truth: [f64; 3], seed: u64) -> Vec<Case> {
        let mut random = Random(seed);
        let mut even = || random.below(1_000_000) as f64 / 1e6;
        (0..count)
            .map(|place| {
                let mut case = Case {
                    given: -2.0,
                    said: vec![even() * 8.0 - 2.0, even() * 4.0 - 2.0, 1.0],
                    same: false,
                    times: 1,
                    group: place as u128,
                };
                case.same = even() < probability(case.log_odds(&truth));
                case
            })
            .collect()
    }

    fn weights(cases: &[Case]) -> Vec<f64> {
        fit(&cases.iter().collect::<Vec<_>>(), &BELIEFS)
    }

    #[test]
    fn known_weights_are_found_again() {
        for truth in [[1.0, 1.0, 0.0], [0.6, 1.3, -0.8], [1.2, 0.4, 0.5]] {
            let found = weights(&simulated(20_000, truth, 7));
            for (found, truth) in found.iter().zip(truth) {
                assert!((found - truth).abs() < 0.1, "{found} is not {truth}");
            }
        }
    }

    #[test]
    fn few_cases_move_little_and_none_nothing() {
        let truth = [0.2, 0.2, -1.0];
        let apart = |count| -> f64 {
            (weights(&simulated(count, truth, 3)).iter().zip(BELIEFS))
                .map(|(weight, belief)| (weight - belief.weight).abs())
                .sum()
        };
        assert!(apart(0) == 0.0 && apart(10) < apart(200) && apart(200) < apart(20_000));
    }

    #[test]
    fn a_group_that_misleads_gets_no_weight_but_never_a_negative_one() {
        let found = weights(&simulated(20_000, [1.0, -0.7, 0.0], 5));
        assert_eq!(found[1], 0.0);
        assert!(found[0] > 0.5, "{found:?}");
    }

    #[test]
    fn cases_that_were_drawn_stand_for_those_that_were_not() {
        // Of the improbable ones, one in twenty is looked at: without their weight the rest looks far too good.
        let truth = [0.5, 1.0, -0.5];
        let all = simulated(60_000, truth, 11);
        let (probable, improbable): (Vec<Case>, Vec<Case>) = all.into_iter().partition(|case| case.said[0] > 2.0);
        let drawn = improbable.into_iter().step_by(20).map(|case| Case { times: 20, ..case });
        let sample: Vec<Case> = probable.into_iter().chain(drawn).collect();
        for (found, truth) in weights(&sample).iter().zip(truth) {
            assert!((found - truth).abs() < 0.15, "{found} is not {truth}");
        }
        let amounts = effective(&sample.iter().collect::<Vec<_>>());
        assert!(amounts < sample.len() as f64 / 2.0 && amounts > 1000.0, "{amounts}");
    }

    #[test]
    fn odds_of_cases_that_were_not_seen_cost_less_when_the_world_is_another() {
        let cost = |odds: &[f64], cases: &[Case]| {
            let scored = (odds.iter().zip(cases)).map(|(odds, case)| Scored {
                log_odds: *odds,
                log_lr: odds - case.given,
                same: case.same,
            });
            calibration::log_loss(Pairs::new(scored.collect()).all())
        };
        let cases = simulated(2000, [0.4, 1.0, -0.5], 13);
        let before: Vec<f64> = cases.iter().map(|case| case.log_odds(&[1.0, 1.0, 0.0])).collect();
        let after = held_out(&cases, &BELIEFS, 5, 1);
        assert!(cost(&after, &cases) < cost(&before, &cases) - 0.05);
        assert_eq!(after, held_out(&cases, &BELIEFS, 5, 1));
    }

    #[test]
    fn nothing_is_learned_of_a_case_from_its_own_group() {
        let mut cases = simulated(60, [0.4, 1.0, -0.5], 5);
        for (place, case) in cases.iter_mut().enumerate() {
            case.group = u128::from(place < 40);
        }
        let read = held_out(&cases, &BELIEFS, 2, 1);
        for group in [0, 1] {
            let others: Vec<&Case> = cases.iter().filter(|case| case.group != group).collect();
            let weights = fit(&others, &BELIEFS);
            let own = cases.iter().zip(&read).filter(|(case, _)| case.group == group);
            own.for_each(|(case, read)| assert_eq!(*read, case.log_odds(&weights)));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn more_of_what_is_said_is_never_less_probable(
            truth in prop::array::uniform3(-2.0..2.0_f64), count in 0..80_usize, seed in any::<u64>(),
            said in -5.0..5.0_f64, more in 0.0..5.0_f64,
        ) {
            let weights = weights(&simulated(count, truth, seed));
            prop_assert!(weights.iter().all(|weight| weight.is_finite()));
            let case = |said| Case { given: -1.0, said: vec![said, 0.5, 1.0], same: true, times: 1, group: 0 };
            prop_assert!(case(said + more).log_odds(&weights) >= case(said).log_odds(&weights));
        }
    }
}
