//! From a value that somebody gave as an identifier to its three forms, or to what is wrong with it.
//!
//! Owns which grammar is tried for which kind, and the errors, which are written for the person who typed the value.
//! Leaves the grammars to `scheme`, finding values in running text to [`mod@super::extract`].

use super::characters::{canonical, classes};
use super::scheme::{apple, bicycle, digits, hull, vin};
use super::{Identifier, IdentifierKind, Scheme, Validity, placeholder};

/// Longest value that is accepted, in characters as given.
pub const GIVEN_CHARACTERS_MAX: usize = 64;
/// NCIC's limit for numbers that owners apply.
const OWNER_CHARACTERS_MAX: usize = 20;
const SERIAL_CHARACTERS_MIN: usize = 3;
const PLATE_CHARACTERS_MAX: usize = 12;

/// Why a value is no identifier of the kind it was given as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// Nothing, or separators only.
    #[error("no letter and no digit in it")]
    Empty,
    /// A word for "none", one character repeated, or counting.
    #[error("stands for a missing number; leave it empty instead")]
    Placeholder,
    /// Longer than anything of this kind.
    #[error("{found} characters, but at most {max} are possible")]
    TooLong {
        /// Characters allowed.
        max: usize,
        /// Characters given.
        found: usize,
    },
    /// Too short to name one object.
    #[error("{found} characters, but at least {min} are needed")]
    TooShort {
        /// Characters needed.
        min: usize,
        /// Characters given.
        found: usize,
    },
    /// The kind has fixed lengths and this is none of them.
    #[error("{found} characters, but it must be {expected}")]
    Length {
        /// The lengths that exist, in words.
        expected: &'static str,
        /// Letters and digits given.
        found: usize,
    },
    /// The check digit does not fit the rest.
    #[error("the check digit does not fit: one of the characters is wrong")]
    CheckDigit,
    /// A character that this kind never uses.
    #[error("'{0}' does not occur in such a number")]
    ForbiddenCharacter(char),
    /// Letters only, where at least one digit is needed.
    #[error("letters only; at least one digit is needed")]
    LettersOnly,
    /// Right characters, but not the form of this grammar.
    #[error("does not have the form of such a number")]
    Form,
}

/// Reads a value that was given as an identifier of `kind`. The result is never [`Validity::No`].
pub fn parse(kind: IdentifierKind, given: &str) -> Result<Identifier, IdentifierError> {
    let (given, canonical) = prepared(kind, given)?;
    let (scheme, valid) = match kind {
        IdentifierKind::Imei => (Scheme::Imei, imei(&canonical)?),
        IdentifierKind::Vin => (Scheme::Vin, vehicle(&canonical)?),
        IdentifierKind::FrameNumber => frame(&canonical)?,
        IdentifierKind::HullNumber => hull_number(&canonical)?,
        IdentifierKind::Chip => chip(&canonical)?,
        IdentifierKind::Serial => serial(&canonical)?,
        IdentifierKind::OwnerNumber => (Scheme::Generic, owner(&canonical)?),
        IdentifierKind::Plate => (Scheme::Generic, plate(&canonical)?),
        IdentifierKind::ProductCode => (Scheme::Gtin, product_code(&canonical)?),
    };
    Ok(identifier(kind, scheme, given, canonical, valid))
}

/// Reads a French bicycle id, which nothing but its name distinguishes from other ten characters.
pub fn parse_fnuci(given: &str) -> Result<Identifier, IdentifierError> {
    let (given, canonical) = prepared(IdentifierKind::FrameNumber, given)?;
    if canonical.len() != 10 {
        return Err(IdentifierError::Length {
            expected: "10",
            found: canonical.chars().count(),
        });
    }
    ascii(&canonical)?;
    // As of any frame number: ten letters after the word are the next two words of the sentence.
    some_digit(&canonical)?;
    Ok(identifier(
        IdentifierKind::FrameNumber,
        Scheme::FrenchFnuci,
        given,
        canonical,
        Validity::Yes,
    ))
}

/// What a value without a kind most likely is; `None` when it is a placeholder or could be anything.
#[must_use]
pub fn guess(value: &str) -> Option<Identifier> {
    use IdentifierKind::{Chip, FrameNumber, HullNumber, Imei, ProductCode, Serial, Vin};
    let kinds = [Imei, Vin, Chip, ProductCode, HullNumber, FrameNumber, Serial];
    kinds
        .into_iter()
        .filter_map(|kind| parse(kind, value).ok())
        .find(|identifier| match identifier.kind {
            Imei => identifier.normalised.len() == 15 || looks_grouped(value),
            Chip => identifier.scheme == Scheme::Iso11784 && identifier.normalised.starts_with('9'),
            HullNumber => identifier.valid == Validity::Yes && !apple::fits(&identifier.normalised),
            FrameNumber => identifier.scheme != Scheme::Generic,
            _ => identifier.normalised.bytes().any(|byte| byte.is_ascii_digit()),
        })
}

