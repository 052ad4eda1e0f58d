//! From evidence to a probability: prior, likelihood ratios, rivals, yardstick.
//!
//! Bayes' rule in odds: prior odds times likelihood ratio. For one listing the probabilities over all items that it could be,
//! and that it is none of them, sum to one; for one item over its listings likewise. Both constraints stand in one
//! denominator: p = o / (1 + o + Σ odds of rival items + Σ odds of rival listings), so that neither sum passes one and a pair
//! comes out the same whichever side asked.

use super::MatchingOptions;
use super::compare::{Compared, rounded};
use super::weights::MODEL;
use crate::domain::assessment::{Assessment, PriorFactors, Rivals};

/// What a pair's odds are before any evidence, and from what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// What it is estimated from.
    pub factors: PriorFactors,
    /// log10 of their quotient, and what a calibration adds to it, to two decimals.
    pub log10_odds: f64,
}

impl Prior {
    /// The prior from both factors, the second taken to two digits: a listing more or less changes no report.
    #[must_use]
    pub fn new(on_sale_probability: f64, could_be: f64) -> Self {
        let digit = 10.0_f64.powf(could_be.log10().floor() - 1.0);
        let could_be = (could_be / digit).round() * digit;
        Self {
            factors: PriorFactors {
                on_sale_probability,
                could_be,
            },
            log10_odds: rounded((on_sale_probability / could_be).log10()),
        }
    }

    /// The same, with odds that a calibration moves by so many decades.
    #[must_use]
    pub(super) fn shifted(self, log10: f64) -> Self {
        Self {
            log10_odds: rounded(self.log10_odds + log10),
            ..self
        }
    }

    /// The odds of a pair after its evidence; zero when it is excluded.
    pub(super) fn odds(&self, compared: &Compared) -> f64 {
        compared.log10_lr.map_or(0.0, |lr| 10.0_f64.powf(self.log10_odds + lr))
    }
}

/// The odds of those who compete with a pair.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Competition {
    /// Of the other items that the listing could be.
    pub(super) items: Vec<f64>,
    /// Those of them whose theft is verified: nobody is told of the others, which may stand safely at home.
    pub(super) stolen_items: Vec<f64>,
    /// Other items that were entered after the theft and that no officer has seen: they take nothing.
    pub(super) late_items: u32,
    /// Of the other listings that could be the item.
    pub(super) listings: Vec<f64>,
    /// For a pair that rests on words, time and place alone: of the other such items. They share what numbers and photos
    /// leave over, so that hundreds of faint resemblances cannot outvote one number.
    pub(super) faint_items: Vec<f64>,
}

