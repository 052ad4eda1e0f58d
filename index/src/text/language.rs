//! Languages: which are known, how one is told from another, and what each adds (stemmer, stop words).
//!
//! A language is one row of [`LANGUAGES`]; the rest of the analysis does not know which there are. Stemming adds a form to
//! a word and never replaces the language-neutral one, so that a wrong guess costs little.

use std::collections::HashSet;
use std::sync::LazyLock;

use tantivy::tokenizer::{Language as Snowball, RawTokenizer, Stemmer, TextAnalyzer};
use whatlang::{Detector, Lang};

use super::fold::fold;

/// Below this many letters a guess is worth less than none.
const DETECT_LETTERS_MIN: usize = 16;
/// Detection reads the first characters only: more of them do not change its mind.
const DETECT_CHARACTERS_MAX: usize = 400;
/// Below this confidence (0 to 1) of the detector, the language counts as unknown.
const DETECT_CONFIDENCE_MIN: f64 = 0.25;

/// One known language.
pub struct Language {
    /// ISO 639-1.
    pub code: &'static str,
    detected_as: Lang,
    stemmer: Snowball,
    /// A last syllable that loses its vowel before an ending (Danish `cykel`, `cykler`), as it stands and as it remains.
    elided: Option<(&'static str, &'static str)>,
    stop_words: &'static str,
}

impl std::fmt::Debug for Language {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code)
    }
}

/// The known languages.
pub static LANGUAGES: [Language; 3] = [
    Language {
        code: "da",
        detected_as: Lang::Dan,
        stemmer: Snowball::Danish,
        elided: Some(("el", "l")),
        stop_words: "ad af alle alt at bl blev blive bliver da de dem den denne der deres det dette dig din disse dog du efter \
                     eller en end er et for fra ham han hans har havde have hele hende her hos hun hvad hvis hvor i ikke ind jeg \
                     jer jo kan kun lidt man mange med meget men mig min mine mit mod ned noget nogle nu når og også om op os \
                     over på samt sig sin sine sit skal som så til ud under var vi vil ville vor være været",
    },
    Language {
        code: "de",
        detected_as: Lang::Deu,
        stemmer: Snowball::German,
        elided: None,
        stop_words: "aber alle als am an auch auf aus bei beim bin bis bitte da damit dann das dass dem den der des die dies diese \
                     dieser dieses doch du durch ein eine einem einen einer eines er es für gegen habe haben hat hier ich ihr ihre \
                     im in ins ist ja kann kein keine mein meine mich mir mit nach nicht noch nur ob oder ohne schon sehr sein \
                     seine sich sie sind so über um und uns unter vom von vor war was wegen weil wenn werden wie wir wird wurde \
                     zu zum zur",
    },
    Language {
        code: "en",
        detected_as: Lang::Eng,
        stemmer: Snowball::English,
        elided: None,
        stop_words: "a about all also an and any are as at be been but by can could did do does for from had has have he her his \
                     how i if in into is it its just me my no not of on only or our out so some such than that the their them \
                     then there these they this those to too up very was we were what when where which who will with would you \
                     your",
    },
];

/// The language with this ISO 639-1 code, with or without a region (`da`, `da-DK`, `DE_at`).
#[must_use]
pub fn by_code(code: &str) -> Option<&'static Language> {
    let primary = code.split(['-', '_']).next()?.trim();
    LANGUAGES.iter().find(|language| language.code.eq_ignore_ascii_case(primary))
}

/// Guesses the language of a text among the known ones; `None` when it is too short or could as well be another.
#[must_use]
pub fn detect(text: &str) -> Option<&'static Language> {
    static DETECTOR: LazyLock<Detector> =
        LazyLock::new(|| Detector::with_allowlist(LANGUAGES.iter().map(|language| language.detected_as).collect()));
    let beginning = match text.char_indices().nth(DETECT_CHARACTERS_MAX) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    if beginning.chars().filter(|c| c.is_alphabetic()).count() < DETECT_LETTERS_MIN {
        return None;
    }
    let guess = DETECTOR.detect(beginning)?;
    if guess.confidence() < DETECT_CONFIDENCE_MIN {
        return None;
    }
    LANGUAGES.iter().find(|language| language.detected_as == guess.lang())
}

