//! The photos that a report's evidence rests on, as the police see them: kept whatever item and listing show since.

use super::views::item_view;
use crate::domain::photo::{ContentHash, EvidencePhoto, PhotoSide};
use crate::domain::report::Report;
use crate::store::{Reader, StoreError};

/// The photos that a report's evidence rests on or ever rested on; without the item's when the item is hidden.
pub(super) fn of(reader: &Reader<'_>, report: &Report, item_hidden: bool) -> Result<Vec<EvidencePhoto>, StoreError> {
    let mut photos = reader.report_photos(report.id)?;
    photos.retain(|photo| photo.side == PhotoSide::Listing || !item_hidden);
    Ok(photos)
}

/// Whether a report shows a photo: its item does, unhidden, its listing does or did, or its evidence rests on it.
pub(super) fn shows(reader: &Reader<'_>, report: &Report, sha256: ContentHash) -> Result<bool, StoreError> {
    let Some(item) = reader.item(report.item)?.map(item_view) else {
        return Ok(false);
    };
    let evidence = of(reader, report, item.hidden)?;
    Ok(item.photos.iter().any(|photo| photo.sha256 == sha256)
        || evidence.iter().any(|photo| photo.sha256 == sha256)
        || reader.listing_has_shown(report.listing, sha256)?)
}
