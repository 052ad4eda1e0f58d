//! Version 1 of the API, one file a resource.

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// All routes of version 1, relative to `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
