//! The administrator's pages: accounts, partners, letters, tokens, decoys.

mod accounts;
mod decoys;
mod health;
mod hold_policy;
mod letter_form;
mod partners;
mod thresholds;
mod tokens;

use axum::Router;

use super::refusal::Refusal;
use super::session::SignedIn;
use crate::app::App;
use crate::domain::account::Role;
use crate::domain::audit::Actor;
use crate::domain::ids::PartnerId;
use crate::domain::partner::Partner;
use crate::http::error::Problem;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(accounts::routes())
        .merge(partners::routes())
        .merge(decoys::routes())
        .merge(health::routes())
        .merge(letter_form::routes())
        .merge(hold_policy::routes())
        .merge(tokens::routes())
}

/// The administrator as the log names them. Lets nobody else in.
async fn administrator(app: &App, who: &SignedIn) -> Result<Actor, Refusal> {
    who.with_role(app, &[Role::Administrator]).await?;
    Ok(Actor::Account(who.account.id))
}

/// The partner of this address.
async fn partner_of(app: &App, id: &str) -> Result<Partner, Refusal> {
    let id: PartnerId = id.parse().map_err(|_| Problem::missing("partner"))?;
    let partner = app.store.read(move |reader| reader.partner(id)).await?;
    Ok(partner.ok_or_else(|| Problem::missing("partner"))?)
}
