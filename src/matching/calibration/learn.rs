//! Learning a calibration from cases of which it is known how they turned out.
//!
//! The truth is the outcome of a closed report, not the click that confirmed it, and an officer's word on a candidate below the
//! threshold who saw no score. A case that was drawn stands for all that were not. What is said of the result is told on cases
//! that were held out of what it was learned from.

use replevin_index::evaluation::calibration::Bins;
use replevin_index::evaluation::recalibration::{Belief, Case, effective, fit, held_out};
use replevin_index::evaluation::{Evaluation, Pairs, Scored, Settings, evaluate};

use super::{Calibration, Factor, Source};
use crate::domain::assessment::{Assessment, Comparison};
use crate::domain::blind_review::DecidedBlindly;
use crate::domain::ids::TheftReportId;
use crate::domain::report::{Report, ReportState};
use crate::domain::time::Timestamp;
use crate::matching::weights::MODEL;

/// Outcomes, and blind reviews, without which nothing is learned.
pub const EACH_MIN: usize = 50;
/// Cases that are the same, and that are not, without which nothing is learned.
pub const OF_EITHER_MIN: usize = 20;
/// Parts into which cases are divided to tell how well what the others teach holds for each.
pub const FOLDS: usize = 10;

const GROUPS: usize = Comparison::ALL.len();
/// How far a group's factor may well lie from 1: the table was judged or measured, by people who were wrong by a third before.
const FACTOR_SPREAD: f64 = 0.3;
/// How far the odds before any evidence may well be off, nats: a factor of 3.
const SHIFT_SPREAD: f64 = 1.1;
/// What has no say in the odds: only how far apart they are counts.
const THRESHOLD: f64 = 0.5;
/// Bins in which said and so are compared.
const BINS: usize = 10;

/// Where the truth of a case comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// How a closed report ended.
    Outcome,
    /// What an officer said without seeing the score.
    BlindReview,
}

/// A case of which it is known how it turned out.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// From where.
    pub truth: Truth,
    /// Whether it was the same.
    pub same: bool,
    /// When that became known.
    pub at: Timestamp,
    /// What is weighed: by group, natural logs, and the shift.
    case: Case,
}

/// The cases of a store.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cases {
    /// Those to learn from.
    pub judged: Vec<Judged>,
    /// How many were left out because it is not known how they turned out: never secured, or not to be told.
    pub unknown: usize,
    /// How many were left out because another table of weights assessed them, or an outcome excluded them.
    pub other_table: usize,
}

/// Too few cases of one kind or another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "too few cases to calibrate from: {outcomes} outcomes and {blind_reviews} blind reviews of which the truth is known and \
     which this table of weights assessed, where {EACH_MIN} of each are needed; {same} of them the same and {others} not, where \
     {OF_EITHER_MIN} of each are needed"
)]
pub struct TooFew {
    /// Outcomes of closed reports.
    pub outcomes: usize,
    /// Blind reviews.
    pub blind_reviews: usize,
    /// Cases that were the same.
    pub same: usize,
    /// Cases that were not.
    pub others: usize,
}

/// What cases teach.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// The calibration, named.
    pub calibration: Calibration,
    /// To how many cases that each stand for one they amount.
    pub effective: f64,
    /// How good the odds were as they were said.
    pub before: Evaluation,
    /// How good those are that the cases of other folds teach.
    pub after: Evaluation,
}

impl Learned {
    /// Whether the odds are better for it on cases that it was not learned from: their Cllr is lower.
    #[must_use]
    pub fn is_better(&self) -> bool {
        self.source().cllr[1] < self.source().cllr[0]
    }

    fn source(&self) -> &Source {
        &self.calibration.source
    }
}

/// How a calibration is learned and measured.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnOptions {
    /// When.
    pub now: Timestamp,
    /// From which data directory.
    pub data: String,
    /// Draws the folds, and the samples of the intervals.
    pub seed: u64,
    /// Samples that the intervals are made of.
    pub samples: usize,
}

impl Cases {
    /// From closed reports and decided blind reviews.
    #[must_use]
    pub fn of(closed: &[Report], decided: &[DecidedBlindly]) -> Self {
        let mut cases = Self::default();
        for report in closed {
            if let ReportState::Closed { closed_at, .. } = &report.state {
                let told = (&report.assessment, report.theft_report);
                cases.add(Truth::Outcome, report.taught(), *closed_at, told, 1);
            }
        }
        for review in decided {
            let times = (1.0 / review.share).round().clamp(1.0, f64::from(u32::MAX)) as u32;
            cases.add(
                Truth::BlindReview,
                review.verdict.same(),
                review.at,
                (&review.assessment, review.theft_report),
                times,
            );
        }
        cases
    }

    fn add(
        &mut self,
        truth: Truth,
        same: Option<bool>,
        at: Timestamp,
        (assessment, theft): (&Assessment, TheftReportId),
        times: u32,
    ) {
        let Some(same) = same else {
            self.unknown += 1;
            return;
        };
        match case(assessment, same, times) {
            Some(case) => self.judged.push(Judged {
                truth,
                same,
                at,
                case: Case {
                    group: theft.0.as_u128(),
                    ..case
                },
            }),
            None => self.other_table += 1,
        }
    }

