//! Reading labelled pairs: `register.ndjson`, `listings.ndjson`, and labels in `train.csv`, `valid.csv` or `test.csv`.

use std::collections::HashMap;
use std::fs::read_to_string;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use replevin_index::RecordText;
use serde::Deserialize;

/// The texts of one side of a set, by id.
pub(crate) type Texts = HashMap<String, RecordText>;

/// What a person said of one pair.
#[derive(Clone)]
pub(crate) struct Label {
    pub(crate) item: String,
    pub(crate) listing: String,
    pub(crate) same: bool,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    brand: String,
    #[serde(default)]
    model: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    color: String,
    language: Option<String>,
}

/// The last part of a set's path, which names it.
pub(crate) fn name(directory: &Path) -> String {
    let name = directory.file_name().unwrap_or(directory.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Both sides of the set in `directory`: the register, then the listings.
pub(crate) fn sides(directory: &Path) -> Result<[Texts; 2]> {
    Ok([
        texts(&directory.join("register.ndjson"))?,
        texts(&directory.join("listings.ndjson"))?,
    ])
}

/// The labels of `split`, each of records that are there.
pub(crate) fn labels(directory: &Path, split: &str, [register, listings]: &[Texts; 2]) -> Result<Vec<Label>> {
    let path = directory.join(format!("{split}.csv"));
    let text = read_to_string(&path).with_context(|| path.display().to_string())?;
    (text.lines().zip(1..).skip(1))
        .map(|(line, number)| {
            let label = label(line).with_context(|| format!("{}: line {number}", path.display()))?;
            ensure!(
                register.contains_key(&label.item),
                "{}: line {number}: item {} is not in register.ndjson",
                path.display(),
                label.item
            );
            ensure!(
                listings.contains_key(&label.listing),
                "{}: line {number}: listing {} is not in listings.ndjson",
                path.display(),
                label.listing
            );
            Ok(label)
        })
        .collect()
}

fn label(line: &str) -> Result<Label> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    let [item, listing, same] = cells[..] else {
        bail!("{} columns where item, listing and same are wanted", cells.len());
    };
    let same = match same {
        "1" => true,
        "0" => false,
        other => bail!("same is \"{other}\", 1 or 0 is wanted"),
    };
    Ok(Label {
        item: item.to_owned(),
        listing: listing.to_owned(),
        same,
    })
}

fn texts(path: &Path) -> Result<Texts> {
    let text = read_to_string(path).with_context(|| path.display().to_string())?;
    (text.lines().zip(1..))
        .map(|(line, number)| {
            let line: Line = serde_json::from_str(line).with_context(|| format!("{}: line {number}", path.display()))?;
            let text = RecordText {
                language: line.language,
                title: line.title,
                description: line.description,
                brand: line.brand,
                model: line.model,
                category: line.category,
                color: line.color,
                marks: String::new(),
            };
            Ok((line.id, text))
        })
        .collect()
}
