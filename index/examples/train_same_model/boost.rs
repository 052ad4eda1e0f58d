//! Learning: monotone step functions, one a feature, by gradient boosting of stumps on the log loss (Friedman 2001).
//!
//! In each round the one stump is added that lowers the loss most by its second-order estimate; a stump asks one feature
//! whether it is below a threshold, and gives both answers a value, in the order that the feature's direction allows. Pairs
//! without the feature are left as they are. The sum over the rounds is one step function a feature.

use replevin_index::text::same_model::features::{Direction, FEATURES, NAMES, Values};

use super::Pair;
use super::random::Random;

/// Thresholds a feature, at most.
const BINS_MAX: usize = 64;
/// How far one stump goes.
const RATE: f64 = 0.08;
/// What every half of a stump counts as more than it holds (ridge).
const RIDGE: f64 = 4.0;
/// Pairs on either side of a threshold, at least.
const LEAF_MIN: usize = 12;
/// The share of the pairs that one table learns from.
const PART: f64 = 0.8;

/// A sum of step functions.
#[derive(Clone)]
pub(super) struct Model {
    /// Natural log of the odds when nothing is known.
    pub(super) prior: f64,
    edges: Vec<Vec<f64>>,
    /// What each bin of each feature adds.
    added: Vec<Vec<f64>>,
}

impl Model {
    pub(super) fn log_odds(&self, values: &Values) -> f64 {
        let steps = self.edges.iter().zip(&self.added).zip(values);
        self.prior
            + steps
                .filter_map(|((edges, added), value)| value.map(|value| added[bin(edges, value)]))
                .sum::<f64>()
    }

    /// For each feature from which value on it adds what.
    pub(super) fn steps(&self) -> Vec<Vec<(f64, f64)>> {
        (self.edges.iter().zip(&self.added))
            .map(|(edges, added)| {
                let from = std::iter::once(f64::NEG_INFINITY).chain(edges.iter().copied());
                let mut steps: Vec<(f64, f64)> = Vec::new();
                for (from, value) in from.zip(added.iter().copied()) {
                    let from = if from.is_finite() { (from * 1e4).round() / 1e4 } else { -1.0 };
                    match steps.last_mut() {
                        Some((_, last)) if (*last - value).abs() < 5e-4 => {}
                        Some((at, last)) if *at == from => *last = value,
                        _ => steps.push((from, value)),
                    }
                }
                steps
            })
            .collect()
    }
}

fn bin(edges: &[f64], value: f64) -> usize {
    edges.partition_point(|edge| *edge <= value)
}

pub(super) struct Learner {
    seed: u64,
    edges: Vec<Vec<f64>>,
    /// The bin of each pair in each feature; none where it is absent.
    bins: Vec<[Option<u8>; FEATURES]>,
    same: Vec<bool>,
}

/// The best stump of a round: the sum of its halves.
struct Stump {
    gain: f64,
    feature: usize,
    /// The first bin of the upper half.
    from: usize,
    halves: [f64; 2],
}

impl Learner {
    pub(super) fn new(pairs: &[Pair], seed: u64) -> Self {
        let edges: Vec<Vec<f64>> = (0..FEATURES).map(|feature| edges(pairs, feature)).collect();
        let bins = (pairs.iter())
            .map(|pair| std::array::from_fn(|feature| pair.values[feature].map(|value| bin(&edges[feature], value) as u8)))
            .collect();
        Self {
            seed,
            edges,
            bins,
            same: pairs.iter().map(|pair| pair.same).collect(),
        }
    }

    /// The average of several tables, each learned from a random part of the pairs.
    pub(super) fn bagged(&self, bags: u64, rounds: usize) -> Model {
        let mut model = Model {
            prior: 0.0,
            edges: self.edges.clone(),
            added: self.edges.iter().map(|edges| vec![0.0; edges.len() + 1]).collect(),
        };
        for bag in 0..bags {
            let learned = self.one(bag, rounds);
            model.prior += learned.prior / bags as f64;
            for (sum, added) in model.added.iter_mut().flatten().zip(learned.added.iter().flatten()) {
                *sum += added / bags as f64;
            }
        }
        model
    }

