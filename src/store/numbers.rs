//! The numbers of items and listings, to be found by a part of them: folded, by their runs of three characters.

use replevin_index::Sequence;
use rusqlite::{Connection, params, params_from_iter};

use super::changes::ChangedThing;
use super::rows::count;
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ItemId, ListingId};
use crate::domain::number_pattern::{NumberPattern, folded};

/// The name of the cursor up to which numbers are filed.
pub(super) const CURSOR: &str = "numbers";
/// Numbers of one thing that are filed at most.
const EACH_MAX: usize = 40;
/// Candidates that are compared for one group of parts at most.
const CANDIDATES_MAX: usize = 5_000;

impl Tx<'_> {
    /// Files the numbers of a thing in place of those that were filed before; writes nothing where they are the same.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn file_numbers(&mut self, thing: ChangedThing, numbers: &[String]) -> Result<(), StoreError> {
        let (side, id) = key(thing);
        let numbers = &numbers[..numbers.len().min(EACH_MAX)];
        if values(self.connection, side, id)? == numbers {
            return Ok(());
        }
        remove(self.connection, side, id)?;
        for value in numbers {
            let folded = folded(value);
            self.connection
                .prepare_cached("INSERT INTO numbers (side, thing, value, folded) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![side, id, value, folded])?;
            let number = self.connection.last_insert_rowid();
            self.connection
                .prepare_cached("INSERT INTO number_parts (rowid, folded) VALUES (?1, ?2)")?
                .execute(params![number, folded])?;
        }
        Ok(())
    }

    /// Notes up to which change numbers are filed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn numbers_filed_to(&mut self, sequence: Sequence) -> Result<(), StoreError> {
        self.set_cursor(CURSOR, sequence)
    }
}

impl Reader<'_> {
    /// Up to which change numbers are filed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn numbers_filed(&self) -> Result<Sequence, StoreError> {
        self.cursor(CURSOR)
    }

    /// Things whose number fits a pattern, with that number, the nearest first, of each thing the nearest: at most `limit` of each
    /// side, items first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn things_by_number(
        &self,
        pattern: &NumberPattern,
        limit: usize,
    ) -> Result<(Vec<(ItemId, String)>, Vec<(ListingId, String)>), StoreError> {
        let items = self.by_number(pattern, 0, limit)?;
        let listings = self.by_number(pattern, 1, limit)?;
        let id = |(id, says): ([u8; 16], String)| (uuid::Uuid::from_bytes(id), says);
        Ok((
            items.into_iter().map(id).map(|(id, says)| (ItemId(id), says)).collect(),
            listings.into_iter().map(id).map(|(id, says)| (ListingId(id), says)).collect(),
        ))
    }

    /// The numbers of a listing.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn numbers_of_listing(&self, id: ListingId) -> Result<Vec<String>, StoreError> {
        let (side, id) = key(ChangedThing::Listing(id));
        values(self.connection, side, id)
    }

    fn by_number(&self, pattern: &NumberPattern, side: i64, limit: usize) -> Result<Vec<([u8; 16], String)>, StoreError> {
        let mut found = Vec::new();
        for group in pattern.parts() {
            // Each part is quoted, so that nothing in it is taken for a word of the query's language.
            let parts: Vec<String> = group.iter().map(|part| format!("\"{}\"", part.replace('"', ""))).collect();
            let mut query = self.connection.prepare_cached(
                "SELECT n.thing, n.value FROM number_parts AS p CROSS JOIN numbers AS n ON n.number = p.rowid
                 WHERE number_parts MATCH ?1 AND n.side = ?2 LIMIT ?3",
            )?;
            let rows = query.query_map(params![parts.join(" AND "), side, count(CANDIDATES_MAX)], |row| {
                Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?))
            })?;
            for row in rows {
                let (thing, value) = row?;
                if let Some(fit) = pattern.fit(&value) {
                    found.push((fit, value, thing));
                }
            }
        }
        found.sort_by(|a, b| NumberPattern::order((a.0, &a.1), (b.0, &b.1)).then(a.2.cmp(&b.2)));
        let mut seen = std::collections::HashSet::new();
        found.retain(|(_, _, thing)| seen.insert(*thing));
        found.truncate(limit);
        let says = found
            .into_iter()
            .map(|(fit, value, thing)| (thing, format!("number {value}, {}", fit.says())));
        Ok(says.collect())
    }
}

/// The side, 0 an item and 1 a listing, and the id of a thing.
pub(super) fn key(thing: ChangedThing) -> (i64, [u8; 16]) {
    match thing {
        ChangedThing::Item(id) => (0, id.0.into_bytes()),
        ChangedThing::Listing(id) => (1, id.0.into_bytes()),
    }
}

/// The numbers of a thing, as they were filed.
fn values(connection: &Connection, side: i64, thing: [u8; 16]) -> Result<Vec<String>, StoreError> {
    let mut query = connection.prepare_cached("SELECT value FROM numbers WHERE side = ?1 AND thing = ?2 ORDER BY number")?;
    let rows = query.query_map(params![side, thing], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes the numbers of a thing out; the index over their parts has to be told what stood in it.
fn remove(connection: &Connection, side: i64, thing: [u8; 16]) -> Result<(), StoreError> {
    let held: Vec<(i64, String)> = connection
        .prepare_cached("SELECT number, folded FROM numbers WHERE side = ?1 AND thing = ?2")?
        .query_map(params![side, thing], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (number, folded) in held {
        connection
            .prepare_cached("INSERT INTO number_parts (number_parts, rowid, folded) VALUES ('delete', ?1, ?2)")?
            .execute(params![number, folded])?;
        connection
            .prepare_cached("DELETE FROM numbers WHERE number = ?1")?
            .execute(params_from_iter([number]))?;
    }
    Ok(())
}
