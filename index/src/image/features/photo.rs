//! What is kept of a photo's features: those of the whole picture and of each picture within it.
//!
//! Owns which forms a photo is found by, their bytes, and the comparison of two photos in fixed roles, so that whoever asks gets
//! the same answer. Leaves what an agreement is worth to the caller.

use image::RgbImage;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::index::INDEXED_POINTS;
use super::panels::{self, PANELS_MAX};
use super::plane::Plane;
use super::verify::{Agreement, INLIERS_FURTHER, Place, verify};
use super::{FEATURES_VERSION, Features, FeaturesError, STORED_POINTS};

/// Most forms of a photo: the whole and its panels.
pub const FORMS_MAX: usize = 1 + PANELS_MAX;
/// Points kept of the whole picture: what a query looks up.
const WHOLE_POINTS: usize = 300;
/// Points kept of each panel.
const PANEL_POINTS: usize = 200;
/// Bytes before each form: its area, and how many bytes follow.
const FORM_HEAD_BYTES: usize = 12;

/// The features of a photo and of the pictures within it. By default of none: such a photo is found by its hashes alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PhotoFeatures {
    forms: Vec<Form>,
}

/// The whole picture or a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    area: Area,
    features: Features,
}

/// Left, top, width and height, in 65,535ths of the picture.
type Area = [u16; 4];

const WHOLE: Area = [0, 0, u16::MAX, u16::MAX];

/// How one photo shows a part of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartComparison {
    /// Corners that lie alike in both.
    pub inliers: usize,
    /// How much the pictures look alike where they overlap, from -1 to 1.
    pub likeness: f32,
    /// Whether one is a mirror image of the other.
    pub mirrored: bool,
    /// Whether it is a picture within one of the photos that agrees, as in a collage.
    pub panel: bool,
    /// The corners that lie alike.
    pub points: Vec<PartPoint>,
}

/// The same corner in both photos: across and down, as shares of width and height of the upright photo.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PartPoint {
    /// In the registered photo.
    pub registered: Place,
    /// In the offered photo.
    pub offered: Place,
}

impl PhotoFeatures {
    /// Of a picture that stands upright already.
    #[must_use]
    pub fn extract(picture: &RgbImage) -> Self {
        let Some(working) = Plane::working(picture) else {
            return Self::default();
        };
        let mut forms = vec![Form {
            area: WHOLE,
            features: Features::of(&working, WHOLE_POINTS),
        }];
        let share = |part: u32, of: u32| (u64::from(part) * u64::from(u16::MAX) / u64::from(of.max(1))) as u16;
        let (width, height) = picture.dimensions();
        for panel in panels::within(working, [width, height]) {
            let Some(working) = Plane::working(&panel.cut_from(picture)) else {
                continue;
            };
            forms.push(Form {
                area: [
                    share(panel.x, width),
                    share(panel.y, height),
                    share(panel.width, width),
                    share(panel.height, height),
                ],
                features: Features::of(&working, PANEL_POINTS),
            });
        }
        forms.retain(|form| !form.features.is_empty());
        Self { forms }
    }

    /// The features of the whole picture and of each panel, at most [`FORMS_MAX`].
    pub fn forms(&self) -> impl ExactSizeIterator<Item = &Features> {
        self.forms.iter().map(|form| &form.features)
    }

    /// Whether there is no point in any form.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// With as many points as a [`FeatureIndex`](super::FeatureIndex) keeps.
    #[must_use]
    pub fn indexed(&self) -> Self {
        let forms = self.forms.iter().map(|form| Form {
            area: form.area,
            features: form.features.strongest(INDEXED_POINTS),
        });
        Self { forms: forms.collect() }
    }

    /// The form for storage: [`FEATURES_VERSION`] and the number of forms, then each form's area, length and bytes. Nothing at
    /// all for a photo without features.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.is_empty() {
            return bytes;
        }
        bytes.extend(FEATURES_VERSION.to_le_bytes());
        // At most FORMS_MAX.
        bytes.push(self.forms.len() as u8);
        for form in &self.forms {
            let features = form.features.to_bytes();
            form.area.iter().for_each(|part| bytes.extend(part.to_le_bytes()));
            bytes.extend((features.len() as u32).to_le_bytes());
            bytes.extend(features);
        }
        bytes
    }

    /// Reads what [`PhotoFeatures::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the version is another one, or the bytes are not whole features.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FeaturesError> {
        let damaged = || FeaturesError::Damaged { bytes: bytes.len() };
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let (version, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let found = u16::from_le_bytes(*version);
        if found != FEATURES_VERSION {
            return Err(FeaturesError::Version { found });
        }
        let (&count, mut rest) = rest.split_first().ok_or_else(damaged)?;
        if usize::from(count) > FORMS_MAX {
            return Err(damaged());
        }
        let mut forms = Vec::with_capacity(count.into());
        for _ in 0..count {
            let (head, after) = rest.split_first_chunk::<FORM_HEAD_BYTES>().ok_or_else(damaged)?;
            let (area, length) = head.split_at(8);
            let area = std::array::from_fn(|part| u16::from_le_bytes([area[2 * part], area[2 * part + 1]]));
            let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]);
            let (features, after) = after.split_at_checked(length as usize).ok_or_else(damaged)?;
            forms.push(Form {
                area,
                features: Features::from_bytes(features)?,
            });
            rest = after;
        }
        if rest.is_empty() { Ok(Self { forms }) } else { Err(damaged()) }
    }
}

