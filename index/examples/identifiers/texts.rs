//! Texts as sellers write them in eleven languages, with one announced value in each or none.

use std::collections::BTreeMap;

use super::{Random, values};

const ANNOUNCING: &str = include_str!("announcing.tsv");
const SENTENCES: &str = include_str!("sentences.tsv");

/// A text and the value in it.
pub(super) struct Text {
    pub(super) language: &'static str,
    /// Kind as the templates name it; empty for none.
    pub(super) kind: &'static str,
    /// Whether the announcing words are of the later ones.
    pub(super) later: bool,
    /// Canonical.
    pub(super) value: String,
    pub(super) text: String,
}

/// What texts are made of.
pub(super) struct Templates {
    /// Language, kind, announcing words, whether of the later ones.
    announcing: Vec<(&'static str, &'static str, &'static str, bool)>,
    sentences: BTreeMap<(&'static str, &'static str), Vec<&'static str>>,
}

impl Templates {
    pub(super) fn new() -> Self {
        let mut announcing = Vec::new();
        for fields in lines(ANNOUNCING) {
            for (at, words) in fields[2..].iter().enumerate() {
                announcing.extend(words.split('|').map(|words| (fields[0], fields[1], words, at == 1)));
            }
        }
        let sentences = lines(SENTENCES).map(|fields| ((fields[0], fields[1]), fields[2].split('|').collect()));
        Self {
            announcing,
            sentences: sentences.collect(),
        }
    }

    /// Every announcing word in turn, so that each comes up alike often.
    pub(super) fn with_value(&self, random: &mut Random, turn: usize) -> Text {
        let (language, kind, words, later) = self.announcing[turn % self.announcing.len()];
        let (value, written) = values::value(random, kind, language);
        let is = self.part(random, language, "is");
        let told = match random.below(10) {
            0..4 => format!("{words}: {written}"),
            4 | 5 => format!("{words} {written}"),
            6 if !words.ends_with('.') => format!("{words} {is} {written}"),
            7 => format!("{words}:\n{written}"),
            8 => format!("({words}: {written})"),
            _ => format!("{words}:{written}"),
        };
        let item = self.part(random, language, "item");
        let (before, after) = (self.around(random, language), self.around(random, language));
        let text = match random.below(6) {
            0 => told,
            1 => format!("{item}, {told}"),
            2 => format!("{item}. {before}. {told}"),
            3 => format!("{item}. {told}. {after}."),
            4 => format!("{told}, {after}"),
            _ => format!("{item}\n{before}\n{told}\n{after}"),
        };
        Text {
            language,
            kind,
            later,
            value,
            text,
        }
    }

    pub(super) fn without(&self, random: &mut Random) -> Text {
        let languages: Vec<&'static str> = self.sentences.keys().map(|(language, _)| *language).collect();
        let language = *random.pick(&languages);
        let mut parts = vec![self.part(random, language, "item").to_owned()];
        for _ in 0..2 + random.below(3) {
            parts.push(self.around(random, language));
        }
        if random.below(3) == 0 {
            let at = 1 + random.below(parts.len());
            let spoken_of = self.part(random, language, "without");
            parts.insert(at, random.digits(spoken_of));
        }
        Text {
            language,
            kind: "",
            later: false,
            value: String::new(),
            text: parts.join(*random.pick(&[". ", ", ", "\n", " - "])),
        }
    }

    fn part(&self, random: &mut Random, language: &'static str, part: &'static str) -> &'static str {
        let forms = &self.sentences[&(language, part)];
        forms[random.below(forms.len())]
    }

    fn around(&self, random: &mut Random, language: &'static str) -> String {
        let template = self.part(random, language, "around");
        random.digits(template)
    }
}

impl Random {
    /// The template with every `#` a digit.
    fn digits(&mut self, template: &str) -> String {
        let fill = |c| if c == '#' { self.character("123456789") } else { c };
        template.chars().map(fill).collect()
    }
}

fn lines(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let told = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    told.map(|line| line.split('\t').collect())
}