/// Whether a folded word says nothing in any known language. The lists are joined: a wrongly guessed language must not
/// bring them back.
#[must_use]
pub fn is_stop_word(folded: &str) -> bool {
    static STOP_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
        LANGUAGES
            .iter()
            .flat_map(|language| language.stop_words.split_whitespace())
            .map(fold)
            .collect()
    });
    STOP_WORDS.contains(folded)
}

/// Takes the endings off folded words of one language. Works on the folded form so that two spellings that fold alike
/// also stem alike.
pub struct Endings {
    stemmer: TextAnalyzer,
    elided: Option<(&'static str, &'static str)>,
}

impl Endings {
    /// The stemmer of a language.
    #[must_use]
    pub fn new(language: &Language) -> Self {
        let stemmer = TextAnalyzer::builder(RawTokenizer::default())
            .filter(Stemmer::new(language.stemmer))
            .build();
        Self {
            stemmer,
            elided: language.elided,
        }
    }

    /// The stem of one folded word.
    pub fn stem(&mut self, folded: &str) -> String {
        let mut stream = self.stemmer.token_stream(folded);
        let stem = if stream.advance() {
            stream.token().text.as_str()
        } else {
            folded
        };
        let elided = self.elided.and_then(|(full, short)| Some((stem.strip_suffix(full)?, short)));
        match elided {
            Some((start, short)) if start.len() > 1 && !start.ends_with(['a', 'e', 'i', 'o', 'u', 'y']) => {
                format!("{start}{short}")
            }
            _ => stem.to_owned(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart() {
        let cases = [
            ("Sort herrecykel sælges, den har kun været brugt en sommer", Some("da")),
            ("Damecykel med kurv og syv gear, lidt rust på skærmen", Some("da")),
            ("Herrenfahrrad zu verkaufen, wurde nur einen Sommer gefahren", Some("de")),
            (
                "Gebrauchte Kamera mit Tasche und Ladegerät, kleine Kratzer am Gehäuse",
                Some("de"),
            ),
            ("Black mountain bike for sale, hardly used and in good condition", Some("en")),
            ("Used camera with bag and charger, some scratches on the body", Some("en")),
            ("iPhone 12", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(detect(text).map(|language| language.code), expected, "{text}");
        }
    }

    #[test]
    fn codes_may_carry_a_region() {
        for (code, expected) in [
            ("da", Some("da")),
            ("DE-at", Some("de")),
            ("en_GB", Some("en")),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(by_code(code).map(|language| language.code), expected, "{code}");
        }
    }

    #[test]
    fn inflections_meet_in_their_language() {
        let cases = [
            ("da", "cykler", "cykel"),
            ("da", "cyklen", "cykler"),
            ("da", "modeller", "model"),
            ("da", "kabler", "kabel"),
            ("da", "lamperne", "lampe"),
            ("da", "ringene", "ringen"),
            ("de", "fahrräder", "fahrrädern"),
            ("de", "lampen", "lampe"),
            ("de", "uhren", "uhr"),
            ("en", "bicycles", "bicycle"),
            ("en", "watches", "watch"),
            ("en", "engraved", "engraving"),
        ];
        for (code, one, other) in cases {
            let mut endings = Endings::new(by_code(code).unwrap());
            assert_eq!(endings.stem(&fold(one)), endings.stem(&fold(other)), "{one} {other}");
        }
    }

    #[test]
    fn stop_words_are_known_in_every_language() {
        for word in ["og", "på", "für", "und", "the", "with", "Über"] {
            assert!(is_stop_word(&fold(word)), "{word}");
        }
        for word in ["cykel", "uhr", "watch", "mk7"] {
            assert!(!is_stop_word(&fold(word)), "{word}");
        }
    }
}
