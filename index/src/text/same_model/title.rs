//! A title as the same-model score reads it: its words by kind, its measures, its letters.

use std::collections::BTreeSet;

use crate::text::analyzer::Phrase;
use crate::text::concept::Concept;
use crate::text::fold::fold;
use crate::text::names;
use crate::text::units;

/// No more words of a title are looked at.
const ITEMS_MAX: usize = 40;
/// No more words of the other fields are looked at.
const OTHERS_MAX: usize = 120;
/// Letters that are compared together.
const GRAM: usize = 3;

/// What a word of a title is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A word.
    Word,
    /// A number that names a model: letters and digits, or many digits.
    Number,
    /// A number with its unit.
    Measure,
    /// Any other number: a year, a version, a count.
    Plain,
}

/// A word of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// As it is indexed.
    pub form: String,
    /// Its stem, where it has another.
    pub stem: Option<String>,
    /// What it is.
    pub kind: Kind,
}

impl Item {
    /// The forms under which it is indexed.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.form.as_str()).chain(self.stem.as_deref())
    }
}

/// A title, read once.
#[derive(Debug, Clone, Default)]
pub struct Title {
    /// Its words, each once, in reading order.
    pub items: Vec<Item>,
    /// Units with their amounts.
    pub measures: Vec<(&'static str, String)>,
    /// Numbers that are neither models nor measures.
    pub plain: BTreeSet<String>,
    /// Title, brand, model and description: sorted hashes of their words.
    pub others: Vec<u64>,
    /// What it is, by title and category.
    pub things: BTreeSet<Concept>,
    /// Words that make another product of the same name.
    pub variants: BTreeSet<String>,
    /// The folded title without blanks.
    squashed: String,
    /// Sorted trigrams of it.
    grams: Vec<u32>,
    forms: BTreeSet<String>,
}

impl Title {
    /// Reads the phrases of a title, with brand and model where they are given apart, and those of the whole text.
    pub fn read<'a>(title: &str, named: impl Iterator<Item = &'a Phrase>, all: impl Iterator<Item = &'a Phrase>) -> Self {
        let mut read = Self::default();
        for phrase in named {
            // Written in one, it is one number; what is merely next to it is not.
            let whole = phrase
                .whole
                .iter()
                .filter(|whole| kind(&whole.forms[0]) == Kind::Number && !whole.surface.contains(' '));
            let whole: Vec<_> = whole.collect();
            let whole_is_name = !whole.is_empty();
            read.forms
                .extend(phrase.tokens().flat_map(|token| token.forms.iter().cloned()));
            for token in whole.into_iter().chain(phrase.parts.iter().filter(|_| !whole_is_name)) {
                let item = Item {
                    form: token.forms[0].clone(),
                    stem: token.forms.get(1).cloned(),
                    kind: kind(&token.forms[0]),
                };
                if read.items.len() < ITEMS_MAX && !read.items.contains(&item) {
                    match item.kind {
                        Kind::Measure => read.measures.extend(measure(&item.form)),
                        Kind::Plain => {
                            read.plain.insert(item.form.clone());
                        }
                        Kind::Word | Kind::Number => {}
                    }
                    read.items.push(item);
                }
            }
        }
        read.others = (all.flat_map(|phrase| &phrase.parts))
            .map(|token| hash(token.forms.last().unwrap_or(&token.forms[0])))
            .take(OTHERS_MAX)
            .collect();
        read.others.sort_unstable();
        read.others.dedup();
        let forms = read.items.iter().map(|item| &item.form);
        read.variants = forms
            .filter(|form| names::is_variant(form) || EDITIONS.contains(&form.as_str()))
            .cloned()
            .collect();
        let folded: Vec<String> = title.split(|c: char| !c.is_alphanumeric()).map(fold).collect();
        read.squashed = folded.concat();
        read.grams = grams(&folded);
        read
    }

    /// Whether it says a word, or writes a model number, be it in pieces.
    pub fn says(&self, item: &Item) -> bool {
        item.forms().any(|form| self.forms.contains(form)) || self.writes(item)
    }

    fn writes(&self, item: &Item) -> bool {
        item.kind == Kind::Number && item.form.len() >= 4 && self.squashed.contains(&item.form)
    }

    /// The share of trigrams that two titles have in common (Dice), 0 to 1.
    pub fn letters_like(&self, other: &Self) -> f64 {
        2.0 * shared(&self.grams, &other.grams) as f64 / (self.grams.len() + other.grams.len()).max(1) as f64
    }

    /// The cosine between the words of two texts, each word counting the same; none when either has no words.
    pub fn texts_like(&self, other: &Self) -> Option<f64> {
        let length = (self.others.len() as f64 * other.others.len() as f64).sqrt();
        (length > 0.0).then(|| shared(&self.others, &other.others) as f64 / length)
    }
}

/// How many values two sorted lists without repetitions have in common.
fn shared<T: Ord>(one: &[T], other: &[T]) -> usize {
    let (mut at, mut at_other, mut shared) = (0, 0, 0);
    while at < one.len() && at_other < other.len() {
        match one[at].cmp(&other[at_other]) {
            std::cmp::Ordering::Less => at += 1,
            std::cmp::Ordering::Greater => at_other += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                at += 1;
                at_other += 1;
            }
        }
    }
    shared
}

/// FNV-1a (Fowler, Noll, Vo): the same in every run.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Words of a title that make another product of the same name, beside the variants of models.
const EDITIONS: [&str; 24] = [
    "standard",
    "professional",
    "premium",
    "deluxe",
    "basic",
    "advanced",
    "home",
    "student",
    "teacher",
    "academic",
    "education",
    "upgrade",
    "mac",
    "windows",
    "win",
    "small",
    "business",
    "server",
    "enterprise",
    "elements",
    "extended",
    "suite",
    "jr",
    "xt",
];

fn kind(form: &str) -> Kind {
    let digits = form.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        return Kind::Word;
    }
    if measure(form).is_some() {
        return Kind::Measure;
    }
    let letters = form.chars().filter(|c| c.is_alphabetic()).count();
    let year = form.len() == 4 && (form.starts_with("19") || form.starts_with("20"));
    match (letters, digits) {
        (0, 0..4) => Kind::Plain,
        (0, _) if year || form.contains('.') => Kind::Plain,
        (0, _) => Kind::Number,
        (_, _) if form.len() >= 3 => Kind::Number,
        _ => Kind::Plain,
    }
}

/// A measure as the analyser writes it: `28in`, `27.5in`.
fn measure(form: &str) -> Option<(&'static str, String)> {
    let unit_at = form.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let unit = units::names().find(|unit| *unit == &form[unit_at..])?;
    (unit_at > 0).then(|| (unit, form[..unit_at].to_owned()))
}

fn grams(words: &[String]) -> Vec<u32> {
    let mut grams = Vec::new();
    for word in words {
        let padded: Vec<char> = std::iter::once(' ').chain(word.chars()).chain(std::iter::once(' ')).collect();
        for gram in padded.windows(GRAM) {
            // Letters beyond the base plane are rare enough to collide.
            grams.push(
                gram.iter()
                    .fold(0, |sum: u32, letter| sum.wrapping_mul(1_021).wrapping_add(u32::from(*letter))),
            );
        }
    }
    grams.sort_unstable();
    grams.dedup();
    grams
}
