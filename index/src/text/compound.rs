//! Compounds: words that the Germanic languages write together (`cykelhjelm`, `Fahrradhelm`).
//!
//! Owns where such a word comes apart. Knows only the words of [`super::concept`]'s table: a compound is read as far as
//! they reach.

use super::concept::{self, Concept, Languages};

/// No compound is shorter.
const LETTERS_MIN: usize = 6;
/// No word is longer: what follows is noise.
const LETTERS_MAX: usize = 40;
/// The shortest part of a compound whose parts are all known.
const PART_LETTERS_MIN: usize = 3;
/// The shortest part that is taken when the rest of the word is not known…
const LONE_PART_LETTERS_MIN: usize = 5;
/// …and the shortest such rest.
const REST_LETTERS_MIN: usize = 3;
/// Most parts of one word.
const PARTS_MAX: usize = 4;
/// What may stand between two parts.
const LINKS: [&str; 6] = ["", "s", "e", "n", "en", "er"];

/// What the parts of a folded word mean, in their order; empty when it is no compound of known words.
#[must_use]
pub fn meanings(folded: &str, language: Option<usize>) -> Vec<Concept> {
    if !folded.is_ascii() || !(LETTERS_MIN..=LETTERS_MAX).contains(&folded.len()) {
        return Vec::new();
    }
    let ways: &[Languages] = match language {
        Some(language) => match GERMANIC.iter().position(|group| group & concept::bit(language) != 0) {
            Some(group) => &GERMANIC[group..=group],
            None => return Vec::new(),
        },
        None => &GERMANIC,
    };
    let whole = ways.iter().filter_map(|languages| split(folded, *languages, PARTS_MAX));
    let Some(parts) = whole.min_by_key(Vec::len) else {
        return ways
            .iter()
            .map(|languages| lone(folded, *languages))
            .find(|found| !found.is_empty())
            .unwrap_or_default();
    };
    let mut found: Vec<Concept> = Vec::new();
    for concept in parts.into_iter().flatten() {
        if !found.contains(&concept) {
            found.push(concept);
        }
    }
    found
}

/// Every part of a word, when all of them are known: the fewest parts, the longest first part.
fn split(word: &str, languages: Languages, parts_max: usize) -> Option<Vec<Vec<Concept>>> {
    if word.len() >= PART_LETTERS_MIN {
        let tail = tail(word, languages);
        if !tail.is_empty() {
            return Some(vec![tail]);
        }
    }
    if parts_max < 2 {
        return None;
    }
    let mut best: Option<Vec<Vec<Concept>>> = None;
    for end in (PART_LETTERS_MIN..=word.len().saturating_sub(PART_LETTERS_MIN)).rev() {
        let first = concept::exact(&word[..end], languages);
        if first.is_empty() {
            continue;
        }
        for rest in LINKS.iter().filter_map(|link| word[end..].strip_prefix(link)) {
            let shorter = best.as_ref().map_or(parts_max - 1, |best| best.len() - 2);
            if shorter == 0 {
                return best;
            }
            if let Some(parts) = split(rest, languages, shorter) {
                best = Some(std::iter::once(first.clone()).chain(parts).collect());
            }
        }
    }
    best
}

/// The known head of a word, or else its known beginning, when the other half is not known.
fn lone(word: &str, languages: Languages) -> Vec<Concept> {
    let known = |part: &str| Some(concept::exact(part, languages)).filter(|found| !found.is_empty());
    let head = |word: &str| {
        let starts = REST_LETTERS_MIN..=word.len().saturating_sub(LONE_PART_LETTERS_MIN);
        starts.into_iter().find_map(|start| known(&word[start..]))
    };
    let ends = || (LONE_PART_LETTERS_MIN..=word.len().saturating_sub(REST_LETTERS_MIN)).rev();
    head(word)
        .or_else(|| concept::without_endings(word).find_map(|word| head(&word)))
        .or_else(|| ends().find_map(|end| known(&word[..end])))
        .unwrap_or_default()
}

/// The last part carries the endings.
fn tail(word: &str, languages: Languages) -> Vec<Concept> {
    let found = concept::exact(word, languages);
    if !found.is_empty() {
        return found;
    }
    if word.len() < LONE_PART_LETTERS_MIN {
        return Vec::new();
    }
    concept::inflected(word, languages)
}

/// The languages that write compounds together, those that share their words in one group: Danish, Swedish and Norwegian;
/// German; Dutch.
const GERMANIC: [Languages; 3] = [0b111, 1 << 4, 1 << 3];
