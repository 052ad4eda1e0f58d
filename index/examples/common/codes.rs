//! Barcodes on labels, photographed: turned, seen from the side, blurred, badly lit, noisy.

use image::{GrayImage, Luma};
use rxing::{BarcodeFormat, MultiFormatWriter, Writer};

/// How a label is photographed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shot {
    /// Sides of the photo, pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Pixels of the photo to a module of the code.
    pub(crate) module: f32,
    /// Degrees by which the label is turned.
    pub(crate) turned: f32,
    /// How much smaller the label's far side is, 0 to 1.
    pub(crate) perspective: f32,
    /// Standard deviation of the blur, pixels.
    pub(crate) blur: f32,
    /// Standard deviation of the noise, grey values.
    pub(crate) noise: f32,
    /// Share of the range of grey values that the label uses, and how much darker one side of the photo is.
    pub(crate) contrast: f32,
    pub(crate) shade: f32,
}

impl Default for Shot {
    fn default() -> Self {
        Self {
            width: 800,
            height: 600,
            module: 2.5,
            turned: 0.0,
            perspective: 0.0,
            blur: 0.6,
            noise: 4.0,
            contrast: 0.8,
            shade: 0.2,
        }
    }
}

/// A label with one code, white about it, a pixel a module; linear codes are a quarter as high as they are wide.
pub(crate) fn label(format: BarcodeFormat, text: &str) -> GrayImage {
    let bits = MultiFormatWriter.encode(text, &format, 0, 0).unwrap();
    let linear = bits.getHeight() == 1 || bits.getHeight() * 8 < bits.getWidth();
    let (width, height) = (bits.getWidth(), if linear { bits.getWidth() / 4 } else { bits.getHeight() });
    let quiet = 10;
    GrayImage::from_fn(width + 2 * quiet, height + 2 * quiet, |x, y| {
        let inside = (quiet..quiet + width).contains(&x) && (quiet..quiet + height).contains(&y);
        let row = if linear { 0 } else { y.wrapping_sub(quiet) };
        Luma([if inside && bits.get(x - quiet, row) { 0 } else { 255 }])
    })
}

/// The label on a table with some things about.
pub(crate) fn photographed(label: &GrayImage, shot: &Shot, seed: u64) -> GrayImage {
    let mut numbers = Numbers(seed);
    let mut things = Vec::new();
    for _ in 0..14 {
        let mut next = |most: u32| numbers.below(most) as f32;
        things.push((
            next(shot.width),
            next(shot.height),
            10.0 + next(shot.width / 8),
            10.0 + next(shot.height / 8),
            40.0 + next(180),
        ));
    }
    let (sin, cos) = shot.turned.to_radians().sin_cos();
    let (middle_x, middle_y) = (shot.width as f32 / 2.0, shot.height as f32 / 2.0);
    let half = label.width() as f32 * shot.module / 2.0;
    let value = |x: f32, y: f32| {
        let (dx, dy) = (x - middle_x, y - middle_y);
        let (across, along) = (dx * cos + dy * sin, dy * cos - dx * sin);
        // What lies further to the right is further away.
        let far = 1.0 - shot.perspective * (across / half).clamp(-1.5, 1.5) / 2.0;
        let (u, v) = (across / shot.module / far, along / shot.module / far);
        let (u, v) = (u + label.width() as f32 / 2.0, v + label.height() as f32 / 2.0);
        if u >= 0.0 && v >= 0.0 && (u as u32) < label.width() && (v as u32) < label.height() {
            let ink = f32::from(label.get_pixel(u as u32, v as u32).0[0]) / 255.0;
            return 255.0 * (0.5 + (ink - 0.5) * shot.contrast);
        }
        let thing = things
            .iter()
            .rev()
            .find(|(cx, cy, rx, ry, _)| ((x - cx) / rx).powi(2) + ((y - cy) / ry).powi(2) < 1.0);
        thing.map_or(150.0, |(.., grey)| *grey)
    };
    let mut plane: Vec<f32> = Vec::with_capacity((shot.width * shot.height) as usize);
    for y in 0..shot.height {
        for x in 0..shot.width {
            let mut sum = 0.0;
            for (dx, dy) in [(0.17, 0.5), (0.5, 0.17), (0.83, 0.5), (0.5, 0.83), (0.5, 0.5)] {
                sum += value(x as f32 + dx, y as f32 + dy);
            }
            plane.push(sum / 5.0 * (1.0 - shot.shade * x as f32 / shot.width as f32));
        }
    }
    let picture = GrayImage::from_fn(shot.width, shot.height, |x, y| {
        Luma([(plane[(y * shot.width + x) as usize] + numbers.normal() * shot.noise).clamp(0.0, 255.0) as u8])
    });
    if shot.blur <= 0.0 {
        return picture;
    }
    image::imageops::blur(&picture, shot.blur)
}

/// A linear congruential generator (Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    fn below(&mut self, most: u32) -> u32 {
        self.next() % most.max(1)
    }

    /// About normal: the sum of twelve uniform numbers.
    fn normal(&mut self) -> f32 {
        (0..12).map(|_| self.next() as f32 / (1_u32 << 31) as f32).sum::<f32>() - 6.0
    }
}
