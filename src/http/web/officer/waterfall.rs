//! The way from the odds before any evidence to the probability, one step a finding: a waterfall.

use super::evidence::Finding;
use crate::domain::assessment::Assessment;
use crate::http::web::words;

/// Units of the drawing from its left to its right.
const WIDTH: f64 = 200.0;
/// Steps below this are left out of the drawing's ends, decades.
const TELLING: f64 = 0.05;

/// The scale on which all steps are drawn: log10 of the odds at both ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
}

/// One step of the way: from where to where, drawn on the scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) x: String,
    pub(super) width: String,
    /// `for`, `against` or `neutral`.
    pub(super) class: &'static str,
    /// Where even odds lie.
    pub(super) even: String,
    /// The odds after it, log10 with a sign; words when nothing is left.
    pub(super) so_far: String,
}

/// A walk along the scale: each step begins where the one before ended.
pub(super) struct Walk {
    scale: Scale,
    at: Option<f64>,
}

impl Walk {
    /// Begins at the odds before any evidence.
    pub(super) fn of(assessment: &Assessment) -> Self {
        let (mut at, mut low, mut high) = (assessment.prior_log10_odds, 0.0_f64, 0.0_f64);
        let mut weights: Vec<f64> = assessment.evidence.iter().filter_map(|evidence| evidence.log10_lr).collect();
        // As the rows stand: what speaks for the pair first.
        weights.sort_by(|a, b| b.total_cmp(a));
        for weight in std::iter::once(0.0).chain(weights) {
            at += weight;
            (low, high) = (low.min(at), high.max(at));
        }
        let last = log10_odds(assessment.probability);
        let scale = Scale {
            low: low.min(last).floor(),
            high: high.max(last).ceil().max(1.0),
        };
        Self {
            scale,
            at: Some(assessment.prior_log10_odds),
        }
    }

    /// The prior itself: from even odds to where the walk begins.
    pub(super) fn prior(&self) -> Step {
        self.drawn(0.0, self.at.unwrap_or(0.0))
    }

    /// One finding further; a finding that excludes the pair ends the walk.
    pub(super) fn step(&mut self, weight: Option<f64>) -> Step {
        let before = self.at.unwrap_or(self.scale.low);
        let after = self.at.zip(weight).map(|(at, weight)| at + weight);
        self.at = after;
        let mut step = self.drawn(before, after.unwrap_or(self.scale.low));
        if after.is_none() {
            step.so_far = "excluded".to_owned();
        }
        step
    }

    /// What brings the walk to the probability in the end: the competition of other pairs. None when that is next to nothing.
    pub(super) fn finish(&mut self, probability: f64) -> Option<(f64, Step)> {
        let weight = log10_odds(probability) - self.at?;
        (weight.abs() >= TELLING).then(|| (weight, self.step(Some(weight))))
    }

    fn drawn(&self, from: f64, to: f64) -> Step {
        let place = |odds: f64| (odds - self.scale.low) / (self.scale.high - self.scale.low) * WIDTH;
        let (left, right) = (place(from.min(to)), place(from.max(to)));
        Step {
            x: format!("{left:.1}"),
            width: format!("{:.1}", (right - left).max(1.0)),
            class: match to - from {
                step if step > 0.0 => "for",
                step if step < 0.0 => "against",
                _ => "neutral",
            },
            even: format!("{:.1}", place(0.0)),
            so_far: words::weight(to),
        }
    }
}

/// Gives each finding its step, those that speak for the pair before those that speak against it.
pub(super) fn lay(walk: &mut Walk, findings: &mut [Finding]) {
    for finding in findings {
        finding.step = Some(walk.step(finding.log10_lr));
    }
}

/// log10 of the odds of a probability, within what six decimals tell.
fn log10_odds(probability: f64) -> f64 {
    let probability = probability.clamp(1e-6, 1.0 - 1e-6);
    (probability / (1.0 - probability)).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assessment::{Comparison, Evidence, Rivals};

    fn assessment(prior: f64, weights: &[Option<f64>], probability: f64) -> Assessment {
        let evidence = |weight: &Option<f64>| Evidence {
            comparison: Comparison::Photo,
            outcome: String::new(),
            log10_lr: *weight,
            says: String::new(),
            detail: serde_json::Value::Null,
        };
        Assessment {
            probability,
            yardstick: String::new(),
            log10_lr: weights.iter().copied().sum(),
            prior_log10_odds: prior,
            prior: None,
            evidence: weights.iter().map(evidence).collect(),
            model: String::new(),
            yardstick_version: String::new(),
            rivals: Rivals::default(),
            calibrated: None,
        }
    }

    #[test]
    fn each_step_begins_where_the_one_before_ended() {
        let mut walk = Walk::of(&assessment(-4.0, &[Some(6.0), Some(-1.0)], 10.0 / 11.0));
        let prior = walk.prior();
        assert_eq!(
            (prior.class, prior.so_far.as_str(), prior.x.as_str()),
            ("against", "−4.0", "0.0")
        );
        let [first, second] = [walk.step(Some(6.0)), walk.step(Some(-1.0))];
        assert_eq!((first.class, first.so_far.as_str()), ("for", "+2.0"));
        assert_eq!((second.class, second.so_far.as_str()), ("against", "+1.0"));
        let end = |step: &Step| step.x.parse::<f64>().unwrap_or(-1.0) + step.width.parse::<f64>().unwrap_or(-1.0);
        assert!((end(&first) - end(&second)).abs() < 0.2);
        assert_eq!(walk.finish(10.0 / 11.0), None, "nothing competes");
    }

    #[test]
    fn rivals_bring_it_to_the_probability_and_exclusion_ends_it() {
        let mut walk = Walk::of(&assessment(-4.0, &[Some(6.0)], 0.5));
        walk.step(Some(6.0));
        let (weight, step) = walk.finish(0.5).unwrap_or_else(|| panic!("no rivals"));
        assert!((weight + 2.0).abs() < 1e-9);
        assert_eq!(step.so_far, "+0.0");
        let mut walk = Walk::of(&assessment(-4.0, &[None], 0.0));
        assert_eq!(walk.step(None).so_far, "excluded");
        assert_eq!(walk.finish(0.0), None);
    }
}
