//! Concepts: what a word of any known language means, so that a text in one language meets one in another.
//!
//! Owns the table (`concepts.tsv`: one concept a line, its sort, what it is a kind of, and how each of the eleven
//! languages says it, several spellings separated by commas) and how a word is looked up in it: as it stands, without its ending, or as a compound
//! of words that stand in it. Leaves the words of a text to [`super::analyzer`].

use std::collections::HashMap;
use std::sync::LazyLock;

use super::compound;
use super::fold::fold;
use super::language::{self, Endings, LANGUAGES};

/// A word has at most this many meanings: one that has more says nothing.
const MEANINGS_MAX: usize = 3;
/// A word of a language that is not the text's counts from this many letters on: short ones mean something else everywhere.
const FOREIGN_LETTERS_MIN: usize = 4;
/// What is left when a guessed ending is taken off.
const STEM_LETTERS_MIN: usize = 3;
/// The first character of a concept's term. No word begins with it.
const TERM_MARK: char = '#';

/// What sort of concept it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sort {
    /// An object that somebody owns.
    Thing,
    /// A part of an object, or what comes with it.
    Part,
    /// A colour.
    Color,
    /// What something is made of, or mended with.
    Material,
    /// What happened to one object: damage, repair, an engraving, a sticker.
    Mark,
    /// What a mark shows: an animal, a sign, for whom it was made.
    Motif,
    /// Where on the object.
    Place,
    /// What kind of object, for whom, of which age.
    Style,
}

impl Sort {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "thing" => Self::Thing,
            "part" => Self::Part,
            "color" => Self::Color,
            "material" => Self::Material,
            "mark" => Self::Mark,
            "motif" => Self::Motif,
            "place" => Self::Place,
            "style" => Self::Style,
            _ => return None,
        })
    }
}

/// One line of the table, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Concept(u16);

impl Concept {
    /// Its name in the table, an English word.
    #[must_use]
    pub fn id(self) -> &'static str {
        TABLE.rows[usize::from(self.0)].0
    }

    /// Its sort.
    #[must_use]
    pub fn sort(self) -> Sort {
        TABLE.rows[usize::from(self.0)].1
    }

    /// The concept that it is a kind of, if any (an electric bicycle is a bicycle).
    #[must_use]
    pub fn broader(self) -> Option<Self> {
        TABLE.rows[usize::from(self.0)].2
    }

    /// Itself, and what it is a kind of.
    #[must_use]
    pub fn with_broader(self) -> Vec<Self> {
        std::iter::once(self).chain(self.broader()).collect()
    }

    /// The term under which it is indexed, beside the words that say it.
    #[must_use]
    pub fn term(self) -> String {
        format!("{TERM_MARK}{}", self.id())
    }

    /// The concept with this name.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        let row = TABLE.rows.iter().position(|(name, ..)| *name == id)?;
        u16::try_from(row).ok().map(Self)
    }
}

/// What a folded word means in a text of the language with this number in [`LANGUAGES`]; `stem` is the word without its
/// ending, where the language is known. Empty when it stands in no row, or in too many.
#[must_use]
pub fn meanings(folded: &str, stem: Option<&str>, language: Option<usize>) -> Vec<Concept> {
    if folded.len() < 2 || folded.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let mut found = TABLE.word(folded, stem, language);
    if found.is_empty() {
        found = compound::meanings(folded, language);
    }
    for broader in found.clone().into_iter().filter_map(Concept::broader) {
        if !found.contains(&broader) {
            found.push(broader);
        }
    }
    found
}

/// The colours that a folded word names in any language.
#[must_use]
pub fn colors(folded: &str) -> Vec<Concept> {
    let mut found = TABLE.exact(folded, ALL);
    found.retain(|concept| concept.sort() == Sort::Color);
    found
}

/// Concepts that are said with several words (`machine à coudre`) and begin with this one: the folded words that follow,
/// without stop words, and what they mean together.
#[must_use]
pub fn longer(first: &str) -> &'static [(Vec<String>, Concept)] {
    TABLE.longer.get(first).map_or(&[], Vec::as_slice)
}

/// One bit for each language.
pub(super) type Languages = u16;
/// Every language.
pub(super) const ALL: Languages = (1 << 11) - 1;

/// The bit of a language.
pub(super) fn bit(language: usize) -> Languages {
    1 << language
}

/// What a folded word means in one of these languages, as it stands.
pub(super) fn exact(folded: &str, languages: Languages) -> Vec<Concept> {
    TABLE.exact(folded, languages)
}

/// The same with the usual endings taken off.
pub(super) fn inflected(folded: &str, languages: Languages) -> Vec<Concept> {
    TABLE.inflected(folded, languages)
}

struct Table {
    rows: Vec<(&'static str, Sort, Option<Concept>)>,
    /// Folded words, with the languages that say them so.
    words: HashMap<String, Vec<(Languages, Concept)>>,
    /// The same words without their endings, for each language.
    stems: Vec<HashMap<String, Vec<Concept>>>,
    longer: HashMap<String, Vec<(Vec<String>, Concept)>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("concepts.tsv")));

