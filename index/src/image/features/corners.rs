//! Corners: places of a grey picture that look different from their surroundings in every direction.
//!
//! Owns the measure (the smaller eigenvalue of the gradients' structure tensor; Shi and Tomasi, "Good features to track",
//! 1994) and which corners are kept so that they are strong and well spread (Brown, Szeliski and Winder, "Multi-image matching
//! using multi-scale oriented patches", 2005). The pass over the pixels is written plainly, line by line, and compiled for each
//! set of vector instructions. Leaves direction and description to [`describe`](super::describe).

use fearless_simd::{Level, Simd, dispatch};

use super::plane::Plane;

/// Corners nearer to the edge of the picture have no whole surroundings to describe.
pub(super) const MARGIN: usize = 17;
/// Corners of a mean squared gradient below this, in grey values a pixel, are noise.
const STRENGTH_MIN: f32 = 4.0;
/// Gradients are summed over a square of this side.
const WINDOW: usize = 5;
/// How far the square reaches from its middle.
const REACH: usize = WINDOW / 2;
/// A corner yields to another when the other's strength, times this, exceeds its own.
const CLEARLY_STRONGER: f32 = 0.9;
/// Candidates considered for each corner wanted.
const CANDIDATES: usize = 3;
/// Distances that are compared at once.
const LANES: usize = 16;

/// A corner, in pixels of its plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Corner {
    pub(super) x: f32,
    pub(super) y: f32,
    strength: f32,
}

/// Up to `wanted` corners, so ordered that the first few are strong and spread over the picture too.
pub(super) fn corners(plane: &Plane, wanted: usize) -> Vec<Corner> {
    if plane.width <= 2 * MARGIN || plane.height <= 2 * MARGIN {
        return Vec::new();
    }
    let level = Level::new();
    dispatch!(level, simd => simd.vectorize(
        #[inline(always)]
        || spread(&strongest(peaks(plane), CANDIDATES * wanted), wanted)
    ))
}

/// The strongest peaks, strongest first; of equals those that come first.
fn strongest(peaks: Vec<Corner>, count: usize) -> Vec<Corner> {
    let mut ranked: Vec<(usize, Corner)> = peaks.into_iter().enumerate().collect();
    let order = |(a, one): &(usize, Corner), (b, other): &(usize, Corner)| other.strength.total_cmp(&one.strength).then(a.cmp(b));
    if ranked.len() > count && count > 0 {
        ranked.select_nth_unstable_by(count - 1, order);
    }
    ranked.truncate(count);
    ranked.sort_unstable_by(order);
    ranked.into_iter().map(|(_, peak)| peak).collect()
}

/// Places stronger than their eight neighbours, moved to the top of the parabola through them. Only three lines of strengths
/// are held at a time.
#[inline(always)]
fn peaks(plane: &Plane) -> Vec<Corner> {
    let (first, last) = (MARGIN - 1, plane.height - MARGIN);
    let count = plane.width - 2 * first;
    let mut sums = Sums::new(count);
    for y in first - REACH..first + REACH {
        sums.add(plane, y);
    }
    let mut strengths = [(); 3].map(|()| vec![0.0f32; count]);
    let mut marks = vec![0u8; count - 2];
    let mut peaks = Vec::new();
    for y in first..=last {
        sums.add(plane, y + REACH);
        strengths.rotate_left(1);
        smaller_eigenvalues(&mut strengths[2], &sums.sums);
        if y < first + 2 {
            continue;
        }
        let rows = strengths.each_ref().map(Vec::as_slice);
        mark(&mut marks, rows);
        for (group, marks) in marks.chunks(8).enumerate() {
            if marks.iter().all(|mark| *mark == 0) {
                continue;
            }
            for (place, _) in marks.iter().enumerate().filter(|(_, mark)| **mark != 0) {
                peaks.push(peak(rows, 8 * group + place, y - 1));
            }
        }
    }
    peaks
}

/// The products xx, yy and xy of gradients, summed over the squares around a line's places from [`MARGIN`] - 1 on.
struct Sums {
    products: [Vec<i32>; 3],
    /// The sums along the last lines, by line number modulo [`WINDOW`].
    ring: [[Vec<i32>; 3]; WINDOW],
    sums: [Vec<i32>; 3],
}

