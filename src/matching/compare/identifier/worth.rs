//! What it is worth that two numbers lie near each other: their information, less how many others lie as near and how seldom
//! people slip.

use replevin_index::identifier::{FoundIdentifier, FoundIn, Identifier, IdentifierDistance, IdentifierKind, Scheme, Validity};

use crate::matching::weights::identifier as weights;

/// Digits at a number's end with which a maker counts units, at most.
const CLOSING_RUN_MAX: usize = 6;

/// What a near pair is worth; never against, a slip is no difference.
pub(super) fn weight(
    ours: &FoundIdentifier,
    theirs: &FoundIdentifier,
    distance: IdentifierDistance,
    same_brand: Option<bool>,
) -> f64 {
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
        weight += match found.found_in {
            FoundIn::Exif => weights::EXIF,
            FoundIn::Barcode => weights::BARCODE,
            FoundIn::Label => weights::LABEL,
            FoundIn::Given | FoundIn::Title | FoundIn::Description | FoundIn::Marks => 0.0,
        };
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
pub(super) fn same_run(one: &Identifier, other: &Identifier) -> bool {
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
pub(super) fn confirmed(found: &FoundIdentifier) -> bool {
    let identifier = &found.identifier;
    let checked = match identifier.scheme {
        Scheme::Imei => identifier.normalised.len() == 15,
        Scheme::Vin => true,
        _ => false,
    };
    checked && identifier.valid == Validity::Yes
}
