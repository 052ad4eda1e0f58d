//! `match`: both sides from files, no server, no store. Prints the candidates; the matching is the service's.

use std::path::PathBuf;

use clap::Args;

use super::files::Files;
use super::output::Output;
use super::progress::{Interrupt, Progress};
use crate::matching::MatchingOptions;
use crate::matching::offline::{OfflineOptions, OfflineStage, match_files};

/// Match a register with listings, both from files.
#[derive(Debug, Args)]
pub(super) struct MatchFiles {
    #[command(flatten)]
    files: Files,
    /// The NDJSON file to write; without it, standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write candidates from this probability on; 0 writes every candidate.
    #[arg(long, value_name = "P", default_value = "0.5", value_parser = probability)]
    min_probability: f64,
    /// Odds before any evidence, log10, in place of the estimated ones.
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = finite)]
    prior_log10_odds: Option<f64>,
    /// Read the weights as this file says, which replevin calibrate wrote.
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
}

impl MatchFiles {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let records = self.files.records()?;
        let mut output = Output::to(self.out.as_deref())?;
        let interrupt = Interrupt::listen()?;
        let sides = records.with_photos(&interrupt)?;
        let options = OfflineOptions {
            matching: MatchingOptions {
                calibration: super::calibrate::read(self.calibration.as_deref())?,
                ..MatchingOptions::default()
            },
            prior_log10_odds: self.prior_log10_odds,
            min_probability: self.min_probability,
        };
        let mut progress = Stages::default();
        let summary = match_files(
            &sides.items,
            &sides.listings,
            &options,
            |stage, done, total| {
                progress.at(stage, done as u64, total as u64);
                interrupt.check()
            },
            |record| output.line(&record),
        )?;
        drop(progress);
        output.finish()?;
        eprintln!(
            "{} items ({} left out as not stolen), {} listings, {} photos; {} pairs compared, {} written",
            summary.items, summary.items_left_out, summary.listings, sides.photos, summary.candidates, summary.given
        );
        Ok(())
    }
}

/// How far matching has come, stage by stage.
#[derive(Default)]
pub(super) struct Stages(Option<(OfflineStage, Progress)>);

impl Stages {
    pub(super) fn at(&mut self, stage: OfflineStage, done: u64, total: u64) {
        if !matches!(&self.0, Some((now, _)) if *now == stage) {
            let what = match stage {
                OfflineStage::Index => "records indexed",
                OfflineStage::Search => "records searched from",
                OfflineStage::Compare => "pairs compared",
                OfflineStage::Give => "listings",
            };
            self.0 = Some((stage, Progress::of(what, total)));
        }
        if let Some((_, progress)) = &mut self.0 {
            progress.at(done, total);
        }
    }
}

pub(super) fn probability(text: &str) -> Result<f64, &'static str> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("expected a probability from 0 to 1"),
    }
}

pub(super) fn finite(text: &str) -> Result<f64, &'static str> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err("expected a number such as -4.2"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_wrong_usage() {
        assert!(probability("1.1").is_err() && probability("NaN").is_err() && probability("-0.1").is_err());
        assert_eq!(probability("0"), Ok(0.0));
        assert!(finite("inf").is_err());
        assert_eq!(finite("-4.2"), Ok(-4.2));
    }
}
