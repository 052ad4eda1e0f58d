//! From the barcodes in a picture to identifiers that name their source.

use replevin_index::identifier::{FoundIdentifier, FoundIn};
use replevin_index::image::barcode::{self, meaning};
use replevin_index::image::decode::GrayImage;

/// The numbers that the barcodes of a picture carry, each once.
#[must_use]
pub fn numbers(picture: &GrayImage, more: &dyn Fn() -> bool) -> Vec<FoundIdentifier> {
    let mut found: Vec<FoundIdentifier> = Vec::new();
    for carried in barcode::read(picture, more).iter().flat_map(meaning::numbers) {
        if found.iter().all(|other| other.identifier != carried.identifier) {
            found.push(FoundIdentifier {
                identifier: carried.identifier,
                found_in: FoundIn::Barcode,
                announced: carried.announced,
                photo: None,
            });
        }
    }
    found
}
