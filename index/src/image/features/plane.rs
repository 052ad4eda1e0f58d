//! The grey pictures that points are looked for in: the working picture, its smaller copies, and their smoothed twins.
//!
//! Owns the one way from a photo to these planes. Leaves what is found in them to the rest of the module.

use fearless_simd::{Level, Simd, dispatch};
use image::RgbImage;

/// Longer side of the working picture, in pixels. Smaller photos are scaled up to it: a copy of quarter size then shows
/// its corners at the scale they have in the original.
pub(super) const SIDE: u32 = 512;
/// How many sizes of the working picture are looked at, the full one included.
pub(super) const LEVELS: usize = 8;
/// Each level is smaller than the one before by this factor.
pub(super) const LEVEL_STEP: f32 = 1.2;

/// Weights of a new pixel when a plane changes its size little, which is done without a loop.
const TAPS: usize = 3;
/// Rows that become columns together.
const TRANSPOSED_AT_ONCE: usize = 16;
/// Half of a Gaussian of deviation 2 pixels, middle first, in 256ths; whole sums to 256.
const GAUSSIAN: [u16; 5] = [52, 46, 32, 17, 7];

/// Rows of brightness, 0 to 255.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<u8>,
}

/// How much smaller a level is than the working picture.
pub(super) fn shrink(level: usize) -> f32 {
    LEVEL_STEP.powi(level as i32)
}

impl Plane {
    /// The working picture; `None` when the photo has no pixels or is so narrow that nothing would be left of it.
    pub(super) fn working(picture: &RgbImage) -> Option<Self> {
        let (width, height) = picture.dimensions();
        let longer = width.max(height);
        if width == 0 || height == 0 {
            return None;
        }
        // At most the side it is scaled to, so it fits.
        let scaled = |side: u32| ((u64::from(side) * u64::from(SIDE) / u64::from(longer)) as usize).max(1);
        let mut values = vec![0; width as usize * height as usize];
        let level = Level::new();
        dispatch!(level, simd => simd.vectorize(
            #[inline(always)]
            || values.iter_mut().zip(picture.as_raw().as_chunks::<3>().0).for_each(|(value, pixel)| *value = brightness(pixel))
        ));
        let grey = Self {
            width: width as usize,
            height: height as usize,
            values,
        };
        Some(grey.scaled(scaled(width), scaled(height)))
    }

    /// The next level: this one, smaller by [`LEVEL_STEP`].
    pub(super) fn next_level(&self) -> Self {
        let scaled = |side: usize| ((side as f32 / LEVEL_STEP).round() as usize).max(1);
        self.scaled(scaled(self.width), scaled(self.height))
    }

    /// The plane in another size: every new pixel is a mean of those around its place, weighted by a triangle that
    /// reaches as far as the next new (or old, whichever is wider apart) pixel.
    pub(super) fn scaled(&self, width: usize, height: usize) -> Self {
        let mut values = vec![0; width * height];
        let level = Level::new();
        dispatch!(level, simd => simd.vectorize(
            #[inline(always)]
            || self.scale_into(&mut values, width, height)
        ));
        Self { width, height, values }
    }

    #[inline(always)]
    fn scale_into(&self, values: &mut [u8], width: usize, height: usize) {
        let (columns, rows) = (Samples::new(self.width, width), Samples::new(self.height, height));
        let mut line = vec![0.0f32; self.width];
        for (to, (start, weights)) in values.chunks_exact_mut(width).zip(rows.iter()) {
            line.fill(0.0);
            for (weight, from) in weights.iter().zip(self.values.chunks_exact(self.width).skip(start)) {
                for (sum, value) in line.iter_mut().zip(from) {
                    *sum += weight * f32::from(*value);
                }
            }
            columns.apply(&line, to);
        }
    }

    /// Columns and rows exchanged.
    pub(super) fn transposed(&self) -> Self {
        let (width, height) = (self.height, self.width);
        let mut values = vec![0; width * height];
        // Some rows at a time, whose pixels stay in the first-level cache.
        for (group, rows) in self.values.chunks(TRANSPOSED_AT_ONCE * self.width).enumerate() {
            let first = group * TRANSPOSED_AT_ONCE;
            for (column, to) in values.chunks_exact_mut(width).enumerate() {
                let pixels = rows[column..].iter().step_by(self.width);
                to[first..].iter_mut().zip(pixels).for_each(|(to, from)| *to = *from);
            }
        }
        Self { width, height, values }
    }

    /// A smoothed copy (Gaussian, deviation 2 pixels); the outermost four rows and columns stay as they are.
    pub(super) fn smoothed(&self) -> Self {
        let (width, height) = (self.width, self.height);
        let reach = GAUSSIAN.len() - 1;
        if width <= 2 * reach || height <= 2 * reach {
            return self.clone();
        }
        let (mut rows, mut both) = (self.values.clone(), self.values.clone());
        let level = Level::new();
        dispatch!(level, simd => simd.vectorize(
            #[inline(always)]
            || smooth(&self.values, &mut rows, &mut both, width)
        ));
        Self {
            width,
            height,
            values: both,
        }
    }
}

/// Smooths along the rows and then along the columns.
#[inline(always)]
fn smooth(values: &[u8], rows: &mut [u8], both: &mut [u8], width: usize) {
    let reach = GAUSSIAN.len() - 1;
    for (to, from) in rows.chunks_exact_mut(width).zip(values.chunks_exact(width)) {
        let count = width - 2 * reach;
        let taps: [&[u8]; 9] = std::array::from_fn(|shift| &from[shift..shift + count]);
        weigh(&mut to[reach..reach + count], taps);
    }
    let edge = reach * width;
    let last = both.len() - edge;
    both[..edge].copy_from_slice(&rows[..edge]);
    both[last..].copy_from_slice(&rows[last..]);
    for (y, to) in both[edge..last].chunks_exact_mut(width).enumerate() {
        let taps: [&[u8]; 9] = std::array::from_fn(|shift| &rows[(y + shift) * width..][..width]);
        weigh(to, taps);
    }
}

