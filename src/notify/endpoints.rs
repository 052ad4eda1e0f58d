//! Endpoints: entered, changed, given another secret, switched off and on, removed. Each is an act of its holder in the log.

use chrono::TimeDelta;
use serde_json::json;
use url::Url;

use super::{Notify, NotifyError, WebhookSecret};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::WebhookId;
use crate::domain::notification::{EventKind, Holder, Webhook, WebhookState};
use crate::store::StoreError;

/// Most endpoints of one holder.
pub const ENDPOINTS_MAX: usize = 5;
/// Hours in which the secret before a new one signs too.
pub const FORMER_HOURS: i64 = 24;
/// Longest address, bytes.
const URL_BYTES_MAX: usize = 2000;

impl Notify {
    /// The caller's endpoints, oldest first.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn webhooks(&self, caller: &Principal) -> Result<Vec<Webhook>, NotifyError> {
        let holder = self.holder(caller).await?;
        Ok(self.store.read(move |reader| reader.webhooks_of(holder)).await?)
    }

    /// One endpoint of the caller's.
    ///
    /// # Errors
    /// When the caller may not, it is somebody else's or missing, or the store fails.
    pub async fn webhook(&self, caller: &Principal, id: WebhookId) -> Result<Webhook, NotifyError> {
        self.own(caller, id).await
    }

    /// Enters an endpoint, with a secret that is shown this once.
    ///
    /// # Errors
    /// When the caller may not, the address may not be sent to, no event is named or one that the caller is not told of, there are
    /// too many endpoints, or the store fails.
    pub async fn enter_webhook(
        &self,
        caller: &Principal,
        url: &str,
        events: Vec<EventKind>,
    ) -> Result<(Webhook, WebhookSecret), NotifyError> {
        let holder = self.holder(caller).await?;
        let (url, events) = (self.address(url)?, checked(holder, events)?);
        let secret = WebhookSecret::generate()?;
        let id = WebhookId::generate(self.store.clock().now());
        let secret_sealed = self.key.seal(id, &secret)?;
        let actor = Actor::from(caller);
        let entered = self.store.act_with(move |tx| {
            if tx.webhooks_of(holder)?.len() >= ENDPOINTS_MAX {
                return Err(NotifyError::Conflict("there are five endpoints already; remove one first"));
            }
            let webhook = Webhook {
                id,
                holder,
                url,
                events,
                state: WebhookState::On,
                secret_sealed,
                former: None,
                failures: 0,
                rest_until: None,
                succeeded_at: None,
                created_at: tx.now(),
            };
            tx.save_webhook(&webhook)?;
            let act = changed(actor, &webhook, "entered");
            Ok((webhook, vec![act]))
        });
        Ok((entered.await?, secret))
    }

    /// Sets what an endpoint is told of and whether it is sent to at all. One that is switched on begins anew: earlier failures do
    /// not count against it.
    ///
    /// # Errors
    /// As [`Notify::enter_webhook`], and when the endpoint is somebody else's or missing.
    pub async fn change_webhook(
        &self,
        caller: &Principal,
        id: WebhookId,
        url: &str,
        events: Vec<EventKind>,
        on: bool,
    ) -> Result<Webhook, NotifyError> {
        let known = self.own(caller, id).await?;
        let (url, events) = (self.address(url)?, checked(known.holder, events)?);
        let actor = Actor::from(caller);
        let saved = self.store.act_with(move |tx| {
            let mut webhook = tx.webhook(id)?.ok_or(StoreError::Missing { what: "endpoint" })?;
            let was_on = webhook.state == WebhookState::On;
            (webhook.url, webhook.events) = (url, events);
            if on && !was_on {
                (webhook.state, webhook.failures, webhook.rest_until) = (WebhookState::On, 0, None);
            } else if !on && was_on {
                webhook.state = WebhookState::Off;
                tx.give_up_messages_to(id)?;
            }
            tx.save_webhook(&webhook)?;
            let act = changed(actor, &webhook, "changed");
            Ok::<_, NotifyError>((webhook, vec![act]))
        });
        saved.await
    }

    /// Gives an endpoint another secret, which is shown this once. The one before signs beside it for [`FORMER_HOURS`].
    ///
    /// # Errors
    /// When the endpoint is somebody else's or missing, or the store fails.
    pub async fn rotate_secret(&self, caller: &Principal, id: WebhookId) -> Result<(Webhook, WebhookSecret), NotifyError> {
        self.own(caller, id).await?;
        let secret = WebhookSecret::generate()?;
        let sealed = self.key.seal(id, &secret)?;
        let actor = Actor::from(caller);
        let rotated = self.store.act_with(move |tx| {
            let mut webhook = tx.webhook(id)?.ok_or(StoreError::Missing { what: "endpoint" })?;
            let before = std::mem::replace(&mut webhook.secret_sealed, sealed);
            webhook.former = Some((before, tx.now() + TimeDelta::hours(FORMER_HOURS)));
            tx.save_webhook(&webhook)?;
            let act = Act::new(actor, Action::WebhookSecretRotated, SubjectKind::Webhook.with(id.0));
            Ok::<_, NotifyError>((webhook, vec![act]))
        });
        Ok((rotated.await?, secret))
    }

    /// Removes an endpoint, with what was sent to it.
    ///
    /// # Errors
    /// When the endpoint is somebody else's or missing, or the store fails.
    pub async fn remove_webhook(&self, caller: &Principal, id: WebhookId) -> Result<(), NotifyError> {
        let webhook = self.own(caller, id).await?;
        let act = changed(Actor::from(caller), &webhook, "removed");
        let removed = self.store.act(act, move |tx| {
            tx.give_up_messages_to(id)?;
            tx.delete_webhook(id)
        });
        Ok(removed.await?)
    }

    fn address(&self, text: &str) -> Result<Url, NotifyError> {
        let invalid = |reason: String| NotifyError::Invalid { field: "url", reason };
        let url: Url = text
            .trim()
            .parse()
            .map_err(|_| invalid("expected an address such as https://desk.example.org/hooks".to_owned()))?;
        if url.as_str().len() > URL_BYTES_MAX || url.fragment().is_some() {
            return Err(invalid(format!(
                "expected at most {URL_BYTES_MAX} characters and nothing after #"
            )));
        }
        self.poster
            .check_receiver(&url)
            .map_err(|error| NotifyError::address(&error))?;
        Ok(url)
    }
}

/// Each kind once; all of them such that the holder is told of.
fn checked(holder: Holder, events: Vec<EventKind>) -> Result<Vec<EventKind>, NotifyError> {
    let invalid = |reason: &str| NotifyError::Invalid {
        field: "events",
        reason: reason.to_owned(),
    };
    let known = EventKind::of(holder);
    if events.iter().any(|event| !known.contains(event)) {
        let words: Vec<&str> = known.iter().map(|event| event.word()).collect();
        return Err(invalid(&format!("expected some of {}", words.join(", "))));
    }
    if events.is_empty() {
        return Err(invalid("name at least one event"));
    }
    Ok(known.into_iter().filter(|event| events.contains(event)).collect())
}

fn changed(actor: Actor, webhook: &Webhook, what: &str) -> Act {
    Act::new(actor, Action::WebhookChanged, SubjectKind::Webhook.with(webhook.id.0)).with_detail(json!({
        "what": what, "partner": webhook.holder.partner(), "host": webhook.url.host_str(), "state": webhook.state,
        "events": webhook.events,
    }))
}
