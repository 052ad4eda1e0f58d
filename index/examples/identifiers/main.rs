//! How well identifiers are found in running text: recall by kind with the confusion of kinds, and false ones.
//!
//! `cargo run --release -p replevin-index --example identifiers -- [--seed N] [--texts N] [--misses N] [FILE.ndjson…]` makes
//! texts in eleven languages from a seed, as many without an identifier as with one, reads them and prints one JSON object a
//! line, then a table. The words that announce stand in `announcing.tsv`, written before the engine's own list was extended:
//! the *usual* ones it was extended from, and the *later* ones that were held out from it. Of texts with those the list
//! found 66.1 % before and 80.6 % after it was extended from the usual ones (seed 1); since then it has them too, so that
//! both columns now tell how values are read, and neither what share of all the words there are is known. Files are read as
//! listings (`title`, `description`) that hold no identifier.
#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::error::Error;

use replevin_index::identifier::extract::read;
use serde_json::{Value, json};

#[path = "../common/random.rs"]
#[allow(dead_code)] // each example draws in its own ways
mod random;
mod texts;
mod values;

use random::Random;
use texts::{Templates, Text};

/// What was asked for on the command line.
struct Asked {
    seed: u64,
    texts: usize,
    misses: usize,
    files: Vec<String>,
}

fn asked() -> Result<Asked, Box<dyn Error>> {
    let mut asked = Asked {
        seed: 1,
        texts: 6_000,
        misses: 40,
        files: Vec::new(),
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || {
            arguments
                .next()
                .ok_or("a number is missing")?
                .parse::<usize>()
                .map_err(Box::<dyn Error>::from)
        };
        match argument.as_str() {
            "--seed" => asked.seed = number()? as u64,
            "--texts" => asked.texts = number()?,
            "--misses" => asked.misses = number()?,
            _ => asked.files.push(argument),
        }
    }
    Ok(asked)
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = asked()?;
    let templates = Templates::new();
    let mut random = Random(asked.seed);
    let mut tally = Tally::default();
    for turn in 0..asked.texts {
        tally.with_value(&templates.with_value(&mut random, turn));
    }
    let mut without = Without::default();
    for _ in 0..asked.texts {
        without.add(&templates.without(&mut random).text);
    }
    println!("{}", without.line("generated", asked.seed));
    for file in &asked.files {
        let mut listings = Without::default();
        for line in std::fs::read_to_string(file)?.lines() {
            let listing: Value = serde_json::from_str(line)?;
            let part = |name: &str| listing[name].as_str().unwrap_or_default().to_owned();
            listings.add(&format!("{}\n{}", part("title"), part("description")));
        }
        println!("{}", listings.line(file, asked.seed));
    }
    tally.print(asked.seed, asked.misses);
    Ok(())
}

