//! Endpoints: the list with a form for another one, and the page of each.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::sent::{self, SentRow};
use crate::app::App;
use crate::domain::ids::WebhookId;
use crate::domain::notification::{EventKind, Holder, Webhook, WebhookState};
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, Page, SummaryRow, render};
use crate::http::web::words;
use crate::notify::{FORMER_HOURS, NotifyError};

/// Where the list is.
const LIST: &str = "/webhooks";
/// Messages shown on an endpoint's page.
const MESSAGES_SHOWN: usize = 20;
const NOTICES: [(&str, &str); 4] = [
    ("changed", "The endpoint is changed."),
    ("removed", "The endpoint is removed."),
    ("trial", "A trial is sent now. What comes of it stands here in a moment."),
    (
        "off",
        "The endpoint is switched off. What waited for it is given up; messages can be sent again one by one.",
    ),
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/webhooks", get(list).post(enter))
        .route("/webhooks/{id}", get(show).post(change))
}

struct EndpointRow {
    id: String,
    url: String,
    standing: &'static str,
    colour: &'static str,
    succeeded_at: String,
    events: usize,
}

#[derive(Template)]
#[template(path = "notify/webhooks.html")]
struct ListPage {
    page: Page,
    partner: bool,
    endpoints: Vec<EndpointRow>,
    url: String,
    events: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "notify/webhook.html")]
struct EndpointPage {
    page: Page,
    id: String,
    standing: &'static str,
    colour: &'static str,
    on: bool,
    note: String,
    rows: Vec<SummaryRow>,
    url: String,
    events: Vec<Choice>,
    messages: Vec<SentRow>,
}

#[derive(Template)]
#[template(path = "notify/secret.html")]
struct SecretPage {
    page: Page,
    id: String,
    url: String,
    secret: String,
    former_hours: Option<i64>,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let holder = app.notify.holder(&who.principal()).await?;
    let page = with_notice(who.page("Notifications", LIST), &uri, &NOTICES);
    let shown = list_page(&app, &who, page, (holder, "", &EventKind::of(holder))).await?;
    Ok(render(StatusCode::OK, &shown))
}

async fn list_page(
    app: &App,
    who: &SignedIn,
    page: Page,
    (holder, url, chosen): (Holder, &str, &[EventKind]),
) -> Result<ListPage, Refusal> {
    let endpoints = app.notify.webhooks(&who.principal()).await?;
    Ok(ListPage {
        page,
        partner: holder.partner().is_some(),
        endpoints: endpoints.iter().map(row).collect(),
        url: url.to_owned(),
        events: choices(holder, chosen),
    })
}

