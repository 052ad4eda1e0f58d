//! Our record, built from what another format says; it remembers which of the source's fields each value came from.

use std::borrow::Cow;

use super::FieldFault;
use super::json::{Json, Object};

/// A record in our fields, with the source's names for them.
#[derive(Default)]
pub(super) struct Built<'c> {
    pub(super) record: Object<'c>,
    /// Our path and the source's name of what was put there.
    sources: Vec<(String, String)>,
    /// What could not be understood, under the source's names.
    pub(super) faults: Vec<FieldFault>,
    /// What is to be told of the batch, by field.
    pub(super) noted: Vec<(&'static str, &'static str)>,
    /// The source's names that nothing is read from, each once.
    pub(super) unread: Vec<String>,
    /// Why a path holds nothing, for those that are asked for.
    absent: Vec<(&'static str, String)>,
}

impl<'c> Built<'c> {
    /// Puts text at a path such as `price.amount`. Empty text counts as not said.
    pub(super) fn text(&mut self, path: &str, text: impl Into<Cow<'c, str>>, source: &str) {
        let text = text.into();
        if !text.trim().is_empty() {
            self.put(path, Json::Text(text), source);
        }
    }

    /// Puts a value at a path.
    pub(super) fn put(&mut self, path: &str, value: Json<'c>, source: &str) {
        self.source(path, source);
        let mut object = &mut self.record;
        let mut rest = path;
        while let Some((outer, inner)) = rest.split_once('.') {
            object = inner_object(object, outer);
            rest = inner;
        }
        object.fields.push((Cow::Owned(rest.to_owned()), value));
    }

    /// Adds an identifier.
    pub(super) fn identifier(&mut self, kind: &'static str, value: impl Into<Cow<'c, str>>, source: &str) {
        let value = value.into();
        if !value.trim().is_empty() {
            let kind = (Cow::Borrowed("kind"), Json::Text(Cow::Borrowed(kind)));
            let value = (Cow::Borrowed("value"), Json::Text(value));
            self.add("identifiers", Json::Object(Object::of(vec![kind, value])), source);
        }
    }

    /// Adds a photo's address.
    pub(super) fn photo(&mut self, address: impl Into<Cow<'c, str>>, source: &str) {
        let address = address.into();
        if !address.trim().is_empty() {
            self.add("photos", Json::Text(address), source);
        }
    }

    /// Says under which name the source has, or would have, what stands at a path.
    pub(super) fn source(&mut self, path: &str, source: &str) {
        self.sources.push((path.to_owned(), source.to_owned()));
    }

    /// Says why nothing can stand at a path.
    pub(super) fn absent(&mut self, path: &'static str, reason: String) {
        self.absent.push((path, reason));
    }

    /// Notes what is wrong with one of the source's fields.
    pub(super) fn fault(&mut self, source: &str, reason: impl Into<String>) {
        self.faults.push(FieldFault {
            field: source.to_owned(),
            reason: reason.into(),
        });
    }

    /// Whether something was put at a path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.at(path).is_some()
    }

    /// The text at a path.
    pub(super) fn text_at(&self, path: &str) -> Option<&str> {
        match self.at(path) {
            Some(Json::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn at(&self, path: &str) -> Option<&Json<'c>> {
        let mut object = &self.record;
        let mut rest = path;
        while let Some((outer, inner)) = rest.split_once('.') {
            match object.fields.iter().find(|(name, _)| name == outer) {
                Some((_, Json::Object(found))) => object = found,
                _ => return None,
            }
            rest = inner;
        }
        object.fields.iter().find(|(name, _)| name == rest).map(|(_, value)| value)
    }

    /// Faults of the record as the source would name them, after those that were noted while building.
    pub(super) fn named(self, faults: Vec<FieldFault>) -> Vec<FieldFault> {
        let Self {
            sources,
            faults: mut all,
            absent,
            ..
        } = self;
        for fault in faults {
            let reason = absent.iter().find(|(path, _)| *path == fault.field);
            let reason = reason.map_or_else(|| fault.reason.clone(), |(_, reason)| reason.clone());
            let field = named(&sources, &fault.field);
            // What could not be understood was not put, and then looks as if it were missing.
            if !all.iter().any(|known| known.field == field) {
                all.push(FieldFault { field, reason });
            }
        }
        all
    }

    fn add(&mut self, list: &'static str, value: Json<'c>, source: &str) {
        let at = self.record.fields.iter().position(|(name, _)| name == list);
        let at = at.unwrap_or_else(|| {
            self.record.fields.push((Cow::Borrowed(list), Json::List(Vec::new())));
            self.record.fields.len() - 1
        });
        if let (_, Json::List(values)) = &mut self.record.fields[at] {
            values.push(value);
            let path = format!("{list}[{}]", values.len() - 1);
            self.source(&path, source);
        }
    }
}

fn inner_object<'o, 'c>(object: &'o mut Object<'c>, name: &str) -> &'o mut Object<'c> {
    let found = object
        .fields
        .iter()
        .position(|(known, value)| known == name && matches!(value, Json::Object(_)));
    let at = found.unwrap_or_else(|| {
        let inner = Json::Object(Object::of(Vec::new()));
        object.fields.push((Cow::Owned(name.to_owned()), inner));
        object.fields.len() - 1
    });
    match &mut object.fields[at].1 {
        Json::Object(inner) => inner,
        // Just found or just pushed as an object.
        _ => unreachable!("an object was put here"),
    }
}

/// The source's name for a path, for what the path lies in, or for a part of it; the path itself where none is known.
fn named(sources: &[(String, String)], path: &str) -> String {
    let exact = sources.iter().find(|(known, _)| known == path);
    let around = || {
        let holds = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[']));
        sources.iter().find(|(known, _)| holds(known, path) || holds(path, known))
    };
    exact
        .or_else(around)
        .map_or_else(|| path.to_owned(), |(_, source)| source.clone())
}
