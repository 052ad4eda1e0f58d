//! The two skins over the service, API and web pages, and what both stand on: request ids, limits, one shape for refusals.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::app::App;
use error::Problem;

mod alike;
pub mod api;
mod body;
pub mod caller;
pub mod client_address;
pub mod cursor;
pub mod error;
mod feed_settings;
pub mod input;
mod one_shape;
mod operations;
mod parser_words;
mod queue_filter;
mod scopes;
mod search;
pub mod serving;
pub mod static_files;
pub mod web;

/// Bodies larger than this are refused where a route does not say otherwise, bytes.
const BODY_BYTES_MAX: usize = 1 << 20;
/// A request that takes longer is given up: a push of 64 MiB over a slow line fits, a trickle does not.
const REQUEST_SECONDS_MAX: u64 = 300;

/// Everything the service answers to.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .merge(operations::public_routes(&app))
        .merge(api::routes())
        .merge(static_files::router())
        .merge(web::routes())
        .layer(middleware::from_fn_with_state(app.clone(), by_the_forces_clock));
    around(routes, app)
}

/// Times are told by the clock of the force, on pages and in documents.
async fn by_the_forces_clock(State(app): State<App>, request: Request, next: Next) -> Response {
    web::zone::told(app.http.time_zone, next.run(request)).await
}

/// What operators ask, for an address of their own.
pub fn operations_router(app: App) -> Router {
    around(operations::routes(), app)
}

/// Routes with what all of them stand on.
fn around(routes: Router<App>, app: App) -> Router {
    let id = HeaderName::from_static("x-request-id");
    let around = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(id.clone(), MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_request(()).on_response(
            |response: &Response, latency: Duration, _: &tracing::Span| {
                tracing::debug!(
                    status = response.status().as_u16(),
                    ms = latency.as_secs_f64() * 1e3,
                    "answered"
                );
            },
        ))
        .layer(PropagateRequestIdLayer::new(id))
        .layer(middleware::from_fn(measure))
        .layer(middleware::from_fn(one_shape::shape))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            Duration::from_secs(REQUEST_SECONDS_MAX),
        ))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    routes.layer(around).with_state(app)
}

/// A span names method, route and request id; never the query or a path's own values, which may be personal.
fn span(request: &Request) -> tracing::Span {
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or("unmatched", |path| path.as_str());
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or("");
    tracing::info_span!("request", method = %request.method(), route, id)
}

async fn measure(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or("unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = method_word(request.method());
    let start = std::time::Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!("replevin_http_seconds", "method" => method, "route" => route, "status" => status)
        .record(start.elapsed().as_secs_f64());
    response
}

/// A method as figures are kept by it. A stranger may invent any, and each figure that was ever told apart stays in memory.
fn method_word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the layer that calls this gives it away")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = what.unwrap_or("unknown"), "a request panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", one_shape::FAILED).into_response()
}
