//! Whether a mapping can be applied at all: fields that there are, constants that these can hold, words, separators, encodings
//! and forms of times.

use std::sync::Arc;

use super::super::content::{Cells, Content, Header, Vocabulary};
use super::super::reading::Reading;
use super::super::{FieldFault, ReadOptions, charset};
use super::fields::{FIELDS, Sort, is_field};
use crate::domain::mapping::Mapping;
use crate::domain::money::Money;

/// What is wrong with a mapping, by the path of what is wrong.
///
/// # Errors
/// Every fault, not only the first.
pub fn check(mapping: &Mapping) -> Result<(), Vec<FieldFault>> {
    let mut faults = Vec::new();
    let mut fault = |field: String, reason: &str| {
        faults.push(FieldFault {
            field,
            reason: reason.to_owned(),
        });
    };
    for (group, paths) in [
        ("columns", mapping.columns.keys().collect::<Vec<_>>()),
        ("constants", mapping.constants.keys().collect()),
    ] {
        for path in paths.into_iter().filter(|path| !is_field(path)) {
            let fields: Vec<&str> = FIELDS.iter().map(|(known, _)| *known).collect();
            fault(
                format!("{group}.{path}"),
                &format!("no such field; there are {}", fields.join(", ")),
            );
        }
    }
    for (path, value) in mapping.constants.iter().filter(|(path, _)| is_field(path)) {
        if let Some(reason) = wrong_constant(path, value) {
            fault(format!("constants.{path}"), &reason);
        }
    }
    for reason in super::keeping::faults(mapping) {
        fault("keep".to_owned(), &reason);
    }
    for (word, status) in &mapping.statuses {
        if !["active", "sold", "ended", "withdrawn"].contains(&status.as_str()) {
            fault(format!("statuses.{word}"), "expected active, sold, ended or withdrawn");
        }
    }
    if mapping
        .id_separator
        .as_ref()
        .is_some_and(|between| between.trim().is_empty() || between.chars().count() > 10)
    {
        let reason = "expected one to ten characters such as -: without any, A1 and 2 make the id that A and 12 make";
        fault("id_separator".to_owned(), reason);
    }
    let host = mapping.photo_base.as_ref().and_then(|base| base.host_str());
    if host.is_some_and(|host| host.ends_with(".invalid")) {
        fault(
            "photo_base".to_owned(),
            "stands for the address that only you know; name the one below which your photos lie",
        );
    }
    if mapping
        .separator
        .is_some_and(|separator| !separator.is_ascii() || matches!(separator, '"' | '\n' | '\r'))
    {
        fault("separator".to_owned(), "expected one character such as ; or a tab");
    }
    if mapping.charset.as_ref().is_some_and(|name| charset(name).is_none()) {
        fault(
            "charset".to_owned(),
            "no such encoding; expected a name such as windows-1252, or cp850 of DOS",
        );
    }
    let format = mapping.time_format.as_deref().unwrap_or_default();
    if chrono::format::StrftimeItems::new(format).any(|item| item == chrono::format::Item::Error) {
        fault("time_format".to_owned(), "expected a form such as %d-%m-%Y %H:%M");
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Why a constant can never be what its field says. It is read as it will be: of a record that says nothing else.
fn wrong_constant(path: &str, value: &str) -> Option<String> {
    let sort = FIELDS.iter().find(|(known, _)| *known == path).map(|(_, sort)| *sort)?;
    if matches!(sort, Sort::Id | Sort::Photos | Sort::Identifier(_)) {
        return Some("cannot be the same for all records".to_owned());
    }
    // A sign is read where it stands beside an amount; whoever writes settings knows the letters.
    if path.ends_with(".currency") {
        let error = Money::parse("1", value).err()?;
        return Some(error.to_string().trim_start_matches("currency ").to_owned());
    }
    let options = ReadOptions {
        mapping: Some(Arc::new(Mapping {
            constants: [(path.to_owned(), value.to_owned())].into(),
            ..Mapping::default()
        })),
        ..ReadOptions::default()
    };
    let record = [("id", "1"), ("title", "1")].map(|(name, text)| (name.to_owned(), text.to_owned()));
    let (names, values) = record.into_iter().filter(|(name, _)| name != path).unzip();
    let content = Content::Cells(Cells {
        header: Arc::new(Header {
            names,
            vocabulary: Vocabulary::Own,
        }),
        values,
    });
    let of_path = |faults: Vec<FieldFault>| faults.into_iter().find(|fault| fault.field == path).map(|fault| fault.reason);
    let listing = || Reading::new(&options).listing(0, &content).err().and_then(of_path);
    let item = || Reading::new(&options).item(&content).err().and_then(of_path);
    match path {
        // An item's words are others.
        "status" => item().and_then(|_| listing()),
        _ if path.starts_with("value") || path.starts_with("theft") => item(),
        _ => listing(),
    }
}
