//! Refusals and failures as pages.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::shell::{ErrorPage, Page, render};
use super::words::sentence;
use crate::access::AccessError;
use crate::casework::CaseworkError;
use crate::http::error::Problem;
use crate::intake::IntakeError;
use crate::notify::NotifyError;
use crate::store::StoreError;

/// A problem that is shown as a page.
#[derive(Debug, Clone)]
pub struct Refusal(pub Problem);

macro_rules! shown_as_problem {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Self(error.into())
            }
        })*
    };
}

shown_as_problem!(Problem, StoreError, AccessError, CaseworkError, IntakeError, NotifyError);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = self.0;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut paragraphs = vec![sentence(&problem.detail)];
        paragraphs.extend(problem.errors.iter().map(|fault| sentence(&fault.reason)));
        let title = match status {
            StatusCode::NOT_FOUND => "Page not found",
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => "You cannot do this",
            StatusCode::CONFLICT => "This has changed meanwhile",
            _ if status.is_server_error() => "Something went wrong",
            _ => "This cannot be done",
        };
        let page = ErrorPage {
            page: Page::new(title),
            paragraphs,
            request_id: problem
                .request_id
                .as_deref()
                .filter(|_| status.is_server_error())
                .map(str::to_owned),
        };
        let mut response = render(status, &page);
        response.extensions_mut().insert(problem);
        response
    }
}
