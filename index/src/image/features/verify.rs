//! Whether the points that two photos share lie alike in both.
//!
//! Owns the search for the map that carries most of them, and the count of those it carries. The search draws no lots: every
//! two pairs that agree with their own directions and sizes give a similarity, the clearest pairs first, up to a fixed
//! number; the best few are refined to an affine map and, with enough points, to a homography. Leaves what the count is worth to
//! the caller.

use super::Features;
use super::fit::{self, Sample};
use super::likeness::likeness;
use super::pairing::{Pair, pairs};
use super::plane::LEVEL_STEP;
use super::shown::shown;

pub use super::fit::Homography;

/// Fewer points that lie alike prove nothing: of 3,056,000 pairs of different photos in `benches/photos.rs` one shares 8. This and
/// the next three were chosen there, on different garments photographed on one floor.
pub const INLIERS_MIN: usize = 9;
/// Photos that look so much alike where they overlap need no larger share of common corners...
pub const LIKENESS_SURE: f32 = 0.94;
/// ...those that look less alike, as under a caption, need a share...
pub const LIKENESS_MIN: f32 = 0.8;
/// ...of the visible corners, in percent.
pub const SHARE_PERCENT_MIN: usize = 65;
/// So many more are asked for each further chance that a pair is given to look alike: the mirror image beside the picture, the
/// panels beside the whole. Two drawings of different things that repeat the same shapes shared 12 with both.
pub const INLIERS_FURTHER: usize = 3;

/// Similarities that are tried at most.
const TRIALS_MAX: usize = 1500;
/// Similarities that are refined.
const REFINED: usize = 4;
/// A similarity carries a point when it lands this near, in pixels of the working picture and of the point's level.
const LOOSE: [f32; 2] = [9.0, 2.0];
/// A refined map carries a point when it lands this near.
pub(super) const TIGHT: [f32; 2] = [2.5, 1.5];
/// Points nearer than this to one another count once, in pixels of the working picture.
const APART_MIN: f32 = 5.0;
/// Two pairs nearer than this give no steady similarity, in pixels of the working picture.
const BASE_MIN: f32 = 20.0;
/// A point's own direction may deviate from the map's turn by this, in radians.
const TURN_TOLERANCE: f32 = 0.45;
/// A point's own size may deviate from the map's by this many levels.
const LEVEL_TOLERANCE: f32 = 2.6;
/// A map may enlarge one direction by at most this much more than the other.
const STRETCH_MAX: f64 = 1.6;
/// Points needed to tell a homography from an affine map.
const HOMOGRAPHY_POINTS: usize = 12;

/// A place in a picture: across and down, each as a share of its width or height.
pub type Place = [f32; 2];

/// The same corner in both pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointPair {
    /// Where it lies in the query.
    pub query: Place,
    /// Where it lies in the stored picture.
    pub stored: Place,
}

/// How far two photos agree.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Corners that lie alike, each counted once.
    pub inliers: usize,
    /// Stored corners that the query would show if it were a copy: those that the map places within it, at a size that
    /// is looked at, each counted once.
    pub visible: usize,
    /// How much the pictures look alike where they overlap, from -1 to 1: the correlation of their brightness. Copies reach 0.9
    /// and more.
    pub likeness: f32,
    /// Whether one picture is a mirror image of the other.
    pub mirrored: bool,
    /// The corners that lie alike.
    pub points: Vec<PointPair>,
    /// The map from places in the query to places in the stored picture.
    pub model: Homography,
}

impl Agreement {
    /// Whether so many corners lie alike, and so much between them, that one picture shows the other.
    #[must_use]
    pub fn proves(&self) -> bool {
        self.proves_with(0)
    }

    /// The same when `further` more corners are asked for.
    #[must_use]
    pub fn proves_with(&self, further: usize) -> bool {
        let shared = self.inliers * 100 >= self.visible * SHARE_PERCENT_MIN;
        let alike = self.likeness >= LIKENESS_SURE || (self.likeness >= LIKENESS_MIN && shared);
        alike && self.inliers >= further + INLIERS_MIN + INLIERS_FURTHER * usize::from(self.mirrored)
    }
}

