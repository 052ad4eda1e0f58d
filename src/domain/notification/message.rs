//! Messages on their way to endpoints and mailboxes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{EventKind, Holder};
use crate::domain::ids::{AccountId, MessageId, WebhookId};
use crate::domain::time::Timestamp;

/// Whether an endpoint is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// Yes.
    On,
    /// No: somebody switched it off.
    Off,
    /// No: it failed for too long.
    Failed,
    /// No: it said that it is gone for good (HTTP 410).
    Gone,
}

impl WebhookState {
    /// The word in files and the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Failed => "failed",
            Self::Gone => "gone",
        }
    }
}

/// Where events are sent to.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub holder: Holder,
    /// Its address.
    pub url: Url,
    /// What it is told of.
    pub events: Vec<EventKind>,
    /// Whether it is sent to.
    pub state: WebhookState,
    /// The secret that signs, sealed.
    pub secret_sealed: Vec<u8>,
    /// The secret before, sealed, and until when it signs too.
    pub former: Option<(Vec<u8>, Timestamp)>,
    /// Failed tries since one succeeded.
    pub failures: u32,
    /// Until when nothing is sent to it, because it fails.
    pub rest_until: Option<Timestamp>,
    /// When a try last succeeded.
    pub succeeded_at: Option<Timestamp>,
    /// When it was entered.
    pub created_at: Timestamp,
}

/// To whom a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// To an endpoint.
    Webhook(WebhookId),
    /// To somebody's mailbox.
    Mailbox(AccountId),
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// It will be tried, again.
    Waiting,
    /// It was taken.
    Sent,
    /// It will not be tried any more.
    GivenUp,
}

/// Something that is sent to somebody outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its id, the same at every try.
    pub id: MessageId,
    /// On whose account it is sent.
    pub holder: Holder,
    /// To whom.
    pub to: Recipient,
    /// What it tells of.
    pub event: EventKind,
    /// Ids, kinds and instants.
    pub about: Value,
    /// The page to look at.
    pub page: String,
    /// When it came about.
    pub made_at: Timestamp,
    /// How far it is.
    pub state: MessageState,
    /// Failed tries since it was made, or sent once more.
    pub failures: u32,
}

/// One try to send a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTry {
    /// When it began.
    pub at: Timestamp,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// The status that came back, when one did.
    pub status: Option<u16>,
    /// What came of it, in a few words.
    pub outcome: String,
}
