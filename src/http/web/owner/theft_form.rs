//! The fields in which an owner reports a theft: read into a statement, or into what is wrong with which field.

use chrono::NaiveTime;

use crate::casework::NewTheft;
use crate::domain::ids::ItemId;
use crate::domain::place::Place;
use crate::domain::time::Timestamp;
use crate::http::web::clock::WallClock;
use crate::http::web::session::Fields;
use crate::http::web::shell::{FieldError, SummaryRow};
use crate::http::web::words;
use crate::http::web::words::sentence;

/// Fields that say which items.
pub(super) const WHICH: [&str; 1] = ["item"];
/// Fields that say when.
pub(super) const WHEN: [&str; 5] = ["clock", "from", "from-time", "to", "to-time"];
/// Fields that say where and how.
pub(super) const WHERE: [&str; 5] = ["city", "postcode", "country", "crime_reference", "circumstances"];

/// Countries that are offered.
pub(super) const COUNTRIES: [(&str, &str); 12] = [
    ("", "Choose a country"),
    ("DK", "Denmark"),
    ("DE", "Germany"),
    ("GB", "United Kingdom"),
    ("SE", "Sweden"),
    ("NO", "Norway"),
    ("NL", "Netherlands"),
    ("BE", "Belgium"),
    ("FR", "France"),
    ("PL", "Poland"),
    ("IE", "Ireland"),
    ("AT", "Austria"),
];

/// The statement, or what is wrong with it. `now` bounds when it can have happened.
pub(super) fn read(fields: &Fields, now: Timestamp) -> Result<NewTheft, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, text: &str| {
        errors.push(FieldError {
            field: field.to_owned(),
            text: text.to_owned(),
        });
    };
    let items: Vec<ItemId> = fields.all("item").filter_map(|id| id.parse().ok()).collect();
    if items.is_empty() {
        wrong("item", "Choose what was stolen.");
    }
    let clock = WallClock::of(fields.get("clock"));
    let from = clock.read(fields.get("from"), fields.get("from-time"), NaiveTime::MIN);
    if from.is_none() {
        wrong("from", "Give the day, and if you know it the time, when you last saw it.");
    }
    let end = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or_default();
    // A day without a time means its end, or this moment when that has not come yet. Which day it is stays as it was typed.
    let end_of_day = |to: Timestamp| match fields.get("to-time") {
        "" if clock.day(to) == clock.day(now) => to.min(now),
        _ => to,
    };
    let to = clock.read(fields.get("to"), fields.get("to-time"), end).map(end_of_day);
    match (from, to) {
        (_, None) => wrong("to", "Give the day, and if you know it the time, when you found it gone."),
        (Some(from), _) if from > now => wrong("from", "This lies in the future."),
        (_, Some(to)) if to > now => wrong("to", "This lies in the future."),
        (Some(from), Some(to)) if to < from => wrong("to", "You found it gone before you last saw it: check both times."),
        _ => {}
    }
    for (field, label, max) in [
        ("city", "town", 100),
        ("postcode", "postcode", 100),
        ("crime_reference", "case number", 100),
        ("circumstances", "text", 10_000),
    ] {
        if fields.get(field).chars().count() > max {
            wrong(field, &format!("The {label} may have at most {max} characters."));
        }
    }
    match (from, to) {
        (Some(from), Some(to)) if errors.is_empty() => Ok(NewTheft {
            items,
            from,
            to,
            place: place(fields),
            crime_reference: said(fields.get("crime_reference")),
            circumstances: fields.get("circumstances").to_owned(),
        }),
        _ => Err(errors),
    }
}

/// The error of a field by the name that casework knows it by.
pub(super) fn field_error(field: &str, reason: &str) -> FieldError {
    let field = match field {
        "items" => "item",
        "location.country" => "country",
        "location.postcode" => "postcode",
        "location.city" | "location" => "city",
        other => other,
    };
    FieldError {
        field: field.to_owned(),
        text: sentence(reason),
    }
}