    /// How many come from where.
    #[must_use]
    pub fn count(&self, truth: Truth) -> usize {
        self.judged.iter().filter(|judged| judged.truth == truth).count()
    }

    /// How many are the same.
    #[must_use]
    pub fn same(&self) -> usize {
        self.judged.iter().filter(|judged| judged.same).count()
    }

    /// Learns a calibration.
    ///
    /// # Errors
    /// When there are too few cases of one kind or another.
    pub fn learn(&self, options: &LearnOptions) -> Result<Learned, TooFew> {
        let counts = TooFew {
            outcomes: self.count(Truth::Outcome),
            blind_reviews: self.count(Truth::BlindReview),
            same: self.same(),
            others: self.judged.len() - self.same(),
        };
        if counts.outcomes.min(counts.blind_reviews) < EACH_MIN || counts.same.min(counts.others) < OF_EITHER_MIN {
            return Err(counts);
        }
        let cases: Vec<Case> = self.judged.iter().map(|judged| judged.case.clone()).collect();
        let all: Vec<&Case> = cases.iter().collect();
        let weights = fit(&all, &beliefs());
        let said: Vec<f64> = cases.iter().map(|case| case.log_odds(&AS_SAID)).collect();
        let read = held_out(&cases, &beliefs(), FOLDS, options.seed);
        let (before, after) = (measured(&cases, &said, options), measured(&cases, &read, options));
        let cllr = |evaluation: &Evaluation| evaluation.cllr.map_or(f64::INFINITY, |cllr| six(cllr.is));
        let (from, to) = self
            .judged
            .iter()
            .fold((options.now, Timestamp::UNIX_EPOCH), |(from, to), judged| {
                (from.min(judged.at), to.max(judged.at))
            });
        let source = Source {
            made_at: options.now,
            data: options.data.clone(),
            from,
            to,
            outcomes: counts.outcomes as u64,
            blind_reviews: counts.blind_reviews as u64,
            same: counts.same as u64,
            cllr: [cllr(&before), cllr(&after)],
        };
        let factors = Comparison::ALL.iter().zip(&weights).map(|(comparison, weight)| Factor {
            comparison: *comparison,
            factor: six(*weight),
        });
        let shift_log10 = six(weights[GROUPS] / std::f64::consts::LN_10);
        Ok(Learned {
            calibration: Calibration::new(factors.collect(), shift_log10, source),
            effective: effective(&all),
            before,
            after,
        })
    }
}

/// The weights under which odds are what was said.
const AS_SAID: [f64; GROUPS + 1] = {
    let mut weights = [1.0; GROUPS + 1];
    weights[GROUPS] = 0.0;
    weights
};

fn beliefs() -> [Belief; GROUPS + 1] {
    let mut beliefs = [Belief {
        weight: 1.0,
        spread: FACTOR_SPREAD,
        least: 0.0,
    }; GROUPS + 1];
    beliefs[GROUPS] = Belief {
        weight: 0.0,
        spread: SHIFT_SPREAD,
        least: f64::NEG_INFINITY,
    };
    beliefs
}

/// What was said of a pair, by group; nothing when it was excluded, or when another table said it.
fn case(assessment: &Assessment, same: bool, times: u32) -> Option<Case> {
    let base = assessment.model.split('+').next();
    if base != Some(MODEL) {
        return None;
    }
    let groups = assessment.by_table()?;
    let shift = assessment
        .calibrated
        .as_ref()
        .map_or(0.0, |calibrated| calibrated.shift_log10);
    let nats = |log10: f64| log10 * std::f64::consts::LN_10;
    // p = o / (1 + o + rivals): the share that rivals hold gives their odds back.
    let share = assessment.rivals.share.clamp(0.0, 0.999_999);
    let own = nats(assessment.prior_log10_odds + assessment.log10_lr?).exp();
    let rivals = share / (1.0 - share) * (1.0 + own);
    let mut said: Vec<f64> = groups.into_iter().map(nats).collect();
    said.push(1.0);
    Some(Case {
        given: nats(assessment.prior_log10_odds - shift) - rivals.ln_1p(),
        said,
        same,
        times,
        group: 0,
    })
}

fn measured(cases: &[Case], odds: &[f64], options: &LearnOptions) -> Evaluation {
    let scored = cases.iter().zip(odds).map(|(case, odds)| {
        let scored = Scored {
            log_odds: *odds,
            log_lr: odds - case.given,
            same: case.same,
        };
        (scored, case.times)
    });
    let settings = Settings {
        threshold: THRESHOLD,
        bins: Bins::OfWidth(BINS),
        samples: options.samples,
        seed: options.seed,
    };
    evaluate(&Pairs::standing_for(scored.collect()), &settings)
}

/// Six decimals: what lies behind them nobody knows.
fn six(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
