//! Identifiers: what it is worth that both sides carry the same number, nearly the same, or a different one.
//!
//! The worth of a number is its information: how many others of its kind it tells apart. A slip is worth that, less the
//! number of numbers that lie as near, less how seldom people slip. Other registered numbers that lie equally near are
//! rivals and no business of this file.

use replevin_index::Record;
use replevin_index::identifier::{
    FoundIdentifier, FoundIn, Identifier, IdentifierDistance, IdentifierKind, Scheme, Validity, distance,
};
use serde_json::json;

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

/// Digits at a number's end with which a maker counts units, at most.
const CLOSING_RUN_MAX: usize = 6;

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

/// What a near pair is worth; never against, a slip is no difference.
fn weight(ours: &FoundIdentifier, theirs: &FoundIdentifier, distance: IdentifierDistance, same_brand: Option<bool>) -> f64 {
    let (one, other) = (&ours.identifier, &theirs.identifier);
    let kind = if one.kind == IdentifierKind::Serial {
        other.kind
    } else {
        one.kind
    };
    let slips = usize::from(distance.slips()).min(2);
    let mut information = information(ours).min(information(theirs));
    if type_code_changed(one, other) {
        information = weights::IMEI_TYPE_CHANGED;
    } else if slips > 0 && same_run(one, other) {
        information = information.min(weights::SAME_RUN);
    }
    let cap = match (slips, distance.look_alikes) {
        (0, 0) if confirmed(ours) && confirmed(theirs) => weights::CAP_CHECKED,
        (0, 0) => weights::CAP_EXACT,
        (0, _) => weights::CAP_LOOK_ALIKE,
        (slips, _) => weights::CAP_SLIPS[slips],
    };
    let mut weight = information + weights::SLIPS[slips] - neighbours(ours, theirs, slips);
    if distance.look_alikes > 0 {
        weight += weights::LOOK_ALIKE_FIRST + weights::LOOK_ALIKE_NEXT * f64::from(distance.look_alikes - 1);
    }
    weight = weight.min(cap);
    for found in [ours, theirs] {
        weight += match found.identifier.valid {
            Validity::Yes | Validity::Partial => 0.0,
            Validity::Weak | Validity::Nonconforming => weights::WEAK,
            Validity::No if slips == 0 => weights::MISTYPED,
            Validity::No => 0.0,
        };
        weight += if found.announced { 0.0 } else { weights::UNANNOUNCED };
        weight += if found.found_in == FoundIn::Exif { weights::EXIF } else { 0.0 };
    }
    if one.kind != other.kind {
        weight += weights::OTHER_KIND;
    }
    if kind == IdentifierKind::Serial {
        weight += match same_brand {
            Some(true) => weights::BRAND_SAME,
            Some(false) => weights::BRAND_OTHER,
            None => 0.0,
        };
    }
    weight.clamp(0.0, cap)
}

/// Whether both are whole IMEIs of different type codes: those name the model, so that another phone would seldom have the
/// changed one.
fn type_code_changed(one: &Identifier, other: &Identifier) -> bool {
    let whole = |identifier: &Identifier| {
        let value = &identifier.normalised;
        identifier.kind == IdentifierKind::Imei && value.len() >= 14 && value.bytes().all(|byte| byte.is_ascii_digit())
    };
    whole(one) && whole(other) && one.normalised[..8] != other.normalised[..8]
}

/// Whether two serial numbers differ in digits of their closing run only, as two units of one model do.
fn same_run(one: &Identifier, other: &Identifier) -> bool {
    let (a, b) = (&one.normalised, &other.normalised);
    if one.kind != IdentifierKind::Serial || other.kind != IdentifierKind::Serial || a.len() != b.len() {
        return false;
    }
    let run = |value: &str| value.bytes().rev().take_while(u8::is_ascii_digit).count();
    let closing = run(a).min(run(b)).min(CLOSING_RUN_MAX);
    let before = a.len() - closing;
    a.as_bytes()[..before] == b.as_bytes()[..before]
}

