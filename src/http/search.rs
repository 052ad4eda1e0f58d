//! What the index finds for an officer's search: for the page and the API alike. What of it they may see is `casework`'s.

use std::collections::HashSet;
use std::hash::Hash;
use std::num::ParseIntError;

use axum::http::StatusCode;
use replevin_index::identifier::IdentifierKind;
use replevin_index::{Hit, Record};
use uuid::Uuid;

use crate::app::App;
use crate::casework::SoughtSeller;
use crate::domain::description::{Description, GivenIdentifier};
use crate::domain::ids::{ItemId, ListingId};
use crate::domain::partner::Slug;
use crate::domain::time::Timestamp;
use crate::http::error::Problem;
use crate::matching::project::{PhotoFacts, item_record, listing_record};
use crate::store::StoreError;

/// Characters of a text that are searched for.
const CHARACTERS_MAX: usize = 1000;
/// Things of each side that are looked through for further conditions when the words find so many.
const WORDS_MAX: usize = 5_000;
/// Items that the police look for and that the words find, where nothing else is asked.
const ITEMS_MAX: usize = 200;
/// How something was found of which nothing but the words agrees.
const WORDS: &str = "words";
/// Characters of a number below which nothing is looked for by it.
const NUMBER_CHARS_MIN: usize = 4;
/// Kinds as which a number is looked for whose kind nobody says.
const KINDS: [IdentifierKind; 8] = [
    IdentifierKind::Serial,
    IdentifierKind::FrameNumber,
    IdentifierKind::Imei,
    IdentifierKind::Vin,
    IdentifierKind::Chip,
    IdentifierKind::HullNumber,
    IdentifierKind::OwnerNumber,
    IdentifierKind::Plate,
];

/// What the index finds on both sides; nothing when it is not asked by words, number or photo. `narrowed`: further conditions leave
/// some out, so that whatever the words find is brought along as far as [`WORDS_MAX`], and not the best alone.
pub(in crate::http) async fn hits(
    app: &App,
    words: &str,
    number: &str,
    photo: Option<PhotoFacts>,
    narrowed: bool,
) -> Result<Hits, Problem> {
    let words: String = words.chars().take(CHARACTERS_MAX).collect();
    let number: String = number.chars().take(100).collect();
    if words.is_empty() && number.is_empty() && photo.is_none() {
        return Ok(Hits::default());
    }
    let given = |kind: IdentifierKind| GivenIdentifier {
        kind,
        value: number.clone(),
    };
    let description = Description {
        title: words.clone(),
        text: words,
        identifiers: KINDS.into_iter().filter(|_| !number.is_empty()).map(given).collect(),
        ..Description::default()
    };
    let photos: Vec<PhotoFacts> = photo.into_iter().collect();
    let engine = std::sync::Arc::clone(&app.engine);
    let searched = tokio::task::spawn_blocking(move || {
        let query: Record = listing_record(Uuid::nil(), None, &description, &photos);
        let mut items = found(&engine.search(&query)?, ItemId);
        // Most of a register is at home: of what the police look for, more is asked in any case.
        let more = engine.search_words(&query, if narrowed { WORDS_MAX } else { ITEMS_MAX })?;
        let mut cut = narrowed && more.len() == WORDS_MAX;
        add(&mut items, more.into_iter().map(ItemId));
        let query: Record = item_record(Uuid::nil(), None, &description, &photos);
        let mut listings = found(&engine.search(&query)?, ListingId);
        if narrowed {
            let more = engine.search_words(&query, WORDS_MAX)?;
            cut |= more.len() == WORDS_MAX;
            add(&mut listings, more.into_iter().map(ListingId));
        }
        Ok::<_, replevin_index::EngineError>(Hits {
            items,
            listings,
            asked: true,
            cut,
        })
    });
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "the search failed");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "search", "the search failed; try again")
    };
    let searched = searched.await.map_err(|error| failed(&error))?;
    searched.map_err(|error| failed(&error))
}

/// Conditions that find nothing whatever there is, which must not look like an answer: the field, and why.
pub(in crate::http) fn finds_nothing(
    number: &str,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let short = (1..NUMBER_CHARS_MIN).contains(&number.trim().chars().count());
    let backwards = from.zip(to).is_some_and(|(from, to)| from >= to);
    let number = short.then_some(("number", "give at least four characters of the number"));
    number
        .into_iter()
        .chain(backwards.then_some(("to", "the last day comes before the first")))
}

