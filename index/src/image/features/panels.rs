//! The pictures within a picture: a photo in a screenshot, the photos of a collage.
//!
//! Owns where they begin and end: they are parted by bands of one brightness from side to side, or meet at an edge that
//! runs from side to side. Leaves what is done with them to the caller: each panel can be hashed and described as a query of
//! its own. What is found need not be a picture; a photo of a plain wall is cut too, which costs a query and finds nothing.

use fearless_simd::{Level, Simd, dispatch};
use image::{RgbImage, imageops};

use super::plane::Plane;

/// Most panels of a picture.
pub const PANELS_MAX: usize = 6;
/// A panel is at least this long and wide, in percent of the picture.
const SIDE_PERCENT_MIN: usize = 18;
/// A panel has at least this area, in percent of the picture.
const AREA_PERCENT_MIN: usize = 8;
/// Greatest difference of brightness within a band.
const EVEN: u8 = 14;
/// Lines a band has at least.
const BAND_LINES_MIN: usize = 2;
/// Difference of brightness over three pixels that makes an edge.
const STEP: u8 = 14;
/// An edge runs along at least this share of the side, in percent.
const EDGE_PERCENT: usize = 80;
/// Pixels of a line that are seen first, to tell lines that are not even.
const FEW: usize = 32;
/// Pixels in a hundred of a line that may be otherwise.
const STRAY_PERCENT: usize = 2;
/// How often panels are cut again, rows and columns in turn.
const DEPTH: usize = 5;

/// A rectangle of a picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panel {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Panel {
    /// The panel as a picture of its own.
    #[must_use]
    pub fn cut_from(&self, picture: &RgbImage) -> RgbImage {
        imageops::crop_imm(picture, self.x, self.y, self.width, self.height).to_image()
    }
}

/// The panels of a picture, largest first; none when it is one picture from edge to edge.
#[must_use]
pub fn panels(picture: &RgbImage) -> Vec<Panel> {
    Plane::working(picture).map_or_else(Vec::new, |working| within(working, [picture.width(), picture.height()]))
}

/// The panels of a picture of this width and height, seen in its working picture.
pub(super) fn within(working: Plane, [width, height]: [u32; 2]) -> Vec<Panel> {
    let sides = [working.width, working.height];
    let lines = [working.transposed(), working];
    let whole = sides.map(|side| Span(0, side));
    let mut found = Vec::new();
    cut(&lines, whole, ROWS, DEPTH, false, &mut found);
    let area = |window: &Window| window[0].length() * window[1].length();
    let least = sides[0] * sides[1] * AREA_PERCENT_MIN / 100;
    found.retain(|window| *window != whole && area(window) >= least);
    found.sort_by_key(|window| std::cmp::Reverse(area(window)));
    found.truncate(PANELS_MAX);
    let scale = |place: usize, from: usize, to: u32| (place as u64 * u64::from(to) / from as u64) as u32;
    let panel = |[across, down]: Window| {
        let (x, y) = (scale(across.0, sides[0], width), scale(down.0, sides[1], height));
        Panel {
            x,
            y,
            width: scale(across.1, sides[0], width) - x,
            height: scale(down.1, sides[1], height) - y,
        }
    };
    found.into_iter().map(panel).collect()
}

/// From the first line to the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span(usize, usize);

/// Columns and rows.
type Window = [Span; 2];

/// The working picture by columns and by rows.
type Lines = [Plane; 2];

impl Span {
    fn length(self) -> usize {
        self.1 - self.0
    }
}

const ROWS: usize = 1;

/// Cuts a window along one axis, and the parts along the other; adds those that can be cut along neither.
fn cut(lines: &Lines, window: Window, axis: usize, depth: usize, stuck: bool, found: &mut Vec<Window>) {
    let parts = parts(lines, window, axis);
    let unchanged = parts == [window[axis]];
    if depth == 0 || (unchanged && stuck) {
        found.push(window);
        return;
    }
    for part in parts {
        let mut window = window;
        window[axis] = part;
        cut(lines, window, 1 - axis, depth - 1, unchanged, found);
    }
}

/// The parts of a window between bands, or on both sides of an edge; too short ones are left out.
fn parts(lines: &Lines, window: Window, axis: usize) -> Vec<Span> {
    let least = (lines[axis].height * SIDE_PERCENT_MIN / 100).max(1);
    let Span(first, last) = window[axis];
    let even: Vec<bool> = (first..last).map(|line| is_even(values(lines, window, axis, line))).collect();
    let mut parts = Vec::new();
    let (mut start, mut line) = (0, 0);
    while line < even.len() {
        let band = even[line..].iter().take_while(|even| **even).count();
        if band >= BAND_LINES_MIN {
            parts.push(Span(first + start, first + line));
            start = line + band;
        }
        line += band.max(1);
    }
    parts.push(Span(first + start, last));
    if parts.len() == 1 {
        parts = at_edge(lines, window, axis, least);
    }
    parts.retain(|part| part.length() >= least);
    parts
}

