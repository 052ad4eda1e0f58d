//! A listing as the partner sent it, revision by revision: what changed, and what is kept of each word for word.

use serde_json::Value;

use crate::domain::ids::ListingId;
use crate::domain::listing::Delivery;
use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// Revisions that are shown: the first, and this many of the newest.
const NEWEST: usize = 20;

/// One revision of a listing.
#[derive(Debug, Clone, PartialEq)]
pub struct RevisionView {
    /// Its number, from 1.
    pub number: u32,
    /// When we received it.
    pub received_at: Timestamp,
    /// The delivery that brought it; absent when the partner took the listing down by itself.
    pub delivery: Option<Delivery>,
    /// What differs from the revision before, in the order of the fields: path, before, after; empty text for what is not there.
    pub differences: Vec<(String, String, String)>,
    /// The record as it is kept, the seller's name replaced at the door: JSON over several lines.
    pub record: String,
    /// SHA-256 of that record on one line without white space, as it is kept.
    pub sha256: ContentHash,
}

/// The revisions of a listing, newest first, and how many are left out between the first and the newest.
///
/// # Errors
/// A failure of the store.
pub(super) fn of_listing(reader: &Reader<'_>, id: ListingId) -> Result<(Vec<RevisionView>, usize), StoreError> {
    let mut revisions = reader.listing_revisions(id)?;
    let skipped = revisions.len().saturating_sub(NEWEST + 1);
    // One before the newest is read to tell what changed.
    let first = revisions.last().cloned().filter(|_| skipped > 0);
    revisions.truncate(NEWEST + usize::from(skipped > 0));
    let mut views = Vec::with_capacity(revisions.len());
    for (at, revision) in revisions.iter().enumerate() {
        let before = revisions.get(at + 1);
        if before.is_none() && skipped > 0 {
            break;
        }
        views.push(view(reader, revision, before)?);
    }
    if let Some(first) = &first {
        views.push(view(reader, first, None)?);
    }
    Ok((views, skipped))
}

fn view(
    reader: &Reader<'_>,
    revision: &crate::store::Revision,
    before: Option<&crate::store::Revision>,
) -> Result<RevisionView, StoreError> {
    let damaged = |_| StoreError::Damaged { what: "listing" };
    let value = |revision: &crate::store::Revision| serde_json::to_value(&revision.draft).map_err(damaged);
    let kept = serde_json::to_string(&revision.draft).map_err(damaged)?;
    let now = value(revision)?;
    let differences = match before {
        Some(before) => differences(&value(before)?, &now),
        None => Vec::new(),
    };
    Ok(RevisionView {
        number: revision.number,
        received_at: revision.received_at,
        delivery: revision.delivery.map(|id| reader.delivery(id)).transpose()?.flatten(),
        differences,
        record: serde_json::to_string_pretty(&revision.draft).map_err(damaged)?,
        sha256: ContentHash::of(kept.as_bytes()),
    })
}

/// What differs between two records, leaf by leaf.
fn differences(before: &Value, after: &Value) -> Vec<(String, String, String)> {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    leaves("", before, &mut old);
    leaves("", after, &mut new);
    let found = |list: &[(String, String)], path: &str| {
        let leaf = list.iter().find(|(known, _)| known == path);
        leaf.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut paths: Vec<&String> = new.iter().map(|(path, _)| path).collect();
    paths.extend(
        old.iter()
            .map(|(path, _)| path)
            .filter(|path| new.iter().all(|(known, _)| known != *path)),
    );
    let told = paths
        .into_iter()
        .map(|path| (path.clone(), found(&old, path), found(&new, path)));
    told.filter(|(_, before, after)| before != after).collect()
}

/// Every text, number and truth of a record with its path; nothing of what is absent.
fn leaves(path: &str, value: &Value, found: &mut Vec<(String, String)>) {
    let inside = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match value {
        Value::Null => {}
        Value::Object(fields) => fields.iter().for_each(|(key, value)| leaves(&inside(key), value, found)),
        Value::Array(values) => {
            for (at, value) in values.iter().enumerate() {
                leaves(&inside(&(at + 1).to_string()), value, found);
            }
        }
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => found.push((path.to_owned(), text.clone())),
        other => found.push((path.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_told_leaf_by_leaf() {
        let before = json!({"title": "Bicycle", "price": {"amount": 1200}, "photos": ["a", "b"], "url": null, "text": ""});
        let after = json!({"title": "Bike", "price": {"amount": 1200}, "photos": ["a"], "url": "https://a.example", "text": ""});
        let told = differences(&before, &after);
        let expected = [
            ("title", "Bicycle", "Bike"),
            ("url", "", "https://a.example"),
            ("photos.2", "b", ""),
        ];
        let mut told: Vec<_> = told
            .iter()
            .map(|(path, before, after)| (path.as_str(), before.as_str(), after.as_str()))
            .collect();
        told.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(told, expected);
        assert!(differences(&after, &after).is_empty());
    }
}
