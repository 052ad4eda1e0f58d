//! The web pages, one module an audience; they stand on the shell.

use axum::Router;

use crate::app::App;

pub mod shell;

/// The routes of all pages.
pub(super) fn routes(_app: &App) -> Router<App> {
    Router::new()
}
