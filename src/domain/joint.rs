//! What a set of reports says together, when some of them exclude one another.
//!
//! A report is a pair of an item and a listing. A listing is one item at most and an item one listing at most, so that of the
//! reports on one item, or on one listing, at most one is true: they are rivals. Reports on several offers of one object are no
//! rivals: they are one claim, told several times.
//!
//! What is known of each claim is its probability, p. Of all joint probabilities with these, in which rivals exclude one another,
//! the one that assumes nothing else (that of most entropy) is, as long as rivals form no ring,
//!
//! P(none is true) = ∏ (1 − q) over items and listings ÷ ∏ (1 − p) over claims,
//!
//! where q is the sum of p over the claims on an item, or on a listing: the probability that it has its counterpart. For claims
//! without rivals this is ∏ (1 − p), as if each stood alone; for the rivals on one listing it is 1 − Σ p. Where rivals form a ring
//! it is an approximation (Bethe's), and kept within what must hold of any joint probability.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

/// Ways of sharing out contested listings that are followed; a set with more gets no figure for all its items.
const WAYS_MAX: usize = 20_000;
/// No claim is surer than that, so that nothing is divided by zero.
const SURE: f64 = 1.0 - 1e-9;

/// One report, as the figures of its set see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Claim<I, L> {
    /// The item.
    pub item: I,
    /// The listing.
    pub listing: L,
    /// Which of the item's offers: claims on one item with the same number are about one object that is offered several times.
    pub offer: usize,
    /// The report's own probability, 0 to 1.
    pub probability: f64,
}

/// What a set says together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joint {
    /// How many items there are.
    pub items: usize,
    /// How many of them are to be expected to be on sale: the sum of what each says, rivals never more than 1 together.
    pub expected: f64,
    /// The probability that at least one is, 0 to 1.
    pub any: f64,
    /// The probability that all are: 0 when there are not enough listings for them. None when there are too many ways in which
    /// they could be.
    pub all: Option<f64>,
}

/// What claims say together.
#[must_use]
pub fn joint<I: Copy + Eq + Ord + Hash, L: Copy + Eq + Ord + Hash>(claims: &[Claim<I, L>]) -> Joint {
    let claims = compatible(claims);
    let items = sums(claims.iter().map(|claim| (claim.item, claim.probability)));
    let listings = sums(claims.iter().map(|claim| (claim.listing, claim.probability)));
    let expected: f64 = items.values().sum();
    // In logarithms: a hundred sure claims would leave nothing of a product.
    let log = |probability: f64| (-probability.min(SURE)).ln_1p();
    let matched: f64 = items.values().chain(listings.values()).copied().map(log).sum();
    let alone: f64 = claims.iter().map(|claim| log(claim.probability)).sum();
    let none = (matched - alone).exp();
    let surest = items.values().chain(listings.values()).copied().fold(0.0, f64::max);
    Joint {
        items: items.len(),
        expected,
        any: (1.0 - none).max(surest).min(expected).clamp(0.0, 1.0),
        all: all(&claims, &listings).map(|all| items.values().copied().fold(all, f64::min).max(0.0)),
    }
}

/// Each claim's share among its rivals, and what is left for none of them: they add up to 1. Claims that were assessed at
/// different times can add up to more by themselves; they are brought down in proportion.
#[must_use]
pub fn shares(probabilities: &[f64]) -> (Vec<f64>, f64) {
    let sum: f64 = probabilities.iter().sum();
    let by = if sum > 1.0 { sum.recip() } else { 1.0 };
    let shares = probabilities.iter().map(|probability| probability * by).collect();
    (shares, (1.0 - sum).max(0.0))
}

