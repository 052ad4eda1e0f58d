//! From text to terms.
//!
//! Owns word boundaries: model numbers stay whole (`KX-TG1032S` is `kxtg1032s`, `MK 7` is `mk7`), measures are joined with
//! their unit (`28 tommer` is `28in`, `512 GB` is `512gb`). Leaves letters to [`super::fold`], endings, stop words and the
//! guess of the language to [`super::language`], what a word means to [`super::concept`].

use super::concept::{self, Concept};
use super::fold::fold;
use super::language::{self, Endings, Language};
use super::units;
use crate::record::RecordText;

/// No more phrases than this are read from one field: what follows would not change what the record is about.
const PHRASES_MAX: usize = 2_000;
/// Longer terms name nothing.
const TERM_BYTES_MAX: usize = 64;
/// A word before a number joins it (`MK 7`) up to this length.
const JOINED_WORD_LETTERS_MAX: usize = 4;
/// Digits that stand apart (`1234-5678`) are one number from this many on.
const JOINED_DIGITS_MIN: usize = 6;

/// One word as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// As written, in lower case.
    pub surface: String,
    /// Its terms: the language-neutral form, then the stem where it differs. Two tokens are the same word when they share
    /// a form.
    pub forms: Vec<String>,
    /// What it means, where the table of concepts knows it.
    pub concepts: Vec<Concept>,
    /// Where it stands in the text that was read: first byte and the one behind the last.
    pub at: (usize, usize),
}

/// One or more tokens that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The parts read as one (a model number), when they can be.
    pub whole: Option<Token>,
    /// The parts by themselves.
    pub parts: Vec<Token>,
}

impl Phrase {
    /// Every token, the whole first.
    pub fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.whole.iter().chain(&self.parts)
    }
}

/// Reads texts of one language.
pub struct Analyzer {
    language: Option<usize>,
    endings: Option<Endings>,
}

impl Analyzer {
    /// For texts of this language, or of an unknown one.
    #[must_use]
    pub fn new(language: Option<&'static Language>) -> Self {
        Self {
            language: language.and_then(Language::number),
            endings: language.map(Endings::new),
        }
    }

    /// For a record: the language that its source gave, else the one it reads like. A given language that is not known is
    /// not guessed against.
    #[must_use]
    pub fn of(text: &RecordText) -> Self {
        let language = match text.language.as_deref().filter(|code| !code.is_empty()) {
            Some(code) => language::by_code(code),
            None => language::detect(&[&text.title, &text.description, &text.marks].map(String::as_str).join(". ")),
        };
        Self::new(language)
    }

    /// The phrases of a text in reading order, without stop words.
    pub fn phrases(&mut self, text: &str) -> Vec<Phrase> {
        let chunks = chunks(text);
        let mut phrases = Vec::with_capacity(chunks.len());
        let mut rest = chunks.as_slice();
        while let Some((chunk, after)) = rest.split_first() {
            if phrases.len() == PHRASES_MAX {
                break;
            }
            rest = after;
            if let Some((measure, used)) = measure(chunk, after) {
                rest = &after[used..];
                phrases.push(Phrase {
                    whole: None,
                    parts: vec![measure],
                });
                continue;
            }
            let mut phrase = self.phrase(chunk);
            if let Some(next) = after
                .first()
                .filter(|next| joins(chunk, next) && measure_of(next, &after[1..]).is_none())
            {
                let number = self.phrase(next);
                let at = (chunk.at.0, next.at.1);
                phrase.whole = whole(&format!("{}{}", chunk.text, next.text), at);
                phrase.parts.extend(number.parts);
                rest = &after[1..];
            }
            phrase.parts.retain(|token| !language::is_stop_word(&token.forms[0]));
            if phrase.whole.is_some() || !phrase.parts.is_empty() {
                phrases.push(phrase);
            }
        }
        find_longer(&mut phrases);
        phrases
    }

    fn phrase(&mut self, chunk: &Chunk<'_>) -> Phrase {
        if let Some(number) = decimal(chunk.text) {
            return Phrase {
                whole: None,
                parts: token(chunk.text, number, chunk.at).into_iter().collect(),
            };
        }
        let text = language::without_elision(chunk.text).replace(['\'', '’'], "");
        let pieces: Vec<&str> = text.split(is_joiner).filter(|piece| !piece.is_empty()).collect();
        let parts = pieces.iter().filter_map(|piece| self.word(piece, chunk.at)).collect();
        let mut whole = (pieces.len() > 1 && reads_as_one(&text))
            .then(|| whole(&text, chunk.at))
            .flatten();
        if let Some(whole) = &mut whole {
            // A word that stands in the table with its hyphen (`e-bike`), not a compound: its parts say that already.
            whole.concepts = concept::exact(&whole.forms[0], concept::ALL);
        }
        Phrase { whole, parts }
    }

    fn word(&mut self, piece: &str, at: (usize, usize)) -> Option<Token> {
        let mut word = token(piece, fold(piece), at)?;
        let neutral = &word.forms[0];
        if neutral.len() < 2 || !neutral.chars().all(char::is_alphabetic) {
            return Some(word);
        }
        let stem = match &mut self.endings {
            Some(endings) if neutral.len() > 2 => Some(endings.stem(neutral)),
            _ => None,
        };
        word.concepts = concept::meanings(neutral, stem.as_deref(), self.language);
        word.forms
            .extend(stem.filter(|stem| stem.len() > 1 && *stem != word.forms[0]));
        Some(word)
    }
}

