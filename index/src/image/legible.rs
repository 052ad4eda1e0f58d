//! A picture in the forms in which text in it is read: at a size that letters need, in full contrast, in quarter turns.
//!
//! Owns the sizes, which bound what reading costs. Leaves reading to the caller.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::GrayImage;
use image::imageops::{rotate90, rotate180, rotate270};

/// Longer side of the plain form, pixels: smaller pictures are enlarged up to twice, larger ones reduced.
const PLAIN_SIDES: (u32, u32) = (1200, 1600);
/// Of the enhanced form.
const ENHANCED_SIDES: (u32, u32) = (1800, 2400);
const ENLARGED_MAX: f32 = 2.5;
/// Rows and columns of a picture are looked at in steps of so many when it is judged.
const STEP: usize = 4;
/// Least difference of two neighbouring pixels that is an edge of ink.
const INK: u8 = 40;
/// Most pixels between two edges of a stroke.
const STROKE: usize = 12;
/// Least number of strokes for a picture to hold a word.
const STROKES_MIN: usize = 40;

/// Whether there is anything like strokes of letters in the picture at all. Wrong only in being too generous.
#[must_use]
pub fn may_hold_text(picture: &GrayImage) -> bool {
    let width = picture.width() as usize;
    let mut strokes = 0;
    for row in picture.as_raw().chunks_exact(width.max(1)).step_by(STEP) {
        // A stroke is an edge down and one up close behind it, or the other way round.
        let mut last: Option<(usize, bool)> = None;
        for at in 2..row.len() {
            if row[at].abs_diff(row[at - 2]) < INK {
                continue;
            }
            let rises = row[at] > row[at - 2];
            if last.is_some_and(|(before, rose)| rose != rises && at - before <= STROKE) {
                strokes += 1;
            }
            last = Some((at, rises));
        }
    }
    strokes >= STROKES_MIN
}

/// The picture at a middle size.
#[must_use]
pub fn plain(picture: &GrayImage) -> GrayImage {
    sized(picture, PLAIN_SIDES)
}

/// The picture larger, its shades evened out and its contrast raised to the full, place by place.
#[must_use]
pub fn enhanced(picture: &GrayImage) -> GrayImage {
    let mut large = sized(picture, ENHANCED_SIDES);
    level(&mut large);
    large
}

/// The picture turned clockwise by so many quarters.
#[must_use]
pub fn turned(picture: &GrayImage, quarters: u8) -> GrayImage {
    match quarters % 4 {
        1 => rotate90(picture),
        2 => rotate180(picture),
        3 => rotate270(picture),
        _ => picture.clone(),
    }
}

fn sized(picture: &GrayImage, sides: (u32, u32)) -> GrayImage {
    let longer = picture.width().max(picture.height()).max(1) as f32;
    let factor = (sides.0 as f32 / longer)
        .clamp(1.0, ENLARGED_MAX)
        .min(sides.1 as f32 / longer);
    let side = |pixels: u32| ((pixels as f32 * factor) as u32).max(1);
    resized(picture, side(picture.width()), side(picture.height())).unwrap_or_else(|| picture.clone())
}

fn resized(picture: &GrayImage, width: u32, height: u32) -> Option<GrayImage> {
    let source = ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8).ok()?;
    let mut other = Image::new(width, height, PixelType::U8);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    Resizer::new().resize(&source, &mut other, &options).ok()?;
    GrayImage::from_raw(width, height, other.into_vec())
}

/// Side of the tiles whose darkest and brightest values become black and white, pixels.
const TILE: u32 = 64;
/// Least range of a tile that is stretched; less is noise on a plain face.
const RANGE_MIN: f32 = 48.0;

/// Stretches each tile's range, with straight lines between the middles of tiles.
fn level(picture: &mut GrayImage) {
    let (columns, rows) = (picture.width().div_ceil(TILE), picture.height().div_ceil(TILE));
    let mut tiles = Vec::with_capacity((columns * rows) as usize);
    for row in 0..rows {
        for column in 0..columns {
            let (mut low, mut high) = (255_u8, 0_u8);
            for y in row * TILE..((row + 1) * TILE).min(picture.height()) {
                for x in column * TILE..((column + 1) * TILE).min(picture.width()) {
                    let value = picture.get_pixel(x, y).0[0];
                    (low, high) = (low.min(value), high.max(value));
                }
            }
            tiles.push((f32::from(low), f32::from(high)));
        }
    }
    let tile = |column: u32, row: u32| tiles[(row.min(rows - 1) * columns + column.min(columns - 1)) as usize];
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let place = |at: u32| (at as f32 / TILE as f32 - 0.5).max(0.0);
        let (across, down) = (place(x), place(y));
        let (column, row) = (across as u32, down as u32);
        let (dx, dy) = (across - column as f32, down - row as f32);
        let mixed = |part: fn((f32, f32)) -> f32| {
            let at = |column, row| part(tile(column, row));
            let above = at(column, row) * (1.0 - dx) + at(column + 1, row) * dx;
            let below = at(column, row + 1) * (1.0 - dx) + at(column + 1, row + 1) * dx;
            above * (1.0 - dy) + below * dy
        };
        let (low, high) = (mixed(|tile| tile.0), mixed(|tile| tile.1));
        let range = (high - low).max(RANGE_MIN);
        let value = (f32::from(pixel.0[0]) - low) / range * 255.0;
        // Clamped to a byte.
        pixel.0[0] = value.clamp(0.0, 255.0) as u8;
    }
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    /// Upright strokes, three pixels wide and six apart, on the left half.
    fn strokes(ink: u8) -> GrayImage {
        GrayImage::from_fn(300, 200, |x, y| {
            let inside = x < 150 && (50..150).contains(&y) && x % 9 < 3;
            Luma([if inside { ink } else { 200 }])
        })
    }

    #[test]
    fn strokes_are_told_from_plain_faces_and_slow_shades() {
        assert!(may_hold_text(&strokes(30)));
        assert!(!may_hold_text(&GrayImage::from_pixel(300, 200, Luma([120]))));
        assert!(!may_hold_text(&GrayImage::from_fn(300, 200, |x, y| Luma([
            ((x + y) / 2) as u8
        ]))));
        assert!(!may_hold_text(&GrayImage::new(1, 1)));
    }

    #[test]
    fn sizes_are_bounded_and_contrast_is_full() {
        for (width, height) in [(1, 1), (40, 3000), (400, 533), (5000, 3000)] {
            for form in [
                plain(&GrayImage::new(width, height)),
                enhanced(&GrayImage::new(width, height)),
            ] {
                assert!(form.width().max(form.height()) <= ENHANCED_SIDES.1.max((2.5 * 40.0) as u32));
            }
        }
        let faint = enhanced(&strokes(150));
        let (low, high) = faint
            .iter()
            .fold((255, 0), |(low, high), &value| (value.min(low), value.max(high)));
        assert!(low < 20 && high > 235, "{low} to {high}");
    }
}
