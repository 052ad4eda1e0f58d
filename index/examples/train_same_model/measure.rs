//! How good a score is: F1, calibration, Cllr, with bootstrap intervals.

use serde_json::{Value, json};

use super::random::Random;

const BOOTSTRAPS: usize = 1_000;
const BINS: usize = 10;

#[derive(Clone, Copy)]
pub(super) struct Scored {
    /// Natural log of the odds.
    pub(super) log_odds: f64,
    pub(super) same: bool,
}

impl Scored {
    fn probability(&self) -> f64 {
        1.0 / (1.0 + (-self.log_odds).exp())
    }
}

pub(super) fn log_loss(scored: &[Scored]) -> f64 {
    let loss = |one: &Scored| {
        let wrong = if one.same { -one.log_odds } else { one.log_odds };
        // ln(1 + e^x) without overflow.
        wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
    };
    scored.iter().map(loss).sum::<f64>() / scored.len() as f64
}

fn f1(scored: &[Scored], threshold: f64) -> f64 {
    let said = scored.iter().filter(|one| one.log_odds >= threshold);
    let (mut right, mut all) = (0.0, 0.0);
    for one in said {
        all += 1.0;
        right += f64::from(u8::from(one.same));
    }
    let same = scored.iter().filter(|one| one.same).count() as f64;
    if all + same > 0.0 { 2.0 * right / (all + same) } else { 0.0 }
}

/// The log-odds from which on saying "same" gives the best F1.
pub(super) fn best_threshold(scored: &[Scored]) -> f64 {
    let mut sorted: Vec<&Scored> = scored.iter().collect();
    sorted.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds));
    let same = scored.iter().filter(|one| one.same).count() as f64;
    let (mut right, mut best) = (0.0, (0.0, 0.0));
    for (said, one) in sorted.iter().enumerate() {
        right += f64::from(u8::from(one.same));
        let f1 = 2.0 * right / (said as f64 + 1.0 + same);
        if f1 > best.0 {
            let next = sorted.get(said + 1).map_or(one.log_odds, |next| next.log_odds);
            best = (f1, f64::midpoint(one.log_odds, next));
        }
    }
    best.1
}

pub(super) fn best_f1(scored: &[Scored]) -> f64 {
    f1(scored, best_threshold(scored))
}

/// The mean difference between what was said and what was so, over bins of equally many pairs.
fn calibration_error(scored: &[Scored]) -> f64 {
    reliability(scored)
        .iter()
        .map(|(said, so, pairs)| (said - so).abs() * *pairs as f64)
        .sum::<f64>()
        / scored.len() as f64
}

/// For each bin the mean probability, the share that were the same, and the number of pairs.
fn reliability(scored: &[Scored]) -> Vec<(f64, f64, usize)> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.log_odds.total_cmp(&b.log_odds));
    (0..BINS)
        .map(|bin| &sorted[sorted.len() * bin / BINS..sorted.len() * (bin + 1) / BINS])
        .filter(|part| !part.is_empty())
        .map(|part| {
            let mean = |value: fn(&Scored) -> f64| part.iter().map(value).sum::<f64>() / part.len() as f64;
            (
                mean(Scored::probability),
                mean(|one| f64::from(u8::from(one.same))),
                part.len(),
            )
        })
        .collect()
}

/// The cost of the log likelihood ratio in bits: 0 is perfect, 1 is what knowing nothing costs. The share of pairs that are
/// the same is taken out of the odds.
fn cllr(scored: &[Scored]) -> f64 {
    let same = scored.iter().filter(|one| one.same).count() as f64;
    let others = scored.len() as f64 - same;
    let prior = (same / others).ln();
    let cost = |one: &Scored| {
        let llr = one.log_odds - prior;
        (if one.same { -llr } else { llr }).exp().ln_1p() / std::f64::consts::LN_2
    };
    let mean = |wanted: bool, count: f64| scored.iter().filter(|one| one.same == wanted).map(cost).sum::<f64>() / count;
    f64::midpoint(mean(true, same), mean(false, others))
}

pub(super) fn report(name: &str, scored: &[Scored], threshold: f64, seed: u64, labels: usize) -> Value {
    let with_interval = |measure: &dyn Fn(&[Scored]) -> f64| {
        let mut random = Random(seed);
        let mut drawn: Vec<f64> = (0..BOOTSTRAPS)
            .map(|_| {
                let sample: Vec<Scored> = scored.iter().map(|_| *random.pick(scored)).collect();
                measure(&sample)
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        let rounded = |value: f64| (value * 1e4).round() / 1e4;
        json!({
            "is": rounded(measure(scored)),
            "interval": [rounded(drawn[BOOTSTRAPS / 40]), rounded(drawn[BOOTSTRAPS - BOOTSTRAPS / 40 - 1])],
        })
    };
    let reliability: Vec<Value> = (reliability(scored).iter())
        .map(|(said, so, pairs)| json!([(said * 1e3).round() / 1e3, (so * 1e3).round() / 1e3, pairs]))
        .collect();
    json!({
        "bench": "same_model",
        "set": name,
        "pairs": scored.len(),
        "labels": labels,
        "same": scored.iter().filter(|one| one.same).count(),
        "f1": with_interval(&|sample| f1(sample, threshold)),
        "calibration_error": with_interval(&calibration_error),
        "cllr": with_interval(&cllr),
        "reliability": reliability,
    })
}
