//! Which points of two photos look alike.
//!
//! Owns the comparison of descriptions, each stored point with every point of the query. A stored point is paired with the
//! query's nearest when the next nearest *elsewhere* is clearly further (Lowe's ratio, "Distinctive image features", 2004):
//! neighbouring levels show the same corner, which is no rival. Leaves to [`verify`](super::verify) whether the pairs lie alike.

use super::describe::DIRECTIONS;
use super::plane::shrink;
use super::{Features, Point};

/// Pairs further apart than this are not considered, in bits.
const DISTANCE_BITS_MAX: u16 = 72;
/// The nearest must be nearer than the next by this factor.
const RATIO_MAX: f32 = 0.85;
/// Points of the query within this many pixels of the nearest, times its level's factor, show the same corner.
const SAME_CORNER: f32 = 6.0;

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
    let columns: [Vec<u64>; 4] = std::array::from_fn(|word| query.points.iter().map(|point| point.descriptor.0[word]).collect());
    let places: Vec<[f32; 2]> = query.points.iter().map(Point::place).collect();
    let mut distances = vec![0u64; query.points.len()];
    let mut pairs = Vec::new();
    for point in &stored.points {
        distances.fill(0);
        for (column, word) in columns.iter().zip(point.descriptor.0) {
            for (distance, value) in distances.iter_mut().zip(column) {
                *distance += u64::from((value ^ word).count_ones());
            }
        }
        let Some((nearest, &least)) = distances.iter().enumerate().min_by_key(|(_, distance)| **distance) else {
            break;
        };
        if least > u64::from(DISTANCE_BITS_MAX) {
            continue;
        }
        let found = &query.points[nearest];
        let radius = SAME_CORNER * shrink(found.level.into());
        let elsewhere = |place: &[f32; 2]| {
            (place[0] - places[nearest][0]).powi(2) + (place[1] - places[nearest][1]).powi(2) > radius * radius
        };
        let rivals = distances.iter().zip(&places).filter(|(_, place)| elsewhere(place));
        let next = rivals.map(|(distance, _)| *distance).min().unwrap_or(256);
        let ratio = least as f32 / next.max(1) as f32;
        if ratio > RATIO_MAX {
            continue;
        }
        pairs.push(Pair::of(found, point, ratio));
    }
    pairs.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
    pairs
}
