//! What a revision makes of the photos of a listing: no SQL, only which photo stands where, and which has to be fetched.

use url::Url;

use crate::domain::listing::{ListingPhoto, PhotoSource, PhotoState, Upload};
use crate::domain::photo::{ContentHash, PHOTOS_MAX};

/// What a revision makes of the photos of a listing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// All photos, by number.
    pub(super) photos: Vec<ListingPhoto>,
    /// Those that were held and are not shown any more.
    pub(super) superseded: Vec<(ListingPhoto, ContentHash)>,
    /// The numbers that have to be fetched.
    pub(super) fetch: Vec<u16>,
}

impl Plan {
    /// `keeps_uploads`: what was uploaded stays although nothing names it.
    pub(super) fn of(known: &[ListingPhoto], sources: &[PhotoSource], keeps_uploads: bool) -> Self {
        let mut plan = Self {
            photos: Vec::new(),
            superseded: Vec::new(),
            fetch: Vec::new(),
        };
        let mut left: Vec<&ListingPhoto> = known.iter().collect();
        for (number, source) in (1_u16..).zip(sources) {
            let Some(url) = &source.url else { continue };
            let same = (left.iter().enumerate()).filter(|(_, photo)| photo.url.as_ref() == Some(url));
            // Of several under one address the one that is what was announced, then the one that stands here.
            let best = same.min_by_key(|(_, photo)| (!is_as_announced(photo, source), photo.number != number));
            let photo = best.map(|(at, _)| at).map(|at| left.remove(at));
            plan.name(photo, number, url, source.sha256);
        }
        for photo in left {
            match (keeps_uploads && photo.upload.is_some(), &photo.state) {
                (true, PhotoState::Held { sha256 }) => plan.keep(photo, *sha256),
                _ => plan.supersede(photo),
            }
        }
        plan.photos.sort_by_key(|photo| photo.number);
        plan
    }

    /// Keeps an upload that no address names: at its number; under the address that is named there and has brought nothing yet, until
    /// it has; or at the next number that is free.
    fn keep(&mut self, photo: &ListingPhoto, sha256: ContentHash) {
        let there = self.photos.iter_mut().find(|other| other.number == photo.number);
        let number = match there {
            None => Some(photo.number),
            Some(named) if !matches!(named.state, PhotoState::Held { .. }) => {
                named.state = PhotoState::Held { sha256 };
                named.upload = Some(Upload::UntilFetched);
                return;
            }
            Some(_) => (1..=PHOTOS_MAX as u16).find(|number| self.photos.iter().all(|other| other.number != *number)),
        };
        match number {
            Some(number) => self.photos.push(ListingPhoto {
                number,
                url: None,
                expected: None,
                upload: Some(Upload::Stands),
                state: photo.state.clone(),
            }),
            None => self.supersede(photo),
        }
    }

    /// Puts a named address at a number: with what is known of it, or to be fetched.
    fn name(&mut self, known: Option<&ListingPhoto>, number: u16, url: &Url, expected: Option<ContentHash>) {
        let anew = PhotoState::Pending {
            attempts: 0,
            error: None,
        };
        let mut upload = known.and_then(|photo| photo.upload);
        let state = match known.map(|photo| (photo, &photo.state)) {
            Some((photo, state @ PhotoState::Held { sha256 })) => {
                if expected.is_none() || expected == photo.expected || expected == Some(*sha256) {
                    state.clone()
                } else if upload.is_some() {
                    // Other bytes are announced than were uploaded, which stay until those have come.
                    upload = Some(Upload::UntilFetched);
                    state.clone()
                } else {
                    self.supersede(photo);
                    anew
                }
            }
            Some((photo, state @ PhotoState::Pending { .. })) if photo.expected == expected => state.clone(),
            // A revision is the partner's word that it may be right now: what was given up is tried again.
            _ => anew,
        };
        // An effect that is under way for something else will not serve this.
        let waits_already = known.is_some_and(|photo| {
            (photo.number, photo.expected, photo.upload, &photo.state) == (number, expected, upload, &state)
        });
        let waits = matches!(state, PhotoState::Pending { .. }) || upload == Some(Upload::UntilFetched);
        if waits && !waits_already {
            self.fetch.push(number);
        }
        self.photos.push(ListingPhoto {
            number,
            url: Some(url.clone()),
            expected,
            upload,
            state,
        });
    }

    fn supersede(&mut self, photo: &ListingPhoto) {
        if let PhotoState::Held { sha256 } = photo.state {
            self.superseded.push((photo.clone(), sha256));
        }
    }
}

fn is_as_announced(photo: &ListingPhoto, source: &PhotoSource) -> bool {
    let held = match photo.state {
        PhotoState::Held { sha256 } => Some(sha256),
        PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
    };
    source.sha256 == photo.expected || (held.is_some() && held == source.sha256)
}
