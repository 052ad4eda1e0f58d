//! What records are named, without the rest of them: whether two may be of one model is asked of thousands of pairs for each that
//! is compared in full.

use std::hash::{DefaultHasher, Hash, Hasher};

use replevin_index::RecordText;
use replevin_index::text::fold::fold;
use replevin_index::text::names::{brands_agree, models_agree};

use crate::domain::description::Description;

/// Names that share so many words may be of one model.
const SHARED_WORDS_MIN: usize = 2;

/// What a record is named.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Its words as hashes, in order: two that meet in one do no harm, a pair more is compared.
    words: Vec<u64>,
    /// Title, brand and model.
    text: RecordText,
}

impl Names {
    pub(super) fn of(description: &Description) -> Self {
        let fields = [&description.title, &description.brand, &description.model].into_iter();
        let words = fields.flat_map(|field| field.split(|c: char| !c.is_alphanumeric()));
        let words = words.filter(|word| word.chars().count() > 1);
        let mut words: Vec<u64> = words.map(|word| hashed(&fold(word))).collect();
        words.sort_unstable();
        words.dedup();
        Self {
            words,
            text: RecordText {
                title: description.title.clone(),
                brand: description.brand.clone(),
                model: description.model.clone(),
                ..RecordText::default()
            },
        }
    }

    /// Whether nothing is known of it.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether both may be of one model: they share words, and name no other brand and no other model.
    pub(super) fn may_mean(&self, other: &Self) -> bool {
        self.shared(other) >= SHARED_WORDS_MIN
            && brands_agree(&self.text, &other.text) != Some(false)
            && models_agree(&self.text, &other.text) != Some(false)
    }

    /// How many words both share.
    fn shared(&self, other: &Self) -> usize {
        let (mut one, mut other, mut shared) = (self.words.as_slice(), other.words.as_slice(), 0);
        while let ([a, ..], [b, ..]) = (one, other) {
            shared += usize::from(a == b);
            (one, other) = (&one[usize::from(a <= b)..], &other[usize::from(b <= a)..]);
        }
        shared
    }
}

fn hashed(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(title: &str, brand: &str, model: &str) -> Names {
        Names::of(&Description {
            title: title.to_owned(),
            brand: brand.to_owned(),
            model: model.to_owned(),
            ..Description::default()
        })
    }

    #[test]
    fn names_may_mean_one_model_unless_they_say_otherwise() {
        let ours = named("Kildemoes Logic herrecykel", "Kildemoes", "Logic");
        for (theirs, expected) in [
            (named("Herrecykel, Kildemoes", "", ""), true),
            (named("KILDEMOES LOGIC", "", ""), true),
            (named("Kildemoes City herrecykel", "Kildemoes", "City"), false),
            (named("Logic herrecykel", "Batavus", ""), false),
            (named("Herrecykel", "", ""), false),
            (named("", "", ""), false),
        ] {
            assert_eq!(
                (ours.may_mean(&theirs), theirs.may_mean(&ours)),
                (expected, expected),
                "{theirs:?}"
            );
        }
    }
}
