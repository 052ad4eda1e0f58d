//! The same matching from files: both sides in memory, no store, no service.
//!
//! Every item that counts as stolen is compared with every listing that a search from either side finds. Projection, comparisons
//! and assessment are those of the service, but for what only a running archive knows: what else a seller offers, a seller's
//! history, what goods of the kind cost, how many other listings agree as well, and marks as a way to candidates. So the score is
//! not to the last digit the one that police read. Leaves reading the files and writing the records to its caller.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use replevin_index::{Change, Engine, EngineOptions, Record, Sequence, SourceKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::assess::{Competition, Prior, assess};
use super::candidates::IndexArchive;
use super::compare::{Compared, ItemFacts, ListingFacts, TheftFacts, compare};
use super::project::{item_record, listing_record};
use super::same_object::{same_offered, same_registered};
use super::{MatchingError, MatchingOptions};
use crate::domain::assessment::Evidence;
use crate::domain::listing::{ListingStatus, SellerGiven};

mod given;
pub mod same_model;

pub use given::{OfflineItem, OfflineListing, OfflineTheft};

/// Records that are applied to the index at once.
const APPLIED_MAX: usize = 2000;

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

impl OfflineOptions {
    /// The prior among these listings: those that are on sale count, as in the service.
    #[must_use]
    pub(crate) fn prior(&self, listings: &[OfflineListing]) -> Prior {
        let on_sale = listings
            .iter()
            .filter(|listing| listing.draft.status == ListingStatus::Active);
        let estimated = self.matching.prior(on_sale.count() as u64);
        Prior {
            log10_odds: self.prior_log10_odds.unwrap_or(estimated.log10_odds),
            ..estimated
        }
    }
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

/// What offline matching is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfflineStage {
    /// Building the index over both sides; counted in records.
    Index,
    /// Searching from each record; counted in records.
    Search,
    /// Comparing what was found; counted in pairs.
    Compare,
    /// Giving the candidates; counted in listings.
    Give,
}

/// Matches items against listings and gives the candidates to `sink`, listing by listing in the order of the file, the most
/// probable first. `progress` is told how many of how many are done, often enough for a person who waits, and can end the work.
/// Of each pair only its weight is kept; those that are given are compared again.
///
/// # Errors
/// When the index fails, which lives in a directory for temporary files, or when `progress` or `sink` does.
pub fn match_files<E: From<MatchingError>>(
    items: &[OfflineItem],
    listings: &[OfflineListing],
    options: &OfflineOptions,
    mut progress: impl FnMut(OfflineStage, usize, usize) -> Result<(), E>,
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
    sides.index(&engine, &mut progress)?;
    let candidates = sides.candidates(&engine, &mut progress)?;
    summary.candidates = candidates.len();
    let prior = options.prior(listings);
    let archive = IndexArchive::new(&engine);
    let pairs = sides.weigh(&archive, &options.matching, &candidates, &mut progress)?;
    drop(candidates);
    for (number, listing) in listings.iter().enumerate() {
        let mut records = Vec::new();
        for weighed in &pairs.of_listing[number] {
            let item = weighed.other as usize;
            let competition = pairs.competition(&sides, prior, item, number);
            let assessed = |compared: &Compared| assess(compared, prior, &competition, &options.matching);
            if assessed(&weighed.bare()).probability < options.min_probability {
                continue;
            }
            let compared = sides.compared(&archive, &options.matching, (number, item))?;
            let assessment = assessed(&compared);
            records.push(MatchRecord {
                item: stolen[item].key.clone(),
                listing: listing.key.clone(),
                probability: assessment.probability,
                yardstick: assessment.yardstick,
                log10_lr: assessment.log10_lr,
                prior_log10_odds: assessment.prior_log10_odds,
                evidence: assessment.evidence,
                model: assessment.model,
            });
        }
        records.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.item.cmp(&b.item)));
        summary.given += records.len();
        records.into_iter().try_for_each(&mut sink)?;
        progress(OfflineStage::Give, number + 1, listings.len())?;
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
            photos: Vec::new(),
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
                photos: Vec::new(),
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

    fn index<E: From<MatchingError>>(
        &self,
        engine: &Engine,
        progress: &mut impl FnMut(OfflineStage, usize, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let records: Vec<&Record> = (self.items.iter().map(|item| &item.record))
            .chain(self.listings.iter().map(|listing| &listing.record))
            .collect();
        let mut done = 0;
        for (batch, through) in records.chunks(APPLIED_MAX).zip(1..) {
            let changes = batch.iter().map(|record| Change::Put(Box::new((*record).clone()))).collect();
            engine.apply(changes, Sequence(through)).map_err(MatchingError::from)?;
            done += batch.len();
            progress(OfflineStage::Index, done, records.len())?;
        }
        engine.commit().map_err(MatchingError::from)?;
        Ok(())
    }

    /// Every pair that a search from either side finds: listing, item; in order.
    fn candidates<E: From<MatchingError>>(
        &self,
        engine: &Engine,
        progress: &mut impl FnMut(OfflineStage, usize, usize) -> Result<(), E>,
    ) -> Result<Vec<(u32, u32)>, E> {
        let of = self.items.len() + self.listings.len();
        let mut pairs = Vec::new();
        for (item, facts) in self.items.iter().enumerate() {
            let hits = engine.search(&facts.record).map_err(MatchingError::from)?;
            pairs.extend(hits.iter().map(|hit| (number(hit.id), item as u32)));
            progress(OfflineStage::Search, item + 1, of)?;
        }
        for (listing, facts) in self.listings.iter().enumerate() {
            let hits = engine.search(&facts.record).map_err(MatchingError::from)?;
            pairs.extend(hits.iter().map(|hit| (listing as u32, number(hit.id))));
            progress(OfflineStage::Search, self.items.len() + listing + 1, of)?;
        }
        pairs.sort_unstable();
        pairs.dedup();
        Ok(pairs)
    }

    /// A pair, with its weights as they are read.
    fn compared(
        &self,
        archive: &IndexArchive<'_>,
        options: &MatchingOptions,
        (listing, item): (usize, usize),
    ) -> Result<Arc<Compared>, MatchingError> {
        let compared = compare(&self.items[item], &self.listings[listing], archive)?;
        Ok(options.read(Arc::new(compared)))
    }

    fn weigh<E: From<MatchingError>>(
        &self,
        archive: &IndexArchive<'_>,
        options: &MatchingOptions,
        candidates: &[(u32, u32)],
        progress: &mut impl FnMut(OfflineStage, usize, usize) -> Result<(), E>,
    ) -> Result<Pairs, E> {
        let mut pairs = Pairs {
            of_listing: vec![Vec::new(); self.listings.len()],
            of_item: vec![Vec::new(); self.items.len()],
        };
        for (done, &(listing, item)) in (1..).zip(candidates) {
            let compared = self.compared(archive, options, (listing as usize, item as usize))?;
            let weighed = |other| Weighed {
                other,
                log10_lr: compared.log10_lr,
                individual: compared.individual,
            };
            pairs.of_listing[listing as usize].push(weighed(item));
            if compared.tells_apart() {
                pairs.of_item[item as usize].push(weighed(listing));
            }
            progress(OfflineStage::Compare, done, candidates.len())?;
        }
        Ok(pairs)
    }
}

