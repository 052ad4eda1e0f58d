//! Endpoints that events are sent to, and what was sent: a partner's own, and for administrators the force's.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::domain::account::Principal;
use crate::domain::ids::{MessageId, WebhookId};
use crate::domain::notification::{EventKind, Holder, MessageState, Webhook, WebhookState};
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId, QueryOf};
use crate::notify::{FORMER_HOURS, SentMessage};

/// Messages on one page.
const A_PAGE: usize = 100;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, enter))
        .routes(routes!(change, remove))
        .routes(routes!(rotate))
        .routes(routes!(trial))
        .routes(routes!(messages))
        .routes(routes!(send_again))
}

/// Where events are sent to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EndpointBody {
    /// Its address; begins with `https://`.
    url: String,
    /// Which events it is told of, such as `disclosure.requested`.
    events: Vec<String>,
    /// Whether it is sent to; where it is not said, yes.
    #[serde(default = "yes")]
    on: bool,
}

fn yes() -> bool {
    true
}

/// An endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct EndpointView {
    /// Its id.
    id: Uuid,
    /// Its address.
    url: String,
    /// Which events it is told of.
    #[schema(value_type = Vec<String>)]
    events: Vec<EventKind>,
    /// `on`; `off` by somebody's will; `failed` when it took nothing for three days; `gone` when it answered 410.
    #[schema(value_type = String)]
    state: WebhookState,
    /// Failed tries since one succeeded.
    failures: u32,
    /// When it last took a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<DateTime<Utc>>,
    /// When it was entered.
    created_at: DateTime<Utc>,
}

/// The caller's endpoints.
#[derive(Debug, Serialize, ToSchema)]
struct EndpointsAnswer {
    /// Oldest first.
    webhooks: Vec<EndpointView>,
}

/// An endpoint and its secret, which is told this once.
#[derive(Debug, Serialize, ToSchema)]
struct SecretAnswer {
    #[serde(flatten)]
    webhook: EndpointView,
    /// `whsec_` and base64 of 32 bytes.
    secret: String,
    /// Hours for which the secret before signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    former_hours: Option<i64>,
}

/// Which messages.
#[derive(Debug, Default, Deserialize)]
struct MessagesQuery {
    /// Those to one endpoint.
    webhook: Option<WebhookId>,
    /// Where the page before ended.
    before: Option<MessageId>,
}

/// What was sent.
#[derive(Debug, Serialize, ToSchema)]
struct MessagesAnswer {
    /// Newest first.
    messages: Vec<MessageView>,
    /// `before` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Uuid>,
}

/// A message, with each try.
#[derive(Debug, Serialize, ToSchema)]
struct MessageView {
    /// Its id; on the wire `msg_` and the same without hyphens.
    id: Uuid,
    /// To which endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<Uuid>,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    event: EventKind,
    /// When.
    made_at: DateTime<Utc>,
    /// `waiting`, `sent` or `given_up`.
    #[schema(value_type = String)]
    state: MessageState,
    /// Each try, the first one first.
    tries: Vec<TryView>,
}

/// One try.
#[derive(Debug, Serialize, ToSchema)]
struct TryView {
    at: DateTime<Utc>,
    /// Milliseconds.
    took_ms: u64,
    /// The status that came back, when one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    /// In a few words.
    outcome: String,
}

/// The id of a message that was put on its way.
#[derive(Debug, Serialize, ToSchema)]
struct MessageAnswer {
    /// Its id.
    id: Uuid,
}

/// List endpoints
///
/// A partner's own; an administrator's are the force's.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks",
    responses((status = 200, body = EndpointsAnswer), (status = 403, body = Problem, description = "Neither of a partner nor an administrator")))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<EndpointsAnswer>, Problem> {
    let webhooks = app.notify.webhooks(&caller.0).await?;
    Ok(Json(EndpointsAnswer {
        webhooks: webhooks.into_iter().map(view).collect(),
    }))
}

/// Enter an endpoint
///
/// Events are posted there as JSON and signed as Standard Webhooks 1.0 says. The secret is told in this answer and never again.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", request_body = EndpointBody,
    responses(
        (status = 201, body = SecretAnswer),
        (status = 403, body = Problem, description = "Neither of a partner nor an administrator"),
        (status = 409, body = Problem, description = "There are five endpoints already"),
    ))]
async fn enter(
    State(app): State<App>,
    caller: Caller,
    JsonBody(body): JsonBody<EndpointBody>,
) -> Result<(StatusCode, Json<SecretAnswer>), Problem> {
    let events = kinds(&caller.0, &body.events)?;
    let (webhook, secret) = app.notify.enter_webhook(&caller.0, &body.url, events).await?;
    let answer = SecretAnswer {
        webhook: view(webhook),
        secret: secret.reveal(),
        former_hours: None,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Change an endpoint
///
/// Switched off, what waits for it is given up; switched on, it begins anew.
#[utoipa::path(put, path = "/webhooks/{id}", tag = "webhooks", request_body = EndpointBody,
    params(("id" = Uuid, Path, description = "The endpoint")),
    responses(
        (status = 200, body = EndpointView),
        (status = 403, body = Problem, description = "Neither of a partner nor an administrator"),
        (status = 404, body = Problem, description = "No endpoint of the caller's"),
    ))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookId>,
    JsonBody(body): JsonBody<EndpointBody>,
) -> Result<Json<EndpointView>, Problem> {
    let events = kinds(&caller.0, &body.events)?;
    let webhook = app.notify.change_webhook(&caller.0, id, &body.url, events, body.on).await?;
    Ok(Json(view(webhook)))
}

