//! What a comparison of an item with a listing amounts to: named evidence, a probability, and its words.

use serde::{Deserialize, Serialize};

use super::photo::{ContentHash, EvidencePhoto, PhotoSide};

/// One way of comparing the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Numbers that name one object.
    Identifier,
    /// Pictures.
    Photo,
    /// Words.
    Description,
    /// What is peculiar to this one object.
    Marks,
    /// When listed, when stolen.
    Time,
    /// Where listed, where stolen.
    Place,
    /// What is asked for it, and for others like it.
    Price,
    /// What else the seller offers.
    Seller,
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Identifier,
        Self::Photo,
        Self::Description,
        Self::Marks,
        Self::Time,
        Self::Place,
        Self::Price,
        Self::Seller,
    ];

    /// The word in files and on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Identifier => "identifier",
            Self::Photo => "photo",
            Self::Description => "description",
            Self::Marks => "marks",
            Self::Time => "time",
            Self::Place => "place",
            Self::Price => "price",
            Self::Seller => "seller",
        }
    }
}

/// The outcome of one comparison and its weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Which comparison.
    pub comparison: Comparison,
    /// Its outcome in a few words, from a fixed set.
    pub outcome: String,
    /// log10 of the likelihood ratio: positive speaks for the same object, negative against. Absent when the outcome excludes
    /// the pair.
    pub log10_lr: Option<f64>,
    /// One sentence that a detective can read aloud.
    pub says: String,
    /// What the sentence rests on, for machines.
    pub detail: serde_json::Value,
}

/// What all evidence together amounts to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// Posterior probability that the listing is the item, 0 to 1.
    pub probability: f64,
    /// The yardstick's words for it.
    pub yardstick: String,
    /// Sum of the evidence, log10; absent when an outcome excludes the pair.
    pub log10_lr: Option<f64>,
    /// log10 of the odds before any evidence.
    pub prior_log10_odds: f64,
    /// What those odds were estimated from; absent in assessments from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorFactors>,
    /// The evidence, strongest first.
    pub evidence: Vec<Evidence>,
    /// Version of the table of weights.
    pub model: String,
    /// Version of the yardstick.
    pub yardstick_version: String,
    /// How many other candidates competed for the same listing or item, and how much probability they took, 0 to 1.
    pub rivals: Rivals,
    /// How the table's weights were calibrated; absent when they stand as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrated: Option<Calibrated>,
}

/// What a calibration made of an assessment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// The calibration's version.
    pub version: String,
    /// By how much it moved the odds before any evidence, log10.
    pub shift_log10: f64,
    /// What each group of evidence came to by the table alone, log10.
    pub table: Vec<(Comparison, f64)>,
}

impl Assessment {
    /// What each group of evidence came to by the table of weights alone, log10, in the order of [`Comparison::ALL`]; nothing
    /// when an outcome excludes the pair.
    #[must_use]
    pub fn by_table(&self) -> Option<[f64; Comparison::ALL.len()]> {
        let mut groups = [0.0; Comparison::ALL.len()];
        let add = |groups: &mut [f64], comparison: Comparison, weight: f64| {
            let place = Comparison::ALL.iter().position(|one| *one == comparison);
            place.into_iter().for_each(|place| groups[place] += weight);
        };
        for evidence in &self.evidence {
            let weight = evidence.log10_lr?;
            if self.calibrated.is_none() {
                add(&mut groups, evidence.comparison, weight);
            }
        }
        for (comparison, weight) in self.calibrated.iter().flat_map(|calibrated| &calibrated.table) {
            add(&mut groups, *comparison, *weight);
        }
        Some(groups)
    }

    /// The same figures without what quotes either side.
    #[must_use]
    pub fn without_words(mut self) -> Self {
        for evidence in &mut self.evidence {
            evidence.says.clear();
            evidence.detail = serde_json::json!({});
        }
        self
    }
}

/// What stands in place of a sentence that quotes an item whose description is hidden.
const HIDDEN: &str = "what was found is not shown, for the item is not reported stolen any more";