/// Assesses a compared pair against its competition.
pub(super) fn assess(compared: &Compared, prior: Prior, competition: &Competition, options: &MatchingOptions) -> Assessment {
    let (yardstick, calibration) = (&options.yardstick, options.calibration.as_ref());
    let own = prior.odds(compared);
    // In rising order, so that the sum does not depend on the order of finding.
    let sum = |odds: &[f64]| {
        let mut odds = odds.to_vec();
        odds.sort_by(f64::total_cmp);
        odds.iter().sum::<f64>()
    };
    let rivals = sum(&competition.items) + sum(&competition.listings);
    let (own_share, whole) = if compared.tells_apart() {
        (own, 1.0 + own + rivals)
    } else {
        let faint = sum(&competition.faint_items);
        (own / (1.0 + own + faint), 1.0 + rivals)
    };
    // Six decimals, never certainty, and no negative zero, which an empty sum is.
    let six = |probability: f64| (probability * 1e6).round() / 1e6 + 0.0;
    let probability = six(own_share / whole).min(0.999_999);
    let counted = |odds: &[f64]| {
        let telling = odds.iter().filter(|odds| **odds > 10.0_f64.powf(prior.log10_odds)).count();
        u32::try_from(telling).unwrap_or(u32::MAX)
    };
    Assessment {
        probability,
        yardstick: yardstick.words(probability).to_owned(),
        log10_lr: compared.log10_lr.map(rounded),
        prior_log10_odds: prior.log10_odds,
        prior: Some(prior.factors),
        evidence: compared.evidence.clone(),
        model: calibration.map_or_else(|| MODEL.to_owned(), |calibration| format!("{MODEL}+{}", calibration.version)),
        yardstick_version: yardstick.version.clone(),
        rivals: Rivals {
            items: counted(&competition.stolen_items),
            listings: counted(&competition.listings),
            late_items: competition.late_items,
            share: six(rivals / whole),
        },
        calibrated: calibration.map(|calibration| calibration.note(compared)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compared(log10_lr: Option<f64>, individual: f64) -> Compared {
        Compared {
            evidence: Vec::new(),
            log10_lr,
            individual,
            ..Compared::default()
        }
    }

    fn probability(log10_lr: Option<f64>, items: &[f64], listings: &[f64]) -> f64 {
        let competition = Competition {
            items: items.to_vec(),
            listings: listings.to_vec(),
            faint_items: Vec::new(),
            ..Competition::default()
        };
        assess(
            &compared(log10_lr, 1.0),
            Prior::new(0.3, 3000.0),
            &competition,
            &MatchingOptions::default(),
        )
        .probability
    }

    #[test]
    fn prior_and_evidence_make_odds() {
        for (log10_lr, expected) in [(Some(4.0), 0.5), (Some(6.0), 0.990_099), (Some(3.0), 0.090_909), (None, 0.0)] {
            assert!((probability(log10_lr, &[], &[]) - expected).abs() < 1e-6, "{log10_lr:?}");
        }
    }

    #[test]
    fn equal_rivals_share() {
        assert!((probability(Some(7.0), &[1000.0], &[]) - 0.5).abs() < 0.001);
        assert!((probability(Some(7.0), &[], &[1000.0; 3]) - 0.25).abs() < 0.001);
    }

    #[test]
    fn faint_resemblances_do_not_outvote_a_number() {
        let prior = Prior::new(0.3, 3000.0);
        let competition = Competition {
            items: vec![100.0],
            faint_items: vec![0.01; 49],
            ..Competition::default()
        };
        let faint = assess(&compared(Some(2.0), 0.0), prior, &competition, &MatchingOptions::default());
        assert!(faint.probability < 0.001);
    }

    proptest! {
        #[test]
        fn a_listing_is_at_most_one_item(weights in prop::collection::vec((-4.0..9.0_f64, any::<bool>()), 1..20)) {
            let prior = Prior::new(0.3, 3000.0);
            let all: Vec<Compared> = weights.iter().map(|(lr, strong)| compared(Some(*lr), f64::from(u8::from(*strong)))).collect();
            let mut sum = 0.0;
            for (at, pair) in all.iter().enumerate() {
                let others = |strong: bool| all.iter().enumerate()
                    .filter(|(other, pair)| *other != at && (pair.individual > 0.0) == strong)
                    .map(|(_, pair)| prior.odds(pair)).collect::<Vec<_>>();
                let competition = Competition { items: others(true), listings: Vec::new(), faint_items: others(false), ..Competition::default() };
                let probability = assess(pair, prior, &competition, &MatchingOptions::default()).probability;
                prop_assert!((0.0..1.0).contains(&probability));
                sum += probability;
            }
            prop_assert!(sum <= 1.0 + 1e-6 * all.len() as f64);
        }

        #[test]
        fn more_evidence_is_never_less_probable(lr in -3.0..8.0_f64, more in 0.0..2.0_f64, rival in 0.0..1e4_f64) {
            prop_assert!(probability(Some(lr + more), &[rival], &[rival]) >= probability(Some(lr), &[rival], &[rival]));
        }

        #[test]
        fn a_rival_never_helps(lr in -3.0..8.0_f64, rival in 0.0..1e4_f64) {
            prop_assert!(probability(Some(lr), &[rival], &[]) <= probability(Some(lr), &[], &[]));
        }
    }
}
