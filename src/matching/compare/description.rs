//! Descriptions: what it is worth that both sides use the same words, and name the same brand, model and colour.
//!
//! That says that it is the same model, which is little about the object: the group is capped. The learned same-model score is not
//! weighed here: it knows titles of shops, and put in place of the shared words it lost half of the loot sets in generated
//! fixtures, where people name their things in a few words. Words that are identifiers count with those; words that came along
//! with a copied photo do not count again.

use std::collections::HashSet;

use replevin_index::identifier::FoundIdentifier;
use replevin_index::text::agreement::inverse_document_frequency;
use replevin_index::text::fold::fold;
use replevin_index::{Record, TextAgreement};
use serde_json::json;

use super::{marks, rounded, validated};
use crate::domain::assessment::{Comparison, Evidence};
use crate::matching::weights::{along, description as weights};

/// A description that was compared: its evidence, and what of it the rate of coincidence cannot measure away.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::matching) struct Described {
    pub(in crate::matching) evidence: Evidence,
    /// What brand, model and colour take where they differ, log10: 0 or less.
    pub(in crate::matching) against: f64,
}

/// Words that are named in the sentence, at most: the rarest.
const WORDS_NAMED: usize = 3;
/// A word is named when it weighs at least this part of what the rarest weighs; what is far commoner only fills the line.
const NAMED_FROM: f64 = 0.7;
/// A word that more than one record in so many says is too common to be named…
const COMMON_ONE_IN: u64 = 50;
/// …unless it is no more than these records, in an archive that has just begun.
const COMMON_MIN: u64 = 3;

/// What else is known when descriptions are compared.
#[derive(Debug, Clone, Copy)]
pub(in crate::matching) struct Context {
    /// Records of both sides.
    pub(in crate::matching) records: u64,
    /// Whether the same photo explains that the texts agree.
    pub(in crate::matching) photo_explains: bool,
}

/// Weighs how much two texts agree; nothing when they say nothing comparable.
pub(in crate::matching) fn compare(
    item: &Record,
    listing: &Record,
    agreement: &TextAgreement,
    context: Context,
) -> Option<Described> {
    // One word counts once: those of numbers and marks count with them.
    let of_marks: HashSet<String> = marks::counted(&agreement.marks)
        .flat_map(|mark| mark.registered.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase)
        .collect();
    let (numbers, words): (Vec<_>, Vec<_>) = (agreement.shared_terms.iter()).partition(|(term, _)| {
        // What nothing calls a number is a word of the text until the other side calls it one.
        let is = |found: &FoundIdentifier| !found.is_loose() && fold(&found.identifier.normalised) == fold(term);
        item.identifiers.iter().chain(&listing.identifiers).any(is) || of_marks.contains(term)
    });
    let numbers_idf: f64 = (numbers.iter())
        .map(|(_, saying)| inverse_document_frequency(context.records, *saying))
        .sum();
    let share = share(agreement, numbers_idf);
    let [for_it, against] = [0, 1].map(|side| {
        let told = [
            (agreement.brand, weights::BRAND),
            (agreement.model, weights::MODEL),
            (agreement.color, weights::COLOR),
        ];
        let wanted = side == 0;
        told.iter()
            .filter(|(agrees, _)| *agrees == Some(wanted))
            .map(|(_, weight)| weight[side])
            .sum::<f64>()
    });
    let for_it = if context.photo_explains {
        0.0
    } else {
        for_it + along(&weights::SHARED, share)
    };
    let weight = rounded((for_it + against).clamp(weights::CAP[0], weights::CAP[1]));
    if weight == 0.0 {
        return None;
    }
    let named = named(&words, context.records);
    let outcome = match (weight < 0.0, agreement.model) {
        (true, _) => "differs",
        (false, Some(true)) => "same model",
        (false, _) => "agrees",
    };
    let evidence = Evidence {
        comparison: Comparison::Description,
        outcome: outcome.to_owned(),
        log10_lr: Some(weight),
        says: sentence(agreement, &named),
        detail: json!({
            "share": rounded(share),
            "brand": agreement.brand,
            "model": agreement.model,
            "color": agreement.color,
            "words": named,
        }),
    };
    Some(Described { evidence, against })
}

/// A rate of coincidence, and what it was counted on.
#[derive(Debug, Clone, Copy)]
pub(in crate::matching) struct Coincidence {
    /// How many listings of others agree as well; none when they are too many to have been counted.
    pub(in crate::matching) agreeing: Option<usize>,
    /// The listings that it was counted among.
    pub(in crate::matching) archive: usize,
    /// Those of them that are on sale now.
    pub(in crate::matching) on_sale: u64,
    /// Of how many of these the item could be any before anything is compared, as the prior takes it: those of its sort.
    pub(in crate::matching) could_be: f64,
}

impl Coincidence {
    /// The share of listings that agree as well by chance, more than 0 and at most 1: one more than was counted, so that none
    /// found is not never.
    fn rate(&self) -> f64 {
        self.agreeing
            .map_or(1.0, |agreeing| ((agreeing + 1) as f64 / (self.archive + 1) as f64).min(1.0))
    }

    /// The share of those of the item's sort, for what agrees is of its sort, and that it is, the prior counts already.
    fn rate_of_sort(&self) -> f64 {
        (self.rate() / self.sort()).min(1.0)
    }

    /// The share of listings that are of the item's sort.
    fn sort(&self) -> f64 {
        (self.could_be / self.on_sale.max(1) as f64).min(1.0)
    }