/// The weights with which the pixels of a line make those of another.
struct Samples {
    /// Weights that every new pixel has; those it does not need are nought.
    taps: usize,
    /// The first pixel that counts, for each new one.
    starts: Vec<usize>,
    /// For each new pixel the weights of the pixels from its first on; they sum to one.
    weights: Vec<f32>,
}

impl Samples {
    fn new(from: usize, to: usize) -> Self {
        let step = from as f32 / to as f32;
        let reach = step.max(1.0);
        let span = |place: usize| {
            let middle = (place as f32 + 0.5) * step - 0.5;
            let start = (middle - reach).ceil().max(0.0) as usize;
            let end = ((middle + reach).floor() as usize).min(from - 1);
            (middle, start, end)
        };
        let spans: Vec<_> = (0..to).map(span).collect();
        let longest = spans.iter().map(|(_, start, end)| end - start + 1).max();
        let taps = longest.map_or(0, |longest| longest.max(TAPS.min(from)));
        let mut weights = vec![0.0; taps * to];
        let mut starts = Vec::with_capacity(to);
        for (weights, (middle, start, end)) in weights.chunks_exact_mut(taps.max(1)).zip(spans) {
            // At the end of the line the weights that are not needed come first.
            let first = start.min(from - taps);
            let weights = &mut weights[start - first..=end - first];
            for (pixel, weight) in (start..).zip(weights.iter_mut()) {
                *weight = 1.0 - (pixel as f32 - middle).abs() / reach;
            }
            let sum: f32 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= sum);
            starts.push(first);
        }
        Self { taps, starts, weights }
    }

    fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.starts.iter().copied().zip(self.weights.chunks_exact(self.taps.max(1)))
    }

    #[inline(always)]
    fn apply(&self, line: &[f32], to: &mut [u8]) {
        // A mean of bytes is one; the half rounds.
        let value = |sum: f32| (sum + 0.5) as u8;
        let (weights, rest) = self.weights.as_chunks::<TAPS>();
        if self.taps == TAPS && rest.is_empty() {
            for ((to, &start), [a, b, c]) in to.iter_mut().zip(&self.starts).zip(weights) {
                let Some([x, y, z]) = line.get(start..).and_then(|line| line.first_chunk()) else {
                    continue;
                };
                *to = value(a * x + b * y + c * z);
            }
            return;
        }
        for (to, (start, weights)) in to.iter_mut().zip(self.iter()) {
            let pixels = weights.iter().zip(&line[start..]);
            *to = value(pixels.map(|(weight, value)| weight * value).sum());
        }
    }
}

/// Brightness by ITU-R BT.601, in 256ths.
#[inline(always)]
fn brightness([red, green, blue]: &[u8; 3]) -> u8 {
    ((77 * u32::from(*red) + 150 * u32::from(*green) + 29 * u32::from(*blue)) >> 8) as u8
}

#[inline(always)]
fn weigh(to: &mut [u8], taps: [&[u8]; 9]) {
    let [a, b, c, d, e, f, g, h, i] = taps.map(|tap| &tap[..to.len()]);
    for (x, value) in to.iter_mut().enumerate() {
        let pair = |one: u8, other: u8| u16::from(one) + u16::from(other);
        let sum = GAUSSIAN[0] * u16::from(e[x])
            + GAUSSIAN[1] * pair(d[x], f[x])
            + GAUSSIAN[2] * pair(c[x], g[x])
            + GAUSSIAN[3] * pair(b[x], h[x])
            + GAUSSIAN[4] * pair(a[x], i[x]);
        *value = (sum >> 8) as u8;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::Rgb;

    use super::super::super::testing::mosaic;
    use super::*;

    #[test]
    fn the_working_picture_has_one_size() {
        let cases = [
            ((100, 133), Some((384, 512))),
            ((1024, 512), Some((512, 256))),
            ((512, 512), Some((512, 512))),
            ((3000, 2), Some((512, 1))),
            ((1, 1), Some((512, 512))),
            ((0, 0), None),
            ((0, 9), None),
        ];
        for ((width, height), expected) in cases {
            let plane = Plane::working(&RgbImage::new(width, height));
            assert_eq!(plane.map(|plane| (plane.width, plane.height)), expected, "{width} × {height}");
        }
    }

    #[test]
    fn scaling_keeps_even_planes_even_and_steps_in_place() {
        let plain = Plane::working(&RgbImage::from_pixel(333, 250, Rgb([90; 3]))).unwrap();
        let level = plain.next_level().smoothed();
        assert_eq!((level.width, level.height), (427, 320));
        assert!(level.values.iter().all(|value| *value == 90));

        let halves = RgbImage::from_fn(200, 200, |x, _| if x < 100 { Rgb([0; 3]) } else { Rgb([200; 3]) });
        let level = Plane::working(&halves).unwrap().next_level();
        let row = &level.values[..level.width];
        let darker = row.iter().filter(|value| **value < 100).count();
        assert!(darker.abs_diff(level.width / 2) <= 1, "{darker} of {}", level.width);
    }

    #[test]
    fn smoothing_evens_out_noise() {
        let plane = Plane::working(&mosaic(300, 300, 1)).unwrap();
        let rough = |plane: &Plane| -> u64 {
            let pairs = plane.values.windows(2);
            pairs.map(|pair| u64::from(pair[0].abs_diff(pair[1])).pow(2)).sum()
        };
        assert!(2 * rough(&plane.smoothed()) < rough(&plane));
    }
}
