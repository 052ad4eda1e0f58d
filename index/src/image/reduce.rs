//! Reducing a picture to a small square of brightness, straight from its pixels.
//!
//! Owns the two fixed ways of scaling down, written as one weight for each (line of the picture, line of the square): both are
//! linear and separable, so one pass over the pixels serves any number of them and no brightness plane is ever stored.
//! Leaves what is computed from the squares to the hashes.

use image::RgbImage;

/// Side of the squares, in samples.
pub(super) const SIDE: usize = 64;

/// `SIDE` × `SIDE` samples of brightness from 0 to 255, row by row.
pub(super) type Square = Vec<f32>;

/// A rectangle of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Window {
    pub(super) fn whole(picture: &RgbImage) -> Self {
        Self {
            x: 0,
            y: 0,
            width: picture.width(),
            height: picture.height(),
        }
    }
}

/// A way of scaling a line of pixels down to [`SIDE`] samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scaling {
    /// PDQ's: two moving averages over the 128th part of the line, then every sample taken at the middle of its cell
    /// ("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook 2019). Its windows reach further
    /// ahead than back, so that it matters from which end a line is read.
    Smoothed,
    /// The same with the line read from its end.
    SmoothedBackwards,
    /// The average over the sample's cell, pixels at its ends counted in part.
    Averaged,
}

/// The weights with which pixels make one sample: `weights[k]` belongs to pixel `start + k`; they sum to one.
struct Sample {
    start: usize,
    weights: Vec<f32>,
}

/// The window of a picture, reduced to [`SIDE`] rows in some ways; its columns are as many as before.
pub(super) struct Bands<const N: usize> {
    width: usize,
    rows: [Vec<f32>; N],
}

/// Reduces the rows of a window in each of the given ways: the pass over the pixels.
pub(super) fn bands<const N: usize>(picture: &RgbImage, window: Window, ways: [Scaling; N]) -> Bands<N> {
    let (width, height) = (window.width as usize, window.height as usize);
    let mut bands = Bands {
        width,
        rows: ways.map(|_| vec![0.0f32; SIDE * width]),
    };
    if width == 0 || height == 0 {
        return bands;
    }
    let uses = ways.map(|way| by_line(&way.samples(height), height));
    let mut brightness = vec![0.0f32; width];
    let stride = picture.width() as usize * 3;
    let lines = picture.as_raw().chunks_exact(stride).skip(window.y as usize).take(height);
    for (y, line) in lines.enumerate() {
        let pixels = &line[window.x as usize * 3..][..width * 3];
        for (value, [red, green, blue]) in brightness.iter_mut().zip(pixels.as_chunks::<3>().0) {
            *value = 0.299 * f32::from(*red) + 0.587 * f32::from(*green) + 0.114 * f32::from(*blue);
        }
        for (uses, rows) in uses.iter().zip(&mut bands.rows) {
            for &(sample, weight) in &uses[y] {
                for (sum, value) in rows[sample * width..][..width].iter_mut().zip(&brightness) {
                    *sum += weight * value;
                }
            }
        }
    }
    bands
}

impl<const N: usize> Bands<N> {
    /// Reduces the columns too: the square of the rows' way number `way`. A line that was read backwards gives the square of
    /// the picture that is turned over.
    pub(super) fn square(&self, way: usize, columns: Scaling) -> Square {
        if self.width == 0 {
            return vec![0.0; SIDE * SIDE];
        }
        let columns = columns.samples(self.width);
        let mut square = Vec::with_capacity(SIDE * SIDE);
        for band in self.rows[way].chunks_exact(self.width) {
            square.extend(columns.iter().map(|column| {
                let values = &band[column.start..];
                column
                    .weights
                    .iter()
                    .zip(values)
                    .map(|(weight, value)| weight * value)
                    .sum::<f32>()
            }));
        }
        square
    }
}

