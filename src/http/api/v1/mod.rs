//! Version 1 of the API, one file a resource.

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

mod audit;
mod disclosures;
mod item_photos;
mod items;
mod listings;
mod photos;
mod pictures;
mod questions;
mod report_record;
mod reports;
mod theft_reports;
mod wire;

/// All routes of version 1, relative to `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(listings::routes())
        .merge(photos::routes())
        .merge(items::routes())
        .merge(theft_reports::routes())
        .merge(reports::routes())
        .merge(disclosures::routes())
        .merge(questions::routes())
        .merge(audit::routes())
        .merge(item_photos::routes())
}
