//! The seller: what it is worth that the same seller also offers what looks like other objects of the same burglary, and that
//! goods of other thefts were recovered from them before.
//!
//! A burglar's lots turn up together. Each companion counts by how seldom chance would bring its like among all that the seller
//! offers and all that was stolen, which is measured on the archive; a dealer who offers everything proves nothing.

use serde_json::json;

use super::rounded;
use crate::domain::assessment::{Comparison, Evidence};
use crate::domain::ids::{ItemId, ListingId};
use crate::matching::weights::seller as weights;

/// Companions that the sentence names, at most.
const NAMED: usize = 3;

/// What so many earlier thefts whose goods were recovered from the seller are worth, log10.
pub(in crate::matching) fn history_worth(thefts: usize) -> f64 {
    let most = weights::HISTORY.len() - 1;
    thefts.checked_sub(1).map_or(0.0, |place| weights::HISTORY[place.min(most)])
}

/// Weighs a seller's history: the numbers of reports of other thefts whose goods were recovered from the seller. With what the
/// seller offers beside, which came to `loot_set`, it stays within what sellers can be worth.
pub(in crate::matching) fn history(reports: &[u64], loot_set: f64) -> Option<Evidence> {
    let weight = rounded(history_worth(reports.len()).min(weights::CAP - loot_set));
    if weight <= 0.0 {
        return None;
    }
    let named: Vec<String> = reports.iter().take(NAMED).map(|number| format!("SR-{number}")).collect();
    let more = if reports.len() > NAMED { " and more" } else { "" };
    let thefts = match reports.len() {
        1 => "another theft".to_owned(),
        count => format!("{count} other thefts"),
    };
    Some(Evidence {
        comparison: Comparison::Seller,
        outcome: "earlier thefts".to_owned(),
        log10_lr: Some(weight),
        says: format!(
            "goods of {thefts} were recovered from the same seller before: {}{more}",
            named.join(", ")
        ),
        detail: json!({ "reports": reports }),
    })
}

/// Another object of the burglary, and a listing of the same seller that looks like it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::matching) struct Companion {
    pub(in crate::matching) item: ItemId,
    pub(in crate::matching) listing: ListingId,
    /// What the owner calls the object.
    pub(in crate::matching) title: String,
    /// Probability that by chance one of this seller's listings looks as much like one of the burglary's other objects.
    pub(in crate::matching) chance: f64,
}

impl Companion {
    /// Its log10 likelihood ratio; never against, for nobody has to sell everything in one place.
    fn weight(&self) -> f64 {
        worth(self.chance)
    }
}

/// What a companion is worth that chance would bring with this probability, log10.
fn worth(chance: f64) -> f64 {
    let ratio = weights::OFFERED_TOGETHER / chance.max(f64::MIN_POSITIVE);
    ratio.log10().clamp(0.0, weights::COMPANION_MAX)
}

/// The most that so many companions come to, log10, when chance would bring none with less than this probability.
pub(in crate::matching) fn at_most(companions: usize, chance: f64) -> f64 {
    (companions as f64 * worth(chance)).min(weights::CAP)
}

/// Probability that at least one of so many tries hits when a share `rate` of all listings looks like an object.
pub(in crate::matching) fn chance(rate: f64, tries: u64) -> f64 {
    1.0 - (1.0 - rate.clamp(0.0, 1.0)).powf(tries.max(1) as f64)
}

