//! What only looks like an identifier: prices, measures, years, dates, telephone numbers.

use super::token::Tokens;

const CURRENCIES: &str = "kr dkk sek nok eur euro euros usd gbp zl pln czk kc chf kroner kronor pund dollar dollars";
const UNITS: &str = "kr eur usd gb tb mb mhz ghz khz hz w kw v mah ah a cm mm m km kg g ml l stk pcs mp megapixel x zoll inch \
    in tommer gear gears speed watt volt ar jahre years p fps dpi rpm oz lb lbs ft ohm db bit bits nm cc ccm hk ps h t";

/// Whether a currency follows the token, or it is written like a price.
pub(super) fn is_amount(tokens: &Tokens<'_>, at: usize) -> bool {
    let gap = tokens.gap_after(at);
    if gap.starts_with(",-")
        || gap.trim_start().starts_with(['€', '$', '£', '%'])
        || tokens.gap_before(at).ends_with(['€', '$', '£'])
    {
        return true;
    }
    let adjacent = gap.len() <= 2 && gap.chars().all(|c| matches!(c, ' ' | '\u{a0}'));
    let follows = tokens.word(at + 1);
    let cents = matches!(gap, "," | ".") && tokens.get(at + 1).is_some_and(|next| next.only_digits() && next.len() == 2);
    let currency = |word: &str| CURRENCIES.split_whitespace().any(|currency| currency == word);
    (adjacent && currency(follows)) || (cents && currency(tokens.word(at + 2)))
}

/// A number with a unit glued on or after it (`500GB`, `26 tommer`).
pub(super) fn is_measure(tokens: &Tokens<'_>, at: usize) -> bool {
    let word = tokens.word(at);
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_unit = |unit: &str| UNITS.split_whitespace().any(|known| known == unit);
    if unit.len() < word.len() && !unit.is_empty() {
        // Five digits and one letter are a number.
        return is_unit(unit) && (unit.len() > 1 || word.len() <= 5);
    }
    unit.is_empty() && word.len() <= 4 && tokens.gap_after(at) == " " && is_unit(tokens.word(at + 1))
}

pub(super) fn is_year(normalised: &str) -> bool {
    normalised.len() == 4 && normalised.parse::<u16>().is_ok_and(|year| (1900..2040).contains(&year))
}

/// Day, month and year in either order.
pub(super) fn is_date(given: &str) -> bool {
    let parts: Vec<&str> = given.split(['.', '-', '/', ' ']).collect();
    let [first, second, third] = parts.as_slice() else {
        return false;
    };
    let number = |part: &str| part.parse::<u16>().ok();
    let (Some(first_number), Some(month), Some(third_number)) = (number(first), number(second), number(third)) else {
        return false;
    };
    let day_first = first.len() <= 2 && matches!(third.len(), 2 | 4) && (1..=31).contains(&first_number);
    let year_first = first.len() == 4 && third.len() <= 2 && (1..=31).contains(&third_number);
    let month_is_second = second.len() <= 2 && (1..=12).contains(&month);
    let american = second.len() <= 2 && (1..=31).contains(&month) && (1..=12).contains(&first_number) && third.len() == 4;
    ((day_first || year_first) && month_is_second) || american
}

/// Digits in groups from here on that together are as long as a telephone number.
pub(super) fn is_phone(tokens: &Tokens<'_>, first: usize) -> bool {
    let mut sum = 0;
    for at in first..first + 6 {
        let Some(token) = tokens.get(at).filter(|token| token.only_digits()) else {
            break;
        };
        if at > first && !matches!(tokens.gap_before(at), " " | "-" | "." | "/" | "\u{a0}") {
            break;
        }
        sum += token.len();
    }
    (8..=13).contains(&sum)
}
