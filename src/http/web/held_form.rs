//! What somebody typed and sent after their session had ended, shown again once they have signed in: nothing of it was done.
//!
//! Keeping it is `access`'s; going on sends it as if its own button were pressed again, so that a form that is looked at before it
//! is sent is looked at now.

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::session::{Fields, SignedIn, home, see_other, session_secret};
use super::shell::{NavLink, Page, SummaryRow, render};
use super::words::capitalised;
use crate::access::HELD_MINUTES;
use crate::app::App;

/// Where it is shown.
const ADDRESS: &str = "/held-form";
/// The word in the address of the sign-in page that says that a form is kept.
const ENDED: &str = "ended";

pub(super) fn routes() -> Router<App> {
    Router::new().route(ADDRESS, get(show))
}

#[derive(Template)]
#[template(path = "held_form.html")]
struct HeldPage {
    page: Page,
    home: NavLink,
    minutes: i64,
    /// Where the form goes; nowhere when none is kept.
    action: Option<String>,
    rows: Vec<SummaryRow>,
    typed: Vec<(String, String)>,
}

/// Keeps what was typed when it came too late, and sends to where one signs in: nothing when it is not known whose it is.
pub(super) async fn came_late(app: &App, request: Request) -> Option<Response> {
    let secret = session_secret(app, request.headers())?;
    let path = request.uri().path().to_owned();
    let body = Bytes::from_request(request, app).await.ok()?;
    let fields = Fields::parse(&body);
    let held = app.access.hold_form(&secret, fields.get("csrf"), path, fields.pairs()).await;
    match held {
        Ok(true) => Some(see_other(&format!("/sign-in?next={ADDRESS}&{ENDED}=yes"))),
        Ok(false) => None,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a form that came late is not kept");
            None
        }
    }
}

/// What the sign-in page says to whom it was that came too late.
pub(super) fn said(query: &Fields) -> Option<String> {
    (query.get(ENDED) == "yes").then(|| {
        format!(
            "Your session has ended, and nothing was sent. Sign in again within {HELD_MINUTES} minutes: what you typed is kept for you."
        )
    })
}

async fn show(State(app): State<App>, who: SignedIn) -> Response {
    let held = app.access.held_form(who.account.id);
    let (action, typed) = match held {
        Some(held) => (Some(held.path), held.fields),
        None => (None, Vec::new()),
    };
    // At which step it was is not kept: what is looked at before it is sent is looked at again.
    let typed: Vec<(String, String)> = typed.into_iter().filter(|(name, _)| name != "step").collect();
    let row = |(name, value): &(String, String)| (capitalised(&name.replace('_', " ")), value.clone());
    let rows: Vec<(String, String)> = typed.iter().map(row).collect();
    let rows = rows.into_iter().filter(|(_, value)| !value.trim().is_empty());
    let title = match action {
        Some(_) => "What you typed is still here",
        None => "Nothing is kept for you",
    };
    let page = HeldPage {
        home: NavLink::new(home(who.account.role), "Go on without it"),
        minutes: HELD_MINUTES,
        page: who.page(title, ""),
        action,
        rows: rows
            .map(|(key, value)| SummaryRow {
                key,
                value,
                serial: false,
                change: None,
            })
            .collect(),
        typed,
    };
    render(StatusCode::OK, &page)
}
