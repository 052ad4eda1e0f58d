//! What the text of a barcode names: one object, a model, or nothing of interest.
//!
//! Owns the element strings of GS1 (General Specifications, section 3), the data identifier of serial numbers (ANSI MH10.8.2: a
//! leading `S`), and when a bare text is a number at all. Leaves grammars and placeholders to [`crate::identifier`]. An address
//! of the web, a contact or a network's password names no object.

use super::{Barcode, Symbology};
use crate::identifier::{Identifier, IdentifierKind, Validity, extract, guess, parse};

/// Fewest characters of a bare text that is a number, and most.
const BARE_CHARACTERS: std::ops::RangeInclusive<usize> = 6..=40;
/// Fewest digits in it.
const BARE_DIGITS_MIN: usize = 3;
/// Most numbers of one code.
const NUMBERS_MAX: usize = 4;

/// A number in a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The number.
    pub identifier: Identifier,
    /// Whether the code itself says what it is: an application identifier, a word before it, or a form with a check digit.
    pub announced: bool,
}

/// The numbers that a code carries; placeholders never.
#[must_use]
pub fn numbers(code: &Barcode) -> Vec<Carried> {
    let mut numbers = if code.symbology == Symbology::EanUpc {
        carried(IdentifierKind::ProductCode, &code.text, true).into_iter().collect()
    } else if let Some(elements) = elements(&code.text) {
        of_elements(&elements)
    } else {
        let said = said(&code.text);
        if said.is_empty() { bare(&code.text) } else { said }
    };
    numbers.truncate(NUMBERS_MAX);
    numbers
}

fn carried(kind: IdentifierKind, text: &str, announced: bool) -> Option<Carried> {
    let identifier = parse(kind, text).ok()?;
    Some(Carried { identifier, announced })
}

/// What words in the text announce.
fn said(text: &str) -> Vec<Carried> {
    let found = extract(text).into_iter().filter(|found| found.announced);
    found
        .filter(|found| found.identifier.valid != Validity::No)
        .map(|found| Carried {
            identifier: found.identifier,
            announced: true,
        })
        .collect()
}

/// A text that is nothing but one number.
fn bare(text: &str) -> Vec<Carried> {
    // No stops: those are in the addresses of the web.
    let is_number = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ' | '/');
    let length = text.chars().count();
    if !BARE_CHARACTERS.contains(&length) || text.split(' ').count() > 4 || !text.chars().all(is_number) {
        return Vec::new();
    }
    if text.bytes().filter(u8::is_ascii_digit).count() < BARE_DIGITS_MIN {
        return Vec::new();
    }
    let one = |text: &str| {
        let identifier = guess(text)?;
        let checked = matches!(identifier.kind, IdentifierKind::Imei | IdentifierKind::Vin) && identifier.valid == Validity::Yes;
        let announced = checked || identifier.kind == IdentifierKind::ProductCode;
        Some(Carried { identifier, announced })
    };
    let named = text.strip_prefix('S').filter(|rest| rest.len() >= *BARE_CHARACTERS.start());
    [Some(text), named].into_iter().flatten().filter_map(one).collect()
}

/// The elements of a GS1 code: application identifier and value. None when the text is no such code.
fn elements(text: &str) -> Option<Vec<(&str, &str)>> {
    let marked = ["]C1", "]d2", "]Q3"].iter().find_map(|mark| text.strip_prefix(mark));
    let mut rest = marked.unwrap_or(text).trim_start_matches('\u{1d}');
    // Without its mark, only what begins with a trade item's number and its check digit is one.
    let item = |text: &str| text.strip_prefix("01").and_then(|rest| rest.get(..14)).map(str::to_owned);
    if marked.is_none() && item(rest).is_none_or(|item| parse(IdentifierKind::ProductCode, &item).is_err()) {
        return None;
    }
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let (identifier, fixed) = application(rest)?;
        let value = rest.get(identifier.len()..)?;
        let end = match fixed {
            Some(length) => length,
            None => value.find('\u{1d}').unwrap_or(value.len()),
        };
        elements.push((identifier, value.get(..end)?));
        rest = value.get(end..)?.trim_start_matches('\u{1d}');
    }
    (!elements.is_empty()).then_some(elements)
}

