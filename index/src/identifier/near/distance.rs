//! How far two identifiers are apart, and from where on they are strangers.
//!
//! Owns the rule and the measure; the table in [`super`] finds by exactly this rule.

use super::super::characters::{look_alike, to_digit};
use super::super::{Identifier, IdentifierDistance, IdentifierKind};
use super::key::CHARACTERS_MAX;

/// An IMEI is compared on its type code and serial; what follows is a check digit or a software version.
const IMEI_COMPARED: usize = 14;
/// Cost of an edit; a look-alike exchange costs one less, so that among equally many edits the kinder reading wins.
const EDIT: u32 = 256;

impl IdentifierDistance {
    /// Edits that are more than the exchange of characters that look alike.
    #[must_use]
    pub fn slips(&self) -> u8 {
        self.edits.saturating_sub(self.look_alikes)
    }
}

/// Fewer slips are nearer; among as many slips fewer look-alikes.
impl Ord for IdentifierDistance {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.slips(), self.edits).cmp(&(other.slips(), other.edits))
    }
}

impl PartialOrd for IdentifierDistance {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// How far two identifiers are apart; `None` for strangers.
///
/// Within one kind: any number of look-alike exchanges, or up to two edits when the shorter has eight characters, one from
/// five on, none below (and none over 24: such values are scanned, not typed). A serial may be any other kind under the
/// wrong word, so between a serial and another kind only look-alike exchanges are allowed. Product codes name models and
/// are strangers to everything. Of two IMEIs, one with a digit left out, that one slip is measured and not the two that it makes
/// of the digits that are compared.
#[must_use]
pub fn distance(a: &Identifier, b: &Identifier) -> Option<IdentifierDistance> {
    measure(a.kind, &a.normalised, b.kind, &b.normalised)
}

/// [`distance`] by kind and normalised value.
pub(super) fn measure(a_kind: IdentifierKind, a: &str, b_kind: IdentifierKind, b: &str) -> Option<IdentifierDistance> {
    if !comparable(a_kind, b_kind) {
        return None;
    }
    let same_kind = a_kind == b_kind;
    if same_kind && a_kind == IdentifierKind::Imei && left_out(a, b) {
        return Some(IdentifierDistance {
            edits: 1,
            look_alikes: 0,
        });
    }
    let read = |kind, value| if same_kind { compared(kind, value) } else { value };
    let a: Vec<char> = read(a_kind, a).chars().collect();
    let b: Vec<char> = read(b_kind, b).chars().collect();
    if a.len() == b.len() && a.iter().zip(&b).all(|(&a, &b)| to_digit(a) == to_digit(b)) {
        let exchanged = a.iter().zip(&b).filter(|(a, b)| a != b).count();
        let exchanged = u8::try_from(exchanged).unwrap_or(u8::MAX);
        return Some(IdentifierDistance {
            edits: exchanged,
            look_alikes: exchanged,
        });
    }
    let allowed = if same_kind { reach(a.len(), b.len()) } else { 0 };
    if allowed == 0 || a.len().abs_diff(b.len()) > allowed as usize {
        return None;
    }
    let cost = edit_cost(&a, &b);
    let edits = cost.div_ceil(EDIT);
    let look_alikes = edits * EDIT - cost;
    (edits <= u32::from(allowed)).then_some(IdentifierDistance {
        edits: edits as u8,
        look_alikes: look_alikes as u8,
    })
}

/// Whether one is the other, a whole IMEI with its check digit, with one digit of type code or serial left out.
fn left_out(a: &str, b: &str) -> bool {
    let (shorter, longer) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if shorter.len() != IMEI_COMPARED || longer.len() != IMEI_COMPARED + 1 || longer.starts_with(shorter) {
        return false;
    }
    let same = shorter
        .bytes()
        .zip(longer.bytes())
        .take_while(|(one, other)| one == other)
        .count();
    longer.as_bytes()[same + 1..] == shorter.as_bytes()[same..]
}

/// Whether identifiers of these kinds are compared at all.
pub(super) fn comparable(a: IdentifierKind, b: IdentifierKind) -> bool {
    let product = a == IdentifierKind::ProductCode || b == IdentifierKind::ProductCode;
    !product && (a == b || a == IdentifierKind::Serial || b == IdentifierKind::Serial)
}

/// The part of a normalised value that is compared.
pub(super) fn compared(kind: IdentifierKind, normalised: &str) -> &str {
    if kind != IdentifierKind::Imei {
        return normalised;
    }
    let end = normalised
        .char_indices()
        .nth(IMEI_COMPARED)
        .map_or(normalised.len(), |(at, _)| at);
    &normalised[..end]
}

/// Edits allowed between two values of these lengths. Fewer characters carry less information: among a hundred thousand
/// six-digit serials hundreds lie within two edits of any number.
pub(super) fn reach(a: usize, b: usize) -> u8 {
    match (a.min(b), a.max(b)) {
        (_, longest) if longest > CHARACTERS_MAX => 0,
        (0..=4, _) => 0,
        (5..=7, _) => 1,
        _ => 2,
    }
}

/// Optimal string alignment (insert, delete, replace, swap of neighbours) in [`EDIT`]s less look-alike exchanges.
fn edit_cost(a: &[char], b: &[char]) -> u32 {
    let width = b.len() + 1;
    let mut before_last = vec![0; width];
    let mut last: Vec<u32> = (0..width as u32).map(|at| at * EDIT).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![(i as u32 + 1) * EDIT; width];
        for (j, &y) in b.iter().enumerate() {
            let exchange = if x == y { 0 } else { EDIT - u32::from(look_alike(x, y)) };
            let mut cost = (last[j] + exchange).min(last[j + 1] + EDIT).min(row[j] + EDIT);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before_last[j - 1] + EDIT);
            }
            row[j + 1] = cost;
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use IdentifierKind::{FrameNumber, Imei, ProductCode, Serial};

