//! Learns the table of the same-model score from labelled pairs, and measures it on pairs that it has not seen.
//!
//!     cargo run --release -p replevin-index --example train_same_model -- [--write TABLE] [--version N] [--seed N] DIR…
//!
//! Each directory is one set of pairs: `register.ndjson` and `listings.ndjson` with one record a line (`id`, `title`,
//! `description`, `brand`, `model`, `category`, `color`, `language`; all but `id` may be missing), and `train.csv`,
//! `valid.csv`, `test.csv` with the columns `item,listing,same`, where `same` is 1 or 0. Pairs that stand in `test.csv` too
//! are dropped from training, and so are pairs with both labels. How common words are is counted over both files.
//!
//! How long to learn is decided on `valid.csv`; then the table is learned again from `train.csv` and `valid.csv` together,
//! the average of several learned from random parts of them. `test.csv` is scored once, at the end: F1 at the threshold that
//! was best on `valid.csv`, expected calibration error in ten bins of equal size, and Cllr (Brümmer and du Preez 2006), each
//! with the 95 % interval of 1,000 bootstrap samples. One line of JSON for each set; `labels` is
//! how many labelled pairs the table was learned from. `--write` writes the table.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use boost::{Learner, Model};
use replevin_index::evaluation::{Pairs, calibration, ranking, without_share};
use set::{Pair, Set};

mod boost;
mod measure;
#[path = "../common/pairs.rs"]
mod pairs;
#[path = "../common/random.rs"]
#[allow(dead_code)] // each example draws in its own ways
mod random;
mod set;

/// Tables that are averaged.
const BAGS: u64 = 8;
/// Numbers of rounds of learning that are tried.
const ROUNDS_TRIED: [usize; 4] = [300, 600, 1_000, 1_500];

struct Asked {
    write: Option<PathBuf>,
    version: u32,
    seed: u64,
    directories: Vec<PathBuf>,
}

fn main() -> Result<()> {
    let asked = asked()?;
    let sets: Vec<Set> = (asked.directories.iter())
        .map(|directory| Set::read(directory))
        .collect::<Result<_>>()?;
    let all = |split: fn(&Set) -> &Vec<Pair>| sets.iter().flat_map(split).cloned().collect::<Vec<Pair>>();
    let (train, valid) = (all(|set| &set.train), all(|set| &set.valid));
    let chosen = Learner::new(&train, asked.seed);
    let (rounds, trial) = best_rounds(&chosen, &valid).context("no number of rounds to try")?;
    eprintln!(
        "{} pairs to learn from, {} to choose by: {rounds} rounds",
        train.len(),
        valid.len()
    );
    let together: Vec<Pair> = train.iter().chain(&valid).cloned().collect();
    let model = Learner::new(&together, asked.seed).bagged(BAGS, rounds);
    for set in &sets {
        let valid = Pairs::new(without_share(&scored(&trial, &set.valid)));
        let threshold = ranking::best_threshold(valid.all());
        let f1 = ranking::at(valid.all(), threshold).f1();
        eprintln!(
            "{}: F1 {f1:.4} on valid from probability {:.4} on",
            set.name,
            replevin_index::evaluation::probability(threshold)
        );
        println!(
            "{}",
            measure::report(&set.name, &scored(&model, &set.test), threshold, asked.seed, together.len())
        );
    }
    if let Some(path) = &asked.write {
        let table = table(&model, &sets, together.len(), asked.version);
        std::fs::write(path, table).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// The number of rounds after which the pairs that were not learned from are told best, and the tables of that trial.
fn best_rounds(learner: &Learner, valid: &[Pair]) -> Option<(usize, Model)> {
    let mut best: Option<(f64, usize, Model)> = None;
    for rounds in ROUNDS_TRIED {
        let model = learner.bagged(BAGS / 4, rounds);
        let valid = Pairs::new(without_share(&scored(&model, valid)));
        let loss = calibration::log_loss(valid.all());
        let f1 = ranking::at(valid.all(), ranking::best_threshold(valid.all())).f1();
        eprintln!("{rounds} rounds: log loss {loss:.5}, F1 {f1:.4}");
        if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
            best = Some((loss, rounds, model));
        }
    }
    best.map(|(_, rounds, model)| (rounds, model))
}

/// Natural log of the odds, and what is so.
fn scored(model: &Model, pairs: &[Pair]) -> Vec<(f64, bool)> {
    pairs.iter().map(|pair| (model.log_odds(&pair.values), pair.same)).collect()
}

/// The table as the score reads it.
fn table(model: &Model, sets: &[Set], pairs: usize, version: u32) -> String {
    let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    let mut lines = vec![
        "# The same-model score: what a value of a feature from `from` on adds to log10 of the odds.".to_owned(),
        format!(
            "# Learned by the example train_same_model from {pairs} labelled pairs (train and valid of {}).",
            names.join(", ")
        ),
        "# feature\tfrom\tlog10".to_owned(),
        format!("version\t{version}"),
        format!("prior\t{:.4}", model.prior / std::f64::consts::LN_10),
    ];
    for (feature, steps) in replevin_index::text::same_model::features::NAMES.iter().zip(model.steps()) {
        lines.extend(
            steps
                .iter()
                .map(|(from, value)| format!("{}\t{from:.4}\t{:.4}", feature.name, value / std::f64::consts::LN_10)),
        );
    }
    lines.join("\n") + "\n"
}

fn asked() -> Result<Asked> {
    let mut asked = Asked {
        write: None,
        version: 1,
        seed: 1,
        directories: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument}: its value is missing"));
        let number = |value: String| value.parse().with_context(|| format!("{argument}: \"{value}\" is no number"));
        match argument.as_str() {
            "--write" => asked.write = Some(PathBuf::from(value()?)),
            "--version" => asked.version = number(value()?)?,
            "--seed" => asked.seed = u64::from(number(value()?)?),
            directory => asked.directories.push(Path::new(directory).to_owned()),
        }
    }
    ensure!(!asked.directories.is_empty(), "which directories of pairs?");
    Ok(asked)
}
