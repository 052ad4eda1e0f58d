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
    /// What else the seller offers.
    Seller,
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Identifier,
        Self::Photo,
        Self::Description,
        Self::Marks,
        Self::Time,
        Self::Place,
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
}

/// What stands in place of a sentence that quotes an item whose description is hidden.
const HIDDEN: &str = "what was found is not shown, for the item is not reported stolen any more";

impl Assessment {
    /// Takes out what quotes the item's own description, numbers and photos: for an audience that may not see them any more.
    /// Which comparisons were made, their outcomes and their weights stay, so that the probability still explains itself;
    /// time and place are the theft's and the listing's.
    pub fn hide_item(&mut self) {
        for evidence in &mut self.evidence {
            match evidence.comparison {
                Comparison::Identifier | Comparison::Photo | Comparison::Description | Comparison::Marks | Comparison::Seller => {
                    HIDDEN.clone_into(&mut evidence.says);
                    evidence.detail = serde_json::json!({});
                }
                Comparison::Time | Comparison::Place => {}
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
    /// The probability that those together hold, 0 to 1.
    pub share: f64,
}
