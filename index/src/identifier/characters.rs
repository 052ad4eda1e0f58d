//! Characters of identifiers: which writing of a character counts as the same, and which characters look alike.
//!
//! Owns the step from text as typed to upper-case letters and digits without separators, and the look-alike classes.
//! Leaves what a kind's grammar makes of them to [`super::scheme`].

use unicode_normalization::UnicodeNormalization;

/// Upper case, compatibility forms unified (full-width letters, circled digits), letters of other scripts that look Latin
/// read as Latin, everything but letters and digits dropped. Idempotent.
pub(super) fn canonical(text: &str) -> String {
    if text.is_ascii() {
        return text
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| byte.to_ascii_uppercase() as char)
            .collect();
    }
    // Dropping a mark can bring two characters together that combine in turn; the second round settles that.
    let mut now = canonical_once(text);
    for _ in 0..4 {
        let again = canonical_once(&now);
        if again == now {
            break;
        }
        now = again;
    }
    now
}

fn canonical_once(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_uppercase)
        .map(latin)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Cyrillic and Greek capitals that cannot be told from Latin ones on screen.
fn latin(c: char) -> char {
    match c {
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'Ј' => 'J',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Ν' => 'N',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Ѕ' => 'S',
        'Т' | 'Τ' => 'T',
        'У' | 'Υ' => 'Y',
        'Х' | 'Χ' => 'X',
        'Ζ' => 'Z',
        other => other,
    }
}

/// The digit of a look-alike class: O, Q, D read as 0; I, L as 1; Z as 2; S as 5; G as 6; B as 8. Others stay.
pub(super) fn to_digit(c: char) -> char {
    match c {
        'O' | 'Q' | 'D' => '0',
        'I' | 'L' => '1',
        'Z' => '2',
        'S' => '5',
        'G' => '6',
        'B' => '8',
        other => other,
    }
}

/// The letter of a look-alike class, one for each class so that all its members agree: the inverse of [`to_digit`].
pub(super) fn to_letter(c: char) -> char {
    match to_digit(c) {
        '0' => 'D',
        '1' => 'L',
        '2' => 'Z',
        '5' => 'S',
        '6' => 'G',
        '8' => 'B',
        other => other,
    }
}

/// Whether two characters differ only by their look-alike class.
pub(super) fn look_alike(a: char, b: char) -> bool {
    a != b && to_digit(a) == to_digit(b)
}

/// The look-alike class of every character, written with digits: the key that no grammar has a say in.
pub(super) fn classes(normalised: &str) -> String {
    normalised.chars().map(to_digit).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn writings_of_the_same_value_agree() {
        let cases = [
            ("wbk 123456 z", "WBK123456Z"),
            ("ＷＢＫ－１２３", "WBK123"),
            ("49–015420—323751", "49015420323751"),
            ("ffb142\u{a0}äß", "FFB142ÄSS"),
            ("СО2", "CO2"),
            ("①②", "12"),
        ];
        for (given, expected) in cases {
            assert_eq!(canonical(given), expected, "{given}");
        }
    }

    #[test]
    fn a_class_has_one_digit_and_one_letter() {
        for c in ('0'..='9').chain('A'..='Z') {
            assert_eq!(to_digit(to_letter(c)), to_digit(c), "{c}");
            assert_eq!(to_letter(to_digit(c)), to_letter(c), "{c}");
        }
        assert!(look_alike('0', 'O') && look_alike('I', 'L') && !look_alike('A', 'A') && !look_alike('3', 'E'));
    }

    proptest! {
        #[test]
        fn canonical_is_idempotent(text in any::<String>()) {
            let once = canonical(&text);
            prop_assert_eq!(canonical(&once), once);
        }
    }
}