impl Table {
    /// Reads the lines behind the first, which names the columns.
    fn read(text: &'static str) -> Self {
        let mut table = Self {
            rows: Vec::new(),
            words: HashMap::new(),
            stems: LANGUAGES.iter().map(|_| HashMap::new()).collect(),
            longer: HashMap::new(),
        };
        let mut endings: Vec<Endings> = LANGUAGES.iter().map(Endings::new).collect();
        for line in text.lines().skip(1) {
            let mut cells = line.split('\t');
            let (Some(id), Some(sort), Some(kind_of)) = (cells.next(), cells.next().and_then(Sort::parse), cells.next()) else {
                continue;
            };
            let Ok(number) = u16::try_from(table.rows.len()) else { break };
            // The broader concept stands on an earlier line.
            let broader = (0..).zip(&table.rows).find(|(_, (name, ..))| *name == kind_of);
            let broader = broader.map(|(row, _)| Concept(row));
            table.rows.push((id, sort, broader));
            for (language, cell) in cells.enumerate().take(LANGUAGES.len()) {
                for spelling in cell.split(',') {
                    table.add(spelling, language, Concept(number), &mut endings[language]);
                }
            }
        }
        table
    }

    fn add(&mut self, spelling: &str, language: usize, concept: Concept, endings: &mut Endings) {
        let mut words = words(spelling);
        match words.len() {
            0 => {}
            1 => {
                let word = words.remove(0);
                let stem = endings.stem(&word);
                let meant = self.stems[language].entry(stem).or_default();
                if !meant.contains(&concept) {
                    meant.push(concept);
                }
                let said = self.words.entry(word).or_default();
                match said.iter_mut().find(|(_, known)| *known == concept) {
                    Some((languages, _)) => *languages |= bit(language),
                    None => said.push((bit(language), concept)),
                }
            }
            _ => {
                let first = words.remove(0);
                let said = self.longer.entry(first).or_default();
                if !said.contains(&(words.clone(), concept)) {
                    said.push((words, concept));
                }
            }
        }
    }

    fn word(&self, folded: &str, stem: Option<&str>, language: Option<usize>) -> Vec<Concept> {
        let letters = folded.chars().count();
        if let Some(language) = language {
            let own = self.exact(folded, bit(language));
            if !own.is_empty() {
                return own;
            }
            if let Some(meant) = stem.and_then(|stem| self.stems[language].get(stem)) {
                return few(meant.clone());
            }
            for others in [relatives(language), bit(ENGLISH)] {
                let found = self.exact(folded, others);
                if letters >= FOREIGN_LETTERS_MIN && !found.is_empty() {
                    return found;
                }
            }
        }
        let foreign = if language.is_some() { FOREIGN_LETTERS_MIN + 1 } else { 0 };
        if letters < foreign {
            return Vec::new();
        }
        let found = self.exact(folded, ALL);
        if !found.is_empty() {
            return found;
        }
        self.inflected(folded, language.map_or(ALL, relatives))
    }

    fn exact(&self, folded: &str, languages: Languages) -> Vec<Concept> {
        let said = self.words.get(folded).map_or(&[][..], Vec::as_slice);
        few((said.iter())
            .filter(|(by, _)| by & languages != 0)
            .map(|(_, concept)| *concept)
            .collect())
    }

    fn inflected(&self, folded: &str, languages: Languages) -> Vec<Concept> {
        without_endings(folded)
            .map(|stem| self.exact(&stem, languages))
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }
}

/// What a word may be without its ending, where no stemmer is at hand.
pub(super) fn without_endings(folded: &str) -> impl Iterator<Item = String> {
    let stems = (ENDINGS.iter()).filter_map(move |ending| {
        let stem = folded.strip_suffix(ending)?;
        (stem.len() >= STEM_LETTERS_MIN.max(ending.len())).then_some(stem)
    });
    stems.flat_map(|stem| [stem.to_owned(), undoubled(stem).to_owned(), with_vowel(stem)])
}

/// The folded words of one spelling, without stop words, hyphens and elided articles.
fn words(spelling: &str) -> Vec<String> {
    spelling
        .split_whitespace()
        .map(|word| fold(language::without_elision(word)))
        .filter(|word| !word.is_empty() && !language::is_stop_word(word))
        .collect()
}

fn few(concepts: Vec<Concept>) -> Vec<Concept> {
    if concepts.len() > MEANINGS_MAX { Vec::new() } else { concepts }
}

/// Without the second of two equal last letters (`tømmer`, `grønne`).
fn undoubled(stem: &str) -> &str {
    let bytes = stem.as_bytes();
    match bytes {
        [.., a, b] if a == b && b.is_ascii() => &stem[..stem.len() - 1],
        _ => stem,
    }
}

/// With the vowel back that the last syllable lost before an ending (Danish `sadlen` is `sadel`).
fn with_vowel(stem: &str) -> String {
    match stem.char_indices().next_back() {
        Some((at, last @ ('l' | 'n' | 'r'))) => format!("{}e{last}", &stem[..at]),
        _ => stem.to_owned(),
    }
}

/// Languages whose words a text of this language may use as its own, itself among them.
fn relatives(language: usize) -> Languages {
    const SCANDINAVIAN: Languages = 0b111;
    if bit(language) & SCANDINAVIAN != 0 {
        SCANDINAVIAN
    } else {
        bit(language)
    }
}

/// The number of English in [`LANGUAGES`].
const ENGLISH: usize = 6;
/// Endings of plural, article and case that are taken off where no stemmer is at hand; longest first.
const ENDINGS: [&str; 26] = [
    "ernes", "erne", "arna", "orna", "ene", "ens", "ets", "ers", "en", "et", "er", "ar", "or", "es", "em", "ne", "na", "os",
    "as", "e", "n", "s", "a", "t", "i", "y",
];

#[cfg(test)]
mod tests;
