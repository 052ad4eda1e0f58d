//! Notifications: an administrator's pages for the force's endpoints, and a partner's for its own; what was sent to them; and
//! for everybody for whom something waits, when they are mailed of it.
//!
//! One set of pages for both: whose endpoints they show follows from who is signed in.

mod digest;
mod endpoints;
mod sent;

use axum::Router;

use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(endpoints::routes())
        .merge(sent::routes())
        .merge(digest::routes())
}