/// The window in two, when one edge runs through it.
fn at_edge(lines: &Lines, window: Window, axis: usize, least: usize) -> Vec<Span> {
    let Span(first, last) = window[axis];
    if last - first < 2 * least {
        return vec![window[axis]];
    }
    let wanted = window[1 - axis].length() * EDGE_PERCENT / 100;
    let inner = first + least.max(2)..last - least;
    let level = Level::new();
    let best = dispatch!(level, simd => simd.vectorize(
        #[inline(always)]
        || {
            let clear = |line: usize| steps(values(lines, window, axis, line - 2), values(lines, window, axis, line + 1));
            inner.map(|line| (clear(line), line)).max()
        }
    ));
    match best {
        Some((count, line)) if count >= wanted => vec![Span(first, line), Span(line, last)],
        _ => vec![window[axis]],
    }
}

/// How many pixels of two lines differ by a step.
#[inline(always)]
fn steps(before: &[u8], after: &[u8]) -> usize {
    // As many as a byte can count.
    let groups = before.chunks(255).zip(after.chunks(255));
    groups
        .map(|(before, after)| {
            let pairs = before.iter().zip(after);
            usize::from(
                pairs
                    .map(|(before, after)| u8::from(before.abs_diff(*after) >= STEP))
                    .sum::<u8>(),
            )
        })
        .sum()
}

/// Whether nearly all pixels of a line are of one brightness.
fn is_even(line: &[u8]) -> bool {
    let allowed = line.len() * STRAY_PERCENT / 100;
    // Where more of a few pixels are otherwise than may be of all, no more need to be seen.
    let mut few: Vec<u8> = line.iter().copied().step_by((line.len() / FEW).max(1)).collect();
    few.sort_unstable();
    let within = |start: usize| few[start..].partition_point(|value| value - few[start] <= EVEN);
    if (0..few.len()).map(within).max().unwrap_or(0) + allowed < few.len() {
        return false;
    }
    let mut counts = [0usize; 256];
    line.iter().for_each(|value| counts[usize::from(*value)] += 1);
    // The fullest stretch of brightness as wide as a band may be.
    let mut inside: usize = counts[..=usize::from(EVEN)].iter().sum();
    let mut fullest = inside;
    for value in usize::from(EVEN) + 1..256 {
        inside = inside + counts[value] - counts[value - usize::from(EVEN) - 1];
        fullest = fullest.max(inside);
    }
    fullest + allowed >= line.len()
}

/// The pixels of a line that lie in the window.
#[inline(always)]
fn values(lines: &Lines, window: Window, axis: usize, line: usize) -> &[u8] {
    let Span(first, last) = window[1 - axis];
    let plane = &lines[axis];
    &plane.values[line * plane.width..][first..last]
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::super::super::testing::{blobs, framed};
    use super::*;

    const NEAR: u32 = 6;

    fn sheet(width: u32, height: u32, photos: &[(u32, u32)], colour: [u8; 3]) -> RgbImage {
        let mut sheet = RgbImage::from_pixel(width, height, Rgb(colour));
        for (seed, (x, y)) in photos.iter().enumerate() {
            imageops::replace(&mut sheet, &blobs(300, 300, 70 + seed as u64), i64::from(*x), i64::from(*y));
        }
        sheet
    }

    #[test]
    fn finds_the_photos_of_a_collage_and_of_a_page() {
        let quarters = [(0, 0), (306, 0), (0, 306), (306, 306)];
        let cases = [
            ("two", sheet(606, 300, &quarters[..2], [255; 3]), &quarters[..2]),
            ("four", sheet(606, 606, &quarters, [255; 3]), &quarters[..]),
            ("a page", sheet(300, 800, &[(0, 200)], [250; 3]), &[(0, 200)]),
            (
                "two that touch",
                sheet(600, 300, &[(0, 0), (300, 0)], [0; 3]),
                &[(0, 0), (300, 0)],
            ),
        ];
        for (what, picture, expected) in cases {
            let found = panels(&picture);
            assert_eq!(found.len(), expected.len(), "{what}: {found:?}");
            for (x, y) in expected {
                let near = |panel: &&Panel| panel.x.abs_diff(*x) <= NEAR && panel.y.abs_diff(*y) <= NEAR;
                let panel = found.iter().find(near);
                let whole = |panel: &Panel| panel.width.abs_diff(300) <= NEAR && panel.height.abs_diff(300) <= NEAR;
                assert!(panel.is_some_and(whole), "{what}: {found:?}");
            }
        }
    }

    #[test]
    fn a_single_photo_has_no_panels_and_a_frame_has_one() {
        assert_eq!(panels(&blobs(400, 300, 75)), []);
        assert_eq!(panels(&RgbImage::from_pixel(300, 300, Rgb([9; 3]))), []);
        assert_eq!(panels(&RgbImage::new(0, 0)), []);
        let found = panels(&framed(&blobs(400, 300, 75), 50, 50, [255; 3]));
        assert_eq!(found.len(), 1);
        let inside = found[0].cut_from(&framed(&blobs(400, 300, 75), 50, 50, [255; 3]));
        assert!(inside.width().abs_diff(400) <= NEAR && inside.height().abs_diff(300) <= NEAR);
    }
}
