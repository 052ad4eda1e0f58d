//! Which points of two photos look alike.
//!
//! Owns the comparison of descriptions, each stored point with every point of the query. A stored point is paired with the
//! query's nearest when the next nearest *elsewhere* is clearly further (Lowe's ratio, "Distinctive image features", 2004):
//! neighbouring levels show the same corner, which is no rival. Leaves to [`verify`](super::verify) whether the pairs lie alike.

use fearless_simd::{Level, Simd, dispatch};

use super::describe::DIRECTIONS;
use super::plane::shrink;
use super::{Features, Point};

/// Pairs further apart than this are not considered, in bits.
const DISTANCE_BITS_MAX: u32 = 72;
/// The nearest must be nearer than the next by this factor.
const RATIO_MAX: f32 = 0.85;
/// Points of the query within this many pixels of the nearest, times its level's factor, show the same corner.
const SAME_CORNER: f32 = 6.0;

/// Two descriptions differ in so many bits at most.
const DESCRIPTOR_BITS: u32 = 256;
/// Half words of a description.
const WORDS: usize = 8;

/// Two points that look alike, in pixels of the working pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pair {
    pub(super) query: [f32; 2],
    pub(super) stored: [f32; 2],
    /// How far the query's direction must be turned to be the stored one, in radians.
    pub(super) turn: f32,
    /// By how many levels the stored one is coarser: how much larger the stored picture shows the corner.
    pub(super) levels: i8,
    /// Size of a pixel of the stored point's level, in pixels of the working picture.
    pub(super) grain: f32,
    /// Distance to the nearest by the distance to the next: the lower, the clearer.
    pub(super) ratio: f32,
}

impl Pair {
    pub(super) fn of(query: &Point, stored: &Point, ratio: f32) -> Self {
        let steps = stored.direction.wrapping_sub(query.direction) % DIRECTIONS;
        Self {
            query: query.place(),
            stored: stored.place(),
            turn: f32::from(steps) / f32::from(DIRECTIONS) * std::f32::consts::TAU,
            levels: stored.level as i8 - query.level as i8,
            grain: shrink(stored.level.into()),
            ratio,
        }
    }
}

/// Pairs of points of a query and of a stored photo, the clearest first.
pub(super) fn pairs(query: &Features, stored: &Features) -> Vec<Pair> {
    let level = Level::new();
    let mut pairs = dispatch!(level, simd => simd.vectorize(
        #[inline(always)]
        || alike(&query.points, &stored.points)
    ));
    pairs.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
    pairs
}

#[inline(always)]
fn alike(query: &[Point], stored: &[Point]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let columns: [Vec<u32>; WORDS] = std::array::from_fn(|word| query.iter().map(|point| words(point)[word]).collect());
    let places: [Vec<f32>; 2] = std::array::from_fn(|axis| query.iter().map(|point| point.place()[axis]).collect());
    let mut distances = vec![0u32; query.len()];
    for point in stored {
        measure(&columns, words(point), &mut distances);
        let least = distances.iter().copied().min().unwrap_or(u32::MAX);
        if least > DISTANCE_BITS_MAX {
            continue;
        }
        let Some(nearest) = distances.iter().position(|distance| *distance == least) else {
            continue;
        };
        let found = &query[nearest];
        let next = next_elsewhere(&distances, &places, found);
        let ratio = least as f32 / next.max(1) as f32;
        if ratio <= RATIO_MAX {
            pairs.push(Pair::of(found, point, ratio));
        }
    }
    pairs
}

/// The distances of one description from many, which are given by words: a column for each.
#[inline(always)]
fn measure(columns: &[Vec<u32>; WORDS], words: [u32; WORDS], distances: &mut [u32]) {
    let columns = columns.each_ref().map(|column| &column[..distances.len()]);
    for (place, distance) in distances.iter_mut().enumerate() {
        *distance = (0..WORDS).map(|word| (columns[word][place] ^ words[word]).count_ones()).sum();
    }
}

/// The least distance of the points that do not show the corner that a point shows.
#[inline(always)]
fn next_elsewhere(distances: &[u32], [across, down]: &[Vec<f32>; 2], found: &Point) -> u32 {
    let radius = SAME_CORNER * shrink(found.level.into());
    let [x, y] = found.place();
    let mut next = DESCRIPTOR_BITS;
    for (distance, (across, down)) in distances.iter().zip(across.iter().zip(down)) {
        let (across, down) = (across - x, down - y);
        let elsewhere = across * across + down * down > radius * radius;
        next = next.min(if elsewhere { *distance } else { DESCRIPTOR_BITS });
    }
    next
}

/// A description in halves of its words.
fn words(point: &Point) -> [u32; WORDS] {
    let words = point.descriptor.0;
    std::array::from_fn(|half| (words[half / 2] >> (32 * (half % 2))) as u32)
}
