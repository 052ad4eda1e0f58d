//! Values that neither a word nor their form tells: long mixtures of letters and digits that might be a serial.
//!
//! A registered serial often stands in a listing without a word beside it, or in groups that could be read otherwise. Such a
//! value is good for finding the very same number and for nothing else; most of them are model numbers. Owns what is dense
//! enough to be worth keeping, and which are the most telling. Leaves to the caller what agrees with them.

use super::super::{Identifier, IdentifierKind, Scheme, Validity, normalize};
use super::continuation::{Continuation, run};
use super::distractor::{is_amount, is_measure};
use super::groups::is_tight_joint;
use super::token::Tokens;
use super::value::Value;

/// Fewest characters, and digits among them.
const CHARACTERS_MIN: usize = 8;
const DIGITS_MIN: usize = 4;
const CHARACTERS_MAX: usize = 24;
/// Longest group of letters alone in a value written with spaces; longer ones are words and brands.
const WORD_MAX: usize = 2;

/// The value that begins at a token, as far as its groups belong together.
pub(super) fn at(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let token = tokens.get(first)?;
    if is_inside(tokens.gap_before(first)) || (token.digits == 0 && (!token.upper() || token.len() > 4)) {
        return None;
    }
    let last = run(tokens, first, Continuation::Continues)?;
    let spaced = (first + 1..=last).any(|at| tokens.gap_before(at).starts_with(char::is_whitespace));
    if !spaced {
        return value(tokens, first, last);
    }
    // A number in groups, or a number and something else.
    let group = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| token.upper() && (token.digits > 0 || token.len() <= WORD_MAX))
    };
    let joined = (first..=last).all(group).then(|| value(tokens, first, last)).flatten();
    joined.or_else(|| tight(tokens, first))
}

/// The longer reading of an announced value: with the groups after it that may or may not belong to it, or with the word
/// that is glued to its front.
pub(super) fn longer(tokens: &Tokens<'_>, announced: &Value) -> Option<Value> {
    let glued = announced.first > 0 && tokens.gap_before(announced.first).is_empty() && tokens.word(announced.first - 1) != "n";
    let first = announced.first - usize::from(glued);
    let last = run(tokens, announced.first, Continuation::Perhaps)?.max(announced.last);
    (first < announced.first || last > announced.last)
        .then(|| value(tokens, first, last))
        .flatten()
}

/// Sorts loose values, the most telling first: by how they are written, their length and their digits.
#[must_use]
pub fn rank(identifier: &Identifier) -> impl Ord + use<> {
    let given = &identifier.given;
    let digits = identifier.normalised.bytes().filter(u8::is_ascii_digit).count();
    let length = identifier.normalised.len();
    // Serials are printed in capitals; small letters are a model's name more often.
    let capitals = !given.chars().any(char::is_lowercase);
    (std::cmp::Reverse(capitals), std::cmp::Reverse(2 * length + digits))
}

/// The value of one written word: groups joined by dashes and the like.
fn tight(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let joined = |at: &usize| tokens.get(*at).is_some() && tokens.gap_before(*at).chars().all(is_tight_joint);
    let last = (first + 1..first + 8).take_while(joined).last().unwrap_or(first);
    value(tokens, first, last)
}

fn value(tokens: &Tokens<'_>, first: usize, last: usize) -> Option<Value> {
    let given = tokens.given(first, last);
    if !given.is_ascii() || given.len() > 2 * CHARACTERS_MAX || ends_inside(tokens, last) {
        return None;
    }
    let identifier = normalize::parse(IdentifierKind::Serial, given).ok()?;
    let normalised = &identifier.normalised;
    let digits = normalised.bytes().filter(u8::is_ascii_digit).count();
    let dense = (CHARACTERS_MIN..=CHARACTERS_MAX).contains(&normalised.len()) && (DIGITS_MIN..normalised.len()).contains(&digits);
    let otherwise = is_amount(tokens, last) || (first == last && is_measure(tokens, first)) || is_size(normalised);
    (dense && !otherwise).then_some(Value {
        first,
        last,
        identifier: Identifier {
            scheme: Scheme::Generic,
            valid: Validity::Weak,
            ..identifier
        },
    })
}

/// Numbers multiplied: `1920x1080`, `210X95X80`.
fn is_size(normalised: &str) -> bool {
    let mut parts = normalised.split('X');
    normalised.contains('X') && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Part of an address, a file name or an amount.
fn is_inside(gap: &str) -> bool {
    gap.ends_with(['/', '=', '@', '_', '&', '+', '€', '$', '£', '%', '.', '\\', '-', '~', '#']) && !gap.ends_with(" #")
}

fn ends_inside(tokens: &Tokens<'_>, last: usize) -> bool {
    let gap = tokens.gap_after(last);
    let joined = tokens.get(last + 1).is_some() && matches!(gap, "." | "/" | "_" | "@" | "=" | "&" | "?");
    joined || gap.starts_with(['%', '€', '$', '£', '@', '_', '='])
}