/// What is stated, for reading once more.
pub(super) fn summary(fields: &Fields, new: &NewTheft, titles: &[String]) -> Vec<SummaryRow> {
    let clock = WallClock::of(fields.get("clock"));
    // As it was typed: a day alone, or an hour on the clock that was chosen.
    let time = |at, hour: &str| match fields.get(hour) {
        "" => clock.day(at),
        _ => clock.instant(at),
    };
    let row = |key: &str, value: String, page: &str| SummaryRow {
        key: key.to_owned(),
        value: if value.is_empty() { "Not said".to_owned() } else { value },
        serial: false,
        change: Some(format!("/report-theft{page}?from=check")),
    };
    vec![
        row("Stolen", titles.join(", "), ""),
        row("Last seen", time(new.from, "from-time"), "/when"),
        row("Found gone", time(new.to, "to-time"), "/when"),
        row("Where", words::place(&new.place), "/where"),
        row(
            "Police case number",
            new.crime_reference.clone().unwrap_or_default(),
            "/where",
        ),
        row("What happened", new.circumstances.clone(), "/where"),
    ]
}

fn place(fields: &Fields) -> Place {
    Place {
        country: said(&fields.get("country").to_ascii_uppercase()),
        postcode: said(fields.get("postcode")),
        city: said(fields.get("city")),
        latitude: None,
        longitude: None,
    }
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fields(changes: &[(&str, &str)]) -> Fields {
        let mut pairs = vec![
            ("item", "0198a000-0000-7000-8000-000000000001"),
            ("clock", "utc"),
            ("from", "2026-11-14"),
            ("from-time", "18:00"),
            ("to", "2026-11-15"),
            ("to-time", "07:00"),
        ];
        for change in changes {
            pairs.retain(|(name, _)| name != &change.0);
            pairs.push(*change);
        }
        let pairs: Vec<(String, String)> = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        pairs.into()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn names_the_field_that_is_wrong() {
        let now = at("2026-11-15T09:00:00Z");
        let long = "x".repeat(101);
        let cases: [(&[(&str, &str)], &[&str]); 11] = [
            (&[], &[]),
            (&[("item", "")], &["item"]),
            (&[("from", "")], &["from"]),
            (&[("to", "soon")], &["to"]),
            (&[("from", "2026-11-16")], &["from"]),
            (&[("to-time", "09:01")], &["to"]),
            (&[("to", "2026-11-13")], &["to"]),
            (&[("to", "2026-11-10"), ("to-time", "")], &["to"]),
            (&[("from-time", ""), ("to", "2026-11-13"), ("to-time", "")], &["to"]),
            (&[("to", "2026-11-16"), ("to-time", "")], &["to"]),
            (&[("city", &long)], &["city"]),
        ];
        for (changes, wrong) in cases {
            let found = read(&fields(changes), now).err().unwrap_or_default();
            let found: Vec<&str> = found.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(found, wrong, "{changes:?}");
        }
    }

    #[test]
    fn a_day_without_a_time_is_the_whole_day_so_far() {
        let now = at("2026-11-15T09:00:00Z");
        let read = |changes: &[(&str, &str)]| read(&fields(changes), now).unwrap();
        let today = read(&[("from-time", ""), ("to-time", "")]);
        assert_eq!((today.from, today.to), (at("2026-11-14T00:00:00Z"), now));
        let yesterday = read(&[("to", "2026-11-14"), ("to-time", "")]);
        assert_eq!(yesterday.to, at("2026-11-14T23:59:00Z"));
    }

    #[test]
    fn the_summary_shows_what_was_typed() {
        let now = at("2026-11-20T09:00:00Z");
        let days = fields(&[("clock", "central"), ("from-time", ""), ("to-time", "")]);
        let hours = fields(&[("clock", "central")]);
        for (fields, from, to) in [
            (days, "14 Nov 2026", "15 Nov 2026"),
            (hours, "14 Nov 2026, 18:00 CET", "15 Nov 2026, 07:00 CET"),
        ] {
            let rows = summary(&fields, &read(&fields, now).unwrap(), &[]);
            assert_eq!((rows[1].value.as_str(), rows[2].value.as_str()), (from, to));
        }
    }
}
