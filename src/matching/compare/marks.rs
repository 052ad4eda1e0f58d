//! Distinguishing marks: what it is worth that both sides mention the same scratch, engraving or added part of this one object.
//!
//! It counts by how seldom other listings say all of it, which is measured on the archive: a scratch is no evidence, an anchor
//! burnt into a wooden crate is. Words that came along with a copied photo do not count.

use replevin_index::text::marks::{Marks, SharedMark};
use serde_json::json;

use super::{rounded, validated};
use crate::domain::assessment::{Comparison, Evidence};
use crate::matching::weights::marks as weights;

/// Marks that the sentence quotes, at most.
const NAMED: usize = 2;
/// The compared listing says it itself.
const COMPARED: u64 = 1;

/// The marks that count: those that the owner gave as such. What two descriptions share beyond them is how things are sold
/// ("works fine, hardly worn"), or part of a name ("Mark III").
pub(super) fn counted(marks: &Marks) -> impl Iterator<Item = &SharedMark> {
    marks.shared.iter().filter(|mark| mark.given_as_mark)
}

/// Weighs the marks that both sides mention; nothing when they come to nothing. `listings` are those of the archive.
pub(in crate::matching) fn compare(marks: &Marks, listings: u64, photo_explains: bool) -> Option<Evidence> {
    let told: Vec<&SharedMark> = counted(marks).collect();
    // What is said beside the marks was counted with them; then only the rarest word of the marks themselves is sure.
    let rarest = (told.iter().flat_map(|mark| &mark.terms)).map(|term| term.saying).min();
    let all_given = told.len() == marks.shared.len();
    let saying = if all_given { marks.saying_all } else { rarest };
    let saying = saying.filter(|_| !photo_explains && !told.is_empty())?;
    let rate = (saying.saturating_sub(COMPARED) + 1) as f64 / (listings + 1) as f64;
    let weight = (weights::MENTIONED / rate).log10();
    let weight = rounded(weight.min(validated(listings)).min(weights::CAP));
    if weight <= 0.0 {
        return None;
    }
    let quoted: Vec<String> = (told.iter().take(NAMED))
        .map(|mark| match mark.registered.eq_ignore_ascii_case(&mark.offered) {
            true => format!("both mention “{}”", mark.offered),
            false => format!("the owner's “{}” is the seller's “{}”", mark.registered, mark.offered),
        })
        .collect();
    let others = match saying.saturating_sub(COMPARED) {
        0 => "no other says".to_owned(),
        1 => "one other says".to_owned(),
        others => format!("{others} others say"),
    };
    Some(Evidence {
        comparison: Comparison::Marks,
        outcome: "same mark".to_owned(),
        log10_lr: Some(weight),
        says: format!("{}; among {listings} listings {others} as much", quoted.join(", and ")),
        detail: json!({
            "marks": told.iter().map(|mark| json!({
                "registered": mark.registered,
                "listing": mark.offered,
                "terms": mark.terms.iter().map(|term| &term.term).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "asked_together": marks.asked_together,
            "saying_all": saying,
            "listings": listings,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(saying_all: Option<u64>) -> Marks {
        Marks {
            shared: vec![SharedMark {
                registered: "burnt anchor".to_owned(),
                offered: "brændt anker".to_owned(),
                given_as_mark: true,
                terms: Vec::new(),
            }],
            saying_all,
            ..Marks::default()
        }
    }

    #[test]
    fn what_few_say_weighs_and_what_many_say_does_not() {
        let weight = |saying, listings| compare(&marks(Some(saying)), listings, false).and_then(|evidence| evidence.log10_lr);
        assert_eq!(weight(400, 1000), None, "a scratch like any other");
        assert_eq!(weight(1, 1), None, "an archive of this one shows nothing");
        assert!(weight(30, 1000).unwrap_or_default() < weight(3, 1000).unwrap_or_default());
        assert!(weight(3, 1000) < weight(3, 1_000_000));
        assert_eq!(weight(2, 1_000_000_000), Some(weights::CAP));
        assert_eq!(compare(&marks(None), 1000, false), None, "nothing shared");
    }

    #[test]
    fn what_nobody_gave_as_a_mark_is_how_things_are_sold() {
        let mut said = marks(Some(2));
        said.shared[0].given_as_mark = false;
        assert_eq!(compare(&said, 1000, false), None);
    }

    #[test]
    fn a_copied_photo_brings_its_words_along() {
        assert_eq!(compare(&marks(Some(2)), 1000, true), None);
    }

    #[test]
    fn the_sentence_quotes_both_sides() {
        let says = compare(&marks(Some(2)), 1000, false)
            .map(|evidence| evidence.says)
            .unwrap_or_default();
        let expected = "the owner's “burnt anchor” is the seller's “brændt anker”; among 1000 listings one other say as much";
        assert_eq!(says, expected.replace("one other say", "one other says"));
    }
}