    fn one(&self, bag: u64, rounds: usize) -> Model {
        let mut random = Random(self.seed.wrapping_mul(1_000).wrapping_add(bag));
        let part: Vec<usize> = (0..self.same.len()).filter(|_| random.share() < PART).collect();
        let positive = part.iter().filter(|pair| self.same[**pair]).count() as f64;
        let mut model = Model {
            prior: (positive / (part.len() as f64 - positive)).ln(),
            edges: self.edges.clone(),
            added: self.edges.iter().map(|edges| vec![0.0; edges.len() + 1]).collect(),
        };
        let mut odds = vec![model.prior; part.len()];
        for _ in 0..rounds {
            let Some(stump) = self.best(&part, &odds) else { break };
            for (at, value) in model.added[stump.feature].iter_mut().enumerate() {
                *value += stump.halves[usize::from(at >= stump.from)];
            }
            for (odds, pair) in odds.iter_mut().zip(&part) {
                if let Some(at) = self.bins[*pair][stump.feature] {
                    *odds += stump.halves[usize::from(usize::from(at) >= stump.from)];
                }
            }
            // The intercept follows, so that absent features stay at nothing.
            let (mut slope, mut weight) = (0.0, 0.0);
            for (odds, pair) in odds.iter().zip(&part) {
                let probability = 1.0 / (1.0 + (-odds).exp());
                slope += f64::from(u8::from(self.same[*pair])) - probability;
                weight += probability * (1.0 - probability);
            }
            let shift = RATE * slope / (weight + RIDGE);
            model.prior += shift;
            odds.iter_mut().for_each(|odds| *odds += shift);
        }
        model
    }

    fn best(&self, part: &[usize], odds: &[f64]) -> Option<Stump> {
        let mut sums = vec![[(0.0, 0.0, 0_usize); BINS_MAX + 1]; FEATURES];
        for (odds, pair) in odds.iter().zip(part) {
            let probability = 1.0 / (1.0 + (-odds).exp());
            let slope = f64::from(u8::from(self.same[*pair])) - probability;
            let weight = probability * (1.0 - probability);
            for (feature, at) in self.bins[*pair].iter().enumerate() {
                if let Some(at) = at {
                    let sum = &mut sums[feature][usize::from(*at)];
                    *sum = (sum.0 + slope, sum.1 + weight, sum.2 + 1);
                }
            }
        }
        let mut best: Option<Stump> = None;
        for (feature, sums) in sums.iter().enumerate() {
            let bins = &sums[..=self.edges[feature].len()];
            let all = bins
                .iter()
                .fold((0.0, 0.0, 0), |all, sum| (all.0 + sum.0, all.1 + sum.1, all.2 + sum.2));
            let mut low = (0.0, 0.0, 0);
            for (at, sum) in bins.iter().enumerate().take(bins.len() - 1) {
                low = (low.0 + sum.0, low.1 + sum.1, low.2 + sum.2);
                let high = (all.0 - low.0, all.1 - low.1, all.2 - low.2);
                if low.2 < LEAF_MIN || high.2 < LEAF_MIN {
                    continue;
                }
                let halves = [low, high].map(|(slope, weight, _)| slope / (weight + RIDGE));
                let in_order = match NAMES[feature].direction {
                    Direction::For => halves[0] <= halves[1],
                    Direction::Against => halves[0] >= halves[1],
                };
                let gain = [low, high]
                    .iter()
                    .map(|(slope, weight, _)| slope * slope / (weight + RIDGE))
                    .sum::<f64>();
                if in_order && best.as_ref().is_none_or(|best| gain > best.gain) {
                    best = Some(Stump {
                        gain,
                        feature,
                        from: at + 1,
                        halves: halves.map(|half| half * RATE),
                    });
                }
            }
        }
        best
    }
}

/// Thresholds between the values, so that about equally many lie between two of them.
fn edges(pairs: &[Pair], feature: usize) -> Vec<f64> {
    let mut values: Vec<f64> = pairs.iter().filter_map(|pair| pair.values[feature]).collect();
    values.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..BINS_MAX)
        .filter_map(|part| values.get(values.len() * part / BINS_MAX).copied())
        .collect();
    edges.dedup();
    if edges.first() == values.first() && !edges.is_empty() {
        edges.remove(0);
    }
    // Rare values have a threshold of their own too: few pairs share a rare number.
    if edges.is_empty() {
        edges.extend(values.last());
    }
    edges
}
