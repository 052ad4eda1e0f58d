//! Cursors: the place at which a page ended, in a text that its reader hands back as it is.
//!
//! A place names the last row by what the rows are ordered by, never by how many came before it: what joins or leaves a list
//! between two pages moves no other row from one into the other.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Rows of a page where the caller names no number, and at most.
const ROWS_DEFAULT: usize = 50;
const ROWS_MAX: usize = 200;

/// A place, as its reader sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor<T>(pub T);

/// A text that is no cursor of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the cursor of the page before, as it was given")]
pub struct CursorError;

/// How many rows a page has that this many were asked for.
#[must_use]
pub fn rows(asked: Option<usize>) -> usize {
    asked.unwrap_or(ROWS_DEFAULT).clamp(1, ROWS_MAX)
}

/// Cuts rows, of which one more was read than a page has, to the page. The cursor for the next page is that of the last row, when
/// there is a next page.
pub fn cut<R, T>(rows: &mut Vec<R>, limit: usize, place: impl FnOnce(&R) -> T) -> Option<Cursor<T>> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more).map(|row| Cursor(place(row)))
}

impl<T: Serialize> fmt::Display for Cursor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = serde_json::to_vec(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(place))
    }
}

impl<T: DeserializeOwned> FromStr for Cursor<T> {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let place = URL_SAFE_NO_PAD.decode(text).map_err(|_| CursorError)?;
        serde_json::from_slice(&place).map(Self).map_err(|_| CursorError)
    }
}

impl<T: Serialize> Serialize for Cursor<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Cursor<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_given() {
        let place = Cursor((0.1_f64.to_bits(), "2026-11-20T18:00:00.000001Z".to_owned(), u64::MAX));
        let text = place.to_string();
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)), "{text}");
        assert_eq!(text.parse(), Ok(place));
        for wrong in ["", "50", "!", &text[1..], &format!("{text}A")] {
            assert_eq!(wrong.parse::<Cursor<(u64, String, u64)>>(), Err(CursorError), "{wrong}");
        }
    }

    #[test]
    fn only_a_page_that_another_follows_has_a_cursor() {
        for (read, limit, shown, place) in [(3, 2, 2, Some(Cursor(1))), (2, 2, 2, None), (0, 2, 0, None)] {
            let mut rows: Vec<i32> = (0..read).collect();
            assert_eq!(cut(&mut rows, limit, |row| *row), place);
            assert_eq!(rows.len(), shown);
        }
    }
}