/// Weighs the companions of a pair; nothing when they come to nothing.
pub(in crate::matching) fn compare(companions: &[Companion]) -> Option<Evidence> {
    let mut telling: Vec<(f64, &Companion)> = (companions.iter())
        .map(|companion| (companion.weight(), companion))
        .filter(|(weight, _)| *weight > 0.0)
        .collect();
    telling.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.item.cmp(&other.item)));
    let sum: f64 = telling.iter().map(|(weight, _)| weight).sum();
    let weight = rounded(sum.min(weights::CAP));
    let rarest = telling.first().filter(|_| weight > 0.0)?.1;
    let named: Vec<String> = (telling.iter().take(NAMED))
        .map(|(_, companion)| format!("“{}”", companion.title))
        .collect();
    let objects = match telling.len() {
        1 => "another object".to_owned(),
        count => format!("{count} other objects"),
    };
    let rest = if telling.len() > NAMED { " and more" } else { "" };
    Some(Evidence {
        comparison: Comparison::Seller,
        outcome: "loot set".to_owned(),
        log10_lr: Some(weight),
        says: format!(
            "the same seller offers what looks like {objects} of this burglary: {}{rest}; by chance 1 in {:.0} sellers with as \
             many listings would offer something so like one of its objects",
            named.join(", "),
            (1.0 / rarest.chance).max(1.0),
        ),
        detail: json!({
            "companions": telling.iter().map(|(weight, companion)| json!({
                "item": companion.item,
                "listing": companion.listing,
                "chance": (companion.chance * 1e6).round() / 1e6,
                "log10_lr": rounded(*weight),
            })).collect::<Vec<_>>(),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn companion(chance: f64) -> Companion {
        Companion {
            item: ItemId(uuid::Uuid::now_v7()),
            listing: ListingId(uuid::Uuid::now_v7()),
            title: "Olympus OM-D".to_owned(),
            chance,
        }
    }

    #[test]
    fn rare_companions_weigh_and_dealers_do_not() {
        let weight = |chances: &[f64]| {
            let companions: Vec<_> = chances.iter().map(|chance| companion(*chance)).collect();
            compare(&companions).and_then(|evidence| evidence.log10_lr)
        };
        for (chances, expected) in [
            (&[][..], None),
            (&[0.9], None),
            (&[weights::OFFERED_TOGETHER], None),
            (&[weights::OFFERED_TOGETHER / 10.0], Some(1.0)),
            (
                &[weights::OFFERED_TOGETHER / 10.0, 0.9, weights::OFFERED_TOGETHER / 10.0],
                Some(2.0),
            ),
            (&[1e-9], Some(weights::COMPANION_MAX)),
            (&[1e-9; 9], Some(weights::CAP)),
        ] {
            assert_eq!(weight(chances), expected, "{chances:?}");
        }
    }

    #[test]
    fn earlier_thefts_weigh_within_what_sellers_can_be_worth() {
        for (reports, loot_set, expected) in [
            (&[][..], 0.0, None),
            (&[7], 0.0, Some(0.7)),
            (&[9, 7], 0.0, Some(1.0)),
            (&[9, 8, 7, 3], 0.0, Some(1.2)),
            (&[9, 7], 3.0, Some(0.5)),
            (&[9], weights::CAP, None),
        ] {
            let told = history(reports, loot_set).and_then(|evidence| evidence.log10_lr);
            assert_eq!(told, expected, "{reports:?} {loot_set}");
        }
        let says = |reports: &[u64]| history(reports, 0.0).map(|evidence| evidence.says).unwrap_or_default();
        assert_eq!(
            says(&[7]),
            "goods of another theft were recovered from the same seller before: SR-7"
        );
        assert!(
            says(&[9, 8, 7, 3]).ends_with("4 other thefts were recovered from the same seller before: SR-9, SR-8, SR-7 and more")
        );
    }

    #[test]
    fn more_listings_make_chance_likelier() {
        for (rate, listings, expected) in [(0.01, 1, 0.01), (0.01, 0, 0.01), (0.5, 2, 0.75), (0.01, 1000, 0.999_956)] {
            assert!((chance(rate, listings) - expected).abs() < 1e-4, "{rate} {listings}");
        }
    }

    #[test]
    fn the_sentence_names_what_else_is_there() {
        let says = compare(&[companion(0.0125), companion(0.02)])
            .unwrap_or_else(|| panic!("nothing"))
            .says;
        assert!(
            says.contains("2 other objects of this burglary: “Olympus OM-D”, “Olympus OM-D”; by chance 1 in 80"),
            "{says}"
        );
    }
}
