//! Apple's serial numbers in the two forms that have a grammar; those given since 2021 are random and pass as generic.
//!
//! 12 characters (2010–2021): plant 3, half-year 1, week 1, unit 3, model 4. 11 characters (before): plant 2, last digit of
//! the year, week 2, unit 3, model 3. I and O are not used.

const HALF_YEARS: &str = "CDFGHJKLMNPQRSTVWXYZ";
const WEEKS: &str = "123456789CDFGHJKLMNPQRTVWXY";

/// Whether a canonical value reads as an Apple serial of one of the two forms.
pub(in super::super) fn fits(value: &str) -> bool {
    let bytes = value.as_bytes();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if letters + digits != bytes.len() || letters < 3 || digits < 2 || bytes.iter().any(|byte| matches!(byte, b'I' | b'O')) {
        return false;
    }
    match bytes.len() {
        12 => HALF_YEARS.contains(bytes[3] as char) && WEEKS.contains(bytes[4] as char),
        11 => bytes[2..5].iter().all(u8::is_ascii_digit) && (1..=53).contains(&((bytes[3] - b'0') * 10 + bytes[4] - b'0')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn forms() {
        for value in ["C02MX5XXFD57", "DMPQ41A7F182", "W8827ABC0P1"] {
            assert!(super::fits(value), "{value}");
        }
        for value in [
            "C02AX5XXFD57",
            "C02MA5XXFD57",
            "C02MX5XXFO57",
            "W8854ABC0P1",
            "123456789012",
            "C02MX5XXFD5",
        ] {
            assert!(!super::fits(value), "{value}");
        }
    }
}