/// The claims with probabilities that can hold together: several offers of one object count as the surest of them, and what is
/// left of rivals, assessed at different times perhaps, is no more than 1.
fn compatible<I: Copy + Ord, L: Copy + Ord>(claims: &[Claim<I, L>]) -> Vec<Claim<I, L>> {
    let mut offers: BTreeMap<(I, usize), (f64, f64)> = BTreeMap::new();
    for claim in claims {
        let (surest, sum) = offers.entry((claim.item, claim.offer)).or_default();
        *surest = surest.max(claim.probability);
        *sum += claim.probability;
    }
    let mut claims = claims.to_vec();
    for claim in &mut claims {
        let (surest, sum) = offers[&(claim.item, claim.offer)];
        if sum > 0.0 {
            claim.probability *= surest / sum;
        }
    }
    // Each side by itself only takes away: the other's sums stay within bounds.
    let items = sums(claims.iter().map(|claim| (claim.item, claim.probability)));
    claims
        .iter_mut()
        .for_each(|claim| claim.probability /= items[&claim.item].max(1.0));
    let listings = sums(claims.iter().map(|claim| (claim.listing, claim.probability)));
    (claims.iter_mut()).for_each(|claim| claim.probability /= listings[&claim.listing].max(1.0));
    claims
}

fn sums<K: Ord>(parts: impl Iterator<Item = (K, f64)>) -> BTreeMap<K, f64> {
    let mut sums = BTreeMap::new();
    parts.for_each(|(key, part)| *sums.entry(key).or_insert(0.0) += part);
    sums
}

