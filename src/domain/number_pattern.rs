//! A number of which only a part can be read, or not surely: a fragment, with `?` for one character that cannot be read and `*` for
//! any, and what of the numbers that are known it can be.
//!
//! Owns the form of a pattern, which characters are taken for each other, and how near a number comes to it. Finding the candidates
//! is the store's, by the runs of three characters that every hit must share ([`NumberPattern::parts`]).

use std::cmp::Ordering;

/// Characters that can be read at least.
const READABLE_MIN: usize = 4;
/// Readable characters in a row at least: what is shared by every hit.
const RUN_MIN: usize = 3;
/// Characters at most.
const CHARACTERS_MAX: usize = 60;
/// From so many characters on, all of them readable, one slip is allowed: both halves are still long enough to be found by.
const SLIP_FROM: usize = 8;

/// One character of a pattern, folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// This one.
    Is(char),
    /// One that cannot be read.
    One,
    /// Any number of them.
    Any,
}

/// What is known of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPattern {
    /// As typed, without separators, in capitals.
    typed: String,
    signs: Vec<Sign>,
}

/// A text that is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberPatternError {
    /// It would fit nearly everything.
    #[error("give at least four characters that can be read, three of them in a row")]
    TooLittle,
    /// It is longer than any number.
    #[error("give at most 60 characters")]
    TooLong,
}

/// How a number fits, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NumberFit {
    /// It is what was typed.
    Whole,
    /// It has what was typed in it.
    Within,
    /// So it is when characters that look alike are taken for each other.
    LookAlike,
    /// So it is but for one character that is missing, too many or another.
    Slip,
}

impl NumberFit {
    /// In words, after the number.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Whole => "as typed",
            Self::Within => "fits what was typed",
            Self::LookAlike => "fits but for look-alike characters",
            Self::Slip => "fits but for one character",
        }
    }
}

/// A number in the form in which patterns are compared with it: capitals and digits, look-alikes taken for each other.
#[must_use]
pub fn folded(value: &str) -> String {
    plain(value).chars().map(fold).collect()
}

impl NumberPattern {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it says too little, or too much.
    pub fn parse(text: &str) -> Result<Self, NumberPatternError> {
        let typed: String = text
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, '?' | '*'))
            .flat_map(char::to_uppercase)
            .collect();
        if typed.chars().count() > CHARACTERS_MAX {
            return Err(NumberPatternError::TooLong);
        }
        let signs: Vec<Sign> = typed
            .chars()
            .map(|c| match c {
                '?' => Sign::One,
                '*' => Sign::Any,
                other => Sign::Is(fold(other)),
            })
            .collect();
        let pattern = Self { typed, signs };
        let runs = pattern.runs();
        let readable: usize = runs.iter().map(Vec::len).sum();
        let longest = runs.iter().map(Vec::len).max().unwrap_or(0);
        if readable < READABLE_MIN || longest < RUN_MIN {
            return Err(NumberPatternError::TooLittle);
        }
        Ok(pattern)
    }

    /// What a folded number must hold to fit: of one of these groups all runs of three characters. The first group is that of
    /// whatever fits without a slip.
    #[must_use]
    pub fn parts(&self) -> Vec<Vec<String>> {
        let threes = |run: &[char]| {
            run.windows(RUN_MIN)
                .map(|three| three.iter().collect())
                .collect::<Vec<String>>()
        };
        let runs = self.runs();
        let mut groups = vec![runs.iter().flat_map(|run| threes(run)).collect()];
        if self.allows_slip() {
            // One slip leaves one of the halves as it is.
            let (first, second) = runs[0].split_at(runs[0].len() / 2);
            groups.extend([threes(first), threes(second)]);
        }
        groups
    }

    /// How a number fits, if it does.
    #[must_use]
    pub fn fit(&self, value: &str) -> Option<NumberFit> {
        let value = plain(value);
        if self.has_signs() {
            let (plain, folded): (Vec<char>, Vec<char>) = value.chars().map(|c| (c, fold(c))).unzip();
            let unfolded: Vec<Sign> = self.typed.chars().map(sign).collect();
            return match () {
                () if within(&unfolded, &plain) => Some(NumberFit::Within),
                () if within(&self.signs, &folded) => Some(NumberFit::LookAlike),
                () => None,
            };
        }
        if value == self.typed {
            return Some(NumberFit::Whole);
        }
        if value.contains(&self.typed) {
            return Some(NumberFit::Within);
        }
        let (wanted, held): (String, String) = (folded(&self.typed), folded(&value));
        if held.contains(&wanted) {
            return Some(NumberFit::LookAlike);
        }
        let (wanted, held): (Vec<char>, Vec<char>) = (wanted.chars().collect(), held.chars().collect());
        (self.allows_slip() && slips(&wanted, &held) <= 1).then_some(NumberFit::Slip)
    }

    /// Whether two fits of numbers are in this order; of equals the shorter number first.
    #[must_use]
    pub fn order(a: (NumberFit, &str), b: (NumberFit, &str)) -> Ordering {
        a.0.cmp(&b.0).then(a.1.len().cmp(&b.1.len())).then(a.1.cmp(b.1))
    }

    fn has_signs(&self) -> bool {
        self.signs.iter().any(|sign| !matches!(sign, Sign::Is(_)))
    }

    fn allows_slip(&self) -> bool {
        !self.has_signs() && self.signs.len() >= SLIP_FROM
    }

    /// The readable characters in a row, folded.
    fn runs(&self) -> Vec<Vec<char>> {
        let runs = self.signs.split(|sign| !matches!(sign, Sign::Is(_)));
        let read = |run: &[Sign]| {
            run.iter()
                .filter_map(|sign| match sign {
                    Sign::Is(c) => Some(*c),
                    Sign::One | Sign::Any => None,
                })
                .collect()
        };
        runs.filter(|run| !run.is_empty()).map(read).collect()
    }
}

