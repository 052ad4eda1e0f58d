//! Drawn photos: no two alike, with about as many corners as photos of things have.

use replevin_index::image::decode::{DecodeLimits, thumbnail};

use super::random::Random;

/// Size of a drawn photo: 0.2 megapixel.
const WIDTH: usize = 400;
const HEIGHT: usize = 500;
/// Shapes on a photo.
const SHAPES: usize = 90;
/// Bytes before the pixels of a bitmap.
const HEAD_BYTES: u32 = 54;

/// A photo as JPEG; the number is all that it depends on.
pub(crate) fn jpeg(number: u64) -> Vec<u8> {
    // The library writes JPEG when it makes a picture small; this one is small enough already.
    thumbnail(&bitmap(&drawn(number)), &DecodeLimits::default(), WIDTH.max(HEIGHT) as u32).unwrap()
}

/// Rows of blue, green and red: ellipses and boxes over a gradient, all of them grainy.
fn drawn(number: u64) -> Vec<[u8; 3]> {
    let mut random = Random(number);
    let ground: [usize; 3] = std::array::from_fn(|_| random.below(120));
    let mut pixels: Vec<[u8; 3]> = (0..WIDTH * HEIGHT)
        .map(|place| ground.map(|value| (value + place / WIDTH / 6 + place % WIDTH / 8) as u8))
        .collect();
    for _ in 0..SHAPES {
        let colour: [u8; 3] = std::array::from_fn(|_| random.below(256) as u8);
        let round = random.below(2) == 0;
        let sides = [3 + random.below(50) as isize, 3 + random.below(50) as isize];
        let middle = [random.below(WIDTH) as isize, random.below(HEIGHT) as isize];
        let span = |axis: usize, end: usize| {
            let from = (middle[axis] - sides[axis]).max(0);
            from..(middle[axis] + sides[axis]).min(end as isize)
        };
        for y in span(1, HEIGHT) {
            for x in span(0, WIDTH) {
                let [across, down] = [(x - middle[0]) * sides[1], (y - middle[1]) * sides[0]];
                let reach = sides[0] * sides[1];
                if !round || across * across + down * down <= reach * reach {
                    pixels[y as usize * WIDTH + x as usize] = colour;
                }
            }
        }
    }
    for pixel in &mut pixels {
        let grain = random.next();
        for (value, shift) in pixel.iter_mut().zip([0, 4, 8]) {
            *value = value.saturating_add((grain >> shift & 15) as u8);
        }
    }
    pixels
}

/// The pixels as a Windows bitmap, whose rows are whole words as they are.
fn bitmap(pixels: &[[u8; 3]]) -> Vec<u8> {
    let length = 3 * pixels.len() as u32;
    let mut bytes = b"BM".to_vec();
    let layers = 1 | 24 << 16;
    for number in [
        HEAD_BYTES + length,
        0,
        HEAD_BYTES,
        40,
        WIDTH as u32,
        HEIGHT as u32,
        layers,
        0,
        length,
        0,
        0,
        0,
        0,
    ] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend_from_slice(pixels.as_flattened());
    bytes
}
