//! One JSON value in memory, read so that nothing is lost: a key given twice is seen, and texts borrow from the line.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::FieldFault;

/// Objects with more fields than this look for repeated keys in a set, so that no object costs quadratic time.
const FEW_FIELDS: usize = 16;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Integer(i128),
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// A JSON object.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Object<'a> {
    pub(super) fields: Vec<(Cow<'a, str>, Json<'a>)>,
    /// The first key that was given twice.
    pub(super) repeated: Option<String>,
}

/// Reads one record's bytes.
pub(super) fn parse(bytes: &[u8]) -> Result<Json<'_>, FieldFault> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| FieldFault::whole(format!("not UTF-8: byte {} of the record", error.valid_up_to() + 1)))?;
    if text.trim().is_empty() {
        return Err(FieldFault::whole("nothing is here; expected a JSON object"));
    }
    serde_json::from_str(text).map_err(|error| FieldFault::whole(explain(&error)))
}

/// The parser's words without its "at line 1", which is never the line of the feed.
pub(super) fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]);
    let what = match what {
        "expected ident" => "a bare word that is neither true, false nor null",
        "expected value" => "what stands here is no JSON value",
        "trailing characters" => "something follows after its end",
        other => other,
    };
    match error.classify() {
        serde_json::error::Category::Eof => format!("not valid JSON: it ends too early ({what})"),
        _ => format!("not valid JSON: {what}, near column {}", error.column()),
    }
}

impl<'a> Object<'a> {
    /// An object whose keys are known to differ.
    pub(super) fn of(fields: Vec<(Cow<'a, str>, Json<'a>)>) -> Self {
        Self { fields, repeated: None }
    }
}

impl Json<'_> {
    /// What sort of value this is, for people.
    pub(super) fn sort(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Integer(_) | Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut fields: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some((Key(key), value)) = map.next_entry()? {
            fields.push((key, value));
        }
        let repeated = repeated(&fields);
        Ok(Json::Object(Object { fields, repeated }))
    }
}

fn repeated(fields: &[(Cow<'_, str>, Json<'_>)]) -> Option<String> {
    let mut keys = fields.iter().map(|(key, _)| key.as_ref()).enumerate();
    let found = if fields.len() <= FEW_FIELDS {
        keys.find(|(at, key)| fields[..*at].iter().any(|(earlier, _)| earlier == key))
    } else {
        let mut seen = HashSet::with_capacity(fields.len());
        keys.find(|(_, key)| !seen.insert(*key))
    };
    found.map(|(_, key)| key.to_owned())
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(Values)? {
            Json::Text(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("a key must be text")),
        }
    }
}
