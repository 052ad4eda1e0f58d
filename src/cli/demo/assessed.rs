//! What the service makes of the sample's pairs, the improbable ones too: for whoever scores its probabilities.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::fixture::Fixture;
use super::load::Loaded;
use crate::app::App;
use crate::cli::output::say_json;
use crate::domain::assessment::Assessment;
use crate::domain::ids::{ItemId, ListingId};
use crate::domain::item::ItemStatus;
use crate::store::{Reader, StoreError};

/// Every candidate of the items that are sought, and every planted pair that is none.
pub(super) struct Assessed(Vec<AssessedLine>);

/// A pair, in the sample's own names.
#[derive(Serialize)]
struct AssessedLine {
    item: String,
    listing: String,
    /// Whether a search from the item brings it up.
    candidate: bool,
    probability: f64,
    /// Absent when an outcome rules the pair out.
    log10_lr: Option<f64>,
    prior_log10_odds: f64,
    /// What each comparison adds, log10; absent where it rules the pair out.
    evidence: Vec<(&'static str, Option<f64>)>,
}

impl Assessed {
    /// Has every pair assessed as it stands now.
    pub(super) async fn read(app: &App, fixture: &Fixture, loaded: &Loaded) -> anyhow::Result<Self> {
        let sought = sought(app, loaded).await?;
        let planted: BTreeSet<(String, String)> = fixture
            .truth
            .iter()
            .map(|planted| (planted.item.clone(), planted.listing.clone()))
            .collect();
        let app = app.clone();
        let assessing = tokio::task::spawn_blocking(move || {
            let listings = app.store.read_blocking(listing_names)?;
            let mut lines = Vec::new();
            for (name, item) in sought {
                let candidates: BTreeMap<ListingId, Assessment> = app.matching.assess_candidates(item)?.into_iter().collect();
                for (listing, called) in &listings {
                    let candidate = candidates.get(listing);
                    let assessment = match candidate {
                        Some(assessment) => Some(assessment.clone()),
                        None if planted.contains(&(name.clone(), called.clone())) => app.matching.assess_pair(item, *listing)?,
                        None => None,
                    };
                    lines.extend(assessment.map(|assessment| {
                        AssessedLine {
                            item: name.clone(),
                            listing: called.clone(),
                            candidate: candidate.is_some(),
                            probability: assessment.probability,
                            log10_lr: assessment.log10_lr,
                            prior_log10_odds: assessment.prior_log10_odds,
                            evidence: (assessment.evidence.iter())
                                .map(|one| (one.comparison.word(), one.log10_lr))
                                .collect(),
                        }
                    }));
                }
            }
            Ok::<_, anyhow::Error>(Self(lines))
        });
        assessing.await?
    }

    /// Prints one JSON object a pair.
    pub(super) fn print_json(&self) -> anyhow::Result<()> {
        (self.0.iter()).try_for_each(|line| say_json(&serde_json::json!({ "assessed": line })))
    }
}

/// The items that are stolen, by the sample's names.
async fn sought(app: &App, loaded: &Loaded) -> anyhow::Result<BTreeMap<String, ItemId>> {
    let mut items: BTreeMap<String, ItemId> = BTreeMap::new();
    for (id, name) in &loaded.items {
        items.insert(name.clone(), id.parse()?);
    }
    let stolen = move |reader: &Reader<'_>| {
        let mut kept = BTreeMap::new();
        for (name, id) in items {
            if let Some(item) = reader.item(id)?
                && matches!(item.status, ItemStatus::Stolen { .. })
            {
                kept.insert(name, id);
            }
        }
        Ok::<_, StoreError>(kept)
    };
    Ok(app.store.read(stolen).await?)
}

/// What the sample calls each listing.
fn listing_names(reader: &Reader<'_>) -> Result<BTreeMap<ListingId, String>, StoreError> {
    let partners: BTreeMap<_, _> = reader
        .partners()?
        .into_iter()
        .map(|partner| (partner.id, partner.slug))
        .collect();
    let mut names = BTreeMap::new();
    for id in reader.listing_ids()? {
        if let Some(listing) = reader.listing(id)?
            && let Some(slug) = partners.get(&listing.partner)
        {
            names.insert(id, format!("{slug}/{}", listing.draft.reference));
        }
    }
    Ok(names)
}
