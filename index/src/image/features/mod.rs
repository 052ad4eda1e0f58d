//! Local features: what single corners of a photo look like and where they lie, so that a part of a picture is recognised
//! when the whole has changed (cropped, turned, framed, pasted into another).
//!
//! Owns extraction, the compact stored form, finding photos that share corners ([`index`]), proving that the shared corners
//! lie alike ([`verify`](mod@verify)) and finding the pictures within a picture ([`panels()`]). Leaves to its caller where the stored form
//! lies and what an agreement is worth.

use image::RgbImage;

mod buckets;
mod corners;
mod describe;
mod fit;
pub mod index;
mod likeness;
mod pairing;
pub mod panels;
mod pattern;
pub mod photo;
mod plane;
mod shown;
mod stored;
pub mod verify;
mod votes;

pub use describe::Descriptor;
pub use index::{Candidate, FeatureIndex};
pub use panels::{PANELS_MAX, Panel, panels};
pub use photo::{FORMS_MAX, PartComparison, PartPoint, PhotoFeatures, compare};
pub use stored::FeaturesError;
pub use verify::{Agreement, PointPair, verify};

use corners::Corner;
use plane::{LEVELS, Plane, shrink};

/// The version of the path from picture to features. Stored with them; features of another version cannot be compared and
/// must be extracted anew from the original bytes.
pub const FEATURES_VERSION: u16 = 1;
/// Most points that are extracted: what a query uses.
pub const QUERY_POINTS: usize = 500;
/// Points that are kept of a stored photo.
pub const STORED_POINTS: usize = 96;

/// Positions count this many steps a pixel of the working picture.
const STEPS: f32 = 64.0;

/// A described corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Across, in 64ths of a pixel of the working picture.
    x: u16,
    /// Down, likewise.
    y: u16,
    /// Direction in 64ths of a turn.
    direction: u8,
    /// On which level of the working picture it was found.
    level: u8,
    descriptor: Descriptor,
}

/// The corners of a photo, strongest and best spread first: a prefix is a good choice of fewer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Features {
    /// Size of the working picture, in pixels.
    width: u16,
    height: u16,
    points: Vec<Point>,
    /// The whole picture, very small; empty when there is none.
    thumbnail: Vec<u8>,
}

impl Features {
    /// Up to [`QUERY_POINTS`] points of a picture that stands upright already. None of a plain or tiny picture.
    #[must_use]
    pub fn extract(picture: &RgbImage) -> Self {
        Plane::working(picture).map_or_else(Self::default, |working| Self::of(&working, QUERY_POINTS))
    }

    /// The strongest `count` of the points that [`Features::extract`] finds, of a working picture. Only they are described.
    fn of(working: &Plane, count: usize) -> Self {
        let share: f32 = (0..LEVELS).map(|level| 1.0 / shrink(level)).sum();
        let mut ranked: Vec<(f32, usize, Corner)> = Vec::with_capacity(QUERY_POINTS + LEVELS);
        let mut smaller: Vec<Plane> = Vec::with_capacity(LEVELS);
        for level in 0..LEVELS {
            if level > 0 {
                smaller.push(smaller.last().unwrap_or(working).next_level());
            }
            let wanted = QUERY_POINTS as f32 / shrink(level) / share;
            let found = corners::corners(smaller.last().unwrap_or(working), wanted.ceil() as usize);
            ranked.extend(
                (0..)
                    .zip(found)
                    .map(|(rank, corner)| ((rank as f32 + 0.5) / wanted, level, corner)),
            );
        }
        ranked.sort_by(|(a, ..), (b, ..)| a.total_cmp(b));
        ranked.truncate(count.min(QUERY_POINTS));
        let planes = std::iter::once(working).chain(&smaller);
        let scales: Vec<Level> = planes.map(|plane| Level::of(plane, working)).collect();
        Self {
            // At most the side of the working picture.
            width: working.width as u16,
            height: working.height as u16,
            points: ranked
                .into_iter()
                .map(|(_, level, corner)| scales[level].point(level, corner))
                .collect(),
            thumbnail: likeness::thumbnail(working),
        }
    }