/// What was found in texts that hold one value.
#[derive(Default)]
struct Tally {
    /// Expected kind, found kind: how many.
    confusion: BTreeMap<(&'static str, String), usize>,
    /// Kind or language, later or not: found right, all.
    shares: BTreeMap<(&'static str, bool), (usize, usize)>,
    /// Texts with anything but the value, and all.
    beside: (usize, usize),
    misses: Vec<Value>,
}

impl Tally {
    fn with_value(&mut self, text: &Text) {
        let expected = kind(text.kind);
        let found = read(&text.text).identifiers;
        let told = |of: &replevin_index::identifier::Identifier| word(&of.kind);
        // Product codes are kept with 14 digits.
        let is_value = |normalised: &str| normalised.trim_start_matches('0') == text.value.trim_start_matches('0');
        let value = found.iter().find(|one| is_value(&one.identifier.normalised));
        let outcome = match (value, found.first()) {
            (Some(one), _) => told(&one.identifier),
            (None, Some(_)) => "other value".to_owned(),
            (None, None) => "nothing".to_owned(),
        };
        let right = outcome == expected;
        for key in [text.kind, text.language, "all"] {
            let share = self.shares.entry((key, text.later)).or_default();
            share.0 += usize::from(right);
            share.1 += 1;
        }
        self.beside.0 += usize::from(found.len() > usize::from(value.is_some()));
        self.beside.1 += 1;
        *self.confusion.entry((expected, outcome.clone())).or_default() += 1;
        if !right {
            let found: Vec<_> = found
                .iter()
                .map(|one| format!("{} {}", told(&one.identifier), one.identifier.given))
                .collect();
            self.misses.push(
                json!({"miss": text.text, "language": text.language, "expected": expected, "value": text.value,
                "later": text.later, "outcome": outcome, "found": found}),
            );
        }
    }

    fn print(&self, seed: u64, misses: usize) {
        for miss in self.misses.iter().take(misses) {
            println!("{miss}");
        }
        for ((of, later), (right, all)) in &self.shares {
            let recall = share(*right, *all);
            println!(
                "{}",
                json!({"bench": "identifiers", "seed": seed, "of": of, "later": later, "right": right, "texts": all, "recall": recall})
            );
        }
        let (right, all) = (self.shares.values()).fold((0, 0), |(right, all), share| (right + share.0, all + share.1));
        println!(
            "{}",
            json!({"bench": "identifiers_all", "seed": seed, "right": right, "texts": all, "recall": share(right, all)})
        );
        println!(
            "{}",
            json!({"bench": "identifiers_beside", "seed": seed, "texts": self.beside.1, "with_another": self.beside.0})
        );
        println!("\n{:14} {:14} {:>6}", "expected", "found", "texts");
        for ((expected, found), count) in &self.confusion {
            println!("{expected:14} {found:14} {count:>6}");
        }
        println!("\n{:10} {:>18} {:>18}", "", "usual words", "later words");
        let keys: std::collections::BTreeSet<_> = self.shares.keys().map(|(key, _)| *key).collect();
        for key in keys {
            let cell = |later| match self.shares.get(&(key, later)) {
                Some((right, all)) => format!("{right}/{all} {:.2} %", 100.0 * share(*right, *all)),
                None => String::new(),
            };
            println!("{key:10} {:>18} {:>18}", cell(false), cell(true));
        }
    }
}

/// What was found in texts that hold none.
#[derive(Default)]
struct Without {
    texts: usize,
    with_any: usize,
    announced_or_checked: usize,
    loose: usize,
    with_loose: usize,
    examples: Vec<String>,
}

impl Without {
    fn add(&mut self, text: &str) {
        let reading = read(text);
        self.texts += 1;
        self.with_any += usize::from(!reading.identifiers.is_empty());
        let checked = |found: &&replevin_index::identifier::Extracted| found.announced || word(&found.identifier.valid) == "yes";
        self.announced_or_checked += usize::from(reading.identifiers.iter().any(|found| checked(&found)));
        self.loose += reading.loose.len();
        self.with_loose += usize::from(!reading.loose.is_empty());
        if self.examples.len() < 10 {
            self.examples.extend(
                reading
                    .identifiers
                    .iter()
                    .map(|found| format!("{}: {}", found.identifier.given, text)),
            );
        }
    }

    fn line(&self, source: &str, seed: u64) -> Value {
        json!({"bench": "identifiers_false", "seed": seed, "source": source, "texts": self.texts, "with_any": self.with_any,
            "announced_or_checked": self.announced_or_checked, "false_rate": share(self.with_any, self.texts),
            "loose_per_text": share(self.loose, self.texts), "with_loose": share(self.with_loose, self.texts), "examples": self.examples})
    }
}

/// The engine's kind for the templates' word.
fn kind(template: &str) -> &'static str {
    match template {
        "imei" => "imei",
        "vin" => "vin",
        "frame" | "ein" | "fnuci" => "frame_number",
        "hull" => "hull_number",
        "chip" => "chip",
        "owner" => "owner_number",
        "plate" => "plate",
        "product" => "product_code",
        _ => "serial",
    }
}

fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn share(some: usize, all: usize) -> f64 {
    (10_000.0 * some as f64 / all.max(1) as f64).round() / 10_000.0
}
