//! How well a score puts the same pairs before the others: recall, precision, F1, average precision.
//!
//! A pair is *said to be the same* when its odds reach a threshold. Pairs of equal odds are never told apart.

use super::Sample;

/// What saying "same" from a threshold on amounts to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The lowest log odds that are said to be the same (natural log).
    pub log_odds: f64,
    /// Pairs that are said to be the same.
    pub said: u64,
    /// Those of them that are.
    pub right: u64,
    /// All pairs that are the same.
    pub same: u64,
}

impl Point {
    /// The share of the same pairs that are found; not a number when there are none.
    #[must_use]
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.same as f64
    }

    /// The share of what is said to be the same that is; not a number when nothing is said.
    #[must_use]
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.said as f64
    }

    /// The harmonic mean of both; 0 when nothing is said, not a number when there is nothing to find.
    #[must_use]
    pub fn f1(&self) -> f64 {
        self.recall() * 2.0 * self.same as f64 / (self.said + self.same) as f64
    }
}

/// What a threshold (natural log of the odds) amounts to.
#[must_use]
pub fn at(sample: Sample<'_>, log_odds: f64) -> Point {
    let (_, same) = sample.sizes();
    let start = Point {
        log_odds,
        said: 0,
        right: 0,
        same,
    };
    sample
        .counted()
        .rev()
        .take_while(|(pair, _)| pair.log_odds >= log_odds)
        .fold(start, added)
}

/// Every threshold that makes a difference, the highest first.
#[must_use]
pub fn curve(sample: Sample<'_>) -> Vec<Point> {
    let (_, same) = sample.sizes();
    let mut points: Vec<Point> = Vec::new();
    for counted in sample.counted().rev() {
        let before = points.last().copied().unwrap_or(Point {
            log_odds: f64::INFINITY,
            said: 0,
            right: 0,
            same,
        });
        let point = Point {
            log_odds: counted.0.log_odds,
            ..added(before, counted)
        };
        match points.last_mut() {
            Some(last) if last.log_odds == point.log_odds => *last = point,
            _ => points.push(point),
        }
    }
    points
}

/// The threshold with the best F1, half way to the next pair below (natural log of the odds); the highest of several. 0, an
/// even chance, when nothing is the same.
#[must_use]
pub fn best_threshold(sample: Sample<'_>) -> f64 {
    let points = curve(sample);
    let mut best = (0.0, 0.0);
    for (at, point) in points.iter().enumerate() {
        if point.f1() > best.0 {
            let below = points.get(at + 1).map_or(point.log_odds, |next| next.log_odds);
            // Between a pair and those that were ruled out any threshold does.
            let half = if below.is_finite() {
                f64::midpoint(point.log_odds, below)
            } else {
                point.log_odds
            };
            best = (point.f1(), half);
        }
    }
    best.1
}

/// Average precision: the mean over the same pairs of the precision at which each is found, the area under the curve of
/// precision over recall in steps. Not a number when nothing is the same.
#[must_use]
pub fn average_precision(sample: Sample<'_>) -> f64 {
    let (mut area, mut found, mut same) = (0.0, 0, 0);
    for point in curve(sample) {
        area += (point.right - found) as f64 * point.precision();
        (found, same) = (point.right, point.same);
    }
    area / same as f64
}

fn added(point: Point, (pair, times): (&super::Scored, u32)) -> Point {
    Point {
        said: point.said + u64::from(times),
        right: point.right + if pair.same { u64::from(times) } else { 0 },
        ..point
    }
}
