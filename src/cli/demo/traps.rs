//! The traps of the sample: pairs that look alike and must not be reported, each with the reason that the service gives.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fixture::{Fixture, Planted};
use super::load::Loaded;
use crate::app::App;
use crate::cli::output::{say, say_json};
use crate::domain::assessment::Assessment;
use crate::domain::ids::{ItemId, ListingId};
use crate::domain::item::ItemStatus;
use crate::domain::partner::Slug;
use crate::store::Reader;

/// The traps by kind.
pub(super) struct Traps(BTreeMap<String, Vec<TrapLine>>);

/// A pair that was not reported.
#[derive(Serialize)]
struct TrapLine {
    item: String,
    listing: String,
    kind: String,
    /// How probable it is that both are one object; absent when they are not compared.
    probability: Option<f64>,
    reason: String,
}

impl Traps {
    /// Asks the service about each trap that did not fall.
    pub(super) async fn read(app: &App, fixture: &Fixture, loaded: &Loaded) -> anyhow::Result<Self> {
        let ids: BTreeMap<&str, ItemId> = loaded
            .items
            .iter()
            .filter_map(|(id, name)| Some((name.as_str(), id.parse().ok()?)))
            .collect();
        let refused: BTreeMap<&str, &str> = fixture
            .partners
            .iter()
            .filter_map(|partner| {
                let (.., refusal) = loaded.refused.iter().find(|(name, ..)| *name == partner.name)?;
                Some((partner.slug.as_str(), refusal.detail.as_str()))
            })
            .collect();
        let mut traps: BTreeMap<String, Vec<TrapLine>> = BTreeMap::new();
        for planted in fixture.truth.iter().filter(|planted| planted.expected == "no_report") {
            let Some((slug, reference)) = planted.listing.split_once('/') else {
                continue;
            };
            let Some(item) = ids.get(planted.item.as_str()).copied() else {
                continue;
            };
            let (probability, reason) = match refused.get(slug) {
                Some(detail) => (None, format!("its partner's listings were refused: {detail}")),
                None => why(app, item, slug.parse()?, reference.to_owned()).await?,
            };
            let Some(reason) = Some(reason).filter(|reason| !reason.is_empty()) else {
                continue;
            };
            let line = TrapLine::new(planted, probability, reason);
            traps.entry(planted.plant.clone()).or_default().push(line);
        }
        Ok(Self(traps))
    }

    /// Prints one JSON object a trap.
    pub(super) fn print_json(&self) -> anyhow::Result<()> {
        let lines = self.0.values().flatten();
        lines
            .into_iter()
            .try_for_each(|line| say_json(&serde_json::json!({ "not_reported": line })))
    }

    /// Prints them by kind for people.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        say("\nWHAT WAS NOT REPORTED, AND WHY\n")?;
        for (kind, lines) in &self.0 {
            say(&format!("  {} ({})", kind.replace('_', " "), lines.len()))?;
            for line in lines {
                let probability = line.probability.map_or_else(|| "not compared".to_owned(), percent);
                say(&format!(
                    "    {}  {:<28} {probability:>12}  {}",
                    line.item, line.listing, line.reason
                ))?;
            }
        }
        Ok(())
    }
}

impl TrapLine {
    fn new(planted: &Planted, probability: Option<f64>, reason: String) -> Self {
        Self {
            item: planted.item.clone(),
            listing: planted.listing.clone(),
            kind: planted.plant.clone(),
            probability,
            reason,
        }
    }
}

/// How probable a pair is, and why it is not reported; an empty reason when it is.
async fn why(app: &App, item: ItemId, slug: Slug, reference: String) -> anyhow::Result<(Option<f64>, String)> {
    let app = app.clone();
    let found = tokio::task::spawn_blocking(move || {
        let (status, listing, reported) = app.store.read_blocking(|reader: &Reader<'_>| {
            let status = reader.item(item)?.map(|item| item.status);
            let partner = reader.partner_by_slug(&slug)?;
            let listing: Option<ListingId> = match partner {
                Some(partner) => reader.listing_by_reference(partner.id, &reference)?.map(|listing| listing.id),
                None => None,
            };
            let mut reports = reader.reports_of_item(item)?.into_iter();
            let reported = reports.any(|report| Some(report.listing) == listing);
            Ok::<_, crate::store::StoreError>((status, listing, reported))
        })?;
        let Some(listing) = listing.filter(|_| !reported) else {
            let reason = if reported { "" } else { "the listing was not taken in" };
            return Ok::<_, anyhow::Error>((None, reason.to_owned()));
        };
        Ok(match status {
            Some(ItemStatus::Stolen { .. }) => match app.matching.assess_pair(item, listing)? {
                Some(assessment) => (Some(assessment.probability), said(&assessment)),
                None => (None, "one of both is gone".to_owned()),
            },
            Some(status) => (None, format!("the item is {}: it is not searched for", status.word())),
            None => (None, "the item is gone".to_owned()),
        })
    });
    found.await?
}

/// What weighs against a pair is its reason from here on, in decades; less only tips a scale on which little lies.
const AGAINST: f64 = -1.0;

/// What decides against a pair: what excludes it, what weighs against it, or how little speaks for it.
fn said(assessment: &Assessment) -> String {
    let evidence = &assessment.evidence;
    if let Some(excludes) = evidence.iter().find(|one| one.log10_lr.is_none()) {
        return format!("excluded: {}", excludes.says);
    }
    let weight = |one: &&crate::domain::assessment::Evidence| one.log10_lr.unwrap_or_default();
    let against = evidence.iter().filter(|one| weight(one) <= AGAINST);
    let against = against.min_by(|a, b| weight(a).total_cmp(&weight(b)));
    let most = evidence.iter().filter(|one| weight(one) > 0.0);
    let most = most.max_by(|a, b| weight(a).total_cmp(&weight(b)));
    match (against, most) {
        (Some(against), _) => format!("against it: {}", against.says),
        (None, Some(most)) => format!("not enough: {}", most.says),
        (None, None) => "nothing speaks for it".to_owned(),
    }
}

/// A probability of a pair that is not reported: small ones are no round 0 %.
fn percent(probability: f64) -> String {
    if probability < 0.001 {
        "<0.1 %".to_owned()
    } else {
        format!("{:.1} %", probability * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::assessment::{Comparison, Evidence, Rivals};

    fn assessment(weights: &[Option<f64>]) -> Assessment {
        let evidence = weights.iter().map(|weight| Evidence {
            comparison: Comparison::Description,
            outcome: String::new(),
            log10_lr: *weight,
            says: weight.map_or_else(|| "before the theft".to_owned(), |weight| weight.to_string()),
            detail: serde_json::Value::Null,
        });
        Assessment {
            probability: 0.1,
            yardstick: String::new(),
            log10_lr: Some(0.0),
            prior_log10_odds: -4.0,
            prior: None,
            evidence: evidence.collect(),
            model: String::new(),
            yardstick_version: String::new(),
            rivals: Rivals::default(),
            calibrated: None,
        }
    }

    #[test]
    fn the_reason_is_what_decides() {
        for (weights, reason) in [
            (&[Some(2.0), None, Some(-3.0)][..], "excluded: before the theft"),
            (&[Some(2.0), Some(-1.0), Some(-3.5)], "against it: -3.5"),
            (&[Some(0.5), Some(1.5)], "not enough: 1.5"),
            (&[Some(1.5), Some(-0.2)], "not enough: 1.5"),
            (&[Some(-0.2)], "nothing speaks for it"),
            (&[], "nothing speaks for it"),
        ] {
            assert_eq!(said(&assessment(weights)), reason);
        }
    }
}
