//! `evaluate`: matching from files, scored against pairs of which one knows.
//!
//! Owns the arguments and what is printed. The matching is that of [`crate::matching::offline`], which says what it lacks beside
//! the service's; the figures are those of [`replevin_index::evaluation`]; the truth is read by [`truth`], [`score`] brings both
//! together, [`page`] shows it.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use replevin_index::evaluation::bootstrap::Measure;
use replevin_index::evaluation::calibration::Bins;
use replevin_index::evaluation::{Evaluation, Pairs, Settings, evaluate};
use serde_json::{Value, json};

use self::score::{Outcome, RANKS};
use self::truth::Truth;
use super::Usage;
use super::figures::{decimals, round};
use super::files::{FAULTS_TOLD, Files};
use super::match_files::{finite, probability};
use super::output::{Output, say_json, say_table};
use super::progress::Interrupt;
use crate::matching::MatchingOptions;
use crate::matching::offline::OfflineOptions;

mod page;
mod score;
mod truth;
mod worst;

/// Samples that the intervals are made of.
const SAMPLES: usize = 1_000;
/// Bins in which said and so are compared.
const BINS: usize = 10;

/// Match files, and measure the result against pairs of which you know.
#[derive(Debug, Args)]
pub(super) struct Evaluate {
    #[command(flatten)]
    files: Files,
    /// The known pairs: CSV with a first line `item,listing` (all rows are the same, all other pairs are not) or
    /// `item,listing,same` (1 or 0; nothing is known of other pairs).
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// What the pairs are scored as.
    #[arg(long, value_enum, default_value_t = Target::Object)]
    target: Target,
    /// Probability from which a pair counts as said to be the same.
    #[arg(long, value_name = "P", default_value_t = MatchingOptions::default().report_threshold, value_parser = probability)]
    threshold: f64,
    /// Odds before any evidence, log10, in place of the estimated ones.
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = finite)]
    prior_log10_odds: Option<f64>,
    /// Read the weights as this file says, which replevin calibrate wrote.
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// Write a page with figures, and the worst misses and mistakes side by side.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Draws the samples that the intervals are made of.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// The same object: the probability of matching. A same pair that no search brings up stands with the prior.
    Object,
    /// The same model: the score of the two texts.
    Model,
}

impl Target {
    fn word(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Model => "model",
        }
    }
}

/// Everything that is shown of an evaluation.
struct Evaluated {
    target: Target,
    items: usize,
    listings: usize,
    photos: usize,
    evaluation: Evaluation,
    outcome: Outcome,
    seed: u64,
    seconds: f64,
    /// Most memory that the process ever held, where the system tells.
    peak_mib: Option<f64>,
}

impl Evaluate {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let started = Instant::now();
        if self.target == Target::Model
            && (self.files.photos.is_some() || self.prior_log10_odds.is_some() || self.calibration.is_some())
        {
            return Err(Usage(
                "--photos, --prior-log10-odds and --calibration have no part in --target model, which compares texts".into(),
            )
            .into());
        }
        let interrupt = Interrupt::listen()?;
        let records = self.files.records()?;
        let sides = records.with_photos(&interrupt)?;
        let truth = self.truth(&sides.items, &sides.listings)?;
        let page = self.report.as_deref().map(|path| Output::to(Some(path))).transpose()?;
        let outcome = match self.target {
            Target::Object => {
                let options = OfflineOptions {
                    matching: MatchingOptions {
                        calibration: super::calibrate::read(self.calibration.as_deref())?,
                        ..MatchingOptions::default()
                    },
                    prior_log10_odds: self.prior_log10_odds,
                    min_probability: 0.0,
                };
                score::objects(&sides, &truth, &options, &interrupt)?
            }
            Target::Model => score::models(&sides, &truth, &interrupt)?,
        };
        if outcome.scored.is_empty() {
            bail!("{}: no pair to score", self.truth.display());
        }
        let pairs = Pairs::new(outcome.scored.clone());
        let settings = Settings {
            threshold: self.threshold,
            bins: match self.target {
                // Nearly all candidates are improbable: bins of equally many would all be.
                Target::Object => Bins::OfWidth(BINS),
                Target::Model => Bins::OfPairs(BINS),
            },
            samples: SAMPLES,
            seed: self.seed,
        };
        let result = Evaluated {
            target: self.target,
            items: sides.items.len(),
            listings: sides.listings.len(),
            photos: sides.photos,
            evaluation: evaluate(&pairs, &settings),
            outcome,
            seed: self.seed,
            seconds: started.elapsed().as_secs_f64(),
            peak_mib: peak_mib(),
        };
        if let Some(mut page) = page {
            page.text(&page::render(&result, &pairs, &sides)?)?;
            page.finish()?;
        }
        if self.json {
            say_json(&result.as_json())
        } else {
            result.say()
        }
    }

    /// Reads the truth; a fault in it ends the work, since figures against half a truth would mislead.
    fn truth(
        &self,
        items: &[crate::matching::OfflineItem],
        listings: &[crate::matching::OfflineListing],
    ) -> anyhow::Result<Truth> {
        let name = self.truth.display();
        let text = std::fs::read_to_string(&self.truth).with_context(|| format!("cannot read {name}"))?;
        Truth::read(&text, items, listings).or_else(|faults| {
            for fault in faults.iter().take(FAULTS_TOLD) {
                let field = match fault.field.as_str() {
                    "" => String::new(),
                    field => format!("{field}: "),
                };
                eprintln!("{name}: line {}: {field}{}", fault.line, fault.reason);
            }
            if faults.len() > FAULTS_TOLD {
                eprintln!("{name}: and {} more", faults.len() - FAULTS_TOLD);
            }
            bail!("{name}: lines with faults: {}; nothing was scored", faults.len())
        })
    }
}

