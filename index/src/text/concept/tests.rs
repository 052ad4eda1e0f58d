//! The table of concepts: its words, its order, and what is found by them.
#![allow(clippy::unwrap_used)]

use super::*;

fn ids(language: Option<&str>, word: &str) -> Vec<&'static str> {
    let folded = fold(word);
    let language = language.map(|code| LANGUAGES.iter().position(|known| known.code == code).unwrap());
    let stem = language.map(|language| Endings::new(&LANGUAGES[language]).stem(&folded));
    meanings(&folded, stem.as_deref(), language)
        .into_iter()
        .map(Concept::id)
        .collect()
}

#[test]
fn every_line_has_its_columns_and_a_name_of_its_own() {
    let mut names = std::collections::HashSet::new();
    for line in include_str!("../concepts.tsv").lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), 3 + LANGUAGES.len(), "{line}");
        assert!(cells[3..].iter().all(|cell| !cell.trim().is_empty()), "{line}");
        assert!(Sort::parse(cells[1]).is_some(), "{line}");
        let broader = Concept::by_id(cells[0]).and_then(Concept::broader).map_or("", Concept::id);
        assert_eq!(broader, cells[2], "{line}");
        assert!(names.insert(cells[0]), "{} twice", cells[0]);
    }
    let header: Vec<&str> = include_str!("../concepts.tsv")
        .lines()
        .next()
        .unwrap()
        .split('\t')
        .skip(3)
        .collect();
    assert_eq!(header, LANGUAGES.iter().map(|language| language.code).collect::<Vec<_>>());
    assert_eq!(LANGUAGES[ENGLISH].code, "en");
    assert_eq!(usize::from(ALL), (1 << LANGUAGES.len()) - 1);
}

#[test]
fn one_thing_has_one_concept_in_every_language() {
    let cases = [
        (
            "bicycle",
            "cykel cyklar sykkel fiets Fahrrad vélo bike bicicleta bicicletta rower kolo",
        ),
        (
            "scratch",
            "ridser repa ripe krassen Kratzer rayures scratches arañazos graffi rysy škrábanec",
        ),
        ("owl", "ugle ugglor ugle uilen Eulen hibou owls búho gufo sowa sova"),
        (
            "saddle",
            "sadlen sadel sal zadel Sattel selle saddle sillín sella siodełko sedlo",
        ),
        (
            "black",
            "sorte svarta svart zwarte schwarzes noire black negras neri czarnej černého",
        ),
    ];
    for (id, words) in cases {
        for (language, word) in LANGUAGES.iter().zip(words.split(' ')) {
            assert!(
                ids(Some(language.code), word).contains(&id),
                "{} {word}: {:?}",
                language.code,
                ids(Some(language.code), word)
            );
        }
    }
}

#[test]
fn compounds_come_apart() {
    let cases = [
        ("da", "cykelhjelm", ["bicycle", "helmet"]),
        ("de", "Fahrradhelm", ["bicycle", "helmet"]),
        ("nl", "fietshelm", ["bicycle", "helmet"]),
        ("sv", "cykelhjälmar", ["bicycle", "helmet"]),
        ("nb", "sykkelhjelmen", ["bicycle", "helmet"]),
        ("da", "ugleklistermærke", ["owl", "sticker"]),
        ("de", "Eulenaufkleber", ["owl", "sticker"]),
        ("de", "Marienkäferklingel", ["ladybird", "bell"]),
    ];
    for (language, word, expected) in cases {
        assert_eq!(ids(Some(language), word), expected, "{word}");
        assert_eq!(ids(None, word), expected, "{word}, language not known");
    }
}

#[test]
fn what_is_no_word_of_the_table_means_nothing() {
    for word in ["kildemose", "mk7", "2024", "", "x", "xyzzyqwert"] {
        assert_eq!(ids(None, word), [""; 0], "{word}");
    }
}

#[test]
fn a_word_means_what_it_means_in_its_language() {
    assert!(ids(Some("de"), "Rad").contains(&"bicycle"));
    assert!(ids(Some("sv"), "rock").contains(&"coat"));
    assert!(ids(Some("de"), "Rock").contains(&"skirt"));
    assert_eq!(
        Concept::by_id("bicycle").map(|concept| (concept.term(), concept.sort())),
        Some(("#bicycle".to_owned(), Sort::Thing))
    );
}
