//! Errors for people: `application/problem+json` (RFC 9457) with a list of line, field and reason.
//!
//! The only file that knows which failure has which status code. What goes wrong inside shows a fixed sentence and the
//! request's id; it is logged here, once, without personal data.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::one_shape::FAILED;
use crate::access::AccessError;
use crate::casework::CaseworkError;
use crate::domain::audit::PurposeError;
use crate::feeds::{FeedError, FieldFault};
use crate::intake::{IntakeError, PhotoError};
use crate::notify::NotifyError;
use crate::store::StoreError;

/// Seconds after which to try again what could not be done just now.
const RETRY_AFTER_S: u16 = 5;

/// One fault in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// The line, from 1, when what was sent has lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The field, as a path such as `price.amount`; empty when the whole is at fault.
    pub field: String,
    /// What is wrong.
    pub reason: String,
}

/// A refusal or failure as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Names the sort of problem: a stable word, `about:blank` when the status says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The sort of problem in a few words.
    pub title: String,
    /// The HTTP status code.
    pub status: u16,
    /// This problem in a sentence.
    pub detail: String,
    /// The faults, one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// The number by which the operator's log knows the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub request_id: Option<Box<str>>,
    /// Seconds to wait before another try; told in `Retry-After`.
    #[serde(skip)]
    pub retry_after_s: Option<u16>,
}

impl Problem {
    /// A problem of this status with a stable word and a sentence.
    #[must_use]
    pub fn new(status: StatusCode, kind: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            request_id: None,
            retry_after_s: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_AFTER_S),
        }
    }

    /// 400: what was sent cannot be used.
    #[must_use]
    pub fn invalid(field: &str, reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", "what was sent cannot be used").with_fault(field, reason)
    }

    /// 401: who is asking is not known.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "no token was sent: send one as Authorization: Bearer <token>",
        )
    }

    /// 401: what is sent as a token is none.
    #[must_use]
    pub fn unknown_token() -> Self {
        Self {
            detail: "this token is not known: it is mistyped, or was revoked".to_owned(),
            ..Self::unauthenticated()
        }
    }

    /// 403: who is asking may not.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: there is none, or none that the one who asks may know of.
    #[must_use]
    pub fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "missing", format!("there is no such {what}"))
    }

    /// 409: the thing's state does not allow it.
    #[must_use]
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// 413: more than is accepted.
    #[must_use]
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    /// 415: a format that is not read.
    #[must_use]
    pub fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported", detail)
    }

    /// 428: personal data is asked for without a purpose.
    #[must_use]
    pub fn purpose_required(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_REQUIRED, "purpose_required", detail)
    }

    /// 500: something failed inside. `error` goes to the log, never to the client.
    #[must_use]
    pub fn internal(error: &dyn std::error::Error) -> Self {
        let mut causes = vec![error.to_string()];
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        tracing::error!(causes = causes.join(": "), "request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", FAILED)
    }

    /// The same problem with one more fault.
    #[must_use]
    pub fn with_fault(mut self, field: &str, reason: impl Into<String>) -> Self {
        self.errors.push(Fault {
            line: None,
            field: field.to_owned(),
            reason: reason.into(),
        });
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after_s = self.retry_after_s;
        let mut response = (status, Json(&self)).into_response();
        response.extensions_mut().insert(self);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { what } => Self::missing(what),
            StoreError::Exists { .. } => Self::conflict(error.to_string()),
            StoreError::Full => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "full",
                "the disk is full; nothing was written",
            ),
            StoreError::Stopped | StoreError::RolledBack => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "stopping",
                "the service cannot write now; try again",
            ),
            _ => Self::internal(&error),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused => Self::new(StatusCode::UNAUTHORIZED, "refused", error.to_string()),
            AccessError::TooManyTries { .. } => Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_tries", error.to_string()),
            AccessError::TooFast { wait_s } => {
                let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_fast", error.to_string());
                problem.retry_after_s = Some(wait_s);
                problem
            }
            AccessError::PasswordAsked => Self::new(StatusCode::PRECONDITION_REQUIRED, "password_required", error.to_string())
                .with_fault("Confirm-Password", "give the account's password"),
            AccessError::PasswordWrong => Self::new(StatusCode::FORBIDDEN, "not_confirmed", error.to_string())
                .with_fault("Confirm-Password", "not the account's password"),
            AccessError::Password(fault) => Self::invalid("password", fault.to_string()),
            AccessError::Invalid { field, reason } => Self::invalid(field, reason),
            AccessError::Conflict(detail) => Self::conflict(detail),
            AccessError::Secrets => Self::internal(&error),
            AccessError::Store(error) => error.into(),
        }
    }
}