/// Puts the three forms together. The canonical form is the normalised one but for product codes, which get 14 digits.
pub(super) fn identifier(kind: IdentifierKind, scheme: Scheme, given: &str, canonical: String, valid: Validity) -> Identifier {
    let normalised = if scheme == Scheme::Gtin {
        format!("{canonical:0>14}")
    } else {
        canonical
    };
    let folded = match (kind, scheme) {
        (_, Scheme::GermanEin) | (IdentifierKind::FrameNumber, Scheme::FrenchFnuci) => classes(&normalised),
        (IdentifierKind::FrameNumber, _) => bicycle::fold(&normalised),
        (IdentifierKind::HullNumber, _) => hull::fold(&normalised),
        _ => classes(&normalised),
    };
    Identifier {
        kind,
        scheme,
        given: given.to_owned(),
        normalised,
        folded,
        valid,
    }
}

/// 14 digits in the groups of an IMEI: type code, (assembly), serial.
fn looks_grouped(value: &str) -> bool {
    let groups: Vec<usize> = value.split(['-', ' ', '/', '.']).map(str::len).collect();
    matches!(
        groups.as_slice(),
        [2, 6, 6] | [6, 2, 6] | [8, 6] | [2, 6, 6, 2] | [6, 2, 6, 2]
    )
}

/// The given value trimmed and its canonical form, when it is not empty, too long or a placeholder.
fn prepared(kind: IdentifierKind, given: &str) -> Result<(&str, String), IdentifierError> {
    let given = given.trim();
    // Bounded before it is looked at: a value can be as long as its sender likes.
    let found = given.chars().take(10 * GIVEN_CHARACTERS_MAX).count();
    if found > GIVEN_CHARACTERS_MAX {
        return Err(IdentifierError::TooLong {
            max: GIVEN_CHARACTERS_MAX,
            found,
        });
    }
    let canonical = canonical(given);
    if canonical.is_empty() {
        return Err(if given.is_empty() || kind == IdentifierKind::Plate {
            IdentifierError::Empty
        } else {
            separators(given)
        });
    }
    // The run of ones satisfies the check digit of a VIN and is its customary specimen.
    let specimen = kind == IdentifierKind::Vin && !canonical.starts_with('0') && vin::check_holds(&canonical);
    let is_run = placeholder::is_run(&canonical) && !specimen && !is_short_imei(kind, &canonical);
    if placeholder::is_word(&canonical) || is_run {
        return Err(IdentifierError::Placeholder);
    }
    Ok((given, canonical))
}

/// Digits that count up or down, and are too few or too many for an IMEI: that is what is wrong with them.
fn is_short_imei(kind: IdentifierKind, canonical: &str) -> bool {
    let mut characters = canonical.chars();
    let first = characters.next();
    kind == IdentifierKind::Imei
        && !(14..=16).contains(&canonical.len())
        && canonical.bytes().all(|byte| byte.is_ascii_digit())
        && characters.any(|other| Some(other) != first)
}

/// Dashes and question marks alone are a way to say "none".
fn separators(given: &str) -> IdentifierError {
    if given
        .chars()
        .all(|c| matches!(c, '-' | '?' | '.' | '/' | '–' | '—' | '*' | '_' | ' '))
    {
        IdentifierError::Placeholder
    } else {
        IdentifierError::Empty
    }
}

fn imei(canonical: &str) -> Result<Validity, IdentifierError> {
    all_digits(canonical)?;
    match canonical.len() {
        14 => Ok(Validity::Partial),
        15 if digits::luhn_holds(canonical) => Ok(Validity::Yes),
        15 => Err(IdentifierError::CheckDigit),
        16 => Ok(Validity::Yes),
        found => Err(IdentifierError::Length {
            expected: "14, 15 or 16",
            found,
        }),
    }
}

