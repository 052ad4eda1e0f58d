//! What was told on the way of a disclosure request: each notice once.

use rusqlite::params;

use super::rows::{from_word, instant, micros, to_word};
use super::{Reader, StoreError, Tx};
use crate::domain::disclosure::{Notice, NoticeKind};
use crate::domain::ids::DisclosureRequestId;

impl Tx<'_> {
    /// Enters a notice now; whether there was none of its kind.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_disclosure_notice(&mut self, request: DisclosureRequestId, kind: NoticeKind) -> Result<bool, StoreError> {
        let now = micros(self.now());
        let entered = self
            .connection
            .prepare_cached("INSERT INTO disclosure_notices (request_id, kind, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![request.0.as_bytes(), to_word(kind)?, now])?;
        Ok(entered > 0)
    }
}

impl Reader<'_> {
    /// The notices on a request, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn disclosure_notices(&self, request: DisclosureRequestId) -> Result<Vec<Notice>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT kind, at FROM disclosure_notices WHERE request_id = ?1 ORDER BY at, kind")?;
        let rows = query.query_map([request.0.as_bytes()], |row| {
            Ok(Notice {
                kind: from_word(row, "kind")?,
                at: instant(row, "at")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
