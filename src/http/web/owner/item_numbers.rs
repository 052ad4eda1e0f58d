//! The fields for an item's numbers: rows of a kind and a value. A kind that is left open is guessed from the value.

use replevin_index::identifier::{self, IdentifierError, IdentifierKind};

use super::item_form::choices;
use crate::http::web::session::Fields;
use crate::http::web::shell::Choice;

/// Most numbers of an item.
const NUMBERS_MAX: usize = 50;
/// Rows for numbers that are shown at least.
const NUMBERS_SHOWN: usize = 3;

const KINDS: [(&str, &str, IdentifierKind); 9] = [
    ("serial", "Serial number", IdentifierKind::Serial),
    ("imei", "IMEI of a phone", IdentifierKind::Imei),
    ("frame_number", "Frame number of a bicycle", IdentifierKind::FrameNumber),
    ("vin", "Vehicle identification number", IdentifierKind::Vin),
    ("plate", "Licence plate", IdentifierKind::Plate),
    ("hull_number", "Hull number of a boat", IdentifierKind::HullNumber),
    ("chip", "Chip number", IdentifierKind::Chip),
    ("owner_number", "Engraved or marked by me", IdentifierKind::OwnerNumber),
    (
        "product_code",
        "Product code (names the model only)",
        IdentifierKind::ProductCode,
    ),
];

/// One row for a number.
#[derive(Debug, Clone)]
pub(super) struct NumberRow {
    /// Id of the field for the kind.
    pub(super) kind_id: String,
    /// The kinds, the given one chosen.
    pub(super) kinds: Vec<Choice>,
    /// Id of the field for the value.
    pub(super) value_id: String,
    /// The value.
    pub(super) value: String,
    /// Its place, from 1.
    pub(super) place: usize,
}

/// Names of the fields for numbers.
pub(super) fn number_names() -> Vec<String> {
    (1..=NUMBERS_MAX)
        .flat_map(|place| [format!("kind-{place}"), format!("value-{place}")])
        .collect()
}

/// The rows for numbers: all that are filled in, and at least one that is not.
pub(super) fn number_rows(fields: &Fields) -> Vec<NumberRow> {
    let filled = (1..=NUMBERS_MAX)
        .rev()
        .find(|place| !fields.get(&format!("value-{place}")).is_empty())
        .unwrap_or(0);
    let shown = (filled + 1).clamp(NUMBERS_SHOWN, NUMBERS_MAX);
    let row = |place: usize| {
        let (kind_id, value_id) = (format!("kind-{place}"), format!("value-{place}"));
        let mut options = vec![("", "I am not sure")];
        options.extend(KINDS.map(|(word, label, _)| (word, label)));
        NumberRow {
            kinds: choices(options, fields.get(&kind_id)),
            value: fields.get(&value_id).to_owned(),
            kind_id,
            value_id,
            place,
        }
    };
    (1..=shown).map(row).collect()
}

/// A number that is filled in.
pub(super) struct Number<'f> {
    /// Its row, from 1.
    pub(super) place: usize,
    /// Its kind.
    pub(super) kind: IdentifierKind,
    /// As it was typed.
    pub(super) value: &'f str,
}

impl Number<'_> {
    /// What its kind is called.
    pub(super) fn label(&self) -> &'static str {
        let kind = KINDS.iter().find(|(.., kind)| *kind == self.kind);
        kind.map_or("Number", |(_, label, _)| label)
    }

    /// What to tell somebody whose number was objected to for `reason`.
    pub(super) fn objection(&self, reason: &str) -> String {
        match identifier::parse(self.kind, self.value) {
            Err(IdentifierError::Placeholder | IdentifierError::Empty) => {
                format!("“{}” is no number that names one object. Leave the field empty.", self.value)
            }
            _ => format!("This number cannot be right: {reason}."),
        }
    }
}

/// A kind's word in forms.
pub(super) fn word(kind: IdentifierKind) -> &'static str {
    KINDS.iter().find(|(.., known)| *known == kind).map_or("", |(word, ..)| word)
}

/// The numbers that are filled in. A kind that was left open is guessed from the value.
pub(super) fn numbers(fields: &Fields) -> Vec<Number<'_>> {
    let number = |place: usize| {
        let value = fields.get(&format!("value-{place}"));
        let word = fields.get(&format!("kind-{place}")).to_owned();
        let kind = match KINDS.iter().find(|(known, ..)| *known == word) {
            Some((.., kind)) => *kind,
            None => identifier::guess(value).map_or(IdentifierKind::Serial, |guessed| guessed.kind),
        };
        (!value.is_empty()).then_some(Number { place, kind, value })
    };
    (1..=NUMBERS_MAX).filter_map(number).collect()
}
