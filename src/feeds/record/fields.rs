//! Reading the fields of one JSON object, with every fault noted under the field's path.

use std::borrow::Cow;
use std::cell::RefCell;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use url::Url;

use super::super::json::{Json, Object};
use super::super::{FAULTS_A_LINE_MAX, FieldFault};
use super::ADDRESS_CHARS_MAX;
use crate::domain::time::Timestamp;

/// Of a word that is none of those expected so much is told, characters.
const WORD_CHARS_TOLD: usize = 40;

/// What was found wrong so far.
#[derive(Default)]
pub(super) struct Faults {
    wrong: RefCell<Vec<FieldFault>>,
    /// What is no fault, and yet is to be told: the field, and why.
    noted: RefCell<Vec<(String, &'static str)>>,
}

impl Faults {
    /// The value, when nothing was wrong.
    pub(super) fn none_or<T>(self, value: T) -> Result<T, Vec<FieldFault>> {
        let faults = self.wrong.into_inner();
        if faults.is_empty() { Ok(value) } else { Err(faults) }
    }

    fn add(&self, fault: FieldFault) {
        let mut faults = self.wrong.borrow_mut();
        if faults.len() < FAULTS_A_LINE_MAX {
            faults.push(fault);
        }
    }
}

/// The fields of one object, `'j` being the record's text.
pub(in crate::feeds) struct Fields<'a, 'j> {
    object: &'a Object<'j>,
    path: String,
    faults: &'a Faults,
}

impl<'a, 'j> Fields<'a, 'j> {
    pub(super) fn new(object: &'a Object<'j>, path: String, faults: &'a Faults) -> Self {
        let fields = Self { object, path, faults };
        if let Some(key) = &object.repeated {
            let key: String = key.chars().take(40).collect();
            fields.fault(&key, "given twice");
        }
        fields
    }

    /// A field's value; none when it is missing or `null`.
    pub(super) fn get(&self, name: &str) -> Option<&'a Json<'j>> {
        let field = self.object.fields.iter().find(|(key, _)| key == name);
        field.map(|(_, value)| value).filter(|value| **value != Json::Null)
    }

    /// Whether a field is there at all, be it `null`.
    pub(super) fn names(&self, name: &str) -> bool {
        self.object.fields.iter().any(|(key, _)| key == name)
    }

    /// Notes what is wrong with a field.
    pub(super) fn fault(&self, name: &str, reason: impl Into<String>) {
        self.faults.add(FieldFault {
            field: self.path_of(name),
            reason: reason.into(),
        });
    }

    /// Notes something of a field that does not keep the record from counting; once a record.
    pub(super) fn note(&self, field: &str, reason: &'static str) {
        let mut noted = self.faults.noted.borrow_mut();
        if !noted.iter().any(|(known, why)| known == field && *why == reason) {
            noted.push((field.to_owned(), reason));
        }
    }

    /// What was noted so far of the record.
    pub(in crate::feeds) fn noted(&self) -> Vec<(String, &'static str)> {
        self.faults.noted.take()
    }

    /// Names that are not known, each once: of this object, and within its groups, be they objects or lists of these. Nothing is
    /// lost by one that says nothing.
    pub(in crate::feeds) fn unknown(&self, known: impl Fn(&str) -> bool, groups: &[(&str, &[&str])]) -> Vec<String> {
        let mut found = Vec::new();
        let mut tell = |name: String| {
            if !found.contains(&name) {
                found.push(name);
            }
        };
        let says = |value: &Json<'_>| !matches!(value, Json::Null);
        for (name, value) in self.object.fields.iter().filter(|(_, value)| says(value)) {
            if !known(name) {
                tell(name.to_string());
                continue;
            }
            let Some((_, inner)) = groups.iter().find(|(group, _)| group == name) else {
                continue;
            };
            let objects = match value {
                Json::Object(_) => std::slice::from_ref(value),
                Json::List(values) => values.as_slice(),
                _ => &[],
            };
            for object in objects {
                let Json::Object(object) = object else { continue };
                for (part, value) in &object.fields {
                    if says(value) && !inner.contains(&part.as_ref()) {
                        tell(format!("{name}.{part}"));
                    }
                }
            }
        }
        found
    }

    /// Whether something was noted about a field.
    pub(super) fn is_wrong(&self, name: &str) -> bool {
        let path = self.path_of(name);
        self.faults.wrong.borrow().iter().any(|fault| fault.field == path)
    }

