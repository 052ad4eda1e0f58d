//! The letter gate for feeding: without a letter in force nothing of a partner is taken in.
//!
//! A [`FeedGrant`] is the proof that the gate was asked inside the transaction that takes something in; only the gate can make
//! one. Which seller data may be asked for under a letter is for the disclosure gate.

use std::fmt;

use crate::domain::ids::{LetterId, PartnerId};
use crate::domain::partner::{Letter, LetterStanding};
use crate::domain::time::Timestamp;
use crate::store::{Reader, StoreError};

/// The right of a partner to feed, at one instant, under one letter.
#[derive(Debug)]
pub struct FeedGrant {
    partner: PartnerId,
    letter: LetterId,
}

/// A partner has no letter in force; with the reason for each letter that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoLetter {
    /// Why not, one for each letter; a single [`NoLetterReason::None`] when there never was one.
    pub reasons: Vec<NoLetterReason>,
}

/// Why a letter gives no right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoLetterReason {
    /// There is none.
    None,
    /// Its time has not come.
    NotYetValid {
        /// How the parties cite it.
        reference: String,
        /// The first instant at which it holds.
        from: Timestamp,
    },
    /// Its time is over.
    Expired {
        /// How the parties cite it.
        reference: String,
        /// The first instant at which it no longer held.
        since: Timestamp,
    },
    /// It was revoked.
    Revoked {
        /// How the parties cite it.
        reference: String,
        /// When.
        since: Timestamp,
    },
}

impl FeedGrant {
    /// Asks the gate: may this partner feed at `now`? The outer error is a failure of the store.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn of(reader: &Reader<'_>, partner: PartnerId, now: Timestamp) -> Result<Result<Self, NoLetter>, StoreError> {
        let letters = reader.letters_of(partner)?;
        let active = letters.iter().find(|letter| letter.standing(now) == LetterStanding::Active);
        Ok(match active {
            Some(letter) => Ok(Self {
                partner,
                letter: letter.id,
            }),
            None if letters.is_empty() => Err(NoLetter {
                reasons: vec![NoLetterReason::None],
            }),
            None => Err(NoLetter {
                reasons: letters.iter().map(|letter| reason(letter, now)).collect(),
            }),
        })
    }

    /// Who may feed.
    #[must_use]
    pub fn partner(&self) -> PartnerId {
        self.partner
    }

    /// Under which letter.
    #[must_use]
    pub fn letter(&self) -> LetterId {
        self.letter
    }
}

fn reason(letter: &Letter, now: Timestamp) -> NoLetterReason {
    let reference = letter.terms.reference.clone();
    match letter.revoked {
        Some((_, since)) => NoLetterReason::Revoked { reference, since },
        None if now < letter.terms.valid_from => NoLetterReason::NotYetValid {
            reference,
            from: letter.terms.valid_from,
        },
        None => NoLetterReason::Expired {
            reference,
            since: letter.terms.valid_to,
        },
    }
}

impl std::error::Error for NoLetter {}

impl fmt::Display for NoLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.reasons == [NoLetterReason::None] {
            return f.write_str("there is no letter of intent with this partner yet; nothing is taken in without one");
        }
        f.write_str("no letter of intent is in force: ")?;
        for (at, reason) in self.reasons.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            reason.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for NoLetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |at: &Timestamp| at.format("%Y-%m-%d");
        match self {
            Self::None => f.write_str("there is no letter of intent with this partner yet"),
            Self::NotYetValid { reference, from } => write!(f, "{reference} holds from {}", day(from)),
            Self::Expired { reference, since } => write!(f, "{reference} expired on {}", day(since)),
            Self::Revoked { reference, since } => write!(f, "{reference} was revoked on {}", day(since)),
        }
    }
}
