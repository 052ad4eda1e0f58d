//! Every answer that any test gets, held against the description of the API: its status, its content type.

use std::sync::LazyLock;

use reqwest::{Method, StatusCode};
use serde_json::Value;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&replevin::http::api::describe().unwrap()).unwrap());

/// What an answer has that the description does not say. Addresses and methods that are not described are none of its business.
pub fn fault(method: &Method, path: &str, status: StatusCode, content_type: &str, is_empty: bool) -> Option<String> {
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let fitting = paths.iter().filter(|(template, _)| fits(template, path));
    // A literal part goes before a parameter.
    let (template, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
    let operation = item.get(method.as_str().to_lowercase())?;
    let described = &operation["responses"][status.as_str()];
    let sent = content_type.split(';').next().unwrap_or("").trim();
    let says_it = match described["content"].as_object() {
        Some(content) => content.contains_key(sent),
        None => described.is_object() && is_empty,
    };
    (!says_it).then(|| format!("{method} {template}: {status} as {sent:?} is described as {described}"))
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let mut parts = template.iter().zip(&path);
    template.len() == path.len() && parts.all(|(wanted, part)| wanted.starts_with('{') && !part.is_empty() || wanted == part)
}

#[test]
fn the_description_is_found_by_address() {
    let json = "application/json";
    let path = "/api/v1/partners/nordlys/listings";
    assert_eq!(fault(&Method::POST, path, StatusCode::OK, json, false), None);
    assert!(fault(&Method::POST, path, StatusCode::OK, "text/html", false).is_some());
    assert!(fault(&Method::POST, path, StatusCode::IM_A_TEAPOT, json, false).is_some());
    assert_eq!(fault(&Method::PATCH, path, StatusCode::METHOD_NOT_ALLOWED, json, false), None);
    assert_eq!(
        fault(&Method::GET, "/api/v1/nowhere", StatusCode::NOT_FOUND, json, false),
        None
    );
}
