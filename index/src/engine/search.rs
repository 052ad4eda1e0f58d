//! Finding: by identifiers, by photos, by words; then one list of hits.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::by_words::best_by_words;
use super::parts::by_parts;
use super::state::State;
use super::{EngineError, EngineOptions};
use crate::hit::{Hit, IdentifierHit, PhotoHit, TextHit};
use crate::identifier::IdentifierKind;
use crate::image::hash::compare;
use crate::image::{FINGERPRINT_VERSION, Hash256, PhotoFingerprint};
use crate::record::{Record, Side};

/// Identifiers this many edits apart are found.
const IDENTIFIER_EDITS_MAX: u8 = 2;
/// At most this many records are found by one photo: the nearest. A picture that more of them show proves nothing.
const PHOTO_HITS_MAX: usize = 500;
/// Of the photos that show the very same picture, so many are looked at: enough for the hits, whoever of them is nearest.
const SHARED_PHOTOS_MAX: usize = 4 * PHOTO_HITS_MAX;
/// The same for counting sources: beyond it, the picture is everybody's.
const SOURCE_PHOTOS_MAX: usize = 10_000;
/// Photos are compared as the registered picture against the forms of the offered one. A registered query can only look
/// the other way, its forms against stored upright pictures, which moves a few bits: it looks this much farther, and the
/// comparison decides.
const FORM_SLACK_BITS: u16 = 16;

/// Searches one state. See [`super::Engine::search`].
pub(super) fn search(state: &State, options: &EngineOptions, query: &Record) -> Result<Vec<Hit>, EngineError> {
    let mut hits: BTreeMap<Uuid, Hit> = BTreeMap::new();
    by_identifiers(state, query, &mut hits);
    let mut records = HashMap::new();
    by_photos(state, options, query, &mut records, &mut hits)?;
    by_parts(state, query, &mut records, &mut hits)?;
    by_words(state, options, query, &mut hits)?;
    let mut hits: Vec<Hit> = hits.into_values().collect();
    hits.sort_by_key(|hit| {
        let identifier = hit.identifiers.first().map_or(u8::MAX, |near| near.distance.edits);
        let photo = hit
            .photos
            .iter()
            .map(|near| near.comparison.pdq_bits)
            .min()
            .unwrap_or(u16::MAX);
        let part = hit.parts.first().map(|part| Reverse(part.comparison.inliers));
        let photo = (photo, part.is_none(), part);
        (identifier, photo, hit.text.map_or(u32::MAX, |text| text.rank), hit.id)
    });
    Ok(hits)
}

/// How many sources on the offered side show a photo. See [`super::Engine::photo_sources`].
pub(super) fn photo_sources(state: &State, radius_bits: u16, photo: &PhotoFingerprint) -> usize {
    if photo.version != FINGERPRINT_VERSION {
        return 0;
    }
    let offered = state.tables(Side::Offered);
    let slots = offered.photos.slots_within(&forms(photo), radius_bits, SOURCE_PHOTOS_MAX);
    let sources = (slots.iter()).filter_map(|near| Some((offered.slot(near.slot)?.source, near.slot)));
    // A record without a source counts as a source of its own.
    sources.map(|(source, slot)| source.ok_or(slot)).collect::<HashSet<_>>().len()
}

/// The hit on a record, made when it is the first way to find it.
pub(super) fn hit(hits: &mut BTreeMap<Uuid, Hit>, id: Uuid) -> &mut Hit {
    hits.entry(id).or_insert_with(|| Hit {
        id,
        identifiers: Vec::new(),
        photos: Vec::new(),
        parts: Vec::new(),
        text: None,
    })
}