/// Compares two photos, each form with each; the one with most corners that lie alike, `None` when none proves anything.
#[must_use]
pub fn compare(registered: &PhotoFeatures, offered: &PhotoFeatures) -> Option<PartComparison> {
    let is_panel = |ours: &Form, theirs: &Form| ours.area != WHOLE || theirs.area != WHOLE;
    let mut best: Option<(&Form, &Form, Agreement)> = None;
    for ours in &registered.forms {
        let stored = ours.features.strongest(STORED_POINTS);
        for theirs in &offered.forms {
            let Some(found) = verify(&theirs.features, &stored) else {
                continue;
            };
            if is_panel(ours, theirs) && !found.proves_with(INLIERS_FURTHER) {
                continue;
            }
            // The first of equals: the whole before the panels.
            if best.as_ref().is_none_or(|(.., known)| found.inliers > known.inliers) {
                best = Some((ours, theirs, found));
            }
        }
    }
    let (ours, theirs, found) = best?;
    let points = found.points.iter().map(|pair| PartPoint {
        registered: within(ours.area, pair.stored),
        offered: within(theirs.area, pair.query),
    });
    Some(PartComparison {
        inliers: found.inliers,
        likeness: found.likeness,
        mirrored: found.mirrored,
        panel: is_panel(ours, theirs),
        points: points.collect(),
    })
}

/// From shares of a panel to shares of the picture.
fn within(area: Area, place: Place) -> Place {
    let [x, y, width, height] = area.map(|part| f32::from(part) / f32::from(u16::MAX));
    [x + width * place[0], y + height * place[1]].map(|share| share.clamp(0.0, 1.0))
}

/// The bytes as hex digits.
impl Serialize for PhotoFeatures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for PhotoFeatures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = hex::decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)?;
        Self::from_bytes(&bytes).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::{Rgb, imageops};
    use proptest::prelude::*;

    use super::super::super::testing::blobs;
    use super::*;

    /// Four photos beside and above one another, parted by a white line.
    fn collage(seeds: [u64; 4]) -> RgbImage {
        let mut sheet = RgbImage::from_pixel(606, 606, Rgb([255; 3]));
        for (seed, (x, y)) in seeds.into_iter().zip([(0, 0), (306, 0), (0, 306), (306, 306)]) {
            imageops::replace(&mut sheet, &blobs(300, 300, seed), x, y);
        }
        sheet
    }

    #[test]
    fn a_photo_in_a_collage_is_found_in_its_place() {
        let registered = PhotoFeatures::extract(&blobs(300, 300, 5));
        let offered = PhotoFeatures::extract(&collage([1, 2, 5, 4]));
        assert_eq!(offered.forms().len(), 5);
        let found = compare(&registered, &offered).unwrap();
        assert!(found.panel && !found.mirrored && found.inliers == found.points.len());
        for point in &found.points {
            let [x, y] = point.registered;
            let expected = [x * 300.0 / 606.0, (306.0 + y * 300.0) / 606.0];
            let off = (expected[0] - point.offered[0])
                .abs()
                .max((expected[1] - point.offered[1]).abs());
            assert!(off < 0.02, "{point:?}");
        }
        assert!(compare(&offered, &registered).is_some(), "the owner's may be the collage");
        assert_eq!(compare(&PhotoFeatures::extract(&blobs(300, 300, 9)), &offered), None);
        assert_eq!(compare(&PhotoFeatures::default(), &offered), None);
    }

    #[test]
    fn features_come_back_as_stored() {
        let plain = PhotoFeatures::extract(&RgbImage::from_pixel(300, 300, Rgb([9; 3])));
        assert!(plain.is_empty() && plain.to_bytes().is_empty());
        for features in [plain, PhotoFeatures::extract(&collage([1, 2, 3, 4]))] {
            let bytes = features.to_bytes();
            assert_eq!(PhotoFeatures::from_bytes(&bytes), Ok(features.clone()));
            let json = serde_json::to_string(&features).unwrap();
            assert_eq!(serde_json::from_str::<PhotoFeatures>(&json).unwrap(), features);
            for cut in [1, 2, 3, 20, bytes.len().saturating_sub(1)] {
                assert!(bytes.is_empty() || PhotoFeatures::from_bytes(&bytes[..cut]).is_err(), "{cut}");
            }
        }
        let mut other = PhotoFeatures::extract(&blobs(200, 200, 1)).to_bytes();
        other[0] = 9;
        assert_eq!(PhotoFeatures::from_bytes(&other), Err(FeaturesError::Version { found: 9 }));
    }

    proptest! {
        #[test]
        fn strange_bytes_do_no_harm(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if bytes.len() > 1 {
                bytes[..2].copy_from_slice(&FEATURES_VERSION.to_le_bytes());
            }
            let _ = PhotoFeatures::from_bytes(&bytes);
        }
    }
}
