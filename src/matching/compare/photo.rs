//! Photos: what it is worth that both sides show the same picture, or one a part of the other's.
//!
//! A picture that hangs in many sellers' listings is copied and proves little; so does one with too little in it. Several
//! equal pictures are not independent. Different pictures say nothing: objects are photographed again.

use std::cmp::Reverse;

use replevin_index::Record;
use replevin_index::image::features::PartComparison;
use replevin_index::image::hash::compare as nearness;
use replevin_index::image::{Dihedral, FINGERPRINT_VERSION, PhotoComparison, PhotoFingerprint};
use serde_json::{Value, json};

use super::rounded;
use crate::domain::assessment::{Comparison, Evidence};
use crate::domain::photo::ContentHash;
use crate::matching::weights::photo as weights;

mod part;

/// Compares the photos of both sides. `sources` tells how many sellers show a photo.
pub(in crate::matching) fn compare(
    item: &Record,
    listing: &Record,
    sources: impl Fn(&PhotoFingerprint) -> usize,
) -> Option<Evidence> {
    let mut pairs = near_pairs(item, listing);
    if pairs.is_empty() {
        return None;
    }
    for pair in &mut pairs {
        if pair.is_same() {
            // A pair has at least the seller in it.
            pair.sources = sources(pair.ours).max(sources(pair.theirs)).max(1);
            pair.weight = discounted(pair.weight, pair.sources);
        }
    }
    pairs.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.order().cmp(&b.order())));
    let best = &pairs[0];
    let mut further = 0.0;
    let mut told = vec![(best.our_index, best.their_index)];
    for pair in pairs[1..].iter().filter(|pair| pair.weight >= weights::EXPLAINS_TEXT) {
        if told
            .iter()
            .all(|(ours, theirs)| *ours != pair.our_index && *theirs != pair.their_index)
        {
            told.push((pair.our_index, pair.their_index));
            further += weights::FURTHER;
        }
    }
    Some(evidence(best, best.weight + f64::min(further, weights::FURTHER_MAX), &told))
}

/// Names the photos that agree by their bytes, so that what was compared can be shown later whatever stands in its place then.
/// The hashes are in the order of the record's photos; a side whose bytes are not known stays unnamed.
pub(in crate::matching) fn name(evidence: &mut Evidence, item: &[ContentHash], listing: &[ContentHash]) {
    fn one(pair: &mut Value, item: &[ContentHash], listing: &[ContentHash]) {
        for (place, name, hashes) in [
            ("registered_photo", "registered_sha256", item),
            ("listing_photo", "listing_sha256", listing),
        ] {
            let place = pair[place].as_u64().and_then(|place| usize::try_from(place).ok());
            if let Some(sha256) = place.and_then(|place| hashes.get(place.checked_sub(1)?)) {
                pair[name] = json!(sha256);
            }
        }
    }
    one(&mut evidence.detail, item, listing);
    let further = evidence.detail.get_mut("further").and_then(Value::as_array_mut);
    for pair in further.into_iter().flatten() {
        one(pair, item, listing);
    }
}

/// Two photos that lie near each other, or of which one shows a part of the other.
struct Pair<'a> {
    ours: &'a PhotoFingerprint,
    theirs: &'a PhotoFingerprint,
    our_index: usize,
    their_index: usize,
    near: Near,
    featureless: bool,
    sources: usize,
    weight: f64,
}

/// In which way two photos agree.
enum Near {
    Whole(PhotoComparison),
    Part(PartComparison),
}

impl Pair<'_> {
    /// Whether both show the same picture or a part of it, as opposed to pictures that resemble each other.
    fn is_same(&self) -> bool {
        match &self.near {
            Near::Whole(near) => near.pdq_bits <= weights::SAME_BITS,
            Near::Part(_) => true,
        }
    }

    fn order(&self) -> (u16, u16, Reverse<usize>, usize, usize) {
        let (pdq_bits, second_bits, corners) = match &self.near {
            Near::Whole(near) => (near.pdq_bits, near.second_bits, 0),
            Near::Part(near) => (u16::MAX, u16::MAX, near.inliers),
        };
        (pdq_bits, second_bits, Reverse(corners), self.our_index, self.their_index)
    }
}

fn near_pairs<'a>(item: &'a Record, listing: &'a Record) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    let current = |(_, photo): &(usize, &PhotoFingerprint)| photo.version == FINGERPRINT_VERSION;
    for (our_index, ours) in item.photos.iter().enumerate().filter(current) {
        for (their_index, theirs) in listing.photos.iter().enumerate().filter(current) {
            let near = nearness(ours, theirs);
            let featureless = is_featureless(ours, theirs);
            let weight = weight(&near, featureless);
            if weight > 0.0 {
                pairs.push(Pair {
                    ours,
                    theirs,
                    our_index,
                    their_index,
                    near: Near::Whole(near),
                    featureless,
                    sources: 1,
                    weight,
                });
            }
        }
    }
    part::add(item, listing, &mut pairs);
    pairs
}

