//! What the description of the API says of every route alike: refusals and failures, and the form that they have.
//!
//! A route names the refusals that are its own. Those that come from what it stands on are entered here, and so is the content
//! type of all of them: `http::error` sends every problem in one form.

use utoipa::openapi::path::{Operation, ParameterIn, PathItem};
use utoipa::openapi::response::Response;
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Schema};

/// The content type of a [`Problem`](crate::http::error::Problem).
const PROBLEM: &str = "application/problem+json";
/// Where the description has its schema.
const PROBLEM_SCHEMA: &str = "#/components/schemas/Problem";

/// What a status means where the route itself says no more.
const STATUSES: [(u16, &str); 15] = [
    (400, "What was sent cannot be used; `errors` says why, field by field"),
    (401, "No token was sent, or none that is valid"),
    (403, "The caller may not"),
    (404, "There is no such thing, or none that the caller may know of"),
    (408, "The request took too long"),
    (409, "The present state does not allow it"),
    (413, "More was sent than is accepted"),
    (415, "What was sent is in a format that is not read"),
    (422, "What was sent reads, but does not fit"),
    (428, "No purpose is stated in `Purpose-Case` and `Purpose-Reason`"),
    (429, "Too many tries"),
    (500, "Something failed inside; the request id names it to the operator"),
    (503, "The service cannot write now; try again"),
    (504, "Nothing answered in time"),
    (507, "The disk is full; nothing was written"),
];

/// What may meet any request.
const ALWAYS: [u16; 6] = [401, 403, 408, 500, 503, 507];

/// Completes the description of all routes.
pub(super) fn complete(description: &mut OpenApi) {
    for path in description.paths.paths.values_mut() {
        for operation in operations(path) {
            for status in common(operation) {
                let responses = &mut operation.responses.responses;
                responses
                    .entry(status.to_string())
                    .or_insert_with(|| RefOr::T(problem_response()));
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    settle(status, response);
                }
            }
        }
    }
}

fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = path;
    [get, put, post, delete, patch].into_iter().filter_map(Option::as_mut)
}

/// The statuses that come from what an operation stands on: its parameters and its body.
fn common(operation: &Operation) -> Vec<u16> {
    let parameters = operation.parameters.iter().flatten();
    let takes = |place: ParameterIn| {
        parameters
            .clone()
            .any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == place))
    };
    let mut statuses = ALWAYS.to_vec();
    if takes(ParameterIn::Path) {
        statuses.push(404);
    }
    if takes(ParameterIn::Query) {
        statuses.push(400);
    }
    if takes(ParameterIn::Header) {
        statuses.push(428);
    }
    if operation.request_body.is_some() {
        statuses.extend([400, 413, 415]);
    }
    statuses
}

fn problem_response() -> Response {
    let mut response = Response::new("");
    let problem = RefOr::<Schema>::Ref(Ref::new(PROBLEM_SCHEMA));
    response
        .content
        .insert(PROBLEM.to_owned(), Content::new(Some(problem)).into());
    response
}

/// Gives a problem its content type, and a status that says nothing its words.
fn settle(status: &str, response: &mut Response) {
    let is_problem = response.content.values().any(shows_problem);
    if is_problem {
        response.content = problem_response().content;
    }
    if response.description.is_empty() {
        let words = STATUSES.iter().find(|(known, _)| known.to_string() == status);
        response.description = words.map_or("Done", |(_, words)| words).to_owned();
    }
}

fn shows_problem(content: &RefOr<Content>) -> bool {
    match content {
        RefOr::T(content) => matches!(&content.schema, Some(RefOr::Ref(schema)) if schema.ref_location == PROBLEM_SCHEMA),
        RefOr::Ref(_) => false,
    }
}
