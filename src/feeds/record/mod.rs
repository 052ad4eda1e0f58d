//! The records of a listing and of an item, as they are written in feeds, files and the API.
//!
//! Owns which fields there are, their limits, and what is said when one does not fit; every fault of a record is told, not only
//! the first. Unknown fields are dropped. A missing field, `null` and empty text are the same. Leaves what a value *means* to the
//! domain, whose types come out.

mod check;
mod fields;
mod item;
mod line;
mod listing;
mod price;

use std::collections::BTreeMap;

use replevin_index::identifier::{self, IdentifierError, IdentifierKind};

use super::json::{self, Json, Object};
use super::{FieldFault, ReadOptions};
use crate::domain::description::{Description, GivenIdentifier, IDENTIFIERS_MAX};
use crate::domain::money::Money;
use crate::domain::place::Place;
use fields::Faults;
use price::{money, price};

pub use check::{CheckRecord, parse_check};
pub use item::{ItemPatch, ItemRecord, ItemStatusGiven, TheftRecord, parse_item, parse_item_form, parse_item_patch};
pub use line::{DescriptionLine, IdentifierLine, ItemLine, ListingLine, MoneyLine, PhotoLine, PlaceLine, SellerLine, TheftLine};
pub use listing::parse_listing;

pub(super) use fields::Fields;
pub(super) use item::item;
pub(super) use listing::listing;

pub use crate::domain::photo::PHOTOS_MAX;

/// Longest id of a record, and longest reference of a seller, characters.
const REFERENCE_CHARS_MAX: usize = 200;
/// Longest title, characters.
const TITLE_CHARS_MAX: usize = 300;
/// Longest description, characters.
const TEXT_CHARS_MAX: usize = 20_000;
/// Longest text about distinguishing marks, characters.
const MARKS_CHARS_MAX: usize = 2_000;
/// Longest name of a category, brand, model, colour, condition or place, characters.
const NAME_CHARS_MAX: usize = 200;
/// Longest identifier as given, characters.
const IDENTIFIER_CHARS_MAX: usize = 200;
/// Longest address or path of a photo, characters.
const ADDRESS_CHARS_MAX: usize = 2_000;

/// The kinds of identifiers by their words.
const KINDS: [(&str, IdentifierKind); 9] = [
    ("imei", IdentifierKind::Imei),
    ("vin", IdentifierKind::Vin),
    ("frame_number", IdentifierKind::FrameNumber),
    ("hull_number", IdentifierKind::HullNumber),
    ("chip", IdentifierKind::Chip),
    ("serial", IdentifierKind::Serial),
    ("owner_number", IdentifierKind::OwnerNumber),
    ("plate", IdentifierKind::Plate),
    ("product_code", IdentifierKind::ProductCode),
];

/// What becomes of identifiers that cannot be ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Identifiers {
    /// Words for "none" are dropped; all else is kept as given. What can be no such number is noted.
    Offered,
    /// Words for "none" are faults: their owner can leave the field empty.
    Registered,
    /// Whatever does not fit its kind's grammar is a fault.
    Strict,
}

impl Identifiers {
    fn registered(options: &ReadOptions) -> Self {
        if options.strict_identifiers {
            Self::Strict
        } else {
            Self::Registered
        }
    }
}

/// Reads a record's object and gives it to `read`; the result counts only when there was no fault.
pub(super) fn parse_object<T>(bytes: &[u8], read: impl FnOnce(&Fields<'_, '_>) -> T) -> Result<T, Vec<FieldFault>> {
    let json = json::parse(bytes).map_err(|fault| vec![fault])?;
    let Json::Object(object) = &json else {
        let reason = format!("expected a JSON object, found {}", json.sort());
        return Err(vec![FieldFault::whole(reason)]);
    };
    read_object(object, read)
}

/// Gives an object to `read`; the result counts only when there was no fault.
pub(super) fn read_object<T>(object: &Object<'_>, read: impl FnOnce(&Fields<'_, '_>) -> T) -> Result<T, Vec<FieldFault>> {
    let faults = Faults::default();
    let value = read(&Fields::new(object, String::new(), &faults));
    faults.none_or(value)
}

fn description(fields: &Fields<'_, '_>, identifiers: Identifiers) -> Description {
    Description {
        title: fields.text("title", TITLE_CHARS_MAX),
        text: fields.text("description", TEXT_CHARS_MAX),
        language: language(fields),
        category: fields.text("category", NAME_CHARS_MAX),
        brand: fields.text("brand", NAME_CHARS_MAX),
        model: fields.text("model", NAME_CHARS_MAX),
        color: fields.text("color", NAME_CHARS_MAX),
        condition: fields.text("condition", NAME_CHARS_MAX),
        marks: fields.text("marks", MARKS_CHARS_MAX),
        identifiers: given_identifiers(fields, identifiers),
        extra: BTreeMap::new(),
    }
}

