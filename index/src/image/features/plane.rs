//! The grey pictures that points are looked for in: the working picture, its smaller copies, and their smoothed twins.
//!
//! Owns the one way from a photo to these planes. Leaves what is found in them to the rest of the module.

use image::RgbImage;

/// Longer side of the working picture, in pixels. Smaller photos are scaled up to it: a copy of quarter size then shows
/// its corners at the scale they have in the original.
pub(super) const SIDE: u32 = 512;
/// How many sizes of the working picture are looked at, the full one included.
pub(super) const LEVELS: usize = 8;
/// Each level is smaller than the one before by this factor.
pub(super) const LEVEL_STEP: f32 = 1.2;

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
        let grey = Self {
            width: width as usize,
            height: height as usize,
            values: picture.as_raw().as_chunks::<3>().0.iter().map(brightness).collect(),
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
        let mut values = Vec::with_capacity(width * height);
        let columns = samples(self.width, width);
        let mut line = vec![0.0f32; self.width];
        for row in samples(self.height, height) {
            line.fill(0.0);
            for (weight, from) in row.weights.iter().zip(self.values.chunks_exact(self.width).skip(row.start)) {
                for (sum, value) in line.iter_mut().zip(from) {
                    *sum += weight * f32::from(*value);
                }
            }
            values.extend(columns.iter().map(|column| {
                let pixels = column.weights.iter().zip(&line[column.start..]);
                // A mean of bytes is one; the half rounds.
                (pixels.map(|(weight, value)| weight * value).sum::<f32>() + 0.5) as u8
            }));
        }
        Self { width, height, values }
    }

    /// A smoothed copy (Gaussian, deviation 2 pixels); the outermost four rows and columns stay as they are.
    pub(super) fn smoothed(&self) -> Self {
        let (width, height) = (self.width, self.height);
        let reach = GAUSSIAN.len() - 1;
        let mut rows = self.values.clone();
        if width <= 2 * reach || height <= 2 * reach {
            return self.clone();
        }
        for (to, from) in rows.chunks_exact_mut(width).zip(self.values.chunks_exact(width)) {
            let count = width - 2 * reach;
            let taps: [&[u8]; 9] = std::array::from_fn(|shift| &from[shift..shift + count]);
            weigh(&mut to[reach..reach + count], taps);
        }
        let mut both = rows.clone();
        for y in reach..height - reach {
            let taps: [&[u8]; 9] = std::array::from_fn(|shift| &rows[(y + shift - reach) * width..][..width]);
            weigh(&mut both[y * width..][..width], taps);
        }
        Self {
            width,
            height,
            values: both,
        }
    }
}

/// The weights with which the pixels of a line, from `start` on, make one of another; they sum to one.
struct Sample {
    start: usize,
    weights: Vec<f32>,
}

fn samples(from: usize, to: usize) -> Vec<Sample> {
    let step = from as f32 / to as f32;
    let reach = step.max(1.0);
    let sample = |place: usize| {
        let middle = (place as f32 + 0.5) * step - 0.5;
        let start = (middle - reach).ceil().max(0.0) as usize;
        let end = ((middle + reach).floor() as usize).min(from - 1);
        let mut weights: Vec<f32> = (start..=end)
            .map(|pixel| 1.0 - (pixel as f32 - middle).abs() / reach)
            .collect();
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        Sample { start, weights }
    };
    (0..to).map(sample).collect()
}

/// Brightness by ITU-R BT.601, in 256ths.
fn brightness([red, green, blue]: &[u8; 3]) -> u8 {
    ((77 * u32::from(*red) + 150 * u32::from(*green) + 29 * u32::from(*blue)) >> 8) as u8
}

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
