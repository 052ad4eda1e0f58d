//! The value after an announcement: where it begins, how far it reaches, and whether it can be one.
//!
//! Owns what each subject takes for a value. Which tokens belong together is in [`super::groups`].

use super::super::scheme::{bicycle, hull, vin};
use super::super::{Identifier, IdentifierKind, Scheme, Validity, normalize, placeholder};
use super::announce::{Announcement, Subject};
use super::distractor::{is_amount, is_measure};
use super::groups::{exact, generic, is_joint, is_tight_joint, reaching};
use super::token::{Token, Tokens};

const LINKS: &str = "is are er is ist lyder lautet star ar est es e je jest to on the den det das die der of af von auf pa med \
    mit with met avec con kod kode koden kodem code reads luidt zni brzmi num nummer number nr no also auch auf unter under above below bottom bund bunden fra from fremgar";
const PLACES: &str = "pa auf on of des der del du van von am an im in i under unter bag sul sulla al au na";
const MARKS: [char; 4] = [':', '#', '=', '：'];
const QUOTES: [char; 7] = ['"', '“', '”', '„', '»', '«', '\''];
const SAYS: &str = "er is ist lyder lautet luidt reads zni brzmi ar est es e je jest";

/// A value found: tokens from `first` to `last`.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) identifier: Identifier,
}

/// The value that an announcement announces.
pub(super) fn announced(tokens: &Tokens<'_>, announcement: Announcement) -> Option<Value> {
    let (first, marked) = begin(tokens, announcement)?;
    let value = at(tokens, announcement.subject, first)?;
    (!announcement.needs_mark || marked || is_telling(&value, announcement.subject)).then_some(value)
}

/// The value of a subject that begins at a token.
pub(super) fn at(tokens: &Tokens<'_>, subject: Subject, first: usize) -> Option<Value> {
    let token = tokens.get(first)?;
    if token.len() > 64 || tokens.gap_before(first).ends_with(['+', '€', '$', '£']) {
        return None;
    }
    match subject {
        Subject::Imei => imei(tokens, first),
        Subject::Vin => vehicle(tokens, first, true),
        Subject::Chassis => vehicle(tokens, first, false).or_else(|| generic(tokens, IdentifierKind::Serial, first, 4)),
        Subject::Frame => frame(tokens, first),
        Subject::Serial => serial(tokens, first),
        Subject::Owner => owner(tokens, first),
        Subject::Chip => exact(tokens, first, &[15], Token::only_digits, |given| {
            normalize::parse(IdentifierKind::Chip, given)
        }),
        Subject::Hull => hull_number(tokens, first),
        Subject::Boat => hull_number(tokens, first).or_else(|| generic(tokens, IdentifierKind::HullNumber, first, 4)),
        Subject::Plate => plate(tokens, first),
        Subject::Product => exact(tokens, first, &[14, 13, 12, 8], Token::only_digits, |given| {
            normalize::parse(IdentifierKind::ProductCode, given)
        }),
        Subject::GermanEin => german(tokens, first),
        Subject::Fnuci => exact(tokens, first, &[10], |_| true, normalize::parse_fnuci),
        Subject::Other => None,
    }
}

/// Whether a value needs no colon before it: its own form keeps ordinary words and numbers out.
fn is_telling(value: &Value, subject: Subject) -> bool {
    let normalised = &value.identifier.normalised;
    let digits = normalised.bytes().filter(u8::is_ascii_digit).count();
    match subject {
        Subject::Chip => true,
        Subject::Plate => normalised.len() >= 6 && digits >= 2 && digits < normalised.len(),
        Subject::Owner => normalised.len() >= 5 && (2..normalised.len()).contains(&digits),
        _ if value.identifier.given.contains(char::is_whitespace) => {
            normalised.len() >= 8 && (4..normalised.len()).contains(&digits)
        }
        _ => normalised.len() >= 7 && digits >= 4,
    }
}

