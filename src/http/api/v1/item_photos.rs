//! `GET /items/{id}/photos/{n}`: an owner's own photo, drawn anew. Taking photos in is the register's.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::pictures;
use crate::app::App;
use crate::domain::ids::ItemId;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::{PathId, path_value};

/// The routes of this resource.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_item_photo))
}

/// A photo of one's own item, drawn anew without what the camera wrote.
#[utoipa::path(get, path = "/items/{id}/photos/{n}", tag = "items",
    params(("id" = Uuid, Path, description = "The item"), ("n" = u16, Path, description = "The photo's number, from 1")),
    responses((status = 200, description = "The picture", content_type = "image/jpeg"), (status = 404, body = Problem)))]
async fn read_item_photo(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ItemId>,
    PhotoNumber(number): PhotoNumber,
) -> Result<Response, Problem> {
    let sha256 = app.casework.own_item_photo(&caller, id, number).await?;
    pictures::serve(&app, sha256).await
}

/// The path's parameter `n`.
struct PhotoNumber(u16);

impl<S: Send + Sync> FromRequestParts<S> for PhotoNumber {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        path_value(parts, state, "n").await.map(Self)
    }
}
