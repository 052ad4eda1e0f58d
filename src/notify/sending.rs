//! One try to send a message, and what follows from it: done, again later, given up, the endpoint switched off.

use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::TimeDelta;
use serde_json::json;
use url::Url;

use super::{Notify, NotifyError};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{MessageId, WebhookId};
use crate::domain::notification::{Message, MessageState, MessageTry, Recipient, Webhook, WebhookState};
use crate::domain::time::Timestamp;
use crate::egress::FetchError;
use crate::store::{DueEffect, Effect, Store, StoreError, Tx};

/// Seconds after each failed try until the next one (Standard Webhooks 1.0); after the last the message is given up.
pub const RETRIES_S: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// Seconds that an endpoint is left in peace after so many failures on end, whatever waits for it.
const RESTS_S: [i64; 4] = [5, 30, 120, 300];
/// An endpoint that has taken nothing for so long when a message to it is given up is switched off.
const DEAD_AFTER: TimeDelta = TimeDelta::days(3);

/// How a turn of a lane went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The next one can be tried.
    GoesOn,
    /// Whoever receives is left in peace for a while; nothing else is due.
    Rests,
}

/// What came of a try.
pub(super) struct Tried {
    pub(super) at: Timestamp,
    pub(super) took: Duration,
    pub(super) result: Result<u16, (Option<u16>, String)>,
    /// Seconds that the receiver asked us to wait.
    pub(super) pause_s: Option<u32>,
}

impl Notify {
    /// Tries what is due in a lane once. Whatever came of it stands in the store when this returns.
    ///
    /// # Errors
    /// A failure of our own: nothing is known of the try, and it is made again.
    pub async fn serve(&self, lane: &str, due: DueEffect) -> Result<Turn, NotifyError> {
        let (effect, Effect::SendMessage { message: id }) = (due.id, due.effect) else {
            return Ok(Turn::GoesOn);
        };
        let message = self.store.read(move |reader| reader.message(id)).await?;
        let message = message.filter(|message| message.state == MessageState::Waiting);
        let Some(message) = message else {
            return self.drop_effect(effect).await;
        };
        match message.to {
            Recipient::Webhook(webhook) => self.serve_webhook(lane, effect, &message, webhook).await,
            Recipient::Mailbox(account) => self.serve_mail(lane, effect, message, account).await,
        }
    }

    async fn serve_webhook(&self, lane: &str, effect: i64, message: &Message, webhook: WebhookId) -> Result<Turn, NotifyError> {
        let found = self.store.read(move |reader| reader.webhook(webhook)).await?;
        let Some(webhook) = found.filter(|webhook| webhook.state == WebhookState::On) else {
            return self.drop_effect(effect).await;
        };
        let now = self.store.clock().now();
        let lane = lane.to_owned();
        if let Some(until) = webhook.rest_until.filter(|until| *until > now) {
            keep(&self.store, move |tx| Ok(tx.postpone_lane(&lane, until)?)).await?;
            return Ok(Turn::Rests);
        }
        let tried = self.post(message, &webhook, now).await?;
        let id = message.id;
        keep_acts(&self.store, move |tx| settle(tx, (&lane, effect), id, webhook.id, &tried)).await
    }

    /// One POST to an endpoint. The message's id is the same at every try, so that whoever gets it twice can tell.
    async fn post(&self, message: &Message, webhook: &Webhook, now: Timestamp) -> Result<Tried, NotifyError> {
        let (id, body) = (wire_id(message.id), body(message, &self.site));
        let timestamp = now.timestamp();
        let mut signatures = vec![
            self.key
                .open(webhook.id, &webhook.secret_sealed)?
                .sign(&id, timestamp, &body)?,
        ];
        if let Some((sealed, _)) = webhook.former.as_ref().filter(|(_, until)| *until > now) {
            signatures.push(self.key.open(webhook.id, sealed)?.sign(&id, timestamp, &body)?);
        }
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", signatures.join(" ")),
        ];
        let start = Instant::now();
        let posted = self.poster.post(&webhook.url, &headers, body).await;
        metrics::counter!("replevin_messages_tried", "way" => "webhook", "outcome" => if posted.is_ok() { "sent" } else { "failed" })
            .increment(1);
        Ok(Tried {
            at: now,
            took: start.elapsed(),
            pause_s: posted.as_ref().err().and_then(FetchError::retry_after_s),
            result: posted.map_err(|error| (error.status(), error.to_string())),
        })
    }

    async fn drop_effect(&self, effect: i64) -> Result<Turn, NotifyError> {
        keep(&self.store, move |tx| Ok(tx.finish_effect(effect)?)).await?;
        Ok(Turn::GoesOn)
    }
}

