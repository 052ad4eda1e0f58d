//! Messages to systems and people outside, and each try to send them.

use rusqlite::{OptionalExtension, Row, params};

use super::outbox::{Effect, lane_of};
use super::rows::{count, damaged, from_json, from_word, instant, maybe_uuid, micros, to_json, to_word, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{AccountId, MessageId, PartnerId, ReportId, WebhookId};
use crate::domain::notification::{Event, Message, MessageState, MessageTry, Recipient, WebhookState};
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Tells an event: a message to each endpoint of its holder that wants to be told of it. In the transaction of its cause.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn announce(&mut self, event: &Event) -> Result<(), StoreError> {
        for webhook in self.webhooks_of(event.holder)? {
            if webhook.state == WebhookState::On && webhook.events.contains(&event.kind) {
                self.insert_message(event, Recipient::Webhook(webhook.id))?;
            }
        }
        Ok(())
    }

    /// Enters a message to somebody, to be sent as soon as can be; its id.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_message(&mut self, event: &Event, to: Recipient) -> Result<MessageId, StoreError> {
        let id = MessageId::generate(self.now());
        let (webhook, account) = match to {
            Recipient::Webhook(id) => (Some(id.0.into_bytes()), None),
            Recipient::Mailbox(id) => (None, Some(id.0.into_bytes())),
        };
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "INSERT INTO messages (id, partner_id, webhook_id, account_id, event, about, page, made_at, state, failures)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'waiting', 0)",
            )?
            .execute(params![
                id.0.as_bytes(),
                event.holder.partner().map(|id| id.0.into_bytes()),
                webhook,
                account,
                to_word(event.kind)?,
                to_json(&event.about)?,
                event.page,
                now,
            ])?;
        self.send(&Effect::SendMessage { message: id }, &lane_of(to))?;
        Ok(id)
    }

    /// Sets how far a message is.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn save_message(&mut self, message: &Message) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE messages SET state = ?2, failures = ?3 WHERE id = ?1")?
            .execute(params![message.id.0.as_bytes(), to_word(message.state)?, message.failures])?;
        Ok(())
    }

    /// Enters a try.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_message_try(&mut self, id: MessageId, tried: &MessageTry) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO message_tries (message_id, number, at, took_ms, status, outcome)
                 VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM message_tries WHERE message_id = ?1), ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                id.0.as_bytes(),
                micros(tried.at),
                i64::try_from(tried.took_ms).unwrap_or(i64::MAX),
                tried.status,
                tried.outcome,
            ])?;
        Ok(())
    }

    /// Gives up whatever waits for an endpoint.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn give_up_messages_to(&mut self, webhook: WebhookId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM outbox WHERE lane = ?1")?
            .execute([lane_of(Recipient::Webhook(webhook))])?;
        self.connection
            .prepare_cached("UPDATE messages SET state = 'given_up' WHERE webhook_id = ?1 AND state = 'waiting'")?
            .execute([webhook.0.as_bytes()])?;
        Ok(())
    }

    /// Erases messages that were made before `before` and wait no more, at most `limit`; how many.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn erase_messages_before(&mut self, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "DELETE FROM messages WHERE id IN
                     (SELECT id FROM messages WHERE made_at < ?1 AND state <> 'waiting' ORDER BY made_at LIMIT ?2)",
            )?
            .execute(params![micros(before), count(limit)])?)
    }

    /// Notes that it was told of reports that their sale ends soon; those of which it was not told before for that end.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn note_urgent(&mut self, until: Timestamp, limit: usize) -> Result<Vec<(ReportId, Timestamp)>, StoreError> {
        let now = micros(self.now());
        let mut query = self.connection.prepare_cached(
            "INSERT INTO urgent_reports (report_id, ends_at, told_at)
             SELECT report_id, ends_at, ?1 FROM report_queue AS q
             WHERE sale = 0 AND ends_at > ?1 AND ends_at <= ?2 AND state IN ('open', 'in review')
                 AND NOT EXISTS (SELECT 1 FROM urgent_reports AS u WHERE u.report_id = q.report_id AND u.ends_at = q.ends_at)
             ORDER BY ends_at LIMIT ?3
             ON CONFLICT (report_id) DO UPDATE SET ends_at = excluded.ends_at, told_at = excluded.told_at
             RETURNING report_id, ends_at",
        )?;
        let rows = query.query_map(params![now, micros(until), count(limit)], |row| {
            Ok((ReportId(uuid(row, "report_id")?), instant(row, "ends_at")?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Reader<'_> {
    /// A message.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM messages WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], message_row).optional()?)
    }

    /// A holder's messages before the one with this id, newest first, at most `limit`; of one endpoint alone when it is named.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn messages_of(
        &self,
        holder: Option<PartnerId>,
        webhook: Option<WebhookId>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Vec<Message>, StoreError> {
        let before = before.map_or([0xff; 16], |id| id.0.into_bytes());
        let holder = holder.map(|id| id.0.into_bytes());
        let sql = match webhook {
            Some(_) => "SELECT * FROM messages WHERE webhook_id = ?4 AND partner_id IS ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
            None => "SELECT * FROM messages WHERE ?4 IS NULL AND partner_id IS ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
        };
        let mut query = self.connection.prepare_cached(sql)?;
        let webhook = webhook.map(|id| id.0.into_bytes());
        let rows = query.query_map(params![holder, before, count(limit), webhook], message_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The tries of a message, the first one first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn message_tries(&self, id: MessageId) -> Result<Vec<MessageTry>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM message_tries WHERE message_id = ?1 ORDER BY number")?;
        let rows = query.query_map([id.0.as_bytes()], |row| {
            Ok(MessageTry {
                at: instant(row, "at")?,
                took_ms: row.get::<_, i64>("took_ms")?.unsigned_abs(),
                status: row.get("status")?,
                outcome: row.get("outcome")?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn message_row(row: &Row<'_>) -> rusqlite::Result<Message> {
    let webhook = maybe_uuid(row, "webhook_id")?.map(|id| Recipient::Webhook(WebhookId(id)));
    let mailbox = maybe_uuid(row, "account_id")?.map(|id| Recipient::Mailbox(AccountId(id)));
    let state: MessageState = from_word(row, "state")?;
    Ok(Message {
        id: MessageId(uuid(row, "id")?),
        holder: maybe_uuid(row, "partner_id")?.map(PartnerId).into(),
        to: webhook.or(mailbox).ok_or_else(|| damaged("webhook_id"))?,
        event: from_word(row, "event")?,
        about: from_json(row, "about")?,
        page: row.get("page")?,
        made_at: instant(row, "made_at")?,
        state,
        failures: row.get("failures")?,
    })
}
