//! Hull identification numbers: ISO 10087, and the American form without the country.
//!
//! Country 2 letters, maker 3, serial 5, month of building A–L, last digit of its year, model year 2 digits: the same year
//! or the next.

use super::super::characters::{to_digit, to_letter};

/// Whether a canonical value is a hull number.
pub(in super::super) fn fits(value: &str) -> bool {
    let bytes = value.as_bytes();
    let bytes = match bytes.len() {
        14 if bytes[..2].iter().all(u8::is_ascii_uppercase) => &bytes[2..],
        12 => bytes,
        _ => return false,
    };
    bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[0].is_ascii_uppercase()
        && matches!(bytes[8], b'A'..=b'L')
        && bytes[9..].iter().all(u8::is_ascii_digit)
        && (10 + bytes[11] - bytes[9]) % 10 <= 1
}

/// The folded key: letters where the grammar has letters, digits everywhere else.
pub(in super::super) fn fold(value: &str) -> String {
    let length = value.chars().count();
    let country = if length == 14 { 2 } else { 0 };
    let in_grammar = matches!(length, 12 | 14);
    let fold = |(at, c)| {
        if in_grammar && (at <= country || at == country + 8) {
            to_letter(c)
        } else {
            to_digit(c)
        }
    };
    value.chars().enumerate().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert!(fits("GBABC00042A323") && fits("ABC12345D404") && fits("DKXYA0B123L999"));
        assert!(
            !fits("GBABC00042M323")
                && !fits("GBABC00042A32")
                && !fits("GBABC00042A3X3")
                && !fits("GBABC00042A325")
                && !fits("0BC12345D404")
        );
        assert_eq!(fold("GBABC0OO42A323"), fold("GBABC00042A323"));
        assert_eq!(fold("68ABC00042A323"), fold("GBABC00042A323"));
    }
}
