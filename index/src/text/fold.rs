//! Folding: the many spellings of one word become one.
//!
//! Owns the letters (case, accents, the Nordic and German ones with their transcriptions). Leaves word endings to the
//! stemmers of [`super::language`] and word boundaries to [`super::analyzer`].

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds case and accents. In words without digits the transcriptions meet as well: `ø`, `ö`, `oe` and `o` are one, so are
/// `æ`, `ä`, `ae`, `å`, `aa` and `a`, and `ü`, `ue` and `u`; `ß` is `ss`. Whoever types without these keys writes any of
/// them, and two words that collide this way are rarer than one word written two ways.
///
/// Tokens with digits are model numbers, where a letter more is another model: they keep `oe` and `o` apart. Characters
/// that are neither letters nor digits are dropped. Folding what is folded changes nothing.
#[must_use]
pub fn fold(word: &str) -> String {
    let mut letters = String::with_capacity(word.len());
    if word.is_ascii() {
        letters.extend(
            word.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_lowercase()),
        );
    } else {
        // Transcribed before decomposition, which would take the ring off å and the dots off ö.
        let lower = word.nfkc().flat_map(char::to_lowercase).collect::<String>();
        for character in lower.nfc() {
            match transcription(character) {
                Some(text) => letters.push_str(text),
                None => letters.extend(
                    std::iter::once(character)
                        .nfkd()
                        .flat_map(char::to_lowercase)
                        .filter_map(base),
                ),
            }
        }
    }
    if letters.chars().any(char::is_numeric) {
        return letters;
    }
    merge_transcriptions(&letters)
}

/// A decomposed character without its accents: `ǽ` comes apart into one that is transcribed in turn.
fn base(character: char) -> Option<String> {
    let kept = !is_combining_mark(character) && character.is_alphanumeric();
    kept.then(|| transcription(character).map_or_else(|| character.to_string(), str::to_owned))
}

/// How letters outside the Latin base alphabet are written without them; `None` when dropping the accent is enough.
fn transcription(character: char) -> Option<&'static str> {
    Some(match character {
        'æ' | 'ä' => "ae",
        'ø' | 'ö' | 'œ' => "oe",
        'å' => "aa",
        'ü' => "ue",
        'ß' => "ss",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ı' => "i",
        _ => return None,
    })
}

fn merge_transcriptions(letters: &str) -> String {
    let mut merged = String::with_capacity(letters.len());
    let mut last = ' ';
    for character in letters.chars() {
        let second_half = match character {
            'e' => matches!(last, 'a' | 'o' | 'u'),
            'a' => last == 'a',
            _ => false,
        };
        if !second_half {
            merged.push(character);
            last = character;
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_word_meet() {
        let cases: &[&[&str]] = &[
            &["Kølbæk", "koelbaek", "KOELBAEK", "Kolbak", "kölbäk"],
            &["größe", "groesse", "GRÖSSE", "GROẞE", "grosse"],
            &["Åkande", "aakande", "akande"],
            &["Ærø", "Ǽrø", "aeroe"],
            &["Müller", "mueller", "muller"],
            &["Citroën", "citroen"],
            &["café", "cafe\u{301}", "CAFE"],
            &["ﬁlm", "film"],
        ];
        for spellings in cases {
            for spelling in *spellings {
                assert_eq!(fold(spelling), fold(spellings[0]), "{spelling}");
            }
        }
    }

    #[test]
    fn model_numbers_keep_their_letters() {
        assert_eq!(fold("AE86"), "ae86");
        assert_ne!(fold("AE86"), fold("A86"));
        assert_eq!(fold("ØX-500"), "oex500");
        assert_eq!(fold("WBK-123456/Z"), "wbk123456z");
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(word in any::<String>()) {
            let once = fold(&word);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn case_never_matters(word in "[a-zA-ZæøåÆØÅäöüÄÖÜß0-9-]{0,20}") {
            prop_assert_eq!(fold(&word.to_lowercase()), fold(&word));
            prop_assert_eq!(fold(&word.to_uppercase()), fold(&word));
        }
    }
}
