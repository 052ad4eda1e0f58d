//! Crops of a picture: the place of a code, laid level and large enough to be read, taken from whichever size of the picture is
//! nearest above what is needed.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::{GrayImage, Luma};

use super::places::Place;

/// Longer side of the overview, pixels.
const OVERVIEW_SIDE: u32 = 1280;
/// Widths of a level crop of stripes, pixels: a narrow one is enlarged, a wide one reduced.
const LEVEL_WIDTHS: (f32, f32) = (700.0, 1600.0);
/// Most rows of it.
const LEVEL_HEIGHT_MAX: f32 = 320.0;
/// Longer sides of a plain crop, likewise.
const PLAIN_SIDES: (f32, f32) = (400.0, 1000.0);
/// Nothing is enlarged more.
const ENLARGED_MAX: f32 = 2.5;

/// A picture, its halves, and its overview.
pub(super) struct Pyramid<'a> {
    picture: &'a GrayImage,
    /// Each half as wide as the one before.
    halves: Vec<GrayImage>,
    overview: Option<GrayImage>,
    /// Pixels of the picture to one of the overview.
    scale: f32,
}

impl<'a> Pyramid<'a> {
    pub(super) fn new(picture: &'a GrayImage) -> Self {
        let longer = picture.width().max(picture.height());
        let mut halves: Vec<GrayImage> = Vec::new();
        while let Some(half) = halved(halves.last().unwrap_or(picture)) {
            halves.push(half);
        }
        let scale = (longer as f32 / OVERVIEW_SIDE as f32).max(1.0);
        let side = |pixels: u32| ((pixels as f32 / scale) as u32).max(1);
        let overview = (longer > OVERVIEW_SIDE).then(|| resized(picture, side(picture.width()), side(picture.height())));
        Self {
            picture,
            halves,
            overview: overview.flatten(),
            scale,
        }
    }

    pub(super) fn overview(&self) -> &GrayImage {
        self.overview.as_ref().unwrap_or(self.picture)
    }

    /// A place of stripes, turned so that they stand upright.
    pub(super) fn level_crop(&self, place: &Place) -> GrayImage {
        let width = 2.0 * place.across * self.scale;
        self.crop(place, width.clamp(LEVEL_WIDTHS.0, LEVEL_WIDTHS.1) / width, LEVEL_HEIGHT_MAX)
    }

    /// A place of edges.
    pub(super) fn plain_crop(&self, place: &Place) -> GrayImage {
        let longer = 2.0 * place.across.max(place.along) * self.scale;
        self.crop(place, longer.clamp(PLAIN_SIDES.0, PLAIN_SIDES.1) / longer, PLAIN_SIDES.1)
    }

    /// A place at so many pixels of the crop to one of the picture. Rows beyond the most are taken at wider steps.
    fn crop(&self, place: &Place, enlarged: f32, height_max: f32) -> GrayImage {
        let enlarged = enlarged.min(ENLARGED_MAX);
        let side = |half: f32| (2.0 * half * self.scale * enlarged).max(1.0);
        let (width, height) = (side(place.across), side(place.along).min(height_max));
        let steps = 2.0 * place.along * self.scale / height;
        // The smallest size whose pixels are not larger than those of the crop.
        let (mut source, mut shrunk) = (self.picture, 1.0);
        for half in &self.halves {
            if 2.0 * shrunk * enlarged > 1.0 {
                break;
            }
            (source, shrunk) = (half, shrunk * 2.0);
        }
        let (sin, cos) = place.angle.sin_cos();
        let (middle_x, middle_y) = (place.x * self.scale, place.y * self.scale);
        let crop = GrayImage::from_fn(width as u32, height as u32, |x, y| {
            let across = (x as f32 + 0.5 - width / 2.0) / enlarged;
            let along = (y as f32 + 0.5 - height / 2.0) * steps;
            let at_x = middle_x + across * cos - along * sin;
            let at_y = middle_y + across * sin + along * cos;
            Luma([sampled(source, at_x / shrunk - 0.5, at_y / shrunk - 0.5)])
        });
        stretched(crop)
    }
}

/// The crop with its grey values over the whole range, but for the outermost hundredth at either end.
fn stretched(mut crop: GrayImage) -> GrayImage {
    let mut counts = [0_usize; 256];
    crop.iter().for_each(|value| counts[usize::from(*value)] += 1);
    let few = crop.len() / 100;
    let reached = |passed: &mut usize, value: usize| {
        *passed += counts[value];
        *passed > few
    };
    let low = (0..256)
        .scan(0, |passed, value| (!reached(passed, value)).then_some(()))
        .count();
    let high = 255
        - (0..256)
            .rev()
            .scan(0, |passed, value| (!reached(passed, value)).then_some(()))
            .count()
            .min(255);
    if high > low {
        // Clamped to a byte.
        let map: [u8; 256] = std::array::from_fn(|value| (value.saturating_sub(low) * 255 / (high - low)).min(255) as u8);
        crop.iter_mut().for_each(|value| *value = map[usize::from(*value)]);
    }
    crop
}

/// The value at a point, by straight lines between pixels. What lies beyond the edge is like the edge.
fn sampled(source: &GrayImage, x: f32, y: f32) -> u8 {
    let (right, bottom) = (source.width() - 1, source.height() - 1);
    let (x, y) = (x.clamp(0.0, right as f32), y.clamp(0.0, bottom as f32));
    let (left, top) = (x as u32, y as u32);
    let (dx, dy) = (x - left as f32, y - top as f32);
    let value = |x: u32, y: u32| f32::from(source.get_pixel(x.min(right), y.min(bottom)).0[0]);
    let above = value(left, top) * (1.0 - dx) + value(left + 1, top) * dx;
    let below = value(left, top + 1) * (1.0 - dx) + value(left + 1, top + 1) * dx;
    // A weighted mean of bytes is one.
    (above * (1.0 - dy) + below * dy + 0.5) as u8
}

/// Half the picture; none when that is below the overview, which no crop needs.
fn halved(picture: &GrayImage) -> Option<GrayImage> {
    let (width, height) = (picture.width() / 2, picture.height() / 2);
    (width.max(height) >= OVERVIEW_SIDE && width.min(height) > 0).then(|| {
        GrayImage::from_fn(width, height, |x, y| {
            let value = |dx, dy| u32::from(picture.get_pixel(2 * x + dx, 2 * y + dy).0[0]);
            // A mean of four bytes is one.
            Luma([((value(0, 0) + value(1, 0) + value(0, 1) + value(1, 1) + 2) / 4) as u8])
        })
    })
}

fn resized(picture: &GrayImage, width: u32, height: u32) -> Option<GrayImage> {
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8).ok()?;
    let mut small = Image::new(width, height, PixelType::U8);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new().resize(&source, &mut small, &options).ok()?;
    GrayImage::from_raw(width, height, small.into_vec())
}
