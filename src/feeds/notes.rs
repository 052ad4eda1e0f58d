//! What of a batch was not understood although its records count: told once each, not once a record.
//!
//! Owns names that nothing is read from, columns that a mapping names in vain, ids that repeat, streams that hold nothing or are
//! perhaps in another encoding than was said, and the bound on how many are told. Which names there are is for [`super::record`]
//! and [`super::mapping`].

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use super::content::Header;
use super::kept::{GROUPS, OWN};
use super::mapping::number_field;
use super::record::Fields;
use crate::domain::listing::Note;
use crate::domain::mapping::Mapping;

/// Different things that are told of one batch.
pub const NOTES_MAX: usize = 20;
/// Ids of one stream that are remembered, each in a few bytes: more than a push can hold.
const IDS_MAX: usize = 1 << 17;
/// Longest name that is told, characters.
const NAME_CHARS_MAX: usize = 60;

/// Said of a stream in which there is no record, be it empty or be it a table's header alone.
pub const NO_RECORD: &str = "no record was found: nothing is here, or nothing after the first line, which is a table's header";
/// Said of a field of a record that is none of ours.
const UNKNOWN: &str = "no such field: what it says is not read";
/// Said of a property of schema.org's, or of somebody's own.
pub(super) const UNREAD_PROPERTY: &str = "nothing is read from this property";
/// Said of an amount of which nothing tells the currency.
pub(super) const NO_CURRENCY: &str =
    "the price is left out: no currency stands with the amount, in a column or among the mapping's constants";
/// Said of a currency of which nothing tells the country.
pub(super) const SHARED_CURRENCY: &str =
    "the price is left out: several currencies are called so. Say its three letters, or the country as location.country";
/// Said of an amount with a point before three digits.
pub(super) const THOUSANDS: &str = "a point before three digits is taken for one between thousands: 1.200 is twelve hundred";
/// Said of a listing that ends before it begins.
pub(super) const ENDS_FIRST: &str = "ends before posted_at: both are kept as they were given";

/// Gathers what is told of one batch.
#[derive(Default)]
pub(super) struct Notes {
    told: Vec<Note>,
    /// There was more than is told.
    more: bool,
    /// The line of the record that is being read.
    line: u64,
    /// Each column that the mapping names, with its field, and whether a header has had it.
    wanted: Option<Vec<(String, String, bool)>>,
    /// Records came whose fields have names already.
    named: bool,
    /// The ids that came, hashed.
    ids: HashSet<u64>,
    hasher: RandomState,
    /// Records whose id came before, and the line of the first.
    repeated: u64,
    repeated_line: u64,
}

/// What is to be told of a stream by itself: `any` record was in it, and which encoding was believed that is doubtful.
pub(super) fn of_whole(any: bool, doubt: Option<&'static str>) -> Vec<Note> {
    let none = (!any).then(|| whole(NO_RECORD));
    let doubted = doubt.map(|name| {
        whole(&format!(
            "the bytes are valid UTF-8, and beyond ASCII, but were read as {name}, as was said: letters such as é and ø are garbled if \
             they are UTF-8"
        ))
    });
    none.into_iter().chain(doubted).collect()
}

impl Notes {
    /// What follows is of the record on this line.
    pub(super) fn at(&mut self, line: u64) {
        self.line = line;
    }

    /// One record has this.
    pub(super) fn count(&mut self, field: &str, reason: &str) {
        self.add(field, reason, 1, self.line);
    }

    /// A listing of this id counts.
    pub(super) fn id(&mut self, id: &str) {
        let id = self.hasher.hash_one(id);
        if self.ids.contains(&id) {
            self.repeated += 1;
            self.repeated_line = if self.repeated == 1 { self.line } else { self.repeated_line };
        } else if self.ids.len() < IDS_MAX {
            self.ids.insert(id);
        }
    }

    /// So many records say something in a column that is not read, the first on a line.
    pub(super) fn unread(&mut self, column: &str, reason: &str, records: u64, line: u64) {
        if records > 0 && !column.is_empty() {
            self.add(column, reason, records, line);
        }
    }

