//! Running text as words and the gaps between them.
//!
//! Owns offsets in characters and bytes, and words in a plain form (lower case, no accents) for looking up. Tokens are
//! never longer than they stand in the text; a gap is whatever lies between two of them.

use std::cell::OnceCell;

use unicode_normalization::UnicodeNormalization;

use super::super::characters::canonical;
use super::announce;

/// A longest run of letters and digits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    /// Offsets in characters, end exclusive.
    pub(super) start: usize,
    pub(super) end: usize,
    from: usize,
    to: usize,
    plain_from: usize,
    plain_to: usize,
    pub(super) letters: usize,
    pub(super) digits: usize,
    pub(super) lower: usize,
}

impl Token {
    pub(super) fn len(&self) -> usize {
        self.letters + self.digits
    }
    pub(super) fn only_digits(&self) -> bool {
        self.letters == 0
    }
    pub(super) fn upper(&self) -> bool {
        self.lower == 0
    }

    /// Two tokens of one that is ASCII throughout: the first of so many letters, and the rest.
    fn cut(&self, letters: usize) -> [Self; 2] {
        let lower = self.lower.min(letters);
        let front = Self {
            end: self.start + letters,
            to: self.from + letters,
            plain_to: self.plain_from + letters,
            letters,
            digits: 0,
            lower,
            ..*self
        };
        let rest = Self {
            start: front.end,
            from: front.to,
            plain_from: front.plain_to,
            letters: self.letters - letters,
            lower: self.lower - lower,
            ..*self
        };
        [front, rest]
    }
}

/// A text cut into tokens.
pub(super) struct Tokens<'a> {
    text: &'a str,
    plain: String,
    all: Vec<Token>,
    /// What [`Self::says`] found, once it was asked.
    said: [OnceCell<bool>; SUBJECTS],
}

/// How many [`Subject`]s there are.
const SUBJECTS: usize = 2;

/// What a text can be about, as far as it decides how a bare number is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Bicycle,
    Apple,
}

impl Subject {
    /// Parts of words in plain form, any of which tells.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Bicycle => &[
                "cykel",
                "cykl",
                "bike",
                "bicycle",
                "fahrrad",
                "velo",
                "fiets",
                "rower",
                "bicicl",
                "jizdni kolo",
            ],
            Self::Apple => &[
                "apple", "macbook", "imac", "iphone", "ipad", "ipod", "airpods", "mac mini", "mac pro",
            ],
        }
    }
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut tokens = Self {
            text,
            plain: String::with_capacity(text.len()),
            all: Vec::with_capacity(text.len() / 6),
            said: Default::default(),
        };
        let mut open: Option<Token> = None;
        let mut position = 0;
        for (at, c) in text.char_indices() {
            let is_mark = ('\u{300}'..='\u{36f}').contains(&c);
            if c.is_alphanumeric() || c == '№' || (is_mark && open.is_some()) {
                let is_digit = c.is_numeric() && c != '№';
                if is_digit && open.is_some_and(|token| token.digits == 0 && tokens.announces(token)) {
                    tokens.close(&mut open, position, at);
                }
                let from = tokens.plain.len();
                let empty = Token {
                    start: position,
                    end: 0,
                    from: at,
                    to: 0,
                    plain_from: from,
                    plain_to: 0,
                    letters: 0,
                    digits: 0,
                    lower: 0,
                };
                let token = open.get_or_insert(empty);
                token.digits += usize::from(is_digit);
                token.letters += usize::from(!is_digit && !is_mark);
                token.lower += usize::from(c.is_lowercase());
                push_plain(&mut tokens.plain, c);
            } else {
                tokens.close(&mut open, position, at);
            }
            position += 1;
        }
        tokens.close(&mut open, position, text.len());
        tokens
    }

    fn close(&mut self, open: &mut Option<Token>, end: usize, to: usize) {
        let Some(token) = open.take() else { return };
        let token = Token {
            end,
            to,
            plain_to: self.plain.len(),
            ..token
        };
        match self.glued(&token) {
            Some(word) => {
                let [front, rest] = token.cut(word);
                self.all.extend([front, rest]);
            }
            None => self.all.push(token),
        }
        self.plain.push(' ');
    }

    /// How many characters of a finished token are a short announcing word that the value is glued to (`SN1L6257245Q`).
    fn glued(&self, token: &Token) -> Option<usize> {
        let word = self.plain.get(token.plain_from..token.plain_to)?;
        if !word.is_ascii() || word.len() != token.to - token.from {
            return None;
        }
        // "S/N1L6257245Q": the stroke has parted the word already.
        let stroke = self.all.last().is_some_and(|before| {
            self.text.get(before.to..token.from) == Some("/") && self.plain[before.plain_from..before.plain_to] == *"s"
        });
        announce::glued(word, stroke)
    }

    /// Whether an unfinished token is a long announcing word, so that digits glued to it are the value (`IMEI3541…`).
    fn announces(&self, token: Token) -> bool {
        let word = &self.plain[token.plain_from..];
        (4..=20).contains(&word.len()) && announce::announces_alone(word)
    }

    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Token> {
        self.all.get(at)
    }

    /// The token in lower case without accents; empty past the end.
    pub(super) fn word(&self, at: usize) -> &str {
        self.all
            .get(at)
            .map_or("", |token| &self.plain[token.plain_from..token.plain_to])
    }

    /// Whether the text is about this; read once, however many numbers ask.
    pub(super) fn says(&self, subject: Subject) -> bool {
        let read = || subject.words().iter().any(|word| self.plain.contains(word));
        *self.said[subject as usize].get_or_init(read)
    }

    /// What stands between the token and the one before; from the beginning for the first, to the end past the last.
    pub(super) fn gap_before(&self, at: usize) -> &'a str {
        let from = at
            .checked_sub(1)
            .and_then(|before| self.all.get(before))
            .map_or(0, |token| token.to);
        let to = self.all.get(at).map_or(self.text.len(), |token| token.from);
        self.text.get(from..to).unwrap_or("")
    }

    /// What stands after the token.
    pub(super) fn gap_after(&self, at: usize) -> &'a str {
        self.gap_before(at + 1)
    }

    /// The text from the first token to the last, both included.
    pub(super) fn given(&self, first: usize, last: usize) -> &'a str {
        match (self.all.get(first), self.all.get(last)) {
            (Some(first), Some(last)) => self.text.get(first.from..last.to).unwrap_or(""),
            _ => "",
        }
    }

    pub(super) fn canonical(&self, first: usize, last: usize) -> String {
        canonical(self.given(first, last))
    }
}

/// Appends a character in lower case without its accents.
fn push_plain(plain: &mut String, c: char) {
    if c.is_ascii() {
        plain.push(c.to_ascii_lowercase());
        return;
    }
    match c {
        'ø' | 'Ø' => plain.push('o'),
        'æ' | 'Æ' => plain.push_str("ae"),
        'ß' => plain.push_str("ss"),
        'ł' | 'Ł' => plain.push('l'),
        _ => {
            let base = c.to_lowercase().nfkd().filter(|part| part.is_alphanumeric());
            plain.extend(base.flat_map(char::to_lowercase));
        }
    }
}
