//! What the index finds for an officer's search: for the page and the API alike. What of it they may see is `casework`'s.

use axum::http::StatusCode;
use replevin_index::identifier::IdentifierKind;
use replevin_index::{Hit, Record};
use uuid::Uuid;

use crate::app::App;
use crate::domain::description::{Description, GivenIdentifier};
use crate::domain::ids::{ItemId, ListingId};
use crate::http::error::Problem;
use crate::matching::project::{PhotoFacts, item_record, listing_record};

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
