//! Finding the uniform border that a site or a seller put around a picture.
//!
//! Owns where the picture inside begins. A border is one colour along two opposite sides (bars) or all four (a frame); what
//! is trimmed may have a border of its own, so trimming goes on until nothing changes. A product on an even background is
//! trimmed to the product, which does no harm: both sides of a comparison do alike, and the full picture is kept too.

use image::RgbImage;

use super::reduce::Window;

/// At most this share of the width or height is taken from each side, in percent.
const TRIM_PERCENT_MAX: u32 = 45;
/// What is left must be at least this wide and high, in pixels.
const SIDE_MIN: u32 = 32;
/// Colour values within this of the border's count as the border: what compression does to an even surface.
const EVEN: u8 = 10;
/// Beside the picture inside, compression smears it into the border: these lines may deviate more...
const SMEARED: u8 = 40;
/// ...but there are no more of them than in one compression block.
const SMEARED_LINES_MAX: u32 = 8;
/// Pixels in a thousand of a line that may deviate altogether.
const STRAY_PER_THOUSAND: u32 = 10;
/// Opposite sides have one colour when no channel differs by more.
const SAME_COLOUR: u8 = 16;

/// The picture inside its border; `None` when it has none, or when nothing would be left.
pub(super) fn inside(picture: &RgbImage) -> Option<Window> {
    let whole = Window::whole(picture);
    let mut window = whole;
    loop {
        let trimmed = trim(picture, trim(picture, window, Axis::Rows), Axis::Columns);
        if trimmed == window {
            break;
        }
        window = trimmed;
    }
    let margins = [
        (window.x, whole.width),
        (whole.width - window.x - window.width, whole.width),
        (window.y, whole.height),
        (whole.height - window.y - window.height, whole.height),
    ];
    let too_much = margins.iter().any(|(margin, side)| margin * 100 > side * TRIM_PERCENT_MAX);
    let too_little = margins.iter().all(|(margin, side)| margin * 100 < *side);
    let too_small = window.width < SIDE_MIN || window.height < SIDE_MIN;
    (!too_much && !too_little && !too_small).then_some(window)
}

#[derive(Clone, Copy)]
enum Axis {
    Rows,
    Columns,
}

/// Takes off bars of one colour on both ends of an axis; the same window when there are none.
fn trim(picture: &RgbImage, window: Window, axis: Axis) -> Window {
    let length = match axis {
        Axis::Rows => window.height,
        Axis::Columns => window.width,
    };
    // Nothing would be left that could be hashed; also ends the search in an empty picture.
    if length < SIDE_MIN {
        return window;
    }
    let (start_colour, end_colour) = (colour(picture, window, axis, 0), colour(picture, window, axis, length - 1));
    if start_colour.iter().zip(end_colour).any(|(a, b)| a.abs_diff(b) > SAME_COLOUR) {
        return window;
    }
    let start = bar(length, |line| deviation(picture, window, axis, line, start_colour));
    let end = bar(length, |line| deviation(picture, window, axis, length - 1 - line, end_colour));
    if start == 0 || end == 0 || start + end >= length {
        return window;
    }
    match axis {
        Axis::Rows => Window {
            y: window.y + start,
            height: length - start - end,
            ..window
        },
        Axis::Columns => Window {
            x: window.x + start,
            width: length - start - end,
            ..window
        },
    }
}

/// How many lines from the edge inwards are border.
fn bar(length: u32, deviation: impl Fn(u32) -> u8) -> u32 {
    let even = (0..length).take_while(|line| deviation(*line) <= EVEN).count() as u32;
    if even == 0 || even == length {
        return even;
    }
    let smeared = (even..length.min(even + SMEARED_LINES_MAX))
        .take_while(|line| deviation(*line) <= SMEARED)
        .count() as u32;
    even + smeared
}

/// The average colour of a line.
fn colour(picture: &RgbImage, window: Window, axis: Axis, line: u32) -> [u8; 3] {
    let (mut sums, mut count) = ([0u64; 3], 0u64);
    for pixel in pixels(picture, window, axis, line) {
        sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u64::from(value));
        count += 1;
    }
    sums.map(|sum| ((sum + count / 2) / count) as u8)
}

