//! Colours: the words of the known languages, brought to one concept each.
//!
//! Owns which colours two people may call one object; the words stand in [`super::concept`]'s table. "Dark blue" is blue: light and dark are what a camera changes.

use std::collections::BTreeSet;

use super::concept::{self, Concept};
use super::fold::fold;

/// Whether two colours, as two sources name them, agree: `None` when either names no known colour, or the two are ones
/// that people do not tell apart reliably (grey and silver).
#[must_use]
pub fn agree(one: &str, other: &str) -> Option<bool> {
    agree_named(&concepts(one), &concepts(other))
}

/// The same for colours that were read before.
#[must_use]
pub fn agree_named(one: &BTreeSet<&'static str>, other: &BTreeSet<&'static str>) -> Option<bool> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    if !one.is_disjoint(other) {
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
        .flat_map(|word| named(&fold(word)))
        .map(Concept::id)
        .collect()
}

fn named(folded: &str) -> Vec<Concept> {
    let plain = SHADES
        .iter()
        .find_map(|shade| folded.strip_prefix(shade))
        .filter(|rest| rest.len() > 2)
        .unwrap_or(folded);
    let as_it_stands = concept::colors(plain);
    if !as_it_stands.is_empty() {
        return as_it_stands;
    }
    // Slavic adjectives stand in the table with the ending that Danish ones do not have (`czarnego` is `czarny`).
    (ENDINGS.iter())
        .filter_map(|ending| plain.strip_suffix(ending))
        .flat_map(|stem| [stem.to_owned(), undoubled(stem).to_owned(), format!("{stem}y")])
        .map(|stem| concept::colors(&stem))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
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
const SHADES: [&str; 14] = [
    "morke", "mork", "lyse", "lys", "ljus", "dunkel", "hell", "dark", "light", "mat", "donker", "licht", "jasno", "ciemno",
];
/// Folded endings of adjectives.
const ENDINGS: [&str; 20] = [
    "e", "t", "er", "es", "en", "em", "farvet", "fargad", "farget", "a", "s", "as", "os", "ych", "ego", "ej", "eho", "ou", "i",
    "y",
];
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_and_neighbours_are_words_of_the_table() {
        for shade in SHADES {
            assert_eq!(fold(shade), shade);
        }
        for color in NEIGHBOURS.as_flattened() {
            assert!(Concept::by_id(color).is_some(), "{color}");
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
            ("azul", "niebieska", Some(true)),
            ("czarny", "černého", Some(true)),
            ("vit", "blanche", Some(true)),
            ("rojas", "zwart", Some(false)),
            ("blue", "blomstret", None),
            ("", "blue", None),
        ];
        for (one, other, expected) in cases {
            assert_eq!(agree(one, other), expected, "{one} {other}");
            assert_eq!(agree(other, one), expected, "{other} {one}");
        }
    }
}