/// How many decades of other numbers this one tells apart.
fn information(found: &FoundIdentifier) -> f64 {
    let identifier = &found.identifier;
    let value = &identifier.normalised;
    let digits_only = value.bytes().all(|byte| byte.is_ascii_digit());
    match identifier.kind {
        IdentifierKind::Imei if value.len() >= 14 && digits_only => return weights::IMEI,
        IdentifierKind::Vin if value.len() == 17 => return weights::VIN,
        IdentifierKind::Chip if identifier.scheme == Scheme::Iso11784 => return weights::CHIP,
        IdentifierKind::ProductCode => return 0.0,
        _ => {}
    }
    let maker = match (identifier.kind, identifier.scheme) {
        (IdentifierKind::FrameNumber, Scheme::Danish) => value.chars().take_while(|c| c.is_alphabetic()).count(),
        _ => 0,
    };
    let worth = |(at, c): (usize, char)| match c {
        _ if at < maker => weights::MAKER_LETTER,
        '0'..='9' => weights::DIGIT,
        _ => weights::LETTER,
    };
    value.chars().enumerate().map(worth).sum()
}

/// How many decades of numbers lie within this many slips.
fn neighbours(ours: &FoundIdentifier, theirs: &FoundIdentifier, slips: usize) -> f64 {
    let (one, other) = (&ours.identifier.normalised, &theirs.identifier.normalised);
    let length = one.chars().count().max(other.chars().count()) as f64;
    let digits_only = [one, other]
        .iter()
        .all(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
    let left_out = one.chars().count().saturating_sub(other.chars().count()) == slips;
    let a_position = if left_out {
        weights::NEIGHBOURS_SHORTER
    } else if slips == 1 && is_doubled(one, other) {
        weights::NEIGHBOURS_DOUBLED
    } else if digits_only {
        weights::NEIGHBOURS_DIGITS
    } else {
        weights::NEIGHBOURS_LETTERS
    };
    match slips {
        0 => 0.0,
        1 => (length * a_position).log10(),
        // Either order of two slips is the same number.
        _ => 2.0 * (length * a_position).log10() - 2.0_f64.log10(),
    }
}

/// Whether `written` is `number` with one character struck twice.
fn is_doubled(number: &str, written: &str) -> bool {
    let (number, written) = (number.as_bytes(), written.as_bytes());
    let alike = number.iter().zip(written).take_while(|(one, other)| one == other).count();
    alike > 0
        && written.len() == number.len() + 1
        && written[alike] == written[alike - 1]
        && number[alike..] == written[alike + 1..]
}

/// Whether a check digit confirms the number.
fn confirmed(found: &FoundIdentifier) -> bool {
    let identifier = &found.identifier;
    let checked = match identifier.scheme {
        Scheme::Imei => identifier.normalised.len() == 15,
        Scheme::Vin => true,
        _ => false,
    };
    checked && identifier.valid == Validity::Yes
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
        found.identifier.kind == kind && found.announced && found.found_in != FoundIn::Exif && (valid || vehicle)
    };
    all.iter().find(sound)
}

fn agreement(pair: &Pair<'_>, weight: f64) -> Evidence {
    let (ours, theirs) = (&pair.ours.identifier, &pair.theirs.identifier);
    let kind = if ours.kind == IdentifierKind::Serial {
        theirs.kind
    } else {
        ours.kind
    };
    let place = match pair.theirs.found_in {
        FoundIn::Given => "",
        FoundIn::Title => " in the title",
        FoundIn::Description => " in the description",
        FoundIn::Marks => " among the marks",
        FoundIn::Exif => " of the camera that took a photo",
    };
    let named = format!("{} {}{place}", word(kind), theirs.normalised);
    let slips = pair.distance.slips();
    let next_unit = if slips > 0 && same_run(ours, theirs) {
        "; another unit of the same model could bear this number"
    } else {
        ""
    };
    let (outcome, says) = match (slips, pair.distance.look_alikes) {
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
    let mut detail = json!({"kind": kind, "distance": pair.distance.edits});
    if pair.distance.look_alikes > 0 {
        detail["look_alikes"] = json!(pair.distance.look_alikes);
    }
    if pair.theirs.found_in != FoundIn::Given {
        detail["found_in"] = json!(pair.theirs.found_in);
    }
    Evidence {
        comparison: Comparison::Identifier,
        outcome: outcome.to_owned(),
        log10_lr: Some(rounded(weight)),
        says,
        detail,
    }
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

#[cfg(test)]
mod tests;
