//! Values that no word announces: only those that their own form gives away.
//!
//! Owns how much form is enough. Precision first: listings are full of model numbers, prices and telephone numbers.

use super::super::scheme::{apple, bicycle, digits, hull, vin};
use super::super::{IdentifierKind, Validity, normalize};
use super::groups;
use super::token::{Subject, Token, Tokens};
use super::value::{self, Value};

/// The identifier that begins at a token by its form alone.
pub(super) fn at(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let token = tokens.get(first)?;
    if token.len() > 18 || is_inside(tokens, first) {
        return None;
    }
    if token.only_digits() {
        return imei(tokens, first);
    }
    let mut found = vehicle(tokens, first)
        .or_else(|| hull_number(tokens, first))
        .or_else(|| german(tokens, first))
        .or_else(|| apple_serial(tokens, first))
        .or_else(|| danish(tokens, first))?;
    if found.identifier.kind != IdentifierKind::Vin && found.identifier.valid == Validity::Yes {
        found.identifier.valid = Validity::Weak;
    }
    Some(found)
}

/// Whether the token is part of an address, a file name, an amount or an international telephone number.
fn is_inside(tokens: &Tokens<'_>, at: usize) -> bool {
    tokens
        .gap_before(at)
        .ends_with(['/', '=', '@', '_', '&', '+', '€', '$', '£', '%', '-', '.', '\\'])
}

fn ends_inside(tokens: &Tokens<'_>, last: usize) -> bool {
    let gap = tokens.gap_after(last);
    let joined = tokens.get(last + 1).is_some() && matches!(gap, "-" | "." | "/" | "_" | "@" | "=" | "");
    joined || gap.starts_with(['%', '€', '$', '£', '@', '_', '='])
}

fn imei(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let token = tokens.get(first)?;
    let parse = |given: &str| normalize::parse(IdentifierKind::Imei, given);
    let found = match token.len() {
        15 => groups::exact(tokens, first, &[15], Token::only_digits, parse),
        2 | 6 | 8 => {
            groups::exact(tokens, first, &[15, 16, 14], Token::only_digits, parse).filter(|found| is_grouped(tokens, found))
        }
        _ => None,
    }?;
    // Reporting bodies that give out type codes; a telephone or account number rarely begins so and satisfies Luhn.
    let body = &found.identifier.normalised[..2];
    let known = matches!(
        body,
        "01" | "10" | "30" | "33" | "35" | "44" | "45" | "49" | "86" | "91" | "98" | "99"
    ) || ("50"..="54").contains(&body)
        || digits::luhn_holds(&found.identifier.normalised) && !body.starts_with('0');
    (known && !ends_inside(tokens, found.last)).then_some(found)
}

/// Written in the groups that only IMEIs have.
fn is_grouped(tokens: &Tokens<'_>, found: &Value) -> bool {
    let sizes: Vec<usize> = (found.first..=found.last)
        .filter_map(|at| tokens.get(at))
        .map(Token::len)
        .collect();
    let dashed = (found.first + 1..=found.last).all(|at| !tokens.gap_before(at).starts_with(' '));
    match sizes.as_slice() {
        [2, 6, 6, 1] | [6, 2, 6, 1] | [8, 6, 1] => true,
        [2, 6, 6] | [6, 2, 6] | [2, 6, 6, 2] | [6, 2, 6, 2] => dashed,
        _ => false,
    }
}

fn vehicle(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let written = |token: &Token| token.upper();
    let parse = |given: &str| normalize::parse(IdentifierKind::Vin, given);
    let single = tokens.get(first)?.len() == 17;
    let found = if single {
        groups::exact(tokens, first, &[17], |_| true, parse)?
    } else if tokens.get(first)?.len() == 3 {
        groups::exact(tokens, first, &[17], written, parse)?
    } else {
        return None;
    };
    let normalised = &found.identifier.normalised;
    let letters = normalised.bytes().filter(u8::is_ascii_uppercase).count();
    let number = normalised.as_bytes()[13..].iter().all(u8::is_ascii_digit);
    let shaped = letters >= 3 && number && normalised.as_bytes()[..3].iter().any(u8::is_ascii_uppercase);
    let grouped = tokens.get(first + 1).is_some_and(|second| second.len() == 6) && found.last == first + 2;
    let confirmed = vin::check_holds(normalised) && letters >= 2;
    let plausible = letters >= 4 && (single || grouped) && tokens.get(first).is_some_and(Token::upper);
    (shaped && (confirmed || plausible) && !ends_inside(tokens, found.last)).then_some(found)
}

fn hull_number(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let parse = |given: &str| normalize::parse(IdentifierKind::HullNumber, given);
    let found = groups::exact(tokens, first, &[14], Token::upper, parse)?;
    // Written as one word, or in the standard's own groups.
    let groups = found.last - found.first;
    let standard = groups == 3 && (first + 1..=found.last).all(|at| tokens.gap_before(at) == "-");
    let letters = found.identifier.normalised.bytes().filter(u8::is_ascii_uppercase).count();
    let fits = hull::fits(&found.identifier.normalised) && letters >= 5;
    (fits && (groups == 0 || standard) && !ends_inside(tokens, found.last)).then_some(found)
}

fn german(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let token = tokens.get(first)?;
    if !(12..=18).contains(&token.len()) || !token.upper() || !bicycle::is_german(&tokens.canonical(first, first)) {
        return None;
    }
    let identifier = normalize::parse(IdentifierKind::FrameNumber, tokens.given(first, first)).ok()?;
    (!ends_inside(tokens, first)).then_some(Value {
        first,
        last: first,
        identifier,
    })
}

fn apple_serial(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let token = tokens.get(first)?;
    if token.len() != 12 || !token.upper() || !apple::fits(&tokens.canonical(first, first)) || !tokens.says(Subject::Apple) {
        return None;
    }
    let identifier = normalize::parse(IdentifierKind::Serial, tokens.given(first, first)).ok()?;
    (!ends_inside(tokens, first)).then_some(Value {
        first,
        last: first,
        identifier,
    })
}

/// Every seventh listing of electronics has a model number that fits the bare grammar. Among bicycles it is a frame
/// number; elsewhere only the imported makers' form, with letters and digits enough, is taken for one.
fn danish(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let token = tokens.get(first)?;
    if token.digits == 0 && !(token.upper() && token.len() <= 4) {
        return None;
    }
    let found = value::danish(tokens, first)?;
    let normalised = &found.identifier.normalised;
    let digits = normalised.bytes().filter(u8::is_ascii_digit).count();
    let letters = normalised.len() - digits - 1;
    let upper = (found.first..=found.last).all(|at| tokens.get(at).is_some_and(Token::upper));
    let telling = upper && letters >= 3 && digits >= 4 && normalised.starts_with('W');
    let among_bicycles = || letters >= 2 && digits >= 3 && (upper || found.first == found.last) && tokens.says(Subject::Bicycle);
    ((telling || among_bicycles()) && !ends_inside(tokens, found.last)).then_some(found)
}
