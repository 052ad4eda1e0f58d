//! Vehicle identification numbers: ISO 3779, check digit as in 49 CFR 565.
//!
//! The check digit is mandatory in North America only: elsewhere a failing one merely confirms nothing.

const LENGTH: usize = 17;
const WEIGHTS: [u32; LENGTH] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// Whether a canonical value has the form of a VIN; I, O and Q are not used.
pub(in super::super) fn fits(value: &str) -> bool {
    value.len() == LENGTH && value.bytes().all(|byte| transliterated(byte).is_some())
}

/// Whether the ninth character is the check digit of the rest. False when the form is not a VIN's.
pub(in super::super) fn check_holds(value: &str) -> bool {
    if !fits(value) {
        return false;
    }
    let sum: u32 = value
        .bytes()
        .zip(WEIGHTS)
        .map(|(byte, weight)| transliterated(byte).unwrap_or(0) * weight)
        .sum();
    value.as_bytes()[8] == b"0123456789X"[(sum % 11) as usize]
}

fn transliterated(byte: u8) -> Option<u32> {
    let value = match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'H' => byte - b'A' + 1,
        b'J'..=b'N' => byte - b'J' + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => byte - b'S' + 2,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digit() {
        for value in ["1M8GDM9AXKP042788", "11111111111111111", "5GZCZ43D13S812715"] {
            assert!(check_holds(value), "{value}");
        }
        assert!(fits("WVWZZZ1KZAW123456") && !check_holds("WVWZZZ1KZAW123456"));
        for value in [
            "1M8GDM9AXKPO42788",
            "1M8GDM9AXKP04278",
            "1M8GDM9AXKP0427888",
            "1M8GDM9AXKP04278Q",
        ] {
            assert!(!fits(value), "{value}");
        }
    }
}
