//! Identifiers: what it is worth that both sides carry the same number, nearly the same, or a different one.
//!
//! The worth of a number is its information: how many others of its kind it tells apart. A slip is worth that, less the
//! number of numbers that lie as near, less how seldom people slip. Other registered numbers that lie equally near are
//! rivals and no business of this file.

use replevin_index::Record;
use replevin_index::identifier::{FoundIdentifier, FoundIn, Identifier, IdentifierDistance, IdentifierKind, Validity, distance};
use serde_json::{Value, json};

use self::worth::{confirmed, same_run, weight};
use super::rounded;
use crate::domain::assessment::{Comparison, Evidence};
use crate::matching::weights::identifier as weights;

/// Fewest characters that make one number a part of another; fewer stand in many by chance.
const PART_CHARACTERS_MIN: usize = 4;

/// Compares the numbers of both sides. At most two agreeing pairs are told, and each kind whose numbers differ.
pub(in crate::matching) fn compare(item: &Record, listing: &Record, same_brand: Option<bool>) -> Vec<Evidence> {
    let mut pairs = near_pairs(&item.identifiers, &listing.identifiers, same_brand);
    // What either side calls the model is no number of the object, wherever else it stands.
    pairs.retain(|pair| ![item, listing].iter().any(|side| is_model(pair, &side.text.model)));
    let mut evidence = Vec::new();
    let mut told: Option<&Pair<'_>> = None;
    for pair in pairs.iter().filter(|pair| pair.weight > 0.0) {
        let weight = match told {
            None => pair.weight,
            Some(first) if first.is_other_number(pair) => pair.weight.min(weights::SECOND),
            Some(_) => continue,
        };
        evidence.push(agreement(pair, weight));
        if told.is_some() {
            break;
        }
        told = Some(pair);
    }
    evidence.extend(differences(&item.identifiers, &listing.identifiers, &pairs));
    evidence
}

/// Two numbers that lie near each other.
struct Pair<'a> {
    ours: &'a FoundIdentifier,
    theirs: &'a FoundIdentifier,
    distance: IdentifierDistance,
    weight: f64,
}

impl Pair<'_> {
    /// Whether neither number of the pair is one of the other pair's: a number that stands twice counts once.
    fn is_other_number(&self, other: &Self) -> bool {
        let value = |found: &FoundIdentifier| found.identifier.normalised.clone();
        let (mine, others) = (
            [value(self.ours), value(self.theirs)],
            [value(other.ours), value(other.theirs)],
        );
        mine.iter().all(|value| !others.contains(value))
    }
}

/// All near pairs, the most telling first.
fn near_pairs<'a>(ours: &'a [FoundIdentifier], theirs: &'a [FoundIdentifier], same_brand: Option<bool>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for ours in ours {
        for theirs in theirs {
            let Some(distance) = distance(&ours.identifier, &theirs.identifier) else {
                continue;
            };
            if distance.slips() > 0 && confirmed(ours) && confirmed(theirs) {
                // One slip breaks a check digit: two numbers that both keep theirs are two numbers.
                continue;
            }
            if is_mere_likeness(ours, theirs, distance) {
                continue;
            }
            pairs.push(Pair {
                ours,
                theirs,
                distance,
                weight: rounded(weight(ours, theirs, distance, same_brand)),
            });
        }
    }
    pairs.sort_by(|a, b| {
        let value = |pair: &Pair<'_>| {
            (
                pair.ours.identifier.normalised.clone(),
                pair.theirs.identifier.normalised.clone(),
            )
        };
        b.weight.total_cmp(&a.weight).then_with(|| value(a).cmp(&value(b)))
    });
    pairs
}

/// Whether the pair rests on a value that nothing calls a number: it can only be the very number of the other side, and the
/// other side must call it one.
fn is_mere_likeness(ours: &FoundIdentifier, theirs: &FoundIdentifier, distance: IdentifierDistance) -> bool {
    match (ours.is_loose(), theirs.is_loose()) {
        (false, false) => false,
        (true, true) => true,
        _ => distance.slips() > 0,
    }
}

