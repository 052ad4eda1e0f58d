//! Maps of the plane that carry the points of one picture to those of another, fitted to pairs.
//!
//! Owns the fitting: a similarity to two pairs, an affine map or a homography to many, by least squares (Hartley and
//! Zisserman, "Multiple View Geometry", 2003, chapter 4, inhomogeneous form with normalised coordinates). Leaves which pairs to fit to
//! [`verify`](super::verify).

/// A map of the plane in homogeneous coordinates, row by row; the last number is 1 unless the map is degenerate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homography(pub [f64; 9]);

/// A place of the one picture and one of the other.
pub(super) type Sample = ([f64; 2], [f64; 2]);

impl Homography {
    /// Where a place is carried to; `None` where the map has no image.
    #[must_use]
    pub fn carry(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let depth = g * x + h * y + i;
        (depth > 1e-9).then(|| [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth])
    }

    /// First the other, then this.
    #[must_use]
    pub fn after(&self, first: &Self) -> Self {
        let product = |place: usize| (0..3).map(|k| self.0[place / 3 * 3 + k] * first.0[k * 3 + place % 3]).sum();
        Self(std::array::from_fn(product))
    }

    /// The map back; `None` when there is none.
    #[must_use]
    pub fn inverse(&self) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let first = [e * i - f * h, f * g - d * i, d * h - e * g];
        let determinant = a * first[0] + b * first[1] + c * first[2];
        let adjugate = [
            first[0],
            c * h - b * i,
            b * f - c * e,
            first[1],
            a * i - c * g,
            c * d - a * f,
            first[2],
            b * g - a * h,
            a * e - b * d,
        ];
        (determinant.abs() > 1e-12).then(|| Self(adjugate.map(|number| number / determinant)))
    }

    /// Across and down multiplied, then moved.
    pub(super) fn scaling(x: f64, y: f64, by: [f64; 2]) -> Self {
        Self([x, 0.0, by[0], 0.0, y, by[1], 0.0, 0.0, 1.0])
    }

    /// How the map enlarges around a place in its two principal directions, the larger first; `None` where it has no image
    /// or mirrors.
    pub(super) fn enlargement(&self, place: [f64; 2]) -> Option<[f64; 2]> {
        let here = self.carry(place)?;
        let [right, below] = [
            self.carry([place[0] + 1.0, place[1]])?,
            self.carry([place[0], place[1] + 1.0])?,
        ];
        let (a, b) = (right[0] - here[0], below[0] - here[0]);
        let (c, d) = (right[1] - here[1], below[1] - here[1]);
        let area = a * d - b * c;
        // The singular values of a 2 × 2 matrix from its squares' sum and determinant.
        let squares = a * a + b * b + c * c + d * d;
        let spread = (squares * squares - 4.0 * area * area).max(0.0).sqrt();
        (area > 0.0).then(|| [((squares + spread) / 2.0).sqrt(), ((squares - spread) / 2.0).max(0.0).sqrt()])
    }
}

/// The similarity (turned, scaled, moved) that carries two places exactly; `None` when they coincide.
pub(super) fn similarity((a, to_a): Sample, (b, to_b): Sample) -> Option<Homography> {
    let (from, to) = ([b[0] - a[0], b[1] - a[1]], [to_b[0] - to_a[0], to_b[1] - to_a[1]]);
    let length = from[0] * from[0] + from[1] * from[1];
    if length < 1e-9 {
        return None;
    }
    // A quotient of complex numbers.
    let cosine = (to[0] * from[0] + to[1] * from[1]) / length;
    let sine = (to[1] * from[0] - to[0] * from[1]) / length;
    let across = to_a[0] - cosine * a[0] + sine * a[1];
    let down = to_a[1] - sine * a[0] - cosine * a[1];
    Some(Homography([cosine, -sine, across, sine, cosine, down, 0.0, 0.0, 1.0]))
}

/// The affine map with the least squared error; `None` with fewer than three places or when they lie on a line.
pub(super) fn affine(samples: &[Sample]) -> Option<Homography> {
    fitted::<6>(samples, |[x, y], [u, v]| {
        [([x, y, 1.0, 0.0, 0.0, 0.0], u), ([0.0, 0.0, 0.0, x, y, 1.0], v)]
    })
}

/// The homography with the least squared algebraic error; `None` with fewer than four places or when they lie unhappily.
pub(super) fn homography(samples: &[Sample]) -> Option<Homography> {
    fitted::<8>(samples, |[x, y], [u, v]| {
        [
            ([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], u),
            ([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y], v),
        ]
    })
}

