//! What a corner looks like: its direction, and 256 comparisons of brightness around it.
//!
//! Owns how the [`pattern`] is laid on the picture. The direction is that of the centroid of brightness in a disc (Rosin,
//! "Measuring corner properties", 1999); the comparisons are turned with it (Calonder and others, "BRIEF", 2010; Rublee and
//! others, "ORB", 2011). Half of the comparisons are the other half mirrored along the direction. So the description of
//! the mirrored picture is the same bits in another order, and a mirrored query costs nothing to make.

use std::sync::LazyLock;

use super::pattern::{self, PAIRS};
use super::plane::Plane;

/// Directions that are told apart in a whole turn.
pub(super) const DIRECTIONS: u8 = 64;
/// Radius of the disc that is described, in pixels of the level.
const RADIUS: i32 = 15;

/// 256 comparisons; those of the last two words are those of the first two, mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Descriptor(pub [u64; 4]);

impl Descriptor {
    /// How many of the 256 comparisons come out differently.
    #[must_use]
    pub fn distance_bits(&self, other: &Self) -> u32 {
        self.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    /// The description of the same corner in the mirrored picture.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        let [a, b, c, d] = self.0;
        Self([c, d, a, b])
    }
}

/// A pair of places, relative to the corner: across and down of the one, then of the other.
type Pair = [i8; 4];

/// The pattern in every direction.
static PATTERN: LazyLock<Vec<[Pair; 2 * PAIRS]>> = LazyLock::new(|| (0..DIRECTIONS).map(turned).collect());

/// For every row of the disc below and above its middle, how far it reaches.
static DISC: LazyLock<Vec<i32>> = LazyLock::new(|| {
    (0..=RADIUS)
        .map(|y| {
            f64::from((RADIUS + 1) * (RADIUS + 1) - 1 - y * y)
                .sqrt()
                .min(f64::from(RADIUS)) as i32
        })
        .collect()
});

/// The direction of the centroid of brightness around a place, in steps of a turn / [`DIRECTIONS`] from right to down. The place
/// lies [`MARGIN`](super::corners::MARGIN) within the plane.
pub(super) fn direction(plane: &Plane, x: usize, y: usize) -> u8 {
    let (mut across, mut down) = (0i32, 0i32);
    for (dy, &reach) in (0i32..).zip(DISC.iter()) {
        let reach_places = reach as usize;
        let row = |line: i32| {
            let start = (y as i32 + line) as usize * plane.width + x - reach_places;
            &plane.values[start..=start + 2 * reach_places]
        };
        let mut sum_of = |row: &[u8]| -> i32 {
            let mut sum = 0;
            for (dx, value) in (-reach..).zip(row) {
                sum += i32::from(*value);
                across += dx * i32::from(*value);
            }
            sum
        };
        if dy == 0 {
            sum_of(row(0));
        } else {
            down += dy * (sum_of(row(dy)) - sum_of(row(-dy)));
        }
    }
    let turns = (down as f32).atan2(across as f32) / std::f32::consts::TAU;
    // Rounds halves away from zero, so that mirroring mirrors.
    let steps = (turns * f32::from(DIRECTIONS)).round() as i32;
    steps.rem_euclid(i32::from(DIRECTIONS)) as u8
}

/// Describes a place of a smoothed plane that lies [`MARGIN`](super::corners::MARGIN) within it.
pub(super) fn describe(smoothed: &Plane, x: usize, y: usize, direction: u8) -> Descriptor {
    let mut words = [0u64; 4];
    let middle = (y * smoothed.width + x) as i32;
    let width = smoothed.width as i32;
    let at = |across: i8, down: i8| smoothed.values[(middle + i32::from(down) * width + i32::from(across)) as usize];
    let pairs = PATTERN[usize::from(direction % DIRECTIONS)].as_chunks::<64>().0;
    for (word, pairs) in words.iter_mut().zip(pairs) {
        for (bit, &[ax, ay, bx, by]) in pairs.iter().enumerate() {
            *word |= u64::from(at(ax, ay) < at(bx, by)) << bit;
        }
    }
    Descriptor(words)
}