impl From<CaseworkError> for Problem {
    fn from(error: CaseworkError) -> Self {
        match error {
            CaseworkError::NotAllowed(detail) => Self::forbidden(detail),
            CaseworkError::Gate(refusals) => {
                let detail = "the letter of intent does not allow this";
                let problem = Self::new(StatusCode::FORBIDDEN, "letter_gate", detail);
                refusals
                    .iter()
                    .fold(problem, |problem, refusal| problem.with_fault("", refusal.to_string()))
            }
            CaseworkError::Purpose(error) => {
                let problem = Self::purpose_required("state Purpose-Case and Purpose-Reason");
                error.faults().iter().fold(problem, |problem, fault| {
                    let header = match fault {
                        PurposeError::Reason => "Purpose-Reason",
                        PurposeError::Case | PurposeError::Both => "Purpose-Case",
                    };
                    problem.with_fault(header, fault.to_string())
                })
            }
            CaseworkError::OtherCase { ref expected } => {
                let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "other_case", error.to_string());
                problem.with_fault("Purpose-Case", format!("expected {expected}"))
            }
            CaseworkError::Invalid { field, reason } => Self::invalid(field, reason),
            CaseworkError::Conflict(detail) => Self::conflict(detail),
            CaseworkError::Report(_) | CaseworkError::Item(_) | CaseworkError::Verification(_) => {
                Self::conflict(error.to_string())
            }
            CaseworkError::Seal(_) => Self::internal(&error),
            CaseworkError::Store(error) => error.into(),
        }
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::NoLetter(no_letter) => {
                let problem = Self::new(StatusCode::FORBIDDEN, "no_letter", no_letter.to_string());
                let reasons = no_letter.reasons.iter();
                reasons.fold(problem, |problem, reason| problem.with_fault("", reason.to_string()))
            }
            IntakeError::Photo(PhotoError::TooManyBytes { .. }) => Self::too_large(error.to_string()),
            IntakeError::Photo(PhotoError::NotAnImage | PhotoError::Unsupported { .. }) => Self::unsupported(error.to_string()),
            IntakeError::Photo(_) | IntakeError::OtherBytes | IntakeError::OtherThanAnnounced { .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "photo", error.to_string())
            }
            IntakeError::PhotoNumber { .. } => Self::invalid("n", error.to_string()),
            IntakeError::TooManyPhotos { .. }
            | IntakeError::Withdrawn
            | IntakeError::Step(_)
            | IntakeError::NamedPhoto
            | IntakeError::ProofClosed(_) => Self::conflict(error.to_string()),
            IntakeError::NoRoom => Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_room", error.to_string()),
            IntakeError::PushKeyForm => Self::invalid("Idempotency-Key", error.to_string()),
            IntakeError::PushKeyReused => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", "what was sent cannot be used")
                    .with_fault("Idempotency-Key", error.to_string())
            }
            // That somebody else has such an item is nobody's business.
            IntakeError::FeedSecretNeeded { field } => Self::invalid(&format!("pull.secret.{field}"), error.to_string()),
            IntakeError::FeedSecretForm => Self::invalid("pull.secret.value", error.to_string()),
            IntakeError::FeedSecretClosed => Self::conflict(error.to_string()),
            IntakeError::NotOwner => Self::missing("item"),
            IntakeError::Files(_) | IntakeError::FeedSecretSeal => Self::internal(&error),
            IntakeError::Store(error) => error.into(),
        }
    }
}

impl From<NotifyError> for Problem {
    fn from(error: NotifyError) -> Self {
        match error {
            NotifyError::NotAllowed(detail) => Self::forbidden(detail),
            NotifyError::Invalid { field, reason } => Self::invalid(field, reason),
            NotifyError::Conflict(detail) => Self::conflict(detail),
            NotifyError::Secrets => Self::internal(&error),
            NotifyError::Store(error) => error.into(),
        }
    }
}

impl From<FeedError> for Problem {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Inflated(_) | FeedError::TooMany(_) => Self::too_large(error.to_string()),
            FeedError::Damaged | FeedError::NotCompressed(_) => Self::invalid("", error.to_string()),
            FeedError::Mistaken(reason) => Self::unsupported(reason),
            FeedError::Io(_) => Self::internal(&error),
        }
    }
}

impl From<Vec<FieldFault>> for Problem {
    fn from(faults: Vec<FieldFault>) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, "invalid", "what was sent cannot be used");
        let faults = faults.into_iter();
        faults.fold(problem, |problem, fault| problem.with_fault(&fault.field, fault.reason))
    }
}
