//! Whether the next group still belongs to a value whose length nothing fixes.
//!
//! People write a long number in groups ("1L62 57245Q") and go on with prices, years, quantities and model names, without a
//! comma. Owns telling these apart by the shapes of the groups. Decides nothing about what the whole is.

use super::announce;
use super::distractor::{is_amount, is_measure, is_phone, is_year};
use super::groups::{is_joint, is_tight_joint};
use super::token::{Token, Tokens};

/// How surely a group belongs to the value before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Continuation {
    Ends,
    /// It may as well be something else: the value without it is the better reading.
    Perhaps,
    Continues,
}
use Continuation::{Continues, Ends, Perhaps};

/// Most characters of a value that no grammar bounds.
const CHARACTERS_MAX: usize = 30;
/// A value of this many characters may well be whole.
const WHOLE: usize = 8;
/// Single group of this many characters may well be whole.
const GROUP_WHOLE: usize = 6;
/// Single characters in a row that are one value spelled out.
const SPELLED_MIN: usize = 6;
/// Words of one letter, in any of the languages.
const ONE_LETTER_WORDS: &str = "a e i o s u v w y z";

/// The last token of a run of groups from `first`, each of which continues it at least so surely.
pub(super) fn run(tokens: &Tokens<'_>, first: usize, surely: Continuation) -> Option<usize> {
    let mut so_far = SoFar::new(tokens.get(first)?);
    let mut last = first;
    let spelled = spelled(tokens, first);
    while let Some(next) = tokens.get(last + 1) {
        let surely_so = last < spelled || continuation(tokens, &so_far, last) >= surely;
        if so_far.length + next.len() > CHARACTERS_MAX || !surely_so {
            break;
        }
        so_far.add(next);
        last += 1;
    }
    Some(last)
}

/// What the token after `last` is to a value that ends there so far.
fn continuation(tokens: &Tokens<'_>, so_far: &SoFar, last: usize) -> Continuation {
    let Some(next) = tokens.get(last + 1) else { return Ends };
    let gap = tokens.gap_before(last + 1);
    if gap.is_empty() {
        return Continues;
    }
    if !is_joint(gap) || announce::read(tokens, last + 1).is_some() {
        return Ends;
    }
    if gap.starts_with(is_tight_joint) {
        return tight(so_far, next, gap);
    }
    // Among groups with letters "6749L" is a group, no volume.
    let group = so_far.letters > 0 && next.letters == 1 && next.digits > 0 && next.upper() && so_far.is_open();
    if is_amount(tokens, last + 1) || (is_quantity(tokens, last + 1) && !group) {
        return Ends;
    }
    if next.digits == 0 {
        return letters(tokens, so_far, last);
    }
    if !next.upper() {
        return small(so_far, next);
    }
    if is_year(tokens.word(last + 1)) && so_far.digits > 0 {
        return year(tokens, so_far, last);
    }
    if next.only_digits() {
        digits(tokens, so_far, last)
    } else {
        mixed(so_far, next, tokens.word(last + 1))
    }
}

/// The groups of a value so far.
struct SoFar {
    groups: usize,
    length: usize,
    letters: usize,
    digits: usize,
    lower: usize,
    shortest: usize,
    longest: usize,
}

impl SoFar {
    fn new(first: &Token) -> Self {
        Self {
            groups: 1,
            length: first.len(),
            letters: first.letters,
            digits: first.digits,
            lower: first.lower,
            shortest: first.len(),
            longest: first.len(),
        }
    }

    fn add(&mut self, token: &Token) {
        self.groups += 1;
        self.length += token.len();
        self.letters += token.letters;
        self.digits += token.digits;
        self.lower += token.lower;
        self.shortest = self.shortest.min(token.len());
        self.longest = self.longest.max(token.len());
    }

    fn even(&self) -> bool {
        self.shortest == self.longest
    }

    /// Whether groups of one size, or short ones, lead to expect another.
    fn is_open(&self) -> bool {
        self.fragments() || (self.groups > 1 && self.even())
    }

    /// Whether the groups are too short to be a value that somebody merely went on after.
    fn fragments(&self) -> bool {
        self.length < GROUP_WHOLE || (self.groups > 1 && self.longest < GROUP_WHOLE && self.length < WHOLE)
    }
}

/// After a dash, a full stop or a stroke without spaces.
fn tight(so_far: &SoFar, next: &Token, gap: &str) -> Continuation {
    let dash = !gap.starts_with(['.', '/']);
    let letters_max = if dash { 5 } else { 2 };
    let ends_in_letters = next.upper() && next.len() <= letters_max && so_far.digits > 0;
    if next.digits > 0 || ends_in_letters { Continues } else { Ends }
}