/// Whether the pair rests on a value that nothing calls a number and that stands in the model's name.
fn is_model(pair: &Pair<'_>, model: &str) -> bool {
    let plain = |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect() };
    let model = plain(model).to_ascii_uppercase();
    [pair.ours, pair.theirs]
        .iter()
        .any(|found| found.is_loose() && model.contains(&found.identifier.normalised))
}

/// Whether some number of this kind is a part of one of the other side's: the same number, read short or with what stood
/// beside it. That says neither that they are one nor that they are two.
fn one_is_a_part(ours: &[FoundIdentifier], theirs: &[FoundIdentifier], kind: IdentifierKind) -> bool {
    let of_kind = |found: &&FoundIdentifier| found.identifier.kind == kind;
    let part = |one: &Identifier, other: &Identifier| {
        let within = |a: &str, b: &str| a.len() >= PART_CHARACTERS_MIN && b.contains(a);
        within(&one.folded, &other.folded) || within(&one.normalised, &other.normalised)
    };
    ours.iter().filter(of_kind).any(|one| {
        let (one, mut theirs) = (&one.identifier, theirs.iter().filter(of_kind));
        theirs.any(|other| part(one, &other.identifier) || part(&other.identifier, one))
    })
}

/// Kinds of which both sides name a well-formed number, and none of one side lies near any of the other's.
fn differences(ours: &[FoundIdentifier], theirs: &[FoundIdentifier], near: &[Pair<'_>]) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    let mut kinds: Vec<IdentifierKind> = ours.iter().map(|found| found.identifier.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let weight = match kind {
            IdentifierKind::Vin | IdentifierKind::FrameNumber | IdentifierKind::HullNumber | IdentifierKind::Chip => {
                weights::DIFFERENT_UNIQUE
            }
            IdentifierKind::Imei | IdentifierKind::Serial => weights::DIFFERENT_SEVERAL,
            IdentifierKind::Plate => weights::DIFFERENT_PLATE,
            // An owner may mark an object twice, and a product code names no object.
            IdentifierKind::OwnerNumber | IdentifierKind::ProductCode => continue,
        };
        if near
            .iter()
            .any(|pair| [pair.ours, pair.theirs].iter().any(|found| found.identifier.kind == kind))
        {
            continue;
        }
        if one_is_a_part(ours, theirs, kind) {
            continue;
        }
        let (Some(one), Some(other)) = (well_formed(ours, kind), well_formed(theirs, kind)) else {
            continue;
        };
        evidence.push(Evidence {
            comparison: Comparison::Identifier,
            outcome: "different".to_owned(),
            log10_lr: Some(weight),
            says: format!(
                "the listing's {} {} is not the registered {}",
                word(kind),
                other.identifier.normalised,
                one.identifier.normalised
            ),
            detail: json!({"kind": kind, "found_in": other.found_in}),
        });
    }
    evidence
}

/// A number of this kind that its source meant as one.
fn well_formed(all: &[FoundIdentifier], kind: IdentifierKind) -> Option<&FoundIdentifier> {
    let sound = |found: &&FoundIdentifier| {
        let vehicle = kind == IdentifierKind::Vin && found.identifier.valid == Validity::Weak;
        let valid = matches!(
            found.identifier.valid,
            Validity::Yes | Validity::Partial | Validity::Nonconforming
        );
        found.identifier.kind == kind && found.announced && !is_of_a_photo(found) && (valid || vehicle)
    };
    all.iter().find(sound)
}

/// Whether the number comes from a photo: it may be the camera's, a box's or another thing's in the picture.
fn is_of_a_photo(found: &FoundIdentifier) -> bool {
    matches!(found.found_in, FoundIn::Exif | FoundIn::Barcode | FoundIn::Label)
}

