//! How much two texts agree: a pure function of both texts and the term statistics of the index.
//!
//! Owns which words count and how brand, model and colour are compared. Leaves what agreement is worth to the caller.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::analyzer::{Phrase, Token};
use super::colors;
use super::marks::{self, Counts, Marks};
use super::names;
pub use super::words::Words;

/// How much two texts agree. The roles are fixed (registered, offered), whichever side was the query.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextAgreement {
    /// Share of the registered side's words that the offered side also says, weighted by their inverse document frequency,
    /// 0 to 1; 0 when it says none. Words of title, description, brand, model and marks count once each.
    pub share_registered: f64,
    /// The same share of the offered title's words that the registered side also says, 0 to 1.
    pub share_offered_title: f64,
    /// Inverse document frequency summed over the shared terms, in nats.
    pub shared_idf: f64,
    /// Words that both say, as the registered side writes them in lower case, rarest first, with the number of records on
    /// both sides that say them. An identifier in the text is such a word; whoever counts identifiers elsewhere leaves it
    /// out here.
    pub shared_terms: Vec<(String, u64)>,
    /// Brands: both given and equal, both given and different, or not comparable. When one side gives it, finding it in
    /// the other's title counts as equal.
    pub brand: Option<bool>,
    /// Model numbers likewise, without separators; one that only says more than the other is not comparable.
    pub model: Option<bool>,
    /// Colours likewise, over the concepts of the languages that are known.
    pub color: Option<bool>,
    /// What both say of the object itself, in whatever language.
    pub marks: Marks,
}

/// Compares two texts. `records` is the number of records in the index, `counts` tells how many of them say a term.
pub fn agreement<C: Counts>(
    registered: &Words,
    offered: &Words,
    records: u64,
    counts: &mut C,
) -> Result<TextAgreement, C::Error> {
    let ours = tally(&mut registered.weighed(), offered, records, counts)?;
    let theirs = tally(&mut offered.title.iter(), registered, records, counts)?;
    let marks = marks::shared(registered, offered, counts)?;
    let (one, other) = (registered.text(), offered.text());
    Ok(TextAgreement {
        share_registered: ours.share(),
        share_offered_title: theirs.share(),
        shared_idf: ours.shared_idf,
        shared_terms: ours.shared.into_iter().map(|(count, surface)| (surface, count)).collect(),
        brand: names::brands_agree(one, other),
        model: names::models_agree(one, other),
        color: colors_agree(registered, offered),
        marks,
    })
}

/// The inverse document frequency of BM25 in nats: ln(1 + (N − n + ½) / (n + ½)) (Robertson and Zaragoza 2009, kept above 0).
#[must_use]
pub fn inverse_document_frequency(records: u64, saying: u64) -> f64 {
    let (all, saying) = (records as f64, saying.min(records) as f64);
    (1.0 + (all - saying + 0.5) / (saying + 0.5)).ln()
}

#[derive(Default)]
struct Tally {
    all_idf: f64,
    shared_idf: f64,
    shared: BTreeSet<(u64, String)>,
}

impl Tally {
    fn share(&self) -> f64 {
        if self.all_idf > 0.0 {
            (self.shared_idf / self.all_idf).min(1.0)
        } else {
            0.0
        }
    }
}

fn tally<C: Counts>(
    phrases: &mut dyn Iterator<Item = &Phrase>,
    other: &Words,
    records: u64,
    counts: &mut C,
) -> Result<Tally, C::Error> {
    let mut tally = Tally::default();
    let mut counted: HashSet<&str> = HashSet::new();
    for phrase in phrases {
        // A name that is shared as a whole counts as a whole, else by its parts; never both.
        let whole = phrase
            .whole
            .iter()
            .filter(|whole| phrase.parts.is_empty() || other.say(whole));
        let tokens: Vec<&Token> = whole.collect();
        let tokens = if tokens.is_empty() {
            phrase.parts.iter().collect()
        } else {
            tokens
        };
        for token in tokens {
            if !counted.insert(&token.forms[0]) {
                continue;
            }
            // The most common form decides: a word is no rarer than its stem.
            let mut saying = 0;
            for form in &token.forms {
                saying = saying.max(counts.saying(form)?);
            }
            let idf = inverse_document_frequency(records, saying);
            tally.all_idf += idf;
            if other.say(token) {
                tally.shared_idf += idf;
                tally.shared.insert((saying, token.surface.clone()));
            }
        }
    }
    Ok(tally)
}

