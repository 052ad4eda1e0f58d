//! Values written in groups: the tokens that fill a grammar's length, and values that no grammar bounds.
//!
//! Leaves to `continuation` whether the next group still belongs to a value, and to `distractor` what only looks like one.

use super::super::{Identifier, IdentifierKind, normalize};
use super::continuation::{Continuation, run};
use super::distractor::{is_amount, is_date, is_measure, is_year};
use super::token::{Token, Tokens};
use super::value::Value;

/// Most tokens that one value of a fixed length is written in.
const GROUPS_MAX: usize = 8;
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

/// A gap that can stand between the groups of one value: nothing, one dash or the like, or up to three spaces.
pub(super) fn is_joint(gap: &str) -> bool {
    let mut chars = gap.chars();
    match chars.next() {
        None => true,
        Some(c) if is_tight_joint(c) => chars.next().is_none(),
        Some(c) => is_space(c) && chars.clone().all(is_space) && chars.count() < 3,
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}')
}

pub(super) fn is_tight_joint(c: char) -> bool {
    matches!(c, '-' | '.' | '/' | '_' | '‐' | '‑' | '‒' | '–' | '—' | '−' | '·')
}

/// A value that no grammar bounds: as far as its groups belong together.
pub(super) fn generic(tokens: &Tokens<'_>, kind: IdentifierKind, first: usize, characters_min: usize) -> Option<Value> {
    let last = run(tokens, first, Continuation::Continues)?;
    let given = tokens.given(first, last);
    let identifier = normalize::parse(kind, given).ok()?;
    let normalised = &identifier.normalised;
    let digits = normalised.bytes().filter(u8::is_ascii_digit).count();
    let refused = normalised.chars().count() < characters_min
        || digits == 0
        || is_date(given)
        || is_year(normalised)
        || is_word_and_year(tokens, first, last)
        || (last == first && is_measure(tokens, first))
        || (digits == normalised.len() && digits < 8 && is_amount(tokens, last));
    (!refused).then_some(Value { first, last, identifier })
}

/// A word of one letter and a year: "Z 2017".
fn is_word_and_year(tokens: &Tokens<'_>, first: usize, last: usize) -> bool {
    let word = tokens.get(first).is_some_and(|token| token.digits == 0 && token.len() == 1);
    word && last == first + 1 && tokens.gap_before(last) == " " && is_year(tokens.word(last))
}