/// Compares a query with a stored photo, as it is and mirrored; `None` when that proves nothing.
#[must_use]
pub fn verify(query: &Features, stored: &Features) -> Option<Agreement> {
    closest(query, stored).filter(Agreement::proves)
}

/// The nearest to an agreement that there is, whether it proves anything or not: for choosing what does. `None` when no three
/// points lie alike.
#[must_use]
pub fn closest(query: &Features, stored: &Features) -> Option<Agreement> {
    let best = |query: &Features| Some(confirmed(best_map(&pairs(query, stored))?, query, stored));
    let upright = best(query).map(|found| agreement(&found, query, stored, false));
    if upright.as_ref().is_some_and(|found| found.inliers >= 2 * INLIERS_MIN) {
        return upright;
    }
    let mirrored = best(&query.mirrored()).map(|found| agreement(&found, query, stored, true));
    let count = |found: &Option<Agreement>| found.as_ref().map_or(0, |found| found.inliers);
    let proves = |found: &Option<Agreement>| found.as_ref().is_some_and(Agreement::proves);
    // One that proves something before one that does not, however many corners that has.
    match (proves(&upright), proves(&mirrored)) {
        (true, false) => upright,
        (false, true) => mirrored,
        _ if count(&mirrored) > count(&upright) => mirrored,
        _ => upright,
    }
}

/// A map between working pictures and the pairs that it carries.
struct Found {
    map: Homography,
    carried: Vec<Pair>,
    /// Stored points that the query should show.
    visible: usize,
    likeness: f32,
}

fn best_map(pairs: &[Pair]) -> Option<Found> {
    let mut best: Vec<(usize, Homography)> = Vec::new();
    let mut trials = 0;
    'search: for (place, one) in pairs.iter().enumerate() {
        for other in &pairs[..place] {
            let Some(map) = similarity(one, other) else { continue };
            let count = pairs.iter().filter(|pair| carries(&map, pair, LOOSE)).count();
            best.push((count, map));
            trials += 1;
            if trials == TRIALS_MAX {
                break 'search;
            }
        }
    }
    // Stable, so that the clearest pairs win between equals.
    best.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let refined = best.into_iter().take(REFINED).filter_map(|(_, map)| refined(map, pairs));
    // The first of equals.
    refined.reduce(|best, next| if next.carried.len() > best.carried.len() { next } else { best })
}

/// The similarity through two pairs, when it is plausible and both pairs' own directions and sizes agree with it.
fn similarity(one: &Pair, other: &Pair) -> Option<Homography> {
    let far = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) >= BASE_MIN * BASE_MIN;
    if !far(one.query, other.query) || !far(one.stored, other.stored) {
        return None;
    }
    if turned_apart(one.turn, other.turn) > 2.0 * TURN_TOLERANCE {
        return None;
    }
    let map = fit::similarity(sample(one), sample(other))?;
    (agrees(&map, one) && agrees(&map, other)).then_some(map)
}

/// Fits the map to all that it carries, again and again, with ever less tolerance.
fn refined(mut map: Homography, pairs: &[Pair]) -> Option<Found> {
    let mut carried = carried(&map, pairs, LOOSE);
    for tolerance in [LOOSE, [4.0, 1.5], TIGHT, TIGHT] {
        let Some(fitted) = fitted(&carried) else { break };
        map = fitted;
        carried = self::carried(&map, pairs, tolerance);
    }
    let carried = self::carried(&map, pairs, TIGHT);
    (carried.len() >= 3).then_some(Found {
        map,
        carried,
        visible: 0,
        likeness: 0.0,
    })
}

/// Looks for every stored point where the map says that the query shows it, fits the map to what is found, and looks again:
/// there a corner need not be the only one of its look to be recognised.
fn confirmed(found: Found, query: &Features, stored: &Features) -> Found {
    let mut found = found;
    for _ in 0..2 {
        let Some(seen) = shown(&found.map, query, stored) else { break };
        found.visible = seen.visible;
        if seen.pairs.len() < found.carried.len() {
            break;
        }
        found.carried = seen.pairs;
        let Some(map) = fitted(&found.carried) else { break };
        found.map = map;
    }
    found.likeness = likeness(&found.map, query, stored);
    found
}

