//! An item's record: in a register's file with its theft, in the API as the form that its owner fills in.

use super::super::{FieldFault, ReadOptions};
use super::fields::Fields;
use super::listing::photos;
use super::{Identifiers, MARKS_CHARS_MAX, NAME_CHARS_MAX, REFERENCE_CHARS_MAX, TEXT_CHARS_MAX, TITLE_CHARS_MAX};
use super::{description, given_identifiers, language, money, parse_object, place};
use crate::domain::item::ItemDraft;
use crate::domain::item_change::{ItemChange, ItemStep};
use crate::domain::place::Place;
use crate::domain::time::Timestamp;

/// An item as a register's file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRecord {
    /// The file's own id of it.
    pub id: String,
    /// What is said of it.
    pub draft: ItemDraft,
    /// Where it is in its life, when said.
    pub status: Option<ItemStatusGiven>,
    /// What is said of its theft.
    pub theft: Option<TheftRecord>,
    /// Its photos: paths below the photo directory, or addresses.
    pub photos: Vec<String>,
}

/// An item's status as a record states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemStatusGiven {
    /// Safe at home.
    Registered,
    /// Stolen.
    Stolen,
    /// Back with its owner.
    Recovered,
    /// Taken out of the register.
    Withdrawn,
}

/// A theft as a record states it. Times may be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TheftRecord {
    /// The earliest time at which it can have happened.
    pub from: Option<Timestamp>,
    /// The latest time.
    pub to: Option<Timestamp>,
    /// Where.
    pub place: Place,
    /// The police's number of the case.
    pub crime_reference: Option<String>,
    /// What happened.
    pub circumstances: String,
    /// Whether an officer has confirmed it.
    pub verified: bool,
}

/// What an owner changes: words about the item, and a step in its life.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemPatch {
    /// The words.
    pub change: ItemChange,
    /// The step.
    pub step: Option<ItemStep>,
}

const STATUSES: [(&str, ItemStatusGiven); 4] = [
    ("registered", ItemStatusGiven::Registered),
    ("stolen", ItemStatusGiven::Stolen),
    ("recovered", ItemStatusGiven::Recovered),
    ("withdrawn", ItemStatusGiven::Withdrawn),
];

const STEPS: [(&str, ItemStep); 2] = [("recovered", ItemStep::Recovered), ("withdrawn", ItemStep::Withdrawn)];

/// Reads an item's record.
///
/// # Errors
/// What is wrong with it, at most ten faults.
pub fn parse_item(bytes: &[u8], options: &ReadOptions) -> Result<ItemRecord, Vec<FieldFault>> {
    parse_object(bytes, |fields| item(fields, options))
}

/// Reads an item's fields.
pub(in super::super) fn item(fields: &Fields<'_, '_>, options: &ReadOptions) -> ItemRecord {
    let id = fields.code("id", REFERENCE_CHARS_MAX).unwrap_or_default();
    if id.is_empty() && !fields.is_wrong("id") {
        fields.fault("id", "missing");
    }
    let draft = draft(fields, Identifiers::registered(options));
    let sources = photos(fields, options).into_iter();
    let photos: Vec<String> = sources
        .filter_map(|source| source.path.or(source.url.map(String::from)))
        .collect();
    if photos.is_empty() && says_nothing(&draft) && fields.is_sound() {
        fields.fault("", "say at least one of title, description, brand, identifiers, photos");
    }
    ItemRecord {
        id,
        draft,
        status: fields.word("status", &STATUSES),
        theft: fields.object("theft").map(|theft| theft_record(&theft)),
        photos,
    }
}

/// Reads the form in which an owner registers an item: the record without id, photos and theft.
///
/// # Errors
/// What is wrong with it, at most ten faults.
pub fn parse_item_form(bytes: &[u8]) -> Result<ItemDraft, Vec<FieldFault>> {
    parse_object(bytes, |fields| {
        let draft = draft(fields, Identifiers::Strict);
        elsewhere(fields);
        fields.word("status", &[("registered", ())]);
        // An empty list says that photos follow: an item may have nothing but these.
        if says_nothing(&draft) && !fields.names("photos") && fields.is_sound() {
            fields.fault(
                "",
                "say at least one of title, description, brand, identifiers; photos are put afterwards",
            );
        }
        draft
    })
}

/// Reads what an owner changes: a field that is not named stays, `null` takes it away.
///
/// # Errors
/// What is wrong with it, at most ten faults.
pub fn parse_item_patch(bytes: &[u8]) -> Result<ItemPatch, Vec<FieldFault>> {
    parse_object(bytes, |fields| {
        elsewhere(fields);
        let text = |name: &str, chars_max| fields.names(name).then(|| fields.text(name, chars_max));
        let change = ItemChange {
            title: text("title", TITLE_CHARS_MAX),
            text: text("description", TEXT_CHARS_MAX),
            language: fields.names("language").then(|| language(fields)),
            category: text("category", NAME_CHARS_MAX),
            brand: text("brand", NAME_CHARS_MAX),
            model: text("model", NAME_CHARS_MAX),
            color: text("color", NAME_CHARS_MAX),
            condition: text("condition", NAME_CHARS_MAX),
            marks: text("marks", MARKS_CHARS_MAX),
            identifiers: fields
                .names("identifiers")
                .then(|| given_identifiers(fields, Identifiers::Strict)),
            value: fields.names("value").then(|| money(fields, "value")),
        };
        let step = fields.word("status", &STEPS);
        ItemPatch { change, step }
    })
}

fn draft(fields: &Fields<'_, '_>, identifiers: Identifiers) -> ItemDraft {
    ItemDraft {
        description: description(fields, identifiers),
        value: money(fields, "value"),
    }
}

/// Notes what an owner's form holds although it has a door of its own.
fn elsewhere(fields: &Fields<'_, '_>) {
    if !fields.list("photos", usize::MAX).is_empty() {
        fields.fault("photos", "put each photo's bytes at /api/v1/items/{id}/photos/{n}");
    }
    if fields.get("theft").is_some() {
        fields.fault("theft", "report a theft at /api/v1/theft-reports");
    }
}

fn says_nothing(draft: &ItemDraft) -> bool {
    let said = &draft.description;
    said.title.is_empty() && said.text.is_empty() && said.brand.is_empty() && said.identifiers.is_empty()
}

fn theft_record(fields: &Fields<'_, '_>) -> TheftRecord {
    let (from, to) = (fields.time("from"), fields.time("to"));
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        fields.fault("to", "before from");
    }
    TheftRecord {
        from,
        to,
        place: place(fields),
        crime_reference: fields.code("crime_reference", NAME_CHARS_MAX),
        circumstances: fields.text("circumstances", TEXT_CHARS_MAX),
        verified: fields.flag("verified").unwrap_or(false),
    }
}
