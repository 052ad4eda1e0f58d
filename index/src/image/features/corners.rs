//! Corners: places of a grey picture that look different from their surroundings in every direction.
//!
//! Owns the measure (the smaller eigenvalue of the gradients' structure tensor; Shi and Tomasi, "Good features to track",
//! 1994) and which corners are kept so that they are strong and well spread (Brown, Szeliski and Winder, "Multi-image matching
//! using multi-scale oriented patches", 2005). Leaves direction and description to [`describe`](super::describe).

use super::plane::Plane;

/// Corners nearer to the edge of the picture have no whole surroundings to describe.
pub(super) const MARGIN: usize = 17;
/// Corners of a mean squared gradient below this, in grey values a pixel, are noise.
const STRENGTH_MIN: f32 = 4.0;
/// Gradients are summed over a square of this side.
const WINDOW: usize = 5;
/// A corner yields to another when the other's strength, times this, exceeds its own.
const CLEARLY_STRONGER: f32 = 0.9;
/// Candidates considered for each corner wanted.
const CANDIDATES: usize = 3;

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
    let strengths = strengths(plane);
    let mut peaks = peaks(&strengths, plane.width, plane.height);
    peaks.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    peaks.truncate(CANDIDATES * wanted);
    spread(peaks, wanted)
}

/// For every pixel the smaller eigenvalue of the summed products of gradients, as a mean squared gradient.
fn strengths(plane: &Plane) -> Vec<f32> {
    let (width, height) = (plane.width, plane.height);
    let (inner, reach) = (width - 2, WINDOW / 2);
    let count = inner - 2 * reach;
    let mut strengths = vec![0.0; width * height];
    let mut products = [(); 3].map(|()| vec![0i32; inner]);
    let mut ring = [(); WINDOW].map(|()| [(); 3].map(|()| vec![0i32; count]));
    let mut sums = [(); 3].map(|()| vec![0i32; count]);
    for y in 1..height - 1 {
        gradients(plane, y, &mut products);
        for ((product, old), sum) in products.iter().zip(&mut ring[y % WINDOW]).zip(&mut sums) {
            let taps: [&[i32]; WINDOW] = std::array::from_fn(|shift| &product[shift..shift + count]);
            for x in 0..count {
                let new = taps[0][x] + taps[1][x] + taps[2][x] + taps[3][x] + taps[4][x];
                sum[x] += new - old[x];
                old[x] = new;
            }
        }
        if y >= WINDOW {
            let row = &mut strengths[(y - reach) * width + 1 + reach..][..count];
            smaller_eigenvalues(row, &sums);
        }
    }
    strengths
}

/// The products xx, yy and xy of the gradients (Sobel) of a row, without its first and last pixel.
fn gradients(plane: &Plane, y: usize, products: &mut [Vec<i32>; 3]) {
    let width = plane.width;
    let count = width - 2;
    let [above, here, below] = [y - 1, y, y + 1].map(|row| &plane.values[row * width..][..width]);
    let parts = |row| -> [&[u8]; 3] { std::array::from_fn(|shift| &<[u8]>::as_ref(row)[shift..shift + count]) };
    let ([a, b, c], [d, _, f], [g, h, i]) = (parts(above), parts(here), parts(below));
    let [xx, yy, xy] = products;
    let (xx, yy, xy) = (&mut xx[..count], &mut yy[..count], &mut xy[..count]);
    for x in 0..count {
        let value = |row: &[u8]| i32::from(row[x]);
        let across = value(c) - value(a) + 2 * (value(f) - value(d)) + value(i) - value(g);
        let down = value(g) - value(a) + 2 * (value(h) - value(b)) + value(i) - value(c);
        xx[x] = across * across;
        yy[x] = down * down;
        xy[x] = across * down;
    }
}

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

/// Places stronger than their eight neighbours, moved to the top of the parabola through them.
fn peaks(strengths: &[f32], width: usize, height: usize) -> Vec<Corner> {
    let mut peaks = Vec::new();
    for y in MARGIN..height - MARGIN {
        let rows = [y - 1, y, y + 1].map(|row| &strengths[row * width..][..width]);
        for x in MARGIN..width - MARGIN {
            let strength = rows[1][x];
            if strength < STRENGTH_MIN || rows[1][x - 1] >= strength || rows[1][x + 1] > strength {
                continue;
            }
            let below = |row: &[f32]| row[x - 1..=x + 1].iter().all(|value| *value < strength);
            if !below(rows[0]) || rows[2][x - 1..=x + 1].iter().any(|value| *value > strength) {
                continue;
            }
            let top = |before: f32, after: f32| (after - before) / (2.0 * (2.0 * strength - before - after)).max(f32::EPSILON);
            peaks.push(Corner {
                x: x as f32 + top(rows[1][x - 1], rows[1][x + 1]).clamp(-0.5, 0.5),
                y: y as f32 + top(rows[0][x], rows[2][x]).clamp(-0.5, 0.5),
                strength,
            });
        }
    }
    peaks
}

/// Orders corners by the distance to the nearest clearly stronger one, furthest first. They come ordered by strength.
fn spread(peaks: Vec<Corner>, wanted: usize) -> Vec<Corner> {
    let mut alone: Vec<(f32, Corner)> = Vec::with_capacity(peaks.len());
    for peak in &peaks {
        let stronger = peaks
            .iter()
            .take_while(|other| CLEARLY_STRONGER * other.strength > peak.strength);
        let nearest = stronger.map(|other| (other.x - peak.x).powi(2) + (other.y - peak.y).powi(2));
        alone.push((nearest.fold(f32::INFINITY, f32::min), *peak));
    }
    alone.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    alone.into_iter().take(wanted).map(|(_, peak)| peak).collect()
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
        let order = spread(vec![at(0.0, 100.0), at(2.0, 80.0), at(3.0, 70.0), at(90.0, 5.0)], 3);
        assert_eq!(order.iter().map(|corner| corner.x as i32).collect::<Vec<_>>(), [0, 90, 2]);
    }
}