/// The map with the least error over some pairs; `None` when it is not plausible.
fn fitted(pairs: &[Pair]) -> Option<Homography> {
    let samples: Vec<Sample> = pairs.iter().map(sample).collect();
    let homography = (samples.len() >= HOMOGRAPHY_POINTS)
        .then(|| fit::homography(&samples))
        .flatten();
    let likely = |map: &Homography| plausible(map, &samples);
    homography.filter(likely).or_else(|| fit::affine(&samples).filter(likely))
}

/// The pairs that a map carries, each place of either picture once.
fn carried(map: &Homography, pairs: &[Pair], tolerance: [f32; 2]) -> Vec<Pair> {
    once(pairs.iter().filter(|pair| carries(map, pair, tolerance) && agrees(map, pair)))
}

/// Of pairs that lie together in either picture the first.
pub(super) fn once<'a>(pairs: impl Iterator<Item = &'a Pair>) -> Vec<Pair> {
    let mut kept: Vec<Pair> = Vec::new();
    for pair in pairs {
        let fresh = |known: &Pair| apart(known.query, pair.query) && apart(known.stored, pair.stored);
        if kept.iter().all(fresh) {
            kept.push(*pair);
        }
    }
    kept
}

/// Whether two places of a picture are two corners.
pub(super) fn apart(a: [f32; 2], b: [f32; 2]) -> bool {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) >= APART_MIN * APART_MIN
}

pub(super) fn carries(map: &Homography, pair: &Pair, [pixels, grains]: [f32; 2]) -> bool {
    let tolerance = f64::from(pixels + grains * (pair.grain - 1.0));
    let (place, wanted) = sample(pair);
    map.carry(place)
        .is_some_and(|found| (found[0] - wanted[0]).powi(2) + (found[1] - wanted[1]).powi(2) <= tolerance * tolerance)
}

/// Whether a pair's own direction and size are those of the map there.
pub(super) fn agrees(map: &Homography, pair: &Pair) -> bool {
    let (place, _) = sample(pair);
    let (Some(here), Some(right)) = (map.carry(place), map.carry([place[0] + 1.0, place[1]])) else {
        return false;
    };
    let step = [right[0] - here[0], right[1] - here[1]];
    let turn = step[1].atan2(step[0]) as f32;
    let levels = (step[0] * step[0] + step[1] * step[1]).sqrt().ln() as f32 / LEVEL_STEP.ln();
    turned_apart(turn, pair.turn) <= TURN_TOLERANCE && (levels - f32::from(pair.levels)).abs() <= LEVEL_TOLERANCE
}

/// Whether photos of photos are made like this: nowhere mirrored, folded or stretched beyond measure.
fn plausible(map: &Homography, samples: &[Sample]) -> bool {
    samples.iter().all(|(place, _)| {
        map.enlargement(*place)
            .is_some_and(|[larger, smaller]| larger <= STRETCH_MAX * smaller && smaller > 0.15 && larger < 7.0)
    })
}

fn turned_apart(one: f32, other: f32) -> f32 {
    let apart = (one - other).rem_euclid(std::f32::consts::TAU);
    apart.min(std::f32::consts::TAU - apart)
}

fn sample(pair: &Pair) -> Sample {
    (pair.query.map(f64::from), pair.stored.map(f64::from))
}

