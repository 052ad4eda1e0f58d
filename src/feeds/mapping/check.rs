//! Whether a mapping can be applied at all: fields that there are, words, separators, encodings and forms of times.

use encoding_rs::Encoding;

use super::super::FieldFault;
use super::fields::{FIELDS, is_field};
use crate::domain::mapping::Mapping;

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
    for (word, status) in &mapping.statuses {
        if !["active", "sold", "ended", "withdrawn"].contains(&status.as_str()) {
            fault(format!("statuses.{word}"), "expected active, sold, ended or withdrawn");
        }
    }
    if mapping
        .separator
        .is_some_and(|separator| !separator.is_ascii() || matches!(separator, '"' | '\n' | '\r'))
    {
        fault("separator".to_owned(), "expected one character such as ; or a tab");
    }
    if mapping
        .charset
        .as_ref()
        .is_some_and(|name| Encoding::for_label(name.as_bytes()).is_none())
    {
        fault("charset".to_owned(), "no such encoding; expected a name such as windows-1252");
    }
    let format = mapping.time_format.as_deref().unwrap_or_default();
    if chrono::format::StrftimeItems::new(format).any(|item| item == chrono::format::Item::Error) {
        fault("time_format".to_owned(), "expected a form such as %d-%m-%Y %H:%M");
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}