    /// A table's header, or what serves as one.
    pub(super) fn header(&mut self, header: &Header, mapping: &Mapping, same: impl Fn(&str, &str) -> bool) {
        let wanted = self.wanted.get_or_insert_with(|| {
            let columns = mapping.columns.iter();
            let each = columns.flat_map(|(field, columns)| columns.names().iter().map(move |name| (field, name)));
            each.map(|(field, name)| (field.clone(), name.clone(), false)).collect()
        });
        for (_, column, seen) in wanted.iter_mut().filter(|(.., seen)| !*seen) {
            *seen = header.names.iter().any(|name| same(name, column));
        }
    }

    /// A listing's record in our own fields.
    pub(super) fn own(&mut self, fields: &Fields<'_, '_>, keep: &[String]) {
        self.named = true;
        let known = |name: &str| (name != "value" && OWN.contains(&name)) || keep.iter().any(|kept| kept == name);
        for name in fields.unknown(known, &GROUPS) {
            let kind = number_field(&name).and_then(|field| field.strip_prefix("identifiers."));
            match kind {
                Some(kind) => self.count(
                    &name,
                    &format!("{UNKNOWN}; send it among identifiers, as {{\"kind\":\"{kind}\",\"value\":\"…\"}}"),
                ),
                None => self.count(&name, UNKNOWN),
            }
        }
    }

    /// A record whose fields have names already, though not ours.
    pub(super) fn named(&mut self) {
        self.named = true;
    }

    /// Everything, at the end of the batch: first what is told of the stream by itself.
    pub(super) fn end(self, of_whole: Vec<Note>, mapping: Option<&Mapping>) -> Vec<Note> {
        let wanted = self.wanted.unwrap_or_default();
        let known = |field: &str| wanted.iter().any(|(other, _, seen)| other == field && *seen);
        let missing = wanted.iter().filter(|(field, _, seen)| {
            // Without an id or a title each record is refused for it.
            !*seen && (known(field) || !matches!(field.as_str(), "id" | "title"))
        });
        let repeated = (self.repeated > 0).then(|| Note {
            field: "id".to_owned(),
            reason: "came before among these records: each is one listing, of which the last record counts".to_owned(),
            records: self.repeated,
            line: self.repeated_line,
        });
        let mut all: Vec<Note> = of_whole.into_iter().chain(repeated).collect();
        let missing = missing.take(NOTES_MAX).map(|(field, column, _)| Note {
            field: field.clone(),
            reason: format!(
                "the mapping reads this from the column \"{}\", which is not there",
                cut(column)
            ),
            records: 0,
            line: 0,
        });
        all.extend(missing);
        if self.named && mapping.is_some_and(|mapping| !mapping.columns.is_empty() || !mapping.constants.is_empty()) {
            all.push(whole(
                "the feed's mapping is for tables; these records have names of their own, and it was not used",
            ));
        }
        all.extend(self.told);
        if self.more || all.len() > NOTES_MAX {
            all.truncate(NOTES_MAX);
            all.push(whole("there is more of this kind that is not told here"));
        }
        all
    }

    fn add(&mut self, field: &str, reason: &str, records: u64, line: u64) {
        let field = cut(field);
        let known = self.told.iter_mut().find(|note| note.field == field && note.reason == reason);
        if let Some(note) = known {
            note.records += records;
            note.line = note.line.min(line);
        } else if self.told.len() < NOTES_MAX {
            self.told.push(Note {
                field: field.to_owned(),
                reason: reason.to_owned(),
                records,
                line,
            });
        } else {
            self.more = true;
        }
    }
}

fn whole(reason: &str) -> Note {
    Note {
        field: String::new(),
        reason: reason.to_owned(),
        records: 0,
        line: 0,
    }
}