impl Sums {
    fn new(count: usize) -> Self {
        Self {
            products: [(); 3].map(|()| vec![0; count + 2 * REACH]),
            ring: [(); WINDOW].map(|()| [(); 3].map(|()| vec![0; count])),
            sums: [(); 3].map(|()| vec![0; count]),
        }
    }

    /// Adds a line and takes off the one that leaves the window.
    #[inline(always)]
    fn add(&mut self, plane: &Plane, y: usize) {
        gradients(plane, y, &mut self.products);
        for ((product, old), sum) in self.products.iter().zip(&mut self.ring[y % WINDOW]).zip(&mut self.sums) {
            let count = sum.len();
            let taps: [&[i32]; WINDOW] = std::array::from_fn(|shift| &product[shift..shift + count]);
            let old = &mut old[..count];
            for x in 0..count {
                let new = taps[0][x] + taps[1][x] + taps[2][x] + taps[3][x] + taps[4][x];
                sum[x] += new - old[x];
                old[x] = new;
            }
        }
    }
}

/// The products of the gradients (Sobel) along a line, from [`REACH`] before the place [`MARGIN`] - 1 to as far after the last.
#[inline(always)]
fn gradients(plane: &Plane, y: usize, products: &mut [Vec<i32>; 3]) {
    let count = products[0].len();
    let [above, here, below] = [y - 1, y, y + 1].map(|row| &plane.values[row * plane.width + MARGIN - 2 - REACH..][..count + 2]);
    let parts = |row| -> [&[u8]; 3] { std::array::from_fn(|shift| &<[u8]>::as_ref(row)[shift..shift + count]) };
    let ([a, b, c], [d, _, f], [g, h, i]) = (parts(above), parts(here), parts(below));
    let [xx, yy, xy] = products;
    let (xx, yy, xy) = (&mut xx[..count], &mut yy[..count], &mut xy[..count]);
    for x in 0..count {
        let value = |row: &[u8]| i16::from(row[x]);
        let across = value(c) - value(a) + 2 * (value(f) - value(d)) + value(i) - value(g);
        let down = value(g) - value(a) + 2 * (value(h) - value(b)) + value(i) - value(c);
        let (across, down) = (i32::from(across), i32::from(down));
        xx[x] = across * across;
        yy[x] = down * down;
        xy[x] = across * down;
    }
}

/// For every place the smaller eigenvalue of the summed products, as a mean squared gradient.
#[inline(always)]
fn smaller_eigenvalues(row: &mut [f32], sums: &[Vec<i32>; 3]) {
    let [xx, yy, xy] = sums.each_ref().map(|sum| &sum[..row.len()]);
    // A Sobel gradient is eight times that of a step by one grey value a pixel.
    const UNIT: f32 = 1.0 / (64 * WINDOW * WINDOW) as f32;
    for (x, strength) in row.iter_mut().enumerate() {
        let (xx, yy, xy) = (xx[x] as f32, yy[x] as f32, xy[x] as f32);
        let half = 0.5 * (xx - yy);
        *strength = UNIT * (0.5 * (xx + yy) - (half * half + xy * xy).sqrt());
    }
}

/// Marks the peaks of the middle line, the first and the last place left out: of equal neighbours the one that comes first.
#[inline(always)]
fn mark(marks: &mut [u8], rows: [&[f32]; 3]) {
    let count = marks.len();
    let taps = rows.map(|row| -> [&[f32]; 3] { std::array::from_fn(|shift| &row[shift..shift + count]) });
    let [[a, b, c], [d, e, f], [g, h, i]] = taps;
    for x in 0..count {
        // Plainer than f32::max, which also minds what is no number.
        let larger = |a: f32, b: f32| if a > b { a } else { b };
        let before = larger(larger(a[x], b[x]), larger(c[x], d[x]));
        let after = larger(larger(f[x], g[x]), larger(h[x], i[x]));
        let strength = e[x];
        marks[x] = u8::from((strength >= STRENGTH_MIN) & (strength > before) & (strength >= after));
    }
}

