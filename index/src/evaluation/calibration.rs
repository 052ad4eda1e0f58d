//! Whether a probability means what it says: log loss, reliability, expected calibration error, the cost of the LR.

use super::Sample;

/// How pairs are put together to compare what was said with what is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bins {
    /// So many bins of equally many pairs.
    OfPairs(usize),
    /// So many bins of equal width in probability: where most pairs are improbable and the others are what matters.
    OfWidth(usize),
}

/// Pairs of about the same probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lowest and highest probability in it.
    pub from: f64,
    /// See [`Bin::from`].
    pub to: f64,
    /// The mean probability that was said.
    pub said: f64,
    /// The share that is the same.
    pub so: f64,
    /// How many of its pairs are the same.
    pub same: u64,
    /// How many pairs are in it.
    pub pairs: u64,
    /// How many were looked at for that: fewer, where some stand for many. One that lies in two bins counts in the first.
    pub cases: u64,
}

/// The mean loss in nats: −ln of the probability that was given to what is so.
#[must_use]
pub fn log_loss(sample: Sample<'_>) -> f64 {
    let (pairs, _) = sample.sizes();
    let loss = |same: bool, log_odds: f64| softplus(if same { -log_odds } else { log_odds });
    let all: f64 = sample
        .counted()
        .map(|(pair, times)| f64::from(times) * loss(pair.same, pair.log_odds))
        .sum();
    all / pairs as f64
}

/// Cllr, the cost of the log likelihood ratio in bits (Brümmer and du Preez 2006): the mean over the same pairs of
/// log₂(1 + 1/LR) and the mean over the others of log₂(1 + LR), halved. 0 is perfect, 1 is what an LR of 1 for every pair
/// costs, infinite is a same pair that was ruled out. Not a number without pairs of both sorts.
#[must_use]
pub fn cllr(sample: Sample<'_>) -> f64 {
    let (mut sums, mut counts) = ([0.0; 2], [0_u64; 2]);
    for (pair, times) in sample.counted() {
        let cost = softplus(if pair.same { -pair.log_lr } else { pair.log_lr }) / std::f64::consts::LN_2;
        sums[usize::from(pair.same)] += f64::from(times) * cost;
        counts[usize::from(pair.same)] += u64::from(times);
    }
    f64::midpoint(sums[0] / counts[0] as f64, sums[1] / counts[1] as f64)
}

/// Said against so, bin by bin in rising order; empty bins are left out. Pairs of equal odds can stand in two bins of equally
/// many.
#[must_use]
pub fn reliability(sample: Sample<'_>, bins: Bins) -> Vec<Bin> {
    let mut sums = Sums::new(bins, sample.sizes().0);
    for (pair, times) in sample.counted() {
        sums.add(pair.probability(), pair.same, u64::from(times));
    }
    sums.bins.into_iter().filter(|bin| bin.pairs > 0).map(Bin::averaged).collect()
}

/// The mean distance between said and so over the bins, each weighed by its pairs.
#[must_use]
pub fn calibration_error(sample: Sample<'_>, bins: Bins) -> f64 {
    let bins = reliability(sample, bins);
    let pairs: u64 = bins.iter().map(|bin| bin.pairs).sum();
    let apart: f64 = bins.iter().map(|bin| (bin.said - bin.so).abs() * bin.pairs as f64).sum();
    apart / pairs as f64
}

impl Bin {
    const EMPTY: Self = Self {
        from: 1.0,
        to: 0.0,
        said: 0.0,
        so: 0.0,
        same: 0,
        pairs: 0,
        cases: 0,
    };

    /// With means in place of the sums.
    fn averaged(self) -> Self {
        Self {
            said: self.said / self.pairs as f64,
            so: self.same as f64 / self.pairs as f64,
            ..self
        }
    }
}

/// Bins that are being filled in rising order; `said` is a sum until the end.
struct Sums {
    by: Bins,
    of: u64,
    seen: u64,
    bins: Vec<Bin>,
}

impl Sums {
    fn new(by: Bins, of: u64) -> Self {
        let (Bins::OfPairs(count) | Bins::OfWidth(count)) = by;
        Self {
            by,
            of,
            seen: 0,
            bins: vec![Bin::EMPTY; count.max(1)],
        }
    }

    fn add(&mut self, probability: f64, same: bool, mut times: u64) {
        let count = self.bins.len() as u64;
        let mut new = 1;
        while times > 0 {
            let (at, room) = match self.by {
                // Bin b holds the places from n·b/B to n·(b+1)/B.
                Bins::OfPairs(_) => {
                    let at = ((self.seen + 1) * count - 1) / self.of;
                    (at, self.of * (at + 1) / count - self.seen)
                }
                Bins::OfWidth(_) => (((probability * count as f64) as u64).min(count - 1), times),
            };
            let part = times.min(room);
            let bin = &mut self.bins[at as usize];
            bin.from = bin.from.min(probability);
            bin.to = bin.to.max(probability);
            bin.said += probability * part as f64;
            bin.same += if same { part } else { 0 };
            bin.pairs += part;
            bin.cases += std::mem::take(&mut new);
            self.seen += part;
            times -= part;
        }
    }
}

/// ln(1 + eˣ) without overflow.
pub(super) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
