//! How the domain's small types stand in columns and JSON.

use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::StoreError;
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;

/// Microseconds since 1970.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.timestamp_micros()
}

/// The first id of an instant: ids sort by the time they were made.
pub(super) fn first_id(at: Timestamp) -> [u8; 16] {
    let mut bytes = [0; 16];
    let millis = at.timestamp_millis().max(0).unsigned_abs().to_be_bytes();
    bytes[..6].copy_from_slice(&millis[2..]);
    bytes
}

/// A number of rows, as SQLite takes it.
pub(super) fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// An instant from microseconds since 1970.
pub(super) fn instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    let micros: i64 = row.get(column)?;
    Timestamp::from_timestamp_micros(micros).ok_or_else(|| damaged(column))
}

/// An instant, or none.
pub(super) fn maybe_instant(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(column)?;
    micros
        .map(|micros| Timestamp::from_timestamp_micros(micros).ok_or_else(|| damaged(column)))
        .transpose()
}

/// A UUID from 16 bytes.
pub(super) fn uuid(row: &Row<'_>, column: &str) -> rusqlite::Result<Uuid> {
    let bytes: [u8; 16] = row.get(column)?;
    Ok(Uuid::from_bytes(bytes))
}

/// A UUID, or none.
pub(super) fn maybe_uuid(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Uuid>> {
    let bytes: Option<[u8; 16]> = row.get(column)?;
    Ok(bytes.map(Uuid::from_bytes))
}

/// A SHA-256 from 32 bytes.
pub(super) fn content_hash(row: &Row<'_>, column: &str) -> rusqlite::Result<ContentHash> {
    Ok(ContentHash(row.get(column)?))
}

/// A SHA-256, or none.
pub(super) fn maybe_content_hash(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<ContentHash>> {
    let bytes: Option<[u8; 32]> = row.get(column)?;
    Ok(bytes.map(ContentHash))
}

/// A value from a JSON column.
pub(super) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| damaged(column))
}

/// A value as JSON text.
pub(super) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Damaged { what: "value" })
}

/// A word from a fixed set, as its serde name.
pub(super) fn from_word<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let word: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| damaged(column))
}

/// A word's text, of a value whose serde form is a string.
pub(super) fn to_word<T: Serialize>(value: T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StoreError::Damaged { what: "word" }),
    }
}

/// The error of a column that does not read.
pub(super) fn damaged(column: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, format!("column {column} is damaged").into())
}