    /// Whether nothing was noted so far, about any field of the record.
    pub(super) fn is_sound(&self) -> bool {
        self.faults.wrong.borrow().is_empty()
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Text; empty when there is none.
    pub(super) fn text(&self, name: &str, chars_max: usize) -> String {
        self.maybe_text(name, chars_max).unwrap_or_default()
    }

    /// Text that says something.
    pub(super) fn maybe_text(&self, name: &str, chars_max: usize) -> Option<String> {
        match self.get(name)? {
            Json::Text(text) => self.checked(name, text, chars_max),
            other => {
                self.fault(name, format!("expected text, found {}", other.sort()));
                None
            }
        }
    }

    /// Text, or a whole number where the source writes its codes without quotes.
    pub(super) fn code(&self, name: &str, chars_max: usize) -> Option<String> {
        match self.get(name) {
            Some(Json::Integer(number)) => Some(number.to_string()),
            _ => self.maybe_text(name, chars_max),
        }
    }

    fn checked(&self, name: &str, text: &str, chars_max: usize) -> Option<String> {
        if text.contains('\0') {
            self.fault(name, "contains a NUL character");
            return None;
        }
        let text = cleaned(text);
        if text.len() > chars_max && text.chars().count() > chars_max {
            self.fault(name, format!("longer than {chars_max} characters"));
            return None;
        }
        (!text.is_empty()).then(|| text.into_owned())
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let given = self.get(name)?;
        let found = match given {
            Json::Text(text) => words.iter().find(|(word, _)| *word == text.trim()),
            _ => None,
        };
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let given = match given {
                Json::Text(text) => format!("`{}`", text.trim().chars().take(WORD_CHARS_TOLD).collect::<String>()),
                other => other.sort().to_owned(),
            };
            self.fault(name, format!("found {given}, expected one of {}", words.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// An instant in RFC 3339.
    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        let text = self.maybe_text(name, 64)?;
        match DateTime::parse_from_rfc3339(&text) {
            Ok(time) => Some(time.with_timezone(&Utc).trunc_subsecs(6)),
            Err(_) => {
                self.fault(name, "expected a time in RFC 3339 such as \"2026-11-20T18:00:00Z\"");
                None
            }
        }
    }

    /// A day; of an instant the day.
    pub(super) fn date(&self, name: &str) -> Option<NaiveDate> {
        let text = self.maybe_text(name, 64)?;
        let day = text.parse().ok();
        let day = day.or_else(|| DateTime::parse_from_rfc3339(&text).ok().map(|time| time.date_naive()));
        if day.is_none() {
            self.fault(name, "expected a day such as \"2024-03-01\"");
        }
        day
    }

    /// A number within bounds.
    pub(super) fn number(&self, name: &str, min: f64, max: f64) -> Option<f64> {
        let number = match self.get(name)? {
            Json::Number(number) => Some(*number),
            Json::Integer(number) => Some(*number as f64),
            _ => None,
        };
        let number = number.filter(|number| (min..=max).contains(number));
        if number.is_none() {
            self.fault(name, format!("expected a number from {min} to {max}"));
        }
        number
    }

    /// True or false.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Json::Bool(flag) => Some(*flag),
            _ => {
                self.fault(name, "expected true or false");
                None
            }
        }
    }

    /// An address on the web.
    pub(super) fn url(&self, name: &str) -> Option<Url> {
        let url = web_address(&self.maybe_text(name, ADDRESS_CHARS_MAX)?);
        if url.is_none() {
            self.fault(name, "expected a web address that begins with http:// or https://");
        }
        url
    }

    /// An object's fields.
    pub(super) fn object(&self, name: &str) -> Option<Fields<'a, 'j>> {
        match self.get(name)? {
            Json::Object(object) => Some(Fields::new(object, self.path_of(name), self.faults)),
            other => {
                self.fault(name, format!("expected an object, found {}", other.sort()));
                None
            }
        }
    }

    /// A list's elements, each with its place in brackets; none when there are too many.
    pub(super) fn list(&self, name: &str, max: usize) -> Vec<(String, &'a Json<'j>)> {
        match self.get(name) {
            None => Vec::new(),
            Some(Json::List(values)) if values.len() > max => {
                self.fault(name, format!("{} entries, at most {max} are accepted", values.len()));
                Vec::new()
            }
            Some(Json::List(values)) => {
                let places = values.iter().enumerate();
                places.map(|(at, value)| (format!("{name}[{at}]"), value)).collect()
            }
            Some(other) => {
                let such_as = match name {
                    "identifiers" => " such as [{\"kind\":\"imei\",\"value\":\"…\"}]",
                    "photos" => " such as [\"https://…/1.jpg\"]",
                    _ => "",
                };
                self.fault(name, format!("expected a list{such_as}, found {}", other.sort()));
                Vec::new()
            }
        }
    }

    /// A list's elements as objects.
    pub(super) fn objects(&self, name: &str, max: usize) -> Vec<Fields<'a, 'j>> {
        let elements = self.list(name, max).into_iter();
        elements
            .filter_map(|(place, value)| match value {
                Json::Object(object) => Some(Fields::new(object, self.path_of(&place), self.faults)),
                other => {
                    self.fault(&place, format!("expected an object, found {}", other.sort()));
                    None
                }
            })
            .collect()
    }

    /// The text of an element of a list.
    pub(super) fn element_text(&self, place: &str, text: &str, chars_max: usize) -> Option<String> {
        let text = self.checked(place, text, chars_max);
        if text.is_none() && !self.is_wrong(place) {
            self.fault(place, "empty");
        }
        text
    }

    /// The fields of an element of a list that is an object.
    pub(super) fn element_object(&self, place: &str, object: &'a Object<'j>) -> Fields<'a, 'j> {
        Fields::new(object, self.path_of(place), self.faults)
    }
}

/// An address that begins with `http` or `https`.
pub(super) fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// Without outer white space; control characters other than tab and line feed become blanks.
fn cleaned(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let unwanted = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(unwanted) {
        return Cow::Borrowed(text);
    }
    let replaced = text.replace("\r\n", "\n").replace(unwanted, " ");
    Cow::Owned(replaced.trim().to_owned())
}