/// Colours as given; where one side gives none, naming the same one in its title counts.
fn colors_agree(one: &Words, other: &Words) -> Option<bool> {
    let given = |words: &Words| !words.text().color.trim().is_empty();
    let [(given_one, titled_one), (given_other, titled_other)] =
        [one, other].map(|words| (&words.color_given, &words.color_titled));
    match (given(one), given(other)) {
        (true, true) => colors::agree_named(given_one, given_other),
        (true, false) => colors::agree_named(given_one, titled_other).filter(|agree| *agree),
        (false, true) => colors::agree_named(titled_one, given_other).filter(|agree| *agree),
        (false, false) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::record::RecordText;
    use proptest::prelude::*;

    fn text(title: &str, description: &str) -> RecordText {
        RecordText {
            title: title.into(),
            description: description.into(),
            ..RecordText::default()
        }
    }

    /// Among 1,000 records, "cykel" and "sort" are common and everything else is said twice.
    fn compare(registered: &RecordText, offered: &RecordText) -> TextAgreement {
        agreement(&Words::read(registered), &Words::read(offered), 1000, &mut Few).unwrap()
    }

    struct Few;

    impl Counts for Few {
        type Error = Infallible;

        fn saying(&mut self, term: &str) -> Result<u64, Infallible> {
            Ok(if ["cykel", "sort"].contains(&term) { 500 } else { 2 })
        }

        fn offering(&mut self, term: &str) -> Result<u64, Infallible> {
            self.saying(term)
        }

        fn offering_all(&mut self, _: &[String]) -> Result<u64, Infallible> {
            Ok(2)
        }
    }

    #[test]
    fn a_text_agrees_with_itself_entirely() {
        let one = text("Sort cykel Kildemoes KX-TG1032S", "28 tommer, lidt rust");
        let agreement = compare(&one, &one);
        assert!((agreement.share_registered - 1.0).abs() < 1e-9 && (agreement.share_offered_title - 1.0).abs() < 1e-9);
    }

    #[test]
    fn rare_words_weigh_more_than_common_ones() {
        let registered = text("sort cykel Kildemoes Logic", "");
        let common = compare(&registered, &text("sort cykel Batavus Quip", ""));
        let rare = compare(&registered, &text("Kildemoes Logic damemodel", ""));
        assert!(rare.share_registered > common.share_registered * 3.0);
        assert_eq!(rare.shared_terms, [("kildemoes".to_owned(), 2), ("logic".to_owned(), 2)]);
    }

    #[test]
    fn a_model_number_is_shared_in_any_notation() {
        for offered in ["telefon kxtg1032s", "telefon KX-TG1032S", "telefon KX TG1032S"] {
            let agreement = compare(&text("KX-TG1032S", ""), &text(offered, ""));
            assert!((agreement.share_registered - 1.0).abs() < 1e-9, "{offered}");
        }
    }

    #[test]
    fn a_colour_may_stand_in_the_other_title() {
        let mut registered = text("cykel", "");
        registered.color = "sort".into();
        assert_eq!(compare(&registered, &text("schwarzes Fahrrad", "")).color, Some(true));
        assert_eq!(compare(&registered, &text("rotes Fahrrad", "")).color, None);
        let mut offered = text("Fahrrad", "");
        offered.color = "rot".into();
        assert_eq!(compare(&registered, &offered).color, Some(false));
    }

    #[test]
    fn rarity_falls_with_frequency_and_stays_positive() {
        let idf = |saying| inverse_document_frequency(1000, saying);
        assert!(idf(0) > idf(1) && idf(1) > idf(500) && idf(500) > idf(1000) && idf(1000) > 0.0);
        assert!(inverse_document_frequency(3, 9) > 0.0);
    }

    proptest! {
        #[test]
        fn shares_stay_shares(one in "[a-zæøå0-9 -]{0,60}", other in "[a-zæøå0-9 -]{0,60}") {
            let agreement = compare(&text(&one, &other), &text(&other, &one));
            prop_assert!((0.0..=1.0).contains(&agreement.share_registered));
            prop_assert!((0.0..=1.0).contains(&agreement.share_offered_title));
            prop_assert!(agreement.shared_idf >= 0.0);
        }
    }
}
