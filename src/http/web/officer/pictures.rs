//! The photos of both sides: the pair that agrees first, then all others, those that were there once among them.

use axum::extract::Query;
use axum::http::Uri;
use replevin_index::identifier::FoundIdentifier;
use serde::Deserialize;

use crate::casework::views::ReportView;
use crate::domain::assessment::{Assessment, Comparison};
use crate::domain::listing::{ListingPhoto, PhotoState};
use crate::domain::photo::{ContentHash, Photo, PhotoSide};
use crate::http::web::words;
use crate::matching::project::PhotoFacts;
use crate::store::{Reader, StoreError};

/// So many circles side by side fill the longer side of a photo.
const CIRCLES_ACROSS: u32 = 36;

/// Which two photos are to stand beside each other, by their numbers from 1; none: those that agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    ours: Option<usize>,
    theirs: Option<usize>,
}

impl Chosen {
    /// What an address says; nothing where it says nothing that can be used.
    pub(super) fn of(uri: &Uri) -> Self {
        Query::try_from_uri(uri).map(|Query(chosen)| chosen).unwrap_or_default()
    }
}

/// The photos of an item beside those of a listing.
pub(super) struct Pictures {
    /// The one to look at first: the one that was chosen or agrees with the listing's, else the first.
    pub(super) registered: Option<Picture>,
    pub(super) offered: Option<Picture>,
    pub(super) more_registered: Vec<Picture>,
    pub(super) more_offered: Vec<Picture>,
    /// What became of the listing's photos that are not here, a sentence each.
    pub(super) missing: Vec<String>,
    /// Whether the two large photos are the pair that was compared.
    pub(super) paired: bool,
    /// Whether they are others, which the viewer chose.
    pub(super) chosen: bool,
    /// How many corners are drawn on each of the two.
    pub(super) corners: usize,
}

/// One photo.
pub(super) struct Picture {
    /// Its number among those of its side, from 1.
    pub(super) number: usize,
    pub(super) sha256: String,
    pub(super) alt: String,
    pub(super) caption: String,
    /// Where the corners lie that both photos of the pair show.
    pub(super) corners: Option<Corners>,
}

/// Corners to be drawn over a photo, in its pixels.
pub(super) struct Corners {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Radius of the circles.
    pub(super) radius: u32,
    pub(super) marks: Vec<Corner>,
}

/// A corner; the same number marks the same corner in the other photo.
pub(super) struct Corner {
    pub(super) number: usize,
    pub(super) x: u32,
    pub(super) y: u32,
}

/// A photo, and what was read from it.
struct Known {
    sha256: ContentHash,
    photo: Option<Photo>,
    numbers: Vec<FoundIdentifier>,
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
            Ok::<_, StoreError>(Known {
                sha256,
                photo: reader.photo(sha256)?,
                numbers: reader.photo_numbers(sha256)?,
            })
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

    /// What matching reads from the item's photos and from the listing's.
    pub(super) fn of_sides(&self) -> [Vec<PhotoFacts>; 2] {
        [&self.item, &self.listing].map(|side| {
            let known = side
                .shown
                .iter()
                .filter_map(|known| Some((known.photo.as_ref()?, &known.numbers)));
            known
                .map(|(photo, numbers)| PhotoFacts {
                    fingerprint: photo.fingerprint.clone(),
                    features: photo.features.clone(),
                    body_serial: photo.body_serial.clone(),
                    lens_serial: photo.lens_serial.clone(),
                    numbers: numbers.clone(),
                })
                .collect()
        })
    }
}

