//! Distinguishing marks: what both texts say of *this* object and not of its model (a scratch in the frame, an owl on a
//! sticker, an engraved name), in whatever language.
//!
//! Owns which shared words are of that sort, which of them belong together, and how both sides put it. Leaves what it is
//! worth to the caller, who gets the counts.
//!
//! A word is told of the object when it stands in the registered field for marks, or names a kind of damage, a repair, an
//! inscription, or what such a thing shows ([`Sort::Mark`], [`Sort::Motif`]). Words near it say where it is and of what
//! (part, place, material, colour). What title, brand, model, category or colour name on either side is the model's own
//! vocabulary and does not count, damage in a title apart. Words with digits are left to identifiers.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::analyzer::{Phrase, Token};
use super::concept::{Concept, Sort};
use super::words::Words;

/// Words this far apart, without stop words, belong to one mark.
const REACH_WORDS: usize = 5;
/// More shared words than this are not looked at: texts that share more are copies of each other.
const SHARED_MAX: usize = 64;
/// So many of the rarest terms are asked for together.
const TOGETHER_MAX: usize = 6;
/// Shorter words are no marks by themselves.
const WORD_LETTERS_MIN: usize = 3;

/// What both sides say of the object itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// The marks, the one with the rarest term first.
    pub shared: Vec<SharedMark>,
    /// How many offered records say all of [`Marks::asked_together`], the compared one included as far as it is indexed;
    /// `None` when there was nothing to ask for. What owners register says nothing of how often others offer it.
    pub saying_all: Option<u64>,
    /// The rarest terms of all shared marks together, at most six.
    pub asked_together: Vec<String>,
}

/// One mark that both sides mention.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SharedMark {
    /// The registered side's own wording, from the first shared word to the last.
    pub registered: String,
    /// The offered side's.
    pub offered: String,
    /// Whether the registered side says it in the field for marks.
    pub given_as_mark: bool,
    /// What is shared, rarest first.
    pub terms: Vec<MarkTerm>,
}

/// A shared word or concept of a mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkTerm {
    /// As it is indexed: a folded word, or a concept (`#scratch`).
    pub term: String,
    /// Whether it tells of the object by itself; otherwise it only says where, of what colour or of what.
    pub telling: bool,
    /// How many offered records say it.
    pub saying: u64,
}

/// What the index is asked: how many records say a term, or all of several.
pub trait Counts {
    /// Why it cannot tell.
    type Error;
    /// How many records of both sides say a term.
    fn saying(&mut self, term: &str) -> Result<u64, Self::Error>;
    /// How many offered records say a term.
    fn offering(&mut self, term: &str) -> Result<u64, Self::Error>;
    /// How many offered records say all of these terms.
    fn offering_all(&mut self, terms: &[String]) -> Result<u64, Self::Error>;
}

/// The marks that both sides mention.
pub fn shared<C: Counts>(registered: &Words, offered: &Words, counts: &mut C) -> Result<Marks, C::Error> {
    // Most pairs share no such word: that is found out before anything is compared.
    let said = |phrases: &[Phrase]| phrases.iter().flat_map(Phrase::tokens).any(|token| offered.say(token));
    if !registered.telling().any(|concept| offered.name(concept)) && !said(&registered.marks) {
        return Ok(Marks::default());
    }
    let vocabulary = Vocabulary::of(registered, offered);
    let ours = told(registered, &vocabulary, true);
    let theirs = told(offered, &vocabulary, false);
    let mut marks = Marks::default();
    let mut counted = HashSet::new();
    for group in together(pairs(&ours, &theirs)) {
        if let Some(mark) = mark(&group, [registered, offered], counts, &mut counted)? {
            marks.shared.push(mark);
        }
    }
    marks.shared.sort_by_key(|mark| mark.terms.first().map(|term| term.saying));
    let mut terms: Vec<&MarkTerm> = marks.shared.iter().flat_map(|mark| &mark.terms).collect();
    terms.sort_by_key(|term| (term.saying, &term.term));
    terms.truncate(TOGETHER_MAX);
    if !terms.is_empty() {
        let asked: Vec<String> = terms.iter().map(|term| term.term.clone()).collect();
        marks.saying_all = Some(match terms.as_slice() {
            [only] => only.saying,
            _ => counts.offering_all(&asked)?,
        });
        marks.asked_together = asked;
    }
    Ok(marks)
}

