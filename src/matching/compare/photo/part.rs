//! Photos of which one shows a part of the other: cropped, turned, framed, in a collage.
//!
//! Owns which pairs are looked at, what the corners that they share are worth, and how that is told. Where such pairs are found
//! in a whole archive, and the proof that the corners lie alike, is the index's business.

use replevin_index::Record;
use replevin_index::image::features::{PartComparison, PartPoint, compare};
use serde_json::{Value, json};

use super::{Near, Pair, is_featureless};
use crate::matching::weights::photo as weights;

/// The outcome in an evidence.
pub(super) const OUTCOME: &str = "part of the picture";
/// Pairs of photos that are looked at, those that stand first on both sides before others: comparing one takes a tenth of a
/// millisecond and more.
const PAIRS_MAX: usize = 400;
/// Corners that are kept to be shown: more than anyone counts.
const POINTS_SHOWN: usize = 40;

/// Adds the pairs of which one photo shows a part of the other, in place of those that merely resemble each other. Photos that
/// have found their like as a whole are left alone.
pub(super) fn add<'a>(item: &'a Record, listing: &'a Record, pairs: &mut Vec<Pair<'a>>) {
    let settled = |ours: usize, theirs: usize, pairs: &[Pair<'_>]| {
        let mut same = pairs
            .iter()
            .filter(|pair| matches!(pair.near, Near::Whole(_)) && pair.is_same());
        same.any(|pair| pair.our_index == ours || pair.their_index == theirs)
    };
    for (our_index, their_index) in places(item.features.len(), listing.features.len()) {
        let (Some(ours), Some(theirs)) = (item.photos.get(our_index), listing.photos.get(their_index)) else {
            continue;
        };
        if settled(our_index, their_index, pairs) {
            continue;
        }
        let Some(near) = compare(&item.features[our_index], &listing.features[their_index]) else {
            continue;
        };
        let featureless = is_featureless(ours, theirs);
        pairs.retain(|pair| (pair.our_index, pair.their_index) != (our_index, their_index));
        pairs.push(Pair {
            ours,
            theirs,
            our_index,
            their_index,
            weight: weight(&near, featureless),
            near: Near::Part(near),
            featureless,
            sources: 1,
        });
    }
}

/// The evidence in words; the photos are counted from 1.
pub(super) fn says(near: &PartComparison, theirs: usize, ours: usize) -> String {
    let inside = if near.panel { ", as a picture within a picture" } else { "" };
    let mirrored = if near.mirrored { ", mirrored" } else { "" };
    let corners = near.inliers;
    format!(
        "photo {theirs} shows the registered photo {ours} or a part of it{inside}{mirrored} ({corners} details of the picture at the same places)"
    )
}

/// The comparison for the stored evidence. Each point is where it lies across and down, in shares of the registered photo's
/// width and height, then in the listing's.
pub(super) fn detail(near: &PartComparison) -> Value {
    let share = |share: f32| (f64::from(share) * 10_000.0).round() / 10_000.0;
    let point = |point: &PartPoint| {
        let [x, y] = point.registered;
        let [their_x, their_y] = point.offered;
        [x, y, their_x, their_y].map(share)
    };
    let points: Vec<[f64; 4]> = near.points.iter().take(POINTS_SHOWN).map(point).collect();
    json!({
        "corners": near.inliers,
        "likeness": share(near.likeness),
        "mirrored": near.mirrored,
        "panel": near.panel,
        "points": points,
    })
}

fn weight(near: &PartComparison, featureless: bool) -> f64 {
    let reached = weights::PART.iter().rev().find(|(corners, _)| near.inliers >= *corners);
    let weight = reached.map_or(0.0, |(_, weight)| *weight);
    if featureless {
        weight.min(weights::FEATURELESS)
    } else {
        weight
    }
}

/// The pairs of places on both sides, the first with the first, then by the sum of the places.
pub(super) fn places(ours: usize, theirs: usize) -> impl Iterator<Item = (usize, usize)> {
    let sums = 0..(ours + theirs).saturating_sub(1);
    let along = move |sum: usize| {
        (sum.saturating_sub(theirs.saturating_sub(1))..=sum.min(ours.saturating_sub(1))).map(move |place| (place, sum - place))
    };
    sums.filter(move |_| ours > 0 && theirs > 0).flat_map(along).take(PAIRS_MAX)
}
