//! The web pages, one module an audience; they stand on the shell.

use axum::Router;
use tower_http::csrf::CsrfLayer;

use crate::app::App;
use crate::http::error::Problem;

mod administrator;
mod auditor;
mod clock;
mod confirming;
mod entry;
mod feed_health;
mod held_form;
mod letters;
mod notify;
pub(in crate::http) mod officer;
mod owner;
mod partner;
mod password;
pub mod photos;
mod police_questions;
pub mod refusal;
pub mod session;
pub mod shell;
mod supervisor;
mod tokens;
mod upload;
pub mod words;
pub(in crate::http) mod zone;

/// The routes of all pages. A form sent from another site is refused by its origin, before its token is looked at.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(entry::routes())
        .merge(held_form::routes())
        .merge(password::routes())
        .merge(owner::routes())
        .merge(photos::routes())
        .merge(partner::routes())
        .merge(police_questions::routes())
        .merge(administrator::routes())
        .merge(officer::routes())
        .merge(supervisor::routes())
        .merge(auditor::routes())
        .merge(notify::routes())
        .fallback(nothing_here)
        .layer(CsrfLayer::new())
}

async fn nothing_here() -> refusal::Refusal {
    Problem::missing("page; check the address").into()
}
