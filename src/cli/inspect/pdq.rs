//! `inspect pdq`: agreement of this program's PDQ hashes with vectors that the reference computed.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use replevin_index::image::Hash256;
use serde::Serialize;

use super::image::{read_photo, upright};
use crate::cli::output::{say, say_json};
use crate::cli::progress::{Interrupt, Progress};

/// Distance up to which two computations of one hash agree, bits: rounding differs between programs.
const BITS_MAX: u16 = 2;
/// Share of the vectors that must agree so far.
const SHARE_MIN: f64 = 0.97;

/// Compare this program's PDQ hashes with reference vectors. Succeeds when 97 % agree within 2 bits and all files are read.
#[derive(Debug, Args)]
pub(super) struct Pdq {
    /// A CSV with the columns file,quality,pdq_hex.
    #[arg(long, value_name = "CSV")]
    vectors: PathBuf,
    /// What the files' paths are relative to; without it the nearest folder above the CSV in which the first one exists.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// One line of the CSV.
#[derive(Debug, PartialEq, Eq)]
struct Vector {
    file: String,
    quality: u8,
    pdq: Hash256,
}

/// How one file fared.
#[derive(Debug, Clone, Serialize)]
struct Outcome {
    file: String,
    bits: u16,
    quality: u8,
    expected_quality: u8,
}

#[derive(Debug, Serialize)]
struct Agreement {
    rows: usize,
    read: usize,
    equal: usize,
    within_2_bits: usize,
    within_2_bits_percent: f64,
    quality_equal: usize,
    worse: Vec<Outcome>,
    unreadable: Vec<String>,
}

impl Pdq {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(&self.vectors).with_context(|| format!("cannot read {}", self.vectors.display()))?;
        let vectors = parse(&text).with_context(|| self.vectors.display().to_string())?;
        let root = match self.root {
            Some(root) => root,
            None => find_root(&self.vectors, &vectors[0].file)?,
        };
        let interrupt = Interrupt::listen()?;
        let (mut outcomes, mut unreadable) = (Vec::new(), Vec::new());
        let mut progress = Progress::of("photos", vectors.len() as u64);
        for vector in &vectors {
            interrupt.check()?;
            match read_photo(&root.join(&vector.file)) {
                Ok((_, reading)) => outcomes.push(Outcome {
                    file: vector.file.clone(),
                    bits: upright(&reading).pdq.distance_bits(&vector.pdq),
                    quality: reading.fingerprint.quality,
                    expected_quality: vector.quality,
                }),
                Err(error) => {
                    progress.note(&format!("{}: {error:#}", vector.file));
                    unreadable.push(vector.file.clone());
                }
            }
            progress.step();
        }
        drop(progress);
        let agreement = Agreement::of(&outcomes, unreadable);
        agreement.print(self.json)?;
        agreement.verdict()
    }
}

impl Agreement {
    fn of(outcomes: &[Outcome], unreadable: Vec<String>) -> Self {
        let count = |test: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| test(outcome)).count();
        let rows = outcomes.len() + unreadable.len();
        let near = count(|outcome| outcome.bits <= BITS_MAX);
        Self {
            rows,
            read: outcomes.len(),
            equal: count(|outcome| outcome.bits == 0),
            within_2_bits: near,
            within_2_bits_percent: (near as f64 / rows.max(1) as f64 * 10_000.0).round() / 100.0,
            quality_equal: count(|outcome| outcome.quality == outcome.expected_quality),
            worse: outcomes.iter().filter(|outcome| outcome.bits > BITS_MAX).cloned().collect(),
            unreadable,
        }
    }

    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            return say_json(self);
        }
        say(&format!("rows              {}", self.rows))?;
        say(&format!("equal             {}", self.equal))?;
        say(&format!(
            "within {BITS_MAX} bits     {} ({} %)",
            self.within_2_bits, self.within_2_bits_percent
        ))?;
        say(&format!("quality equal     {}", self.quality_equal))?;
        for worse in &self.worse {
            say(&format!("{:4} bits         {}", worse.bits, worse.file))?;
        }
        for file in &self.unreadable {
            say(&format!("not read          {file}"))?;
        }
        Ok(())
    }

    fn verdict(&self) -> anyhow::Result<()> {
        if !self.unreadable.is_empty() {
            bail!("{} files could not be read", self.unreadable.len());
        }
        if self.within_2_bits_percent < SHARE_MIN * 100.0 {
            bail!("fewer than {} % agree within {BITS_MAX} bits", SHARE_MIN * 100.0);
        }
        Ok(())
    }
}

/// Reads the CSV; its paths may hold commas, the two last columns cannot.
fn parse(text: &str) -> anyhow::Result<Vec<Vector>> {
    let mut vectors = Vec::new();
    for (number, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let mut columns = line.trim().rsplitn(3, ',');
        let (Some(pdq), Some(quality), Some(file)) = (columns.next(), columns.next(), columns.next()) else {
            bail!("line {}: expected file,quality,pdq_hex", number + 1);
        };
        vectors.push(Vector {
            file: file.trim_matches('"').to_owned(),
            quality: quality.parse().with_context(|| format!("line {}: quality", number + 1))?,
            pdq: pdq.parse().with_context(|| format!("line {}: pdq_hex", number + 1))?,
        });
    }
    if vectors.is_empty() {
        bail!("no vectors in it");
    }
    Ok(vectors)
}

fn find_root(csv: &Path, first: &str) -> anyhow::Result<PathBuf> {
    let csv = std::path::absolute(csv)?;
    let found = csv.ancestors().skip(1).find(|folder| folder.join(first).is_file());
    match found {
        Some(folder) => Ok(folder.to_owned()),
        None => bail!(
            "{first} is in no folder above {}; say with --root what it is relative to",
            csv.display()
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_vectors_and_names_the_faulty_line() {
        let hex = "f0".repeat(32);
        let vectors = parse(&format!("file,quality,pdq_hex\na/b, c.jpg,100,{hex}\n\n")).unwrap();
        assert_eq!(vectors[0].file, "a/b, c.jpg");
        assert_eq!((vectors[0].quality, vectors[0].pdq), (100, Hash256([0xF0; 32])));
        for (text, named) in [
            ("file,quality,pdq_hex\n", "no vectors"),
            ("file,quality,pdq_hex\na.jpg,100,zz\n", "line 2"),
            ("file,quality,pdq_hex\na.jpg\n", "line 2"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(named), "{text:?}: {error}");
        }
    }

    #[test]
    fn counts_and_judges_agreement() {
        let outcome = |bits| Outcome {
            file: format!("{bits}.jpg"),
            bits,
            quality: 99,
            expected_quality: 100,
        };
        let good: Vec<Outcome> = std::iter::repeat_n(0, 90)
            .chain([1, 2, 2, 2, 1, 1, 2, 3, 40, 12])
            .map(outcome)
            .collect();
        let agreement = Agreement::of(&good, Vec::new());
        assert_eq!(
            (
                agreement.rows,
                agreement.equal,
                agreement.within_2_bits,
                agreement.quality_equal
            ),
            (100, 90, 97, 0)
        );
        assert_eq!(agreement.worse.len(), 3);
        assert!(agreement.verdict().is_ok());
        assert!(Agreement::of(&good[1..], Vec::new()).verdict().is_err());
        assert!(Agreement::of(&good, vec!["gone.jpg".to_owned()]).verdict().is_err());
    }
}