/// Solves for the first `N` numbers of the map, each sample giving two linear equations, in coordinates of mean 0 and
/// deviation 1.
fn fitted<const N: usize>(
    samples: &[Sample],
    equations: impl Fn([f64; 2], [f64; 2]) -> [([f64; N], f64); 2],
) -> Option<Homography> {
    if 2 * samples.len() < N {
        return None;
    }
    let (from, _) = normal(samples.iter().map(|(place, _)| *place))?;
    let (to, back) = normal(samples.iter().map(|(_, place)| *place))?;
    let (mut matrix, mut right) = ([[0.0; N]; N], [0.0; N]);
    for (place, image) in samples {
        for (row, value) in equations(from.carry(*place)?, to.carry(*image)?) {
            for i in 0..N {
                right[i] += row[i] * value;
                for j in 0..N {
                    matrix[i][j] += row[i] * row[j];
                }
            }
        }
    }
    let solved = solve(matrix, right)?;
    let mut numbers = [0.0; 9];
    numbers[..N].copy_from_slice(&solved);
    numbers[8] = 1.0;
    let map = back.after(&Homography(numbers)).after(&from);
    let last = map.0[8];
    (last.abs() > 1e-9).then(|| Homography(map.0.map(|number| number / last)))
}

/// The map to coordinates of mean 0 and deviation 1, and the way back.
fn normal(places: impl Iterator<Item = [f64; 2]> + Clone) -> Option<(Homography, Homography)> {
    let count = places.clone().count() as f64;
    let mean: [f64; 2] = std::array::from_fn(|axis| places.clone().map(|place| place[axis]).sum::<f64>() / count);
    let squares: f64 = places
        .map(|place| (place[0] - mean[0]).powi(2) + (place[1] - mean[1]).powi(2))
        .sum();
    let deviation = (squares / count / 2.0).sqrt();
    (deviation > 1e-6).then(|| {
        let shrink = 1.0 / deviation;
        let there = Homography::scaling(shrink, shrink, [-mean[0] * shrink, -mean[1] * shrink]);
        (there, Homography::scaling(deviation, deviation, mean))
    })
}

/// Gaussian elimination with partial pivoting; `None` when singular.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        if matrix[pivot][column].abs() < 1e-9 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        for row in column + 1..N {
            let factor = matrix[row][column] / matrix[column][column];
            let above = matrix[column];
            for (number, above) in matrix[row].iter_mut().zip(above).skip(column) {
                *number -= factor * above;
            }
            right[row] -= factor * right[column];
        }
    }
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|k| matrix[row][k] * right[k]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    Some(right)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACES: [[f64; 2]; 6] = [
        [0.0, 0.0],
        [400.0, 20.0],
        [30.0, 500.0],
        [380.0, 480.0],
        [200.0, 100.0],
        [90.0, 300.0],
    ];

    fn near([x, y]: [f64; 2], [u, v]: [f64; 2]) -> bool {
        (x - u).abs() < 1e-4 && (y - v).abs() < 1e-4
    }

    #[test]
    fn too_few_or_coinciding_places_fit_nothing() {
        let same = ([3.0, 4.0], [5.0, 6.0]);
        assert_eq!(similarity(same, same), None);
        assert_eq!(affine(&[same; 9]), None);
        let line: Vec<Sample> = (0..9)
            .map(|k| ([f64::from(k), f64::from(2 * k)], [f64::from(k), 0.0]))
            .collect();
        assert_eq!(affine(&line), None);
        assert_eq!(homography(&line), None);
        assert_eq!(homography(&line[..3]), None);
    }

    #[test]
    fn enlargement_tells_the_two_directions_and_refuses_mirrors() {
        let stretched = Homography::scaling(3.0, 2.0, [7.0, 8.0]);
        let [larger, smaller] = stretched.enlargement([5.0, 5.0]).unwrap();
        assert!((larger - 3.0).abs() < 1e-9 && (smaller - 2.0).abs() < 1e-9);
        assert_eq!(Homography::scaling(-1.0, 1.0, [0.0; 2]).enlargement([5.0, 5.0]), None);
    }

    proptest! {
        #[test]
        fn maps_are_found_again(turn in -3.0..3.0f64, scale in 0.3..3.0f64, moved in -200.0..200.0f64, shear in -0.2..0.2f64, tilt in -4e-4..4e-4f64) {
            let (sine, cosine) = turn.sin_cos();
            let similar = Homography([scale * cosine, -scale * sine, moved, scale * sine, scale * cosine, -moved, 0.0, 0.0, 1.0]);
            let sheared = similar.after(&Homography([1.0, shear, 0.0, 0.0, 1.0 + shear, 0.0, 0.0, 0.0, 1.0]));
            let tilted = sheared.after(&Homography([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, tilt, -tilt, 1.0]));
            let samples = |map: &Homography| PLACES.map(|place| (place, map.carry(place).unwrap()));
            let by_two = similarity(samples(&similar)[1], samples(&similar)[2]).unwrap();
            let by_three = affine(&samples(&sheared)).unwrap();
            let by_four = homography(&samples(&tilted)).unwrap();
            for place in [[10.0, 10.0], [300.0, 444.0]] {
                for (map, found) in [(&similar, &by_two), (&sheared, &by_three), (&tilted, &by_four)] {
                    prop_assert!(near(map.carry(place).unwrap(), found.carry(place).unwrap()), "{:?} {:?}", map, found);
                    prop_assert!(near(found.inverse().unwrap().carry(found.carry(place).unwrap()).unwrap(), place));
                }
            }
        }
    }
}
