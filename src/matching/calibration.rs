//! Calibration: weights that were learned from what turned out, laid over the table of [`super::weights`].
//!
//! A factor for each group of evidence, and a shift of the odds before any evidence. No factor is negative, so that more
//! evidence is never less; and none takes a piece of evidence beyond what its group can be worth in the table, which is what it
//! may come to. Which evidence tells objects apart is left to the table. Owns the file that holds it; how it is learned
//! is [`learn`]'s.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::compare::{Compared, rounded};
use super::weights::{MODEL, bounds};
use crate::domain::assessment::{Calibrated, Comparison};
use crate::domain::time::Timestamp;

pub mod learn;

/// The form of the file.
const FORMAT: u32 = 1;
/// Factors beyond this are no calibration of this table.
const FACTOR_MAX: f64 = 10.0;
/// Shifts beyond this many decades likewise.
const SHIFT_MAX: f64 = 6.0;

/// A file that holds no calibration.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// It could not be read.
    #[error("cannot read {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what `replevin calibrate` writes.
    #[error("{path} is no calibration: {reason}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// Factors and a shift, with where they come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    format: u32,
    /// Names it in every assessment that is made with it.
    pub version: String,
    /// The table of weights that it was learned on, and the only one that it fits.
    pub base: String,
    /// Added to the odds before any evidence, log10.
    pub shift_log10: f64,
    /// A factor for each group of evidence; those that are not named are 1.
    pub factors: Vec<Factor>,
    /// What it was learned from.
    pub source: Source,
}

/// The factor of a group.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Which group.
    pub comparison: Comparison,
    /// What its log10 LR is multiplied by.
    pub factor: f64,
}

/// What a calibration was learned from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// When it was learned.
    pub made_at: Timestamp,
    /// From the cases of which data directory.
    pub data: String,
    /// The first decision that it rests on.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
    /// Outcomes of closed reports.
    pub outcomes: u64,
    /// Decided blind reviews.
    pub blind_reviews: u64,
    /// How many of both were the same.
    pub same: u64,
    /// Cllr in bits before and after, on cases that were held out.
    pub cllr: [f64; 2],
}

impl Calibration {
    /// Names factors and a shift.
    #[must_use]
    pub fn new(factors: Vec<Factor>, shift_log10: f64, source: Source) -> Self {
        let mut calibration = Self {
            format: FORMAT,
            version: String::new(),
            base: MODEL.to_owned(),
            shift_log10,
            factors,
            source,
        };
        calibration.version = calibration.name();
        calibration
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or holds no calibration.
    pub fn read(path: &Path) -> Result<Self, CalibrationError> {
        let text = std::fs::read_to_string(path).map_err(|source| CalibrationError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|reason| CalibrationError::Invalid {
            path: path.to_owned(),
            reason,
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let calibration: Self = toml::from_str(text).map_err(|fault| fault.to_string())?;
        if calibration.format != FORMAT {
            return Err(format!("it is of form {}, this program reads {FORMAT}", calibration.format));
        }
        let mut named: Vec<Comparison> = calibration.factors.iter().map(|factor| factor.comparison).collect();
        named.sort();
        named.dedup();
        if named.len() < calibration.factors.len() {
            return Err("a group has two factors".to_owned());
        }
        if !(calibration.factors.iter()).all(|factor| (0.0..=FACTOR_MAX).contains(&factor.factor)) {
            return Err(format!("factors must be 0 to {FACTOR_MAX}"));
        }
        if !(-SHIFT_MAX..=SHIFT_MAX).contains(&calibration.shift_log10) {
            return Err(format!("the shift must be -{SHIFT_MAX} to {SHIFT_MAX}"));
        }
        if calibration.version != calibration.name() {
            return Err("its figures are not those of its version: it was changed after it was written".to_owned());
        }
        Ok(calibration)
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let figures = toml::to_string(self).unwrap_or_default();
        format!(
            "# Learned by replevin calibrate. A change by hand is refused: the version names the figures.\n\
             # Each log10 LR is multiplied by the factor of its group; the shift is added to the log10 odds before any evidence.\n\n\
             {figures}"
        )
    }

    /// Whether it was learned on the table of weights that this program has.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.base == MODEL
    }

    /// The day it was learned, and the start of a digest of its figures.
    fn name(&self) -> String {
        let figures = Self {
            version: String::new(),
            ..self.clone()
        };
        let digest = Sha256::digest(toml::to_string(&figures).unwrap_or_default());
        let day = self.source.made_at.format("%Y-%m-%d");
        format!("cal-{day}-{}", hex::encode(&digest[..4]))
    }

    fn factor(&self, comparison: Comparison) -> f64 {
        let known = self.factors.iter().find(|factor| factor.comparison == comparison);
        known.map_or(1.0, |known| known.factor)
    }

    /// A weight of the table as it should be read: never beyond what its group can be worth, and never with another sign.
    fn read_weight(&self, comparison: Comparison, weight: f64) -> f64 {
        let [least, most] = bounds(comparison);
        rounded((weight * self.factor(comparison)).clamp(least.min(weight), most.max(weight)))
    }

    /// The pair with its weights as they should be read.
    pub(super) fn apply(&self, compared: &Compared) -> Compared {
        let mut table: Vec<(Comparison, f64)> = Vec::new();
        let mut read: Vec<(Comparison, f64)> = Vec::new();
        let mut evidence = compared.evidence.clone();
        for told in &mut evidence {
            let Some(weight) = &mut told.log10_lr else { continue };
            let by_table = add(&mut table, told.comparison, *weight);
            // Several findings of a group stay together within what the group can be worth, as one does.
            let most = bounds(told.comparison)[1].max(by_table);
            let left = rounded(most - add(&mut read, told.comparison, 0.0)).max(0.0);
            *weight = self.read_weight(told.comparison, *weight).min(left);
            add(&mut read, told.comparison, *weight);
        }
        table.sort_by_key(|(comparison, _)| *comparison);
        Compared {
            table,
            ..Compared::of(evidence, compared.individual)
        }
    }

    /// What an assessment keeps of it.
    pub(super) fn note(&self, compared: &Compared) -> Calibrated {
        Calibrated {
            version: self.version.clone(),
            shift_log10: self.shift_log10,
            table: compared.table.clone(),
        }
    }
}

/// Adds a weight to what its group came to; what that is now.
fn add(sums: &mut Vec<(Comparison, f64)>, comparison: Comparison, weight: f64) -> f64 {
    let place = sums.iter().position(|(known, _)| *known == comparison).unwrap_or(sums.len());
    if place == sums.len() {
        sums.push((comparison, 0.0));
    }
    sums[place].1 = rounded(sums[place].1 + weight);
    sums[place].1
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
