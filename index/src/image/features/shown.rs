//! What a query shows where a map says that it shows the stored points.
//!
//! Owns the count of the points that should be seen, and the search for them near their place: a corner that looks like
//! others, and was no pair for that reason, is recognised when it is known where to look. Copies show most of their points;
//! different things photographed in one place share the place alone. Leaves what share is enough to [`verify`](super::verify).

use super::corners::MARGIN;
use super::describe::Descriptor;
use super::fit::Homography;
use super::pairing::Pair;
use super::plane::{LEVEL_STEP, LEVELS};
use super::verify::{TIGHT, agrees, apart, carries, once};
use super::{Features, Point};

/// Points further apart than this do not look alike, in bits.
const DISTANCE_BITS_MAX: u32 = 72;
/// No place that a map carries near enough is further from the point's place than this, in pixels of the query.
const REACH: f32 = 40.0;

/// What a query shows of a stored photo.
pub(super) struct Shown {
    /// Stored points that it should show, those that lie together counted once.
    pub(super) visible: usize,
    /// The points that it does show, each place of either picture once, the most alike first.
    pub(super) pairs: Vec<Pair>,
}

/// `None` when the map has no way back.
pub(super) fn shown(map: &Homography, query: &Features, stored: &Features) -> Option<Shown> {
    let back = map.inverse()?;
    let mut visible: Vec<[f32; 2]> = Vec::new();
    let mut pairs = Vec::new();
    let places: [Vec<f32>; 2] = std::array::from_fn(|axis| query.points.iter().map(|point| point.place()[axis]).collect());
    let mut marks = vec![0; query.points.len()];
    for point in &stored.points {
        let Some(place) = expected(&back, point, query) else {
            continue;
        };
        if visible.iter().all(|known| apart(*known, point.place())) {
            visible.push(point.place());
        }
        mark_near(&mut marks, &places, place);
        let near = query
            .points
            .iter()
            .zip(&marks)
            .filter(|(_, mark)| **mark != 0)
            .map(|(other, _)| other);
        let distance = |other: &Point| Descriptor::distance_bits(&other.descriptor, &point.descriptor);
        let pair = |other: &Point| Pair::of(other, point, distance(other) as f32 / 256.0);
        let found = near.filter(|other| distance(other) <= DISTANCE_BITS_MAX).map(pair);
        pairs.extend(found.filter(|pair| carries(map, pair, TIGHT) && agrees(map, pair)));
    }
    pairs.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
    Some(Shown {
        visible: visible.len(),
        pairs: once(pairs.iter()),
    })
}

/// Marks the places within [`REACH`] of one.
fn mark_near(marks: &mut [u8], [across, down]: &[Vec<f32>; 2], [x, y]: [f32; 2]) {
    for (mark, (across, down)) in marks.iter_mut().zip(across.iter().zip(down)) {
        *mark = u8::from(((across - x).abs() < REACH) & ((down - y).abs() < REACH));
    }
}

/// Where in the query a stored point lies; `None` when outside, or at a size that is not looked at.
fn expected(back: &Homography, point: &Point, query: &Features) -> Option<[f32; 2]> {
    let place = point.place().map(f64::from);
    let ([x, y], [larger, smaller]) = (back.carry(place)?, back.enlargement(place)?);
    let level = f64::from(point.level) + (larger * smaller).ln() / 2.0 / f64::from(LEVEL_STEP).ln();
    let within = |place: f64, side: u16| (MARGIN as f64..f64::from(side) - MARGIN as f64).contains(&place);
    let seen = within(x, query.width) && within(y, query.height) && (-1.0..LEVELS as f64).contains(&level);
    seen.then_some([x as f32, y as f32])
}
