//! Grammars of digits alone: IMEI (3GPP TS 23.003), GTIN (GS1), RFID chip (ISO 11784).

/// Whether the last digit is the Luhn check digit of the others. False for anything but ASCII digits.
pub(in super::super) fn luhn_holds(digits: &str) -> bool {
    let mut sum = 0;
    for (at, byte) in digits.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return false;
        }
        let doubled = u32::from(byte - b'0') << (at % 2);
        sum += if doubled > 9 { doubled - 9 } else { doubled };
    }
    !digits.is_empty() && sum % 10 == 0
}

/// Whether the last digit is the GS1 check digit of the others (weights 3 and 1 from the right).
pub(in super::super) fn gs1_holds(digits: &str) -> bool {
    let all = digits.bytes().all(|byte| byte.is_ascii_digit());
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| u32::from(byte & 15) * [1, 3][at % 2])
        .sum();
    all && matches!(digits.len(), 8 | 12 | 13 | 14) && sum.is_multiple_of(10)
}

/// Whether 15 digits are an ISO 11784 code: a country or (from 900) a maker, and an id of 38 bits.
pub(in super::super) fn is_chip(digits: &str) -> bool {
    const ID_MAX: u64 = (1 << 38) - 1;
    digits.len() == 15
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && &digits[..3] != "000"
        && digits[3..].parse::<u64>().is_ok_and(|id| id <= ID_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits() {
        for digits in ["260531793113837", "490154203237518", "0"] {
            assert!(luhn_holds(digits), "{digits}");
        }
        for digits in ["260531793113838", "620531793113837", "", "49015420323751A"] {
            assert!(!luhn_holds(digits), "{digits}");
        }
        for digits in ["4006381333931", "036000291452", "96385074", "04006381333931"] {
            assert!(gs1_holds(digits), "{digits}");
        }
        for digits in ["4006381333932", "400638133393", "9638507A"] {
            assert!(!gs1_holds(digits), "{digits}");
        }
        assert!(is_chip("968000004531234") && is_chip("208274877906943"));
        assert!(!is_chip("208274877906944") && !is_chip("000000004531234") && !is_chip("96800000453123"));
    }
}
