//! Which records of one side may well be the same object, told twice: they do not compete.

use replevin_index::Record;
use replevin_index::identifier::{FoundIdentifier, IdentifierKind};

use crate::domain::photo::nearly_same;

/// Whether two listings may well be the same object offered twice: by one seller, with one number, or with one photo. Then
/// they do not compete for an item.
pub(super) fn same_offered(one: &Record, other: &Record) -> bool {
    (one.source.is_some() && one.source == other.source) || same_number(one, other) || same_photo(one, other)
}

/// Whether two items may well be the same object registered twice: with one number, or by one owner with one photo. Two
/// owners with one photo both took it from the same catalogue, and do compete.
pub(super) fn same_registered(one: &Record, other: &Record) -> bool {
    same_number(one, other) || (one.source.is_some() && one.source == other.source && same_photo(one, other))
}

/// A number that names one object. What an owner engraves names the owner, who engraves it on everything; and makers count from
/// one, so that two brands have the same numbers.
fn same_number(one: &Record, other: &Record) -> bool {
    if other_brand(one, other) {
        return false;
    }
    let names_object = |found: &&FoundIdentifier| {
        !matches!(
            found.identifier.kind,
            IdentifierKind::OwnerNumber | IdentifierKind::ProductCode
        ) && found.announced
    };
    one.identifiers.iter().filter(names_object).any(|a| {
        let same =
            |b: &FoundIdentifier| b.identifier.kind == a.identifier.kind && b.identifier.normalised == a.identifier.normalised;
        other.identifiers.iter().filter(names_object).any(same)
    })
}

/// Whether both name a brand, and not the same.
fn other_brand(one: &Record, other: &Record) -> bool {
    let [one, other] = [one, other].map(|record| record.text.brand.trim().to_lowercase());
    !one.is_empty() && !other.is_empty() && !one.contains(&other) && !other.contains(&one)
}

/// A photo that shows something.
fn same_photo(one: &Record, other: &Record) -> bool {
    let shown = |a| other.photos.iter().any(|b| nearly_same(a, b).is_some());
    one.photos.iter().any(shown)
}

#[cfg(test)]
mod tests;
