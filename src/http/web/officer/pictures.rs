//! The photos of both sides: the pair that agrees first, then all others, those that were there once among them.

use crate::casework::views::ReportView;
use crate::domain::assessment::{Assessment, Comparison};
use crate::domain::listing::PhotoState;
use crate::domain::photo::{ContentHash, Photo, PhotoSide};
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

/// A photo, and what was read from it.
struct Known {
    sha256: ContentHash,
    photo: Option<Photo>,
}

/// What was read from the photos of both sides, in their order.
#[derive(Default)]
pub(super) struct Facts {
    item: Side,
    listing: Side,
}

/// One side's photos.
#[derive(Default)]
struct Side {
    /// What it shows.
    shown: Vec<Known>,
    /// What the evidence rests on and the side shows no more.
    gone: Vec<Known>,
}

impl Side {
    fn shows(&self, sha256: ContentHash) -> bool {
        self.shown.iter().chain(&self.gone).any(|known| known.sha256 == sha256)
    }

    fn position(&self, sha256: ContentHash) -> Option<usize> {
        let mut all = self.shown.iter().chain(&self.gone);
        all.position(|known| known.sha256 == sha256)
    }
}

impl Facts {
    /// Reads what is known of each photo that the view shows.
    pub(super) fn read(reader: &Reader<'_>, view: &ReportView) -> Result<Self, StoreError> {
        let known = |sha256: ContentHash| {
            let photo = reader.photo(sha256)?;
            Ok::<_, StoreError>(Known { sha256, photo })
        };
        let mut facts = Self::default();
        for photo in &view.item.photos {
            facts.item.shown.push(known(photo.sha256)?);
        }
        for photo in &view.listing.photos {
            if let PhotoState::Held { sha256 } = photo.state {
                facts.listing.shown.push(known(sha256)?);
            }
        }
        for photo in &view.evidence_photos {
            let side = match photo.side {
                PhotoSide::Item => &mut facts.item,
                PhotoSide::Listing => &mut facts.listing,
            };
            if !side.shows(photo.sha256) {
                side.gone.push(known(photo.sha256)?);
            }
        }
        Ok(facts)
    }

    /// What matching reads from the listing's photos.
    pub(super) fn of_listing(&self) -> Vec<PhotoFacts> {
        let known = self.listing.shown.iter().filter_map(|known| known.photo.as_ref());
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
        let (ours, theirs) = compared_pair(&view.report.assessment, facts);
        let paired = ours.is_some() && theirs.is_some();
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

/// Where the two photos that agree best stand among those of their sides. By their bytes: the places are those of then.
/// Assessments from before the evidence named the bytes have the places alone.
fn compared_pair(assessment: &Assessment, facts: &Facts) -> (Option<usize>, Option<usize>) {
    if let Some([ours, theirs]) = assessment.photo_pairs().first() {
        return (facts.item.position(ours.sha256), facts.listing.position(theirs.sha256));
    }
    let mut evidence = assessment.evidence.iter();
    let photo = evidence.find(|evidence| evidence.comparison == Comparison::Photo);
    let place = |name: &str| {
        let number = usize::try_from(photo?.detail.get(name)?.as_u64()?).ok()?;
        number.checked_sub(1)
    };
    (place("registered_photo"), place("listing_photo"))
}

fn pictures(side: &Side, whose: &str, how: &str) -> Vec<Picture> {
    let of = side.shown.len();
    let shown = side.shown.iter().enumerate().map(|(at, known)| {
        let number = at + 1;
        Picture {
            sha256: known.sha256.to_string(),
            alt: format!("Photo {number} of {of} of the {whose}"),
            caption: format!("Photo {number} of {of}{}", read_from(known, how)),
        }
    });
    let gone = side.gone.iter().map(|known| Picture {
        sha256: known.sha256.to_string(),
        alt: format!("Photo that the {whose} no longer shows"),
        caption: format!("Kept as evidence; the {whose} no longer shows it{}", read_from(known, how)),
    });
    shown.chain(gone).collect()
}

fn read_from(known: &Known, how: &str) -> String {
    let Some(photo) = &known.photo else { return String::new() };
    let (width, height) = (photo.width, photo.height);
    let camera = photo.body_serial.as_ref().map(|serial| format!(", camera number {serial}"));
    format!(
        ", {how} {}, {width} × {height} pixels{}",
        words::instant(photo.created_at),
        camera.unwrap_or_default()
    )
}

/// Takes out the picture at a place, else the first.
fn taken(pictures: &mut Vec<Picture>, at: Option<usize>) -> Option<Picture> {
    if pictures.is_empty() {
        return None;
    }
    let at = at.filter(|at| *at < pictures.len()).unwrap_or(0);
    Some(pictures.remove(at))
}
