//! Photos that share corners with a query, found without looking at every photo.
//!
//! Owns the table of stored corners and the votes. A corner is kept as a sketch of 128 of its 256 comparisons; four tables
//! file it by 32 of them each (locality-sensitive hashing; Indyk and Motwani, 1998), and a query looks into the bucket of its own
//! bits and, unless it is mirrored, of those with one bit flipped. A hit votes for the photo it belongs to; votes count when
//! they agree on how one picture lies on the other (as in Jégou, Douze and Schmid, "Hamming embedding and weak geometric
//! consistency", 2008). Leaves proof to [`verify`](super::verify()) and knows nothing of the full description.

use std::collections::HashMap;

use fearless_simd::{Level, Simd, dispatch};

use super::super::near::Posting;
use super::buckets::{Buckets, keep};
use super::votes::{Hit, Spot, votes};
use super::{Features, Point};

/// Points kept of each photo.
pub const INDEXED_POINTS: usize = 64;
/// Points of a query that are looked up.
const QUERIED_POINTS: usize = 300;
/// Sketches further apart are no hit, in bits of 128.
const NEAR_BITS: u32 = 16;
/// Agreeing votes that make a candidate.
const VOTES_MIN: u16 = 3;
const TABLES: usize = 4;

/// 128 of the comparisons, one word for each table.
type Sketch = [u32; TABLES];

/// A photo that may show a part of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The caller's number of the record.
    pub slot: u32,
    /// Which of the record's photos.
    pub photo_index: u16,
    /// Corners that agree on how the pictures lie on one another.
    pub votes: u16,
}

/// A mutable set of (slot, photo, features). About 3 KiB a photo: for each of its points a sketch of 16 bytes, a spot of 4, four links and two heads of 4.
#[derive(Debug, Clone, Default)]
pub struct FeatureIndex {
    /// [`INDEXED_POINTS`] for each photo, whether it has as many or not.
    sketches: Vec<Sketch>,
    spots: Vec<Spot>,
    tables: [Buckets; TABLES],
    photos: Vec<Photo>,
    /// Photos that were removed.
    free: Vec<u32>,
    photos_of_slot: HashMap<u32, Vec<u32>>,
}

#[derive(Debug, Clone, Copy)]
struct Photo {
    posting: Posting,
    points: u8,
}

impl FeatureIndex {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many photos are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.photos.len() - self.free.len()
    }

    /// Whether no photo is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Says that a photo of `slot` shows these points; what was known of this photo before is forgotten. Uses the first
    /// [`INDEXED_POINTS`].
    pub fn insert(&mut self, slot: u32, photo_index: u16, features: &Features) {
        let known = self.photos_of_slot.get(&slot).into_iter().flatten().copied();
        let same = known
            .into_iter()
            .find(|photo| self.photos[*photo as usize].posting.photo_index == photo_index);
        if let Some(photo) = same {
            self.forget(photo);
            self.photos_of_slot.entry(slot).or_default().retain(|kept| *kept != photo);
        }
        let points = &features.points[..features.points.len().min(INDEXED_POINTS)];
        let posting = Posting { slot, photo_index };
        let entry = Photo {
            posting,
            points: points.len() as u8,
        };
        let photo = self.place(entry);
        let first = photo as usize * INDEXED_POINTS;
        for (place, point) in (first..).zip(points) {
            self.sketches[place] = sketch(point);
            self.spots[place] = Spot::of(point);
            for (table, buckets) in self.tables.iter_mut().enumerate() {
                let sketches = &self.sketches;
                buckets.insert(place as u32, |entry| sketches[entry as usize][table]);
            }
        }
        self.photos_of_slot.entry(slot).or_default().push(photo);
    }

    /// Forgets all photos of a slot; an unknown slot changes nothing.
    pub fn remove(&mut self, slot: u32) {
        for photo in self.photos_of_slot.remove(&slot).unwrap_or_default() {
            self.forget(photo);
        }
    }

    /// The photos that share most corners with the query or its mirror image, at most `limit`, most votes first.
    #[must_use]
    pub fn candidates(&self, query: &Features, limit: usize) -> Vec<Candidate> {
        let mut best: HashMap<u32, u16> = HashMap::new();
        let upright = query.strongest(QUERIED_POINTS);
        // A mirrored copy is found by its hashes, mostly: here the buckets of its own bits are enough.
        for (query, flipped) in [(upright.mirrored(), false), (upright, true)] {
            let sketches: Vec<Sketch> = query.points.iter().map(sketch).collect();
            let mut hits = self.hits(&sketches, flipped);
            hits.sort_unstable_by_key(|hit| (hit.entry, hit.query));
            hits.dedup_by_key(|hit| (hit.entry, hit.query));
            for hits in hits.chunk_by(|a, b| photo_of(a.entry) == photo_of(b.entry)) {
                if hits.len() < usize::from(VOTES_MIN) {
                    continue;
                }
                let votes = votes(hits, &query.points, &self.spots);
                if votes >= VOTES_MIN {
                    let known = best.entry(photo_of(hits[0].entry)).or_default();
                    *known = votes.max(*known);
                }
            }
        }
        let mut candidates: Vec<_> = best.into_iter().collect();
        candidates.sort_unstable_by_key(|(photo, votes)| (std::cmp::Reverse(*votes), *photo));
        candidates.truncate(limit);
        let candidate = |(photo, votes): (u32, u16)| {
            let Posting { slot, photo_index } = self.photos[photo as usize].posting;
            Candidate {
                slot,
                photo_index,
                votes,
            }
        };
        candidates.into_iter().map(candidate).collect()
    }

    /// Every stored point near to one of the sketches; those that more tables than one name stand there so often.
    fn hits(&self, wanted: &[Sketch], flipped: bool) -> Vec<Hit> {
        let mut hits = Vec::new();
        let level = Level::new();
        dispatch!(level, simd => simd.vectorize(
            #[inline(always)]
            || for (table, buckets) in self.tables.iter().enumerate() {
                let keys: Vec<u32> = wanted.iter().map(|sketch| sketch[table]).collect();
                let begin = hits.len();
                buckets.near(&keys, flipped, &mut hits);
                keep(&mut hits, begin, |hit| {
                    distance_bits(&self.sketches[hit.entry as usize], &wanted[usize::from(hit.query)]) <= NEAR_BITS
                });
            }
        ));
        hits
    }

    fn place(&mut self, photo: Photo) -> u32 {
        if let Some(free) = self.free.pop() {
            self.photos[free as usize] = photo;
            return free;
        }
        self.photos.push(photo);
        let entries = self.photos.len() * INDEXED_POINTS;
        self.sketches.resize(entries, Sketch::default());
        self.spots.resize(entries, Spot::default());
        (self.photos.len() - 1) as u32
    }

    fn forget(&mut self, photo: u32) {
        let first = photo * INDEXED_POINTS as u32;
        for entry in first..first + u32::from(self.photos[photo as usize].points) {
            let sketch = self.sketches[entry as usize];
            for (buckets, key) in self.tables.iter_mut().zip(sketch) {
                buckets.remove(entry, key);
            }
        }
        self.free.push(photo);
    }
}

