//! What the index finds for an officer's search: for the page and the API alike. What of it they may see is `casework`'s.

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
use crate::http::error::Problem;
use crate::matching::project::{PhotoFacts, item_record, listing_record};
use crate::store::StoreError;

/// Characters of a text that are searched for.
const CHARACTERS_MAX: usize = 1000;
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

/// What the index finds on both sides; nothing when it is not asked by words, number or photo.
pub(in crate::http) async fn hits(app: &App, words: &str, number: &str, photo: Option<PhotoFacts>) -> Result<Hits, Problem> {
    let words: String = words.chars().take(CHARACTERS_MAX).collect();
    let number: String = number.chars().take(100).collect();
    if words.is_empty() && number.is_empty() && photo.is_none() {
        return Ok((Vec::new(), Vec::new(), false));
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
        let items = engine.search(&query)?;
        let query: Record = item_record(Uuid::nil(), None, &description, &photos);
        Ok::<_, replevin_index::EngineError>((items, engine.search(&query)?))
    });
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "the search failed");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "search", "the search failed; try again")
    };
    let searched = searched.await.map_err(|error| failed(&error))?;
    let (items, listings) = searched.map_err(|error| failed(&error))?;
    Ok((
        items.iter().map(|hit| (ItemId(hit.id), how(hit))).collect(),
        listings.iter().map(|hit| (ListingId(hit.id), how(hit))).collect(),
        true,
    ))
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

/// Ids and how each was found, items and listings, and whether the index was asked at all.
pub(in crate::http) type Hits = (Vec<(ItemId, String)>, Vec<(ListingId, String)>, bool);

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
        parts.push("words".to_owned());
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