fn by_identifiers(state: &State, query: &Record, hits: &mut BTreeMap<Uuid, Hit>) {
    let tables = state.tables(query.side.opposite());
    // A product code names the model: it is a word, not an identifier.
    for ours in query
        .identifiers
        .iter()
        .filter(|ours| ours.identifier.kind != IdentifierKind::ProductCode)
    {
        // What nothing calls a number is looked for as it stands: near it lie model numbers.
        let edits_max = if ours.is_loose() { 0 } else { IDENTIFIER_EDITS_MAX };
        for near in tables.identifiers.find(&ours.identifier, edits_max) {
            let Some(slot) = tables.slot(near.slot) else { continue };
            let Some(found) = slot.identifiers.get(usize::from(near.position)) else {
                continue;
            };
            let strangers = match (ours.is_loose(), found.is_loose()) {
                (false, false) => false,
                (true, true) => true,
                _ => near.distance.slips() > 0,
            };
            if strangers {
                continue;
            }
            hit(hits, slot.id).identifiers.push(IdentifierHit {
                query: ours.clone(),
                found: found.clone(),
                distance: near.distance,
                rivals: near.rivals,
            });
        }
    }
    for hit in hits.values_mut() {
        hit.identifiers.sort_by(|a, b| {
            let order = |near: &IdentifierHit| (near.distance.edits, Reverse(near.distance.look_alikes), near.rivals);
            order(a).cmp(&order(b)).then_with(|| {
                let text = |near: &IdentifierHit| {
                    (
                        near.query.identifier.normalised.clone(),
                        near.found.identifier.normalised.clone(),
                    )
                };
                text(a).cmp(&text(b))
            })
        });
    }
}

fn by_photos(
    state: &State,
    options: &EngineOptions,
    query: &Record,
    records: &mut HashMap<Uuid, Record>,
    hits: &mut BTreeMap<Uuid, Hit>,
) -> Result<(), EngineError> {
    let side = query.side.opposite();
    let tables = state.tables(side);
    let slack_bits = if query.side == Side::Registered { FORM_SLACK_BITS } else { 0 };
    for (ours, photo) in query
        .photos
        .iter()
        .enumerate()
        .filter(|(_, photo)| photo.version == FINGERPRINT_VERSION)
    {
        let radius_bits = options.photo_radius_bits + slack_bits;
        let nearest = tables.photos.slots_within(&forms(photo), radius_bits, SHARED_PHOTOS_MAX);
        let mut found: Vec<(u16, Uuid)> = nearest
            .into_iter()
            .filter_map(|near| Some((near.distance_bits, tables.slot(near.slot)?.id)))
            .collect();
        found.sort_unstable();
        for (_, id) in found.into_iter().take(PHOTO_HITS_MAX) {
            if !records.contains_key(&id)
                && let Some(record) = state.record(side, id)?
            {
                records.insert(id, record);
            }
            let near = records
                .get(&id)
                .and_then(|record| nearest_photo(query.side, ours, photo, record));
            if let Some(near) = near.filter(|near| near.comparison.pdq_bits <= options.photo_radius_bits) {
                hit(hits, id).photos.push(near);
            }
        }
    }
    for hit in hits.values_mut() {
        hit.photos
            .sort_by_key(|near| (near.comparison.pdq_bits, near.comparison.second_bits, near.query, near.found));
    }
    Ok(())
}

/// The photo of a record that is nearest to one of the query's, compared in the fixed roles.
fn nearest_photo(query_side: Side, query: usize, photo: &PhotoFingerprint, record: &Record) -> Option<PhotoHit> {
    let photos = record
        .photos
        .iter()
        .enumerate()
        .filter(|(_, other)| other.version == FINGERPRINT_VERSION);
    let compared = photos.map(|(found, other)| {
        let comparison = match query_side {
            Side::Registered => compare(photo, other),
            Side::Offered => compare(other, photo),
        };
        PhotoHit {
            query,
            found,
            comparison,
        }
    });
    compared.min_by_key(|near| (near.comparison.pdq_bits, near.comparison.second_bits, near.found))
}

/// Every form of a photo: eight, or sixteen when it has a border to trim.
fn forms(photo: &PhotoFingerprint) -> Vec<Hash256> {
    photo
        .full
        .iter()
        .chain(photo.trimmed.iter().flatten())
        .map(|pair| pair.pdq)
        .collect()
}

fn by_words(state: &State, options: &EngineOptions, query: &Record, hits: &mut BTreeMap<Uuid, Hit>) -> Result<(), EngineError> {
    let best = best_by_words(state, options.text_candidates_max, query)?;
    for (rank, (bm25, id)) in (0..).zip(best) {
        hit(hits, id).text = Some(TextHit { rank, bm25 });
    }
    Ok(())
}
