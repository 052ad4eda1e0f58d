//! Where listings are offered and items were stolen: found by a country or the beginning of a postcode or town.

use std::collections::BTreeSet;

use rusqlite::{Row, params};

use super::changes::ChangedThing;
use super::numbers::key;
use super::rows::{count, first_id, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{ItemId, ListingId};
use crate::domain::listing::SellerKey;
use crate::domain::place::Place;
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Files the places of a thing instead of those that were filed before; writes nothing where they are the same.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn file_places(&mut self, thing: ChangedThing, places: &[Place]) -> Result<(), StoreError> {
        let (side, id) = key(thing);
        let wanted: BTreeSet<String> = places.iter().flat_map(names).collect();
        let held: BTreeSet<String> = self
            .connection
            .prepare_cached("SELECT folded FROM places WHERE side = ?1 AND thing = ?2")?
            .query_map(params![side, id], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for gone in held.difference(&wanted) {
            self.connection
                .prepare_cached("DELETE FROM places WHERE side = ?1 AND thing = ?2 AND folded = ?3")?
                .execute(params![side, id, gone])?;
        }
        for new in wanted.difference(&held) {
            self.connection
                .prepare_cached("INSERT INTO places (side, thing, folded) VALUES (?1, ?2, ?3)")?
                .execute(params![side, id, new])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// Listings at a place, as [`Place::is_at`] takes it, received within a time: the newest, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn listings_at(
        &self,
        place: &str,
        (from, to): (Option<Timestamp>, Option<Timestamp>),
        limit: usize,
    ) -> Result<Vec<ListingId>, StoreError> {
        let (from, to) = (from.map_or([0; 16], first_id), to.map_or([255; 16], first_id));
        Ok(self
            .things_at(1, place, (from, to), limit)?
            .into_iter()
            .map(ListingId)
            .collect())
    }

    /// Items that were stolen at a place: those registered last, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn items_stolen_at(&self, place: &str, limit: usize) -> Result<Vec<ItemId>, StoreError> {
        let all = ([0; 16], [255; 16]);
        Ok(self.things_at(0, place, all, limit)?.into_iter().map(ItemId).collect())
    }

    /// Items whose theft can have happened within a time: the last ones, at most `limit`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn items_stolen_within(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<ItemId>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT item_id FROM theft_reports JOIN theft_report_items ON theft_report_id = theft_reports.id
             WHERE to_at >= ?1 AND from_at < ?2 ORDER BY to_at DESC LIMIT ?3",
        )?;
        let (from, to) = (from.map_or(i64::MIN, micros), to.map_or(i64::MAX, micros));
        let rows = query.query_map(params![from, to, count(limit)], |row| uuid(row, "item_id").map(ItemId))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether an item was stolen at a place, as far as its places are filed; at any when none is wanted.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn is_item_at(&self, id: ItemId, place: Option<&str>) -> Result<bool, StoreError> {
        place.map_or(Ok(true), |place| self.is_thing_at(0, id.0, place))
    }

    /// Whether a listing is at a place, as far as its places are filed, was received within a time, and is a seller's; whatever is
    /// not wanted holds.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn is_listing_at(
        &self,
        id: ListingId,
        place: Option<&str>,
        (from, to): (Option<Timestamp>, Option<Timestamp>),
        seller: Option<SellerKey>,
    ) -> Result<bool, StoreError> {
        // Its id says when it was received.
        let bytes = *id.0.as_bytes();
        if from.is_some_and(|from| bytes < first_id(from)) || to.is_some_and(|to| bytes >= first_id(to)) {
            return Ok(false);
        }
        if let Some(seller) = seller {
            let mut query = self
                .connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM listings WHERE id = ?1 AND seller_key = ?2)")?;
            if !query.query_row(params![bytes, seller.0], |row| row.get(0))? {
                return Ok(false);
            }
        }
        place.map_or(Ok(true), |place| self.is_thing_at(1, id.0, place))
    }

    fn is_thing_at(&self, side: i64, id: uuid::Uuid, place: &str) -> Result<bool, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM places WHERE side = ?1 AND thing = ?2
                            AND (folded = 'c:' || ?3 OR folded >= 'p:' || ?3 AND folded < 'p:' || ?4
                                 OR folded >= 't:' || ?3 AND folded < 't:' || ?4))",
        )?;
        let last = format!("{place}{}", char::MAX);
        Ok(query.query_row(params![side, id.as_bytes(), place, last], |row| row.get(0))?)
    }

    fn things_at(
        &self,
        side: i64,
        place: &str,
        (from, to): ([u8; 16], [u8; 16]),
        limit: usize,
    ) -> Result<Vec<uuid::Uuid>, StoreError> {
        let thing = |row: &Row<'_>| uuid(row, "thing");
        // Of a country, which is named whole, the index gives the newest first, however many there are.
        let mut country = self.connection.prepare_cached(
            "SELECT thing FROM places INDEXED BY places_by_name
             WHERE side = ?1 AND folded = ?2 AND thing >= ?3 AND thing < ?4 ORDER BY thing DESC LIMIT ?5",
        )?;
        let rows = country.query_map(params![side, format!("c:{place}"), from, to, count(limit)], thing)?;
        let mut found: Vec<uuid::Uuid> = rows.collect::<Result<_, _>>()?;
        let mut begins = self.connection.prepare_cached(
            "SELECT thing FROM places INDEXED BY places_by_name
             WHERE side = ?1 AND folded >= ?2 AND folded < ?3 AND thing >= ?4 AND thing < ?5 ORDER BY thing DESC LIMIT ?6",
        )?;
        for kind in ["p", "t"] {
            let (first, last) = (format!("{kind}:{place}"), format!("{kind}:{place}\u{10FFFF}"));
            let rows = begins.query_map(params![side, first, last, from, to, count(limit)], thing)?;
            for row in rows {
                found.push(row?);
            }
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.dedup();
        found.truncate(limit);
        Ok(found)
    }
}

/// What a place is found by.
fn names(place: &Place) -> impl Iterator<Item = String> {
    let named = [("c", &place.country), ("p", &place.postcode), ("t", &place.city)];
    let folded = named.map(|(kind, name)| {
        let name = name.as_deref().map(Place::folded).filter(|name| !name.is_empty());
        name.map(|name| format!("{kind}:{name}"))
    });
    folded.into_iter().flatten()
}
