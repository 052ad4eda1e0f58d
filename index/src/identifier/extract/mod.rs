//! Identifiers in free text: announced by a word beside them, or given away by their form.
//!
//! Owns the walk over the text. Words are in `announce`, values after them in `value`, unannounced ones in `bare`.
//! One pass; work is bounded for every token, whatever the text.

use super::Identifier;

mod announce;
mod bare;
mod groups;
mod token;
mod value;

use announce::{Announcement, Subject};
use token::Tokens;
use value::Value;

/// An identifier that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extracted {
    /// The identifier; `given` is the text from `start` to `end`. [`super::Validity::No`] marks a value that is announced
    /// as its kind but violates the grammar or check digit: a slip of whoever wrote it. It is good for a near search and
    /// for nothing else.
    pub identifier: Identifier,
    /// Where it begins, in characters (Unicode scalar values).
    pub start: usize,
    /// Where it ends, exclusive, in characters.
    pub end: usize,
    /// Whether a word beside it says what it is.
    pub announced: bool,
}

/// Every identifier in a text, in order, none overlapping another.
#[must_use]
pub fn extract(text: &str) -> Vec<Extracted> {
    let tokens = Tokens::new(text);
    let mut found: Vec<Extracted> = Vec::new();
    // First token that no announced value covers.
    let mut free = 0;
    let mut at = 0;
    while at < tokens.count() {
        let Some(announcement) = announce::read(&tokens, at) else {
            at = match bare::at(&tokens, at) {
                Some(value) => {
                    let next = value.last + 1;
                    found.push(extracted(&tokens, value, false));
                    next
                }
                None => at + 1,
            };
            continue;
        };
        let announcement = merged(&tokens, announcement);
        if announcement.subject == Subject::Other {
            at = after_other(&tokens, announcement);
            continue;
        }
        if let Some(value) = value::announced(&tokens, announcement) {
            at = push_list(&tokens, announcement.subject, value, &mut found);
            free = at;
            continue;
        }
        if let Some(value) = said_before(&tokens, announcement.subject, at, free) {
            let value = extracted(&tokens, value, true);
            found.retain(|other| other.announced || other.end <= value.start);
            found.push(value);
        }
        at = announcement.next.max(at + 1);
    }
    found
}

fn extracted(tokens: &Tokens<'_>, value: Value, announced: bool) -> Extracted {
    let start = tokens.get(value.first).map_or(0, |token| token.start);
    let end = tokens.get(value.last).map_or(0, |token| token.end);
    Extracted {
        identifier: value.identifier,
        start,
        end,
        announced,
    }
}

/// Reads `IMEI/SN` as one announcement of the first.
fn merged(tokens: &Tokens<'_>, announcement: Announcement) -> Announcement {
    match announce::read(tokens, announcement.next) {
        Some(second) if announcement.subject == Subject::Imei && tokens.gap_before(announcement.next).trim() == "/" => {
            Announcement {
                subject: Subject::Imei,
                ..second
            }
        }
        _ => announcement,
    }
}

/// The token after a number that is announced as something else.
fn after_other(tokens: &Tokens<'_>, announcement: Announcement) -> usize {
    let next = announcement.next;
    let close = tokens.gap_before(next).len() <= 4;
    let is_number = tokens.get(next).is_some_and(|token| token.digits > 0);
    if close && is_number && announce::read(tokens, next).is_none() {
        next + 1
    } else {
        next
    }
}

/// Adds an announced value and those of the same shape that follow in a list; returns the token after the last.
fn push_list(tokens: &Tokens<'_>, subject: Subject, value: Value, found: &mut Vec<Extracted>) -> usize {
    let shape = |value: &Value| -> Vec<bool> { value.identifier.normalised.chars().map(char::is_alphabetic).collect() };
    let wanted = shape(&value);
    let mut next = value.last + 1;
    found.push(extracted(tokens, value, true));
    loop {
        let listed = matches!(tokens.gap_before(next).trim(), "," | "/" | "&" | "+" | ";");
        let and = matches!(
            tokens.word(next),
            "og" | "and" | "und" | "och" | "en" | "et" | "y" | "e" | "i" | "a" | "samt"
        );
        let first = if listed { next } else { next + 1 };
        if wanted.len() < 5 || !(listed || (and && tokens.gap_before(next) == " ")) {
            return next;
        }
        match value::at(tokens, subject, first).filter(|other| shape(other) == wanted) {
            Some(other) => {
                next = other.last + 1;
                found.push(extracted(tokens, other, true));
            }
            None => return next,
        }
    }
}

/// The value that ends right before an announcement in brackets or after "is": `WBK123456Z (stelnummer)`.
fn said_before(tokens: &Tokens<'_>, subject: Subject, at: usize, free: usize) -> Option<Value> {
    // "The serial 4711 is engraved" says where it stands, not whose it is.
    if subject == Subject::Owner {
        return None;
    }
    let article = |word: &str| {
        matches!(
            word,
            "the" | "my" | "das" | "die" | "der" | "mit" | "cyklens" | "its" | "bikes"
        )
    };
    let says = |word: &str| matches!(word, "er" | "is" | "ist");
    let mut before = at.checked_sub(1)?;
    if !tokens.gap_before(at).contains('(') {
        if article(tokens.word(before)) {
            before = before.checked_sub(1)?;
        }
        if !says(tokens.word(before)) {
            return None;
        }
        before = before.checked_sub(1)?;
    }
    let earliest = free.max(before.saturating_sub(4));
    (earliest..=before).find_map(|first| {
        let has_digit = tokens.get(first).is_some_and(|token| token.digits > 0 || token.upper());
        value::at(tokens, subject, first)
            .filter(|value| has_digit && value.last == before && value.identifier.normalised.len() > 4)
    })
}

#[cfg(test)]
mod tests;