/// The application identifier that a text begins with, and its value's length where that is fixed (GS1 General Specifications,
/// figures 3.2-1 and 7.8.5-2).
fn application(text: &str) -> Option<(&str, Option<usize>)> {
    if !text.is_ascii() || text.len() < 3 || !text.as_bytes()[..2].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (length, fixed) = match &text[..2] {
        "00" => (2, Some(18)),
        "01" | "02" | "03" => (2, Some(14)),
        "11" | "12" | "13" | "15" | "16" | "17" => (2, Some(6)),
        "20" => (2, Some(2)),
        "10" | "21" | "22" | "30" | "37" | "90" | "91" | "92" | "93" | "94" | "95" | "96" | "97" | "98" | "99" => (2, None),
        "31" | "32" | "33" | "34" | "35" | "36" => (4, Some(6)),
        "41" => (3, Some(13)),
        "23" | "24" | "25" | "40" | "42" | "71" => (3, None),
        "39" | "43" | "70" | "72" | "80" | "81" | "82" => (4, None),
        _ => return None,
    };
    Some((text.get(..length)?, fixed))
}

fn of_elements(elements: &[(&str, &str)]) -> Vec<Carried> {
    let kind = |identifier: &str| match identifier {
        "01" => Some(IdentifierKind::ProductCode),
        // A unit's serial, an individual asset and one component's serial; batches and shipments are no objects.
        "21" | "8004" => Some(IdentifierKind::Serial),
        "8002" => Some(IdentifierKind::Imei),
        _ => None,
    };
    let numbers = elements
        .iter()
        .filter_map(|(identifier, value)| carried(kind(identifier)?, value, true));
    numbers.collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use IdentifierKind::{FrameNumber, Imei, ProductCode, Serial, Vin};

    fn read(symbology: Symbology, text: &str) -> Vec<(IdentifierKind, String, bool)> {
        let code = Barcode {
            symbology,
            text: text.to_owned(),
        };
        let numbers = numbers(&code).into_iter();
        numbers
            .map(|one| (one.identifier.kind, one.identifier.normalised, one.announced))
            .collect()
    }

    #[test]
    fn a_code_names_an_object_a_model_or_nothing() {
        let cases: [(Symbology, &str, &[(IdentifierKind, &str, bool)]); 19] = [
            (Symbology::EanUpc, "4006381333931", &[(ProductCode, "04006381333931", true)]),
            (Symbology::Code128, "490154203237518", &[(Imei, "490154203237518", true)]),
            (Symbology::Code39, "1M8GDM9AXKP042788", &[(Vin, "1M8GDM9AXKP042788", true)]),
            (Symbology::Code128, "WBK123456Z", &[(FrameNumber, "WBK123456Z", false)]),
            (Symbology::Code128, "8XR-4471-22", &[(Serial, "8XR447122", false)]),
            (
                Symbology::Code128,
                "]C101040063813339312112345XYZ",
                &[(ProductCode, "04006381333931", true), (Serial, "12345XYZ", true)],
            ),
            (
                Symbology::DataMatrix,
                "010400638133393121AB77\u{1d}17270101",
                &[(ProductCode, "04006381333931", true), (Serial, "AB77", true)],
            ),
            // A batch and a shipment are no objects.
            (Symbology::Code128, "]C110LOT4477", &[]),
            (Symbology::Code128, "]C100340123450000000018", &[]),
            (
                Symbology::QrCode,
                "S/N: GZ7710345\nIMEI: 490154203237518",
                &[(Serial, "GZ7710345", true), (Imei, "490154203237518", true)],
            ),
            (
                Symbology::Code128,
                "SC02MX5XXFD57",
                &[(Serial, "SC02MX5XXFD57", false), (Serial, "C02MX5XXFD57", false)],
            ),
            (Symbology::QrCode, "https://example.com/p/12345678", &[]),
            (Symbology::QrCode, "example.com/a1b2c3d4", &[]),
            (Symbology::QrCode, "WIFI:T:WPA;S:home;P:12345678;;", &[]),
            (Symbology::QrCode, "MECARD:N:Jensen;TEL:+4512345678;;", &[]),
            (Symbology::Code128, "000000000", &[]),
            (Symbology::Code128, "123456", &[]),
            (Symbology::Code128, "A-12", &[]),
            (Symbology::Code128, "UNKNOWN", &[]),
        ];
        for (symbology, text, expected) in cases {
            let expected: Vec<_> = expected
                .iter()
                .map(|(kind, value, said)| (*kind, (*value).to_owned(), *said))
                .collect();
            assert_eq!(read(symbology, text), expected, "{text}");
        }
    }

    #[test]
    fn a_broken_element_string_is_no_code_of_elements() {
        for text in [
            "]C101",
            "]C10104006",
            "]C1zz",
            "]C1",
            "]C1010400638133393199999\u{1d}\u{1d}",
            "]d221æ",
        ] {
            for symbology in [Symbology::Code128, Symbology::DataMatrix] {
                // Whatever comes of it, it is bounded and does not panic.
                assert!(read(symbology, text).len() <= NUMBERS_MAX);
            }
        }
    }
}
