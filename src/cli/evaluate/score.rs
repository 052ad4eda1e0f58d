//! Scoring the pairs that are known: as the same object by matching, or as the same model by their words.

use std::collections::{HashMap, HashSet};

use replevin_index::evaluation::{Scored, log_odds, without_share};
use replevin_index::text::same_model::LEARNED;

use super::truth::{Row, Truth};
use super::worst::{Told, Worst};
use crate::cli::files::Sides;
use crate::cli::match_files::Stages;
use crate::cli::progress::Interrupt;
use crate::matching::offline::same_model::SameModels;
use crate::matching::offline::{MatchRecord, OfflineOptions, OfflineStage, match_files};

/// Ranks up to which a search by words is looked at.
pub(super) const RANKS: [u32; 3] = [1, 10, 50];

/// What was said of the known pairs.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) scored: Vec<Scored>,
    pub(super) worst: Worst,
    /// The version of what scored.
    pub(super) model: String,
    /// Same pairs that no search brought up: they stand with the prior, and an LR of 1.
    pub(super) not_found: u64,
    /// Same pairs that an outcome of the comparison ruled out.
    pub(super) ruled_out: u64,
    /// Rows of the truth whose item is not stolen, which nobody looks for: they are not scored.
    pub(super) not_stolen: u64,
    /// Of the same pairs those whose item a search by the listing's words brings up among the first [`RANKS`].
    pub(super) retrieved: Option<[u64; 3]>,
}

/// Scores pairs as the same object: the probability and the LR of matching.
pub(super) fn objects(sides: &Sides, truth: &Truth, options: &OfflineOptions, interrupt: &Interrupt) -> anyhow::Result<Outcome> {
    let rows = truth.rows.iter().filter(|row| sides.items[row.item].stolen);
    let mut known: HashMap<(&str, &str), Vec<Row>> = HashMap::new();
    for row in rows {
        known.entry(ids(sides, row)).or_default().push(*row);
    }
    let mut found: HashSet<(usize, usize)> = HashSet::new();
    let mut outcome = Outcome {
        model: crate::matching::MODEL.to_owned(),
        not_stolen: (truth.rows.len() - known.values().map(Vec::len).sum::<usize>()) as u64,
        ..Outcome::default()
    };
    let mut progress = Stages::default();
    match_files(
        &sides.items,
        &sides.listings,
        options,
        |stage, done, total| {
            progress.at(stage, done as u64, total as u64);
            interrupt.check()
        },
        |record| {
            match known.get(&(record.item.as_str(), record.listing.as_str())) {
                // A pair of ids that stand several times in the files counts once.
                Some(rows) if found.insert(rows[0].places()) => rows.iter().for_each(|row| outcome.add(&record, row.same)),
                Some(_) => {}
                None if truth.labelled => {}
                None => outcome.add(&record, false),
            }
            anyhow::Ok(())
        },
    )?;
    drop(progress);
    let missing = (truth.rows.iter()).filter(|row| sides.items[row.item].stolen && !found.contains(&row.places()));
    let prior = options.prior(&sides.listings).log10_odds * std::f64::consts::LN_10;
    for row in missing {
        let scored = Scored {
            log_odds: prior,
            log_lr: 0.0,
            same: row.same,
        };
        let (item, listing) = ids(sides, row);
        outcome.worst.offer(scored, item, listing, || {
            vec![Told::of("no search brought the pair up", None)]
        });
        outcome.not_found += u64::from(row.same);
        outcome.scored.push(scored);
    }
    Ok(outcome)
}

/// Scores the rows as the same model: the learned text score; the share of same rows is taken out of its odds for the LR.
pub(super) fn models(sides: &Sides, truth: &Truth, interrupt: &Interrupt) -> anyhow::Result<Outcome> {
    let mut progress = Stages::default();
    let mut at = |stage, done: usize, total: usize| {
        progress.at(stage, done as u64, total as u64);
        interrupt.check()
    };
    let models = SameModels::new(&sides.items, &sides.listings, &mut at)?;
    let mut outcome = Outcome {
        model: format!("same-model table {}", LEARNED.version),
        ..Outcome::default()
    };
    let (mut odds, mut told, mut retrieved) = (Vec::new(), Vec::new(), [0; 3]);
    for (done, row) in (1..).zip(&truth.rows) {
        let score = models.score(row.item, row.listing)?;
        let log10_lr = score.as_ref().map_or(0.0, |score| score.log10_lr);
        odds.push(((LEARNED.prior + log10_lr) * std::f64::consts::LN_10, row.same));
        told.push(score.map_or_else(
            || vec![Told::of("one of the two has no title", None)],
            |score| {
                score
                    .contributions
                    .iter()
                    .map(|(name, log10)| Told::of(name, Some(*log10)))
                    .collect()
            },
        ));
        if row.same {
            let rank = models.rank(row.item, row.listing)?;
            for (found, limit) in retrieved.iter_mut().zip(RANKS) {
                *found += u64::from(rank.is_some_and(|rank| rank < limit));
            }
        }
        at(OfflineStage::Compare, done, truth.rows.len())?;
    }
    outcome.retrieved = Some(retrieved);
    outcome.scored = without_share(&odds);
    for ((scored, row), told) in outcome.scored.iter().zip(&truth.rows).zip(told) {
        let (item, listing) = ids(sides, row);
        outcome.worst.offer(*scored, item, listing, || told);
    }
    Ok(outcome)
}

/// The ids of a row's records.
fn ids<'a>(sides: &'a Sides, row: &Row) -> (&'a str, &'a str) {
    (&sides.items[row.item].key, &sides.listings[row.listing].key)
}

impl Outcome {
    fn add(&mut self, record: &MatchRecord, same: bool) {
        let scored = Scored {
            log_odds: log_odds(record.probability),
            log_lr: record
                .log10_lr
                .map_or(f64::NEG_INFINITY, |log10| log10 * std::f64::consts::LN_10),
            same,
        };
        self.ruled_out += u64::from(same && record.log10_lr.is_none());
        self.worst.offer(scored, &record.item, &record.listing, || {
            (record.evidence.iter())
                .map(|evidence| {
                    Told::of(
                        &format!("{}: {}", evidence.comparison.word(), evidence.says),
                        evidence.log10_lr,
                    )
                })
                .collect()
        });
        self.scored.push(scored);
    }
}
