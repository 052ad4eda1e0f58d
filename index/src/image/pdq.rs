//! PDQ: a 256-bit hash of what a picture looks like at a glance.
//!
//! Source of the method: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook 2019. Owns the
//! steps from the 64 × 64 square to the hashes of the eight dihedral forms and the quality; the square comes from
//! [`reduce`](super::reduce).

use std::f32::consts::PI;
use std::sync::LazyLock;

use super::Hash256;
use super::reduce::{Bands, SIDE, Scaling, Square};

/// Frequencies kept along each axis: 1 to 16, without the average brightness.
const FREQUENCIES: usize = 16;

type Spectrum = [[f32; FREQUENCIES]; FREQUENCIES];

/// One row a frequency: the cosine that a line of the square is weighted with.
static COSINES: LazyLock<Vec<[f32; SIDE]>> = LazyLock::new(|| {
    let scale = (2.0 / SIDE as f32).sqrt();
    let cosine = |frequency: usize, place: usize| scale * (PI / 2.0 / SIDE as f32 * (frequency * (2 * place + 1)) as f32).cos();
    (1..=FREQUENCIES)
        .map(|frequency| std::array::from_fn(|place| cosine(frequency, place)))
        .collect()
});

/// The ways of reducing rows that [`Squares::of`] expects first among the bands.
pub(super) const ROWS: [Scaling; 2] = [Scaling::Smoothed, Scaling::SmoothedBackwards];

/// The squares of a picture and of the ones turned over. The reduction is not symmetric, so turning the square of the picture
/// instead would change up to a tenth of the bits of small pictures.
pub(super) struct Squares {
    pub(super) upright: Square,
    mirrored: Square,
    flipped: Square,
    half_turned: Square,
}

impl Squares {
    pub(super) fn of<const N: usize>(bands: &Bands<N>) -> Self {
        Self {
            upright: bands.square(0, Scaling::Smoothed),
            mirrored: bands.square(0, Scaling::SmoothedBackwards),
            flipped: bands.square(1, Scaling::Smoothed),
            half_turned: bands.square(1, Scaling::SmoothedBackwards),
        }
    }

    /// The hashes of the eight forms, in the order of [`Dihedral::ALL`](super::Dihedral::ALL); each is the hash of the turned
    /// picture.
    pub(super) fn hashes(&self) -> [Hash256; 8] {
        let [upright, mirrored, flipped, half_turned] =
            [&self.upright, &self.mirrored, &self.flipped, &self.half_turned].map(|square| spectrum(square));
        [
            hash(&upright),
            hash(&transposed(&flipped)),
            hash(&half_turned),
            hash(&transposed(&mirrored)),
            hash(&mirrored),
            hash(&flipped),
            hash(&transposed(&upright)),
            hash(&transposed(&half_turned)),
        ]
    }
}

/// How much there is to see: the sum of the steps in brightness between neighbours, scaled so that 100 is plenty. Under 50 the
/// bits say little.
pub(super) fn quality(square: &[f32]) -> u8 {
    // Whole percents, cut towards zero, so that faint noise counts nothing.
    let step = |a: f32, b: f32| ((a - b) * 100.0 / 255.0).abs() as u32;
    let down: u32 = square.iter().zip(&square[SIDE..]).map(|(a, b)| step(*a, *b)).sum();
    let along: u32 = square
        .chunks_exact(SIDE)
        .flat_map(|row| row.windows(2))
        .map(|pair| step(pair[0], pair[1]))
        .sum();
    // Cannot exceed 100 after the cap.
    ((down + along) / 90).min(100) as u8
}

fn spectrum(square: &[f32]) -> Spectrum {
    let mut spectrum = [[0.0; FREQUENCIES]; FREQUENCIES];
    for (cosines, out) in COSINES.iter().zip(&mut spectrum) {
        let mut line = [0.0f32; SIDE];
        for (weight, row) in cosines.iter().zip(square.chunks_exact(SIDE)) {
            for (sum, value) in line.iter_mut().zip(row) {
                *sum += weight * value;
            }
        }
        for (out, cosines) in out.iter_mut().zip(COSINES.iter()) {
            *out = cosines.iter().zip(&line).map(|(weight, value)| weight * value).sum();
        }
    }
    spectrum
}

