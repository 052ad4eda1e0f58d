//! Money: an amount in hundredths with its currency.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of money. Never negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Hundredths of the currency's unit.
    pub hundredths: i64,
    /// ISO 4217 code, three capitals.
    pub currency: String,
}

/// Why a text is no money; names the field's part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amount is not a plain decimal number.
    #[error("amount must be a decimal number such as \"1200.00\", not negative and below 10^13")]
    Amount,
    /// The currency is not three letters.
    #[error("currency must be three letters such as \"DKK\"")]
    Currency,
}

impl Money {
    /// Reads an amount such as `1200`, `1200.5` or `1200.00` and a currency code. Further decimals are cut off.
    pub fn parse(amount: &str, currency: &str) -> Result<Self, MoneyError> {
        let (whole, fraction) = amount.trim().split_once('.').unwrap_or((amount.trim(), ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 13 || !digits(whole) || !digits(fraction) || fraction.len() > 12 {
            return Err(MoneyError::Amount);
        }
        let units: i64 = whole.parse().map_err(|_| MoneyError::Amount)?;
        let cents: i64 = format!("{fraction:0<2}")[..2].parse().map_err(|_| MoneyError::Amount)?;
        let currency = currency.trim().to_ascii_uppercase();
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(MoneyError::Currency);
        }
        Ok(Self {
            hundredths: units * 100 + cents,
            currency,
        })
    }

    /// The amount as a decimal number with two places.
    #[must_use]
    pub fn amount(&self) -> String {
        format!("{}.{:02}", self.hundredths / 100, self.hundredths % 100)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_amounts() {
        for (given, written) in [
            ("1200", "1200.00"),
            ("1200.5", "1200.50"),
            (" 0.999", "0.99"),
            ("7.00", "7.00"),
        ] {
            assert_eq!(Money::parse(given, "dkk").unwrap().amount(), written, "{given}");
        }
    }

    #[test]
    fn refuses_what_is_no_amount() {
        for given in ["", "-1", "1e3", "1,200", "12 000", "NaN", "99999999999999", ".5"] {
            assert_eq!(Money::parse(given, "DKK"), Err(MoneyError::Amount), "{given}");
        }
        assert_eq!(Money::parse("1", "kroner"), Err(MoneyError::Currency));
    }
}
