//! Administration without a browser: accounts, partners, letters, feeds, tokens. Works while the service runs, see
//! [`crate::lifecycle::Administration`]; what is done is logged as done at the command line.

use std::future::Future;

use anyhow::Context;

use super::Place;
use super::serve::runtime;
use crate::domain::account::{Account, Email};
use crate::domain::partner::{Partner, Slug};
use crate::domain::time::Clock;
use crate::lifecycle::Administration;
use crate::store::Reader;

pub(super) mod feed;
mod feed_pull;
pub(super) mod letter;
pub(super) mod partner;
pub(super) mod token;
pub(super) mod user;

/// Opens the place and does one act there.
fn administer<T, F>(place: &Place, act: impl FnOnce(Administered) -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    let config = place.existing()?;
    let administration = Administration::open(&config, Clock::system())?;
    let parts = Administered {
        access: administration.access.clone(),
        casework: administration.casework.clone(),
        store: administration.store.clone(),
        feed_key: administration.feed_key.clone(),
    };
    runtime()?.block_on(act(parts))
}

/// The parts that an act works with.
struct Administered {
    access: crate::access::Access,
    casework: crate::casework::Casework,
    store: crate::store::Store,
    feed_key: crate::intake::FeedKey,
}

/// The partner of a short name.
pub(super) fn partner_named(reader: &Reader<'_>, slug: &Slug) -> anyhow::Result<Partner> {
    reader
        .partner_by_slug(slug)?
        .with_context(|| format!("there is no partner {slug}; see replevin partner list"))
}

/// The account of an address.
fn account_named(reader: &Reader<'_>, email: &Email) -> anyhow::Result<Account> {
    let (account, _) = reader
        .account_by_email(email)?
        .with_context(|| format!("there is no account {}; see replevin user list", email.as_str()))?;
    Ok(account)
}
