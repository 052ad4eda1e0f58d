//! The pairs that a score is most wrong about: the same ones that it puts last, and others that it puts first.

use replevin_index::evaluation::Scored;

/// Pairs of either sort that are kept.
const KEPT: usize = 10;

/// The worst pairs of either sort.
#[derive(Debug, Default)]
pub(super) struct Worst {
    missed: Vec<Pair>,
    wrong: Vec<Pair>,
}

/// A pair with what was said of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    pub(super) scored: Scored,
    /// The item's id.
    pub(super) item: String,
    /// The listing's id.
    pub(super) listing: String,
    pub(super) told: Vec<Told>,
}

/// One reason, and its weight in log10 of the LR.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) says: String,
    pub(super) log10_lr: Option<f64>,
}

impl Told {
    pub(super) fn of(says: &str, log10_lr: Option<f64>) -> Self {
        Self {
            says: says.to_owned(),
            log10_lr,
        }
    }
}

impl Worst {
    /// Keeps the pair if it is among the worst of its sort; only then `told` is asked for.
    pub(super) fn offer(&mut self, scored: Scored, item: &str, listing: &str, told: impl FnOnce() -> Vec<Told>) {
        let all = if scored.same { &mut self.missed } else { &mut self.wrong };
        let badness = |scored: &Scored| if scored.same { -scored.log_odds } else { scored.log_odds };
        let place = all.partition_point(|kept| badness(&kept.scored) >= badness(&scored));
        if place < KEPT {
            all.truncate(KEPT - 1);
            let pair = Pair {
                scored,
                item: item.to_owned(),
                listing: listing.to_owned(),
                told: told(),
            };
            all.insert(place, pair);
        }
    }

    /// The same pairs of the lowest odds, the lowest first.
    pub(super) fn missed(&self) -> &[Pair] {
        &self.missed
    }

    /// The other pairs of the highest odds, the highest first.
    pub(super) fn wrong(&self) -> &[Pair] {
        &self.wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_either_sort_are_kept_in_order() {
        let mut worst = Worst::default();
        for (place, same) in (0..40).map(|place| (place * 7 % 40, place % 2 == 0)) {
            let scored = Scored {
                log_odds: f64::from(place),
                log_lr: 0.0,
                same,
            };
            worst.offer(scored, "i", "l", Vec::new);
        }
        let odds = |pairs: &[Pair]| pairs.iter().map(|pair| pair.scored.log_odds).collect::<Vec<_>>();
        let low: Vec<f64> = (0..10).map(|place| f64::from(place * 2)).collect();
        let high: Vec<f64> = (0..10).map(|place| f64::from(39 - place * 2)).collect();
        assert_eq!((odds(worst.missed()), odds(worst.wrong())), (low, high));
    }
}