fn sign(c: char) -> Sign {
    match c {
        '?' => Sign::One,
        '*' => Sign::Any,
        other => Sign::Is(other),
    }
}

/// Letters and digits alone, in capitals.
fn plain(value: &str) -> String {
    value
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// One character for all that are taken for each other on a worn plate or a bad photo.
fn fold(c: char) -> char {
    match c {
        'O' | 'Q' | 'D' | '0' => '0',
        'I' | 'L' | 'J' | '1' => '1',
        'Z' | '2' => '2',
        'S' | '5' => '5',
        'G' | '6' => '6',
        'B' | '8' => '8',
        'A' | '4' => '4',
        'V' | 'U' | 'Y' => 'V',
        other => other,
    }
}

/// Whether a pattern fits somewhere in a value.
fn within(signs: &[Sign], value: &[char]) -> bool {
    (0..=value.len()).any(|start| begins(signs, &value[start..]))
}

/// Whether a value begins so. A run of any characters is tried with each length, the shortest first; it goes back to the last such
/// run alone, as that is enough.
fn begins(signs: &[Sign], value: &[char]) -> bool {
    let (mut at, mut sign, mut back) = (0, 0, None);
    loop {
        match signs.get(sign) {
            None => return true,
            Some(Sign::Any) => {
                back = Some((sign, at));
                sign += 1;
            }
            Some(wanted) if at < value.len() && (*wanted == Sign::One || *wanted == Sign::Is(value[at])) => {
                (at, sign) = (at + 1, sign + 1);
            }
            Some(_) => match back {
                Some((any, from)) if from < value.len() => {
                    back = Some((any, from + 1));
                    (at, sign) = (from + 1, any + 1);
                }
                _ => return false,
            },
        }
    }
}

/// The fewest edits (a character less, more or another) by which `wanted` is found somewhere in `held`: Sellers' variant of the
/// edit distance, whose first row is zero.
fn slips(wanted: &[char], held: &[char]) -> usize {
    let mut row: Vec<usize> = vec![0; held.len() + 1];
    for (i, c) in wanted.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, d) in held.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(c != d)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row.into_iter().min().unwrap_or(wanted.len())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fragments_unreadable_characters_and_slips_fit() {
        use NumberFit::{LookAlike, Slip, Whole, Within};
        for (typed, value, fit) in [
            ("WBK 123456 Z", "WBK123456Z", Some(Whole)),
            ("3456", "WBK123456Z", Some(Within)),
            ("wbk-1234", "WBK123456Z", Some(Within)),
            ("K123?56", "WBK123456Z", Some(Within)),
            ("WBK*56Z", "WBK123456Z", Some(Within)),
            ("WBK??56Z", "WBK123456Z", None),
            ("W8K123", "WBK123456Z", Some(LookAlike)),
            ("W8K*456", "WBK123456Z", Some(LookAlike)),
            ("WBK12345GZ", "WBK123456Z", Some(LookAlike)),
            ("WBK12345XZ", "WBK123456Z", Some(Slip)),
            ("WBK12346Z", "WBK123456Z", Some(Slip)),
            ("WBX123456Z", "WBK123456Z", Some(Slip)),
            ("WBX12346Z", "WBK123456Z", None),
            ("9999", "WBK123456Z", None),
            ("12345", "1234", None),
        ] {
            let pattern = NumberPattern::parse(typed).unwrap();
            assert_eq!(pattern.fit(value), fit, "{typed} in {value}");
        }
    }

    #[test]
    fn what_says_too_little_is_none() {
        for text in ["", "123", "1?2?3?4", "????", "12*34", "**1*", "æ"] {
            assert_eq!(NumberPattern::parse(text), Err(NumberPatternError::TooLittle), "{text:?}");
        }
        assert_eq!(NumberPattern::parse(&"1".repeat(61)), Err(NumberPatternError::TooLong));
        assert!(NumberPattern::parse("123?4").is_ok());
    }

    proptest! {
        /// Whatever fits is found by the parts by which candidates are sought.
        #[test]
        fn every_fit_holds_the_parts(value in "[A-Z0-9]{6,14}", start in 0_usize..3, cut in 0_usize..4, changed in 0_usize..14) {
            let mut typed: Vec<char> = value.chars().skip(start).collect();
            typed.truncate(typed.len() - cut.min(typed.len()));
            if let Some(c) = typed.get_mut(changed) {
                *c = 'X';
            }
            let typed: String = typed.into_iter().collect();
            if let Ok(pattern) = NumberPattern::parse(&typed)
                && pattern.fit(&value).is_some()
            {
                let held = folded(&value);
                let parts = pattern.parts();
                prop_assert!(parts.iter().any(|group| group.iter().all(|part| held.contains(part.as_str()))), "{typed} {held} {parts:?}");
            }
        }
    }
}