/// The terms under which records are found that may mention a mark of this one: those that tell of the object by themselves, and
/// what is said near them; of a registered object only what its owner gave as marks. In no order, each once; none when nothing
/// tells.
#[must_use]
pub fn asked(words: &Words, registered: bool) -> Vec<String> {
    let told = told(words, &Vocabulary::of(words, words), registered);
    let near = |one: &Told<'_>| {
        if registered && one.field != Field::Marks {
            return false;
        }
        let telling = told.iter().filter(|other| other.telling && other.field == one.field);
        telling
            .into_iter()
            .any(|other| other.place.abs_diff(one.place) <= REACH_WORDS)
    };
    let mut terms: Vec<String> = Vec::new();
    for one in told.iter().filter(|one| near(one)) {
        match one.concepts.as_slice() {
            // What is no concept is looked for in its own language.
            [] => terms.extend(one.token.forms.first().cloned()),
            concepts => terms.extend(concepts.iter().map(|concept| concept.term())),
        }
    }
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// What names the model, and therefore marks nothing.
struct Vocabulary<'a> {
    forms: HashSet<&'a str>,
    concepts: HashSet<Concept>,
}

impl<'a> Vocabulary<'a> {
    fn of(registered: &'a Words, offered: &'a Words) -> Self {
        let mut vocabulary = Self {
            forms: HashSet::new(),
            concepts: HashSet::new(),
        };
        for (words, other) in [(registered, offered), (offered, registered)] {
            let named = [&words.brand, &words.model, &words.category, &words.color]
                .into_iter()
                .flatten();
            let tokens = named
                .flat_map(Phrase::tokens)
                .chain(words.title.iter().flat_map(Phrase::tokens).filter(|token| {
                    // Damage may stand in a title, and what a mark shows too, unless both titles have it: then it is a name.
                    let named_by_both = other
                        .title
                        .iter()
                        .flat_map(Phrase::tokens)
                        .any(|theirs| theirs.forms[0] == token.forms[0]);
                    !tells(&token.concepts) || named_by_both && !token.concepts.iter().any(|concept| concept.sort() == Sort::Mark)
                }));
            for token in tokens {
                vocabulary.forms.extend(token.forms.iter().map(String::as_str));
                vocabulary.concepts.extend(&token.concepts);
            }
        }
        vocabulary
    }
}

/// A word that may belong to a mark.
#[derive(Clone)]
struct Told<'a> {
    token: &'a Token,
    field: Field,
    /// Its number among the words of its field.
    place: usize,
    /// What it means, without what names the model.
    concepts: Vec<Concept>,
    telling: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Marks,
    Description,
    Title,
}

fn told<'a>(words: &'a Words, vocabulary: &Vocabulary<'_>, registered: bool) -> Vec<Told<'a>> {
    let fields = [
        (Field::Marks, &words.marks),
        (Field::Description, &words.description),
        (Field::Title, &words.title),
    ];
    let mut found = Vec::new();
    for (field, phrases) in fields {
        let tokens = phrases.iter().flat_map(|phrase| &phrase.parts).enumerate();
        for (place, token) in tokens {
            let concepts: Vec<Concept> = (token.concepts.iter().copied())
                .filter(|concept| !vocabulary.concepts.contains(concept) && belongs(concept.sort()))
                .collect();
            let tells = tells(&concepts);
            if field == Field::Title && !tells {
                continue;
            }
            let word = is_word(token) && !token.forms.iter().any(|form| vocabulary.forms.contains(form.as_str()));
            // A thing that is named in the field for marks ("with a red bag") is no part of the model.
            let telling = tells || word && registered && field == Field::Marks && concepts.is_empty();
            if word || !concepts.is_empty() {
                found.push(Told {
                    token,
                    field,
                    place,
                    concepts,
                    telling,
                });
            }
        }
    }
    found
}

fn is_word(token: &Token) -> bool {
    let word = &token.forms[0];
    word.len() >= WORD_LETTERS_MIN && word.chars().all(char::is_alphabetic)
}

fn tells(concepts: &[Concept]) -> bool {
    concepts
        .iter()
        .any(|concept| matches!(concept.sort(), Sort::Mark | Sort::Motif))
}

fn belongs(sort: Sort) -> bool {
    !matches!(sort, Sort::Style)
}

/// A word of either side that says the same.
struct Pair<'a> {
    ours: &'a Told<'a>,
    theirs: &'a Told<'a>,
    /// What both say: forms of a word, or concepts.
    terms: Vec<(String, bool)>,
}

