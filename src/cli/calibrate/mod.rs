//! `calibrate`: learns from decided cases how much findings are worth.
//!
//! Owns the arguments, what is printed and written. What is learned and from what is
//! [`crate::matching::calibration::learn`]'s; [`page`] shows it.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use replevin_index::evaluation::Evaluation;
use replevin_index::evaluation::bootstrap::Measure;
use serde_json::{Value, json};

use super::Place;
use super::figures::{decimals, round};
use super::output::{Output, say, say_json, say_table};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::time::Clock;
use crate::lifecycle::Administration;
use crate::matching::MODEL;
use crate::matching::calibration::Calibration;
use crate::matching::calibration::learn::{Cases, FOLDS, LearnOptions, Learned, Truth};
use crate::store::StoreError;

mod page;

/// Samples that the intervals are made of.
const SAMPLES: usize = 1_000;

/// Learn from decided cases how much findings are worth.
#[derive(Debug, Args)]
pub(super) struct Calibrate {
    #[command(flatten)]
    place: Place,
    /// The calibration file to write; without it, nothing but what is shown.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write a page with the reliability before and after.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Draws the parts that are held out, and the samples that the intervals are made of.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Everything that is shown.
struct Shown {
    cases: Cases,
    learned: Learned,
    seed: u64,
}

impl Calibrate {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let config = self.place.existing()?;
        let clock = Clock::system();
        let parts = Administration::open(&config, clock.clone())?;
        let cases = parts.store.read_blocking(|reader| {
            let (closed, decided) = (reader.closed_reports()?, reader.decided_blind_reviews()?);
            Ok::<_, StoreError>(Cases::of(&closed, &decided))
        })?;
        let learned = cases.learn(&LearnOptions {
            now: clock.now(),
            data: config.data.display().to_string(),
            seed: self.seed,
            samples: SAMPLES,
        });
        let learned = learned.map_err(|too_few| anyhow::anyhow!("{too_few}{}", left_out(&cases)))?;
        let shown = Shown {
            cases,
            learned,
            seed: self.seed,
        };
        if let Some(path) = &self.report {
            let mut page = Output::to(Some(path))?;
            page.text(&page::render(&shown)?)?;
            page.finish()?;
        }
        let better = shown.learned.is_better();
        let written = self.out.as_ref().filter(|_| better);
        if let Some(path) = written {
            let mut file = Output::to(Some(path))?;
            file.text(&shown.learned.calibration.to_text())?;
            file.finish()?;
        }
        let act = shown.act(written.is_some());
        parts.store.keep(move |_| Ok::<_, StoreError>(((), vec![act])))?;
        if self.json {
            say_json(&shown.as_json(written.map(|path| path.display().to_string())))?;
        } else {
            shown.say()?;
        }
        match (&self.out, better) {
            (Some(path), false) => bail!(
                "the odds of the cases that were held out are not surely better for it: {} was not written",
                path.display()
            ),
            (Some(path), true) => {
                eprintln!(
                    "replevin: wrote {}; name it in the configuration, [matching] calibration, and start the service again",
                    path.display()
                );
            }
            (None, _) => {}
        }
        Ok(())
    }
}

/// The calibration in a file, for a command that is told to read weights by it.
pub(super) fn read(path: Option<&Path>) -> anyhow::Result<Option<Calibration>> {
    let Some(path) = path else { return Ok(None) };
    let calibration = Calibration::read(path)?;
    if !calibration.fits() {
        bail!(
            "{} was learned on the table of weights {}, this program's is {MODEL}",
            path.display(),
            calibration.base
        );
    }
    Ok(Some(calibration))
}

/// What was not learned from, in words.
fn left_out(cases: &Cases) -> String {
    let parts = [
        (cases.unknown, "of which it is not known how they turned out"),
        (
            cases.other_table,
            "which another table of weights assessed, or which an outcome excluded",
        ),
    ];
    let said: Vec<String> = (parts.iter().filter(|(count, _)| *count > 0))
        .map(|(count, why)| format!("{count} {why}"))
        .collect();
    if said.is_empty() {
        String::new()
    } else {
        format!("; left out are {}", said.join(" and "))
    }
}

