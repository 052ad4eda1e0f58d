//! What was sent, with each try; a trial of an endpoint; sending once more.

use chrono::TimeDelta;
use serde_json::json;

use super::{Notify, NotifyError};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{MessageId, WebhookId};
use crate::domain::notification::{Event, EventKind, Message, MessageState, MessageTry, Recipient, Webhook, WebhookState};
use crate::store::StoreError;

/// Days that a message stands on the page of what was sent.
pub const MESSAGE_DAYS: i64 = 30;
/// Messages erased in one transaction.
const ERASED_AT_ONCE: usize = 500;

/// A message with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SentMessage {
    /// The message.
    pub message: Message,
    /// Where it went, when to an endpoint.
    pub webhook: Option<Webhook>,
    /// Each try, the first one first.
    pub tries: Vec<MessageTry>,
}

impl Notify {
    /// The caller's messages before the one with this id, newest first, at most `limit`; to one endpoint alone when it is named.
    ///
    /// # Errors
    /// When the caller may not, the endpoint is somebody else's or missing, or the store fails.
    pub async fn messages(
        &self,
        caller: &Principal,
        webhook: Option<WebhookId>,
        before: Option<MessageId>,
        limit: usize,
    ) -> Result<Vec<SentMessage>, NotifyError> {
        let holder = self.holder(caller).await?;
        if let Some(id) = webhook {
            self.own(caller, id).await?;
        }
        let found = self.store.read(move |reader| {
            let webhooks = reader.webhooks_of(holder)?;
            let mut sent = Vec::new();
            for message in reader.messages_of(holder.partner(), webhook, before, limit)? {
                sent.push(SentMessage {
                    webhook: webhooks
                        .iter()
                        .find(|known| message.to == Recipient::Webhook(known.id))
                        .cloned(),
                    tries: reader.message_tries(message.id)?,
                    message,
                });
            }
            Ok::<_, StoreError>(sent)
        });
        Ok(found.await?)
    }

    /// One message of the caller's.
    ///
    /// # Errors
    /// When the caller may not, the message is somebody else's or missing, or the store fails.
    pub async fn message(&self, caller: &Principal, id: MessageId) -> Result<SentMessage, NotifyError> {
        let holder = self.holder(caller).await?;
        let found = self.store.read(move |reader| {
            let Some(message) = reader.message(id)? else { return Ok(None) };
            let webhook = match message.to {
                Recipient::Webhook(id) => reader.webhook(id)?,
                Recipient::Mailbox(_) => None,
            };
            let tries = reader.message_tries(id)?;
            Ok::<_, StoreError>(Some(SentMessage { message, webhook, tries }))
        });
        let missing = StoreError::Missing { what: "message" };
        match found.await? {
            Some(sent) if sent.message.holder == holder => Ok(sent),
            Some(_) => {
                let subject = SubjectKind::Message.with(id.0);
                self.refused(caller, subject, "this message is somebody else's").await?;
                Err(missing.into())
            }
            None => Err(missing.into()),
        }
    }

    /// Sends a trial to an endpoint; the message's id.
    ///
    /// # Errors
    /// When the endpoint is somebody else's or missing, is switched off, or the store fails.
    pub async fn try_webhook(&self, caller: &Principal, id: WebhookId) -> Result<MessageId, NotifyError> {
        let webhook = self.own(caller, id).await?;
        if webhook.state != WebhookState::On {
            return Err(NotifyError::Conflict("this endpoint is switched off; switch it on first"));
        }
        let event = Event {
            kind: EventKind::Test,
            holder: webhook.holder,
            about: json!({}),
            page: "/webhooks".to_owned(),
        };
        let act = Act::new(Actor::from(caller), Action::MessageAsked, SubjectKind::Webhook.with(id.0));
        let sent = self.store.act(act.with_detail(json!({ "what": "a trial" })), move |tx| {
            tx.insert_message(&event, Recipient::Webhook(id))
        });
        Ok(sent.await?)
    }

    /// Sends a message once more, under its old id.
    ///
    /// # Errors
    /// When the message is somebody else's or missing, still waits, its endpoint is switched off, or the store fails.
    pub async fn send_once_more(&self, caller: &Principal, id: MessageId) -> Result<(), NotifyError> {
        let sent = self.message(caller, id).await?;
        if sent.webhook.is_some_and(|webhook| webhook.state != WebhookState::On) {
            return Err(NotifyError::Conflict("this endpoint is switched off; switch it on first"));
        }
        let act = Act::new(Actor::from(caller), Action::MessageAsked, SubjectKind::Message.with(id.0));
        self.store
            .act(act.with_detail(json!({ "what": "once more" })), move |tx| {
                let mut message = tx.message(id)?.ok_or(StoreError::Missing { what: "message" })?;
                if message.state == MessageState::Waiting {
                    return Err(NotifyError::Conflict("this message waits to be sent already"));
                }
                (message.state, message.failures) = (MessageState::Waiting, 0);
                tx.save_message(&message)?;
                Ok(tx.send_again(id, message.to)?)
            })
            .await
    }

    /// Erases messages that are older than [`MESSAGE_DAYS`]. For jobs: blocks.
    ///
    /// # Errors
    /// A failure of the store.
    pub fn erase_old_messages(&self) -> Result<(), StoreError> {
        let erase = || {
            self.store.keep(|tx| {
                let before = tx.now() - TimeDelta::days(MESSAGE_DAYS);
                Ok::<_, StoreError>((tx.erase_messages_before(before, ERASED_AT_ONCE)?, Vec::new()))
            })
        };
        while erase()? == ERASED_AT_ONCE {}
        Ok(())
    }
}