fn pairs<'a>(ours: &'a [Told<'a>], theirs: &'a [Told<'a>]) -> Vec<Pair<'a>> {
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for one in ours {
        let word = is_word(one.token)
            .then(|| nearest(&pairs, theirs, |other| shared_form(one, other)))
            .flatten();
        if let Some((theirs, form)) = word {
            let terms = vec![(form.clone(), one.telling || theirs.telling)];
            pairs.push(Pair {
                ours: one,
                theirs,
                terms,
            });
        } else {
            // A compound of one language may be several words of another.
            for concept in &one.concepts {
                let found = nearest(&pairs, theirs, |other| other.concepts.iter().find(|named| *named == concept));
                let Some((theirs, concept)) = found else { continue };
                let term = (concept.term(), tells(&[*concept]));
                match pairs
                    .last_mut()
                    .filter(|last| std::ptr::eq(last.ours, one) && std::ptr::eq(last.theirs, theirs))
                {
                    Some(last) => last.terms.push(term),
                    None => pairs.push(Pair {
                        ours: one,
                        theirs,
                        terms: vec![term],
                    }),
                }
            }
        }
        if pairs.len() >= SHARED_MAX {
            break;
        }
    }
    pairs
}

/// The word that has something in common, nearest to where the last pair stands; the first one where there is none.
fn nearest<'a, T>(
    pairs: &[Pair<'a>],
    theirs: &'a [Told<'a>],
    common: impl Fn(&'a Told<'a>) -> Option<T>,
) -> Option<(&'a Told<'a>, T)> {
    let near = pairs.last().map(|pair| (pair.theirs.field, pair.theirs.place));
    let found = theirs.iter().filter_map(|other| common(other).map(|common| (other, common)));
    found.min_by_key(|(other, _)| match near {
        Some((field, place)) if field == other.field => place.abs_diff(other.place),
        _ => usize::MAX,
    })
}

fn shared_form<'a>(one: &Told<'_>, other: &'a Told<'_>) -> Option<&'a String> {
    other.token.forms.iter().find(|form| one.token.forms.contains(form))
}

/// Pairs whose words stand near each other on both sides are one mark.
fn together(pairs: Vec<Pair<'_>>) -> Vec<Vec<Pair<'_>>> {
    let mut groups: Vec<Vec<Pair<'_>>> = Vec::new();
    for pair in pairs {
        let near = |one: &Told<'_>, other: &Told<'_>| one.field == other.field && one.place.abs_diff(other.place) <= REACH_WORDS;
        let joins = |group: &Vec<Pair<'_>>| {
            (group.last().is_some_and(|last| near(last.ours, pair.ours)))
                && group.iter().any(|member| near(member.theirs, pair.theirs))
        };
        match groups.last_mut().filter(|group| joins(group)) {
            Some(group) => group.push(pair),
            None => groups.push(vec![pair]),
        }
    }
    groups
}

fn mark<C: Counts>(
    group: &[Pair<'_>],
    [registered, offered]: [&Words; 2],
    counts: &mut C,
    counted: &mut HashSet<String>,
) -> Result<Option<SharedMark>, C::Error> {
    if !group.iter().flat_map(|pair| &pair.terms).any(|(_, telling)| *telling) {
        return Ok(None);
    }
    let mut terms = Vec::new();
    for (term, telling) in group.iter().flat_map(|pair| &pair.terms) {
        if counted.insert(term.clone()) {
            terms.push(MarkTerm {
                saying: counts.offering(term)?,
                term: term.clone(),
                telling: *telling,
            });
        }
    }
    if !terms.iter().any(|term| term.telling) {
        return Ok(None);
    }
    terms.sort_by(|a, b| (a.saying, &a.term).cmp(&(b.saying, &b.term)));
    Ok(Some(SharedMark {
        registered: wording(registered, group.iter().map(|pair| pair.ours)),
        offered: wording(offered, group.iter().map(|pair| pair.theirs)),
        given_as_mark: group.iter().any(|pair| pair.ours.field == Field::Marks),
        terms,
    }))
}

/// The text from the first of these words to the last.
fn wording<'a>(words: &Words, said: impl Iterator<Item = &'a Told<'a>>) -> String {
    let said: Vec<&Told<'_>> = said.collect();
    let Some(field) = said.first().map(|told| told.field) else {
        return String::new();
    };
    let text = match field {
        Field::Marks => &words.text().marks,
        Field::Description => &words.text().description,
        Field::Title => &words.text().title,
    };
    let start = said.iter().map(|told| told.token.at.0).min().unwrap_or_default();
    let end = said.iter().map(|told| told.token.at.1).max().unwrap_or_default();
    text.get(start..end)
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests;
