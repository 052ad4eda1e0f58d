//! The comparisons: each takes the facts of both sides and gives named evidence with its weight. Pure; no verdict.
//!
//! Owns what is compared with what, and which evidence makes other evidence superfluous. The figures stand in
//! [`super::weights`].

use replevin_index::{EngineError, Record, TextAgreement};

use crate::domain::assessment::{Comparison, Evidence};
use crate::domain::photo::ContentHash;
use crate::domain::place::Place;
use crate::domain::time::Timestamp;

pub(super) mod description;
pub(super) mod identifier;
pub(super) mod marks;
pub(super) mod photo;
pub(super) mod place;
pub(super) mod price;
pub(super) mod seller;
pub(super) mod time;

/// What is known of an item for a comparison.
#[derive(Debug, Clone)]
pub(super) struct ItemFacts {
    pub(super) record: Record,
    /// The bytes of the record's photos, in their order; empty where they are not known.
    pub(super) photos: Vec<ContentHash>,
    pub(super) theft: Option<TheftFacts>,
}

/// When and where an item was stolen, as far as that is known.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TheftFacts {
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    pub(super) place: Place,
}

/// What is known of a listing for a comparison.
#[derive(Debug, Clone)]
pub(super) struct ListingFacts {
    pub(super) record: Record,
    /// The bytes of the record's photos, in their order; empty where they are not known.
    pub(super) photos: Vec<ContentHash>,
    /// When we received it first.
    pub(super) received_at: Option<Timestamp>,
    /// When the partner says that it was posted.
    pub(super) posted_at: Option<Timestamp>,
    pub(super) place: Place,
}

/// What only the index can tell.
pub(super) trait Archive {
    /// How many sellers show a photo.
    fn photo_sources(&self, photo: &replevin_index::image::PhotoFingerprint) -> usize;
    /// How much two texts agree.
    fn text_agreement(&self, item: &Record, listing: &Record) -> Result<TextAgreement, EngineError>;
    /// How many records both sides have.
    fn records(&self) -> u64;
    /// How many of them are listings.
    fn listings(&self) -> u64;
}

/// A compared pair.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Compared {
    /// Strongest first, those that exclude the pair before all others.
    pub(super) evidence: Vec<Evidence>,
    /// The sum; absent when the pair is excluded.
    pub(super) log10_lr: Option<f64>,
    /// What numbers, photos, marks and loot sets say for the pair, the rest left out.
    pub(super) individual: f64,
    /// What each group came to by the table alone where a calibration reads it otherwise, log10; else empty.
    pub(super) table: Vec<(Comparison, f64)>,
    /// What brand, model and colour take where they differ, log10; it stays when the description is weighed again.
    pub(super) described_against: f64,
}

impl Compared {
    /// Whether a number, a photo, a mark or a loot set speaks for the pair. A picture that hangs everywhere does not: it is part of the model's
    /// description, and hundreds of listings that show it must not outvote one number.
    pub(super) fn tells_apart(&self) -> bool {
        self.individual > super::weights::photo::STOCK
    }
}

impl Compared {
    /// The pair with evidence that tells objects apart and lies outside both records.
    pub(super) fn with(&self, evidence: Evidence) -> Self {
        let individual = self.individual + evidence.log10_lr.unwrap_or_default().max(0.0);
        let mut all = self.evidence.clone();
        all.push(evidence);
        self.but(all, individual)
    }

    /// The pair with evidence that tells no objects apart.
    pub(super) fn beside(&self, evidence: Evidence) -> Self {
        let mut all = self.evidence.clone();
        all.push(evidence);
        self.but(all, self.individual)
    }

    /// The pair with its description weighed again.
    pub(super) fn with_description(&self, weigh: impl Fn(&mut Evidence)) -> Self {
        let mut all = self.evidence.clone();
        all.iter_mut()
            .filter(|told| told.comparison == Comparison::Description)
            .for_each(weigh);
        self.but(all, self.individual)
    }

    /// The pair with other evidence.
    fn but(&self, evidence: Vec<Evidence>, individual: f64) -> Self {
        Self {
            described_against: self.described_against,
            ..Self::of(evidence, individual)
        }
    }

    pub(super) fn of(mut evidence: Vec<Evidence>, individual: f64) -> Self {
        // Ordered by strength before it is summed, so that the sum does not depend on who asked.
        evidence.sort_by(|a, b| {
            let strength = |evidence: &Evidence| evidence.log10_lr.map_or(f64::INFINITY, f64::abs);
            (strength(b).total_cmp(&strength(a))).then_with(|| a.comparison.cmp(&b.comparison))
        });
        Self {
            log10_lr: evidence.iter().map(|evidence| evidence.log10_lr).sum(),
            evidence,
            individual,
            ..Self::default()
        }
    }
}

/// Compares a pair in all ways that need nothing but the pair.
pub(super) fn compare(item: &ItemFacts, listing: &ListingFacts, archive: &impl Archive) -> Result<Compared, EngineError> {
    let agreement = archive.text_agreement(&item.record, &listing.record)?;
    let mut identifiers = identifier::compare(&item.record, &listing.record, agreement.brand);
    for evidence in &mut identifiers {
        photo::name(evidence, &item.photos, &listing.photos);
    }
    let mut photo = photo::compare(&item.record, &listing.record, |photo| archive.photo_sources(photo));
    if let Some(evidence) = &mut photo {
        photo::name(evidence, &item.photos, &listing.photos);
    }
    let context = description::Context {
        records: archive.records(),
        photo_explains: photo.as_ref().and_then(|photo| photo.log10_lr) >= Some(super::weights::photo::EXPLAINS_TEXT),
    };
    let marks = marks::compare(&agreement.marks, archive.listings(), context.photo_explains);
    let individual = (identifiers.iter().chain(&photo).chain(&marks))
        .filter_map(|evidence| evidence.log10_lr)
        .filter(|weight| *weight > 0.0)
        .sum();
    let (description, described_against) = description::compare(&item.record, &listing.record, &agreement, context)
        .map_or((None, 0.0), |described| (Some(described.evidence), described.against));
    let mut evidence = identifiers;
    evidence.extend(photo);
    evidence.extend(description);
    evidence.extend(marks);
    if let Some(theft) = &item.theft {
        evidence.extend(time::compare(theft, listing.received_at, listing.posted_at));
        evidence.extend(place::compare(&theft.place, &listing.place));
    }
    Ok(Compared {
        described_against,
        ..Compared::of(evidence, individual)
    })
}

/// Most that a rate counted among `n` can be worth, log10: none among n bounds it at 3 / n with 95 % confidence.
pub(super) fn validated(n: u64) -> f64 {
    (n as f64 / 3.0).max(1.0).log10()
}

/// Two decimals: what lies behind them nobody knows.
pub(super) fn rounded(weight: f64) -> f64 {
    let rounded = (weight * 100.0).round() / 100.0;
    // No negative zero in files.
    if rounded == 0.0 { 0.0 } else { rounded }
}
