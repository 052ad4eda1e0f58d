//! The one sequence over item and listing changes, and the cursors of those who follow it.

use replevin_index::Sequence;
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::rows::count;
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ItemId, ListingId};

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangedThing {
    /// An item; it may be gone by now.
    Item(ItemId),
    /// A listing; it may be gone by now.
    Listing(ListingId),
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its number.
    pub sequence: Sequence,
    /// What changed.
    pub thing: ChangedThing,
}

impl Tx<'_> {
    /// Gives a changed thing the next number. Its earlier number, if any, becomes superfluous. What is said of an item is kept as
    /// its next revision here, and the queue's rows of its reports are filed anew, so that no way of changing it can forget to.
    pub(super) fn record_change(&mut self, thing: ChangedThing) -> Result<Sequence, StoreError> {
        let (kind, id) = match thing {
            ChangedThing::Item(id) => {
                self.keep_item_revision(id)?;
                ("item", id.0)
            }
            ChangedThing::Listing(id) => ("listing", id.0),
        };
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO changes (kind, id) VALUES (?1, ?2)")?
            .execute(params![kind, id.as_bytes()])?;
        let sequence = Sequence(self.connection.last_insert_rowid().unsigned_abs());
        self.file_reports_on(thing)?;
        Ok(sequence)
    }

    /// Moves a cursor.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn set_cursor(&mut self, name: &str, sequence: Sequence) -> Result<(), StoreError> {
        let seq = i64::try_from(sequence.0).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached("INSERT INTO cursors (name, seq) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = ?2")?
            .execute(params![name, seq])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The changes after a number, in order, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn changes_after(&self, sequence: Sequence, limit: usize) -> Result<Vec<ChangeRow>, StoreError> {
        let after = i64::try_from(sequence.0).unwrap_or(i64::MAX);
        let mut query = self
            .connection
            .prepare_cached("SELECT seq, kind, id FROM changes WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
        let rows = query.query_map(params![after, count(limit)], |row| {
            let kind: String = row.get("kind")?;
            let id = Uuid::from_bytes(row.get("id")?);
            let seq: i64 = row.get("seq")?;
            let thing = if kind == "item" {
                ChangedThing::Item(ItemId(id))
            } else {
                ChangedThing::Listing(ListingId(id))
            };
            Ok(ChangeRow {
                sequence: Sequence(seq.unsigned_abs()),
                thing,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number of the last change; zero before the first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn last_change(&self) -> Result<Sequence, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT max(seq) FROM changes")?;
        let seq: Option<i64> = query.query_row([], |row| row.get(0))?;
        Ok(Sequence(seq.unwrap_or(0).unsigned_abs()))
    }

    /// Where a cursor stands; zero before its first move.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn cursor(&self, name: &str) -> Result<Sequence, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT seq FROM cursors WHERE name = ?1")?;
        let seq: Option<i64> = query.query_row([name], |row| row.get(0)).optional()?;
        Ok(Sequence(seq.unwrap_or(0).unsigned_abs()))
    }
}
