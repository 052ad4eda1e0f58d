//! Endpoints that events are sent to.

use rusqlite::{OptionalExtension, Row, params};
use url::Url;

use super::rows::{damaged, from_json, from_word, instant, maybe_instant, maybe_uuid, micros, to_json, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{PartnerId, WebhookId};
use crate::domain::notification::{Holder, Webhook};

impl Tx<'_> {
    /// Enters an endpoint, or saves what of it has changed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        let (former, former_until) = webhook
            .former
            .as_ref()
            .map(|(sealed, until)| (sealed, micros(*until)))
            .unzip();
        self.connection
            .prepare_cached(
                "INSERT INTO webhooks (id, partner_id, url, events, state, secret_sealed, former_sealed, former_until, failures,
                                       rest_until, succeeded_at, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                 ON CONFLICT (id) DO UPDATE SET url = ?3, events = ?4, state = ?5, secret_sealed = ?6, former_sealed = ?7,
                     former_until = ?8, failures = ?9, rest_until = ?10, succeeded_at = ?11",
            )?
            .execute(params![
                webhook.id.0.as_bytes(),
                webhook.holder.partner().map(|id| id.0.into_bytes()),
                webhook.url.as_str(),
                to_json(&webhook.events)?,
                webhook.state.word(),
                webhook.secret_sealed,
                former,
                former_until,
                webhook.failures,
                webhook.rest_until.map(micros),
                webhook.succeeded_at.map(micros),
                micros(webhook.created_at),
            ])?;
        Ok(())
    }

    /// Removes an endpoint, with what was sent to it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_webhook(&mut self, id: WebhookId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM webhooks WHERE id = ?1")?
            .execute([id.0.as_bytes()])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// An endpoint.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM webhooks WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], webhook_row).optional()?)
    }

    /// A holder's endpoints, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn webhooks_of(&self, holder: Holder) -> Result<Vec<Webhook>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM webhooks WHERE partner_id IS ?1 ORDER BY id")?;
        let rows = query.query_map(params![holder.partner().map(|id| id.0.into_bytes())], webhook_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn webhook_row(row: &Row<'_>) -> rusqlite::Result<Webhook> {
    let former: Option<Vec<u8>> = row.get("former_sealed")?;
    let url: String = row.get("url")?;
    Ok(Webhook {
        id: WebhookId(uuid(row, "id")?),
        holder: maybe_uuid(row, "partner_id")?.map(PartnerId).into(),
        url: Url::parse(&url).map_err(|_| damaged("url"))?,
        events: from_json(row, "events")?,
        state: from_word(row, "state")?,
        secret_sealed: row.get("secret_sealed")?,
        former: former.zip(maybe_instant(row, "former_until")?),
        failures: row.get("failures")?,
        rest_until: maybe_instant(row, "rest_until")?,
        succeeded_at: maybe_instant(row, "succeeded_at")?,
        created_at: instant(row, "created_at")?,
    })
}