fn is_featureless(ours: &PhotoFingerprint, theirs: &PhotoFingerprint) -> bool {
    ours.quality.min(theirs.quality) < weights::QUALITY_MIN
}

fn weight(near: &PhotoComparison, featureless: bool) -> f64 {
    let confirmed = near.second_bits <= weights::SECOND_BITS;
    let step = weights::SAME.iter().find(|(bits, _)| near.pdq_bits <= *bits);
    let weight = match step {
        Some((_, weight)) if confirmed => *weight,
        Some((_, weight)) => weight.min(weights::UNCONFIRMED),
        None if near.pdq_bits <= weights::WEAK_BITS && confirmed => weights::WEAK,
        None => 0.0,
    };
    if featureless {
        weight.min(weights::FEATURELESS)
    } else {
        weight
    }
}

fn discounted(weight: f64, sources: usize) -> f64 {
    match weights::SOURCES.get(sources) {
        Some(discount) => (weight + discount).max(weights::STOCK.min(weight)),
        None => weight.min(weights::STOCK),
    }
}

fn evidence(best: &Pair<'_>, weight: f64, told: &[(usize, usize)]) -> Evidence {
    let pictures = told.len();
    let (theirs, ours) = (best.their_index + 1, best.our_index + 1);
    let (outcome, mut says) = if best.is_same() && best.sources >= weights::SOURCES.len() {
        let shows = match best.near {
            Near::Whole(_) => "is",
            Near::Part(_) => "shows a part of",
        };
        let sellers = best.sources;
        (
            "stock photo",
            format!("photo {theirs} {shows} the registered photo {ours}, but {sellers} sellers show it"),
        )
    } else if best.featureless {
        (
            "featureless photo",
            format!("photo {theirs} and the registered photo {ours} agree, but too little can be seen on them"),
        )
    } else {
        let others = match best.sources {
            1 => String::new(),
            sellers => format!("; {sellers} sellers show it"),
        };
        match &best.near {
            Near::Part(near) => (part::OUTCOME, part::says(near, theirs, ours) + &others),
            Near::Whole(near) => {
                let (outcome, shows) = if best.is_same() {
                    ("same photo", "is")
                } else {
                    ("similar photo", "resembles")
                };
                let (how, bits) = (how(near), near.pdq_bits);
                (
                    outcome,
                    format!(
                        "photo {theirs} {shows} the registered photo {ours}{how} (the pictures differ in {bits} of 256 measured features){others}"
                    ),
                )
            }
        }
    };
    if pictures > 1 {
        says.push_str(&format!("; {pictures} photos agree"));
    }
    Evidence {
        comparison: Comparison::Photo,
        outcome: outcome.to_owned(),
        log10_lr: Some(rounded(weight)),
        says,
        detail: detail(best, told),
    }
}

fn how(near: &PhotoComparison) -> String {
    let turned = match near.form {
        Dihedral::Upright => "",
        Dihedral::Turned90 | Dihedral::Turned270 => ", turned by a quarter",
        Dihedral::Turned180 => ", upside down",
        Dihedral::Mirrored | Dihedral::Flipped => ", mirrored",
        Dihedral::Transposed | Dihedral::Transversed => ", mirrored and turned",
    };
    let trimmed = if near.trimmed { ", with a border" } else { "" };
    format!("{turned}{trimmed}")
}

fn detail(best: &Pair<'_>, told: &[(usize, usize)]) -> Value {
    let mut detail = match &best.near {
        Near::Whole(near) => json!({
            "pdq_bits": near.pdq_bits,
            "second_bits": near.second_bits,
            "form": near.form,
            "trimmed": near.trimmed,
        }),
        Near::Part(near) => part::detail(near),
    };
    detail["registered_photo"] = json!(best.our_index + 1);
    detail["listing_photo"] = json!(best.their_index + 1);
    detail["sellers"] = json!(best.sources);
    detail["photos"] = json!(told.len());
    if told.len() > 1 {
        let further = told[1..].iter();
        let pair = |(ours, theirs): &(usize, usize)| json!({ "registered_photo": ours + 1, "listing_photo": theirs + 1 });
        detail["further"] = further.map(pair).collect();
    }
    detail
}

#[cfg(test)]
mod tests;
