//! Names of makers and models: whether two sources mean the same one.
//!
//! Owns the comparison by spelling. That one maker sells under several names is not known here.

use super::fold::fold;
use crate::record::RecordText;

/// Whether the brands are the same; `None` when they cannot be compared. When one side gives it, finding it in the other's
/// title counts as the same.
#[must_use]
pub fn brands_agree(one: &RecordText, other: &RecordText) -> Option<bool> {
    let (first, second) = (words(&one.brand), words(&other.brand));
    match (first.is_empty(), second.is_empty()) {
        (false, false) => Some(first.concat() == second.concat() || within(&first, &second) || within(&second, &first)),
        (false, true) => run(&words(&other.title), &first.concat()).map(|_| true),
        (true, false) => run(&words(&one.title), &second.concat()).map(|_| true),
        (true, true) => None,
    }
}

/// Whether the models are the same, read without separators and without the brand. A name that says more than the other is
/// another model when it adds a variant ("Pro"), and not comparable when it adds something else.
#[must_use]
pub fn models_agree(one: &RecordText, other: &RecordText) -> Option<bool> {
    let brands = [words(&one.brand), words(&other.brand)].concat();
    let model =
        |text: &RecordText| -> Vec<String> { words(&text.model).into_iter().filter(|word| !brands.contains(word)).collect() };
    let (first, second) = (model(one), model(other));
    match (first.is_empty(), second.is_empty()) {
        (false, false) if first.concat() == second.concat() => Some(true),
        (false, false) => {
            let more = |longer: &[String], shorter: &[String]| longer.iter().any(|w| is_variant(w) && !shorter.contains(w));
            let contained = within(&first, &second) || within(&second, &first);
            (!contained || more(&first, &second) || more(&second, &first)).then_some(false)
        }
        (false, true) => in_title(&first, &words(&other.title)),
        (true, false) => in_title(&second, &words(&one.title)),
        (true, true) => None,
    }
}

/// A model in a title, not followed by the name of a variant of it.
fn in_title(model: &[String], title: &[String]) -> Option<bool> {
    let squashed = model.concat();
    if squashed.len() < 2 || squashed.len() < 3 && squashed.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let end = run(title, &squashed)?;
    (!title.get(end).is_some_and(|next| is_variant(next))).then_some(true)
}

/// Where a run of words ends that is written together like this.
fn run(words: &[String], squashed: &str) -> Option<usize> {
    (0..words.len()).find_map(|start| {
        let mut rest = squashed;
        for (offset, word) in words[start..].iter().enumerate() {
            rest = rest.strip_prefix(word.as_str())?;
            if rest.is_empty() {
                return Some(start + offset + 1);
            }
        }
        None
    })
}

fn within(few: &[String], many: &[String]) -> bool {
    few.iter().all(|word| many.contains(word))
}

/// The folded words of a name; none when the name says that there is none.
fn words(name: &str) -> Vec<String> {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .map(fold)
        .filter(|word| !word.is_empty())
        .collect();
    if NOT_GIVEN.contains(&words.concat().as_str()) {
        Vec::new()
    } else {
        words
    }
}

/// Whether a folded word behind a name makes another model of it.
pub(super) fn is_variant(word: &str) -> bool {
    VARIANTS.contains(&word)
}

/// What sources write when they have no name, folded and without blanks.
const NOT_GIVEN: [&str; 16] = [
    "ukendt",
    "unbekannt",
    "unknown",
    "andet",
    "anden",
    "andere",
    "sonstige",
    "other",
    "ingen",
    "keine",
    "none",
    "noname",
    "unbranded",
    "na",
    "nomark",
    "markenlos",
];
/// Words that make another model of a name.
const VARIANTS: [&str; 14] = [
    "pro", "max", "mini", "plus", "ultra", "lite", "air", "se", "fe", "xl", "slim", "mk2", "ii", "iii",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn named(brand: &str, model: &str, title: &str) -> RecordText {
        RecordText {
            brand: brand.into(),
            model: model.into(),
            title: title.into(),
            ..RecordText::default()
        }
    }

    #[test]
    fn brands() {
        let cases = [
            (named("Kølbæk", "", ""), named("KOELBAEK", "", ""), Some(true)),
            (named("Apple", "", ""), named("Apple Inc.", "", ""), Some(true)),
            (named("Bang & Olufsen", "", ""), named("bang-olufsen", "", ""), Some(true)),
            (named("Trek", "", ""), named("Scott", "", ""), Some(false)),
            (named("Trek", "", ""), named("", "", "Cykel TREK Marlin"), Some(true)),
            (
                named("", "", "Bang Olufsen højttaler"),
                named("Bang&Olufsen", "", ""),
                Some(true),
            ),
            (named("Trek", "", ""), named("", "", "Startrek figur"), None),
            (named("Ukendt", "", ""), named("Trek", "", ""), None),
            (named("", "", "Trek"), named("", "", "Trek"), None),
        ];
        for (one, other, expected) in &cases {
            assert_eq!(brands_agree(one, other), *expected, "{one:?} {other:?}");
            assert_eq!(brands_agree(other, one), *expected, "{other:?} {one:?}");
        }
    }

    #[test]
    fn models() {
        let cases = [
            (named("", "KX-TG1032S", ""), named("", "kxtg1032s", ""), Some(true)),
            (named("Apple", "iPhone 12", ""), named("", "Apple iPhone12", ""), Some(true)),
            (named("", "iPhone 12", ""), named("", "iPhone 12 Pro", ""), Some(false)),
            (named("", "Marlin 7", ""), named("", "Marlin 7 2021", ""), None),
            (named("", "WH-1000XM4", ""), named("", "WH-1000XM3", ""), Some(false)),
            (
                named("", "WH-1000XM4", ""),
                named("", "", "Sony WH 1000XM4 høretelefoner"),
                Some(true),
            ),
            (named("", "iPhone 12", ""), named("", "", "iPhone 12 Pro 128 gb"), None),
            (named("", "7", ""), named("", "", "7 gear"), None),
            (named("", "", "x"), named("", "", "x"), None),
        ];
        for (one, other, expected) in &cases {
            assert_eq!(models_agree(one, other), *expected, "{one:?} {other:?}");
            assert_eq!(models_agree(other, one), *expected, "{other:?} {one:?}");
        }
    }
}