/// The probability that each item has its listing: over all ways of giving each item a listing of its own.
///
/// Of P(none is true) and the odds p (1 − p) ÷ ((1 − q of the item) (1 − q of the listing)) of each claim, everything cancels but
/// what stands here; listings on which one item alone is claimed cancel altogether.
fn all<I: Copy + Ord, L: Copy + Ord + Hash>(claims: &[Claim<I, L>], listings: &BTreeMap<L, f64>) -> Option<f64> {
    let mut claimed: BTreeMap<L, BTreeSet<I>> = BTreeMap::new();
    let mut by_item: BTreeMap<I, Vec<&Claim<I, L>>> = BTreeMap::new();
    for claim in claims {
        claimed.entry(claim.listing).or_default().insert(claim.item);
        by_item.entry(claim.item).or_default().push(claim);
    }
    if by_item.is_empty() {
        return Some(0.0);
    }
    let is_contested = |listing: &L| claimed[listing].len() > 1;
    let mut ways: HashMap<BTreeSet<L>, f64> = HashMap::from([(BTreeSet::new(), 1.0)]);
    for claims in by_item.values() {
        let mut next: HashMap<BTreeSet<L>, f64> = HashMap::new();
        for (used, weight) in &ways {
            for (at, claim) in claims.iter().enumerate().filter(|(_, claim)| !used.contains(&claim.listing)) {
                let others = claims.iter().enumerate().filter(|(other, _)| *other != at);
                let given_up: f64 = (others.filter(|(_, other)| is_contested(&other.listing)))
                    .map(|(_, other)| 1.0 - other.probability.min(SURE))
                    .product();
                let mut used = used.clone();
                if is_contested(&claim.listing) {
                    used.insert(claim.listing);
                }
                *next.entry(used).or_insert(0.0) += weight * claim.probability / given_up;
            }
        }
        if next.len() > WAYS_MAX {
            return None;
        }
        ways = next;
    }
    let contested: Vec<(&L, f64)> = (listings.iter().filter(|(listing, _)| is_contested(listing)))
        .map(|(listing, sum)| (listing, 1.0 - sum.min(SURE)))
        .collect();
    let left = |used: &BTreeSet<L>| -> f64 {
        let unused = contested.iter().filter(|(listing, _)| !used.contains(listing));
        unused.map(|(_, left)| left).product()
    };
    Some(ways.iter().map(|(used, weight)| weight * left(used)).sum())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn claim(item: u8, listing: u8, probability: f64) -> Claim<u8, u8> {
        Claim {
            item,
            listing,
            offer: usize::from(listing),
            probability,
        }
    }

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-6
    }

    #[test]
    fn rivals_exclude_one_another_and_the_rest_stands_alone() {
        // Two items, one listing: one of them at most.
        let contested = joint(&[claim(1, 1, 0.6), claim(2, 1, 0.3)]);
        assert!(close(contested.any, 0.9) && close(contested.expected, 0.9), "{contested:?}");
        assert_eq!((contested.all, contested.items), (Some(0.0), 2));
        // One item, two listings.
        let offered = joint(&[claim(1, 1, 0.6), claim(1, 2, 0.3)]);
        assert!(
            close(offered.any, 0.9) && close(offered.all.unwrap_or_default(), 0.9),
            "{offered:?}"
        );
        // Neither.
        let apart = joint(&[claim(1, 1, 0.6), claim(2, 2, 0.3)]);
        assert!(
            close(apart.any, 0.72) && close(apart.all.unwrap_or_default(), 0.18),
            "{apart:?}"
        );
        // The first item may be the one listing, or the one that the second item needs.
        let chain = joint(&[claim(1, 1, 0.5), claim(1, 2, 0.2), claim(2, 2, 0.6)]);
        assert!(close(chain.all.unwrap_or_default(), 0.5 * 0.6 / 0.8), "{chain:?}");
        assert!(close(chain.any, 1.0 - 0.3 * 0.2 / 0.8), "{chain:?}");
    }

    #[test]
    fn one_object_that_is_offered_again_counts_once() {
        let again = |listing| Claim {
            offer: 1,
            ..claim(1, listing, 0.9)
        };
        let joint = joint(&[again(1), again(2), again(3)]);
        assert!(close(joint.any, 0.9) && close(joint.expected, 0.9), "{joint:?}");
        assert_eq!(joint.items, 1);
    }

    #[test]
    fn a_hundred_sure_claims_leave_numbers() {
        let claims: Vec<_> = (0..100).map(|n| claim(n, n, 0.999_999)).collect();
        let joint = joint(&claims);
        assert!(close(joint.any, 1.0) && joint.all.is_some_and(|all| all > 0.999), "{joint:?}");
    }

    #[test]
    fn nothing_says_nothing() {
        let joint = joint::<u8, u8>(&[]);
        assert_eq!((joint.any, joint.expected, joint.all), (0.0, 0.0, Some(0.0)));
    }

    #[test]
    fn shares_add_up() {
        for probabilities in [vec![], vec![0.4], vec![0.5, 0.3], vec![0.9, 0.9, 0.2]] {
            let (shares, none) = shares(&probabilities);
            assert!(close(shares.iter().sum::<f64>() + none, 1.0), "{probabilities:?}");
            assert!(none >= 0.0);
        }
    }

    /// All sets of claims that can be true together, each with the product of its claims' odds.
    fn outcomes(claims: &[Claim<u8, u8>]) -> Vec<(Vec<usize>, f64)> {
        let items = sums(claims.iter().map(|claim| (claim.item, claim.probability)));
        let listings = sums(claims.iter().map(|claim| (claim.listing, claim.probability)));
        let odds = |claim: &Claim<u8, u8>| {
            let left = (1.0 - items[&claim.item]) * (1.0 - listings[&claim.listing]);
            claim.probability * (1.0 - claim.probability) / left
        };
        let mut found = vec![(Vec::new(), 1.0)];
        for (at, claim) in claims.iter().enumerate() {
            let fits = |set: &Vec<usize>| {
                (set.iter()).all(|other| claims[*other].item != claim.item && claims[*other].listing != claim.listing)
            };
            let with: Vec<_> = (found.iter().filter(|(set, _)| fits(set)))
                .map(|(set, weight)| ([set.as_slice(), &[at]].concat(), weight * odds(claim)))
                .collect();
            found.extend(with);
        }
        found
    }

    /// Claims whose rivals form no ring: each has one end in common with an earlier one, or none.
    fn trees() -> impl Strategy<Value = Vec<Claim<u8, u8>>> {
        prop::collection::vec((0..3_u8, any::<prop::sample::Index>(), 0.01..0.3_f64), 1..9).prop_map(|steps| {
            let mut claims: Vec<Claim<u8, u8>> = Vec::new();
            for (new, (kind, other, probability)) in (100_u8..).zip(steps) {
                let (mut item, mut listing) = (new, new);
                if !claims.is_empty() {
                    let other = other.get(&claims);
                    match kind {
                        0 => item = other.item,
                        1 => listing = other.listing,
                        _ => {}
                    }
                }
                claims.push(claim(item, listing, probability));
            }
            // Small enough that no item and no listing has more than it can.
            let most = claims.len() as f64 * 0.3;
            claims.iter_mut().for_each(|claim| claim.probability *= 0.9 / most.max(1.0));
            claims
        })
    }

    proptest! {
        #[test]
        fn figures_are_probabilities_and_rivals_only_spread(
            told in prop::collection::vec((0..6_u8, 0..6_u8, 0..3_usize, 0.0..1.0_f64), 0..14)
        ) {
            let mut claims: Vec<Claim<u8, u8>> = Vec::new();
            for (item, listing, offer, probability) in told {
                if claims.iter().all(|claim| (claim.item, claim.listing) != (item, listing)) {
                    claims.push(Claim { offer, ..claim(item, listing, probability) });
                }
            }
            let joint = joint(&claims);
            let all = joint.all.unwrap_or_default();
            prop_assert!((0.0..=1.0).contains(&joint.any) && (0.0..=1.0).contains(&all), "{joint:?}");
            prop_assert!(joint.any <= joint.expected + 1e-9 && joint.expected <= joint.items as f64 + 1e-9, "{joint:?}");
            prop_assert!(all <= joint.any + 1e-9, "{joint:?}");
        }

        #[test]
        fn without_rivals_each_stands_alone(probabilities in prop::collection::vec(0.0..0.999_f64, 1..40)) {
            let claims: Vec<_> = (0..).zip(&probabilities).map(|(n, probability)| claim(n, n, *probability)).collect();
            let joint = joint(&claims);
            let none: f64 = probabilities.iter().map(|probability| 1.0 - probability).product();
            prop_assert!(close(joint.any, 1.0 - none));
            prop_assert!(close(joint.all.unwrap_or_default(), probabilities.iter().product()));
            prop_assert!(close(joint.expected, probabilities.iter().sum()));
        }

        #[test]
        fn rivals_add_up_to_one_at_most(probabilities in prop::collection::vec(0.0..1.0_f64, 1..12)) {
            let sum: f64 = probabilities.iter().sum();
            for same_item in [true, false] {
                let rival = |n: u8| if same_item { (0, n) } else { (n, 0) };
                let claims: Vec<_> = (0..).zip(&probabilities).map(|(n, p)| claim(rival(n).0, rival(n).1, *p)).collect();
                prop_assert!(close(joint(&claims).any, sum.min(1.0)), "{:?}", joint(&claims));
            }
        }

        /// Counted over all outcomes, each claim has its own probability, and the formulas give what is counted.
        #[test]
        fn the_formulas_are_exact_while_rivals_form_no_ring(claims in trees()) {
            let outcomes = outcomes(&claims);
            let whole: f64 = outcomes.iter().map(|(_, weight)| weight).sum();
            for (at, claim) in claims.iter().enumerate() {
                let with: f64 = outcomes.iter().filter(|(set, _)| set.contains(&at)).map(|(_, weight)| weight).sum();
                prop_assert!(close(with / whole, claim.probability));
            }
            let joint = joint(&claims);
            prop_assert!(close(joint.any, 1.0 - 1.0 / whole), "{joint:?}");
            let complete = |set: &Vec<usize>| set.len() == joint.items;
            let all: f64 = outcomes.iter().filter(|(set, _)| complete(set)).map(|(_, weight)| weight).sum();
            prop_assert!(close(joint.all.unwrap_or_default(), all / whole), "{joint:?}");
        }
    }
}