impl Pictures {
    pub(super) fn of(view: &ReportView, facts: &Facts, chosen: Chosen) -> Self {
        let (ours, theirs) = compared_pair(&view.report.assessment, facts);
        let paired = ours.is_some() && theirs.is_some();
        let place = |number: Option<usize>, of: &Side, compared: Option<usize>| {
            let place = number.and_then(|number| number.checked_sub(1));
            place.filter(|place| *place < of.shown.len() + of.gone.len()).or(compared)
        };
        let wanted = (
            place(chosen.ours, &facts.item, ours),
            place(chosen.theirs, &facts.listing, theirs),
        );
        let chosen = wanted != (ours, theirs);
        let paired = paired && !chosen;
        let mut registered = pictures(&facts.item, "registered item", "given by the owner");
        let mut offered = pictures(&facts.listing, "listing", "received");
        let corners = shared_corners(&view.report.assessment);
        if let (Some(ours), Some(theirs), true) = (ours, theirs, paired) {
            let drawn = |side: &Side, at: usize, places: [usize; 2]| {
                let known = side.shown.iter().chain(&side.gone).nth(at)?;
                known.photo.as_ref().and_then(|photo| Corners::of(photo, &corners, places))
            };
            registered[ours].corners = drawn(&facts.item, ours, [0, 1]);
            offered[theirs].corners = drawn(&facts.listing, theirs, [2, 3]);
        }
        Self {
            registered: taken(&mut registered, wanted.0),
            offered: taken(&mut offered, wanted.1),
            more_registered: registered,
            more_offered: offered,
            missing: view.listing.photos.iter().filter_map(missing).collect(),
            paired,
            chosen,
            corners: if paired { corners.len() } else { 0 },
        }
    }
}

/// Why a photo that the listing names is not here; nothing of one that is.
fn missing(photo: &ListingPhoto) -> Option<String> {
    let number = photo.number;
    let from = photo.url.as_ref().and_then(url::Url::host_str);
    let from = from.map(|host| format!(" from {host}")).unwrap_or_default();
    match &photo.state {
        PhotoState::Held { .. } => None,
        PhotoState::Failed { error } => Some(words::sentence(&format!(
            "photo {number} could not be fetched{from} and is given up: {error}"
        ))),
        PhotoState::Pending { attempts, error } => {
            let tries = match attempts {
                0 => String::new(),
                1 => "; one try failed".to_owned(),
                several => format!("; {several} tries failed"),
            };
            let why = error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            Some(words::sentence(&format!(
                "photo {number} is still to be fetched{from}{tries}{why}"
            )))
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

/// The corners that the photo evidence says both photos show: across and down in shares of the registered photo, then of the
/// listing's. None when the pictures agree as a whole.
fn shared_corners(assessment: &Assessment) -> Vec<[f64; 4]> {
    let mut evidence = assessment.evidence.iter();
    let photo = evidence.find(|evidence| evidence.comparison == Comparison::Photo);
    let points = photo.and_then(|evidence| evidence.detail.get("points"));
    points.and_then(|points| Vec::deserialize(points).ok()).unwrap_or_default()
}

impl Corners {
    /// Over a photo; `places` are those of its shares in each corner.
    fn of(photo: &Photo, corners: &[[f64; 4]], [across, down]: [usize; 2]) -> Option<Self> {
        let (width, height) = (photo.width, photo.height);
        // A share of the photo's side, which is far below what 32 bits hold.
        let pixel = |share: f64, side: u32| (share.clamp(0.0, 1.0) * f64::from(side)).round() as u32;
        let marks = corners.iter().zip(1..).map(|(corner, number)| Corner {
            number,
            x: pixel(corner[across], width),
            y: pixel(corner[down], height),
        });
        let radius = (width.max(height) / CIRCLES_ACROSS).max(1);
        (!corners.is_empty()).then(|| Self {
            width,
            height,
            radius,
            marks: marks.collect(),
        })
    }
}

fn pictures(side: &Side, whose: &str, how: &str) -> Vec<Picture> {
    let of = side.shown.len();
    let shown = side.shown.iter().enumerate().map(|(at, known)| {
        let number = at + 1;
        Picture {
            number,
            sha256: known.sha256.to_string(),
            alt: format!("Photo {number} of {of} of the {whose}"),
            caption: format!("Photo {number} of {of}{}", read_from(known, how)),
            corners: None,
        }
    });
    let gone = side.gone.iter().zip(of + 1..).map(|(known, number)| Picture {
        number,
        sha256: known.sha256.to_string(),
        alt: format!("Photo that the {whose} no longer shows"),
        caption: format!("Kept as evidence; the {whose} no longer shows it{}", read_from(known, how)),
        corners: None,
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