    #[test]
    fn distances() {
        let cases = [
            (Serial, "AB123456", Serial, "AB123456", Some((0, 0))),
            (Serial, "AB123456", Serial, "A8I23456", Some((2, 2))),
            (Serial, "OOSSBBZZ", Serial, "00558822", Some((8, 8))),
            (Serial, "AB123456", Serial, "AB124356", Some((1, 0))),
            (Serial, "AB123456", Serial, "AB12346", Some((1, 0))),
            (Serial, "AB123456", Serial, "A8123457", Some((2, 1))),
            (Serial, "AB123456", Serial, "AB213465", Some((2, 0))),
            (Serial, "AB123456", Serial, "AB777456", None),
            (Serial, "AB12345", Serial, "AB12377", None),
            (Serial, "A1234", Serial, "A1243", Some((1, 0))),
            (Serial, "1234", Serial, "1243", None),
            (Serial, "I234", Serial, "1234", Some((1, 1))),
            (Imei, "490154203237518", Imei, "4901542032375199", Some((0, 0))),
            (Imei, "490154203237518", Imei, "490154203237581", Some((1, 0))),
            (Imei, "490154203237518", Imei, "49015203237518", Some((1, 0))),
            (Imei, "490154203237518", Imei, "49015420323751", Some((0, 0))),
            (Imei, "490154203237518", Imei, "90154203237518", Some((1, 0))),
            (Serial, "WBK123456Z", FrameNumber, "WBK123456Z", Some((0, 0))),
            (FrameNumber, "WBK123456Z", Serial, "W8K1234562", Some((2, 2))),
            (Serial, "WBK123456Z", FrameNumber, "WBK123457Z", None),
            (Imei, "490154203237518", FrameNumber, "490154203237518", None),
            (ProductCode, "04006381333931", ProductCode, "04006381333931", None),
        ];
        for (a_kind, a, b_kind, b, expected) in cases {
            let found = measure(a_kind, a, b_kind, b).map(|found| (found.edits, found.look_alikes));
            assert_eq!(found, expected, "{a} {b}");
            assert_eq!(
                measure(b_kind, b, a_kind, a).map(|found| (found.edits, found.look_alikes)),
                expected,
                "{b} {a}"
            );
        }
    }
}
