//! How many hits on one stored photo agree on how the query lies on it.
//!
//! Owns the weighing of hits. Each hit knows by place, direction and level of its two points a whole similarity between the
//! pictures, roughly; the votes are the hits that agree with the one most agree with.

use std::sync::LazyLock;

use super::describe::DIRECTIONS;
use super::plane::LEVEL_STEP;
use super::{Point, QUERY_POINTS};

/// Hits of one photo whose similarity is tried.
const TRIALS_MAX: usize = 32;
/// Directions that agree differ by at most this many steps.
const STEPS_TOLERANCE: u8 = 5;
/// Levels that agree differ by at most this many.
const LEVEL_TOLERANCE: i8 = 2;
/// Places agree within this many pixels of the working picture...
const PLACE_TOLERANCE: f32 = 16.0;
/// ...and this share of the distance from the hit that is tried.
const DISTANCE_TOLERANCE: f32 = 0.2;

/// Where a stored point lies, coarsely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Spot {
    /// In pairs of pixels of the working picture.
    x: u8,
    y: u8,
    direction: u8,
    level: u8,
}

/// A point of the query is near to a stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// The stored point.
    pub(super) entry: u32,
    /// The query's point.
    pub(super) query: u16,
}

impl Spot {
    pub(super) fn of(point: &Point) -> Self {
        // A working picture is at most 512 pixels long.
        let [x, y] = point.place().map(|place| (place / 2.0) as u8);
        Self {
            x,
            y,
            direction: point.direction,
            level: point.level,
        }
    }
}

/// The most hits that agree; every stored point and every point of the query counts once. The hits are ordered by stored
/// point.
pub(super) fn votes(hits: &[Hit], query: &[Point], spots: &[Spot]) -> u16 {
    let corners: Vec<Corner> = hits
        .iter()
        .map(|hit| Corner::of(&query[usize::from(hit.query)], &spots[hit.entry as usize]))
        .collect();
    let mut most = 0;
    for tried in corners.iter().take(TRIALS_MAX) {
        let (mut count, mut last) = (0, None);
        let mut seen = [0u64; QUERY_POINTS.div_ceil(64)];
        for (corner, hit) in corners.iter().zip(hits) {
            let (word, bit) = (usize::from(hit.query) / 64, 1 << (hit.query % 64));
            if last != Some(hit.entry) && seen[word] & bit == 0 && tried.agrees(corner) {
                seen[word] |= bit;
                last = Some(hit.entry);
                count += 1;
            }
        }
        most = most.max(count);
    }
    most
}

struct Corner {
    query: [f32; 2],
    stored: [f32; 2],
    turn: u8,
    levels: i8,
    /// The turn and the scale, as a complex number.
    spin: [f32; 2],
}

/// Cosine and sine of every direction.
static TURNS: LazyLock<[[f32; 2]; DIRECTIONS as usize]> = LazyLock::new(|| {
    std::array::from_fn(|direction| {
        let angle = direction as f32 / f32::from(DIRECTIONS) * std::f32::consts::TAU;
        [angle.cos(), angle.sin()]
    })
});

impl Corner {
    fn of(point: &Point, spot: &Spot) -> Self {
        let turn = spot.direction.wrapping_sub(point.direction) % DIRECTIONS;
        let levels = spot.level as i8 - point.level as i8;
        let scale = LEVEL_STEP.powi(levels.into());
        Self {
            query: point.place(),
            stored: [spot.x, spot.y].map(|place| 2.0 * f32::from(place) + 1.0),
            turn,
            levels,
            spin: TURNS[usize::from(turn)].map(|part| scale * part),
        }
    }

    fn agrees(&self, other: &Self) -> bool {
        let turned = self.turn.wrapping_sub(other.turn) % DIRECTIONS;
        if turned.min(DIRECTIONS - turned) > STEPS_TOLERANCE || (self.levels - other.levels).abs() > LEVEL_TOLERANCE {
            return false;
        }
        let [x, y] = [other.query[0] - self.query[0], other.query[1] - self.query[1]];
        let [cosine, sine] = self.spin;
        let [across, down] = [x * cosine - y * sine, x * sine + y * cosine];
        let off = [
            self.stored[0] + across - other.stored[0],
            self.stored[1] + down - other.stored[1],
        ];
        let square = |[x, y]: [f32; 2]| x * x + y * y;
        square(off) <= (PLACE_TOLERANCE + DISTANCE_TOLERANCE * square([across, down]).sqrt()).powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Descriptor, STEPS};
    use super::*;

    fn point(x: f32, y: f32, direction: u8) -> Point {
        Point {
            x: (x * STEPS) as u16,
            y: (y * STEPS) as u16,
            direction,
            level: 2,
            descriptor: Descriptor::default(),
        }
    }

    /// A quarter turn: what was right is down, what was down is left.
    fn turned(point: &Point) -> Spot {
        let [x, y] = point.place();
        Spot::of(&self::point(400.0 - y, x, (point.direction + 16) % DIRECTIONS))
    }

    #[test]
    fn hits_that_lie_alike_count_once_each() {
        let query = [(50.0, 60.0, 3), (200.0, 70.0, 60), (90.0, 300.0, 30)].map(|(x, y, direction)| point(x, y, direction));
        let mut spots: Vec<Spot> = query.iter().map(turned).collect();
        let hit = |entry, query| Hit { entry, query };
        let all = [hit(0, 0), hit(1, 1), hit(2, 2)];
        assert_eq!(votes(&all, &query, &spots), 3);
        assert_eq!(votes(&[], &query, &spots), 0);
        assert_eq!(
            votes(&[hit(0, 0), hit(0, 1), hit(1, 1)], &query, &spots),
            2,
            "a stored point twice"
        );
        assert_eq!(
            votes(&[hit(0, 0), hit(1, 0), hit(2, 2)], &query, &spots),
            2,
            "a point of the query twice"
        );
        spots[1].direction = (spots[1].direction + 20) % DIRECTIONS;
        assert_eq!(votes(&all, &query, &spots), 2, "turned otherwise");
        spots[2].x = spots[2].x.wrapping_add(60);
        assert_eq!(votes(&all, &query, &spots), 1, "moved");
    }
}
