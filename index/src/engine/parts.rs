//! Finding photos of which one shows a part of the other, by local features.
//!
//! Owns which of the photos that share corners with a query are looked at, and how many at most. A record that a photo's hash
//! finds needs no features; but what a photo finds here must not depend on whom else its hash finds, or it would matter which
//! record came first.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::EngineError;
use super::search::hit;
use super::state::State;
use super::tables::photo_of_place;
use crate::hit::{Hit, PartHit};
use crate::image::features::{PhotoFeatures, compare};
use crate::record::{Record, Side};

/// Photos of which each form of a query is compared with those that share most corners.
const CANDIDATES_A_FORM: usize = 8;
/// Photos that one photo of a query is compared with.
const CANDIDATES_A_PHOTO: usize = 16;
/// Photos that all photos of a query are compared with together: the first photos show the object.
const CANDIDATES_MAX: usize = 200;

/// Adds the records that show a part of one of the query's photos, or of which it shows a part. Records that were read are kept
/// in `records`.
pub(super) fn by_parts(
    state: &State,
    query: &Record,
    records: &mut HashMap<Uuid, Record>,
    hits: &mut BTreeMap<Uuid, Hit>,
) -> Result<(), EngineError> {
    let side = query.side.opposite();
    let mut left = CANDIDATES_MAX;
    for (ours, features) in query.features.iter().enumerate() {
        for (id, found) in candidates(state, side, features).into_iter().take(left) {
            left -= 1;
            let by_hash = |hit: &Hit| hit.photos.iter().any(|near| near.query == ours);
            if hits.get(&id).is_some_and(by_hash) {
                continue;
            }
            if !records.contains_key(&id)
                && let Some(record) = state.record(side, id)?
            {
                records.insert(id, record);
            }
            let Some(theirs) = records.get(&id).and_then(|record| record.features.get(found)) else {
                continue;
            };
            // Compared in fixed roles: whoever asks gets the same answer.
            let comparison = match query.side {
                Side::Registered => compare(features, theirs),
                Side::Offered => compare(theirs, features),
            };
            if let Some(comparison) = comparison {
                hit(hits, id).parts.push(PartHit {
                    query: ours,
                    found,
                    comparison,
                });
            }
        }
    }
    for hit in hits.values_mut() {
        hit.parts
            .sort_by_key(|part| (std::cmp::Reverse(part.comparison.inliers), part.query, part.found));
    }
    Ok(())
}

/// The photos that share most corners with any form of one, as the record and the photo's place in it.
fn candidates(state: &State, side: Side, features: &PhotoFeatures) -> Vec<(Uuid, usize)> {
    let tables = state.tables(side);
    let mut votes: HashMap<(Uuid, usize), u16> = HashMap::new();
    for form in features.forms() {
        for candidate in tables.features.candidates(form, CANDIDATES_A_FORM) {
            let Some(slot) = tables.slot(candidate.slot) else { continue };
            let known = votes.entry((slot.id, photo_of_place(candidate.photo_index))).or_default();
            *known = candidate.votes.max(*known);
        }
    }
    let mut candidates: Vec<_> = votes.into_iter().collect();
    candidates.sort_unstable_by_key(|&(photo, votes)| (std::cmp::Reverse(votes), photo));
    candidates.truncate(CANDIDATES_A_PHOTO);
    candidates.into_iter().map(|(photo, _)| photo).collect()
}
