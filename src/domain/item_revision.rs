//! What an item's owner said of it over time, and what differs between two states of it.
//!
//! What an officer verified, and what a listing is compared with, must not change unseen: a number or a photo that was entered
//! after an offer was public can have been copied from it.

use replevin_index::identifier::IdentifierKind;

use super::description::Description;
use super::photo::PhotoRef;
use super::time::Timestamp;

/// What was said of an item from one instant on.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRevision {
    /// Its number, from 1.
    pub number: u32,
    /// Since when.
    pub at: Timestamp,
    /// How it was described.
    pub description: Description,
    /// Its photos.
    pub photos: Vec<PhotoRef>,
}

/// What can differ between two states of an item. What it is worth is compared with nothing and does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemField {
    /// One line that names the object.
    Title,
    /// Free text.
    Text,
    /// The text's language.
    Language,
    /// Category.
    Category,
    /// Maker or brand.
    Brand,
    /// The maker's model.
    Model,
    /// Colour.
    Color,
    /// Condition.
    Condition,
    /// Distinguishing marks.
    Marks,
    /// An identifier of a kind.
    Identifier(IdentifierKind),
    /// A photo.
    Photo,
}

impl ItemField {
    /// The word on the wire and in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "description",
            Self::Language => "language",
            Self::Category => "category",
            Self::Brand => "brand",
            Self::Model => "model",
            Self::Color => "color",
            Self::Condition => "condition",
            Self::Marks => "marks",
            Self::Identifier(_) => "identifiers",
            Self::Photo => "photos",
        }
    }
}

/// One thing that differs. An identifier or a photo that was replaced is one that went and one that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemDifference {
    /// What.
    pub field: ItemField,
    /// What stood there; absent when nothing did. Of a photo its SHA-256 in hex.
    pub before: Option<String>,
    /// What stands there; absent when nothing does.
    pub after: Option<String>,
}

/// Everything that differs between two states of an item: what went before what came. The order of identifiers and photos says
/// nothing.
#[must_use]
pub fn differences(before: (&Description, &[PhotoRef]), after: (&Description, &[PhotoRef])) -> Vec<ItemDifference> {
    let ((said, held), (says, holds)) = (before, after);
    let texts = [
        (ItemField::Title, &said.title, &says.title),
        (ItemField::Text, &said.text, &says.text),
        (ItemField::Category, &said.category, &says.category),
        (ItemField::Brand, &said.brand, &says.brand),
        (ItemField::Model, &said.model, &says.model),
        (ItemField::Color, &said.color, &says.color),
        (ItemField::Condition, &said.condition, &says.condition),
        (ItemField::Marks, &said.marks, &says.marks),
    ];
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let mut found: Vec<ItemDifference> = texts
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| ItemDifference {
            field,
            before: given(before),
            after: given(after),
        })
        .collect();
    if said.language != says.language {
        found.push(ItemDifference {
            field: ItemField::Language,
            before: said.language.clone(),
            after: says.language.clone(),
        });
    }
    let gone = |field, value: String| ItemDifference {
        field,
        before: Some(value),
        after: None,
    };
    let come = |field, value: String| ItemDifference {
        field,
        before: None,
        after: Some(value),
    };
    let missing_in = |list: &Description, one: &super::description::GivenIdentifier| !list.identifiers.contains(one);
    let went = said.identifiers.iter().filter(|one| missing_in(says, one));
    found.extend(went.map(|one| gone(ItemField::Identifier(one.kind), one.value.clone())));
    let came = says.identifiers.iter().filter(|one| missing_in(said, one));
    found.extend(came.map(|one| come(ItemField::Identifier(one.kind), one.value.clone())));
    let shown = |list: &[PhotoRef], one: &PhotoRef| list.iter().any(|other| other.sha256 == one.sha256);
    let went = held.iter().filter(|one| !shown(holds, one));
    found.extend(went.map(|one| gone(ItemField::Photo, one.sha256.to_string())));
    let came = holds.iter().filter(|one| !shown(held, one));
    found.extend(came.map(|one| come(ItemField::Photo, one.sha256.to_string())));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::description::GivenIdentifier;
    use crate::domain::photo::ContentHash;

    fn described(title: &str, numbers: &[&str]) -> Description {
        let identifier = |value: &&str| GivenIdentifier {
            kind: IdentifierKind::FrameNumber,
            value: (*value).to_owned(),
        };
        Description {
            title: title.to_owned(),
            identifiers: numbers.iter().map(identifier).collect(),
            ..Description::default()
        }
    }

    fn photo(number: u16, bytes: &[u8]) -> PhotoRef {
        PhotoRef {
            number,
            sha256: ContentHash::of(bytes),
        }
    }

    #[test]
    fn tells_what_went_and_what_came() {
        let (before, after) = (described("Bicycle", &["A1", "B2"]), described("", &["B2", "C3"]));
        let (held, holds) = ([photo(1, b"x"), photo(2, b"y")], [photo(1, b"y"), photo(3, b"z")]);
        let told: Vec<_> = differences((&before, &held), (&after, &holds))
            .into_iter()
            .map(|one| (one.field.word(), one.before, one.after))
            .collect();
        let hash = |bytes: &[u8]| Some(ContentHash::of(bytes).to_string());
        let text = |text: &str| Some(text.to_owned());
        let expected = [
            ("title", text("Bicycle"), None),
            ("identifiers", text("A1"), None),
            ("identifiers", None, text("C3")),
            ("photos", hash(b"x"), None),
            ("photos", None, hash(b"z")),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn order_is_no_difference() {
        let (before, after) = (described("", &["A1", "B2"]), described("", &["B2", "A1"]));
        let (held, holds) = ([photo(1, b"x"), photo(2, b"y")], [photo(1, b"y"), photo(2, b"x")]);
        assert_eq!(differences((&before, &held), (&after, &holds)), []);
    }
}
