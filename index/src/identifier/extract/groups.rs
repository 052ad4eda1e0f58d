//! Values written in groups: which tokens belong together, and what only looks like a value (price, measure, date).

use super::super::{Identifier, IdentifierKind, normalize};
use super::token::{Token, Tokens};
use super::value::Value;

/// Most tokens that one value is written in.
const GROUPS_MAX: usize = 8;
const CURRENCIES: &str = "kr dkk sek nok eur euro euros usd gbp zl pln czk kc chf kroner kronor pund dollar dollars";
const UNITS: &str = "kr eur usd gb tb mb mhz ghz khz hz w kw v mah ah a cm mm m km kg g ml l stk pcs mp megapixel x zoll inch \
    in tommer gear gears speed watt volt ar jahre years p fps dpi rpm oz lb lbs ft ohm db bit bits nm cc ccm hk ps h t";

/// Tokens from `first` that fill one of the lengths exactly and parse; the earliest listed length wins.
pub(super) fn exact<E>(
    tokens: &Tokens<'_>,
    first: usize,
    lengths: &[usize],
    fits: impl Fn(&Token) -> bool,
    parse: impl Fn(&str) -> Result<Identifier, E>,
) -> Option<Value> {
    let value = |&length: &usize| {
        let last = reaching(tokens, first, length, &fits)?;
        let identifier = parse(tokens.given(first, last)).ok()?;
        Some(Value { first, last, identifier })
    };
    lengths.iter().find_map(value)
}

/// The last of the tokens from `first` that together have `length` letters and digits.
pub(super) fn reaching(tokens: &Tokens<'_>, first: usize, length: usize, fits: impl Fn(&Token) -> bool) -> Option<usize> {
    let mut sum = 0;
    for last in first..first + GROUPS_MAX {
        let token = tokens.get(last)?;
        if !fits(token) || (last > first && !is_joint(tokens.gap_before(last))) {
            return None;
        }
        sum += token.len();
        if sum >= length {
            return (sum == length).then_some(last);
        }
    }
    None
}

/// A gap of at most one character that can stand between the groups of one value.
pub(super) fn is_joint(gap: &str) -> bool {
    let mut chars = gap.chars();
    let joint = |c| matches!(c, ' ' | '\u{a0}' | '\u{202f}') || is_tight_joint(c);
    chars.next().is_none_or(joint) && chars.next().is_none()
}

fn is_tight_joint(c: char) -> bool {
    matches!(c, '-' | '.' | '/' | '_' | '‐' | '‑' | '‒' | '–' | '—' | '−' | '·')
}

/// A value that no grammar bounds: as far as its groups belong together.
pub(super) fn generic(tokens: &Tokens<'_>, kind: IdentifierKind, first: usize, characters_min: usize) -> Option<Value> {
    let mut last = first;
    let mut length = tokens.get(first)?.len();
    while last - first + 1 < GROUPS_MAX {
        let Some(next) = tokens.get(last + 1) else { break };
        length += next.len();
        if length > 30 || !belongs(tokens, first, last) {
            break;
        }
        last += 1;
    }
    let given = tokens.given(first, last);
    let identifier = normalize::parse(kind, given).ok()?;
    let normalised = &identifier.normalised;
    let digits = normalised.bytes().filter(u8::is_ascii_digit).count();
    let refused = normalised.chars().count() < characters_min
        || digits == 0
        || is_date(given)
        || is_year(normalised)
        || (last == first && is_measure(tokens, first))
        || (digits == normalised.len() && digits < 8 && is_amount(tokens, last));
    (!refused).then_some(Value { first, last, identifier })
}

/// Whether the token after `last` continues the value that began at `first`.
fn belongs(tokens: &Tokens<'_>, first: usize, last: usize) -> bool {
    let (Some(from), Some(current), Some(next)) = (tokens.get(first), tokens.get(last), tokens.get(last + 1)) else {
        return false;
    };
    let gap = tokens.gap_before(last + 1);
    if gap.is_empty() {
        return true;
    }
    if !is_joint(gap) {
        return false;
    }
    if gap.starts_with(is_tight_joint) {
        let dash = !gap.starts_with(['.', '/']);
        return next.digits > 0 || (dash && next.upper() && next.len() <= 5 && current.digits + from.digits > 0);
    }
    if is_amount(tokens, last + 1) {
        return false;
    }
    // Letters that begin a value ("AB 123456").
    if first == last && from.digits == 0 {
        return from.upper() && from.len() <= 4 && next.digits > 0;
    }
    let year = next.len() == 4 && matches!(&tokens.word(last + 1)[..2], "19" | "20") && last == first;
    if current.only_digits() && next.only_digits() {
        return current.len() == next.len() && next.len() <= 4 && !year;
    }
    // Groups of one size ("C02M X5XX FD57").
    let mixed = from.letters > 0 && from.digits > 0;
    current.len() == next.len() && (3..=6).contains(&next.len()) && mixed && from.upper() && next.upper() && !year
}

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
        return is_unit(unit);
    }
    unit.is_empty() && word.len() <= 4 && tokens.gap_after(at) == " " && is_unit(tokens.word(at + 1))
}

fn is_year(normalised: &str) -> bool {
    normalised.len() == 4 && normalised.parse::<u16>().is_ok_and(|year| (1900..2040).contains(&year))
}

/// Day, month and year in either order.
fn is_date(given: &str) -> bool {
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