    /// The most that the share may be with 95 % confidence: the exact upper limit of what was counted (Clopper and Pearson 1934).
    fn rate_at_most(&self) -> f64 {
        const OUTSIDE: f64 = 0.05;
        let Some(agreeing) = self.agreeing.filter(|agreeing| *agreeing < self.archive) else {
            return 1.0;
        };
        // The share at which so few would be seen once in twenty times; the probability of so few falls as the share rises.
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let share = f64::midpoint(low, high);
            if at_most(agreeing, self.archive, share) > OUTSIDE {
                low = share;
            } else {
                high = share;
            }
        }
        high
    }
}

/// The probability that at most `seen` of `of` are, when each is with probability `share`.
fn at_most(seen: usize, of: usize, share: f64) -> f64 {
    let n = of as f64;
    let (mut log_term, odds) = (n * (-share).ln_1p(), (share / (1.0 - share)).ln());
    let mut sum = log_term.exp();
    for k in 0..seen {
        log_term += odds + (n - k as f64).ln() - (k as f64 + 1.0).ln();
        sum += log_term.exp();
    }
    sum
}

/// Weighs a description by how many listings agree as well by chance, and says so. What differs, which takes `against`, is
/// seldom said of the same object, however few others agree as well.
pub(in crate::matching) fn measure(evidence: &mut Evidence, against: f64, coincidence: Coincidence) {
    let Coincidence { archive, on_sale, .. } = coincidence;
    let rate = coincidence.rate();
    let said_of_the_same = weights::SAID_OF_THE_SAME.log10() + against;
    let of_sort = (archive as f64 * coincidence.sort()) as u64;
    let weight = (said_of_the_same - coincidence.rate_of_sort().log10()).min(validated(of_sort));
    evidence.log10_lr = Some(rounded(weight.clamp(0.0, weights::MEASURED_MAX)));
    // A rate is no probability of guilt: beside it stands how many such listings there are now without any theft.
    let by_chance = rate * on_sale as f64;
    evidence.says = match coincidence.agreeing {
        Some(agreeing) => format!(
            "{}; {agreeing} of {archive} other listings were found to agree this well, with 95 % confidence at most 1 in {:.0}: of the {on_sale} now on \
             sale {} would by chance",
            evidence.says,
            (1.0 / coincidence.rate_at_most()).max(1.0),
            expected(by_chance)
        ),
        None => format!("{}; more listings agree this well than were counted", evidence.says),
    };
    evidence.detail["agreeing"] = json!(coincidence.agreeing);
    evidence.detail["coincidence_rate_at_most"] = json!((coincidence.rate_at_most() * 1e6).round() / 1e6);
    evidence.detail["coincidence_rate"] = json!((rate * 1e6).round() / 1e6);
    evidence.detail["listings"] = json!(archive);
    evidence.detail["on_sale"] = json!(on_sale);
    evidence.detail["expected_on_sale"] = json!((by_chance * 1e4).round() / 1e4);
}

/// An expected number with as many digits as it is worth.
fn expected(number: f64) -> String {
    match number {
        ..0.005 => "fewer than 0.01".to_owned(),
        ..1.0 => format!("{number:.2}"),
        ..10.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

/// The few shared words that carry the weight, rarest first: no bare numbers, no letters, nothing that everybody says.
fn named<'a>(rarest_first: &[&'a (String, u64)], records: u64) -> Vec<&'a str> {
    let common = (records / COMMON_ONE_IN).max(COMMON_MIN);
    let tells = |word: &str| word.chars().count() > 2 && word.chars().any(char::is_alphabetic);
    let telling: Vec<_> = (rarest_first.iter())
        .filter(|(word, saying)| tells(word) && *saying <= common)
        .collect();
    let weight = |saying: u64| inverse_document_frequency(records, saying);
    let from = telling.first().map_or(0.0, |(_, saying)| NAMED_FROM * weight(*saying));
    (telling.iter())
        .take_while(|(_, saying)| weight(*saying) >= from)
        .take(WORDS_NAMED)
        .map(|(word, _)| word.as_str())
        .collect()
}

/// The share of the words that both say, 0 to 1, weighted by rarity, without those that are identifiers.
fn share(agreement: &TextAgreement, numbers_idf: f64) -> f64 {
    if agreement.share_registered <= 0.0 {
        return 0.0;
    }
    let all_idf = agreement.shared_idf / agreement.share_registered;
    let left = all_idf - numbers_idf;
    let registered = if left > 0.0 {
        ((agreement.shared_idf - numbers_idf) / left).clamp(0.0, 1.0)
    } else {
        0.0
    };
    if numbers_idf > 0.0 {
        // The number may stand in the title as well; what else it shares cannot be told from here.
        return registered * weights::REGISTERED_PART;
    }
    registered * weights::REGISTERED_PART + agreement.share_offered_title * (1.0 - weights::REGISTERED_PART)
}

fn sentence(agreement: &TextAgreement, words: &[&str]) -> String {
    let parts = [
        ("brand", agreement.brand),
        ("model", agreement.model),
        ("colour", agreement.color),
    ];
    let listed = |wanted: bool| -> Vec<&str> {
        parts
            .iter()
            .filter(|(_, agrees)| *agrees == Some(wanted))
            .map(|(name, _)| *name)
            .collect()
    };
    let mut said = Vec::new();
    for (names, one, several) in [(listed(true), "agrees", "agree"), (listed(false), "differs", "differ")] {
        match names.as_slice() {
            [] => {}
            [name] => said.push(format!("the {name} {one}")),
            [before @ .., last] => said.push(format!("the {} and {last} {several}", before.join(", "))),
        }
    }
    if !words.is_empty() {
        said.push(format!("both say {}", words.join(", ")));
    }
    if said.is_empty() {
        said.push("the texts have words in common".to_owned());
    }
    said.join("; ")
}

#[cfg(test)]
mod tests;