fn vehicle(canonical: &str) -> Result<Validity, IdentifierError> {
    ascii(canonical)?;
    if canonical.len() != 17 {
        return Err(IdentifierError::Length {
            expected: "17",
            found: canonical.len(),
        });
    }
    if let Some(forbidden) = canonical.chars().find(|c| matches!(c, 'I' | 'O' | 'Q')) {
        return Err(IdentifierError::ForbiddenCharacter(forbidden));
    }
    Ok(if vin::check_holds(canonical) {
        Validity::Yes
    } else {
        Validity::Weak
    })
}

fn frame(canonical: &str) -> Result<(Scheme, Validity), IdentifierError> {
    at_least(canonical, SERIAL_CHARACTERS_MIN)?;
    if bicycle::is_danish(canonical) {
        return Ok((Scheme::Danish, Validity::Yes));
    }
    if bicycle::is_german(canonical) {
        return Ok((Scheme::GermanEin, Validity::Yes));
    }
    some_digit(canonical)?;
    if bicycle::is_nearly_danish(canonical) {
        return Ok((Scheme::Danish, Validity::Nonconforming));
    }
    Ok((Scheme::Generic, Validity::Yes))
}

fn hull_number(canonical: &str) -> Result<(Scheme, Validity), IdentifierError> {
    at_least(canonical, SERIAL_CHARACTERS_MIN)?;
    some_digit(canonical)?;
    // Boats built before 1984 and home-made ones carry numbers of any form.
    Ok(if hull::fits(canonical) {
        (Scheme::Hin, Validity::Yes)
    } else {
        (Scheme::Hin, Validity::Nonconforming)
    })
}

fn chip(canonical: &str) -> Result<(Scheme, Validity), IdentifierError> {
    ascii(canonical)?;
    match canonical.len() {
        15 if digits::is_chip(canonical) => Ok((Scheme::Iso11784, Validity::Yes)),
        15 => all_digits(canonical).and(Err(IdentifierError::Form)),
        // Makers' own chips from before the standard.
        9 | 10 => some_digit(canonical).map(|()| (Scheme::Generic, Validity::Yes)),
        found => Err(IdentifierError::Length {
            expected: "15, or 9 or 10 on older chips",
            found,
        }),
    }
}

fn serial(canonical: &str) -> Result<(Scheme, Validity), IdentifierError> {
    at_least(canonical, SERIAL_CHARACTERS_MIN)?;
    if apple::fits(canonical) {
        return Ok((Scheme::Apple, Validity::Yes));
    }
    let any_digit = canonical.chars().any(|c| c.is_ascii_digit());
    Ok((Scheme::Generic, if any_digit { Validity::Yes } else { Validity::Weak }))
}

fn owner(canonical: &str) -> Result<Validity, IdentifierError> {
    let found = canonical.chars().count();
    if found > OWNER_CHARACTERS_MAX {
        return Err(IdentifierError::TooLong {
            max: OWNER_CHARACTERS_MAX,
            found,
        });
    }
    some_digit(canonical).map(|()| Validity::Yes)
}

fn plate(canonical: &str) -> Result<Validity, IdentifierError> {
    let found = canonical.chars().count();
    if found > PLATE_CHARACTERS_MAX {
        return Err(IdentifierError::TooLong {
            max: PLATE_CHARACTERS_MAX,
            found,
        });
    }
    at_least(canonical, 2).map(|()| Validity::Yes)
}

fn product_code(canonical: &str) -> Result<Validity, IdentifierError> {
    all_digits(canonical)?;
    match canonical.len() {
        8 | 12 | 13 | 14 if digits::gs1_holds(canonical) => Ok(Validity::Yes),
        8 | 12 | 13 | 14 => Err(IdentifierError::CheckDigit),
        found => Err(IdentifierError::Length {
            expected: "8, 12, 13 or 14",
            found,
        }),
    }
}

fn all_digits(canonical: &str) -> Result<(), IdentifierError> {
    let other = canonical.chars().find(|c| !c.is_ascii_digit());
    other.map_or(Ok(()), |c| Err(IdentifierError::ForbiddenCharacter(c)))
}

fn ascii(canonical: &str) -> Result<(), IdentifierError> {
    canonical
        .chars()
        .find(|c| !c.is_ascii())
        .map_or(Ok(()), |c| Err(IdentifierError::ForbiddenCharacter(c)))
}

fn some_digit(canonical: &str) -> Result<(), IdentifierError> {
    if canonical.chars().any(|c| c.is_ascii_digit()) {
        Ok(())
    } else {
        Err(IdentifierError::LettersOnly)
    }
}

fn at_least(canonical: &str, min: usize) -> Result<(), IdentifierError> {
    let found = canonical.chars().count();
    if found < min {
        Err(IdentifierError::TooShort { min, found })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