/// Hits with how each was found.
fn found<T>(hits: &[Hit], id: fn(Uuid) -> T) -> Vec<(T, String)> {
    hits.iter().map(|hit| (id(hit.id), how(hit))).collect()
}

/// Adds, behind what was found otherwise, what the words find.
fn add<T: Copy + Eq + Hash>(found: &mut Vec<(T, String)>, more: impl Iterator<Item = T>) {
    let known: HashSet<T> = found.iter().map(|(id, _)| *id).collect();
    found.extend(more.filter(|id| !known.contains(id)).map(|id| (id, WORDS.to_owned())));
}

/// The seller that is meant by the number of a report, `SR-12` or `12`, or by a partner's short name and what it calls the seller,
/// `nordlys/u-8841`; nothing of nothing.
pub(in crate::http) async fn seller(app: &App, text: &str) -> Result<Option<SoughtSeller>, SellerUnclear> {
    let Some((partner, reference)) = text.trim().split_once('/') else {
        return match report_number(text) {
            Ok(number) => Ok(number.map(SoughtSeller::OfReport)),
            Err(_) => Err(SellerUnclear::Form),
        };
    };
    let slug: Slug = partner.trim().parse().map_err(|_| SellerUnclear::Form)?;
    let partner = app.store.read(move |reader| reader.partner_by_slug(&slug)).await;
    let partner = partner.map_err(SellerUnclear::Store)?.ok_or(SellerUnclear::Partner)?;
    let key = app.intake.seller_key(partner.id, reference.trim());
    Ok(Some(SoughtSeller::Key(key)))
}

/// Why it is not clear which seller is meant.
#[derive(Debug, thiserror::Error)]
pub(in crate::http) enum SellerUnclear {
    /// It is neither.
    #[error("give a report's number, such as SR-12, or a partner and its reference, such as nordlys/u-8841")]
    Form,
    /// There is no such partner.
    #[error("there is no partner of that short name")]
    Partner,
    /// It could not be looked up.
    #[error(transparent)]
    Store(StoreError),
}

/// The number of a report as people write it: `SR-12`, `sr-12` or `12`; nothing of nothing.
pub(in crate::http) fn report_number(text: &str) -> Result<Option<u64>, ParseIntError> {
    let text = text.trim();
    let prefixed = text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("SR-"));
    match if prefixed { &text[3..] } else { text } {
        "" if !prefixed => Ok(None),
        digits => digits.parse().map(Some),
    }
}

/// What the index finds.
#[derive(Debug, Default)]
pub(in crate::http) struct Hits {
    /// Items and how each was found, best first.
    pub(in crate::http) items: Vec<(ItemId, String)>,
    /// Listings, likewise.
    pub(in crate::http) listings: Vec<(ListingId, String)>,
    /// Whether the index was asked at all.
    pub(in crate::http) asked: bool,
    /// The words find more than is looked through.
    pub(in crate::http) cut: bool,
}

/// By what something was found.
fn how(hit: &Hit) -> String {
    let mut parts = Vec::new();
    if let Some(number) = hit.identifiers.first() {
        let found = &number.found.identifier.normalised;
        parts.push(match number.distance.slips() {
            0 if number.distance.look_alikes == 0 => format!("number {found}"),
            0 => format!("number {found}, but for look-alike characters"),
            1 => format!("number {found}, one slip away"),
            slips => format!("number {found}, {slips} slips away"),
        });
    }
    if let Some(photo) = hit.photos.first() {
        let differ = photo.comparison.pdq_bits;
        parts.push(format!("photo: the pictures differ in {differ} of 256 measured features"));
    }
    if let Some(part) = hit.parts.first() {
        let alike = part.comparison.inliers;
        parts.push(format!("photo: {alike} details of the picture at the same places"));
    }
    if parts.is_empty() {
        parts.push(WORDS.to_owned());
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_named_by_its_number_and_nothing_else() {
        for (text, number) in [
            ("", None),
            (" ", None),
            ("12", Some(12)),
            ("SR-12", Some(12)),
            (" sr-7 ", Some(7)),
        ] {
            assert_eq!(report_number(text), Ok(number), "{text:?}");
        }
        for text in ["SR-", "SR-x", "u-8841", "-3", "SR-SR-1", "1.5", "æøå", "SR"] {
            assert!(report_number(text).is_err(), "{text:?}");
        }
    }
}
