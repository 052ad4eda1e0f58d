//! Feeds' settings: how each is written, whence it is fetched and with what secret, and having it fetched at once.

use serde_json::json;

use super::{FeedKey, Intake, IntakeError};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::feed::{Feed, FeedSettings, PullState};
use crate::domain::feed_secret::{PullSecret, SecretText, is_header_value, server_of};
use crate::domain::ids::{FeedId, PartnerId};
use crate::domain::partner::Slug;
use crate::store::{StoreError, Tx};

impl Intake {
    /// Enters a feed's settings, or changes them. `secret` is what its server wants to be shown; one that is held already for the
    /// same server stays where none is given.
    ///
    /// # Errors
    /// [`IntakeError::FeedSecretNeeded`] or [`IntakeError::FeedSecretForm`], or a failure of the store.
    pub async fn set_feed(
        &self,
        actor: Actor,
        partner: PartnerId,
        name: Slug,
        settings: FeedSettings,
        secret: Option<SecretText>,
    ) -> Result<Feed, IntakeError> {
        let key = self.0.feed_key.clone();
        let set = move |tx: &mut Tx<'_>| set_feed(tx, actor, partner, name, settings, (&key, secret));
        self.0.store.act_with(set).await
    }

    /// Removes a feed. Its listings stay.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the partner has no such feed.
    pub async fn remove_feed(&self, actor: Actor, partner: PartnerId, name: Slug) -> Result<(), IntakeError> {
        let remove = move |tx: &mut Tx<'_>| remove_feed(tx, actor, partner, &name);
        Ok(self.0.store.act_with(remove).await?)
    }

    /// Says that what is missing in a feed's last whole file is missing indeed: the feed is fetched at once, and what it does not
    /// name is withdrawn, however much that is.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the partner has no such feed, or it is not pulled.
    pub async fn confirm_missing(&self, actor: Actor, partner: PartnerId, name: Slug) -> Result<(), IntakeError> {
        let confirm = move |tx: &mut Tx<'_>| {
            fetch_at_once(tx, actor, partner, &name, "missing_confirmed", |state| PullState {
                etag: None,
                last_modified: None,
                confirmed: true,
                ..state
            })
        };
        Ok(self.0.store.act_with(confirm).await?)
    }

    /// Has a feed fetched at once, whatever its schedule says and however often it has failed; `again`: also where its file has
    /// not changed.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the partner has no such feed, or it is not pulled.
    pub async fn fetch_feed(&self, actor: Actor, partner: PartnerId, name: Slug, again: bool) -> Result<(), IntakeError> {
        let why = if again { "read_again" } else { "fetched_at_once" };
        let fetch = move |tx: &mut Tx<'_>| {
            fetch_at_once(tx, actor, partner, &name, why, |state| match again {
                true => PullState {
                    etag: None,
                    last_modified: None,
                    ..state
                },
                false => state,
            })
        };
        Ok(self.0.store.act_with(fetch).await?)
    }
}

/// Enters a feed's settings, or changes them, inside a transaction; see [`Intake::set_feed`].
///
/// # Errors
/// As there.
pub fn set_feed(
    tx: &mut Tx<'_>,
    actor: Actor,
    partner: PartnerId,
    name: Slug,
    settings: FeedSettings,
    (key, secret): (&FeedKey, Option<SecretText>),
) -> Result<(Feed, Vec<Act>), IntakeError> {
    let known = tx.feed_named(partner, name.as_str())?;
    let feed = Feed {
        id: known.as_ref().map_or_else(|| FeedId::generate(tx.now()), |feed| feed.id),
        partner,
        name,
        settings,
        created_at: known.as_ref().map_or(tx.now(), |feed| feed.created_at),
        updated_at: tx.now(),
    };
    tx.save_feed(&feed)?;
    let before = known.as_ref().map(|known| &known.settings);
    let (is_other_secret, secret) = (secret.is_some(), keep_secret(tx, &feed, before, key, secret)?);
    if before.is_none_or(|before| before.pull != feed.settings.pull) {
        // Another place or another time: begun at once, and nothing is known of the file there.
        let state = feed.settings.pull.as_ref().map(|_| PullState {
            due_at: tx.now(),
            etag: None,
            last_modified: None,
            failures: 0,
            held: 0,
            confirmed: false,
        });
        tx.save_pull_state(feed.id, state.as_ref())?;
    } else if is_other_secret && let Some(state) = tx.pull_state(feed.id)? {
        // The server may let us in now.
        let again = PullState {
            due_at: tx.now(),
            failures: 0,
            ..state
        };
        tx.save_pull_state(feed.id, Some(&again))?;
    }
    if before.is_some_and(|before| before.pull == feed.settings.pull && *before != feed.settings)
        && let Some(state) = tx.pull_state(feed.id)?
    {
        // The same file is read otherwise: it is fetched again, changed or not.
        let again = PullState {
            due_at: tx.now(),
            etag: None,
            last_modified: None,
            ..state
        };
        tx.save_pull_state(feed.id, Some(&again))?;
    }
    let act = Act::new(actor, Action::FeedChanged, SubjectKind::Partner.with(partner.0))
        .with_detail(json!({ "feed": feed.name, "format": feed.settings.format, "new": known.is_none(), "secret": secret }));
    Ok((feed, vec![act]))
}

