//! How far a figure can be trusted: intervals from drawing the pairs again (Efron 1979), and exact ones where that says nothing.
//!
//! Pairs are drawn one by one with replacement. Pairs that share a record are related, which this does not see: where one
//! record stands in many pairs, the true interval is wider.

use std::collections::BTreeMap;

use serde::Serialize;

use super::calibration::cllr;
use super::{Pairs, Sample, Scored};

/// One in so many samples lies outside on either side: 95 % lie inside.
const OUTSIDE_ONE_IN: usize = 40;
/// The probability of lying outside on one side.
const OUTSIDE: f64 = 0.025;

/// A figure and where its true value lies with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measure {
    /// The figure on the pairs as they are.
    pub is: f64,
    /// From, to.
    pub interval: [f64; 2],
}

/// Measures figures on the pairs, with the middle 95 % of what `samples` samples of as many pairs give. The same seed draws
/// the same. A figure that is not a number is nothing; samples in which it is not a number do not count.
pub fn measured(pairs: &Pairs, samples: usize, seed: u64, measure: impl Fn(Sample<'_>) -> Vec<f64>) -> Vec<Option<Measure>> {
    let figures = measure(pairs.all());
    let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(samples); figures.len()];
    let (mut random, mut times) = (Random(seed), vec![0_u32; pairs.ranked().len()]);
    for _ in 0..samples {
        times.fill(0);
        for _ in 0..times.len() {
            let one = random.below(times.len());
            times[one] += pairs.times()[one];
        }
        for (all, figure) in drawn.iter_mut().zip(measure(pairs.drawn(&times))) {
            all.push(figure);
        }
    }
    (figures.into_iter().zip(drawn))
        .map(|(is, drawn)| {
            (!is.is_nan()).then(|| Measure {
                is,
                interval: middle(drawn).unwrap_or([is, is]),
            })
        })
        .collect()
}

/// How much lower (below 0) or higher the Cllr of the same cases is when they are scored in another way, with the middle 95 % of
/// what `samples` samples give. Whole groups of cases are drawn, since those of one group are related; both scores of a case
/// go together. `None` when either is not a number.
#[must_use]
pub fn cllr_difference(cases: &[Rescored], samples: usize, seed: u64) -> Option<Measure> {
    let mut groups: BTreeMap<u128, Vec<usize>> = BTreeMap::new();
    for (place, case) in cases.iter().enumerate() {
        groups.entry(case.group).or_default().push(place);
    }
    let groups: Vec<Vec<usize>> = groups.into_values().collect();
    let difference = |times: &[u32]| {
        let [before, after] = [0, 1].map(|way: usize| {
            let drawn = cases.iter().zip(times).map(|(case, times)| (case.scored[way], *times));
            cllr(Pairs::standing_for(drawn.collect()).all())
        });
        after - before
    };
    let times: Vec<u32> = cases.iter().map(|case| case.times).collect();
    let is = difference(&times);
    let (mut random, mut drawn) = (Random(seed), Vec::with_capacity(samples));
    for _ in 0..samples {
        let mut times = vec![0; cases.len()];
        for _ in 0..groups.len() {
            for &case in &groups[random.below(groups.len())] {
                times[case] += cases[case].times;
            }
        }
        drawn.push(difference(&times));
    }
    let interval = middle(drawn)?;
    (!is.is_nan()).then_some(Measure { is, interval })
}

/// A case that was scored in two ways.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rescored {
    /// Before and after.
    pub scored: [Scored; 2],
    /// For how many it stands.
    pub times: u32,
    /// What it shares with others.
    pub group: u128,
}

/// A share of `right` in `of`, with an interval that has a width where all or none are right: no sample drawn from such pairs
/// differs from them, but the next pair may. The bound is the exact one of the binomial distribution (Clopper and Pearson
/// 1934).
#[must_use]
pub fn share(measure: Measure, right: u64, of: u64) -> Measure {
    let bound = OUTSIDE.powf(1.0 / of.max(1) as f64);
    let interval = match right {
        right if right == of => [bound, 1.0],
        0 => [0.0, 1.0 - bound],
        _ => measure.interval,
    };
    Measure { interval, ..measure }
}

fn middle(mut drawn: Vec<f64>) -> Option<[f64; 2]> {
    drawn.retain(|figure| !figure.is_nan());
    drawn.sort_by(f64::total_cmp);
    let outside = drawn.len() / OUTSIDE_ONE_IN;
    Some([*drawn.get(outside)?, *drawn.get(drawn.len().checked_sub(outside + 1)?)?])
}

/// Repeatable chance (SplitMix64, Steele, Lea and Flood 2014): a seed draws the same everywhere.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // The high half of the product is even to within end / 2^64 (Lemire 2019).
        ((u128::from(mixed ^ (mixed >> 31)) * end as u128) >> 64) as usize
    }
}
