//! Frame numbers of bicycles: the Danish stelnummer and the German EIN.
//!
//! Danish: maker letters 1–4 (a leading W was imported), digits, year letter from an alphabet without I, O, W, Y that
//! repeats every 21 years from 1964. Real exceptions exist and are kept as nonconforming.
//! German: district 1–3 letters, municipality 1–3 digits, street 5, house 3, initials 2 letters, year 2 digits or none. It
//! encodes a home address: personal data.

use super::super::characters::{to_digit, to_letter};

/// Whether a canonical value is a Danish frame number in full.
pub(in super::super) fn is_danish(value: &str) -> bool {
    let bytes = value.as_bytes();
    let letters = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'O'))
        .count();
    let Some((year, rest)) = bytes.split_last() else {
        return false;
    };
    (1..=4).contains(&letters)
        && rest.len() > letters
        && rest[letters..].iter().all(u8::is_ascii_digit)
        && year.is_ascii_uppercase()
        && !matches!(year, b'I' | b'O' | b'W' | b'Y')
}

/// Whether a canonical value lies beside the Danish grammar as real frames do: letters at both ends, digits between.
pub(in super::super) fn is_nearly_danish(value: &str) -> bool {
    let bytes = value.as_bytes();
    (5..=20).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[0].is_ascii_uppercase()
        && bytes[bytes.len() - 1].is_ascii_uppercase()
        && bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3
}

/// Whether a canonical value is a German bicycle code.
pub(in super::super) fn is_german(value: &str) -> bool {
    let chars: Vec<char> = value.chars().collect();
    let letter = |c: &char| c.is_ascii_uppercase() || matches!(c, 'Ä' | 'Ö' | 'Ü');
    let district = chars.iter().take_while(|c| letter(c)).count();
    let digits = chars[district..].iter().take_while(|c| c.is_ascii_digit()).count();
    let tail = &chars[district + digits..];
    (1..=3).contains(&district)
        && (9..=11).contains(&digits)
        && matches!(tail.len(), 2 | 4)
        && tail[..2].iter().all(char::is_ascii_uppercase)
        && tail[2..].iter().all(char::is_ascii_digit)
}

/// The folded key of a frame number. The ends are letters, as far as the first four characters hold a letter that no
/// digit looks like everything up to it is letters, the rest are digits. A number that begins or ends with a digit that
/// no letter looks like follows no such grammar and is folded to digits throughout. The rule looks at look-alike classes
/// only, so every reading of a number has the same key.
pub(in super::super) fn fold(value: &str) -> String {
    let chars: Vec<char> = value.chars().collect();
    let plain_digit = |c: &char| matches!(c, '3' | '4' | '7' | '9');
    let ends = [chars.first(), chars.last()];
    if chars.len() < 3 || ends.iter().flatten().any(|c| plain_digit(c)) {
        return value.chars().map(to_digit).collect();
    }
    let is_plain_letter = |c: char| !to_digit(c).is_ascii_digit();
    let front = chars.iter().take(4).rposition(|&c| is_plain_letter(c)).unwrap_or(0);
    let last = chars.len() - 1;
    chars
        .iter()
        .enumerate()
        .map(|(at, &c)| {
            if at <= front || at == last {
                to_letter(c)
            } else {
                to_digit(c)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn danish() {
        for value in ["WBK123456Z", "WDA1234Z", "A1B", "ABCD99Q", "K7654321F"] {
            assert!(is_danish(value), "{value}");
        }
        for value in [
            "WBK123456I",
            "WBK123456W",
            "WBK123456",
            "ABCDE1F",
            "WIK123Z",
            "123456Z",
            "WBKZ",
            "WTU123G1234Z",
            "",
        ] {
            assert!(!is_danish(value), "{value}");
        }
        assert!(is_nearly_danish("WTU123G1234Z") && !is_nearly_danish("WBK1234567") && !is_nearly_danish("ABCDEF"));
    }

    #[test]
    fn german() {
        for value in ["FFB14210755999XY12", "B100123045AB", "TÜB41600012034MK", "KÖ1123450070QR24"] {
            assert!(is_german(value), "{value}");
        }
        for value in ["FFB1421075599XY1", "FFBX14210755999XY12", "B12345AB", "FFB14210755999X12"] {
            assert!(!is_german(value), "{value}");
        }
    }

    #[test]
    fn folding_follows_the_positions() {
        let cases = [
            ("WBK123456Z", "WBK123456Z"),
            ("W8KIZ3456Z", "WBK123456Z"),
            ("WTU123G1234Z", "WTU12361234Z"),
            ("4711O8", "471108"),
            ("WBKI2345G2", "WBK123456Z"),
            ("BB1234B", "B81234B"),
            ("8BI234B", "B81234B"),
        ];
        for (value, expected) in cases {
            assert_eq!(fold(value), expected, "{value}");
        }
    }
}