/// Keeps the secret that a feed's settings name, or lets it go; what became of it, in a word for the log.
fn keep_secret(
    tx: &mut Tx<'_>,
    feed: &Feed,
    before: Option<&FeedSettings>,
    key: &FeedKey,
    given: Option<SecretText>,
) -> Result<&'static str, IntakeError> {
    let Some((pull, kind)) = feed
        .settings
        .pull
        .as_ref()
        .and_then(|pull| Some((pull, pull.secret.as_ref()?)))
    else {
        tx.save_feed_secret(feed.id, None)?;
        return Ok("none");
    };
    if let Some(secret) = given {
        if matches!(kind, PullSecret::Header(_)) && !is_header_value(secret.reveal()) {
            return Err(IntakeError::FeedSecretForm);
        }
        let sealed = key.seal(feed.id, &server_of(&pull.url), &secret)?;
        tx.save_feed_secret(feed.id, Some(&sealed))?;
        return Ok("set");
    }
    // Whoever may name another server must not learn there what the first was shown.
    let same = before
        .and_then(|before| before.pull.as_ref())
        .is_some_and(|before| before.secret.as_ref() == Some(kind) && server_of(&before.url) == server_of(&pull.url));
    match same && tx.feed_secret(feed.id)?.is_some() {
        true => Ok("kept"),
        false => Err(IntakeError::FeedSecretNeeded {
            field: match kind {
                PullSecret::User(_) => "password",
                PullSecret::Header(_) => "value",
            },
        }),
    }
}

/// Removes a feed inside a transaction.
///
/// # Errors
/// [`StoreError::Missing`] when the partner has no such feed.
pub fn remove_feed(tx: &mut Tx<'_>, actor: Actor, partner: PartnerId, name: &Slug) -> Result<((), Vec<Act>), StoreError> {
    let Some(feed) = tx.feed_named(partner, name.as_str())? else {
        return Err(StoreError::Missing { what: "feed" });
    };
    tx.delete_feed(feed.id)?;
    let act = Act::new(actor, Action::FeedRemoved, SubjectKind::Partner.with(partner.0)).with_detail(json!({ "feed": name }));
    Ok(((), vec![act]))
}

fn fetch_at_once(
    tx: &mut Tx<'_>,
    actor: Actor,
    partner: PartnerId,
    name: &Slug,
    what: &str,
    change: impl FnOnce(PullState) -> PullState,
) -> Result<((), Vec<Act>), StoreError> {
    let Some(feed) = tx.feed_named(partner, name.as_str())? else {
        return Err(StoreError::Missing { what: "feed" });
    };
    let Some(mut state) = tx.pull_state(feed.id)? else {
        return Err(StoreError::Missing {
            what: "feed that is pulled",
        });
    };
    let held = state.held;
    state.due_at = tx.now();
    tx.save_pull_state(feed.id, Some(&change(state)))?;
    let act = Act::new(actor, Action::FeedChanged, SubjectKind::Partner.with(partner.0))
        .with_detail(json!({ "feed": name, "why": what, "held": held }));
    Ok(((), vec![act]))
}
