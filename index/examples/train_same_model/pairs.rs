//! Labelled pairs: reading them, and the values of their features.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fs::read_to_string;
use std::path::Path;

use replevin_index::RecordText;
use replevin_index::text::marks::Counts;
use replevin_index::text::same_model::features::{self, Values};
use replevin_index::text::words::Words;
use serde::Deserialize;

/// One labelled pair.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) values: Values,
    pub(super) same: bool,
}

/// One set of pairs.
pub(super) struct Set {
    pub(super) name: String,
    pub(super) train: Vec<Pair>,
    pub(super) valid: Vec<Pair>,
    pub(super) test: Vec<Pair>,
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

/// How many records say a term.
struct Saying {
    records: u64,
    saying: HashMap<String, u64>,
}

impl Counts for &Saying {
    type Error = Infallible;

    fn saying(&mut self, term: &str) -> Result<u64, Infallible> {
        Ok(self.saying.get(term).copied().unwrap_or_default())
    }

    fn saying_all(&mut self, _: &[String]) -> Result<u64, Infallible> {
        Ok(0)
    }
}

impl Set {
    pub(super) fn read(directory: &Path) -> Self {
        let sides = ["register", "listings"].map(|name| records(&directory.join(format!("{name}.ndjson"))));
        let mut saying = Saying {
            records: sides.iter().map(|side| side.len() as u64).sum(),
            saying: HashMap::new(),
        };
        for words in sides.iter().flat_map(HashMap::values) {
            for form in words.terms() {
                *saying.saying.entry(form.to_owned()).or_default() += 1;
            }
        }
        let test = labels(&directory.join("test.csv"));
        let tested: HashSet<(&str, &str)> = test
            .iter()
            .map(|(item, listing, _)| (item.as_str(), listing.as_str()))
            .collect();
        let mut given: HashMap<(String, String), HashSet<bool>> = HashMap::new();
        let splits = ["train", "valid"].map(|name| labels(&directory.join(format!("{name}.csv"))));
        for (item, listing, same) in splits.iter().flatten().chain(&test) {
            given.entry((item.clone(), listing.clone())).or_default().insert(*same);
        }
        let clean = |rows: &Vec<(String, String, bool)>| -> Vec<(String, String, bool)> {
            let kept = |row: &&(String, String, bool)| {
                !tested.contains(&(row.0.as_str(), row.1.as_str())) && given[&(row.0.clone(), row.1.clone())].len() == 1
            };
            rows.iter().filter(kept).cloned().collect()
        };
        let pairs = |rows: &[(String, String, bool)]| -> Vec<Pair> {
            let pair = |(item, listing, same): &(String, String, bool)| Pair {
                values: features::values(&sides[0][item], &sides[1][listing], saying.records, &mut &saying).unwrap(),
                same: *same,
            };
            rows.iter().map(pair).collect()
        };
        Self {
            name: directory.file_name().unwrap().to_string_lossy().into_owned(),
            train: pairs(&clean(&splits[0])),
            valid: pairs(&clean(&splits[1])),
            test: pairs(&test),
        }
    }
}

fn records(path: &Path) -> HashMap<String, Words> {
    let text = read_to_string(path).unwrap();
    (text.lines())
        .map(|line| {
            let line: Line = serde_json::from_str(line).unwrap();
            let words = Words::read(&RecordText {
                language: line.language,
                title: line.title,
                description: line.description,
                brand: line.brand,
                model: line.model,
                category: line.category,
                color: line.color,
                marks: String::new(),
            });
            (line.id, words)
        })
        .collect()
}

fn labels(path: &Path) -> Vec<(String, String, bool)> {
    let text = read_to_string(path).unwrap();
    (text.lines().skip(1))
        .map(|line| {
            let mut cells = line.split(',');
            let mut cell = || cells.next().unwrap().trim().to_owned();
            (cell(), cell(), cell() == "1")
        })
        .collect()
}
