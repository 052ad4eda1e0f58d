//! From a decoded, upright picture to its fingerprint, and how near two fingerprints are.
//!
//! Owns the one path that both sides take for ever (another path is another [`FINGERPRINT_VERSION`]) and the compact form
//! that is stored. The PDQ hash uses every pixel of the picture at its full size; nothing is scaled down before. Colour
//! profiles are ignored. Leaves decoding to [`decode`](super::decode).

use image::RgbImage;

use super::reduce::{Scaling, Window, bands};
use super::{Dihedral, FINGERPRINT_VERSION, Hash256, HashPair, PhotoComparison, PhotoFingerprint, border, pdq, second};

/// Why stored bytes are no fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    /// It was made by another version of the path; the picture must be read again.
    #[error("fingerprint of version {found}, expected {FINGERPRINT_VERSION}")]
    Version {
        /// The version it was made by.
        found: u16,
    },
    /// The bytes were cut, changed or are something else.
    #[error("damaged fingerprint of {bytes} bytes")]
    Damaged {
        /// How many bytes were given.
        bytes: usize,
    },
}

/// Bytes before the hashes: version (little endian), quality, number of hash sets.
const HEAD_BYTES: usize = 4;
/// Bytes of the hashes of eight forms.
const SET_BYTES: usize = 8 * 64;

/// The fingerprint of a picture that stands upright already.
#[must_use]
pub fn fingerprint(picture: &RgbImage) -> PhotoFingerprint {
    let (full, quality) = hash_window(picture, Window::whole(picture));
    let trimmed = border::inside(picture).map(|window| hash_window(picture, window).0);
    PhotoFingerprint {
        version: FINGERPRINT_VERSION,
        quality,
        full,
        trimmed,
    }
}

/// How near two photos are: the least PDQ distance between the registered picture as it is and the offered one in each of its
/// eight forms, either of them with or without its border. The roles are fixed by side, not by who asked, so a pair is
/// judged the same whichever came second. [`PhotoComparison::form`] is how the *offered* picture has to be turned. Between
/// equally near forms the second hash decides, then the untrimmed picture.
#[must_use]
pub fn compare(registered: &PhotoFingerprint, offered: &PhotoFingerprint) -> PhotoComparison {
    let mut nearest = PhotoComparison {
        pdq_bits: 257,
        second_bits: 257,
        form: Dihedral::Upright,
        trimmed: false,
    };
    for (ours, ours_trimmed) in sets(registered) {
        for (theirs, theirs_trimmed) in sets(offered) {
            for (form, pair) in Dihedral::ALL.into_iter().zip(theirs) {
                let pdq_bits = ours[0].pdq.distance_bits(&pair.pdq);
                let second_bits = ours[0].second.distance_bits(&pair.second);
                if (pdq_bits, second_bits) < (nearest.pdq_bits, nearest.second_bits) {
                    nearest = PhotoComparison {
                        pdq_bits,
                        second_bits,
                        form,
                        trimmed: ours_trimmed || theirs_trimmed,
                    };
                }
            }
        }
    }
    nearest
}

impl PhotoFingerprint {
    /// A compact form for storage: 516 bytes, or 1,028 with a trimmed picture.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let sets = 1 + u8::from(self.trimmed.is_some());
        let mut bytes = Vec::with_capacity(HEAD_BYTES + usize::from(sets) * SET_BYTES);
        bytes.extend(self.version.to_le_bytes());
        bytes.extend([self.quality, sets]);
        for (set, _) in self::sets(self) {
            for pair in set {
                bytes.extend(pair.pdq.0);
                bytes.extend(pair.second.0);
            }
        }
        bytes
    }

    /// Reads what [`PhotoFingerprint::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the version is another one, or the bytes are not a whole fingerprint.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FingerprintError> {
        let damaged = FingerprintError::Damaged { bytes: bytes.len() };
        let Some((&[low, high, quality, sets], hashes)) = bytes.split_first_chunk::<HEAD_BYTES>() else {
            return Err(damaged);
        };
        let version = u16::from_le_bytes([low, high]);
        if version != FINGERPRINT_VERSION {
            return Err(FingerprintError::Version { found: version });
        }
        let (full, trimmed) = match (hashes.as_chunks::<SET_BYTES>(), sets) {
            (([full], []), 1) => (full, None),
            (([full, trimmed], []), 2) => (full, Some(trimmed)),
            _ => return Err(damaged),
        };
        Ok(Self {
            version,
            quality,
            full: read_set(full),
            trimmed: trimmed.map(read_set),
        })
    }
}

fn hash_window(picture: &RgbImage, window: Window) -> ([HashPair; 8], u8) {
    let [forwards, backwards] = pdq::ROWS;
    let bands = bands(picture, window, [forwards, backwards, Scaling::Averaged]);
    let squares = pdq::Squares::of(&bands);
    let (pdq, second) = (squares.hashes(), second::hashes(&bands.square(2, Scaling::Averaged)));
    let pairs = std::array::from_fn(|form| HashPair {
        pdq: pdq[form],
        second: second[form],
    });
    (pairs, pdq::quality(&squares.upright))
}

