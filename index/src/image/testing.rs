//! Pictures drawn from a recipe, for the tests of this module.

use image::{Rgb, RgbImage};

/// A linear congruential generator (Knuth's MMIX constants): the same numbers everywhere, for ever.
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64
    }
}

/// Two dozen coloured ellipses over a gradient.
pub(crate) fn blobs(width: u32, height: u32, seed: u64) -> RgbImage {
    let (w, h) = (i64::from(width), i64::from(height));
    let mut picture = RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (i64::from(x), i64::from(y));
        Rgb([(x * 200 / w) as u8, (y * 200 / h) as u8, ((x + y) * 200 / (w + h)) as u8])
    });
    let mut numbers = Numbers::new(seed);
    for _ in 0..24 {
        let (cx, cy) = (numbers.next() % w, numbers.next() % h);
        let (rx, ry) = (w / 16 + numbers.next() % (w / 5), h / 16 + numbers.next() % (h / 5));
        let colour = Rgb([0; 3].map(|_: u8| (numbers.next() % 256) as u8));
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let (dx, dy) = (i64::from(x) - cx, i64::from(y) - cy);
            if dx * dx * ry * ry + dy * dy * rx * rx <= rx * rx * ry * ry {
                *pixel = colour;
            }
        }
    }
    picture
}

/// Grey squares of eight pixels.
pub(super) fn mosaic(width: u32, height: u32, seed: u64) -> RgbImage {
    let mut numbers = Numbers::new(seed);
    let columns = width.div_ceil(8);
    let greys: Vec<u8> = (0..columns * height.div_ceil(8))
        .map(|_| (numbers.next() % 256) as u8)
        .collect();
    RgbImage::from_fn(width, height, |x, y| Rgb([greys[(y / 8 * columns + x / 8) as usize]; 3]))
}

/// A picture in the middle of a plain one.
pub(super) fn framed(inner: &RgbImage, left_right: u32, top_bottom: u32, colour: [u8; 3]) -> RgbImage {
    let mut picture = RgbImage::from_pixel(inner.width() + 2 * left_right, inner.height() + 2 * top_bottom, Rgb(colour));
    image::imageops::replace(&mut picture, inner, i64::from(left_right), i64::from(top_bottom));
    picture
}

/// The picture as JPEG.
pub(super) fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
    assert!(picture.write_with_encoder(encoder).is_ok());
    bytes
}