async fn enter(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = form.who.principal();
    let holder = app.notify.holder(&caller).await?;
    let (url, events) = (form.fields.get("url"), events_of(&form.fields));
    match app.notify.enter_webhook(&caller, url, events.clone()).await {
        Ok((webhook, secret)) => {
            let shown = secret_page(&form.who, &webhook, secret.reveal(), None);
            Ok(render(StatusCode::OK, &shown))
        }
        Err(NotifyError::Invalid { field, reason }) => {
            let page = form
                .who
                .page("Notifications", LIST)
                .with_error(field, words::sentence(&reason));
            let shown = list_page(&app, &form.who, page, (holder, url, &events)).await?;
            Ok(render(FORM_AGAIN, &shown))
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    app.notify.holder(&who.principal()).await?;
    let webhook = app.notify.webhook(&who.principal(), parsed(&id)?).await?;
    let page = with_notice(who.page("Endpoint", LIST), &uri, &NOTICES);
    let (url, events) = (webhook.url.to_string(), webhook.events.clone());
    let shown = endpoint_page(&app, &who, page, (&webhook, url, &events)).await?;
    Ok(render(StatusCode::OK, &shown))
}

/// What a button of the page asks for in `go`.
async fn change(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = form.who.principal();
    app.notify.holder(&caller).await?;
    let webhook = app.notify.webhook(&caller, parsed(&id)?).await?;
    let own = format!("{LIST}/{}", webhook.id);
    let is_on = webhook.state == WebhookState::On;
    let (url, events, on, done) = match form.fields.get("go") {
        "trial" => {
            app.notify.try_webhook(&caller, webhook.id).await?;
            return Ok(see_other(&format!("{own}?done=trial")));
        }
        "secret" => {
            let (webhook, secret) = app.notify.rotate_secret(&caller, webhook.id).await?;
            let shown = secret_page(&form.who, &webhook, secret.reveal(), Some(FORMER_HOURS));
            return Ok(render(StatusCode::OK, &shown));
        }
        "remove" => {
            app.notify.remove_webhook(&caller, webhook.id).await?;
            return Ok(see_other(&format!("{LIST}?done=removed")));
        }
        "on" => (webhook.url.to_string(), webhook.events.clone(), true, "changed"),
        "off" => (webhook.url.to_string(), webhook.events.clone(), false, "off"),
        _ => (form.fields.get("url").to_owned(), events_of(&form.fields), is_on, "changed"),
    };
    match app.notify.change_webhook(&caller, webhook.id, &url, events.clone(), on).await {
        Ok(_) => Ok(see_other(&format!("{own}?done={done}"))),
        Err(NotifyError::Invalid { field, reason }) => {
            let page = form.who.page("Endpoint", LIST).with_error(field, words::sentence(&reason));
            let shown = endpoint_page(&app, &form.who, page, (&webhook, url, &events)).await?;
            Ok(render(FORM_AGAIN, &shown))
        }
        Err(error) => Err(error.into()),
    }
}

async fn endpoint_page(
    app: &App,
    who: &SignedIn,
    page: Page,
    (webhook, url, chosen): (&Webhook, String, &[EventKind]),
) -> Result<EndpointPage, Refusal> {
    let messages = app
        .notify
        .messages(&who.principal(), Some(webhook.id), None, MESSAGES_SHOWN)
        .await?;
    let (standing, colour) = standing(webhook);
    let now = app.clock.now();
    let note = match (webhook.state, webhook.rest_until.filter(|until| *until > now)) {
        (WebhookState::Failed, _) => "It took nothing for three days, so nothing is sent to it any more.".to_owned(),
        (WebhookState::Gone, _) => "It answered that it is gone for good (410), so nothing is sent to it any more.".to_owned(),
        (WebhookState::On, Some(until)) => format!("It fails, and is left in peace until {}.", words::instant(until)),
        _ => String::new(),
    };
    let mut rows = vec![
        SummaryRow::new("Address", webhook.url.to_string()).as_serial(),
        SummaryRow::new("Last taken", webhook.succeeded_at.map_or("never".to_owned(), words::instant)),
        SummaryRow::new("Entered", words::instant(webhook.created_at)),
    ];
    if let Some((_, until)) = webhook.former.as_ref().filter(|(_, until)| *until > now) {
        rows.push(SummaryRow::new(
            "The secret before",
            format!("signs too until {}", words::instant(*until)),
        ));
    }
    Ok(EndpointPage {
        page,
        id: webhook.id.to_string(),
        standing,
        colour,
        on: webhook.state == WebhookState::On,
        note,
        rows,
        url,
        events: choices(webhook.holder, chosen),
        messages: messages.iter().map(sent::row).collect(),
    })
}

fn secret_page(who: &SignedIn, webhook: &Webhook, secret: String, former_hours: Option<i64>) -> SecretPage {
    SecretPage {
        page: who.page("Copy the secret now", LIST),
        id: webhook.id.to_string(),
        url: webhook.url.to_string(),
        secret,
        former_hours,
    }
}

fn row(webhook: &Webhook) -> EndpointRow {
    let (standing, colour) = standing(webhook);
    EndpointRow {
        id: webhook.id.to_string(),
        url: webhook.url.to_string(),
        standing,
        colour,
        succeeded_at: webhook.succeeded_at.map_or("never".to_owned(), words::instant),
        events: webhook.events.len(),
    }
}

fn standing(webhook: &Webhook) -> (&'static str, &'static str) {
    match webhook.state {
        WebhookState::On if webhook.failures > 0 => ("failing", "orange"),
        WebhookState::On => ("on", "green"),
        WebhookState::Off => ("off", "grey"),
        WebhookState::Failed => ("given up", "red"),
        WebhookState::Gone => ("gone", "red"),
    }
}

fn choices(holder: Holder, chosen: &[EventKind]) -> Vec<Choice> {
    let choice = |event: EventKind| {
        Choice::new(event.word(), event.says())
            .with_hint(event.word())
            .chosen(chosen.contains(&event))
    };
    EventKind::of(holder).into_iter().map(choice).collect()
}

fn events_of(fields: &Fields) -> Vec<EventKind> {
    let named = |event: &EventKind| fields.all("events").any(|word| word == event.word());
    EventKind::ALL.iter().copied().filter(named).collect()
}

fn parsed(id: &str) -> Result<WebhookId, Problem> {
    id.parse().map_err(|_| Problem::missing("endpoint"))
}
