//! Price: what it is worth that a listing is far cheaper than others of its kind.
//!
//! Whoever wants to be rid of a thing asks less than those who bought theirs. That is weak: haste, a scratch and a kind heart
//! make low prices too. The usual price is the median of what other sellers ask in the same currency; who they are is the
//! caller's business.

use serde_json::json;

use super::rounded;
use crate::domain::assessment::{Comparison, Evidence};
use crate::domain::money::Money;
use crate::matching::weights::{along, price as weights};

/// Compares what is asked with what others ask, one price a seller. Nothing when too few ask anything in the same currency, or
/// when what is asked is a price in name only.
pub(in crate::matching) fn compare(asked: &Money, others: &[Money]) -> Option<Evidence> {
    let mut others: Vec<i64> = (others.iter())
        .filter(|other| other.currency == asked.currency && other.hundredths > 0)
        .map(|other| other.hundredths)
        .collect();
    others.sort_unstable();
    if others.len() < weights::SELLERS_MIN {
        return None;
    }
    let usual = i64::midpoint(others[(others.len() - 1) / 2], others[others.len() / 2]);
    let ratio = asked.hundredths as f64 / usual as f64;
    if ratio < weights::IN_NAME_ONLY {
        return None;
    }
    let weight = rounded(along(&weights::OF_USUAL, ratio));
    if weight == 0.0 {
        return None;
    }
    let outcome = if weight > 0.0 { "below the usual" } else { "usual" };
    let (least, most) = (others.first()?, others.last()?);
    Some(Evidence {
        comparison: Comparison::Price,
        outcome: outcome.to_owned(),
        log10_lr: Some(weight),
        says: format!(
            "asked for {} {}; {} other sellers of what reads like it ask {} to {}, half of them {} or more",
            whole(asked.hundredths),
            asked.currency,
            others.len(),
            whole(*least),
            whole(*most),
            whole(usual)
        ),
        detail: json!({
            "asked": asked.amount(),
            "usual": Money { hundredths: usual, currency: asked.currency.clone() }.amount(),
            "currency": asked.currency,
            "sellers": others.len(),
        }),
    })
}

/// An amount without hundredths, in groups of three digits.
fn whole(hundredths: i64) -> String {
    let digits = ((hundredths + 50) / 100).to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dkk(amount: i64) -> Money {
        Money {
            hundredths: amount * 100,
            currency: "DKK".to_owned(),
        }
    }

    fn others() -> Vec<Money> {
        [1200, 1500, 1800, 2000, 2100, 2500].map(dkk).to_vec()
    }

    #[test]
    fn prices() {
        // The usual price is 1,900.
        for (asked, expected) in [
            (400, Some(("below the usual", 0.3))),
            (950, Some(("below the usual", 0.1))),
            (1425, None),
            (1900, Some(("usual", -0.05))),
            (9000, Some(("usual", -0.05))),
            // An auction begins at a price in name only.
            (1, None),
            (0, None),
        ] {
            let found = compare(&dkk(asked), &others());
            let found = found.as_ref().map(|told| (told.outcome.as_str(), told.log10_lr.unwrap()));
            assert_eq!(found, expected, "{asked}");
        }
    }

    #[test]
    fn too_few_and_other_currencies_say_nothing() {
        assert_eq!(compare(&dkk(400), &others()[..4]), None);
        let euro = Money {
            currency: "EUR".to_owned(),
            ..dkk(400)
        };
        assert_eq!(compare(&euro, &others()), None);
        let mut given_away = others()[..4].to_vec();
        given_away.extend([dkk(0), dkk(0)]);
        assert_eq!(compare(&dkk(400), &given_away), None);
    }

    #[test]
    fn the_sentence_can_be_read_aloud() {
        let told = compare(&dkk(400), &others()).unwrap();
        let expected = "asked for 400 DKK; 6 other sellers of what reads like it ask 1,200 to 2,500, half of them 1,900 or more";
        assert_eq!(told.says, expected);
        assert_eq!(whole(12_345_678_900), "123,456,789");
    }

    proptest! {
        #[test]
        fn asking_less_never_speaks_against(asked in 100..100_000_i64, less in 0..100_000_i64, usual in 1_000..10_000_i64) {
            let weight = |asked: i64| compare(&dkk(asked), &vec![dkk(usual); 5]).map_or(0.0, |told| told.log10_lr.unwrap_or(9.0));
            let lower = (asked - less).max(usual / 10);
            prop_assert!(lower > asked || weight(lower) >= weight(asked));
            prop_assert!((-0.05..=0.3).contains(&weight(asked)));
        }
    }
}
