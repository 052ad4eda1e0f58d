//! What was sent: each message with its tries, and a button to send it once more.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::domain::ids::MessageId;
use crate::domain::notification::{MessageState, Recipient};
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{Fields, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Page, SummaryRow, render};
use crate::http::web::words;
use crate::notify::{MESSAGE_DAYS, SentMessage};

/// The page of the navigation that this belongs to.
const HOME: &str = "/webhooks";
/// Messages on one page.
const A_PAGE: usize = 50;
const NOTICES: [(&str, &str); 1] = [("again", "It is sent again now. What comes of it stands here in a moment.")];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sent", get(list))
        .route("/sent/{id}", get(show).post(send_again))
}

/// One message in a list.
pub(super) struct SentRow {
    pub(super) id: String,
    pub(super) made_at: String,
    pub(super) event: &'static str,
    pub(super) to: String,
    pub(super) standing: &'static str,
    pub(super) colour: &'static str,
    pub(super) tries: usize,
    pub(super) last: String,
}

#[derive(Template)]
#[template(path = "notify/sent.html")]
struct SentPage {
    page: Page,
    days: i64,
    messages: Vec<SentRow>,
    next: Option<String>,
}

struct TryRow {
    at: String,
    took: String,
    status: String,
    outcome: String,
}

#[derive(Template)]
#[template(path = "notify/message.html")]
struct MessagePage {
    page: Page,
    id: String,
    standing: &'static str,
    colour: &'static str,
    rows: Vec<SummaryRow>,
    tries: Vec<TryRow>,
    can_send: bool,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
    let before: Option<MessageId> = query.get("before").parse().ok();
    let mut found = app.notify.messages(&who.principal(), None, before, A_PAGE + 1).await?;
    let more = found.len() > A_PAGE;
    found.truncate(A_PAGE);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| format!("/sent?before={}", last.message.id));
    let shown = SentPage {
        page: who.page("What was sent", HOME),
        days: MESSAGE_DAYS,
        messages: found.iter().map(row).collect(),
        next,
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    app.notify.holder(&who.principal()).await?;
    let sent = app.notify.message(&who.principal(), parsed(&id)?).await?;
    let row = row(&sent);
    let tries = sent.tries.iter().map(|tried| TryRow {
        at: words::instant(tried.at),
        took: format!("{} ms", tried.took_ms),
        status: tried.status.map_or_else(String::new, |status| status.to_string()),
        outcome: tried.outcome.clone(),
    });
    let shown = MessagePage {
        page: with_notice(who.page(row.event, HOME), &uri, &NOTICES),
        id: row.id,
        standing: row.standing,
        colour: row.colour,
        rows: vec![
            SummaryRow::new("To", row.to),
            SummaryRow::new("Kind", sent.message.event.word()).as_serial(),
            SummaryRow::new("Message id", format!("msg_{}", sent.message.id.0.simple())).as_serial(),
            SummaryRow::new("Came about", row.made_at),
            SummaryRow::new("Says", sent.message.about.to_string()).as_serial(),
        ],
        tries: tries.collect(),
        can_send: sent.message.state != MessageState::Waiting,
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn send_again(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    app.notify.holder(&form.who.principal()).await?;
    let id = parsed(&id)?;
    app.notify.send_once_more(&form.who.principal(), id).await?;
    Ok(see_other(&format!("/sent/{id}?done=again")))
}

/// A message as a list shows it.
pub(super) fn row(sent: &SentMessage) -> SentRow {
    let message = &sent.message;
    let (standing, colour) = match message.state {
        MessageState::Sent => ("sent", "green"),
        MessageState::Waiting if message.failures > 0 => ("failing, tried again", "orange"),
        MessageState::Waiting => ("waiting", "blue"),
        MessageState::GivenUp => ("given up", "red"),
    };
    let last = sent.tries.last().map_or_else(String::new, |tried| match tried.status {
        Some(status) => format!("{}: {status}, {}", words::instant(tried.at), tried.outcome),
        None => format!("{}: {}", words::instant(tried.at), tried.outcome),
    });
    SentRow {
        id: message.id.to_string(),
        made_at: words::instant(message.made_at),
        event: message.event.says(),
        to: match (&sent.webhook, message.to) {
            (Some(webhook), _) => webhook.url.to_string(),
            (None, Recipient::Webhook(_)) => "an endpoint".to_owned(),
            (None, Recipient::Mailbox(_)) => "a mailbox".to_owned(),
        },
        standing,
        colour,
        tries: sent.tries.len(),
        last,
    }
}

fn parsed(id: &str) -> Result<MessageId, Problem> {
    id.parse().map_err(|_| Problem::missing("message"))
}
