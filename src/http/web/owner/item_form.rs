//! The fields in which an owner describes an item, on whichever page they stand.
//!
//! Owns their names, their choices, and which field an objection belongs to. What is a good value is decided where the same
//! fields come by the API: in `feeds::record`.

use serde_json::{Value, json};

use super::item_numbers::{self, Number, numbers};
use crate::domain::item::{Item, ItemDraft};
use crate::domain::item_change::ItemChange;
use crate::feeds::FieldFault;
use crate::feeds::record::{parse_item_form, parse_item_patch};
use crate::http::web::session::Fields;
use crate::http::web::shell::{Choice, FieldError, SummaryRow};
use crate::http::web::words;
use crate::http::web::words::sentence;

/// Fields that say what an item is.
pub(super) const WHAT: [&str; 5] = ["title", "category", "brand", "model", "color"];
/// Fields that tell it from its like, and what it is worth.
pub(super) const DETAILS: [&str; 5] = ["marks", "description", "amount", "currency", "language"];
const CATEGORIES: [&str; 20] = [
    "bicycles",
    "e-bikes",
    "mopeds",
    "vehicles",
    "boats and engines",
    "phones",
    "tablets",
    "laptops",
    "cameras",
    "audio",
    "consoles",
    "tools",
    "instruments",
    "watches",
    "jewellery",
    "silver",
    "art",
    "furniture",
    "prams",
    "other",
];

const LANGUAGES: [(&str, &str); 6] = [
    ("", "Not said"),
    ("da", "Danish"),
    ("de", "German"),
    ("en", "English"),
    ("sv", "Swedish"),
    ("nl", "Dutch"),
];

/// The categories, the given one chosen; one that is not among them is added.
pub(super) fn categories(fields: &Fields) -> Vec<Choice> {
    let given = fields.get("category");
    let mut options = vec![("", "Choose a category")];
    options.extend(CATEGORIES.map(|category| (category, category)));
    if !given.is_empty() && !CATEGORIES.contains(&given) {
        options.push((given, given));
    }
    choices(options, given)
}

/// The languages, the given one chosen.
pub(super) fn languages(fields: &Fields) -> Vec<Choice> {
    let given = fields.get("language");
    let mut options = LANGUAGES.to_vec();
    if !LANGUAGES.iter().any(|(code, _)| *code == given) {
        options.push((given, given));
    }
    choices(options, given)
}

/// An item's fields as a form shows them.
pub(super) fn of_item(item: &Item) -> Fields {
    let said = &item.draft.description;
    let mut pairs = vec![
        ("title".to_owned(), said.title.clone()),
        ("category".to_owned(), said.category.clone()),
        ("brand".to_owned(), said.brand.clone()),
        ("model".to_owned(), said.model.clone()),
        ("color".to_owned(), said.color.clone()),
        ("marks".to_owned(), said.marks.clone()),
        ("description".to_owned(), said.text.clone()),
        ("language".to_owned(), said.language.clone().unwrap_or_default()),
    ];
    if let Some(value) = &item.draft.value {
        pairs.push(("amount".to_owned(), value.amount()));
        pairs.push(("currency".to_owned(), value.currency.clone()));
    }
    for (at, identifier) in said.identifiers.iter().enumerate() {
        let word = item_numbers::word(identifier.kind).to_owned();
        pairs.push((format!("kind-{}", at + 1), word));
        pairs.push((format!("value-{}", at + 1), identifier.value.clone()));
    }
    pairs.into()
}

/// The item that the fields describe, or what is wrong with which field.
pub(super) fn draft(fields: &Fields) -> Result<ItemDraft, Vec<FieldError>> {
    read(fields, parse_item_form)
}

/// The change that makes an item what the fields describe, or what is wrong with which field.
pub(super) fn change(fields: &Fields) -> Result<ItemChange, Vec<FieldError>> {
    read(fields, |bytes| Ok(parse_item_patch(bytes)?.change))
}

fn read<T>(fields: &Fields, parse: impl FnOnce(&[u8]) -> Result<T, Vec<FieldFault>>) -> Result<T, Vec<FieldError>> {
    let numbers = numbers(fields);
    let mut errors = untitled(fields);
    match parse(record(fields, &numbers).to_string().as_bytes()) {
        Ok(value) if errors.is_empty() => return Ok(value),
        Ok(_) => {}
        Err(faults) => {
            // That nothing at all is said is told by the missing title.
            let faults = faults.into_iter().filter(|fault| !fault.field.is_empty());
            errors.extend(faults.map(|fault| field_error(fault, &numbers)));
        }
    }
    Err(errors)
}

/// What the fields say, for reading once more. `change` is the page of a group of fields: `what`, `numbers`, `details`.
pub(super) fn summary(fields: &Fields, change: impl Fn(&str) -> Option<String>) -> Vec<SummaryRow> {
    let row = |key: &str, value: &str, group: &str| SummaryRow {
        key: key.to_owned(),
        value: if value.is_empty() {
            "Not said".to_owned()
        } else {
            value.to_owned()
        },
        serial: false,
        change: change(group),
    };
    let make = [fields.get("brand"), fields.get("model")];
    let make: Vec<&str> = make.into_iter().filter(|text| !text.is_empty()).collect();
    let mut rows = vec![
        row("Item", fields.get("title"), "what"),
        row("Category", &words::capitalised(fields.get("category")), "what"),
        row("Make and model", &make.join(" "), "what"),
        row("Colour", fields.get("color"), "what"),
    ];
    let numbers = numbers(fields);
    for number in &numbers {
        rows.push(SummaryRow {
            serial: true,
            ..row(number.label(), number.value, "numbers")
        });
    }
    if numbers.is_empty() {
        rows.push(row("Numbers", "", "numbers"));
    }
    let value = match draft(fields) {
        Ok(draft) => words::money(draft.value.as_ref()),
        Err(_) => format!("{} {}", fields.get("amount"), fields.get("currency"))
            .trim()
            .to_owned(),
    };
    let language = LANGUAGES.iter().find(|(code, _)| *code == fields.get("language"));
    rows.extend([
        row("Distinguishing marks", fields.get("marks"), "details"),
        row("Description", fields.get("description"), "details"),
        row("Value", &value, "details"),
        row(
            "Language of the description",
            language.map_or(fields.get("language"), |(_, name)| name),
            "details",
        ),
    ]);
    rows
}

