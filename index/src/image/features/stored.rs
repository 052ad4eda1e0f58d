//! The compact form of features in which they are stored.
//!
//! Owns the layout: version, width and height of the working picture and the number of points (two bytes each, little
//! endian), then 38 bytes a point: across, down (two bytes each), direction, level, 32 bytes of description, then the thumbnail.

use super::describe::{DIRECTIONS, Descriptor};
use super::likeness::THUMBNAIL_SIDE;
use super::plane::{LEVELS, SIDE};
use super::{FEATURES_VERSION, Features, Point, STEPS};

const HEAD_BYTES: usize = 8;
const POINT_BYTES: usize = 38;
const THUMBNAIL_BYTES: usize = THUMBNAIL_SIDE * THUMBNAIL_SIDE;

/// Why stored bytes are no features.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeaturesError {
    /// They were made by another version of the path; the picture must be read again.
    #[error("features of version {found}, expected {FEATURES_VERSION}")]
    Version {
        /// The version they were made by.
        found: u16,
    },
    /// The bytes were cut, changed or are something else.
    #[error("damaged features of {bytes} bytes")]
    Damaged {
        /// How many bytes were given.
        bytes: usize,
    },
}

impl Features {
    /// The compact form for storage: 8 bytes, 38 a point, and 1,024 for the thumbnail.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + POINT_BYTES * self.points.len() + self.thumbnail.len());
        // Never more points than a query has.
        for part in [FEATURES_VERSION, self.width, self.height, self.points.len() as u16] {
            bytes.extend(part.to_le_bytes());
        }
        for point in &self.points {
            bytes.extend(point.x.to_le_bytes());
            bytes.extend(point.y.to_le_bytes());
            bytes.extend([point.direction, point.level]);
            point.descriptor.0.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
        }
        bytes.extend(&self.thumbnail);
        bytes
    }

    /// Reads what [`Features::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the version is another one, or the bytes are not whole features.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FeaturesError> {
        let damaged = FeaturesError::Damaged { bytes: bytes.len() };
        let Some((head, rest)) = bytes.split_first_chunk::<HEAD_BYTES>() else {
            return Err(damaged);
        };
        let [version, width, height, count] = words(head);
        if version != FEATURES_VERSION {
            return Err(FeaturesError::Version { found: version });
        }
        let Some((points, thumbnail)) = rest.split_at_checked(usize::from(count) * POINT_BYTES) else {
            return Err(damaged);
        };
        let features = Self {
            width,
            height,
            points: points.as_chunks().0.iter().map(read_point).collect(),
            thumbnail: thumbnail.to_vec(),
        };
        // A picture without pixels has neither points nor thumbnail.
        let bare = thumbnail.is_empty() && count == 0;
        let sound = (bare || thumbnail.len() == THUMBNAIL_BYTES) && u32::from(width.max(height)) <= SIDE;
        if !sound || features.points.iter().any(|point| !features.holds(point)) {
            return Err(damaged);
        }
        Ok(features)
    }

    fn holds(&self, point: &Point) -> bool {
        let within = |place: u16, side: u16| f32::from(place) < f32::from(side) * STEPS;
        let known = point.direction < DIRECTIONS && usize::from(point.level) < LEVELS;
        known && within(point.x, self.width) && within(point.y, self.height)
    }
}

fn words<const N: usize, const M: usize>(bytes: &[u8; N]) -> [u16; M] {
    let pairs = bytes.as_chunks::<2>().0;
    std::array::from_fn(|place| u16::from_le_bytes(pairs[place]))
}

fn read_point(bytes: &[u8; POINT_BYTES]) -> Point {
    let [x, y, _] = words(bytes);
    let mut descriptor = Descriptor::default();
    for (word, part) in descriptor.0.iter_mut().zip(bytes[6..].as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*part);
    }
    Point {
        x,
        y,
        direction: bytes[4],
        level: bytes[5],
        descriptor,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::testing::mosaic;
    use super::*;

    #[test]
    fn features_come_back_as_stored() {
        for count in [0, 1, 96] {
            let features = Features::extract(&mosaic(300, 200, 4)).strongest(count);
            let bytes = features.to_bytes();
            assert_eq!(bytes.len(), 8 + 38 * count + 1024);
            assert_eq!(Features::from_bytes(&bytes), Ok(features));
        }
        assert_eq!(Features::from_bytes(&Features::default().to_bytes()), Ok(Features::default()));
    }

    #[test]
    fn what_is_no_features_is_refused() {
        let sound = Features::extract(&mosaic(300, 200, 4)).strongest(3).to_bytes();
        let with = |place: usize, value: u8| {
            let mut bytes = sound.clone();
            bytes[place] = value;
            bytes
        };
        let bytes = sound.len();
        let cases = [
            ("version", with(0, 9), FeaturesError::Version { found: 9 }),
            (
                "cut",
                sound[..bytes - 1].to_vec(),
                FeaturesError::Damaged { bytes: bytes - 1 },
            ),
            (
                "a point less",
                sound[..bytes - 38].to_vec(),
                FeaturesError::Damaged { bytes: bytes - 38 },
            ),
            ("no head", sound[..7].to_vec(), FeaturesError::Damaged { bytes: 7 }),
            ("too wide", with(3, 0xFF), FeaturesError::Damaged { bytes }),
            ("outside", with(9, 0xFF), FeaturesError::Damaged { bytes }),
            ("direction", with(12, 64), FeaturesError::Damaged { bytes }),
            ("level", with(13, 8), FeaturesError::Damaged { bytes }),
        ];
        for (what, bytes, expected) in cases {
            assert_eq!(Features::from_bytes(&bytes), Err(expected), "{what}");
        }
    }

    proptest! {
        #[test]
        fn strange_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Features::from_bytes(&bytes);
        }
    }
}
