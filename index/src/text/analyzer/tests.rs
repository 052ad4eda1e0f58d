//! What the analyser makes of words, numbers and measures.
#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

fn forms(language: Option<&str>, text: &str) -> Vec<String> {
    let phrases = Analyzer::new(language.map(|code| language::by_code(code).unwrap())).phrases(text);
    phrases
        .iter()
        .flat_map(Phrase::tokens)
        .flat_map(|token| token.forms.clone())
        .collect()
}

#[test]
fn model_numbers_stay_whole() {
    let cases = [
        ("MK7", "mk7"),
        ("MK 7", "mk7"),
        ("KX-TG1032S", "kxtg1032s"),
        ("kxtg1032s", "kxtg1032s"),
        ("WH 1000XM4", "wh1000xm4"),
        ("WH-1000XM4", "wh1000xm4"),
        ("(WBK123456Z)", "wbk123456z"),
        ("WBK-123456.Z", "wbk123456z"),
        ("1234-5678", "12345678"),
        ("T-shirt", "tshirt"),
        ("H&M", "hm"),
    ];
    for (text, expected) in cases {
        for language in [None, Some("da"), Some("de"), Some("en")] {
            assert!(
                forms(language, text).contains(&expected.to_owned()),
                "{text}: {:?}",
                forms(language, text)
            );
        }
    }
}

#[test]
fn measures_are_joined_with_their_unit() {
    let cases = [
        ("28 tommer", "28in"),
        ("28-tommer", "28in"),
        ("28\" ramme", "28in"),
        ("26 Zoll", "26in"),
        ("26zoll", "26in"),
        ("27.5 inch", "27.5in"),
        ("27,5 tommer", "27.5in"),
        ("512 gb", "512gb"),
        ("512GB", "512gb"),
        ("2.000 mAh", "2000mah"),
        ("18 karat", "18karat"),
        ("21 gear", "21gear"),
        ("21 Gänge", "21gear"),
    ];
    for (text, expected) in cases {
        assert_eq!(forms(None, text)[0], expected, "{text}");
    }
    assert_eq!(forms(None, "28, tommer"), ["28", "tommer"]);
    assert!(!forms(None, "HP 15 Zoll").contains(&"hp15".to_owned()));
}

#[test]
fn stop_words_go_and_stems_come() {
    assert_eq!(forms(Some("da"), "en cykel og lamper"), ["cykel", "cykl", "lamper", "lamp"]);
    assert_eq!(forms(Some("de"), "die Uhren der Größe"), ["uhren", "uhr", "grosse", "gross"]);
    assert_eq!(forms(Some("en"), "the watches"), ["watches", "watch"]);
    assert_eq!(forms(None, "the watches"), ["watches"]);
}

#[test]
fn the_surface_is_what_was_written() {
    let phrases = Analyzer::new(None).phrases("Kølbæk's KX-TG1032S");
    let surfaces: Vec<_> = phrases
        .iter()
        .flat_map(Phrase::tokens)
        .map(|token| token.surface.as_str())
        .collect();
    assert_eq!(surfaces, ["kølbæks", "kx-tg1032s", "kx", "tg1032s"]);
}

#[test]
fn a_given_language_is_believed() {
    let mut text = RecordText {
        title: "lamper".into(),
        ..RecordText::default()
    };
    assert_eq!(Analyzer::of(&text).phrases("lamper")[0].parts[0].forms, ["lamper"]);
    text.language = Some("da".into());
    assert_eq!(Analyzer::of(&text).phrases("lamper")[0].parts[0].forms, ["lamper", "lamp"]);
    text = RecordText {
        language: Some("fi".into()),
        title: "sort herrecykel sælges, den er brugt".into(),
        ..text
    };
    assert_eq!(Analyzer::of(&text).phrases("lamper")[0].parts[0].forms, ["lamper"]);
}

proptest! {
    #[test]
    fn any_text_gives_bounded_clean_terms(text in any::<String>()) {
        for form in forms(Some("da"), &text) {
            prop_assert!(!form.is_empty() && form.len() <= TERM_BYTES_MAX && !form.contains(char::is_whitespace));
        }
    }

    #[test]
    fn separators_in_a_model_number_do_not_matter(letters in "[B-DF-H]{2,4}", digits in "[1-9][0-9]{2,5}", tail in "[XZ]") {
        let joined = format!("{letters}{digits}{tail}").to_lowercase();
        for text in [format!("{letters}{digits}{tail}"), format!("{letters}-{digits}{tail}"), format!("{letters} {digits}{tail}")] {
            prop_assert!(forms(None, &text).contains(&joined), "{}", text);
        }
    }
}