/// Gives words that mean something together (`machine à coudre`) that meaning in place of their own.
fn find_longer(phrases: &mut [Phrase]) {
    let places: Vec<(usize, usize)> = (phrases.iter().enumerate())
        .flat_map(|(phrase, of)| (0..of.parts.len()).map(move |part| (phrase, part)))
        .collect();
    let mut start = 0;
    while start < places.len() {
        let form = |place: usize| {
            let (phrase, part) = places[place];
            phrases[phrase].parts[part].forms[0].as_str()
        };
        let said = |words: &[String]| {
            start + words.len() < places.len() && (1..).zip(words).all(|(offset, word)| is_form_of(form(start + offset), word))
        };
        let first = form(start);
        let known = match concept::longer(first) {
            [] => concept::longer(first.trim_end_matches('s')),
            known => known,
        };
        let longest = (known.iter())
            .filter(|(words, _)| said(words))
            .max_by_key(|(words, _)| words.len());
        let Some((words, meant)) = longest else {
            start += 1;
            continue;
        };
        for (phrase, part) in &places[start..=start + words.len()] {
            phrases[*phrase].parts[*part].concepts.clear();
        }
        let (phrase, part) = places[start];
        phrases[phrase].parts[part].concepts = meant.with_broader();
        start += words.len() + 1;
    }
}

/// Whether a word is another with at most two letters more.
fn is_form_of(word: &str, other: &str) -> bool {
    word.strip_prefix(other).is_some_and(|ending| ending.len() <= 2)
}

/// A run of letters and digits with joining characters inside.
struct Chunk<'a> {
    text: &'a str,
    /// Where it stands.
    at: (usize, usize),
    /// Only blank space stands before it (not a comma, not a bracket).
    follows_on: bool,
    /// An inch sign stands right behind it.
    inches: bool,
}

fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let mut characters = text.char_indices().peekable();
    let mut follows_on = false;
    while let Some((start, character)) = characters.next() {
        if !character.is_alphanumeric() {
            follows_on &= character.is_whitespace();
            continue;
        }
        let mut end = start + character.len_utf8();
        while let Some(&(at, next)) = characters.peek() {
            let behind = text[at + next.len_utf8()..].chars().next();
            let inside = next.is_alphanumeric()
                || unicode_normalization::char::is_combining_mark(next)
                || (is_joiner(next) || matches!(next, '\'' | '’')) && behind.is_some_and(char::is_alphanumeric);
            if !inside {
                break;
            }
            end = at + next.len_utf8();
            characters.next();
        }
        let inches = ["\"", "″", "”", "''"].iter().any(|sign| text[end..].starts_with(sign));
        chunks.push(Chunk {
            text: &text[start..end],
            at: (start, end),
            follows_on,
            inches,
        });
        follows_on = true;
    }
    chunks
}

fn is_joiner(character: char) -> bool {
    matches!(character, '-' | '‐' | '‑' | '_' | '/' | '.' | ',' | '&')
}

/// A number with its unit, and how many of the following chunks it took.
fn measure(chunk: &Chunk<'_>, after: &[Chunk<'_>]) -> Option<(Token, usize)> {
    let (form, used) = measure_of(chunk, after)?;
    let (surface, end) = match after.first().filter(|_| used == 1) {
        Some(next) => (format!("{} {}", chunk.text, next.text), next.at.1),
        None => (chunk.text.to_owned(), chunk.at.1),
    };
    Some((token(&surface, form, (chunk.at.0, end))?, used))
}

fn measure_of(chunk: &Chunk<'_>, after: &[Chunk<'_>]) -> Option<(String, usize)> {
    let digits_end = chunk
        .text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
        .unwrap_or(chunk.text.len());
    let number = decimal(chunk.text[..digits_end].trim_end_matches(['.', ',']))?;
    let glued = chunk.text[digits_end..].trim_start_matches('-');
    if glued.is_empty() {
        if chunk.inches {
            return Some((format!("{number}in"), 0));
        }
        let unit = units::canonical(&fold(after.first().filter(|next| next.follows_on)?.text))?;
        return Some((format!("{number}{unit}"), 1));
    }
    Some((format!("{number}{}", units::canonical(&fold(glued))?), 0))
}

/// A number, with a point for the decimals and nothing between thousands.
fn decimal(text: &str) -> Option<String> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return None;
    }
    Some(match fraction {
        None => whole.to_owned(),
        Some(thousands) if thousands.len() == 3 => format!("{whole}{thousands}"),
        Some(fraction) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        },
    })
}

/// Whether a short word and the number behind it are one name (`MK 7`, `WH 1000XM4`).
fn joins(word: &Chunk<'_>, number: &Chunk<'_>) -> bool {
    number.follows_on
        && number.text.starts_with(|c: char| c.is_ascii_digit())
        && number.text.chars().all(char::is_alphanumeric)
        && word.text.chars().all(char::is_alphabetic)
        && word.text.chars().count() <= JOINED_WORD_LETTERS_MAX
        && !language::is_stop_word(&fold(word.text))
}

/// Whether what joining characters divide is one name: a hyphenated word, or a number of letters and digits.
fn reads_as_one(text: &str) -> bool {
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let letters = text.chars().any(char::is_alphabetic);
    match (digits, letters) {
        (0, _) => !text.contains(['/', '.', ',']),
        (_, true) => !text.contains(','),
        (digits, false) => digits >= JOINED_DIGITS_MIN && !text.contains(','),
    }
}

fn whole(text: &str, at: (usize, usize)) -> Option<Token> {
    token(text, fold(text), at)
}

fn token(surface: &str, form: String, at: (usize, usize)) -> Option<Token> {
    (!form.is_empty() && form.len() <= TERM_BYTES_MAX).then(|| Token {
        surface: surface.to_lowercase(),
        forms: vec![form],
        concepts: Vec::new(),
        at,
    })
}

#[cfg(test)]
mod tests;
