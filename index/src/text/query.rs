//! Which terms of a record are indexed, and which of them are asked for.
//!
//! Owns the weight of the fields and the choice of the terms that tell most. Leaves running the query to
//! [`crate::engine`].

use std::collections::{BTreeMap, BTreeSet};

use super::agreement::inverse_document_frequency;
use super::analyzer::{Analyzer, Phrase};
use super::concept::Concept;
use super::fold::fold;
use crate::identifier::FoundIdentifier;
use crate::record::{Record, RecordText};

/// At most this many terms are asked for: the ones that tell most. What more of them would add is not worth its time.
const QUERY_TERMS_MAX: usize = 24;
/// Beyond the first terms, no more are asked for once this many records have to be looked at: a word that so many say
/// moves the order little and costs the most.
const QUERY_POSTINGS_MAX: u64 = 40_000;
/// What a concept counts beside the word that names it: two texts of one language share both.
const CONCEPT_WEIGHT: f32 = 0.5;
/// So many terms are asked for whatever they cost.
const QUERY_TERMS_MIN: usize = 6;

/// The terms under which a record is found, in one string, separated by blanks. The terms of title, brand and model stand
/// in it twice: what a record is called says more about it than what is said of it.
#[must_use]
pub fn indexed_terms(record: &Record) -> String {
    let mut terms = String::new();
    let mut add = |term: &str| {
        terms.push_str(term);
        terms.push(' ');
    };
    let mut analyzer = Analyzer::of(&record.text);
    let mut named: BTreeSet<Concept> = BTreeSet::new();
    for (field, weight) in fields(&record.text) {
        let repeats = if weight > 1.0 { 2 } else { 1 };
        for phrase in analyzer.phrases(field) {
            for token in phrase.tokens() {
                for form in &token.forms {
                    (0..repeats).for_each(|_| add(form));
                }
                // What it means counts once: how often a text repeats a common word says nothing.
                named.extend(&token.concepts);
            }
        }
    }
    named.iter().for_each(|concept| add(&concept.term()));
    numbers(&record.identifiers).for_each(|number| add(&number));
    terms
}

/// A term to ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// The term as it is indexed.
    pub term: String,
    /// What its BM25 score is multiplied by.
    pub boost: f32,
}

/// The terms to ask for on behalf of a record: those that weigh most by field and rarity. `records` and `frequency`
/// describe the side that is asked. Sorted by weight, then by term.
pub fn query_terms<E>(
    record: &Record,
    records: u64,
    mut frequency: impl FnMut(&str) -> Result<u64, E>,
) -> Result<Vec<QueryTerm>, E> {
    let mut boosts: BTreeMap<String, f32> = BTreeMap::new();
    let mut add = |term: &str, weight: f32| match boosts.get_mut(term) {
        Some(boost) => *boost = boost.max(weight),
        None => {
            boosts.insert(term.to_owned(), weight);
        }
    };
    let mut analyzer = Analyzer::of(&record.text);
    for (field, weight) in fields(&record.text) {
        for token in analyzer.phrases(field).iter().flat_map(Phrase::tokens) {
            token.forms.iter().for_each(|form| add(form, weight));
            (token.concepts.iter()).for_each(|concept| add(&concept.term(), weight * CONCEPT_WEIGHT));
        }
    }
    numbers(&record.identifiers).for_each(|number| add(&number, 2.0));

    let mut weighed = Vec::with_capacity(boosts.len());
    for (term, boost) in boosts {
        let saying = frequency(&term)?;
        if saying > 0 {
            let weight = f64::from(boost) * inverse_document_frequency(records, saying);
            weighed.push((weight, saying, QueryTerm { term, boost }));
        }
    }
    weighed.sort_by(|(a, _, one), (b, _, other)| b.total_cmp(a).then_with(|| one.term.cmp(&other.term)));
    weighed.truncate(QUERY_TERMS_MAX);
    let mut postings = 0;
    let affordable = weighed.iter().take_while(|(_, saying, _)| {
        postings += saying;
        postings <= QUERY_POSTINGS_MAX
    });
    let asked = affordable.count().max(QUERY_TERMS_MIN);
    Ok(weighed.into_iter().take(asked).map(|(_, _, term)| term).collect())
}

/// The fields and what a match in them counts.
fn fields(text: &RecordText) -> [(&str, f32); 7] {
    [
        (&text.title, 2.0),
        (&text.brand, 2.0),
        (&text.model, 3.0),
        (&text.marks, 1.0),
        (&text.category, 0.5),
        (&text.color, 0.5),
        (&text.description, 1.0),
    ]
}

/// Identifiers as terms: unsplit, in the form that the analyser gives the same number in a text.
fn numbers(identifiers: &[FoundIdentifier]) -> impl Iterator<Item = String> + '_ {
    // Loose values are words of the text, and stand in it already.
    identifiers
        .iter()
        .filter(|found| !found.is_loose())
        .map(|found| fold(&found.identifier.normalised))
        .filter(|number| !number.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::convert::Infallible;

    use uuid::Uuid;

    use super::*;
    use crate::record::Side;

    fn record(title: &str, description: &str) -> Record {
        let text = RecordText {
            title: title.into(),
            description: description.into(),
            ..RecordText::default()
        };
        Record {
            side: Side::Offered,
            id: Uuid::nil(),
            source: None,
            by_words: true,
            text,
            identifiers: Vec::new(),
            photos: Vec::new(),
            features: Vec::new(),
        }
    }

    #[test]
    fn the_rarest_terms_are_asked_for_and_the_title_weighs_more() {
        let description: Vec<String> = (0..200).map(|n| format!("ord{n}")).collect();
        let record = record("kildemose", &description.join(" "));
        let frequency = |term: &str| Ok::<_, Infallible>(term.strip_prefix("ord").map_or(50, |n| n.parse().unwrap()));
        let terms = query_terms(&record, 1000, frequency).unwrap();
        assert_eq!(terms.len(), QUERY_TERMS_MAX);
        assert!(terms.iter().any(|term| term.term == "kildemose" && term.boost == 2.0));
        assert!(terms.iter().any(|term| term.term == "ord1"));
        assert!(!terms.iter().any(|term| term.term == "ord0"), "nobody says it");
        assert!(!terms.iter().any(|term| term.term == "ord199"));
    }

    #[test]
    fn words_that_many_say_are_asked_for_while_they_are_few() {
        let asked = |saying: u64, words: usize| {
            let description: Vec<String> = (0..words).map(|n| format!("ord{n}")).collect();
            let frequency = |_: &str| Ok::<_, Infallible>(saying);
            query_terms(&record("", &description.join(" ")), 1_000_000, frequency)
                .unwrap()
                .len()
        };
        assert_eq!(asked(100_000, 20), QUERY_TERMS_MIN);
        assert_eq!(asked(100_000, 2), 2);
        assert_eq!(asked(4_000, 20), 10);
        assert_eq!(asked(10, 20), 20);
    }

    #[test]
    fn the_title_is_indexed_twice() {
        assert_eq!(
            indexed_terms(&record("kildemose", "cykel")),
            "kildemose kildemose cykel #bicycle "
        );
    }
}
