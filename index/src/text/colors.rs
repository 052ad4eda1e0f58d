//! Colours: the words of the known languages, brought to one concept each.
//!
//! Owns the table. "Dark blue" is blue: light and dark are what a camera changes.

use std::collections::BTreeSet;

use super::fold::fold;

/// Whether two colours, as two sources name them, agree: `None` when either names no known colour, or the two are ones
/// that people do not tell apart reliably (grey and silver).
#[must_use]
pub fn agree(one: &str, other: &str) -> Option<bool> {
    let (one, other) = (concepts(one), concepts(other));
    if one.is_empty() || other.is_empty() {
        return None;
    }
    if !one.is_disjoint(&other) {
        return Some(true);
    }
    let alike = NEIGHBOURS
        .iter()
        .any(|[a, b]| one.contains(a) && other.contains(b) || one.contains(b) && other.contains(a));
    (!alike).then_some(false)
}

/// The colours that a text names, as English words.
#[must_use]
pub fn concepts(text: &str) -> BTreeSet<&'static str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .filter_map(|word| concept(&fold(word)))
        .collect()
}

fn concept(folded: &str) -> Option<&'static str> {
    let plain = SHADES
        .iter()
        .find_map(|shade| folded.strip_prefix(shade))
        .filter(|rest| rest.len() > 2)
        .unwrap_or(folded);
    let named = |word: &str| {
        COLORS
            .iter()
            .find(|(_, words)| words.contains(&word))
            .map(|(concept, _)| *concept)
    };
    let inflected = |stem: &str| named(stem).or_else(|| named(undoubled(stem)));
    named(plain).or_else(|| {
        ENDINGS
            .iter()
            .filter_map(|ending| plain.strip_suffix(ending))
            .find_map(inflected)
    })
}

/// Without the second of two equal last letters (`grønne`).
fn undoubled(stem: &str) -> &str {
    let mut last = stem.char_indices().rev();
    match (last.next(), last.next()) {
        (Some((at, one)), Some((_, other))) if one == other => &stem[..at],
        _ => stem,
    }
}

/// Folded beginnings that only say how light a colour is.
const SHADES: [&str; 8] = ["morke", "lyse", "lys", "dunkel", "hell", "dark", "light", "mat"];
/// Folded endings of adjectives.
const ENDINGS: [&str; 7] = ["e", "t", "er", "es", "en", "em", "farvet"];
/// Colours that two people may call one object.
const NEIGHBOURS: [[&str; 2]; 11] = [
    ["grey", "silver"],
    ["grey", "black"],
    ["gold", "yellow"],
    ["gold", "brown"],
    ["beige", "brown"],
    ["beige", "white"],
    ["turquoise", "blue"],
    ["turquoise", "green"],
    ["purple", "pink"],
    ["red", "pink"],
    ["red", "orange"],
];
/// Concepts and their folded words.
const COLORS: [(&str, &[&str]); 15] = [
    ("black", &["black", "sort", "sorte", "schwarz"]),
    ("white", &["white", "hvid", "weiss", "creme", "cream"]),
    (
        "grey",
        &[
            "grey",
            "gray",
            "gra",
            "grat",
            "grau",
            "antracit",
            "anthrazit",
            "anthracite",
            "graphite",
            "grafit",
        ],
    ),
    ("silver", &["silver", "solv", "silber", "silbern", "chrome", "krom"]),
    ("gold", &["gold", "golden", "guld", "gylden"]),
    (
        "red",
        &["red", "rod", "rot", "bordeaux", "bordeauxrod", "vinrod", "weinrot", "maroon"],
    ),
    (
        "blue",
        &["blu", "bla", "blat", "blau", "navy", "navybla", "marinebla", "marineblau"],
    ),
    ("green", &["green", "gron", "grun", "oliven", "olivgrun", "olive"]),
    ("yellow", &["yellow", "gul", "gelb"]),
    ("orange", &["orange"]),
    ("brown", &["brown", "brun", "braun", "cognac"]),
    ("beige", &["beige", "sand"]),
    ("pink", &["pink", "lyserod", "rosa", "hellrosa", "rose"]),
    ("purple", &["purple", "lilla", "violet", "violett", "lila"]),
    ("turquoise", &["turquoise", "turkis", "petroleum", "petrol", "teal"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_their_folded_form_and_once() {
        let words: Vec<&str> = COLORS.iter().flat_map(|(_, words)| words.iter().copied()).collect();
        for (index, word) in words.iter().enumerate() {
            assert_eq!(fold(word), *word);
            assert!(!words[..index].contains(word), "{word} twice");
        }
        for shade in SHADES {
            assert_eq!(fold(shade), shade);
        }
    }

    #[test]
    fn colours_agree_across_languages() {
        let cases = [
            ("sort", "schwarz", Some(true)),
            ("Sorte", "black", Some(true)),
            ("mørkeblå", "dunkelblau", Some(true)),
            ("blåt", "Dark Blue", Some(true)),
            ("grønne", "grün", Some(true)),
            ("rød/hvid", "weiß", Some(true)),
            ("schwarzes", "rødt", Some(false)),
            ("gul", "blue", Some(false)),
            ("sølv", "grau", None),
            ("blue", "blomstret", None),
            ("", "blue", None),
        ];
        for (one, other, expected) in cases {
            assert_eq!(agree(one, other), expected, "{one} {other}");
            assert_eq!(agree(other, one), expected, "{other} {one}");
        }
    }
}
