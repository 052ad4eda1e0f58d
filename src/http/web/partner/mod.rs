//! The partners' pages: what of their deliveries was taken, how their feeds fare, the letter that they are under, what police ask of them.

mod decoys;
mod deliveries;
mod feed;
mod feed_form;
mod feeds;
mod holds;
mod proofs;
mod requests;
mod sample;
mod tokens;

use axum::Router;

use super::refusal::Refusal;
use super::session::SignedIn;
use crate::app::App;
use crate::domain::account::Role;
use crate::domain::ids::PartnerId;
use crate::http::error::Problem;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(deliveries::routes())
        .merge(decoys::routes())
        .merge(feed::routes())
        .merge(feed_form::routes())
        .merge(feeds::routes())
        .merge(holds::routes())
        .merge(requests::routes())
        .merge(proofs::routes())
        .merge(sample::routes())
        .merge(tokens::routes())
}

/// The partner for whom the person answers. Lets nobody else in.
async fn own_partner(app: &App, who: &SignedIn) -> Result<PartnerId, Refusal> {
    who.with_role(app, &[Role::Partner]).await?;
    let partner = who
        .account
        .partner
        .ok_or_else(|| Problem::forbidden("this account answers for no partner"))?;
    Ok(partner)
}
