//! Feeds: their settings.

use rusqlite::{OptionalExtension, Row, params};

use super::rows::{damaged, from_json, instant, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::feed::Feed;
use crate::domain::ids::{FeedId, PartnerId};
use crate::domain::partner::Slug;

impl Tx<'_> {
    /// Enters a feed, or changes the settings of the one with its id.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_feed(&mut self, feed: &Feed) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO feeds (id, partner_id, name, settings, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (id) DO UPDATE SET settings = ?4, updated_at = ?6",
            )?
            .execute(params![
                feed.id.0.as_bytes(),
                feed.partner.0.as_bytes(),
                feed.name.as_str(),
                to_json(&feed.settings)?,
                micros(feed.created_at),
                micros(feed.updated_at),
            ])?;
        Ok(())
    }

    /// Keeps what a feed's server wants to be shown, sealed; `None`: nothing.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_feed_secret(&mut self, id: FeedId, sealed: Option<&[u8]>) -> Result<(), StoreError> {
        let Some(sealed) = sealed else {
            let mut query = self
                .connection
                .prepare_cached("DELETE FROM feed_secrets WHERE feed_id = ?1")?;
            query.execute([id.0.as_bytes()])?;
            return Ok(());
        };
        self.connection
            .prepare_cached(
                "INSERT INTO feed_secrets (feed_id, sealed) VALUES (?1, ?2) ON CONFLICT (feed_id) DO UPDATE SET sealed = ?2",
            )?
            .execute(params![id.0.as_bytes(), sealed])?;
        Ok(())
    }

    /// Removes a feed. Its listings stay; records of it that wait belong to no feed then.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_feed(&mut self, id: FeedId) -> Result<(), StoreError> {
        let mut query = self.connection.prepare_cached("DELETE FROM feeds WHERE id = ?1")?;
        query.execute([id.0.as_bytes()])?;
        self.forget_arrivals(id)
    }
}

impl Reader<'_> {
    /// A partner's feed of a name.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn feed_named(&self, partner: PartnerId, name: &str) -> Result<Option<Feed>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM feeds WHERE partner_id = ?1 AND name = ?2")?;
        Ok(query.query_row(params![partner.0.as_bytes(), name], feed_row).optional()?)
    }

    /// What a feed's server wants to be shown, sealed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn feed_secret(&self, id: FeedId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT sealed FROM feed_secrets WHERE feed_id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], |row| row.get("sealed")).optional()?)
    }

    /// A partner's feeds, by name.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn feeds_of(&self, partner: PartnerId) -> Result<Vec<Feed>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM feeds WHERE partner_id = ?1 ORDER BY name")?;
        let rows = query.query_map([partner.0.as_bytes()], feed_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

pub(super) fn feed_row(row: &Row<'_>) -> rusqlite::Result<Feed> {
    let name: String = row.get("name")?;
    Ok(Feed {
        id: FeedId(uuid(row, "id")?),
        partner: PartnerId(uuid(row, "partner_id")?),
        name: name.parse::<Slug>().map_err(|_| damaged("name"))?,
        settings: from_json(row, "settings")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}