impl Scaling {
    fn samples(self, length: usize) -> Vec<Sample> {
        let backwards = |mut sample: Sample| {
            sample.start = length - sample.start - sample.weights.len();
            sample.weights.reverse();
            sample
        };
        let sample = |index| match self {
            Self::Smoothed => smoothed(length, index),
            Self::SmoothedBackwards => backwards(smoothed(length, index)),
            Self::Averaged => averaged(length, index),
        };
        (0..SIDE).map(sample).collect()
    }
}

/// For each line, the samples it counts for.
fn by_line(samples: &[Sample], lines: usize) -> Vec<Vec<(usize, f32)>> {
    let mut uses = vec![Vec::new(); lines];
    for (index, sample) in samples.iter().enumerate() {
        for (line, &weight) in uses[sample.start..].iter_mut().zip(&sample.weights) {
            line.push((index, weight));
        }
    }
    uses
}

/// Both moving averages are shortened at the ends of the line, which is why the weights are collected one by one.
fn smoothed(length: usize, sample: usize) -> Sample {
    let window = length.div_ceil(2 * SIDE);
    // An even window reaches one pixel further after the middle than before it.
    let after = window / 2;
    let before = window - 1 - after;
    let span = |middle: usize| (middle.saturating_sub(before), (middle + after).min(length - 1));
    let middle = (2 * sample + 1) * length / (2 * SIDE);
    let (first, last) = span(middle);
    let (start, end) = (span(first).0, span(last).1);
    let mut weights = vec![0.0; end - start + 1];
    for inner in first..=last {
        let (from, to) = span(inner);
        let share = 1.0 / ((last - first + 1) * (to - from + 1)) as f32;
        weights[from - start..=to - start]
            .iter_mut()
            .for_each(|weight| *weight += share);
    }
    Sample { start, weights }
}

fn averaged(length: usize, sample: usize) -> Sample {
    // In units of 1/SIDE pixel, so that cells end on whole numbers.
    let (from, to) = (sample * length, (sample + 1) * length);
    let (first, last) = (from / SIDE, (to - 1) / SIDE);
    let weights = (first..=last)
        .map(|pixel| {
            let covered = to.min((pixel + 1) * SIDE) - from.max(pixel * SIDE);
            covered as f32 / length as f32
        })
        .collect();
    Sample { start: first, weights }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_sum_to_one_and_stay_inside() {
        for scaling in [Scaling::Smoothed, Scaling::SmoothedBackwards, Scaling::Averaged] {
            for length in [1, 2, 5, 63, 64, 65, 127, 128, 129, 400, 533, 1000, 4032] {
                for sample in scaling.samples(length) {
                    let sum: f32 = sample.weights.iter().sum();
                    assert!((sum - 1.0).abs() < 1e-4, "{scaling:?} {length}: {sum}");
                    assert!(sample.start + sample.weights.len() <= length, "{scaling:?} {length}");
                }
            }
        }
    }

    #[test]
    fn sixty_four_lines_stay_as_they_are() {
        for scaling in [Scaling::Smoothed, Scaling::Averaged] {
            for (index, sample) in scaling.samples(SIDE).iter().enumerate() {
                assert_eq!((sample.start, sample.weights.as_slice()), (index, [1.0].as_slice()));
            }
        }
    }

    #[test]
    fn a_window_is_what_cutting_it_out_gives() {
        let picture = RgbImage::from_fn(97, 141, |x, y| {
            image::Rgb([(x * 7 + y * 3) as u8, (x * y) as u8, (y * 5) as u8])
        });
        let window = Window {
            x: 11,
            y: 20,
            width: 70,
            height: 100,
        };
        let cut = image::imageops::crop_imm(&picture, window.x, window.y, window.width, window.height).to_image();
        let square = |picture, window| bands(picture, window, [Scaling::Smoothed]).square(0, Scaling::Averaged);
        assert_eq!(square(&picture, window), square(&cut, Window::whole(&cut)));
    }
}
