//! The photos of both sides: the pair that agrees first, then all others.

use crate::casework::views::ReportView;
use crate::domain::assessment::{Assessment, Comparison};
use crate::domain::listing::PhotoState;
use crate::domain::photo::{ContentHash, Photo};
use crate::http::web::words;
use crate::matching::project::PhotoFacts;
use crate::store::{Reader, StoreError};

/// The photos of an item beside those of a listing.
pub(super) struct Pictures {
    /// The one to look at first: the one that agrees with the listing's, else the first.
    pub(super) registered: Option<Picture>,
    pub(super) offered: Option<Picture>,
    pub(super) more_registered: Vec<Picture>,
    pub(super) more_offered: Vec<Picture>,
    /// How many of the listing's photos are not here yet or could not be had.
    pub(super) awaited: usize,
    pub(super) failed: usize,
    /// Whether the two large photos are the pair that was compared.
    pub(super) paired: bool,
}

/// One photo.
pub(super) struct Picture {
    pub(super) sha256: String,
    pub(super) alt: String,
    pub(super) caption: String,
}

/// What was read from the photos of both sides, in their order.
#[derive(Default)]
pub(super) struct Facts {
    item: Vec<(ContentHash, Option<Photo>)>,
    listing: Vec<(ContentHash, Option<Photo>)>,
}

impl Facts {
    /// Reads what is known of each photo that the view shows.
    pub(super) fn read(reader: &Reader<'_>, view: &ReportView) -> Result<Self, StoreError> {
        let mut facts = Self::default();
        for photo in &view.item.photos {
            facts.item.push((photo.sha256, reader.photo(photo.sha256)?));
        }
        for photo in &view.listing.photos {
            if let PhotoState::Held { sha256 } = photo.state {
                facts.listing.push((sha256, reader.photo(sha256)?));
            }
        }
        Ok(facts)
    }

    /// What matching reads from the listing's photos.
    pub(super) fn of_listing(&self) -> Vec<PhotoFacts> {
        let known = self.listing.iter().filter_map(|(_, photo)| photo.as_ref());
        known
            .map(|photo| PhotoFacts {
                fingerprint: photo.fingerprint.clone(),
                body_serial: photo.body_serial.clone(),
                lens_serial: photo.lens_serial.clone(),
            })
            .collect()
    }
}

impl Pictures {
    pub(super) fn of(view: &ReportView, facts: &Facts) -> Self {
        let (ours, theirs) = compared_pair(&view.report.assessment).unwrap_or((1, 1));
        let paired = compared_pair(&view.report.assessment).is_some();
        let mut registered = pictures(&facts.item, "registered item", "given by the owner");
        let mut offered = pictures(&facts.listing, "listing", "received");
        let awaited = |photo: &&crate::domain::listing::ListingPhoto| matches!(photo.state, PhotoState::Pending { .. });
        let failed = |photo: &&crate::domain::listing::ListingPhoto| matches!(photo.state, PhotoState::Failed { .. });
        Self {
            registered: taken(&mut registered, ours),
            offered: taken(&mut offered, theirs),
            more_registered: registered,
            more_offered: offered,
            awaited: view.listing.photos.iter().filter(awaited).count(),
            failed: view.listing.photos.iter().filter(failed).count(),
            paired,
        }
    }
}

/// The numbers, from 1, of the two photos that agree best.
fn compared_pair(assessment: &Assessment) -> Option<(usize, usize)> {
    let photo = assessment
        .evidence
        .iter()
        .find(|evidence| evidence.comparison == Comparison::Photo)?;
    let number = |name: &str| usize::try_from(photo.detail.get(name)?.as_u64()?).ok();
    Some((number("registered_photo")?, number("listing_photo")?))
}

fn pictures(photos: &[(ContentHash, Option<Photo>)], whose: &str, how: &str) -> Vec<Picture> {
    let of = photos.len();
    let one = |(at, (sha256, photo)): (usize, &(ContentHash, Option<Photo>))| {
        let number = at + 1;
        let facts = photo.as_ref().map(|photo| {
            let (width, height) = (photo.width, photo.height);
            let camera = photo.body_serial.as_ref().map(|serial| format!(", camera number {serial}"));
            format!(
                ", {how} {}, {width} × {height} pixels{}",
                words::instant(photo.created_at),
                camera.unwrap_or_default()
            )
        });
        Picture {
            sha256: sha256.to_string(),
            alt: format!("Photo {number} of {of} of the {whose}"),
            caption: format!("Photo {number} of {of}{}", facts.unwrap_or_default()),
        }
    };
    photos.iter().enumerate().map(one).collect()
}

fn taken(pictures: &mut Vec<Picture>, number: usize) -> Option<Picture> {
    if pictures.is_empty() {
        return None;
    }
    let at = number.saturating_sub(1);
    Some(pictures.remove(if at < pictures.len() { at } else { 0 }))
}
