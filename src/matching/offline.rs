//! The same matching from files: both sides in memory, no store, no service.
//!
//! Every item that counts as stolen is compared with every listing that a search from either side finds. Projection, comparisons
//! and assessment are those of the service. Leaves reading the files and writing the records to its caller.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use replevin_index::{Change, Engine, EngineOptions, Record, Sequence, SourceKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::assess::{Competition, Prior, assess};
use super::candidates::{IndexArchive, same_offered, same_registered};
use super::compare::{Compared, ItemFacts, ListingFacts, TheftFacts, compare};
use super::project::{PhotoFacts, item_record, listing_record};
use super::{MatchingError, MatchingOptions};
use crate::domain::assessment::Evidence;
use crate::domain::item::ItemDraft;
use crate::domain::listing::{ListingDraft, SellerGiven};
use crate::domain::place::Place;
use crate::domain::time::Timestamp;

/// Records that are applied to the index at once.
const APPLIED_MAX: usize = 2000;

/// An item from a file.
#[derive(Debug, Clone)]
pub struct OfflineItem {
    /// The file's own id.
    pub key: String,
    /// How it is described.
    pub draft: ItemDraft,
    /// Whether it counts as stolen: its status says so, or it has none. Others are left out.
    pub stolen: bool,
    /// When and where it was stolen, as far as the file says.
    pub theft: Option<OfflineTheft>,
    /// What was read from its photos.
    pub photos: Vec<PhotoFacts>,
}

/// A theft from a file; what is not said is neutral.
#[derive(Debug, Clone, Default)]
pub struct OfflineTheft {
    /// Earliest possible time.
    pub from: Option<Timestamp>,
    /// Latest possible time.
    pub to: Option<Timestamp>,
    /// Where.
    pub place: Place,
}

/// A listing from a file. Nobody received it at a known time, so only its own times count.
#[derive(Debug, Clone)]
pub struct OfflineListing {
    /// The file's own id.
    pub key: String,
    /// What it says.
    pub draft: ListingDraft<SellerGiven>,
    /// What was read from its photos.
    pub photos: Vec<PhotoFacts>,
}

/// What of offline matching can be set.
#[derive(Debug, Clone, Default)]
pub struct OfflineOptions {
    /// Prior, threshold and words, as in the service.
    pub matching: MatchingOptions,
    /// Replaces the estimated prior.
    pub prior_log10_odds: Option<f64>,
    /// Candidates below this probability are not given; 0 gives every candidate.
    pub min_probability: f64,
}

/// One candidate, in the form of the contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatchRecord {
    /// The item's id.
    pub item: String,
    /// The listing's id.
    pub listing: String,
    /// Probability that the listing is the item.
    pub probability: f64,
    /// The yardstick's words for it.
    pub yardstick: String,
    /// Sum of the evidence; null when an outcome excludes the pair.
    pub log10_lr: Option<f64>,
    /// Odds before any evidence.
    pub prior_log10_odds: f64,
    /// The evidence, strongest first.
    pub evidence: Vec<Evidence>,
    /// Version of the weights.
    pub model: String,
}

/// What offline matching did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OfflineSummary {
    /// Items that were compared.
    pub items: usize,
    /// Items that were left out because they are not stolen.
    pub items_left_out: usize,
    /// Listings that were compared.
    pub listings: usize,
    /// Pairs that were compared.
    pub candidates: usize,
    /// Candidates that were given.
    pub given: usize,
}

/// Matches items against listings and gives the candidates to `sink`, listing by listing in the order of the file, the most
/// probable first. `progress` is told after each listing how many of how many are done.
///
/// # Errors
/// When the index fails, which lives in a directory for temporary files, or when `sink` does.
pub fn match_files<E: From<MatchingError>>(
    items: &[OfflineItem],
    listings: &[OfflineListing],
    options: &OfflineOptions,
    mut progress: impl FnMut(usize, usize),
    mut sink: impl FnMut(MatchRecord) -> Result<(), E>,
) -> Result<OfflineSummary, E> {
    let dir = TemporaryDirectory::new().map_err(|error| MatchingError::Engine(error.into()))?;
    let stolen: Vec<&OfflineItem> = items.iter().filter(|item| item.stolen).collect();
    let sides = Sides::new(&stolen, listings);
    let mut summary = OfflineSummary {
        items: stolen.len(),
        items_left_out: items.len() - stolen.len(),
        listings: listings.len(),
        ..OfflineSummary::default()
    };
    let engine = Engine::open(dir.path(), EngineOptions::default()).map_err(MatchingError::from)?;
    sides.index(&engine)?;
    let candidates = sides.candidates(&engine)?;
    summary.candidates = candidates.len();
    let prior = match options.prior_log10_odds {
        Some(log10_odds) => Prior {
            log10_odds,
            ..options.matching.prior(listings.len())
        },
        None => options.matching.prior(listings.len()),
    };
    let compared = sides.compare(&engine, &candidates)?;
    for (number, listing) in listings.iter().enumerate() {
        let mut records: Vec<MatchRecord> = (compared.of_listing.get(&number).into_iter().flatten())
            .map(|&item| {
                let assessment = assess(
                    &compared.pairs[&(item, number)],
                    prior,
                    &compared.competition(&sides, prior, item, number),
                    &options.matching.yardstick,
                );
                MatchRecord {
                    item: stolen[item].key.clone(),
                    listing: listing.key.clone(),
                    probability: assessment.probability,
                    yardstick: assessment.yardstick,
                    log10_lr: assessment.log10_lr,
                    prior_log10_odds: assessment.prior_log10_odds,
                    evidence: assessment.evidence,
                    model: assessment.model,
                }
            })
            .filter(|record| record.probability >= options.min_probability)
            .collect();
        records.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.item.cmp(&b.item)));
        summary.given += records.len();
        records.into_iter().try_for_each(&mut sink)?;
        progress(number + 1, listings.len());
    }
    Ok(summary)
}