impl Shown {
    fn act(&self, written: bool) -> Act {
        let calibration = &self.learned.calibration;
        Act::new(Actor::CommandLine, Action::Calibrated, SubjectKind::Service.all()).with_detail(json!({
            "version": calibration.version,
            "outcomes": calibration.source.outcomes,
            "blind_reviews": calibration.source.blind_reviews,
            "written": written,
        }))
    }

    fn as_json(&self, written: Option<String>) -> Value {
        let calibration = &self.learned.calibration;
        let factors = calibration.factors.iter().map(|factor| {
            let change = json!({ "before": 1.0, "after": factor.factor });
            (factor.comparison.word().to_owned(), change)
        });
        let told = |evaluation: &Evaluation| {
            json!({
                "cllr": evaluation.cllr,
                "calibration_error": evaluation.calibration_error,
                "reliability": evaluation.reliability,
            })
        };
        let mut all = json!({
            "version": calibration.version,
            "base": calibration.base,
            "cases": self.cases.judged.len(),
            "outcomes": self.cases.count(Truth::Outcome),
            "blind_reviews": self.cases.count(Truth::BlindReview),
            "same": self.cases.same(),
            "left_out": { "unknown": self.cases.unknown, "other_table": self.cases.other_table },
            "effective": self.learned.effective,
            "folds": FOLDS,
            "samples": SAMPLES,
            "seed": self.seed,
            "factors": Value::Object(factors.collect()),
            "shift_log10": calibration.shift_log10,
            "before": told(&self.learned.before),
            "after": told(&self.learned.after),
            "better": self.learned.is_better(),
            "cllr_difference": self.learned.cllr_difference,
            "written": written,
        });
        round(&mut all);
        all
    }

    fn say(&self) -> anyhow::Result<()> {
        for sentence in self.about() {
            say(&sentence)?;
        }
        say("")?;
        say_table(["", "before", "after"], &self.rows())?;
        Ok(())
    }

    /// What it was learned from, in sentences.
    fn about(&self) -> Vec<String> {
        let (cases, source) = (&self.cases, &self.learned.calibration.source);
        vec![
            format!(
                "{} of the table of weights {}, from {} cases decided {} to {}: {} outcomes of closed reports and {} blind reviews; \
                 {} of them the same{}.",
                self.learned.calibration.version,
                self.learned.calibration.base,
                cases.judged.len(),
                source.from.format("%Y-%m-%d"),
                source.to.format("%Y-%m-%d"),
                source.outcomes,
                source.blind_reviews,
                source.same,
                left_out(cases)
            ),
            format!(
                "Each blind review stands for those that were not drawn; together they amount to {} cases that stand for one. Before \
                 and after are told on cases that were held out in {FOLDS} parts; intervals are the middle 95 % of {SAMPLES} samples \
                 of the cases.",
                decimals(self.learned.effective, 1)
            ),
        ]
    }

    /// The figures as people read them: name, before, after.
    fn rows(&self) -> Vec<[String; 3]> {
        let (before, after) = (&self.learned.before, &self.learned.after);
        let row = |name: &str, of: fn(&Evaluation) -> Option<Measure>| [name.to_owned(), said(of(before)), said(of(after))];
        let mut rows = vec![
            row("Cllr, bits", |evaluation| evaluation.cllr),
            row("expected calibration error", |evaluation| evaluation.calibration_error),
        ];
        let calibration = &self.learned.calibration;
        rows.extend((calibration.factors.iter()).map(|factor| {
            let name = format!("factor of {}", factor.comparison.word());
            [name, decimals(1.0, 3), decimals(factor.factor, 3)]
        }));
        let shift = format!("{:+.3}", calibration.shift_log10);
        rows.push(["shift of the odds before, log10".to_owned(), decimals(0.0, 3), shift]);
        rows
    }
}

fn said(measure: Option<Measure>) -> String {
    measure.map_or_else(
        || "–".to_owned(),
        |measure| {
            let [from, to] = measure.interval;
            format!("{} ({} to {})", decimals(measure.is, 3), decimals(from, 3), decimals(to, 3))
        },
    )
}
