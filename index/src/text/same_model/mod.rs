//! Whether two texts name the same model: an additive score that was learned from labelled pairs and explains itself.
//!
//! The score is a generalised additive model (Hastie and Tibshirani 1986): log-odds = intercept + Σ fᵢ(xᵢ), where each fᵢ is
//! a monotone step function of one feature. An absent feature adds nothing. The functions are learned jointly
//! (`index/examples/train_same_model`) and stand in `table.tsv`, with what they were learned from. Owns reading the table and
//! the sum; the features are [`features`], what they read of a title is [`title`]. What the same model is worth for the
//! same object is the caller's business: little.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use self::features::{NAMES, Values};
use super::marks::Counts;
use super::words::Words;

pub mod features;
pub mod title;

/// How sure it is that two texts name the same model, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SameModel {
    /// P(same model), among candidates that a search by words brought up, 0 to 1.
    pub probability: f64,
    /// The same without the share of such candidates that are the same model: what the two texts say alone.
    pub log10_lr: f64,
    /// What each feature adds to [`SameModel::log10_lr`]; the strongest first, those that add nothing left out.
    pub contributions: Vec<(Cow<'static, str>, f64)>,
    /// The version of the learned table.
    pub version: u32,
}

/// Compares two texts; nothing when either has no title. `records` is the number of records that `counts` counts among.
pub fn score<C: Counts>(
    registered: &Words,
    offered: &Words,
    records: u64,
    counts: &mut C,
) -> Result<Option<SameModel>, C::Error> {
    if registered.sketch().items.is_empty() || offered.sketch().items.is_empty() {
        return Ok(None);
    }
    let values = features::values(registered, offered, records, counts)?;
    Ok(Some(LEARNED.score(&values)))
}

/// A learned table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Raised with every table that is put in place of another.
    pub version: u32,
    /// log10 of the odds that a candidate is the same model when nothing else is known.
    pub prior: f64,
    /// For each feature in the order of [`NAMES`] its steps: from which value on, and what it adds in log10. Below the first
    /// step the first one counts.
    pub steps: Vec<Vec<(f64, f64)>>,
}

impl Table {
    /// Reads a table: lines of `feature`, `from`, `log10`, separated by tabs; `version` and `prior` stand as features of
    /// their own; lines that begin with `#` say where it comes from. Unknown features and numbers that do not read are left
    /// out.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut table = Self {
            version: 0,
            prior: 0.0,
            steps: vec![Vec::new(); NAMES.len()],
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut cells = line.split('\t');
            let name = cells.next().unwrap_or_default();
            let numbers: Vec<f64> = cells.filter_map(|cell| cell.parse().ok()).collect();
            match (name, numbers.as_slice()) {
                ("version", [version]) => table.version = *version as u32,
                ("prior", [prior]) => table.prior = *prior,
                (name, [from, log10]) => {
                    if let Some(feature) = NAMES.iter().position(|known| known.name == name) {
                        table.steps[feature].push((*from, *log10));
                    }
                }
                _ => {}
            }
        }
        table
    }

    /// The score of one pair.
    #[must_use]
    pub fn score(&self, values: &Values) -> SameModel {
        let mut contributions = Vec::new();
        let mut log10_lr = 0.0;
        for ((feature, steps), value) in NAMES.iter().zip(&self.steps).zip(values) {
            let Some(value) = value else { continue };
            let step = steps.partition_point(|(from, _)| from <= value).saturating_sub(1);
            let added = steps.get(step).map_or(0.0, |(_, log10)| *log10);
            log10_lr += added;
            if added != 0.0 {
                contributions.push((Cow::Borrowed(feature.name), added));
            }
        }
        contributions.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
        SameModel {
            probability: 1.0 / (1.0 + 10_f64.powf(-(self.prior + log10_lr))),
            log10_lr,
            contributions,
            version: self.version,
        }
    }
}

/// The table that is in use.
pub static LEARNED: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("table.tsv")));

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::features::Direction;
    use super::*;
    use crate::record::RecordText;

    struct Rare;

    impl Counts for Rare {
        type Error = Infallible;

        fn saying(&mut self, term: &str) -> Result<u64, Infallible> {
            Ok(if term.bytes().any(|byte| byte.is_ascii_digit()) {
                2
            } else {
                60
            })
        }

        fn offering(&mut self, term: &str) -> Result<u64, Infallible> {
            self.saying(term)
        }

        fn offering_all(&mut self, _: &[String]) -> Result<u64, Infallible> {
            Ok(2)
        }
    }

    fn compare(one: &str, other: &str) -> SameModel {
        let words = |title: &str| {
            Words::read(&RecordText {
                title: title.into(),
                ..RecordText::default()
            })
        };
        score(&words(one), &words(other), 2000, &mut Rare).unwrap().unwrap()
    }

    #[test]
    fn every_feature_of_the_table_is_known_and_monotone() {
        assert!(LEARNED.version > 0 && LEARNED.prior < 0.0);
        for (feature, steps) in NAMES.iter().zip(&LEARNED.steps) {
            for pair in steps.windows(2) {
                let [(from, low), (to, high)] = pair else { unreachable!() };
                assert!(from < to, "{}", feature.name);
                match feature.direction {
                    Direction::For => assert!(low <= high, "{}", feature.name),
                    Direction::Against => assert!(low >= high, "{}", feature.name),
                }
            }
        }
        let learned = include_str!("table.tsv").lines().filter(|line| !line.starts_with('#'));
        let read = 2 + LEARNED.steps.iter().map(Vec::len).sum::<usize>();
        assert_eq!(learned.count(), read, "a line of the table was not read");
    }

    #[test]
    fn the_contributions_are_the_score() {
        let same = compare("Panasonic KX-TG1032S telefon", "panasonic trådløs telefon kxtg1032s");
        let sum: f64 = same.contributions.iter().map(|(_, added)| added).sum();
        assert!((sum - same.log10_lr).abs() < 1e-9);
        let odds = same.probability / (1.0 - same.probability);
        assert!((odds.log10() - same.log10_lr - LEARNED.prior).abs() < 1e-6);
    }

    #[test]
    fn a_shared_model_number_outweighs_another_one() {
        let same = compare("Panasonic KX-TG1032S telefon", "Panasonic telefon kxtg1032s sort");
        let other = compare("Panasonic KX-TG1032S telefon", "Panasonic telefon KX-TG6700B sort");
        let nothing = compare("Panasonic KX-TG1032S telefon", "Kildemoes damecykel");
        assert!(same.probability > 0.8, "{same:?}");
        assert!(other.probability < 0.2, "{other:?}");
        assert!(nothing.probability < 0.05, "{nothing:?}");
    }

    #[test]
    fn without_a_title_nothing_is_said() {
        let empty = Words::read(&RecordText::default());
        assert_eq!(score(&empty, &empty, 10, &mut Rare), Ok(None));
    }

    proptest! {
        #[test]
        fn any_titles_give_a_probability(one in "[a-z0-9 .-]{0,40}", other in "[a-z0-9 .-]{0,40}") {
            // A title of nothing but stop words says nothing.
            let score = compare(&format!("{one} bicycle"), &format!("{other} bicycle"));
            prop_assert!((0.0..=1.0).contains(&score.probability));
        }
    }
}
