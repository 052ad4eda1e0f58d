//! Whether two photos look alike where a map lays one on the other.
//!
//! Owns the thumbnail that is kept beside the points, and its comparison. Two different things photographed on one carpet share
//! the carpet's corners, and a plain garment has few of its own: only what lies between the corners tells them apart. Leaves
//! what likeness is enough to [`verify`](super::verify).

use super::Features;
use super::fit::Homography;
use super::plane::Plane;

/// Side of the thumbnail, in samples; its proportions are not those of the picture.
pub(super) const THUMBNAIL_SIDE: usize = 32;
/// Fewer samples in common tell nothing.
const SAMPLES_MIN: usize = 40;

/// The brightness of a picture in [`THUMBNAIL_SIDE`] rows of as many samples.
pub(super) fn thumbnail(working: &Plane) -> Vec<u8> {
    working.scaled(THUMBNAIL_SIDE, THUMBNAIL_SIDE).values
}

/// The thumbnail of the mirrored picture.
pub(super) fn mirrored(thumbnail: &[u8]) -> Vec<u8> {
    let rows = thumbnail.chunks_exact(THUMBNAIL_SIDE);
    rows.flat_map(|row| row.iter().rev().copied()).collect()
}

/// How brightness in the one goes with brightness in the other where the query shows the stored picture: Pearson's
/// correlation, which light and contrast do not change. From -1 to 1; 0 when too little is shown.
pub(super) fn likeness(map: &Homography, query: &Features, stored: &Features) -> f32 {
    let (Some(back), false) = (map.inverse(), query.thumbnail.is_empty() || stored.thumbnail.is_empty()) else {
        return 0.0;
    };
    let side = THUMBNAIL_SIDE as f64;
    let mut sums = [0.0f64; 6];
    for (place, value) in stored.thumbnail.iter().enumerate() {
        let shares = [place % THUMBNAIL_SIDE, place / THUMBNAIL_SIDE].map(|line| (line as f64 + 0.5) / side);
        let pixel = [
            shares[0] * f64::from(stored.width) - 0.5,
            shares[1] * f64::from(stored.height) - 0.5,
        ];
        let Some([x, y]) = back.carry(pixel) else { continue };
        let sample = [
            (x + 0.5) / f64::from(query.width) * side - 0.5,
            (y + 0.5) / f64::from(query.height) * side - 0.5,
        ];
        let Some(other) = between(&query.thumbnail, sample) else {
            continue;
        };
        let value = f64::from(*value);
        for (sum, term) in sums
            .iter_mut()
            .zip([1.0, value, other, value * value, other * other, value * other])
        {
            *sum += term;
        }
    }
    let [count, one, other, ones, others, both] = sums;
    if count < SAMPLES_MIN as f64 {
        return 0.0;
    }
    // An even surface goes with nothing; a grey value of deviation keeps noise from telling.
    let spread = |squares: f64, sum: f64| (squares / count - (sum / count).powi(2)).max(1.0).sqrt();
    let together = both / count - one / count * other / count;
    (together / (spread(ones, one) * spread(others, other))) as f32
}

/// The brightness at a place between samples; `None` outside.
fn between(thumbnail: &[u8], [x, y]: [f64; 2]) -> Option<f64> {
    let inside = 0.0..=(THUMBNAIL_SIDE - 1) as f64;
    if !inside.contains(&x) || !inside.contains(&y) {
        return None;
    }
    let next = |place: f64| (place as usize + 1).min(THUMBNAIL_SIDE - 1);
    let at = |column: usize, row: usize| f64::from(thumbnail[row * THUMBNAIL_SIDE + column]);
    let (left, top, right, bottom) = (x as usize, y as usize, next(x), next(y));
    let mix = |one: f64, other: f64, share: f64| one + (other - one) * share.fract();
    Some(mix(
        mix(at(left, top), at(right, top), x),
        mix(at(left, bottom), at(right, bottom), x),
        y,
    ))
}

#[cfg(test)]
mod tests {
    use image::imageops;

    use super::super::super::testing::blobs;
    use super::*;

    #[test]
    fn a_part_is_like_its_whole_and_unlike_another_in_its_place() {
        let picture = blobs(400, 400, 81);
        let (x, y, width, height) = (60, 40, 280, 300);
        let part = |picture: &image::RgbImage| Features::extract(&imageops::crop_imm(picture, x, y, width, height).to_image());
        let whole = Features::extract(&picture);
        // The part's longer side is 512 pixels of its working picture; so is that of the whole.
        let scale = 300.0 / 400.0;
        let map = Homography::scaling(scale, scale, [60.0 * 1.28, 40.0 * 1.28]);
        let same = likeness(&map, &part(&picture), &whole);
        assert!(same > 0.9, "{same}");
        let other = likeness(&map, &part(&blobs(400, 400, 82)), &whole);
        assert!(other < 0.8, "{other}");
        let away = Homography::scaling(scale, scale, [2000.0, 0.0]);
        assert_eq!(likeness(&away, &part(&picture), &whole), 0.0);
        assert_eq!(likeness(&map, &Features::default(), &whole), 0.0);
    }

    #[test]
    fn light_and_contrast_do_not_matter() {
        let features = Features::extract(&blobs(300, 300, 83));
        let mut darker = features.clone();
        darker.thumbnail.iter_mut().for_each(|value| *value = *value / 2 + 20);
        let unmoved = Homography::scaling(1.0, 1.0, [0.0; 2]);
        assert!(likeness(&unmoved, &darker, &features) > 0.99);
        assert_eq!(mirrored(&mirrored(&darker.thumbnail)), darker.thumbnail);
        assert!(likeness(&unmoved, &features.mirrored(), &features) < 0.8);
    }
}