/// The token where the value begins, past colons, brackets and linking words; and whether something marked it.
fn begin(tokens: &Tokens<'_>, announcement: Announcement) -> Option<(usize, bool)> {
    let mut at = announcement.next;
    let mut marked = false;
    let mut abbreviated = announcement.abbreviated;
    for _ in 0..6 {
        let gap = tokens.gap_before(at);
        let ends = gap.len() > 16 || gap.contains([';', '!', '?', ',']) || gap.matches('\n').count() > 1;
        if ends || (!abbreviated && gap.starts_with('.') && !gap.starts_with(".:") && !gap.contains("..")) {
            return None;
        }
        marked |= gap.contains(MARKS) || (announcement.subject == Subject::Owner && gap.contains(QUOTES));
        let token = tokens.get(at)?;
        let word = tokens.word(at);
        if gap.contains('(') && token.digits == 0 && !gap.contains(':') {
            at = (at + 1..at + 7).find(|&later| tokens.gap_before(later).contains(')'))?;
            marked |= tokens.gap_before(at).contains(MARKS);
            continue;
        }
        let is_place = PLACES.split_whitespace().any(|place| place == word);
        if let Some(later) = is_place.then(|| after_place(tokens, at)).flatten() {
            at = later;
            continue;
        }
        let ordinal = announcement.subject == Subject::Imei && token.len() == 1 && token.digits == 1;
        // A lone capital before a number begins the number, and so do capitals before a dash or after a colon.
        let number_follows = tokens.get(at + 1).is_some_and(|next| next.digits > 0);
        let dashed = token.upper() && tokens.gap_after(at).starts_with(is_tight_joint) && is_joint(tokens.gap_after(at));
        let initial = ((token.len() == 1 || marked) && token.upper() && number_follows) || (dashed && number_follows);
        if !ordinal && (initial || !is_link(word)) {
            return Some((at, marked));
        }
        marked |= says(word)
            || (announcement.subject == Subject::Owner && matches!(word, "med" | "mit" | "with" | "met" | "avec" | "con"));
        abbreviated = matches!(word, "nr" | "no" | "num") || ordinal;
        at += 1;
    }
    None
}

fn is_link(word: &str) -> bool {
    LINKS.split_whitespace().any(|link| link == word)
}

fn says(word: &str) -> bool {
    SAYS.split_whitespace().any(|says| says == word)
}

/// Skips where the number stands, when a colon or a verb follows: "on the bottom bracket:", "des Geräts ist".
fn after_place(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    for later in at + 1..at + 5 {
        let gap = tokens.gap_before(later);
        if gap.len() <= 4 && gap.contains(MARKS) {
            return Some(later);
        }
        if gap != " " || tokens.get(later).is_none_or(|token| token.digits > 0) {
            return None;
        }
        if later > at + 1 && says(tokens.word(later)) {
            return Some(later);
        }
    }
    None
}

fn imei(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let parse = |given: &str| normalize::parse(IdentifierKind::Imei, given);
    if let Some(found) = exact(tokens, first, &[15, 16, 14], Token::only_digits, parse) {
        return Some(found);
    }
    // A slip of the pen: still worth looking for, never kept.
    for length in [15, 16, 14, 13] {
        if let Some(last) = reaching(tokens, first, length, |token| token.digits > 0) {
            let canonical = tokens.canonical(first, last);
            let digits = canonical.bytes().filter(u8::is_ascii_digit).count();
            let alike = canonical
                .chars()
                .all(|c| super::super::characters::to_digit(c).is_ascii_digit());
            if digits >= 10 && alike && canonical.len() == length && !placeholder::is_run(&canonical) {
                return Some(refused(tokens, IdentifierKind::Imei, Scheme::Imei, first, last));
            }
        }
    }
    None
}

/// A value that is announced but violates its grammar.
fn refused(tokens: &Tokens<'_>, kind: IdentifierKind, scheme: Scheme, first: usize, last: usize) -> Value {
    let identifier = normalize::identifier(
        kind,
        scheme,
        tokens.given(first, last),
        tokens.canonical(first, last),
        Validity::No,
    );
    Value { first, last, identifier }
}

fn vehicle(tokens: &Tokens<'_>, first: usize, strict: bool) -> Option<Value> {
    let parse = |given: &str| normalize::parse(IdentifierKind::Vin, given);
    let written = |token: &Token| token.digits > 0 || token.upper();
    if let Some(found) = exact(tokens, first, &[17], written, parse) {
        let digits = found.identifier.normalised.bytes().filter(u8::is_ascii_digit).count();
        return (digits >= 3).then_some(found);
    }
    for length in [17, 16, 18] {
        let last = reaching(tokens, first, length, written);
        if let Some(last) = last.filter(|&last| length == 17 || (strict && last == first)) {
            let canonical = tokens.canonical(first, last);
            let digits = canonical.bytes().filter(u8::is_ascii_digit).count();
            if digits >= 5 && canonical.len() == length && !placeholder::is_run(&canonical) {
                return Some(refused(tokens, IdentifierKind::Vin, Scheme::Vin, first, last));
            }
        }
    }
    None
}

