//! Stylesheets, script and icons, out of the binary.
//!
//! Owns their addresses, caching and content types. The fetched look lies in `vendor/` when `scripts/assets/build` ran
//! before the build; without it the pages wear the plain stylesheet.

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/src/http/static/"]
struct Files;

const FETCHED: [&str; 2] = ["vendor/moj-frontend.css", "vendor/govuk-frontend.css"];

/// `GET /static/{*path}`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/static/{*path}", get(serve))
}

/// The address of an embedded file, carrying its content's hash so that it may be cached for ever.
pub fn href(path: &str) -> String {
    match Files::get(path) {
        Some(file) => format!("/static/{path}?v={}", version(&file)),
        None => format!("/static/{path}"),
    }
}

/// The stylesheets of every page, in the order they apply.
pub fn stylesheets() -> Vec<String> {
    let base: &[&str] = if has_fetched_look() { &FETCHED } else { &["plain.css"] };
    base.iter().chain(&["replevin.css"]).map(|path| href(path)).collect()
}

/// Whether the fetched look was there when this binary was built.
pub fn has_fetched_look() -> bool {
    FETCHED.iter().all(|path| Files::get(path).is_some())
}

/// Says so in the log when pages will look plain. For the start of the service.
pub fn warn_when_plain() {
    if !has_fetched_look() {
        tracing::warn!("built without the fetched stylesheets, pages look plain: run scripts/assets/build and build again");
    }
}

async fn serve(Path(path): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (Some(file), Some(content_type)) = (Files::get(&path), content_type(&path)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let version = version(&file);
    let etag = format!("\"{version}\"");
    let named = query.as_deref().and_then(|query| query.strip_prefix("v=")) == Some(version.as_str());
    let caching = if named {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = known.is_some_and(|list| list.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));

    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_response()
    };
    let set = response.headers_mut();
    set.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    set.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !fresh {
        set.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        set.insert(header::ETAG, etag);
    }
    response
}

fn version(file: &EmbeddedFile) -> String {
    hex::encode(&file.metadata.sha256_hash()[..8])
}

/// Only what belongs to the pages is served; anything else in the folder does not exist.
fn content_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "txt" => Some("text/plain; charset=utf-8"),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    async fn get_file(target: &str, etag: Option<&str>) -> Response {
        let mut request = Request::get(target);
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn text<'a>(response: &'a Response, name: &str) -> &'a str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[tokio::test]
    async fn versioned_files_never_expire() {
        let address = href("replevin.css");
        let response = get_file(&address, None).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(text(&response, "content-type"), "text/css; charset=utf-8");
        assert_eq!(text(&response, "x-content-type-options"), "nosniff");
        assert!(text(&response, "cache-control").ends_with("immutable"));
        let etag = text(&response, "etag").to_owned();
        assert!(address.contains(etag.trim_matches('"')));
        assert!(!to_bytes(response.into_body(), usize::MAX).await.unwrap().is_empty());

        for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}")] {
            let response = get_file(&address, Some(&known)).await;
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert!(to_bytes(response.into_body(), usize::MAX).await.unwrap().is_empty());
        }
        assert_eq!(get_file(&address, Some("\"other\"")).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn another_version_is_not_kept() {
        for address in ["/static/replevin.css", "/static/replevin.css?v=0000000000000000"] {
            assert_eq!(text(&get_file(address, None).await, "cache-control"), "public, max-age=300");
        }
    }

    #[tokio::test]
    async fn nothing_else_is_there() {
        for path in [
            "nope.css",
            "../static_files.rs",
            "%2e%2e/mod.rs",
            "vendor/stamp",
            "..%2f..%2f..%2fCargo.toml",
            "replevin.css/",
        ] {
            assert_eq!(
                get_file(&format!("/static/{path}"), None).await.status(),
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    }

    #[test]
    fn every_stylesheet_exists_and_asks_for_nothing_outside() {
        assert_eq!(stylesheets().len(), if has_fetched_look() { 3 } else { 2 });
        assert!(stylesheets().iter().all(|address| address.contains("?v=")));
        for path in Files::iter().filter(|path| path.ends_with(".css")) {
            let css = String::from_utf8(Files::get(&path).unwrap().data.into_owned()).unwrap();
            for forbidden in ["@import", "@font-face", "GDS Transport", "data:"] {
                assert!(!css.contains(forbidden), "{path} contains {forbidden}");
            }
            for (start, _) in css.match_indices("url(") {
                let image = css[start + 4..].split(')').next().unwrap();
                assert!(Files::get(&format!("vendor/{image}")).is_some(), "{path}: {image}");
            }
        }
    }
}
