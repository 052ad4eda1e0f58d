//! Columns and fields that are none of ours and are kept as they are, where a feed's settings name them.
//!
//! Owns which names may be kept: nothing under which a person can stand.

use std::borrow::Cow;

use super::super::build::Built;
use super::super::content::{Cells, Header};
use super::super::json::Json;
use super::super::kept::OWN;
use super::fields::is_field;
use super::{same_name, usual_field};
use crate::domain::mapping::Mapping;

/// Names that are kept beside our fields.
const NAMES_MAX: usize = 20;
/// Longest such name, characters.
const NAME_CHARS_MAX: usize = 60;
/// What a column is called in which a person stands.
const PERSONS: [&str; 6] = ["name", "navn", "nom", "naam", "nombre", "user"];
/// What stands in the name of a column in which a person stands, or how to reach one.
const OF_PERSONS: [&str; 24] = [
    "kontakt",
    "contact",
    "seller",
    "saelger",
    "sælger",
    "verkäufer",
    "verkaeufer",
    "verkoper",
    "vendeur",
    "consigner",
    "consignor",
    "owner",
    "ejer",
    "username",
    "bruger",
    "customer",
    "kunde",
    "phone",
    "telefon",
    "tlf",
    "mail",
    "address",
    "adresse",
    "iban",
];

/// The columns of one header that are kept, and the names under which.
pub(super) struct KeptColumns(Vec<(usize, String)>);

impl KeptColumns {
    pub(super) fn of(header: &Header, mapping: &Mapping) -> Self {
        let named = mapping.keep.iter().filter_map(|name| {
            let at = header.names.iter().position(|column| same_name(column, name))?;
            Some((at, name.clone()))
        });
        Self(named.collect())
    }

    pub(super) fn places(&self) -> Vec<usize> {
        self.0.iter().map(|(at, _)| *at).collect()
    }

    /// Puts what a row says in them beside our fields.
    pub(super) fn build<'c>(&self, cells: &'c Cells, built: &mut Built<'c>) {
        for (at, name) in &self.0 {
            let said = cells.values.get(*at).filter(|cell| !cell.trim().is_empty());
            let text = said.map(|cell| (Cow::Owned(name.clone()), Json::Text(Cow::Borrowed(cell.trim()))));
            built.record.fields.extend(text);
        }
    }
}

/// What is wrong with the names that a mapping keeps.
pub(super) fn faults(mapping: &Mapping) -> Vec<String> {
    let mut faults = Vec::new();
    if mapping.keep.len() > NAMES_MAX {
        faults.push(format!("more than {NAMES_MAX} names"));
    }
    for name in &mapping.keep {
        if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX {
            faults.push(format!(
                "expected names of fields or columns, of 1 to {NAME_CHARS_MAX} characters"
            ));
        } else if OWN.contains(&name.as_str()) || is_field(name) {
            faults.push(format!("{name} is a field of ours, which is read anyway"));
        } else if names_somebody(name) {
            faults.push(format!(
                "under {name} a person can stand, and nothing that is a person's is kept"
            ));
        }
    }
    faults
}

fn names_somebody(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    let is_of_person = OF_PERSONS.iter().any(|word| lower.contains(word));
    is_of_person || PERSONS.contains(&lower.as_str()) || usual_field(name) == Some("seller.ref")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use super::super::super::{Format, Parsed, ReadOptions, listings};
    use super::*;
    use crate::domain::listing::{ListingDraft, SellerGiven};

    fn keeping(names: &[&str]) -> Mapping {
        Mapping {
            keep: names.iter().map(ToString::to_string).collect(),
            ..Mapping::default()
        }
    }

    fn read(format: Format, body: &str, names: &[&str]) -> Parsed<ListingDraft<SellerGiven>> {
        let options = ReadOptions {
            mapping: Some(Arc::new(keeping(names))),
            ..ReadOptions::default()
        };
        listings(format, Cursor::new(body), &options).unwrap()
    }

    #[test]
    fn what_is_allowed_by_name_is_kept_and_nothing_else() {
        let line =
            "{\"id\":\"1\",\"title\":\"Ring\",\"hall\":\"B 4\",\"lot_no\":17,\"insured\":true,\"tags\":[1],\"secret\":\"x\"}\n";
        let ours = read(Format::Ndjson, line, &["hall", "lot_no", "insured", "tags", "none"]);
        let extra: Vec<(&str, &str)> = ours.good[0]
            .description
            .extra
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        assert_eq!(extra, [("hall", "B 4"), ("insured", "true"), ("lot_no", "17")]);
        let told: Vec<&str> = ours.notes.iter().map(|note| note.field.as_str()).collect();
        assert_eq!(told, ["secret"], "what is kept is not told as unread: {:?}", ours.notes);
        let table = read(Format::Csv, "id;title;Hal nr;Andet\n1;Ring;B 4;x\n2;Vase;;\n", &["hal_nr"]);
        assert_eq!(table.good[0].description.extra["hal_nr"], "B 4");
        assert!(table.good[1].description.extra.is_empty());
        assert_eq!(table.notes.len(), 1, "{:?}", table.notes);
        assert!(read(Format::Ndjson, line, &[]).good[0].description.extra.is_empty());
    }

    #[test]
    fn nothing_under_which_a_person_can_stand_is_kept() {
        for name in [
            "Navn",
            "seller_phone",
            "Sælger",
            "E-mail",
            "kontaktperson",
            "title",
            "price.amount",
            "",
            "sellerUsername",
        ] {
            assert_eq!(faults(&keeping(&[name])).len(), 1, "{name}");
        }
        assert!(faults(&keeping(&["hall", "Lot no", "estimate_low", "model_name"])).is_empty());
        assert_eq!(faults(&keeping(&["x"; 21])).len(), 1);
    }
}
