//! The register as its owners use it: their own items, and nobody else's.

#![allow(
    unused_qualifications,
    reason = "the macro that describes queries writes their paths in full"
)]

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::domain::account::Role;
use crate::domain::ids::ItemId;
use crate::domain::item::{Item, ItemStatus};
use crate::domain::item_change::ItemChange;
use crate::domain::time::Timestamp;
use crate::feeds::RECORD_BYTES_MAX;
use crate::feeds::record::{DescriptionLine, MoneyLine, parse_item_form, parse_item_patch};
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::cursor::{self, Cursor};
use crate::http::error::Problem;
use crate::http::input::QueryOf;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register, list))
        .routes(routes!(show, change))
}

/// What an owner says of an item: at least one of title, description, brand and identifiers.
#[derive(Debug, Serialize, ToSchema)]
struct ItemForm {
    #[serde(flatten)]
    description: DescriptionLine,
    /// What it is worth.
    value: Option<MoneyLine>,
    /// In a change: `recovered` or `withdrawn`.
    status: Option<String>,
}

/// An item as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
struct ItemView {
    /// Its id.
    id: Uuid,
    #[serde(flatten)]
    description: DescriptionLine,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<MoneyLine>,
    /// Its photos.
    photos: Vec<ItemPhotoView>,
    /// `registered`, `stolen`, `recovered` or `withdrawn`.
    status: &'static str,
    /// The report of its theft, while it is stolen.
    #[serde(skip_serializing_if = "Option::is_none")]
    theft_report: Option<Uuid>,
    /// When it was registered.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// A photo of an item.
#[derive(Debug, Serialize, ToSchema)]
struct ItemPhotoView {
    /// Its number, from 1.
    number: u16,
    /// SHA-256 of its bytes, in hex.
    sha256: String,
}

/// Which of an owner's items.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ItemsQuery {
    /// Where the page before ended.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor<ItemPlace>>,
    /// How many items at most: 1 to 200, else 50.
    limit: Option<usize>,
}

/// When an item was registered, and its id.
type ItemPlace = (Timestamp, ItemId);

/// A page of an owner's items.
#[derive(Debug, Serialize, ToSchema)]
struct ItemsView {
    /// Newest first.
    items: Vec<ItemView>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    cursor: Option<Cursor<ItemPlace>>,
}

/// Register an item
///
/// Photos are put afterwards, a theft is reported at `/theft-reports`. An item that will have nothing but photos says so with an
/// empty list `photos`.
#[utoipa::path(
    post, path = "/items", tag = "items",
    request_body = ItemForm,
    responses(
        (status = 201, body = ItemView, headers(("Location" = String, description = "Where the item is"))),
        (status = 400, body = Problem, description = "What is wrong, field by field"),
        (status = 403, body = Problem, description = "The caller is no owner"),
    )
)]
async fn register(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, [(header::HeaderName, String); 1], Json<ItemView>), Problem> {
    let owner = caller.account(&app, &[Role::Owner]).await?;
    let draft = parse_item_form(&body::read(&headers, body, RECORD_BYTES_MAX).await?)?;
    let item = app.intake.register_item(owner, draft).await?;
    let place = format!("/api/v1/items/{}", item.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(item.into())))
}

/// List the caller's items
#[utoipa::path(
    get, path = "/items", tag = "items",
    params(ItemsQuery),
    responses(
        (status = 200, body = ItemsView),
        (status = 400, body = Problem),
        (status = 403, body = Problem, description = "The caller is no owner"),
    )
)]
async fn list(State(app): State<App>, caller: Caller, QueryOf(query): QueryOf<ItemsQuery>) -> Result<Json<ItemsView>, Problem> {
    let owner = caller.account(&app, &[Role::Owner]).await?;
    let limit = cursor::rows(query.limit);
    let after = query.cursor.map(|cursor| cursor.0);
    // One more tells whether there is a next page.
    let page = app.store.read(move |reader| reader.items_page(owner, after, limit + 1));
    let mut items = page.await?;
    let cursor = cursor::cut(&mut items, limit, |item| (item.created_at, item.id));
    Ok(Json(ItemsView {
        items: items.into_iter().map(ItemView::from).collect(),
        cursor,
    }))
}

/// Show an item of the caller's
#[utoipa::path(
    get, path = "/items/{id}", tag = "items",
    params(("id" = Uuid, Path, description = "The item")),
    responses(
        (status = 200, body = ItemView),
        (status = 404, body = Problem, description = "The caller has no such item"),
    )
)]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Json<ItemView>, Problem> {
    let owner = caller.account(&app, &[Role::Owner]).await?;
    let item = app.intake.item_of(owner, item_id(&id)?).await?;
    Ok(Json(item.into()))
}

/// Change an item of the caller's
///
/// Fields that are not named stay, `null` takes one away. `status` may become `recovered` when the item was stolen and is back, or
/// `withdrawn` to take it out of the register. When the theft of the item is verified, a change of anything but its value sends
/// the theft report back to `unverified`: the search for its items goes on when an officer has looked again.
#[utoipa::path(
    patch, path = "/items/{id}", tag = "items",
    params(("id" = Uuid, Path, description = "The item")),
    request_body = ItemForm,
    responses(
        (status = 200, body = ItemView),
        (status = 400, body = Problem, description = "What is wrong, field by field"),
        (status = 404, body = Problem, description = "The caller has no such item"),
        (status = 409, body = Problem, description = "The item's status does not allow the step"),
    )
)]
async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ItemView>, Problem> {
    let owner = caller.account(&app, &[Role::Owner]).await?;
    let id = item_id(&id)?;
    let patch = parse_item_patch(&body::read(&headers, body, RECORD_BYTES_MAX).await?)?;
    let item = if patch.step.is_none() && patch.change == ItemChange::default() {
        app.intake.item_of(owner, id).await?
    } else {
        app.intake.change_item(owner, id, patch.step, patch.change).await?
    };
    Ok(Json(item.into()))
}

/// An item's id from an address.
pub(super) fn item_id(given: &str) -> Result<ItemId, Problem> {
    given.parse().map_err(|_| Problem::missing("item"))
}

impl From<Item> for ItemView {
    fn from(item: Item) -> Self {
        Self {
            id: item.id.0,
            description: (&item.draft.description).into(),
            value: item.draft.value.as_ref().map(MoneyLine::from),
            photos: item
                .photos
                .into_iter()
                .map(|photo| ItemPhotoView {
                    number: photo.number,
                    sha256: photo.sha256.to_string(),
                })
                .collect(),
            status: item.status.word(),
            theft_report: match item.status {
                ItemStatus::Stolen { theft_report } => Some(theft_report.0),
                _ => None,
            },
            created_at: item.created_at,
            updated_at: item.updated_at,
        }
    }
}
