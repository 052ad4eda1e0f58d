//! What is said to whom outside: events to the endpoints of the force and of partners, signed as Standard Webhooks 1.0 asks;
//! and to people by mail, how much waits for them.
//!
//! Owns endpoints with their secrets, what a message looks like on the wire, when it is tried again and when an endpoint is given
//! up. Leaves what happened to `domain::notification` and to those who announce it, the way out to `egress`, and whose turn it is
//! to `jobs`.

mod digests;
mod endpoints;
mod error;
mod secret;
mod sending;
mod sent;

use std::sync::Arc;

use serde_json::json;
use url::Url;

use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, Subject, SubjectKind};
use crate::domain::ids::WebhookId;
use crate::domain::notification::{Holder, Webhook};
use crate::egress::{GuardedFetcher, Mailer};
use crate::store::{Store, StoreError};

pub use endpoints::{ENDPOINTS_MAX, FORMER_HOURS};
pub use error::NotifyError;
pub use secret::{NotifyKey, WebhookSecret};
pub use sending::{RETRIES_S, Turn};
pub use sent::{MESSAGE_DAYS, SentMessage};

/// What is said outside. Cheap to clone.
#[derive(Clone)]
pub struct Notify {
    store: Store,
    key: Arc<NotifyKey>,
    poster: GuardedFetcher,
    site: Url,
    mailer: Option<Mailer>,
    digest_hour: u32,
}

impl Notify {
    /// Over this store; secrets are sealed under `key`, messages go out by `poster`, and their links begin with `site`.
    #[must_use]
    pub fn new(store: Store, key: NotifyKey, poster: GuardedFetcher, site: Url) -> Self {
        Self {
            store,
            key: Arc::new(key),
            poster,
            site,
            mailer: None,
            digest_hour: 0,
        }
    }

    /// The same, with a way to send mail: daily digests from this hour of the day on, UTC.
    #[must_use]
    pub fn with_mail(mut self, mailer: Option<Mailer>, digest_hour: u32) -> Self {
        (self.mailer, self.digest_hour) = (mailer, digest_hour);
        self
    }

    /// Whose endpoints the caller sets: an administrator the force's, whoever speaks for a partner that partner's. Else the refusal
    /// is logged.
    ///
    /// # Errors
    /// When the caller is neither, or the store fails.
    pub async fn holder(&self, caller: &Principal) -> Result<Holder, NotifyError> {
        match (caller.role(), caller.partner()) {
            (Some(Role::Administrator), _) => Ok(Holder::Force),
            (_, Some(partner)) => Ok(Holder::Partner(partner)),
            _ => {
                let why = "this is for administrators and partners";
                self.refused(caller, SubjectKind::Webhook.all(), why).await?;
                Err(NotifyError::NotAllowed(why))
            }
        }
    }

    /// The endpoint, when it is the caller's. To others it does not exist, and their try is logged.
    async fn own(&self, caller: &Principal, id: WebhookId) -> Result<Webhook, NotifyError> {
        let holder = self.holder(caller).await?;
        let found = self.store.read(move |reader| reader.webhook(id)).await?;
        let missing = StoreError::Missing { what: "endpoint" };
        match found {
            Some(webhook) if webhook.holder == holder => Ok(webhook),
            Some(_) => {
                let subject = SubjectKind::Webhook.with(id.0);
                self.refused(caller, subject, "this endpoint is somebody else's").await?;
                Err(missing.into())
            }
            None => Err(missing.into()),
        }
    }

    async fn refused(&self, caller: &Principal, subject: Subject, why: &str) -> Result<(), StoreError> {
        let act = Act::new(Actor::from(caller), Action::AccessRefused, subject).with_detail(json!({ "why": why }));
        self.store.act(act, |_| Ok(())).await
    }
}

#[cfg(test)]
mod tests;