fn frame(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    vehicle(tokens, first, false)
        .filter(|value| value.identifier.valid != Validity::No)
        .or_else(|| danish(tokens, first))
        .or_else(|| german(tokens, first))
        .or_else(|| generic(tokens, IdentifierKind::FrameNumber, first, 4))
}

/// The longest Danish frame number that begins at a token.
pub(super) fn danish(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let begins_lower = !tokens.get(first)?.upper();
    let mut found = None;
    let mut length = 0;
    for last in first..first + 6 {
        let Some(token) = tokens.get(last) else { break };
        length += token.len();
        if length > 16 || (last > first && !is_joint(tokens.gap_before(last))) {
            break;
        }
        // A single small letter after a number in capitals is a word ("i god stand").
        let is_word = last > first && token.digits == 0 && !token.upper() && (!begins_lower || token.len() > 1);
        if is_word {
            break;
        }
        if bicycle::is_danish(&tokens.canonical(first, last)) {
            found = Some(last);
        }
    }
    let last = found?;
    let identifier = normalize::parse(IdentifierKind::FrameNumber, tokens.given(first, last)).ok()?;
    Some(Value { first, last, identifier })
}

fn german(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let parse = |given: &str| {
        let parsed = normalize::parse(IdentifierKind::FrameNumber, given).ok();
        parsed.filter(|found| found.scheme == Scheme::GermanEin).ok_or(())
    };
    exact(
        tokens,
        first,
        &[18, 17, 16, 15, 14, 13, 12],
        |token| token.digits > 0 || token.upper(),
        parse,
    )
}

fn hull_number(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let parse = |given: &str| {
        let parsed = normalize::parse(IdentifierKind::HullNumber, given).ok();
        parsed.filter(|found| hull::fits(&found.normalised)).ok_or(())
    };
    exact(tokens, first, &[14, 12], |_| true, parse)
}

fn serial(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let value = generic(tokens, IdentifierKind::Serial, first, 4)?;
    // A seventeen-character serial whose check digit is a vehicle's is the vehicle's.
    let normalised = &value.identifier.normalised;
    if vin::check_holds(normalised) && normalised.bytes().filter(u8::is_ascii_uppercase).count() >= 3 {
        let identifier = normalize::parse(IdentifierKind::Vin, &value.identifier.given).ok()?;
        return Some(Value { identifier, ..value });
    }
    Some(value)
}

fn owner(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let value = generic(tokens, IdentifierKind::OwnerNumber, first, 4)?;
    // A postcode and house number, or initials and a number, stand apart: "NR2 1TF 14".
    let mut last = value.last;
    while last < first + 3 {
        let part = |token: &Token| token.digits > 0 && token.upper() && token.len() <= 5;
        let next = tokens
            .get(last + 1)
            .filter(|token| part(token) && tokens.gap_before(last + 1) == " ");
        let year = next.is_some_and(|next| next.only_digits() && next.len() == 4);
        if next.is_none() || year || is_amount(tokens, last + 1) || is_measure(tokens, last + 1) {
            break;
        }
        last += 1;
    }
    let identifier = normalize::parse(IdentifierKind::OwnerNumber, tokens.given(first, last)).ok();
    Some(identifier.map_or(value, |identifier| Value { first, last, identifier }))
}

fn plate(tokens: &Tokens<'_>, first: usize) -> Option<Value> {
    let mut last = None;
    let (mut letters, mut digits) = (0, 0);
    for at in first..first + 4 {
        let Some(token) = tokens.get(at) else { break };
        letters += token.letters;
        digits += token.digits;
        let joined = at == first || is_joint(tokens.gap_before(at));
        // In small letters only as one word: "kj88xvr".
        let capitals = token.upper() || (at == first && token.letters == token.lower && token.digits > 0);
        if !joined || !capitals || letters > 5 || digits > 6 || letters + digits > 8 || is_amount(tokens, at) {
            break;
        }
        if letters > 0 && digits > 0 && letters + digits >= 4 {
            last = Some(at);
        }
    }
    let last = last?;
    let identifier = normalize::parse(IdentifierKind::Plate, tokens.given(first, last)).ok()?;
    Some(Value { first, last, identifier })
}
