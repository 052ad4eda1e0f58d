//! `/reports/{id}/evidence-packs`: what leaves the service about a report, sealed; and an officer's word that it is evidence.

#![allow(
    unused_qualifications,
    reason = "the macro that describes queries writes their paths in full"
)]

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::domain::evidence_pack::PackForm;
use crate::domain::ids::ReportId;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::http::input::{JsonBody, PathId, QueryOf};
use crate::http::web::officer::pack;

/// The routes of this resource.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(make_evidence_pack))
        .routes(routes!(promote_to_evidence))
}

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FormQuery {
    /// `bundle` (the default): a ZIP with originals, records, document, manifest and signature; `document`: the PDF alone.
    #[param(value_type = Option<String>)]
    form: Option<PackForm>,
}

/// Why a report is evidence.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Vouching {
    /// What the officer vouches for, in at least 3 characters.
    reason: String,
}

/// An officer's word that a report is evidence.
#[derive(Debug, Serialize, ToSchema)]
struct PromotionRecord {
    /// The report.
    report: Uuid,
    /// `evidence`.
    marking: &'static str,
    /// Who vouches for it.
    by: Uuid,
    /// Since when.
    at: DateTime<Utc>,
    /// Why.
    reason: String,
}

/// Makes an evidence pack of a report. It is marked intelligence until an officer has promoted the report. Logged with its SHA-256.
#[utoipa::path(post, path = "/reports/{id}/evidence-packs", tag = "reports",
    params(("id" = Uuid, Path, description = "The report"), FormQuery),
    responses((status = 200, description = "The pack", content((Vec<u8> = "application/zip"), (Vec<u8> = "application/pdf"))),
              (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, description = "The report changed while the pack was made", body = Problem)))]
async fn make_evidence_pack(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ReportId>,
    QueryOf(query): QueryOf<FormQuery>,
) -> Result<Response, Problem> {
    let form = query.form.unwrap_or(PackForm::Bundle);
    Ok(pack::make(&app, &caller, id, form).await?.served())
}

/// Vouches for a confirmed report as evidence: the officer who decided it, or a supervisor.
#[utoipa::path(post, path = "/reports/{id}/evidence-promotion", tag = "reports", request_body = Vouching,
    params(("id" = Uuid, Path, description = "The report")),
    responses((status = 201, body = PromotionRecord), (status = 400, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem),
              (status = 409, description = "It is not confirmed, or evidence already", body = Problem)))]
async fn promote_to_evidence(
    State(app): State<App>,
    Caller(caller): Caller,
    PathId(id): PathId<ReportId>,
    JsonBody(body): JsonBody<Vouching>,
) -> Result<(StatusCode, Json<PromotionRecord>), Problem> {
    let promotion = app.casework.promote_to_evidence(&caller, id, &body.reason).await?;
    let record = PromotionRecord {
        report: id.0,
        marking: "evidence",
        by: promotion.by.0,
        at: promotion.at,
        reason: promotion.reason,
    };
    Ok((StatusCode::CREATED, Json(record)))
}
