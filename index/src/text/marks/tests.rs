//! Marks that two texts share, as a table over languages, and what is none.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;

use proptest::prelude::*;

use super::*;
use crate::record::RecordText;

struct Common;

impl Counts for Common {
    type Error = Infallible;

    fn saying(&mut self, term: &str) -> Result<u64, Infallible> {
        Ok(if term.starts_with('#') { 50 } else { 5 })
    }

    fn offering(&mut self, term: &str) -> Result<u64, Infallible> {
        self.saying(term)
    }

    fn offering_all(&mut self, terms: &[String]) -> Result<u64, Infallible> {
        assert!((2..=TOGETHER_MAX).contains(&terms.len()));
        Ok(2)
    }
}

fn text(title: &str, description: &str, marks: &str) -> RecordText {
    RecordText {
        title: title.into(),
        description: description.into(),
        marks: marks.into(),
        ..RecordText::default()
    }
}

fn compare(registered: &RecordText, offered: &RecordText) -> Marks {
    shared(&Words::read(registered), &Words::read(offered), &mut Common).unwrap()
}

#[test]
fn a_mark_meets_itself_in_another_language() {
    let cases = [
        (
            "ridse i rammen",
            "Har en Kratzer im Rahmen hinten",
            "ridse i rammen",
            "Kratzer im Rahmen",
            vec!["#scratch", "#frame"],
        ),
        (
            "ugleklistermærke under sadlen",
            "It has an owl sticker under the saddle.",
            "ugleklistermærke under sadlen",
            "owl sticker under the saddle",
            vec!["#owl", "#saddle", "#sticker"],
        ),
        (
            "jest naklejka z kotem na klapie",
            "portatile con adesivo di un gatto sul coperchio",
            "naklejka z kotem na klapie",
            "adesivo di un gatto sul coperchio",
            vec!["#cat", "#lid", "#sticker"],
        ),
        (
            "graveret til farfar",
            "hinten graviert: til farfar",
            "graveret til farfar",
            "graviert: til farfar",
            vec!["farfar", "#engraving"],
        ),
    ];
    for (ours, theirs, registered, offered, terms) in cases {
        let marks = compare(&text("x", "", ours), &text("y", theirs, ""));
        assert_eq!(marks.shared.len(), 1, "{ours}: {marks:?}");
        let mark = &marks.shared[0];
        assert_eq!((mark.registered.as_str(), mark.offered.as_str()), (registered, offered));
        let mut said: Vec<&str> = mark.terms.iter().map(|term| term.term.as_str()).collect();
        let mut terms = terms.clone();
        said.sort_unstable();
        terms.sort_unstable();
        assert_eq!(said, terms, "{ours}");
        assert!(mark.given_as_mark);
        assert_eq!(marks.saying_all, Some(2));
    }
}

#[test]
fn what_names_the_model_marks_nothing() {
    let cases = [
        (
            text("Sort cykel", "rød sadel og kurv", ""),
            text("Schwarzes Fahrrad", "roter Sattel mit Korb", ""),
        ),
        (
            text("Trek Dragon cykel", "", "en Dragon"),
            text("Trek Dragon", "my Dragon", ""),
        ),
        (
            text("iPhone 12", "128 GB, oplader medfølger", "256"),
            text("iPhone 12", "256 GB mit Ladegerät", ""),
        ),
    ];
    for (ours, theirs) in cases {
        assert_eq!(compare(&ours, &theirs), Marks::default(), "{ours:?}");
    }
}

#[test]
fn a_part_far_from_the_mark_does_not_belong_to_it() {
    let far = "skærmen er fin og alting virker som det skal siger naboen der har prøvet den mange gange, ridse i bunden";
    let marks = compare(&text("x", "", far), &text("y", "Kratzer unten. Display gut", ""));
    let terms: Vec<&str> = marks
        .shared
        .iter()
        .flat_map(|mark| &mark.terms)
        .map(|term| term.term.as_str())
        .collect();
    assert_eq!(terms, ["#scratch"]);
    assert_eq!(marks.saying_all, Some(50), "one term needs no second question");
}

#[test]
fn damage_may_stand_in_a_title() {
    let marks = compare(
        &text("iPhone", "knækket hjørne med en tegnet måne", ""),
        &text("iPhone, Mond gezeichnet", "", ""),
    );
    assert_eq!(marks.shared.len(), 1);
    assert_eq!(marks.shared[0].offered, "Mond gezeichnet");
    assert!(!marks.shared[0].given_as_mark);
}

proptest! {
    #[test]
    fn any_texts_give_bounded_marks(ours in "[a-zæøå ,.]{0,80}", theirs in "[a-zäöü ,.]{0,80}") {
        let marks = compare(&text("cykel", &theirs, &ours), &text("Fahrrad", &ours, ""));
        prop_assert!(marks.asked_together.len() <= TOGETHER_MAX);
        prop_assert!(marks.shared.iter().all(|mark| mark.terms.iter().any(|term| term.telling)));
    }
}