/// The hash sets of a fingerprint, and whether each is of the trimmed picture.
fn sets(fingerprint: &PhotoFingerprint) -> impl Iterator<Item = (&[HashPair; 8], bool)> {
    [(&fingerprint.full, false)]
        .into_iter()
        .chain(fingerprint.trimmed.iter().map(|set| (set, true)))
}

fn read_set(bytes: &[u8; SET_BYTES]) -> [HashPair; 8] {
    let hashes = bytes.as_chunks::<32>().0;
    std::array::from_fn(|form| HashPair {
        pdq: Hash256(hashes[2 * form]),
        second: Hash256(hashes[2 * form + 1]),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::imageops;
    use proptest::prelude::*;

    use super::super::testing::{blobs, framed, jpeg};
    use super::*;

    /// As a seller would send it: compressed once more.
    fn sent(picture: &RgbImage) -> PhotoFingerprint {
        fingerprint(&image::load_from_memory(&jpeg(picture, 60)).unwrap().into_rgb8())
    }

    #[test]
    fn finds_the_same_picture_turned_mirrored_and_framed() {
        let picture = blobs(400, 533, 31);
        let registered = fingerprint(&picture);
        let mirrored = imageops::flip_horizontal(&picture);
        let cases = [
            ("compressed", picture.clone(), Dihedral::Upright, false),
            ("small", imageops::thumbnail(&picture, 120, 160), Dihedral::Upright, false),
            ("mirrored", mirrored.clone(), Dihedral::Mirrored, false),
            ("upside down", imageops::flip_vertical(&picture), Dihedral::Flipped, false),
            ("quarter turn", imageops::rotate90(&picture), Dihedral::Turned270, false),
            ("half turn", imageops::rotate180(&picture), Dihedral::Turned180, false),
            ("three quarters", imageops::rotate270(&picture), Dihedral::Turned90, false),
            (
                "transposed",
                imageops::flip_horizontal(&imageops::rotate90(&picture)),
                Dihedral::Transposed,
                false,
            ),
            (
                "transversed",
                imageops::flip_vertical(&imageops::rotate90(&picture)),
                Dihedral::Transversed,
                false,
            ),
            ("frame", framed(&picture, 40, 40, [255; 3]), Dihedral::Upright, true),
            ("bars", framed(&picture, 67, 0, [0; 3]), Dihedral::Upright, true),
            (
                "mirrored in a frame",
                framed(&mirrored, 40, 40, [255; 3]),
                Dihedral::Mirrored,
                true,
            ),
        ];
        for (what, offered, form, trimmed) in cases {
            let found = compare(&registered, &sent(&offered));
            assert!(found.pdq_bits <= 31, "{what}: {found:?}");
            assert!(found.second_bits <= 31, "{what}: {found:?}");
            assert_eq!((found.form, found.trimmed), (form, trimmed), "{what}");
        }
    }

    #[test]
    fn finds_a_framed_registered_picture() {
        let picture = blobs(400, 533, 32);
        let found = compare(
            &sent(&framed(&picture, 40, 40, [255; 3])),
            &sent(&imageops::rotate90(&picture)),
        );
        assert!(found.pdq_bits <= 31 && found.trimmed, "{found:?}");
    }

    #[test]
    fn different_pictures_are_far_apart() {
        let prints: Vec<_> = (40..52).map(|seed| fingerprint(&blobs(240, 320, seed))).collect();
        for (place, one) in prints.iter().enumerate() {
            for other in &prints[place + 1..] {
                let found = compare(one, other);
                assert!(found.pdq_bits > 64, "{found:?}");
            }
        }
    }

    #[test]
    fn another_version_is_refused() {
        let mut bytes = fingerprint(&blobs(64, 64, 33)).to_bytes();
        assert_eq!(bytes.len(), 516);
        bytes[0] = 0xFE;
        assert_eq!(
            PhotoFingerprint::from_bytes(&bytes),
            Err(FingerprintError::Version { found: 0xFE })
        );
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let bytes = fingerprint(&framed(&blobs(200, 200, 34), 20, 20, [0; 3])).to_bytes();
        assert_eq!(bytes.len(), 1028);
        for length in [0, 3, 4, 515, 516, 1027] {
            assert_eq!(
                PhotoFingerprint::from_bytes(&bytes[..length]),
                Err(FingerprintError::Damaged { bytes: length })
            );
        }
    }

    prop_compose! {
        fn any_set()(bytes in proptest::collection::vec(any::<u8>(), SET_BYTES)) -> [HashPair; 8] {
            read_set(bytes.first_chunk().unwrap())
        }
    }

    proptest! {
        #[test]
        fn stored_fingerprints_come_back(quality in 0..=100u8, full in any_set(), trimmed in proptest::option::of(any_set())) {
            let print = PhotoFingerprint { version: FINGERPRINT_VERSION, quality, full, trimmed };
            prop_assert_eq!(PhotoFingerprint::from_bytes(&print.to_bytes()), Ok(print));
        }

        #[test]
        fn strange_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..1100)) {
            let _ = PhotoFingerprint::from_bytes(&bytes);
        }
    }
}