/// Both sides, each record named by its place.
struct Sides {
    items: Vec<ItemFacts>,
    listings: Vec<ListingFacts>,
}

impl Sides {
    fn new(items: &[&OfflineItem], listings: &[OfflineListing]) -> Self {
        let items = items.iter().enumerate().map(|(number, item)| ItemFacts {
            record: item_record(id(number), None, &item.draft.description, &item.photos),
            theft: item.theft.as_ref().map(|theft| TheftFacts {
                from: theft.from,
                to: theft.to,
                place: theft.place.clone(),
            }),
        });
        let listings = listings.iter().enumerate().map(|(number, listing)| {
            let seller = listing.draft.seller.as_ref().map(source);
            ListingFacts {
                record: listing_record(id(number), seller, &listing.draft.description, &listing.photos),
                received_at: None,
                posted_at: listing.draft.posted_at,
                place: listing.draft.place.clone(),
            }
        });
        Self {
            items: items.collect(),
            listings: listings.collect(),
        }
    }

    fn index(&self, engine: &Engine) -> Result<(), MatchingError> {
        let records: Vec<&Record> = (self.items.iter().map(|item| &item.record))
            .chain(self.listings.iter().map(|listing| &listing.record))
            .collect();
        for (batch, through) in records.chunks(APPLIED_MAX).zip(1..) {
            let changes = batch.iter().map(|record| Change::Put(Box::new((*record).clone()))).collect();
            engine.apply(changes, Sequence(through))?;
        }
        engine.commit()?;
        Ok(())
    }

    /// Every pair that a search from either side finds: item, listing.
    fn candidates(&self, engine: &Engine) -> Result<BTreeSet<(usize, usize)>, MatchingError> {
        let mut pairs = BTreeSet::new();
        for (item, facts) in self.items.iter().enumerate() {
            pairs.extend(engine.search(&facts.record)?.iter().map(|hit| (item, number(hit.id))));
        }
        for (listing, facts) in self.listings.iter().enumerate() {
            pairs.extend(engine.search(&facts.record)?.iter().map(|hit| (number(hit.id), listing)));
        }
        Ok(pairs)
    }

    fn compare(&self, engine: &Engine, candidates: &BTreeSet<(usize, usize)>) -> Result<Pairs, MatchingError> {
        let archive = IndexArchive::new(engine);
        let mut pairs = Pairs::default();
        for &(item, listing) in candidates {
            let compared = compare(&self.items[item], &self.listings[listing], &archive)?;
            pairs.pairs.insert((item, listing), compared);
            pairs.of_listing.entry(listing).or_default().push(item);
            pairs.of_item.entry(item).or_default().push(listing);
        }
        Ok(pairs)
    }
}

/// The compared pairs, and who stands in which.
#[derive(Default)]
struct Pairs {
    pairs: HashMap<(usize, usize), Compared>,
    of_listing: HashMap<usize, Vec<usize>>,
    of_item: HashMap<usize, Vec<usize>>,
}

impl Pairs {
    fn competition(&self, sides: &Sides, prior: Prior, item: usize, listing: usize) -> Competition {
        let mut competition = Competition::default();
        for &other in self.of_listing[&listing].iter().filter(|other| **other != item) {
            let pair = &self.pairs[&(other, listing)];
            if !pair.tells_apart() {
                competition.faint_items.push(prior.odds(pair));
            } else if !same_registered(&sides.items[item].record, &sides.items[other].record) {
                competition.items.push(prior.odds(pair));
            }
        }
        for &other in self.of_item[&item].iter().filter(|other| **other != listing) {
            let pair = &self.pairs[&(item, other)];
            if pair.tells_apart() && !same_offered(&sides.listings[listing].record, &sides.listings[other].record) {
                competition.listings.push(prior.odds(pair));
            }
        }
        competition
    }
}

fn id(number: usize) -> Uuid {
    Uuid::from_u64_pair(0, number as u64)
}

fn number(id: Uuid) -> usize {
    id.as_u64_pair().1 as usize
}

/// Only equal or not matters, and no name stays.
fn source(seller: &SellerGiven) -> SourceKey {
    let digest = Sha256::digest(seller.reference.as_bytes());
    let mut key = [0; 8];
    key.copy_from_slice(&digest[..8]);
    SourceKey(u64::from_be_bytes(key))
}

/// Removed when it goes out of scope.
struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("replevin-match-{}", Uuid::now_v7()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(error = &error as &dyn std::error::Error, "temporary index stays behind");
        }
    }
}

#[cfg(test)]
mod tests;