/// The spectrum of the picture with its axes exchanged.
fn transposed(spectrum: &Spectrum) -> Spectrum {
    std::array::from_fn(|row| std::array::from_fn(|column| spectrum[column][row]))
}

/// One bit a frequency pair: above the median or not. The lowest frequencies are the last bits.
fn hash(spectrum: &Spectrum) -> Hash256 {
    let mut sorted = *spectrum;
    let values = sorted.as_flattened_mut();
    let lower_middle = values.len() / 2 - 1;
    let median = *values.select_nth_unstable_by(lower_middle, f32::total_cmp).1;
    let mut bytes = [0; 32];
    for (place, value) in spectrum.as_flattened().iter().enumerate() {
        if *value > median {
            bytes[31 - place / 8] |= 1 << (place % 8);
        }
    }
    Hash256(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use image::{Rgb, RgbImage, imageops};

    use super::super::Dihedral;
    use super::super::reduce::{Window, bands};
    use super::super::testing::{blobs, mosaic};
    use super::*;

    fn squares(picture: &RgbImage) -> Squares {
        Squares::of(&bands(picture, Window::whole(picture), ROWS))
    }

    /// Hash and quality of the drawn pictures by the reference implementation, on the same pixels.
    #[test]
    fn agrees_with_the_reference() {
        type Recipe = fn(u32, u32, u64) -> RgbImage;
        let cases: [(Recipe, u32, u32, u64, &str); 7] = [
            (
                blobs,
                400,
                533,
                1,
                "f53452033ef02f25b6bee2a772707a78b8642d0fc3147c17e96069f8ce2ce0e8",
            ),
            (
                blobs,
                64,
                64,
                2,
                "b57258ec8d43de83bd04be974c7288a5cd40ca837f52ace4ec64ec665ea1951b",
            ),
            (
                blobs,
                100,
                77,
                3,
                "380f581f8f0ccf03d789728c785b097c8c7a462dcb8dd99e724765788db93534",
            ),
            (
                blobs,
                1200,
                900,
                4,
                "da7852a7624ba24f24d3685a284ab327fa4bb53be5dbddaa8d0a64497e25023e",
            ),
            (
                blobs,
                129,
                640,
                5,
                "085fd4aab8c5a61611aa2fc5a337711a8e7f3ab54412cbb3cae118c59ef78cac",
            ),
            (
                mosaic,
                300,
                200,
                6,
                "bb736e60ce21dceb7db2dc572d97854a2870539dac181aedc6d0e33335646510",
            ),
            (
                mosaic,
                512,
                512,
                7,
                "1df0c55adf6a0b9e227ff274a7895d81514b53ae99633216b3f75361021229a7",
            ),
        ];
        for (recipe, width, height, seed, expected) in cases {
            let squares = squares(&recipe(width, height, seed));
            let distance_bits = squares.hashes()[0].distance_bits(&expected.parse().unwrap());
            assert!(distance_bits <= 2, "seed {seed}: {distance_bits} bits off");
            assert_eq!(quality(&squares.upright), 100, "seed {seed}");
        }
    }

    #[test]
    fn a_plain_picture_has_no_quality() {
        assert_eq!(
            quality(&squares(&RgbImage::from_pixel(300, 300, Rgb([90, 120, 7]))).upright),
            0
        );
        let ramp = RgbImage::from_fn(256, 256, |x, _| Rgb([x as u8; 3]));
        assert_eq!(quality(&squares(&ramp).upright), 44);
    }

    #[test]
    fn forms_are_the_hashes_of_turned_pictures() {
        for (seed, width, height) in [(11, 400, 533), (12, 640, 480), (13, 256, 256), (14, 70, 90)] {
            let picture = blobs(width, height, seed);
            let quarter = imageops::rotate90(&picture);
            let turned = [
                picture.clone(),
                quarter.clone(),
                imageops::rotate180(&picture),
                imageops::rotate270(&picture),
                imageops::flip_horizontal(&picture),
                imageops::flip_vertical(&picture),
                imageops::flip_horizontal(&quarter),
                imageops::flip_vertical(&quarter),
            ];
            let forms = squares(&picture).hashes();
            for ((form, hash), turned) in Dihedral::ALL.iter().zip(forms).zip(&turned) {
                let distance_bits = hash.distance_bits(&squares(turned).hashes()[0]);
                assert!(distance_bits <= 2, "{form:?} of seed {seed}: {distance_bits} bits off");
            }
        }
    }
}
