//! All figures of a set of scored pairs at once.

use serde::Serialize;

use super::bootstrap::{self, Measure, measured};
use super::calibration::{self, Bins};
use super::{Pairs, Sample, log_odds, probability, ranking};

/// How an evaluation is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Probability from which a pair is said to be the same.
    pub threshold: f64,
    /// How said and so are compared.
    pub bins: Bins,
    /// Samples that the intervals are made of.
    pub samples: usize,
    /// Draws them.
    pub seed: u64,
}

/// How good a score is. A figure that the pairs do not give is absent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Pairs that were scored.
    pub pairs: u64,
    /// Those that are the same.
    pub same: u64,
    /// Probability from which a pair is said to be the same.
    pub threshold: f64,
    /// The share of the same pairs that are said to be.
    pub recall: Option<Measure>,
    /// The share of those said to be the same that are.
    pub precision: Option<Measure>,
    /// The harmonic mean of both.
    pub f1: Option<Measure>,
    /// F1 at the threshold that is best for these very pairs: more than it would be on others.
    pub best_f1: Option<Measure>,
    /// That threshold, as a probability.
    pub best_threshold: f64,
    /// The area under precision over recall.
    pub average_precision: Option<Measure>,
    /// The cost of the likelihood ratio in bits.
    pub cllr: Option<Measure>,
    /// The mean distance between said and so.
    pub calibration_error: Option<Measure>,
    /// Said against so.
    pub reliability: Vec<Reliability>,
}

/// Pairs of about the same probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reliability {
    /// The lowest probability among them.
    pub from: f64,
    /// The highest.
    pub to: f64,
    /// The mean probability that was said.
    pub said: f64,
    /// The share that is the same.
    pub so: Measure,
    /// How many pairs there are.
    pub pairs: u64,
}

/// Measures a score on pairs.
#[must_use]
pub fn evaluate(pairs: &Pairs, settings: &Settings) -> Evaluation {
    let (count, same) = pairs.all().sizes();
    let threshold = log_odds(settings.threshold);
    let best = ranking::best_threshold(pairs.all());
    let bins = calibration::reliability(pairs.all(), settings.bins);
    let places = Places::new(&bins);
    let figures = measured(pairs, settings.samples, settings.seed, |sample| {
        let point = ranking::at(sample, threshold);
        let mut figures = vec![
            point.recall(),
            point.precision(),
            point.f1(),
            ranking::at(sample, best).f1(),
            ranking::average_precision(sample),
            calibration::cllr(sample),
            calibration::calibration_error(sample, settings.bins),
        ];
        figures.extend(places.shares(sample));
        figures
    });
    let point = ranking::at(pairs.all(), threshold);
    let share = |figure: Option<Measure>, of: u64| figure.map(|figure| bootstrap::share(figure, point.right, of));
    Evaluation {
        pairs: count,
        same,
        threshold: settings.threshold,
        recall: share(figures[0], same),
        precision: share(figures[1], point.said),
        f1: figures[2],
        best_f1: figures[3],
        best_threshold: probability(best),
        average_precision: figures[4],
        cllr: figures[5],
        calibration_error: figures[6],
        reliability: (bins.iter().zip(&figures[7..]))
            .filter_map(|(bin, so)| {
                so.map(|so| Reliability {
                    from: bin.from,
                    to: bin.to,
                    said: bin.said,
                    so: share_of_cases(so, bin),
                    pairs: bin.pairs,
                })
            })
            .collect(),
    }
}

/// The exact bound rests on what was looked at, not on what that stands for.
fn share_of_cases(so: Measure, bin: &calibration::Bin) -> Measure {
    let right = match bin.same {
        0 => 0,
        same if same == bin.pairs => bin.cases,
        _ => return so,
    };
    bootstrap::share(so, right, bin.cases)
}

/// Which places in the order of the pairs belong to which bin: in a sample each pair stays in its bin.
struct Places(Vec<usize>);

impl Places {
    fn new(bins: &[calibration::Bin]) -> Self {
        let ends = bins.iter().scan(0, |end, bin| {
            *end += bin.cases as usize;
            Some(*end)
        });
        Self(ends.collect())
    }

    /// The share of same pairs in each bin; not a number where none was drawn.
    fn shares<'a>(&'a self, sample: Sample<'a>) -> impl Iterator<Item = f64> + 'a {
        let mut start = 0;
        self.0.iter().map(move |end| {
            let (pairs, same) = Sample {
                ranked: &sample.ranked[start..*end],
                times: &sample.times[start..*end],
            }
            .sizes();
            start = *end;
            same as f64 / pairs as f64
        })
    }
}