/// The peak at a place of the marks.
fn peak(rows: [&[f32]; 3], place: usize, y: usize) -> Corner {
    let at = place + 1;
    let strength = rows[1][at];
    let top = |before: f32, after: f32| {
        ((after - before) / (2.0 * (2.0 * strength - before - after)).max(f32::EPSILON)).clamp(-0.5, 0.5)
    };
    Corner {
        x: (MARGIN + place) as f32 + top(rows[1][at - 1], rows[1][at + 1]),
        y: y as f32 + top(rows[0][at], rows[2][at]),
        strength,
    }
}

/// Orders corners by the distance to the nearest clearly stronger one, furthest first. They come ordered by strength.
#[inline(always)]
fn spread(peaks: &[Corner], wanted: usize) -> Vec<Corner> {
    let across: Vec<f32> = peaks.iter().map(|peak| peak.x).collect();
    let down: Vec<f32> = peaks.iter().map(|peak| peak.y).collect();
    let alone = peaks.iter().map(|peak| {
        let stronger = peaks.partition_point(|other| CLEARLY_STRONGER * other.strength > peak.strength);
        (nearest(&across[..stronger], &down[..stronger], peak), *peak)
    });
    let mut alone: Vec<(f32, Corner)> = alone.collect();
    alone.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    alone.into_iter().take(wanted).map(|(_, peak)| peak).collect()
}

/// The square of the distance from a corner to the nearest of some places; infinite when there is none.
#[inline(always)]
fn nearest(across: &[f32], down: &[f32], corner: &Corner) -> f32 {
    let mut least = [f32::INFINITY; LANES];
    let mut places = across.chunks(LANES).zip(down.chunks(LANES));
    for (across, down) in &mut places {
        for (least, (x, y)) in least.iter_mut().zip(across.iter().zip(down)) {
            let (across, down) = (x - corner.x, y - corner.y);
            let distance = across * across + down * down;
            if distance < *least {
                *least = distance;
            }
        }
    }
    least.into_iter().fold(f32::INFINITY, f32::min)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A light rectangle on dark ground.
    fn rectangle(left: usize, top: usize, right: usize, bottom: usize) -> Plane {
        let (width, height) = (120, 100);
        let inside = |place: usize| (left..right).contains(&(place % width)) && (top..bottom).contains(&(place / width));
        Plane {
            width,
            height,
            values: (0..width * height)
                .map(|place| if inside(place) { 200 } else { 40 })
                .collect(),
        }
    }

    #[test]
    fn the_corners_of_a_rectangle_are_its_corners() {
        let found = corners(&rectangle(40, 30, 80, 70), 20);
        assert_eq!(found.len(), 4, "{found:?}");
        for (x, y) in [(40.0, 30.0), (79.0, 30.0), (40.0, 69.0), (79.0, 69.0)] {
            let near = |corner: &Corner| (corner.x - x).abs() <= 1.5 && (corner.y - y).abs() <= 1.5;
            assert!(found.iter().any(near), "none at {x}, {y}: {found:?}");
        }
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let edge = Plane {
            width: 90,
            height: 90,
            values: (0..8100).map(|place| if place % 90 < 45 { 10 } else { 240 }).collect(),
        };
        let tiny = Plane {
            width: 2 * MARGIN,
            height: 90,
            values: vec![7; 180 * MARGIN],
        };
        for (what, plane) in [
            ("a plain edge", edge),
            ("a strip", tiny),
            ("corners in the margin", rectangle(5, 5, 115, 95)),
        ] {
            assert_eq!(corners(&plane, 50), [], "{what}");
        }
    }

    #[test]
    fn weak_corners_far_away_come_before_strong_ones_close_by() {
        let at = |x: f32, strength| Corner { x, y: 0.0, strength };
        let order = spread(&[at(0.0, 100.0), at(2.0, 80.0), at(3.0, 70.0), at(90.0, 5.0)], 3);
        assert_eq!(order.iter().map(|corner| corner.x as i32).collect::<Vec<_>>(), [0, 90, 2]);
    }
}