/// The language's ISO 639-1 code; of a tag such as `da-DK` its first part.
fn language(fields: &Fields<'_, '_>) -> Option<String> {
    let tag = fields.maybe_text("language", NAME_CHARS_MAX)?;
    let code = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Some(code);
    }
    fields.fault("language", "expected a language code of ISO 639-1 such as \"da\"");
    None
}

fn given_identifiers(fields: &Fields<'_, '_>, identifiers: Identifiers) -> Vec<GivenIdentifier> {
    let each = fields.objects("identifiers", IDENTIFIERS_MAX).into_iter();
    each.filter_map(|fields| given_identifier(&fields, identifiers)).collect()
}

fn given_identifier(fields: &Fields<'_, '_>, identifiers: Identifiers) -> Option<GivenIdentifier> {
    let kind = fields.word("kind", &KINDS);
    let value = fields.code("value", IDENTIFIER_CHARS_MAX);
    if kind.is_none() && fields.get("kind").is_none() {
        fields.fault("kind", "missing");
    }
    if value.is_none() && identifiers != Identifiers::Offered && !fields.is_wrong("value") {
        fields.fault("value", "missing");
    }
    let given = GivenIdentifier {
        kind: kind?,
        value: value?,
    };
    if identifiers == Identifiers::Offered && is_rounded(&given.value) {
        fields.note("identifiers", ROUNDED);
        return None;
    }
    match (identifier::parse(given.kind, &given.value), identifiers) {
        (Err(error), Identifiers::Offered) => {
            let (reason, kept) = told_of_offered(&given, &error);
            let word = KINDS
                .iter()
                .find(|(_, kind)| *kind == given.kind)
                .map_or("", |(word, _)| *word);
            fields.note(&format!("identifiers.{word}"), reason);
            kept.then_some(given)
        }
        (Err(error @ (IdentifierError::Placeholder | IdentifierError::Empty)), Identifiers::Registered)
        | (Err(error), Identifiers::Strict) => {
            fields.fault("value", error.to_string());
            None
        }
        _ => Some(given),
    }
}

/// Said of a number that is not the object's any more.
const ROUNDED: &str = "a spreadsheet has rounded this number, so that it is not used: give its column the format of text";

/// Whether a number was written by a spreadsheet as it writes large ones, such as `4.78751E+14`: its last digits are gone.
fn is_rounded(value: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((number, exponent)) = value.trim().split_once("E+").or_else(|| value.trim().split_once("e+")) else {
        return false;
    };
    let (whole, rest) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    whole.len() == 1 && digits(whole) && digits(rest) && digits(exponent)
}

/// What is noted of an offered identifier that cannot be one, and whether it is kept.
fn told_of_offered(given: &GivenIdentifier, error: &IdentifierError) -> (&'static str, bool) {
    // What can be read as a serial is still compared with the numbers that it is near to; a product has many neighbours.
    let has_near = given.kind != IdentifierKind::ProductCode && identifier::parse(IdentifierKind::Serial, &given.value).is_ok();
    match (error, has_near) {
        (IdentifierError::Placeholder | IdentifierError::Empty, _) => ("stands for a missing number: not used", false),
        (IdentifierError::CheckDigit, true) => ("the check digit does not fit: only compared with numbers near to it", true),
        (IdentifierError::CheckDigit, false) => ("the check digit does not fit: not used", true),
        (_, true) => ("cannot be such a number: only compared with numbers near to it", true),
        (_, false) => ("cannot be such a number: not used", true),
    }
}

fn place(fields: &Fields<'_, '_>) -> Place {
    let Some(place) = fields.object("location") else {
        return Place::default();
    };
    let country = place
        .maybe_text("country", NAME_CHARS_MAX)
        .map(|code| code.to_ascii_uppercase());
    if country
        .as_ref()
        .is_some_and(|code| code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        place.fault("country", "expected a country code of ISO 3166-1 such as \"DK\"");
    }
    Place {
        country,
        postcode: place.code("postcode", 20),
        city: place.maybe_text("city", NAME_CHARS_MAX),
        latitude: place.number("lat", -90.0, 90.0),
        longitude: place.number("lon", -180.0, 180.0),
    }
}