/// Where a number was read off a photo, in words.
fn read_off(found: &FoundIdentifier) -> Option<String> {
    let what = match found.found_in {
        FoundIn::Barcode => "a barcode",
        FoundIn::Label => "the text",
        FoundIn::Given | FoundIn::Title | FoundIn::Description | FoundIn::Marks | FoundIn::Exif => return None,
    };
    Some(match found.photo {
        Some(number) => format!("{what} in photo {number}"),
        None => format!("{what} in a photo"),
    })
}

fn agreement(pair: &Pair<'_>, weight: f64) -> Evidence {
    let (ours, theirs) = (&pair.ours.identifier, &pair.theirs.identifier);
    let kind = if ours.kind == IdentifierKind::Serial {
        theirs.kind
    } else {
        ours.kind
    };
    let place = match pair.theirs.found_in {
        FoundIn::Given => String::new(),
        FoundIn::Title => " in the title".to_owned(),
        FoundIn::Description => " in the description".to_owned(),
        FoundIn::Marks => " among the marks".to_owned(),
        FoundIn::Exif => " of the camera that took a photo".to_owned(),
        FoundIn::Barcode | FoundIn::Label => {
            read_off(pair.theirs).map_or_else(String::new, |place| format!(" read from {place}"))
        }
    };
    let named = format!("{} {}{place}", word(kind), theirs.normalised);
    let slips = pair.distance.slips();
    let next_unit = if slips > 0 && same_run(ours, theirs) {
        "; another unit of the same model could bear this number"
    } else {
        ""
    };
    let (outcome, says) = match (slips, pair.distance.look_alikes) {
        (0, 0) if ours.normalised != theirs.normalised => (
            "exact",
            format!(
                "{named} has the type and the serial of the registered {}; what follows them differs",
                ours.normalised
            ),
        ),
        (0, 0) => ("exact", format!("{named} is the registered one")),
        (0, _) => (
            "look-alike",
            format!(
                "{named} is the registered {} with look-alike characters exchanged",
                ours.normalised
            ),
        ),
        (1, _) => (
            "one slip",
            format!(
                "{named} differs from the registered {} by one slip of the pen{next_unit}",
                ours.normalised
            ),
        ),
        _ => (
            "two slips",
            format!(
                "{named} differs from the registered {} by two slips of the pen{next_unit}",
                ours.normalised
            ),
        ),
    };
    let says = match read_off(pair.ours) {
        Some(place) => format!("{says}; that one was read from {place} of the owner's"),
        None => says,
    };
    Evidence {
        comparison: Comparison::Identifier,
        outcome: outcome.to_owned(),
        log10_lr: Some(rounded(weight)),
        says,
        detail: detail(pair, kind),
    }
}

/// What the sentence of an agreeing pair rests on.
fn detail(pair: &Pair<'_>, kind: IdentifierKind) -> Value {
    let mut detail = json!({"kind": kind, "distance": pair.distance.edits});
    if pair.distance.look_alikes > 0 {
        detail["look_alikes"] = json!(pair.distance.look_alikes);
    }
    if pair.theirs.found_in != FoundIn::Given {
        detail["found_in"] = json!(pair.theirs.found_in);
    }
    if read_off(pair.ours).is_some() {
        detail["registered_found_in"] = json!(pair.ours.found_in);
    }
    for (found, name) in [(pair.ours, "registered_photo"), (pair.theirs, "listing_photo")] {
        if let Some(number) = found.photo {
            detail[name] = json!(number);
        }
    }
    detail
}

/// How a kind of number is called in a sentence.
fn word(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Imei => "IMEI",
        IdentifierKind::Vin => "VIN",
        IdentifierKind::FrameNumber => "frame number",
        IdentifierKind::HullNumber => "hull number",
        IdentifierKind::Chip => "chip number",
        IdentifierKind::Serial => "serial number",
        IdentifierKind::OwnerNumber => "owner's number",
        IdentifierKind::Plate => "licence plate",
        IdentifierKind::ProductCode => "product code",
    }
}

mod worth;

#[cfg(test)]
mod tests;
