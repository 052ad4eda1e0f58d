//! How good a score is, measured on pairs of which it is known whether they are the same.
//!
//! Owns the figures and their intervals: pure functions of scores and labels, whatever "same" means to the caller. Leaves the
//! scoring to whoever scores, and the showing to whoever shows.
//!
//! Reading order: [`Scored`] and [`Pairs`] (what goes in), [`ranking`] (recall, precision, F1), [`calibration`] (whether a
//! probability means what it says), [`bootstrap`] (how far a figure can be trusted), [`summary`] (all of them at once),
//! [`recalibration`] (how what was said should be read).

pub mod bootstrap;
pub mod calibration;
pub mod ranking;
pub mod recalibration;
pub mod summary;

pub use summary::{Evaluation, Settings, evaluate};

/// A pair, what was said of it, and what it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Natural log of the odds that were said; minus infinity where the pair was ruled out.
    pub log_odds: f64,
    /// Natural log of the likelihood ratio that was said: the odds without what was taken for granted before looking.
    pub log_lr: f64,
    /// Whether it is the same.
    pub same: bool,
}

impl Scored {
    /// The probability that was said, 0 to 1.
    #[must_use]
    pub fn probability(&self) -> f64 {
        probability(self.log_odds)
    }
}

/// The probability of odds whose natural log is given.
#[must_use]
pub fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The natural log of the odds of a probability.
#[must_use]
pub fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

/// Pairs whose score was made for a share of same pairs like their own: from odds (natural log) and labels, that share is
/// taken out of each to give its likelihood ratio.
#[must_use]
pub fn without_share(scored: &[(f64, bool)]) -> Vec<Scored> {
    let same = scored.iter().filter(|(_, same)| *same).count() as f64;
    let prior = (same / (scored.len() as f64 - same)).ln();
    let pair = |(log_odds, same): &(f64, bool)| Scored {
        log_odds: *log_odds,
        log_lr: log_odds - prior,
        same: *same,
    };
    scored.iter().map(pair).collect()
}

/// Scored pairs in rising order of their odds; those of equal odds in the order given.
#[derive(Debug, Clone)]
pub struct Pairs {
    ranked: Vec<Scored>,
    /// For how many pairs each stands.
    times: Vec<u32>,
}

impl Pairs {
    /// Puts pairs in order.
    #[must_use]
    pub fn new(scored: Vec<Scored>) -> Self {
        Self::standing_for(scored.into_iter().map(|pair| (pair, 1)).collect())
    }

    /// Puts pairs in order that were drawn: each stands for so many.
    #[must_use]
    pub fn standing_for(mut drawn: Vec<(Scored, u32)>) -> Self {
        drawn.sort_by(|(a, _), (b, _)| a.log_odds.total_cmp(&b.log_odds));
        let (ranked, times) = drawn.into_iter().unzip();
        Self { ranked, times }
    }

    /// The pairs in rising order.
    #[must_use]
    pub fn ranked(&self) -> &[Scored] {
        &self.ranked
    }

    /// Every pair, as often as it stands for one.
    #[must_use]
    pub fn all(&self) -> Sample<'_> {
        self.drawn(&self.times)
    }

    /// For how many pairs each stands, in the order of [`Pairs::ranked`].
    #[must_use]
    pub fn times(&self) -> &[u32] {
        &self.times
    }

    /// Each pair so many times, in the order of [`Pairs::ranked`].
    #[must_use]
    pub fn drawn<'a>(&'a self, times: &'a [u32]) -> Sample<'a> {
        Sample {
            ranked: &self.ranked,
            times,
        }
    }
}

/// Pairs in rising order of their odds, each with how often it counts.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    ranked: &'a [Scored],
    times: &'a [u32],
}

impl<'a> Sample<'a> {
    /// The pairs that count at all, and how often.
    pub fn counted(self) -> impl DoubleEndedIterator<Item = (&'a Scored, u32)> {
        (self.ranked.iter().zip(self.times))
            .map(|(pair, times)| (pair, *times))
            .filter(|(_, times)| *times > 0)
    }

    /// How many pairs there are, and how many of them are the same.
    #[must_use]
    pub fn sizes(self) -> (u64, u64) {
        self.counted().fold((0, 0), |(all, same), (pair, times)| {
            (all + u64::from(times), same + if pair.same { u64::from(times) } else { 0 })
        })
    }
}

#[cfg(test)]
mod tests;