/// Remove an endpoint
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint")),
    responses(
        (status = 204, description = "Removed, with what was sent to it"),
        (status = 403, body = Problem, description = "Neither of a partner nor an administrator"),
        (status = 404, body = Problem, description = "No endpoint of the caller's"),
    ))]
async fn remove(State(app): State<App>, caller: Caller, PathId(id): PathId<WebhookId>) -> Result<StatusCode, Problem> {
    app.notify.remove_webhook(&caller.0, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a new secret
///
/// The secret before signs beside it for a day: each message carries both signatures until then.
#[utoipa::path(post, path = "/webhooks/{id}/secret", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint")),
    responses(
        (status = 200, body = SecretAnswer),
        (status = 403, body = Problem, description = "Neither of a partner nor an administrator"),
        (status = 404, body = Problem, description = "No endpoint of the caller's"),
    ))]
async fn rotate(State(app): State<App>, caller: Caller, PathId(id): PathId<WebhookId>) -> Result<Json<SecretAnswer>, Problem> {
    let (webhook, secret) = app.notify.rotate_secret(&caller.0, id).await?;
    Ok(Json(SecretAnswer {
        webhook: view(webhook),
        secret: secret.reveal(),
        former_hours: Some(FORMER_HOURS),
    }))
}

/// Send a trial
#[utoipa::path(post, path = "/webhooks/{id}/trial", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The endpoint")),
    responses(
        (status = 202, body = MessageAnswer),
        (status = 403, body = Problem, description = "Neither of a partner nor an administrator"),
        (status = 404, body = Problem, description = "No endpoint of the caller's"),
        (status = 409, body = Problem, description = "It is switched off"),
    ))]
async fn trial(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<WebhookId>,
) -> Result<(StatusCode, Json<MessageAnswer>), Problem> {
    let id = app.notify.try_webhook(&caller.0, id).await?;
    Ok((StatusCode::ACCEPTED, Json(MessageAnswer { id: id.0 })))
}

/// Show what was sent
///
/// With each try, for thirty days. A page holds a hundred.
#[utoipa::path(get, path = "/messages", tag = "webhooks",
    params(
        ("webhook" = Option<Uuid>, Query, description = "Those to one endpoint alone"),
        ("before" = Option<Uuid>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, body = MessagesAnswer),
        (status = 403, body = Problem, description = "Neither of a partner nor an administrator"),
        (status = 404, body = Problem, description = "No endpoint of the caller's"),
    ))]
async fn messages(
    State(app): State<App>,
    caller: Caller,
    QueryOf(query): QueryOf<MessagesQuery>,
) -> Result<Json<MessagesAnswer>, Problem> {
    let mut found = app
        .notify
        .messages(&caller.0, query.webhook, query.before, A_PAGE + 1)
        .await?;
    let more = found.len() > A_PAGE;
    found.truncate(A_PAGE);
    let next = found.last().filter(|_| more).map(|last| last.message.id.0);
    Ok(Json(MessagesAnswer {
        messages: found.into_iter().map(message_view).collect(),
        next,
    }))
}

/// Send a message again
///
/// Under its old id, so that whoever has taken it already can tell.
#[utoipa::path(post, path = "/messages/{id}/again", tag = "webhooks",
    params(("id" = Uuid, Path, description = "The message")),
    responses(
        (status = 202, body = MessageAnswer),
        (status = 403, body = Problem, description = "Neither of a partner nor an administrator"),
        (status = 404, body = Problem, description = "No message of the caller's"),
        (status = 409, body = Problem, description = "It waits to be sent already, or its endpoint is switched off"),
    ))]
async fn send_again(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<MessageId>,
) -> Result<(StatusCode, Json<MessageAnswer>), Problem> {
    app.notify.send_once_more(&caller.0, id).await?;
    Ok((StatusCode::ACCEPTED, Json(MessageAnswer { id: id.0 })))
}

/// The events of these words. Whether the caller may be told of them is for `notify` to say.
fn kinds(caller: &Principal, words: &[String]) -> Result<Vec<EventKind>, Problem> {
    let known = |word: &String| EventKind::ALL.iter().copied().find(|kind| kind.word() == word);
    let holder = caller.partner().map_or(Holder::Force, Holder::Partner);
    let mut kinds = Vec::new();
    for (at, word) in words.iter().enumerate() {
        kinds.push(known(word).ok_or_else(|| {
            let own: Vec<&str> = EventKind::of(holder).into_iter().map(EventKind::word).collect();
            let reason = format!("`{word}` is no event; expected some of {}", own.join(", "));
            Problem::invalid(&format!("events[{at}]"), reason)
        })?);
    }
    Ok(kinds)
}

fn view(webhook: Webhook) -> EndpointView {
    EndpointView {
        id: webhook.id.0,
        url: webhook.url.to_string(),
        events: webhook.events,
        state: webhook.state,
        failures: webhook.failures,
        succeeded_at: webhook.succeeded_at,
        created_at: webhook.created_at,
    }
}

fn message_view(sent: SentMessage) -> MessageView {
    let tries = sent.tries.into_iter().map(|tried| TryView {
        at: tried.at,
        took_ms: tried.took_ms,
        status: tried.status,
        outcome: tried.outcome,
    });
    MessageView {
        id: sent.message.id.0,
        webhook: sent.webhook.map(|webhook| webhook.id.0),
        event: sent.message.event,
        made_at: sent.message.made_at,
        state: sent.message.state,
        tries: tries.collect(),
    }
}