/// From pixels of the working pictures to shares of the pictures, the query unmirrored.
fn agreement(found: &Found, query: &Features, stored: &Features, mirrored: bool) -> Agreement {
    let from = [query.width, query.height].map(|side| f32::from(side.max(1)));
    let to = [stored.width, stored.height].map(|side| f32::from(side.max(1)));
    let unmirrored = |x: f32| if mirrored { 1.0 - x } else { x };
    let share = |place: [f32; 2], sides: [f32; 2]| [(place[0] + 0.5) / sides[0], (place[1] + 0.5) / sides[1]];
    let points: Vec<PointPair> = found
        .carried
        .iter()
        .map(|pair| {
            let [x, y] = share(pair.query, from);
            PointPair {
                query: [unmirrored(x), y],
                stored: share(pair.stored, to),
            }
        })
        .collect();
    let [width, height] = from.map(f64::from);
    let pixels = if mirrored {
        Homography::scaling(-width, height, [width - 0.5, -0.5])
    } else {
        Homography::scaling(width, height, [-0.5, -0.5])
    };
    let [width, height] = to.map(f64::from);
    let shares = Homography::scaling(1.0 / width, 1.0 / height, [0.5 / width, 0.5 / height]);
    Agreement {
        inliers: points.len(),
        visible: found.visible,
        likeness: found.likeness,
        mirrored,
        points,
        model: shares.after(&found.map).after(&pixels),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::{RgbImage, imageops};

    use super::super::super::testing::{blobs, framed, jpeg};
    use super::super::STORED_POINTS;
    use super::*;

    /// As a seller would send it: compressed once more.
    fn sent(picture: &RgbImage) -> Features {
        Features::extract(&image::load_from_memory(&jpeg(picture, 60)).unwrap().into_rgb8())
    }

    #[test]
    fn a_changed_copy_lies_on_its_original() {
        let picture = blobs(400, 533, 51);
        let stored = Features::extract(&picture).strongest(STORED_POINTS);
        let part = imageops::crop_imm(&picture, 40, 53, 300, 400).to_image();
        let whole = |[x, y]: Place| [x, y];
        let in_part = |[x, y]: Place| [(40.0 + 300.0 * x) / 400.0, (53.0 + 400.0 * y) / 533.0];
        let cases: [(&str, RgbImage, bool, &dyn Fn(Place) -> Place); 7] = [
            ("compressed", picture.clone(), false, &whole),
            ("small", imageops::thumbnail(&picture, 120, 160), false, &whole),
            ("cropped", part.clone(), false, &in_part),
            ("turned", imageops::rotate90(&picture), false, &|[x, y]| [y, 1.0 - x]),
            ("mirrored", imageops::flip_horizontal(&picture), true, &|[x, y]| [1.0 - x, y]),
            ("mirrored part", imageops::flip_horizontal(&part), true, &|[x, y]| {
                in_part([1.0 - x, y])
            }),
            ("framed", framed(&picture, 50, 50, [255; 3]), false, &|[x, y]| {
                [(500.0 * x - 50.0) / 400.0, (633.0 * y - 50.0) / 533.0]
            }),
        ];
        for (what, offered, mirrored, expected) in cases {
            let found = verify(&sent(&offered), &stored).unwrap_or_else(|| panic!("{what} not found"));
            assert_eq!(found.mirrored, mirrored, "{what}");
            assert_eq!(found.points.len(), found.inliers);
            for pair in &found.points {
                let carried = found.model.carry(pair.query.map(f64::from)).unwrap().map(|part| part as f32);
                for wanted in [carried, expected(pair.query)] {
                    let off = (wanted[0] - pair.stored[0]).abs().max((wanted[1] - pair.stored[1]).abs());
                    assert!(off < 0.03, "{what}: {pair:?} carried to {wanted:?}");
                }
            }
        }
    }

    #[test]
    fn different_pictures_do_not_agree() {
        let features: Vec<Features> = (60..70).map(|seed| Features::extract(&blobs(300, 400, seed))).collect();
        for (place, one) in features.iter().enumerate() {
            for other in &features[..place] {
                assert_eq!(verify(one, &other.strongest(STORED_POINTS)), None);
            }
            assert_eq!(verify(one, &Features::default()), None);
            assert_eq!(verify(&Features::default(), one), None);
        }
    }

    #[test]
    fn one_corner_found_many_times_counts_once() {
        let pair = |at: f32, ratio: f32| Pair {
            query: [at, at],
            stored: [at, at],
            turn: 0.0,
            levels: 0,
            grain: 1.0,
            ratio,
        };
        let same = [pair(10.0, 0.1), pair(11.0, 0.2), pair(200.0, 0.3), pair(202.0, 0.4)];
        let unmoved = Homography::scaling(1.0, 1.0, [0.0; 2]);
        assert_eq!(carried(&unmoved, &same, TIGHT), [same[0], same[2]]);
    }
}