    /// How many points there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there is no point at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The features with at most `count` points: [`STORED_POINTS`] for what is stored.
    #[must_use]
    pub fn strongest(&self, count: usize) -> Self {
        Self {
            points: self.points[..count.min(self.points.len())].to_vec(),
            thumbnail: self.thumbnail.clone(),
            ..*self
        }
    }

    /// The features of the mirrored picture (left and right exchanged), without looking at it again.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let last = (f32::from(self.width.max(1) - 1) * STEPS) as u16;
        let points = self.points.iter().map(|point| Point {
            x: last.saturating_sub(point.x),
            direction: (describe::DIRECTIONS / 2).wrapping_sub(point.direction) % describe::DIRECTIONS,
            descriptor: point.descriptor.mirrored(),
            ..*point
        });
        Self {
            points: points.collect(),
            thumbnail: likeness::mirrored(&self.thumbnail),
            ..*self
        }
    }
}

impl Point {
    /// Where it lies, in pixels of the working picture.
    fn place(&self) -> [f32; 2] {
        [f32::from(self.x) / STEPS, f32::from(self.y) / STEPS]
    }
}

/// One size of the working picture, ready to be described.
struct Level {
    smoothed: Plane,
    /// How much larger the working picture is, across and down.
    scales: [f32; 2],
}

impl Level {
    fn of(plane: &Plane, working: &Plane) -> Self {
        Self {
            smoothed: plane.smoothed(),
            scales: [
                working.width as f32 / plane.width as f32,
                working.height as f32 / plane.height as f32,
            ],
        }
    }

    fn point(&self, level: usize, corner: Corner) -> Point {
        let (x, y) = (corner.x.round() as usize, corner.y.round() as usize);
        let direction = describe::direction(&self.smoothed, x, y);
        // Pixels are areas: their middles, not their corners, are what is scaled.
        let steps = |place: f32, scale: f32| (((place + 0.5) * scale - 0.5) * STEPS).round() as u16;
        let [across, down] = self.scales;
        Point {
            x: steps(corner.x, across),
            y: steps(corner.y, down),
            direction,
            level: level as u8,
            descriptor: describe::describe(&self.smoothed, x, y, direction),
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, imageops};

    use super::super::testing::{blobs, mosaic};
    use super::*;

    #[test]
    fn plain_and_tiny_pictures_have_no_points() {
        for (width, height) in [(0, 0), (1, 1), (900, 3), (400, 400)] {
            let plain = RgbImage::from_pixel(width, height, Rgb([120; 3]));
            assert!(Features::extract(&plain).is_empty(), "{width} × {height}");
        }
    }

    #[test]
    fn points_are_bounded_and_any_prefix_is_spread() {
        let features = Features::extract(&mosaic(640, 480, 3));
        assert_eq!(features.len(), QUERY_POINTS);
        let few = features.strongest(40);
        assert_eq!(few.len(), 40);
        for quarter in 0..4 {
            let inside = |point: &&Point| {
                let [x, y] = point.place();
                (x >= 256.0, y >= 192.0) == (quarter % 2 == 1, quarter / 2 == 1)
            };
            let count = few.points.iter().filter(inside).count();
            assert!((3..=20).contains(&count), "{count} of 40 in quarter {quarter}");
        }
    }

    #[test]
    fn mirroring_the_features_is_mirroring_the_picture() {
        let picture = blobs(400, 300, 11);
        let here = Features::extract(&picture).mirrored();
        let there = Features::extract(&imageops::flip_horizontal(&picture));
        let found = here.points.iter().filter(|point| {
            there.points.iter().any(|other| {
                let near = other.x.abs_diff(point.x) <= 64 && other.y.abs_diff(point.y) <= 64 && other.level == point.level;
                near && other.descriptor.distance_bits(&point.descriptor) <= 16
            })
        });
        let found = found.count();
        assert!(found * 10 >= here.len() * 9, "{found} of {}", here.len());
        assert_eq!(here.mirrored(), Features::extract(&picture));
    }
}