fn photo_of(entry: u32) -> u32 {
    entry / INDEXED_POINTS as u32
}

/// The low half of each word, so that the sketch of the mirrored point is a sketch of the same comparisons.
fn sketch(point: &Point) -> Sketch {
    point.descriptor.0.map(|word| word as u32)
}

#[inline(always)]
fn distance_bits(a: &Sketch, b: &Sketch) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::imageops;
    use proptest::prelude::*;

    use super::super::super::testing::{blobs, jpeg, mosaic};
    use super::*;

    fn stored(seed: u64) -> Features {
        Features::extract(&blobs(300, 400, seed)).strongest(super::super::STORED_POINTS)
    }

    #[test]
    fn a_part_of_a_photo_finds_the_photo() {
        let mut index = FeatureIndex::new();
        for seed in 0..30 {
            index.insert(seed as u32, 3, &stored(seed));
        }
        let picture = blobs(300, 400, 17);
        let sent =
            |picture: &image::RgbImage| Features::extract(&image::load_from_memory(&jpeg(picture, 60)).unwrap().into_rgb8());
        let cropped = imageops::crop_imm(&picture, 40, 30, 240, 320).to_image();
        for (what, query) in [
            ("cropped", cropped.clone()),
            ("mirrored", imageops::flip_horizontal(&cropped)),
            ("turned", imageops::rotate90(&cropped)),
        ] {
            let found = index.candidates(&sent(&query), 3);
            assert_eq!(
                found.first().map(|found| (found.slot, found.photo_index)),
                Some((17, 3)),
                "{what}: {found:?}"
            );
        }
        assert_eq!(index.candidates(&sent(&mosaic(300, 400, 1)), 3), []);
        assert_eq!(index.candidates(&Features::default(), 3), []);
    }

    #[test]
    fn a_slot_is_forgotten_and_its_place_used_again() {
        let mut index = FeatureIndex::new();
        index.insert(1, 0, &stored(1));
        index.insert(1, 1, &stored(2));
        index.insert(2, 0, &stored(3));
        assert_eq!(index.len(), 3);
        index.remove(1);
        index.remove(9);
        assert_eq!(index.len(), 1);
        assert!(index.candidates(&stored(1), 5).iter().all(|found| found.slot == 2));
        index.insert(4, 7, &stored(4));
        assert_eq!(index.photos.len(), 3);
        index.insert(4, 7, &stored(5));
        assert_eq!(index.len(), 2);
        let found = index.candidates(&stored(5), 5);
        assert_eq!((found[0].slot, found[0].photo_index), (4, 7));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn every_photo_held_finds_itself_and_no_other_is_named(steps in proptest::collection::vec((0..6u32, any::<bool>()), 1..20)) {
            let mut index = FeatureIndex::new();
            let mut held = std::collections::BTreeSet::new();
            for (slot, add) in steps {
                if add {
                    index.insert(slot, 0, &stored(u64::from(slot)));
                    held.insert(slot);
                } else {
                    index.remove(slot);
                    held.remove(&slot);
                }
                prop_assert_eq!(index.len(), held.len());
            }
            for slot in 0..6 {
                let found = index.candidates(&stored(u64::from(slot)), 9);
                prop_assert!(found.iter().all(|found| held.contains(&found.slot)));
                prop_assert_eq!(found.first().map(|found| found.slot) == Some(slot), held.contains(&slot));
            }
        }
    }
}