fn cut(name: &str) -> &str {
    name.char_indices().nth(NAME_CHARS_MAX).map_or(name, |(at, _)| &name[..at])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use serde_json::json;

    use super::super::{Format, ReadOptions, listings};
    use super::*;

    fn notes(format: Format, mapping: serde_json::Value, body: &str) -> Vec<(String, String, u64)> {
        let options = ReadOptions {
            mapping: Some(Arc::new(serde_json::from_value(mapping).unwrap())),
            ..ReadOptions::default()
        };
        let parsed = listings(format, Cursor::new(body.to_owned()), &options).unwrap();
        let each = parsed.notes.into_iter();
        each.map(|note| {
            (
                note.field,
                note.reason.split([':', ';', ',']).next().unwrap().to_owned(),
                note.records,
            )
        })
        .collect()
    }

    fn told(all: &[(String, String, u64)]) -> Vec<(&str, u64)> {
        all.iter().map(|(field, _, records)| (field.as_str(), *records)).collect()
    }

    #[test]
    fn what_a_table_loses_is_told_once() {
        let mapping = json!({"columns": {"id": "Nr", "title": "Titel", "price.amount": "Pris", "brand": "Maerke", "photos": ["Foto 1", "Foto 2"]}});
        let body = "Nr;Titel;Pris;Foto 1;Farve;Tom\n1;Ring;12;http://x.example/1.jpg;rød;\n2;Ur;;;;\n3;Vase;7;;blå;\n";
        let all = notes(Format::Csv, mapping, body);
        assert_eq!(
            told(&all),
            [("brand", 0), ("photos", 0), ("price.amount", 2), ("Farve", 2)],
            "{all:?}"
        );
        assert!(all[0].1.contains("\"Maerke\"") && all[1].1.contains("\"Foto 2\""), "{all:?}");
        let whole = json!({"columns": {"id": "Nr", "title": "Titel", "price.amount": "Pris", "color": "Farve"}, "constants": {"price.currency": "DKK"}});
        assert_eq!(notes(Format::Csv, whole, "Nr;Titel;Pris;Farve\n1;Ring;12;rød\n"), []);
        let nothing = json!({"columns": {"id": "Nummer", "title": "Overskrift"}});
        let all = notes(Format::Csv, nothing, "Nr;Titel\n1;Ring\n");
        assert_eq!(
            told(&all),
            [("Nr", 1), ("Titel", 1)],
            "the faults say that id and title are missing"
        );
    }

    #[test]
    fn names_that_are_none_of_ours_are_told_with_their_number() {
        let body = concat!(
            "{\"id\":\"1\",\"title\":\"Ring\",\"pris\":5,\"price\":{\"amount\":\"5\",\"currency\":\"DKK\",\"vat\":1},\"empty\":null}\n",
            "{\"id\":\"2\",\"title\":\"Ur\",\"pris\":7,\"identifiers\":[{\"kind\":\"serial\",\"value\":\"A1\",\"by\":1},{\"kind\":\"serial\",\"value\":\"A2\",\"by\":1}]}\n",
            "{\"id\":\"3\",\"title\":\"Vase\",\"posted_at\":\"2026-11-20T10:00:00Z\",\"ends_at\":\"2026-11-19T10:00:00Z\"}\n",
        );
        let all = notes(Format::Ndjson, json!({}), body);
        assert_eq!(
            told(&all),
            [
                ("pris", 2),
                ("price.vat", 1),
                ("identifiers.by", 1),
                ("identifiers.serial", 1),
                ("ends_at", 1)
            ],
            "{all:?}"
        );
        let all = notes(
            Format::Ndjson,
            json!({"columns": {"id": "Nr"}}),
            "{\"id\":\"1\",\"title\":\"Ring\"}\n",
        );
        assert_eq!(told(&all), [("", 0)], "{all:?}");
        let many: String = (0..40).map(|n| format!(",\"x{n}\":1")).collect();
        let all = notes(
            Format::Ndjson,
            json!({}),
            &format!("{{\"id\":\"1\",\"title\":\"Ring\"{many}}}\n"),
        );
        assert_eq!((all.len(), all[NOTES_MAX].0.as_str()), (NOTES_MAX + 1, ""), "{all:?}");
    }
}
