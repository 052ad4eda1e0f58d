//! What a partner's system may do with a token.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A part of what a partner's systems do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Listings and their photos, feeds, quarantine, decoys.
    Listings,
    /// Asking whether something may be offered.
    Checks,
    /// What police ask: disclosures, proof, holds, questions; and the endpoints that are told of it.
    Requests,
}

impl Scope {
    /// All, in the order in which forms show them.
    pub const ALL: [Self; 3] = [Self::Listings, Self::Checks, Self::Requests];

    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Listings => "listings",
            Self::Checks => "checks",
            Self::Requests => "requests",
        }
    }

    /// What it allows, as a sentence.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Listings => {
                "Push and withdraw listings, send their photos, describe feeds and have them fetched, see how they fare, read and \
                 discard quarantine, fetch decoys."
            }
            Self::Checks => "Ask whether something may be offered before it is published.",
            Self::Requests => {
                "Read and answer what the police ask: disclosure requests, recall notices, proof of ownership, holds, questions. Set \
                 where events are sent to, and read what was sent."
            }
        }
    }
}

/// A text that names no scope, or none at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected at least one of listings, checks, requests")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::ALL.into_iter().find(|scope| scope.word() == text).ok_or(ScopeError)
    }
}

/// The scopes of a token: at least one, each once, in the order of [`Scope::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Every scope.
    #[must_use]
    pub fn all() -> Self {
        Self(Scope::ALL.to_vec())
    }

    /// Reads words.
    ///
    /// # Errors
    /// A word that is no scope, or no word.
    pub fn parse<'a>(words: impl Iterator<Item = &'a str>) -> Result<Self, ScopeError> {
        let mut scopes: Vec<Scope> = words.map(str::parse).collect::<Result<_, _>>()?;
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            Err(ScopeError)
        } else {
            Ok(Self(scopes))
        }
    }

    /// Whether a scope is among them.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Each.
    #[must_use]
    pub fn each(&self) -> &[Scope] {
        &self.0
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|scope| scope.word()).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_written() {
        assert_eq!(Scopes::parse(Scopes::all().to_string().split(' ')), Ok(Scopes::all()));
        let some = Scopes::parse(["requests", "listings", "requests"].into_iter());
        assert_eq!(some.map(|some| some.to_string()).as_deref(), Ok("listings requests"));
        assert_eq!(Scopes::parse(std::iter::empty()), Err(ScopeError));
        assert_eq!(Scopes::parse(["all"].into_iter()), Err(ScopeError));
    }
}
