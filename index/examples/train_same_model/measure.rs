//! What is printed of how good a table is.

use replevin_index::evaluation::bootstrap::{Measure, measured};
use replevin_index::evaluation::calibration::{Bins, calibration_error, cllr, reliability};
use replevin_index::evaluation::ranking::at;
use replevin_index::evaluation::{Pairs, without_share};
use serde_json::{Value, json};

const BOOTSTRAPS: usize = 1_000;
const BINS: Bins = Bins::OfPairs(10);

/// The figures of one set as one line: F1 at a threshold (natural log of the odds) that was chosen on other pairs,
/// calibration error, Cllr; `labels` is how many pairs were learned from.
pub(super) fn report(name: &str, scored: &[(f64, bool)], threshold: f64, seed: u64, labels: usize) -> Value {
    let pairs = Pairs::new(without_share(scored));
    let figures = measured(&pairs, BOOTSTRAPS, seed, |sample| {
        vec![at(sample, threshold).f1(), calibration_error(sample, BINS), cllr(sample)]
    });
    let [f1, error, cost] = [0, 1, 2].map(|at| figures[at].map(rounded));
    let rounded = |value: f64| (value * 1e3).round() / 1e3;
    let bins: Vec<Value> = (reliability(pairs.all(), BINS).iter())
        .map(|bin| json!([rounded(bin.said), rounded(bin.so), bin.pairs]))
        .collect();
    let (all, same) = pairs.all().sizes();
    json!({
        "bench": "same_model",
        "set": name,
        "pairs": all,
        "labels": labels,
        "same": same,
        "f1": f1,
        "calibration_error": error,
        "cllr": cost,
        "reliability": bins,
    })
}

fn rounded(measure: Measure) -> Value {
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    json!({ "is": rounded(measure.is), "interval": measure.interval.map(rounded) })
}
