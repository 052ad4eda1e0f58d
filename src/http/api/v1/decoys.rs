//! Decoys: the test listings that a partner puts into its own feed.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::casework::decoys::STANDING_MAX;
use crate::domain::decoy::Decoy;
use crate::feeds::record::ListingLine;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::store::StoreError;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A partner's decoys.
#[derive(Debug, Serialize, ToSchema)]
struct DecoysAnswer {
    /// Until when the partner consents; absent without a consent, or while it holds until it is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
    /// Whether the partner consents now.
    consented: bool,
    /// Those that stand, the newest first.
    decoys: Vec<DecoyView>,
}

/// A decoy that stands.
#[derive(Debug, Serialize, ToSchema)]
struct DecoyView {
    /// The test listing, to be put into the feed as it is, under this id.
    record: ListingLine,
    /// When it was planted.
    planted_at: DateTime<Utc>,
    /// When it came in; absent while it has not.
    #[serde(skip_serializing_if = "Option::is_none")]
    came_at: Option<DateTime<Utc>>,
}

/// List decoys
///
/// Test listings of invented things, which an administrator planted with your consent. Put each into your feed as it is, where a
/// listing of yours would stand; your public pages need not show it. What comes in under its id is never taken for an offer, and
/// is not among your listings. Take it out of your feed when it no longer stands here.
#[utoipa::path(
    get, path = "/partners/{partner}/decoys", tag = "decoys",
    params(("partner" = String, Path, description = "The partner's short name")),
    responses((status = 200, body = DecoysAnswer), (status = 403, body = Problem, description = "Another partner's decoys"))
)]
async fn list(State(app): State<App>, caller: Caller, Path(partner): Path<String>) -> Result<Json<DecoysAnswer>, Problem> {
    let (id, now) = (caller.partner(&app, &partner).await?.id, app.clock.now());
    let read = app.store.read(move |reader| {
        let decoys = reader.standing_decoys(id, STANDING_MAX)?;
        Ok::<_, StoreError>((decoys, reader.decoy_consent(id)?))
    });
    let (decoys, consent) = read.await?;
    let consent = consent.filter(|consent| consent.holds(now));
    Ok(Json(DecoysAnswer {
        until: consent.and_then(|consent| consent.ends_at),
        consented: consent.is_some(),
        decoys: decoys.iter().map(view).collect(),
    }))
}

fn view(decoy: &Decoy) -> DecoyView {
    DecoyView {
        record: ListingLine::from(&decoy.listing()),
        planted_at: decoy.planted_at,
        came_at: decoy.came.as_ref().map(|came| came.at),
    }
}