/// Letters only: the beginning of a value ("AB 123456"), its end ("57245 Q"), or the next word.
fn letters(tokens: &Tokens<'_>, so_far: &SoFar, last: usize) -> Continuation {
    let Some(next) = tokens.get(last + 1) else { return Ends };
    if !next.upper() || so_far.digits == 0 || so_far.lower > 0 {
        return Ends;
    }
    let after = tokens.get(last + 2).filter(|_| is_joint(tokens.gap_before(last + 2)));
    let number_follows = after.is_some_and(|after| after.digits > 0 && after.upper())
        && !is_amount(tokens, last + 2)
        && !is_quantity(tokens, last + 2);
    let word_follows = after.is_some_and(|after| after.digits == 0 && after.letters > 1);
    let is_word = ONE_LETTER_WORDS.split_whitespace().any(|word| word == tokens.word(last + 1));
    match next.len() {
        1 if number_follows && so_far.length < WHOLE => Continues,
        1 if (word_follows && is_word) || number_follows => Perhaps,
        1 => Continues,
        2 if number_follows && so_far.length < 5 => Continues,
        2..=4 if so_far.length < WHOLE && !word_follows => Perhaps,
        _ => Ends,
    }
}

/// Small letters and digits: only after a value that is typed so itself.
fn small(so_far: &SoFar, next: &Token) -> Continuation {
    let dense = next.len() >= 3 && next.digits >= 2 && next.letters <= 3;
    match (so_far.lower > 0 && so_far.digits > 0 && dense, so_far.length < GROUP_WHOLE) {
        (true, true) => Continues,
        (true, false) if so_far.length < WHOLE => Perhaps,
        _ => Ends,
    }
}

/// A group that is a year unless it stands among groups of its size.
fn year(tokens: &Tokens<'_>, so_far: &SoFar, last: usize) -> Continuation {
    let among = so_far.even() && so_far.longest == 4 && so_far.letters > 0;
    let after = tokens.get(last + 2).filter(|_| is_joint(tokens.gap_before(last + 2)));
    if among && after.is_some_and(|after| after.len() == 4 && after.digits > 0 && after.upper()) {
        Continues
    } else if so_far.letters > 0 && so_far.length < WHOLE {
        Perhaps
    } else {
        Ends
    }
}

fn digits(tokens: &Tokens<'_>, so_far: &SoFar, last: usize) -> Continuation {
    let Some(next) = tokens.get(last + 1) else { return Ends };
    // Letters that begin a value.
    if so_far.digits == 0 {
        return if so_far.lower == 0 && so_far.length <= 4 {
            Continues
        } else {
            Ends
        };
    }
    let even = so_far.even() && so_far.longest == next.len() && next.len() <= 6;
    if !even && is_phone(tokens, last + 1) {
        return Ends;
    }
    if so_far.letters == 0 {
        let small = so_far.longest < GROUP_WHOLE && next.len() < GROUP_WHOLE;
        return if small && (even || so_far.length < WHOLE) {
            Continues
        } else {
            Ends
        };
    }
    if (even && so_far.longest >= 3) || so_far.fragments() {
        return Continues;
    }
    rest(so_far, next)
}

fn mixed(so_far: &SoFar, next: &Token, word: &str) -> Continuation {
    if so_far.digits == 0 {
        return if so_far.lower == 0 && so_far.length <= 4 {
            Continues
        } else {
            Ends
        };
    }
    if so_far.even() && (3..=6).contains(&so_far.longest) && next.len() == so_far.longest && so_far.letters > 0 {
        return Continues;
    }
    if so_far.fragments() {
        return Continues;
    }
    // Model names begin with a letter far oftener than with a digit.
    let digit_first = word.starts_with(|c: char| c.is_ascii_digit());
    if so_far.length < WHOLE && digit_first && next.len() >= 3 && so_far.letters > 0 {
        return Continues;
    }
    rest(so_far, next)
}

/// A shorter last group after even ones, or anything after what may be whole.
fn rest(so_far: &SoFar, next: &Token) -> Continuation {
    let remainder = so_far.groups > 1 && so_far.even() && so_far.longest >= 3 && next.len() < so_far.longest;
    if remainder {
        Continues
    } else if so_far.length <= 2 * WHOLE && so_far.groups < 5 {
        Perhaps
    } else {
        Ends
    }
}

/// A count or a measure: "12 mdr", "3 gear", "500GB". A lone capital after a number is part of a number.
fn is_quantity(tokens: &Tokens<'_>, at: usize) -> bool {
    let Some(token) = tokens.get(at).filter(|token| token.digits > 0) else {
        return false;
    };
    let unit = tokens
        .get(at + 1)
        .filter(|_| is_joint(tokens.gap_after(at)) && !tokens.gap_after(at).is_empty());
    let is_word = unit.is_some_and(|unit| unit.digits == 0 && unit.lower > 0 && unit.letters > 1);
    if token.only_digits() && token.len() <= 2 && is_word {
        return true;
    }
    let lone_capital = unit.is_some_and(|unit| unit.len() == 1 && unit.upper());
    is_measure(tokens, at) && !(token.only_digits() && lone_capital)
}

/// The last of a row of single characters, joined alike, that are one value spelled out; `first` when there is none.
fn spelled(tokens: &Tokens<'_>, first: usize) -> usize {
    let gap = tokens.gap_before(first + 1);
    let single = |at: usize| tokens.get(at).is_some_and(|token| token.len() == 1);
    if !single(first) || gap.is_empty() || !is_joint(gap) {
        return first;
    }
    let joined = |at: &usize| single(*at) && tokens.gap_before(*at) == gap;
    let count = (first + 1..first + CHARACTERS_MAX).take_while(joined).count();
    if count + 1 >= SPELLED_MIN { first + count } else { first }
}
