//! A partner's feeds: how each is written, and whence it is fetched.

use std::collections::BTreeMap;
use std::fmt;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::named_feed::NamedFeed;
use crate::app::App;
use crate::domain::feed::{Feed, Pull};
use crate::domain::feed_secret::{PullSecret, SecretText};
use crate::domain::mapping::Mapping;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::feed_settings::checked;
use crate::http::input::JsonBody;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(set, remove))
}

/// How a feed is written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FeedSettingsView {
    /// The format's word, such as `csv` or `google-rss`.
    format: String,
    /// What its columns mean: `columns`, `constants`, `separator`, `charset`, `decimal_comma`, `time_zone`, `time_format`,
    /// `photo_base`, `photo_separator`, `id_prefix`, `id_separator`, `statuses`, `keep`.
    #[serde(default)]
    #[schema(value_type = Object)]
    mapping: Mapping,
    /// Where and when we fetch it; without this it is pushed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pull: Option<PullView>,
}

/// Where and when a feed is fetched.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PullView {
    /// Its address.
    url: Url,
    /// When: a cron expression of five fields, such as `30 4 * * *`.
    schedule: String,
    /// The zone in which the schedule is meant, such as `Europe/Copenhagen`; UTC where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Tz>,
    /// Each file holds every listing that is on sale: what is missing in it is withdrawn, unless that is too much at once.
    #[serde(default)]
    whole: bool,
    /// What its server wants to be shown: a user with a password, or one header with its value. Told to no other server, and
    /// never shown again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<PullSecretView>,
    /// What else its server wants to be told, in the open: headers and their values, such as `X-EBAY-C-MARKETPLACE-ID`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    /// So many bytes are asked for at once, by `Range` from the first byte on, where its server hands the file out in parts only:
    /// 65536 to 1073741824.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<u64>,
}

/// What a feed's server wants to be shown: `user` and `password`, or `header` and `value`. Without `password` or `value` the one
/// that is held stays, if it was given for the same server.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PullSecretView {
    /// A user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The user's password; never shown.
    #[serde(default, skip_serializing)]
    password: Option<String>,
    /// A header's name, such as `Authorization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    header: Option<String>,
    /// The header's value, such as `Bearer …`; never shown.
    #[serde(default, skip_serializing)]
    value: Option<String>,
}

impl fmt::Debug for PullSecretView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PullSecretView(redacted)")
    }
}

/// A feed.
#[derive(Debug, Serialize, ToSchema)]
struct FeedView {
    /// Its short name.
    name: String,
    #[serde(flatten)]
    settings: FeedSettingsView,
    /// When its settings last changed.
    updated_at: DateTime<Utc>,
}

/// A partner's feeds.
#[derive(Debug, Serialize, ToSchema)]
struct FeedsAnswer {
    /// By name.
    feeds: Vec<FeedView>,
}

/// List feeds
#[utoipa::path(
    get, path = "/partners/{partner}/feeds", tag = "feeds",
    params(("partner" = String, Path, description = "The partner's short name")),
    responses((status = 200, body = FeedsAnswer), (status = 403, body = Problem, description = "Another partner's feeds"))
)]
async fn list(State(app): State<App>, caller: Caller, Path(partner): Path<String>) -> Result<Json<FeedsAnswer>, Problem> {
    let id = caller.partner(&app, &partner).await?.id;
    let feeds = app.store.read(move |reader| reader.feeds_of(id)).await?;
    Ok(Json(FeedsAnswer {
        feeds: feeds.into_iter().map(view).collect(),
    }))
}

/// Say how a feed is written
///
/// Its format, the mapping of its columns, and where and when we fetch it, if we do. A push names the feed with `?feed=`. A feed
/// whose address or schedule is new is fetched at once.
#[utoipa::path(
    put, path = "/partners/{partner}/feeds/{feed}", tag = "feeds",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("feed" = String, Path, description = "The feed's short name: 2 to 40 lower-case letters, digits and hyphens"),
    ),
    request_body = FeedSettingsView,
    responses((status = 200, body = FeedView), (status = 403, body = Problem, description = "Another partner's feed"))
)]
async fn set(
    State(app): State<App>,
    named: NamedFeed,
    JsonBody(body): JsonBody<FeedSettingsView>,
) -> Result<Json<FeedView>, Problem> {
    let name = named.new_name()?;
    let (pull, secret) = match body.pull {
        Some(view) => {
            let (pull, secret) = pull_of(view)?;
            (Some(pull), secret)
        }
        None => (None, None),
    };
    let settings = checked(&app, &body.format, body.mapping, pull)?;
    let feed = app
        .intake
        .set_feed(named.actor, named.partner, name, settings, secret)
        .await?;
    Ok(Json(view(feed)))
}

/// Remove a feed
///
/// Its listings stay.
#[utoipa::path(
    delete, path = "/partners/{partner}/feeds/{feed}", tag = "feeds",
    params(
        ("partner" = String, Path, description = "The partner's short name"),
        ("feed" = String, Path, description = "The feed's short name"),
    ),
    responses(
        (status = 204, description = "Removed"),
        (status = 403, body = Problem, description = "Another partner's feed"),
        (status = 404, body = Problem, description = "No such feed"),
    )
)]
async fn remove(State(app): State<App>, named: NamedFeed) -> Result<StatusCode, Problem> {
    app.intake.remove_feed(named.actor, named.partner, named.name()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(feed: Feed) -> FeedView {
    FeedView {
        name: feed.name.to_string(),
        settings: FeedSettingsView {
            format: feed.settings.format,
            mapping: feed.settings.mapping,
            pull: feed.settings.pull.map(PullView::from),
        },
        updated_at: feed.updated_at,
    }
}

impl From<Pull> for PullView {
    fn from(pull: Pull) -> Self {
        Self {
            url: pull.url,
            schedule: pull.schedule,
            time_zone: pull.time_zone,
            whole: pull.whole,
            secret: pull.secret.map(|kind| {
                let (user, header) = match kind {
                    PullSecret::User(name) => (Some(name), None),
                    PullSecret::Header(name) => (None, Some(name)),
                };
                PullSecretView {
                    user,
                    header,
                    password: None,
                    value: None,
                }
            }),
            headers: pull.headers,
            parts: pull.parts,
        }
    }
}

/// A pull's settings, and the secret that was given with them.
fn pull_of(view: PullView) -> Result<(Pull, Option<SecretText>), Problem> {
    let (kind, given) = match view.secret {
        None => (None, None),
        Some(PullSecretView {
            user: Some(user),
            password,
            header: None,
            value: None,
        }) => (Some(PullSecret::User(user)), password.map(|text| (text, "password"))),
        Some(PullSecretView {
            header: Some(header),
            value,
            user: None,
            password: None,
        }) => (Some(PullSecret::Header(header)), value.map(|text| (text, "value"))),
        Some(_) => {
            let reason = "expected user and password, or header and value";
            return Err(Problem::invalid("pull.secret", reason));
        }
    };
    let secret = given.map(|(text, field)| {
        SecretText::parse(&text).map_err(|reason| Problem::invalid(&format!("pull.secret.{field}"), reason))
    });
    let pull = Pull {
        url: view.url,
        schedule: view.schedule,
        time_zone: view.time_zone,
        whole: view.whole,
        secret: kind,
        headers: view.headers,
        parts: view.parts,
    };
    Ok((pull, secret.transpose()?))
}