/// Options of a select, the given one chosen.
pub(super) fn choices<'a>(options: impl IntoIterator<Item = (&'a str, &'a str)>, given: &str) -> Vec<Choice> {
    let choice = |(value, label): (&str, &str)| Choice::new(value, words::capitalised(label)).chosen(value == given);
    options.into_iter().map(choice).collect()
}

fn record(fields: &Fields, numbers: &[Number<'_>]) -> Value {
    let identifiers: Vec<Value> = numbers
        .iter()
        .map(|number| json!({ "kind": number.kind, "value": number.value }))
        .collect();
    let amount = decimal(fields.get("amount"));
    let value = match amount.is_empty() {
        true => Value::Null,
        false => json!({ "amount": amount, "currency": fields.get("currency") }),
    };
    json!({
        "title": fields.get("title"),
        "category": fields.get("category"),
        "brand": fields.get("brand"),
        "model": fields.get("model"),
        "color": fields.get("color"),
        "marks": fields.get("marks"),
        "description": fields.get("description"),
        "language": fields.get("language"),
        "identifiers": identifiers,
        "value": value,
    })
}

/// An amount as people write it: `4.500,00`, `4 500`, `4500.-` are all 4500.
fn decimal(given: &str) -> String {
    let mut text: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    for ending in [".-", ",-", ".–", ",–"] {
        if let Some(whole) = text.strip_suffix(ending) {
            text = whole.to_owned();
        }
    }
    let decimals = |mark: char| {
        text.rsplit_once(mark)
            .is_some_and(|(_, after)| (1..=2).contains(&after.len()))
    };
    match (decimals(','), decimals('.')) {
        (true, _) => text.replace('.', "").replace(',', "."),
        (false, true) => text.replace(',', ""),
        (false, false) => text.replace([',', '.'], ""),
    }
}

fn untitled(fields: &Fields) -> Vec<FieldError> {
    if fields.get("title").is_empty() {
        vec![FieldError {
            field: "title".to_owned(),
            text: "Say in a few words what it is, for example “red mountain bike”.".to_owned(),
        }]
    } else {
        Vec::new()
    }
}

fn field_error(fault: FieldFault, numbers: &[Number<'_>]) -> FieldError {
    let place = fault
        .field
        .strip_prefix("identifiers[")
        .and_then(|rest| rest.split(']').next())
        .and_then(|at| at.parse::<usize>().ok())
        .and_then(|at| numbers.get(at));
    if let Some(number) = place {
        return FieldError {
            field: format!("value-{}", number.place),
            text: number.objection(&fault.reason),
        };
    }
    let field = match fault.field.as_str() {
        "value" | "value.amount" => "amount",
        "value.currency" => "currency",
        other => other,
    };
    let text = match field {
        "amount" => "Give the value as a number, for example 4500 or 4500.50.".to_owned(),
        "currency" => "Give the currency as three letters, for example DKK or EUR.".to_owned(),
        _ => sentence(&fault.reason),
    };
    FieldError {
        field: field.to_owned(),
        text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use replevin_index::identifier::IdentifierKind;

    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        pairs.into()
    }

    #[test]
    fn amounts_as_people_write_them() {
        for (given, read) in [
            ("4500", "4500"),
            ("4.500,00", "4500.00"),
            ("4,500.5", "4500.5"),
            ("4 500", "4500"),
            ("4.500", "4500"),
            ("4500,-", "4500"),
            ("12,5", "12.5"),
            ("", ""),
        ] {
            assert_eq!(decimal(given), read, "{given}");
        }
    }

    #[test]
    fn every_objection_finds_its_field() {
        let cases: [(&[(&str, &str)], &[&str]); 6] = [
            (&[("title", "Bike")], &[]),
            (&[("title", "")], &["title"]),
            (&[("title", "Bike"), ("value-2", "unknown")], &["value-2"]),
            (
                &[
                    ("title", "Phone"),
                    ("value-1", "SN1234567"),
                    ("kind-3", "imei"),
                    ("value-3", "490154203237519"),
                ],
                &["value-3"],
            ),
            (&[("title", "Bike"), ("amount", "a lot"), ("currency", "DKK")], &["amount"]),
            (&[("title", "Bike"), ("amount", "100"), ("currency", "")], &["currency"]),
        ];
        for (pairs, wrong) in cases {
            let found = draft(&fields(pairs)).err().unwrap_or_default();
            let found: Vec<&str> = found.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(found, wrong, "{pairs:?}");
        }
    }

    #[test]
    fn a_kind_left_open_is_guessed() {
        let draft = draft(&fields(&[
            ("title", "Phone"),
            ("value-1", "490154203237518"),
            ("value-2", "DMPX41KHJCLM"),
        ]))
        .unwrap();
        let kinds: Vec<IdentifierKind> = draft
            .description
            .identifiers
            .iter()
            .map(|identifier| identifier.kind)
            .collect();
        assert_eq!(kinds, [IdentifierKind::Imei, IdentifierKind::Serial]);
    }
}