impl Assessment {
    /// Takes out what quotes the item's own description, numbers and photos: for an audience that may not see them any more.
    /// Which comparisons were made, their outcomes and their weights stay, so that the probability still explains itself;
    /// time and place are the theft's and the listing's, and prices those of listings.
    pub fn hide_item(&mut self) {
        for evidence in &mut self.evidence {
            match evidence.comparison {
                Comparison::Identifier | Comparison::Photo | Comparison::Description | Comparison::Marks | Comparison::Seller => {
                    HIDDEN.clone_into(&mut evidence.says);
                    evidence.detail = serde_json::json!({});
                }
                Comparison::Time | Comparison::Place | Comparison::Price => {}
            }
        }
    }
}

/// How the detail of photo evidence names two photos that agree.
#[derive(Deserialize)]
struct NamedPair {
    registered_photo: u16,
    registered_sha256: ContentHash,
    listing_photo: u16,
    listing_sha256: ContentHash,
    #[serde(default)]
    further: Vec<NamedPair>,
}

impl NamedPair {
    fn photos(&self) -> [EvidencePhoto; 2] {
        let photo = |side, place, sha256| EvidencePhoto { side, place, sha256 };
        [
            photo(PhotoSide::Item, self.registered_photo, self.registered_sha256),
            photo(PhotoSide::Listing, self.listing_photo, self.listing_sha256),
        ]
    }
}

impl Assessment {
    /// The pairs of photos that the evidence says agree, the item's first in each; the pair that agrees best comes first. None
    /// of an assessment from before the evidence named the bytes.
    #[must_use]
    pub fn photo_pairs(&self) -> Vec<[EvidencePhoto; 2]> {
        let photos = (self.evidence.iter()).filter(|evidence| evidence.comparison == Comparison::Photo);
        let named = photos.filter_map(|evidence| NamedPair::deserialize(&evidence.detail).ok());
        named
            .flat_map(|best| {
                let further: Vec<_> = best.further.iter().map(NamedPair::photos).collect();
                std::iter::once(best.photos()).chain(further)
            })
            .collect()
    }
}

/// How the detail of a number's evidence names the photos that it was read off.
#[derive(Deserialize)]
struct NamedSingly {
    registered_photo: Option<u16>,
    registered_sha256: Option<ContentHash>,
    listing_photo: Option<u16>,
    listing_sha256: Option<ContentHash>,
}

impl Assessment {
    /// All photos that the evidence rests on: the pairs that agree, then those that a number was read off.
    #[must_use]
    pub fn photos(&self) -> Vec<EvidencePhoto> {
        let mut photos: Vec<_> = self.photo_pairs().into_iter().flatten().collect();
        let numbers = (self.evidence.iter()).filter(|evidence| evidence.comparison == Comparison::Identifier);
        for named in numbers.filter_map(|evidence| NamedSingly::deserialize(&evidence.detail).ok()) {
            let one = |side, place: Option<u16>, sha256: Option<ContentHash>| {
                let (place, sha256) = place.zip(sha256)?;
                Some(EvidencePhoto { side, place, sha256 })
            };
            photos.extend(one(PhotoSide::Item, named.registered_photo, named.registered_sha256));
            photos.extend(one(PhotoSide::Listing, named.listing_photo, named.listing_sha256));
        }
        photos
    }
}

/// What the odds before any evidence are estimated from: the first divided by the second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PriorFactors {
    /// Probability that a stolen item is on sale with a partner at all, 0 to 1.
    pub on_sale_probability: f64,
    /// How many live listings an item could be before anything is compared, to two digits.
    pub could_be: f64,
}

/// The competition that an assessment stood in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Rivals {
    /// Other items that this listing could be.
    pub items: u32,
    /// Other listings that could be this item.
    pub listings: u32,
    /// Items that this listing could be as well, but that were entered after the theft and no officer has seen: they are not
    /// weighed.
    #[serde(default)]
    pub late_items: u32,
    /// The probability that those together hold, 0 to 1.
    pub share: f64,
}
