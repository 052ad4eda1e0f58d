//! The words of one record, read once and compared often.
//!
//! Owns which field a word stands in and what the record says anywhere. Leaves how two of them compare to [`super::agreement`],
//! [`super::marks`] and [`super::same_model`].

use std::collections::{BTreeSet, HashSet};
use std::sync::OnceLock;

use super::analyzer::{Analyzer, Phrase, Token};
use super::colors;
use super::concept::{Concept, Sort};
use super::same_model::title::{Item, Title};
use crate::record::RecordText;

/// The words of one record.
#[derive(Debug, Clone)]
pub struct Words {
    text: RecordText,
    pub(super) title: Vec<Phrase>,
    pub(super) brand: Vec<Phrase>,
    pub(super) model: Vec<Phrase>,
    pub(super) marks: Vec<Phrase>,
    pub(super) description: Vec<Phrase>,
    pub(super) category: Vec<Phrase>,
    pub(super) color: Vec<Phrase>,
    /// Colours that are given, and those that the title names.
    pub(super) color_given: BTreeSet<&'static str>,
    pub(super) color_titled: BTreeSet<&'static str>,
    /// What the same-model score looks at, once it is asked for.
    sketch: OnceLock<Title>,
    /// Every form that the record says anywhere.
    said: HashSet<String>,
    /// Every concept that it names anywhere.
    concepts: HashSet<Concept>,
}

impl Words {
    /// Reads a record's words.
    #[must_use]
    pub fn read(text: &RecordText) -> Self {
        let mut analyzer = Analyzer::of(text);
        let mut words = Self {
            title: analyzer.phrases(&text.title),
            brand: analyzer.phrases(&text.brand),
            model: analyzer.phrases(&text.model),
            marks: analyzer.phrases(&text.marks),
            description: analyzer.phrases(&text.description),
            category: analyzer.phrases(&text.category),
            color: analyzer.phrases(&text.color),
            color_given: colors::concepts(&text.color),
            color_titled: colors::concepts(&text.title),
            sketch: OnceLock::new(),
            said: HashSet::new(),
            concepts: HashSet::new(),
            text: text.clone(),
        };
        let (mut said, mut concepts) = (HashSet::new(), HashSet::new());
        for token in words
            .weighed()
            .chain(&words.category)
            .chain(&words.color)
            .flat_map(Phrase::tokens)
        {
            said.extend(token.forms.iter().cloned());
            concepts.extend(&token.concepts);
        }
        words.said = said;
        words.concepts = concepts;
        words
    }

    /// The text that was read.
    #[must_use]
    pub fn text(&self) -> &RecordText {
        &self.text
    }

    /// What the same-model score looks at.
    pub(super) fn sketch(&self) -> &Title {
        self.sketch.get_or_init(|| {
            let named = self.title.iter().chain(&self.model);
            let mut sketch = Title::read(&self.text.title, named, self.weighed());
            sketch.things = (self.title.iter().chain(&self.category))
                .flat_map(Phrase::tokens)
                .flat_map(|token| &token.concepts)
                .copied()
                .filter(|concept| matches!(concept.sort(), Sort::Thing | Sort::Part))
                .collect();
            sketch
        })
    }

    /// How many different forms were read: what keeping them costs.
    #[must_use]
    pub fn forms(&self) -> usize {
        self.said.len()
    }

    /// Every folded form that the record says, each once.
    pub fn terms(&self) -> impl Iterator<Item = &str> {
        self.said.iter().map(String::as_str)
    }

    /// The phrases whose words count when two records are compared: title, brand, model, marks, description.
    pub(super) fn weighed(&self) -> impl Iterator<Item = &Phrase> {
        self.title
            .iter()
            .chain(&self.brand)
            .chain(&self.model)
            .chain(&self.marks)
            .chain(&self.description)
    }

    /// Whether the record says this word in any form.
    pub(super) fn say(&self, token: &Token) -> bool {
        token.forms.iter().any(|form| self.said.contains(form))
    }

    /// Whether the record says a word of a title anywhere.
    pub(super) fn says_item(&self, item: &Item) -> bool {
        item.forms().any(|form| self.said.contains(form)) || self.sketch().says(item)
    }

    /// What of its words may tell of the object itself, at a glance: the concepts of marks and what they show.
    pub(super) fn telling(&self) -> impl Iterator<Item = Concept> {
        let telling = |concept: &Concept| matches!(concept.sort(), Sort::Mark | Sort::Motif);
        self.concepts.iter().copied().filter(telling)
    }

    /// Whether the record names this concept in any language.
    pub(super) fn name(&self, concept: Concept) -> bool {
        self.concepts.contains(&concept)
    }
}