/// How a message is called on the wire.
fn wire_id(id: MessageId) -> String {
    format!("msg_{}", id.0.simple())
}

/// What is sent: the kind, the instant, ids, and where more can be seen.
fn body(message: &Message, site: &Url) -> Bytes {
    let mut data = message.about.clone();
    data["link"] = json!(link(site, &message.page));
    let body = json!({ "type": message.event.word(), "timestamp": message.made_at, "data": data });
    Bytes::from(body.to_string())
}

/// A page of ours as others reach it.
pub(super) fn link(site: &Url, page: &str) -> String {
    format!("{}{page}", site.as_str().trim_end_matches('/'))
}

/// Writes down what came of a try, and what follows.
fn settle(
    tx: &mut Tx<'_>,
    (lane, effect): (&str, i64),
    id: MessageId,
    webhook: WebhookId,
    tried: &Tried,
) -> Result<(Turn, Vec<Act>), NotifyError> {
    // Removed while it was tried.
    let (Some(mut message), Some(mut webhook)) = (tx.message(id)?, tx.webhook(webhook)?) else {
        tx.finish_effect(effect)?;
        return Ok((Turn::GoesOn, Vec::new()));
    };
    tx.insert_message_try(id, &row(tried))?;
    let status = match &tried.result {
        Ok(_) => {
            message.state = MessageState::Sent;
            (webhook.failures, webhook.rest_until, webhook.succeeded_at) = (0, None, Some(tx.now()));
            tx.finish_effect(effect)?;
            tx.save_message(&message)?;
            tx.save_webhook(&webhook)?;
            return Ok((Turn::GoesOn, Vec::new()));
        }
        Err((status, _)) => *status,
    };
    message.failures += 1;
    webhook.failures += 1;
    let rest = RESTS_S[(webhook.failures as usize - 1).min(RESTS_S.len() - 1)];
    let until = tx.now() + TimeDelta::seconds(rest);
    webhook.rest_until = Some(until);
    match again(tx.now(), message.failures, tried.pause_s) {
        Some(due) => tx.postpone_effect(effect, due)?,
        None => {
            message.state = MessageState::GivenUp;
            tx.finish_effect(effect)?;
        }
    }
    tx.save_message(&message)?;
    let alive = webhook.succeeded_at.unwrap_or(webhook.created_at);
    let is_dead = message.state == MessageState::GivenUp && tx.now() - alive >= DEAD_AFTER;
    let mut acts = Vec::new();
    if status == Some(410) || is_dead {
        webhook.state = if status == Some(410) {
            WebhookState::Gone
        } else {
            WebhookState::Failed
        };
        tx.give_up_messages_to(webhook.id)?;
        let act = Act::new(
            Actor::Service,
            Action::WebhookDisabled,
            SubjectKind::Webhook.with(webhook.id.0),
        );
        acts.push(act.with_detail(json!({ "state": webhook.state, "partner": webhook.holder.partner() })));
    } else {
        tx.postpone_lane(lane, until)?;
    }
    tx.save_webhook(&webhook)?;
    Ok((Turn::Rests, acts))
}

/// When a message is tried again after so many failures; never earlier than the receiver asked for.
pub(super) fn again(now: Timestamp, failures: u32, pause_s: Option<u32>) -> Option<Timestamp> {
    let wait = *RETRIES_S.get((failures as usize).checked_sub(1)?)?;
    Some(now + TimeDelta::seconds(wait.max(pause_s.map_or(0, i64::from))))
}

pub(super) fn row(tried: &Tried) -> MessageTry {
    let (status, outcome) = match &tried.result {
        Ok(status) => (Some(*status), "taken".to_owned()),
        Err((status, why)) => (*status, why.clone()),
    };
    MessageTry {
        at: tried.at,
        took_ms: u64::try_from(tried.took.as_millis()).unwrap_or(u64::MAX),
        status,
        outcome,
    }
}

/// Bookkeeping off the asynchronous threads.
pub(super) async fn keep(
    store: &Store,
    work: impl FnOnce(&mut Tx<'_>) -> Result<(), NotifyError> + Send + 'static,
) -> Result<(), NotifyError> {
    keep_acts(store, move |tx| work(tx).map(|()| ((), Vec::new()))).await
}

pub(super) async fn keep_acts<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut Tx<'_>) -> Result<(T, Vec<Act>), NotifyError> + Send + 'static,
) -> Result<T, NotifyError> {
    let store = store.clone();
    let kept = tokio::task::spawn_blocking(move || store.keep(work));
    kept.await.map_err(|_| StoreError::Stopped)?
}