/// How far a line lies from a colour, strays left out.
fn deviation(picture: &RgbImage, window: Window, axis: Axis, line: u32, colour: [u8; 3]) -> u8 {
    let (mut counts, mut count) = ([0u32; 256], 0);
    for pixel in pixels(picture, window, axis, line) {
        let furthest = pixel
            .iter()
            .zip(colour)
            .map(|(value, wanted)| value.abs_diff(wanted))
            .max()
            .unwrap_or(0);
        counts[usize::from(furthest)] += 1;
        count += 1;
    }
    let mut strays = count * STRAY_PER_THOUSAND / 1000;
    for (deviation, &pixels) in counts.iter().enumerate().rev() {
        if pixels > strays {
            return deviation as u8;
        }
        strays -= pixels;
    }
    0
}

fn pixels(picture: &RgbImage, window: Window, axis: Axis, line: u32) -> impl Iterator<Item = [u8; 3]> {
    let width = picture.width() as usize;
    let (start, step, count) = match axis {
        Axis::Rows => ((window.y + line) as usize * width + window.x as usize, 1, window.width),
        Axis::Columns => (window.y as usize * width + (window.x + line) as usize, width, window.height),
    };
    let all = picture.as_raw().as_chunks::<3>().0;
    (0..count as usize).map(move |place| all[start + place * step])
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::super::testing::{blobs, framed, jpeg};
    use super::*;

    #[test]
    fn finds_frames_and_bars() {
        let inner = blobs(300, 220, 21);
        let cases = [
            ("white frame", 15, 11, [255, 255, 255]),
            ("black frame", 40, 40, [0, 0, 0]),
            ("red frame", 6, 30, [200, 20, 20]),
            ("bars above and below", 0, 60, [0, 0, 0]),
            ("bars at the sides", 75, 0, [255, 255, 255]),
        ];
        for (what, left_right, top_bottom, colour) in cases {
            let picture = framed(&inner, left_right, top_bottom, colour);
            let expected = Window {
                x: left_right,
                y: top_bottom,
                width: 300,
                height: 220,
            };
            assert_eq!(inside(&picture), Some(expected), "{what}");

            // Compression may move each edge by what it smears.
            let decoded = image::load_from_memory(&jpeg(&picture, 60)).map(|read| inside(&read.into_rgb8()));
            let Ok(Some(found)) = decoded else {
                panic!("{what} not found after compression")
            };
            let near = |a: u32, b: u32| a.abs_diff(b) <= SMEARED_LINES_MAX;
            assert!(near(found.x, left_right) && near(found.y, top_bottom), "{what}: {found:?}");
            assert!(
                found.width.abs_diff(300) <= 16 && found.height.abs_diff(220) <= 16,
                "{what}: {found:?}"
            );
        }
    }

    #[test]
    fn finds_a_frame_inside_a_frame() {
        let picture = framed(&framed(&blobs(200, 200, 22), 10, 10, [255; 3]), 8, 20, [0; 3]);
        assert_eq!(
            inside(&picture),
            Some(Window {
                x: 18,
                y: 30,
                width: 200,
                height: 200
            })
        );
    }

    #[test]
    fn leaves_pictures_without_a_border_alone() {
        let one_bar = RgbImage::from_fn(300, 300, |x, y| {
            if y < 50 {
                Rgb([255; 3])
            } else {
                *blobs_once().get_pixel(x, y)
            }
        });
        let nearly_all = framed(&blobs(40, 40, 24), 200, 200, [255; 3]);
        let cases = [
            ("no border", blobs_once().clone()),
            ("one bar", one_bar),
            ("plain", RgbImage::from_pixel(200, 200, Rgb([250; 3]))),
            ("a dot in a wide frame", nearly_all),
            ("a hairline", framed(&blobs(400, 400, 25), 1, 1, [0; 3])),
            ("tiny", RgbImage::from_pixel(1, 1, Rgb([0; 3]))),
            ("empty", RgbImage::new(0, 0)),
        ];
        for (what, picture) in cases {
            assert_eq!(inside(&picture), None, "{what}");
        }
    }

    fn blobs_once() -> &'static RgbImage {
        static PICTURE: std::sync::LazyLock<RgbImage> = std::sync::LazyLock::new(|| blobs(300, 300, 23));
        &PICTURE
    }
}
