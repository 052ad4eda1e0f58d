//! What a request carries, read with refusals in the one shape: JSON bodies, ids in the path, queries.

use std::str::FromStr;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::Problem;

/// A JSON body.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(refused(&rejection)),
        }
    }
}

fn refused(rejection: &JsonRejection) -> Problem {
    let status = rejection.status();
    match status {
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(status, "media_type", "send JSON as application/json"),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(status, "too_large", "the body is larger than this address takes"),
        _ => {
            let (field, reason) = fault(&rejection.body_text());
            Problem::invalid(&field, reason)
        }
    }
}

/// The field at fault and what was expected of it, out of a parser's words: they begin with what it was doing, then name the
/// field when there is one.
fn fault(text: &str) -> (String, String) {
    let doing = [
        "Failed to deserialize query string: ",
        "Failed to deserialize the JSON body into the target type: ",
        "Failed to parse the request body as JSON: ",
    ];
    let said = doing.iter().find_map(|start| text.strip_prefix(start)).unwrap_or(text);
    let is_field = |field: &str| !field.is_empty() && !field.contains(char::is_whitespace);
    let (field, reason) = match said.split_once(": ") {
        Some((field, reason)) if is_field(field) => (field, reason),
        _ => ("", said),
/// The path's parameter `partner`: its short name, whether there is such a partner or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PartnerName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        path_value(parts, state, "partner").await.map(Self)
    }
}

    };
    let reason = match reason {
        "provided string was not `true` or `false`" => "expected true or false",
        "invalid digit found in string" | "cannot parse integer from empty string" => "expected a whole number",
        "number too large to fit in target type" => "expected a smaller number",
        other => other,
    };
    (field.to_owned(), reason.to_owned())
}

/// The path's parameter `id`. A text that is no id names nothing.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        path_value(parts, state, "id").await.map(Self)
    }
}

/// A parameter of the path by its name, read from its text.
///
/// # Errors
/// 404 when the text is no such value.
pub async fn path_value<S: Send + Sync, T: FromStr>(parts: &mut Parts, state: &S, name: &str) -> Result<T, Problem> {
    let parameters = RawPathParams::from_request_parts(parts, state).await;
    let parameters = parameters.map_err(|_| Problem::missing("address"))?;
    let text = parameters.iter().find(|(known, _)| *known == name).map(|(_, text)| text);
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Problem::missing("thing: the address names none"))
}

/// The query, field by field.
#[derive(Debug)]
pub struct QueryOf<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let (field, reason) = fault(&rejection.body_text());
                Err(Problem::invalid(if field.is_empty() { "query" } else { &field }, reason))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_parsers_words_become_field_and_reason() {
        for (text, field, reason) in [
            (
                "Failed to deserialize query string: dry_run: provided string was not `true` or `false`",
                "dry_run",
                "expected true or false",
            ),
            (
                "Failed to deserialize query string: limit: invalid digit found in string",
                "limit",
                "expected a whole number",
            ),
            (
                "Failed to deserialize the JSON body into the target type: fields[0]: unknown variant `shoe`, expected `name`",
                "fields[0]",
                "unknown variant `shoe`, expected `name`",
            ),
            (
                "Failed to parse the request body as JSON: expected value at line 1 column 1",
                "",
                "expected value at line 1 column 1",
            ),
        ] {
            assert_eq!(fault(text), (field.to_owned(), reason.to_owned()));
        }
    }
}