/// What is kept of a compared pair on one side: who the other is, and what the pair weighs. Files make millions of pairs.
#[derive(Debug, Clone, Copy)]
struct Weighed {
    other: u32,
    log10_lr: Option<f64>,
    individual: f64,
}

impl Weighed {
    /// The pair without its evidence.
    fn bare(&self) -> Compared {
        Compared {
            evidence: Vec::new(),
            log10_lr: self.log10_lr,
            individual: self.individual,
            ..Compared::default()
        }
    }
}

/// The weighed pairs by who stands in them. Of an item only those that a number or a photo speaks for: others do not compete.
struct Pairs {
    of_listing: Vec<Vec<Weighed>>,
    of_item: Vec<Vec<Weighed>>,
}

impl Pairs {
    fn competition(&self, sides: &Sides, prior: Prior, item: usize, listing: usize) -> Competition {
        let mut competition = Competition::default();
        for rival in self.of_listing[listing].iter().filter(|rival| rival.other as usize != item) {
            let pair = rival.bare();
            if !pair.tells_apart() {
                competition.faint_items.push(prior.odds(&pair));
            } else if !same_registered(&sides.items[item].record, &sides.items[rival.other as usize].record) {
                competition.items.push(prior.odds(&pair));
            }
        }
        for rival in self.of_item[item].iter().filter(|rival| rival.other as usize != listing) {
            if !same_offered(&sides.listings[listing].record, &sides.listings[rival.other as usize].record) {
                competition.listings.push(prior.odds(&rival.bare()));
            }
        }
        competition
    }
}

fn id(number: usize) -> Uuid {
    Uuid::from_u64_pair(0, number as u64)
}

fn number(id: Uuid) -> u32 {
    id.as_u64_pair().1 as u32
}

/// Only equal or not matters, and no name stays.
fn source(seller: &SellerGiven) -> SourceKey {
    let digest = Sha256::digest(seller.reference.as_bytes());
    let mut key = [0; 8];
    key.copy_from_slice(&digest[..8]);
    SourceKey(u64::from_be_bytes(key))
}

/// Removed when it goes out of scope.
pub(super) struct TemporaryDirectory(PathBuf);

impl TemporaryDirectory {
    pub(super) fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("replevin-match-{}", Uuid::now_v7()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
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
