//! Every refusal and failure in one shape, with the request's id: a problem for programs, a page for people.
//!
//! Handlers say what is wrong with a [`Problem`] or a [`Refusal`]. What the libraries below them answer by themselves (a body
//! that is too long, an address that does not read, a timeout) comes without a shape and gets it here.

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::request_id::RequestId;

use super::error::Problem;
use super::web::refusal::Refusal;

/// Addresses that programs ask.
const FOR_PROGRAMS: [&str; 4] = ["/api/", "/healthz", "/readyz", "/metrics"];

pub(super) async fn shape(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok()).map(str::to_owned);
    let path = request.uri().path();
    let for_programs = FOR_PROGRAMS.iter().any(|start| path.starts_with(start));
    let mut given = next.run(request).await;
    let status = given.status();
    if !status.is_client_error() && !status.is_server_error() {
        return given;
    }
    let problem = match given.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        None if has_shape(&given) => return given,
        None => unsaid(status),
    };
    let problem = Problem {
        request_id: id.map(String::into_boxed_str),
        ..problem
    };
    let mut shaped = if for_programs {
        problem.into_response()
    } else {
        Refusal(problem).into_response()
    };
    shaped.extensions_mut().remove::<Problem>();
    let of_the_body = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING];
    for (name, value) in given.headers() {
        if !of_the_body.contains(name) && !shaped.headers().contains_key(name) {
            shaped.headers_mut().append(name.clone(), value.clone());
        }
    }
    if [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::REQUEST_TIMEOUT].contains(&status) {
        // The rest of the body is not read: the connection cannot be used again.
        shaped
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    shaped
}

/// Whether it is a page, such as a form that is shown again, or says what it has to say as JSON.
fn has_shape(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or("");
    ["text/html", "application/json", "application/problem+json"]
        .iter()
        .any(|shape| kind.starts_with(shape))
}

/// The problem of an answer that has a status and nothing more. What a library wrote into it is not for people.
fn unsaid(status: StatusCode) -> Problem {
    match status {
        StatusCode::BAD_REQUEST => Problem::new(status, "invalid", "the request does not read"),
        StatusCode::FORBIDDEN => Problem::forbidden("the request was sent from another site"),
        StatusCode::NOT_FOUND => Problem::missing("address"),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(status, "method", "this address does not take that method"),
        StatusCode::REQUEST_TIMEOUT => Problem::new(status, "timeout", "the request took too long; try again"),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large("what was sent is longer than is accepted here"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::unsupported("this content type is not read here"),
        status if status.is_server_error() => Problem::new(status, "internal", FAILED),
        status => Problem::new(status, "about:blank", "the request cannot be answered"),
    }
}

/// What is said of every failure inside.
pub(super) const FAILED: &str = "something failed inside; the request id names it to the operator";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::Router;
    use axum::body::{Body, Bytes, to_bytes};
    use axum::extract::{DefaultBodyLimit, Path};
    use axum::routing::{get, post};
    use tower::ServiceExt;
    use tower_http::request_id::{MakeRequestUuid, SetRequestIdLayer};

    use super::*;

    async fn ask(path: &str, body: &'static str) -> (Response, String) {
        let failing = || async { Problem::internal(&std::io::Error::other("disk on fire")) };
        let page = || async { Refusal(Problem::internal(&std::io::Error::other("disk on fire"))) };
        let router = Router::new()
            .route("/api/fails", post(failing))
            .route("/api/number/{n}", post(|Path(_): Path<u16>| async {}))
            .route("/api/body", post(|_: Bytes| async {}))
            .route("/api/late", post(|| async { StatusCode::REQUEST_TIMEOUT }))
            .route("/api/get", get(|| async {}))
            .route("/fails", post(page))
            .route("/problem", post(failing))
            .route(
                "/form",
                post(|| async { (StatusCode::UNPROCESSABLE_ENTITY, axum::response::Html("<p>again")) }),
            )
            .route("/late", post(|| async { StatusCode::REQUEST_TIMEOUT }))
            .layer(DefaultBodyLimit::max(4))
            .layer(axum::middleware::from_fn(shape))
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid));
        let request = Request::post(path).header("x-request-id", "the-id").body(Body::from(body));
        let response = router.oneshot(request.unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        (Response::from_parts(parts, Body::empty()), text)
    }

    #[tokio::test]
    async fn programs_get_a_problem_with_the_id() {
        for (path, body, status) in [
            ("/api/fails", "", 500),
            ("/api/number/x", "", 400),
            ("/api/body", "longer", 413),
            ("/api/late", "", 408),
            ("/api/get", "", 405),
            ("/api/nothing", "", 404),
        ] {
            let (response, text) = ask(path, body).await;
            assert_eq!(response.status().as_u16(), status, "{path}");
            assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
            let problem: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(problem["request_id"], "the-id", "{path}");
            assert_eq!(problem["status"], status, "{path}");
            assert!(!text.contains("fire"), "{text}");
        }
        assert_eq!(ask("/api/body", "longer").await.0.headers()["connection"], "close");
        assert_eq!(ask("/api/get", "").await.0.headers()["allow"], "GET,HEAD");
    }

    #[tokio::test]
    async fn people_get_a_page_and_the_id_when_it_is_our_fault() {
        for (path, status, has_id) in [("/fails", 500, true), ("/problem", 500, true), ("/late", 408, false)] {
            let (response, text) = ask(path, "").await;
            assert_eq!(response.status().as_u16(), status, "{path}");
            assert!(text.starts_with("<!DOCTYPE html>"), "{path}: {text}");
            assert_eq!(text.contains("the-id"), has_id, "{path}: {text}");
        }
        assert_eq!(ask("/form", "").await.1, "<p>again");
    }
}