/// The pattern turned, its second half mirrored before.
fn turned(direction: u8) -> [Pair; 2 * PAIRS] {
    let angle = f64::from(direction) / f64::from(DIRECTIONS) * std::f64::consts::TAU;
    let (sine, cosine) = (angle.sin() as f32, angle.cos() as f32);
    let turn = |x: f32, y: f32| [(x * cosine - y * sine).round() as i8, (x * sine + y * cosine).round() as i8];
    std::array::from_fn(|place| {
        let [ax, ay, bx, by] = pattern::PATTERN[place % PAIRS].map(f32::from);
        let side = if place < PAIRS { 1.0 } else { -1.0 };
        let ([ax, ay], [bx, by]) = (turn(ax, side * ay), turn(bx, side * by));
        [ax, ay, bx, by]
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::testing::Numbers;
    use super::super::corners::MARGIN;
    use super::*;

    const SIDE: usize = 2 * MARGIN + 1;

    /// Smooth noise around a lighter place.
    fn patch(seed: u64, light: (i32, i32)) -> Plane {
        let mut numbers = Numbers::new(seed);
        let side = SIDE as i32;
        let values = (0..side * side).map(|place| {
            let (x, y) = (place % side - MARGIN as i32, place / side - MARGIN as i32);
            let near = 150 - 8 * ((x - light.0).pow(2) + (y - light.1).pow(2)).isqrt();
            (near.max(0) + (numbers.next() % 40) as i32) as u8
        });
        let (width, height) = (SIDE, SIDE);
        let values = values.collect();
        Plane { width, height, values }.smoothed()
    }

    fn remade(plane: &Plane, from: impl Fn(usize, usize) -> (usize, usize)) -> Plane {
        let places = (0..SIDE * SIDE).map(|place| from(place % SIDE, place / SIDE));
        Plane {
            values: places.map(|(x, y)| plane.values[y * SIDE + x]).collect(),
            ..*plane
        }
    }

    #[test]
    fn the_direction_is_towards_the_light() {
        let cases = [((9, 0), 0), ((7, 7), 8), ((0, 9), 16), ((-9, 0), 32), ((0, -9), 48)];
        for (light, expected) in cases {
            let found = direction(&patch(3, light), MARGIN, MARGIN);
            let apart = found.abs_diff(expected);
            assert!(apart.min(DIRECTIONS - apart) <= 2, "light at {light:?}: {found}");
        }
    }

    #[test]
    fn brighter_and_stronger_in_contrast_is_the_same() {
        let plane = patch(5, (6, -3));
        let mut brighter = plane.clone();
        brighter.values.iter_mut().for_each(|value| *value = (*value / 4) * 3 + 50);
        let [one, other] = [&plane, &brighter].map(|plane| describe(plane, MARGIN, MARGIN, direction(plane, MARGIN, MARGIN)));
        assert!(one.distance_bits(&other) <= 32, "{}", one.distance_bits(&other));
        let different = describe(&patch(6, (-6, 2)), MARGIN, MARGIN, 0);
        assert!(one.distance_bits(&different) >= 60, "{}", one.distance_bits(&different));
    }

    #[test]
    fn the_pattern_holds_each_pair_and_its_mirror_image_within_the_margin() {
        for (direction, pairs) in PATTERN.iter().enumerate() {
            assert!(
                pairs.iter().flatten().all(|part| part.unsigned_abs() < MARGIN as u8),
                "{direction}"
            );
        }
        let upright = &PATTERN[0];
        for (pair, mirrored) in upright[..PAIRS].iter().zip(&upright[PAIRS..]) {
            assert_eq!([pair[0], -pair[1], pair[2], -pair[3]], *mirrored);
        }
    }

    proptest! {
        #[test]
        fn turning_the_picture_turns_the_direction_alone(seed: u64, x in -9..=9, y in -9..=9) {
            let plane = patch(seed, (x, y));
            let quarter = remade(&plane, |x, y| (y, SIDE - 1 - x));
            let [before, after] = [&plane, &quarter].map(|plane| direction(plane, MARGIN, MARGIN));
            let turned = (after + DIRECTIONS - before) % DIRECTIONS;
            prop_assert!((15..=17).contains(&turned), "{} to {}", before, after);
            let [one, other] = [(&plane, before), (&quarter, (before + 16) % 64)].map(|(plane, direction)| describe(plane, MARGIN, MARGIN, direction));
            prop_assert!(one.distance_bits(&other) <= 8, "{}", one.distance_bits(&other));
        }

        #[test]
        fn a_mirrored_picture_is_described_by_mirrored_bits(seed: u64, x in -9..=9, y in -9..=9) {
            let plane = patch(seed, (x, y));
            let mirrored = remade(&plane, |x, y| (SIDE - 1 - x, y));
            let there = direction(&plane, MARGIN, MARGIN);
            let here = (32 + DIRECTIONS - there) % DIRECTIONS;
            prop_assert_eq!(direction(&mirrored, MARGIN, MARGIN), here);
            let [one, other] = [(&plane, there), (&mirrored, here)].map(|(plane, direction)| describe(plane, MARGIN, MARGIN, direction));
            // A coordinate that falls between two pixels may round either way.
            prop_assert!(one.mirrored().distance_bits(&other) <= 8, "{}", one.mirrored().distance_bits(&other));
        }
    }
}
