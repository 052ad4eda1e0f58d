//! The values of the features of labelled pairs.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::path::Path;

use anyhow::Result;
use replevin_index::text::marks::Counts;
use replevin_index::text::same_model::features::{self, Values};
use replevin_index::text::words::Words;

use super::pairs::{self, Label};

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

    fn offering(&mut self, term: &str) -> Result<u64, Infallible> {
        self.saying(term)
    }

    fn offering_all(&mut self, _: &[String]) -> Result<u64, Infallible> {
        Ok(0)
    }
}

impl Set {
    pub(super) fn read(directory: &Path) -> Result<Self> {
        let texts = pairs::sides(directory)?;
        let splits = ["train", "valid", "test"].map(|split| pairs::labels(directory, split, &texts));
        let [train, valid, test] = splits;
        let (train, valid, test) = (train?, valid?, test?);
        let sides = texts.map(|side| {
            side.iter()
                .map(|(id, text)| (id.clone(), Words::read(text)))
                .collect::<HashMap<_, _>>()
        });
        let mut saying = Saying {
            records: sides.iter().map(|side| side.len() as u64).sum(),
            saying: HashMap::new(),
        };
        for words in sides.iter().flat_map(HashMap::values) {
            for form in words.terms() {
                *saying.saying.entry(form.to_owned()).or_default() += 1;
            }
        }
        let pair_of = |label: &Label| (label.item.clone(), label.listing.clone());
        let tested: HashSet<_> = test.iter().map(pair_of).collect();
        let mut given: HashMap<_, HashSet<bool>> = HashMap::new();
        for label in train.iter().chain(&valid).chain(&test) {
            given.entry(pair_of(label)).or_default().insert(label.same);
        }
        let clean = |label: &&Label| !tested.contains(&pair_of(label)) && given[&pair_of(label)].len() == 1;
        let pair = |label: &Label| Pair {
            values: values(&sides[0][&label.item], &sides[1][&label.listing], &saying),
            same: label.same,
        };
        Ok(Self {
            name: pairs::name(directory),
            train: train.iter().filter(clean).map(pair).collect(),
            valid: valid.iter().filter(clean).map(pair).collect(),
            test: test.iter().map(pair).collect(),
        })
    }
}

fn values(item: &Words, listing: &Words, mut saying: &Saying) -> Values {
    match features::values(item, listing, saying.records, &mut saying) {
        Ok(values) => values,
    }
}