impl Evaluated {
    fn as_json(&self) -> Value {
        let mut all = json!({
            "target": self.target.word(),
            "items": self.items,
            "listings": self.listings,
            "photos": self.photos,
        });
        let of_score = json!({
            "not_found": self.outcome.not_found,
            "ruled_out": self.outcome.ruled_out,
            "not_stolen": self.outcome.not_stolen,
            "model": self.outcome.model,
            "samples": SAMPLES,
            "seed": self.seed,
            "seconds": self.seconds,
            "peak_mib": self.peak_mib,
        });
        let evaluation = serde_json::to_value(&self.evaluation).unwrap_or_default();
        let retrieval = self.outcome.retrieved.map(|found| {
            let shares = (RANKS.iter().zip(found)).map(|(rank, found)| {
                (
                    format!("recall_{rank}"),
                    json!(found as f64 / self.evaluation.same.max(1) as f64),
                )
            });
            json!({ "retrieval": Value::Object(shares.collect()) })
        });
        for part in [evaluation, of_score].into_iter().chain(retrieval) {
            if let (Value::Object(all), Value::Object(part)) = (&mut all, part) {
                all.extend(part);
            }
        }
        round(&mut all);
        all
    }

    fn say(&self) -> anyhow::Result<()> {
        let rows: Vec<[String; 3]> = self.rows().into_iter().map(|row| [row.name, row.is, row.interval]).collect();
        say_table(["", "is", "95 % interval"], &rows)?;
        Ok(())
    }

    /// The figures as people read them.
    fn rows(&self) -> Vec<Figure> {
        let evaluation = &self.evaluation;
        let threshold = decimals(evaluation.threshold, 2);
        let count = |name: &str, is: u64| Figure::new(name, is.to_string(), "");
        let mut rows = vec![
            count("pairs scored", evaluation.pairs),
            count(&format!("the same {}", self.target.word()), evaluation.same),
        ];
        if self.target == Target::Object {
            rows.push(count("the same, found by no search", self.outcome.not_found));
            rows.push(count("the same, ruled out", self.outcome.ruled_out));
            rows.push(count("rows whose item is not stolen, left out", self.outcome.not_stolen));
        }
        let why = self.why_unknown();
        let best = format!("best F1, from probability {}", decimals(evaluation.best_threshold, 4));
        rows.extend([
            Figure::of(&format!("recall from probability {threshold}"), evaluation.recall, why),
            Figure::of(&format!("precision from probability {threshold}"), evaluation.precision, why),
            Figure::of(&format!("F1 from probability {threshold}"), evaluation.f1, why),
            Figure::of(&best, evaluation.best_f1, why),
            Figure::of("average precision", evaluation.average_precision, why),
            Figure::of("Cllr, bits", evaluation.cllr, why),
            Figure::of("expected calibration error", evaluation.calibration_error, why),
        ]);
        for (rank, found) in RANKS.iter().zip(self.outcome.retrieved.into_iter().flatten()) {
            let is = decimals(found as f64 / evaluation.same.max(1) as f64, 4);
            rows.push(Figure::new(&format!("found by words among the first {rank}"), is, ""));
        }
        rows.push(Figure::new("seconds", decimals(self.seconds, 1), ""));
        let memory = self.peak_mib.map_or_else(|| "unknown".to_owned(), |mib| decimals(mib, 0));
        rows.push(Figure::new("most memory, MiB", memory, ""));
        rows
    }

    /// Why a figure that is not there cannot be told.
    fn why_unknown(&self) -> &'static str {
        let evaluation = &self.evaluation;
        if evaluation.same == 0 {
            "no pair that is the same was scored"
        } else if evaluation.same == evaluation.pairs {
            "no pair of different ones was scored"
        } else if self.outcome.ruled_out > 0 {
            "without end: a pair that is the same was ruled out"
        } else {
            "nothing reached the threshold"
        }
    }
}

/// A figure in words.
struct Figure {
    name: String,
    is: String,
    interval: String,
}

impl Figure {
    fn new(name: &str, is: String, interval: &str) -> Self {
        Self {
            name: name.to_owned(),
            is,
            interval: interval.to_owned(),
        }
    }

    /// A measured figure, or why there is none.
    fn of(name: &str, measure: Option<Measure>, why: &str) -> Self {
        let Some(measure) = measure else {
            return Self::new(name, "–".to_owned(), why);
        };
        let [from, to] = measure.interval;
        Self::new(
            name,
            decimals(measure.is, 4),
            &format!("{} to {}", decimals(from, 4), decimals(to, 4)),
        )
    }
}

/// Most memory that this process ever held (Linux).
fn peak_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}
