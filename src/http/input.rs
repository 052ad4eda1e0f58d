//! What a request carries, read with refusals in the one shape: JSON bodies, ids in the path, queries.

use std::str::FromStr;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::Problem;
use super::parser_words::fault;

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

/// The path's parameter `id`. A text that is no id names nothing.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        path_value(parts, state, "id").await.map(Self)
    }
}

/// The path's parameter `partner`: its short name, whether there is such a partner or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PartnerName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        path_value(parts, state, "partner").await.map(Self)
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
