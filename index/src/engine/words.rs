//! Texts that were read lately: a query is compared with many candidates, and a popular candidate with many queries.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use crate::record::RecordText;
use crate::text::agreement::Words;

/// What one generation holds, in different forms of words; about 250 bytes each.
const FORMS_MAX: usize = 400_000;

/// Two generations: when the young one is full it becomes the old one, and what the old one held is forgotten.
#[derive(Default)]
pub(super) struct RecentWords(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    // By a hash of the text, which lies in the words: of two texts that meet in one, only the later is kept.
    young: HashMap<u64, Arc<Words>>,
    young_forms: usize,
    old: HashMap<u64, Arc<Words>>,
}

impl RecentWords {
    /// The words of a text.
    pub(super) fn read(&self, text: &RecordText) -> Arc<Words> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let key = hasher.finish();
        if let Some(known) = self.generations(|kept| kept.get(key)).filter(|known| known.text() == text) {
            return known;
        }
        // Read outside the lock: two threads may read the same text, which costs less than waiting.
        let words = Arc::new(Words::read(text));
        self.generations(|kept| kept.keep(key, Arc::clone(&words)));
        words
    }

    fn generations<T>(&self, with: impl FnOnce(&mut Generations) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Generations {
    fn get(&mut self, key: u64) -> Option<Arc<Words>> {
        if let Some(words) = self.young.get(&key) {
            return Some(Arc::clone(words));
        }
        let words = self.old.remove(&key)?;
        self.keep(key, Arc::clone(&words));
        Some(words)
    }

    fn keep(&mut self, key: u64, words: Arc<Words>) {
        if self.young_forms > FORMS_MAX {
            self.old = std::mem::take(&mut self.young);
            self.young_forms = 0;
        }
        let forms = words.forms() + 1;
        if self.young.insert(key, words).is_none() {
            self.young_forms += forms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: usize) -> RecordText {
        RecordText {
            title: (0..100).map(|word| format!("ord{number}x{word} ")).collect(),
            ..RecordText::default()
        }
    }

    #[test]
    fn what_is_used_stays_and_the_rest_is_forgotten() {
        let recent = RecentWords::default();
        let first = recent.read(&text(0));
        for number in 1..10_000 {
            recent.read(&text(number));
            assert!(Arc::ptr_eq(&first, &recent.read(&text(0))));
        }
        let kept = recent.generations(|kept| kept.young.len() + kept.old.len());
        assert!(kept < 9_000, "{kept}");
    }

    #[test]
    fn another_text_has_other_words() {
        let recent = RecentWords::default();
        assert_eq!(recent.read(&text(1)).text(), &text(1));
        assert_eq!(recent.read(&text(2)).text(), &text(2));
    }
}
