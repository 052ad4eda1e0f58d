//! Identifiers in free text: announced by a word beside them, given away by their form, or neither (loose).
//!
//! Owns the walk over the text. Words are in `announce`, values after them in `value` and how far they reach in
//! `continuation`, unannounced ones in `bare`, loose ones in `loose`. Work is bounded for every token, whatever the text.

use super::{Identifier, IdentifierKind};

mod announce;
mod bare;
mod continuation;
mod distractor;
mod groups;
mod loose;
mod token;
mod value;

use announce::{Announcement, Subject};
use continuation::{Continuation, run};
pub use loose::rank;
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

/// Most loose values of one text.
pub const LOOSE_MAX: usize = 4;

/// What a text says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The identifiers that a word or their own form tells, in order, none overlapping another.
    pub identifiers: Vec<Extracted>,
    /// Values that might be a serial although nothing says so, at most [`LOOSE_MAX`], the most telling first: serials,
    /// [`super::Validity::Weak`], not announced. Most are model numbers. One may be the longer reading of an identifier,
    /// and then overlaps it. Good for finding the very same number; a different one means nothing.
    pub loose: Vec<Extracted>,
}

/// Every identifier in a text that a word or its own form tells, in order, none overlapping another.
#[must_use]
pub fn extract(text: &str) -> Vec<Extracted> {
    read(text).identifiers
}

/// The kind of identifier that a name of a column or a field announces, whatever stands before the announcement in it
/// (`IMEI 2`, `serial_number`, `device IMEI`). None where it announces the mark of an owner, who is a person, and where only a colon
/// would make an announcement of it: a column `Serie` need hold no serial.
#[must_use]
pub fn announced_by(name: &str) -> Option<IdentifierKind> {
    let name = name.replace('_', " ");
    let tokens = Tokens::new(&name);
    for at in 0..tokens.count() {
        let Some(announcement) = announce::read(&tokens, at) else {
            continue;
        };
        if announcement.subject == Subject::Other {
            continue;
        }
        let mut rest = announcement.next..tokens.count();
        let surely = !announcement.needs_mark || tokens.word(at).starts_with("serial") || tokens.word(at) == "sn";
        // "IMEI 2" is the second of two.
        if surely && rest.all(|at| tokens.get(at).is_some_and(|token| token.only_digits() && token.len() == 1)) {
            return announcement.subject.kind();
        }
    }
    None
}

/// Reads a text.
#[must_use]
pub fn read(text: &str) -> Reading {
    let tokens = Tokens::new(text);
    let mut walk = Walk::default();
    let mut at = 0;
    while at < tokens.count() {
        at = walk.step(&tokens, at);
    }
    Reading {
        loose: walk.loose(&tokens),
        identifiers: walk.found,
    }
}

/// The walk over a text from its beginning to its end.
#[derive(Default)]
struct Walk {
    found: Vec<Extracted>,
    /// Longer readings of announced values.
    longer: Vec<Value>,
    /// First token that no announced value covers.
    free: usize,
    /// Tokens, first and last, that are an identifier or announced as another number; in order.
    taken: Vec<(usize, usize)>,
}

impl Walk {
    /// Reads what begins at a token; returns the token after it.
    fn step(&mut self, tokens: &Tokens<'_>, at: usize) -> usize {
        let Some(announcement) = announce::read(tokens, at) else {
            let Some(value) = bare::at(tokens, at) else { return at + 1 };
            let next = value.last + 1;
            self.push(tokens, value, false);
            return next;
        };
        let announcement = merged(tokens, announcement);
        if announcement.subject == Subject::Other {
            return self.after_other(tokens, announcement);
        }
        if let Some(value) = value::announced(tokens, announcement) {
            if matches!(announcement.subject, Subject::Serial | Subject::Frame | Subject::Chassis) {
                self.longer.extend(loose::longer(tokens, &value));
            }
            self.free = self.push_list(tokens, announcement.subject, value);
            return self.free;
        }
        if let Some(value) = said_before(tokens, announcement.subject, at, self.free) {
            let start = tokens.get(value.first).map_or(0, |token| token.start);
            self.found.retain(|other| other.announced || other.end <= start);
            self.push(tokens, value, true);
        }
        announcement.next.max(at + 1)
    }

    fn push(&mut self, tokens: &Tokens<'_>, value: Value, announced: bool) {
        self.taken.push((value.first, value.last));
        self.found.push(extracted(tokens, value, announced));
    }

    /// Adds an announced value and those of the same shape that follow in a list; returns the token after the last.
    fn push_list(&mut self, tokens: &Tokens<'_>, subject: Subject, value: Value) -> usize {
        let shape = |value: &Value| -> Vec<bool> { value.identifier.normalised.chars().map(char::is_alphabetic).collect() };
        let wanted = shape(&value);
        let mut next = value.last + 1;
        self.push(tokens, value, true);
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
                    self.push(tokens, other, true);
                }
                None => return next,
            }
        }
    }

    /// The token after a number that is announced as something else.
    fn after_other(&mut self, tokens: &Tokens<'_>, announcement: Announcement) -> usize {
        let next = announcement.next;
        let close = tokens.gap_before(next).len() <= 4;
        let is_number = tokens.get(next).is_some_and(|token| token.digits > 0);
        if close && announce::read(tokens, next).is_none() {
            let last = run(tokens, next, Continuation::Continues).unwrap_or(next);
            self.taken.push((next, last));
            if is_number {
                return next + 1;
            }
        }
        next
    }

    /// The loose values among the tokens that nothing has taken, and the longer readings.
    fn loose(&mut self, tokens: &Tokens<'_>) -> Vec<Extracted> {
        let mut values = std::mem::take(&mut self.longer);
        self.taken.sort_unstable();
        let mut taken = self.taken.iter().peekable();
        let mut at = 0;
        while at < tokens.count() {
            while taken.next_if(|(_, last)| *last < at).is_some() {}
            if let Some((first, last)) = taken.peek()
                && *first <= at
            {
                at = last + 1;
                continue;
            }
            let before = taken.peek().map_or(usize::MAX, |(first, _)| *first);
            match loose::at(tokens, at).filter(|value| value.last < before) {
                Some(value) => {
                    at = value.last + 1;
                    values.push(value);
                }
                None => at += 1,
            }
        }
        values.sort_by_cached_key(|value| (rank(&value.identifier), value.first));
        let mut kept: Vec<Value> = Vec::new();
        for value in values {
            if kept.len() == LOOSE_MAX {
                break;
            }
            if kept
                .iter()
                .all(|other| other.identifier.normalised != value.identifier.normalised)
            {
                kept.push(value);
            }
        }
        kept.into_iter().map(|value| extracted(tokens, value, false)).collect()
    }
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

/// Reads `IMEI/SN` as one announcement of the first, and the serial of a frame as the frame's.
fn merged(tokens: &Tokens<'_>, announcement: Announcement) -> Announcement {
    if announcement.subject == Subject::Serial
        && let Some(next) = announce::of_frame(tokens, announcement.next)
    {
        return Announcement {
            subject: Subject::Frame,
            next,
            ..announcement
        };
    }
    // "Číslo rámu kola": the bicycle's, which says nothing new.
    if announcement.subject == Subject::Frame
        && let Some(next) = announce::of_frame(tokens, announcement.next)
    {
        return Announcement { next, ..announcement };
    }
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
