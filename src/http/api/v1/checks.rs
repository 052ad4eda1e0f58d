//! `/checks`: may this be offered? Asked before publishing; the answer says what to do and nothing of any item.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::push::RejectedView;
use crate::app::App;
use crate::casework::POLICE;
use crate::domain::account::Principal;
use crate::domain::lead::{Asked, Suspected};
use crate::domain::photo::ContentHash;
use crate::feeds::record::{DescriptionLine, parse_check};
use crate::feeds::{FieldFault, Format};
use crate::http::body;
use crate::http::caller::Caller;
use crate::http::error::Problem;
use crate::intake::IntakeError;
use crate::matching::{MatchingError, PhotoFacts, Question};
use crate::store::StoreError;

/// Checks of one request.
const CHECKS_MAX: usize = 500;

const CLEAR: &str = "Nothing that the register holds today speaks against offering it.";
const CLEAR_OF_REST: &str = "Nothing that the register holds today speaks against offering it, as far as it could be checked: \
                             `unreadable` names what could not. Read that again and ask once more.";
const CLEAR_OF_WORDS: &str = "Nothing was asked that can be checked: words and product codes name no single object. Say a number, a mark \
                              or a picture of it.";
const REFER: &str = "Do not publish it. Keep the offer on hold, say nothing of this check to its seller, and keep what you know of \
                     the seller and the object. The police have been told that you asked, and turn to you if they need more.";
const REFER_OFFICER: &str = "It may be a stolen item: search for it, for your case, to see which.";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(check))
}

/// What is asked about. Say at least one of identifiers, title, description, image; more makes the answer surer.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "described, and read field by field elsewhere")]
struct CheckLine {
    /// Your own name for it, repeated in the answer.
    id: Option<String>,
    #[serde(flatten)]
    description: DescriptionLine,
    /// A picture of the object, JPEG, PNG or WebP, in Base64.
    image: Option<String>,
}

/// The answer to one check.
#[derive(Debug, Serialize, ToSchema)]
struct CheckAnswer {
    /// The line of a batch, from 1; in an array the element's position.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    /// Your own name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// `clear` or `refer`.
    answer: &'static str,
    /// What to do.
    advice: &'static str,
    /// What the answer rests on: `numbers`, `picture`, `marks`. Empty: words alone, by which nothing can be checked.
    rests_on: Vec<&'static str>,
    /// Numbers that could not be checked as they are given, and why: an answer `clear` says nothing of them. Absent where there are
    /// none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<UnreadableView>,
}

/// A number that could not be checked.
#[derive(Debug, Serialize, ToSchema)]
struct UnreadableView {
    /// Which, as in `identifiers[0].value`.
    field: String,
    /// Why.
    reason: String,
}

/// The answers to a batch.
#[derive(Debug, Serialize, ToSchema)]
struct CheckAnswers {
    /// One for each check that could be read, in their order.
    answers: Vec<CheckAnswer>,
    /// What is wrong with the others.
    rejected: Vec<RejectedView>,
}

/// Ask whether something may be offered
///
/// One check as a JSON object, or a batch: a JSON array, or one object a line as `application/x-ndjson`, five hundred at most. The
/// answer is `clear` or `refer`, with what to do, and says nothing of any item. It rests on numbers, pictures and marks; what only
/// shares words with a stolen item is `clear`. A number that can be none as it is given (a check digit that does not fit, a letter
/// in an IMEI) is compared with the numbers that it is near to, and named under `unreadable`; where nothing else was asked that an
/// answer can rest on, and nothing near is reported stolen, the check is refused rather than answered `clear`. Each check is logged, and one that is referred is told to the police. Partners need
/// a letter of intent in force. Whoever asks too fast is answered 429 with `Retry-After`.
#[utoipa::path(
    post, path = "/checks", tag = "checks",
    request_body(content((CheckLine = "application/json"), (CheckLine = "application/x-ndjson"))),
    responses(
        (status = 200, body = CheckAnswer, description = "The answer; `CheckAnswers` to a batch"),
        (status = 400, body = Problem, description = "The one check cannot be read, or there are too many"),
        (status = 403, body = Problem, description = "Neither a partner nor police, or no letter in force"),
        (status = 429, body = Problem, description = "Too many checks in a minute"),
    )
)]
async fn check(State(app): State<App>, caller: Caller, headers: HeaderMap, body: Body) -> Result<Response, Problem> {
    match caller.0.partner() {
        Some(partner) => app.intake.open_feed(caller.actor(), partner).await?,
        None => drop(caller.account(&app, &POLICE).await?),
    }
    let bytes_max = app.http.photo_bytes_max / 3 * 4 + (1 << 20);
    let bytes = body::read(&headers, body, bytes_max).await?;
    let sent = Sent::of(&headers, &bytes)?;
    app.access.pace_checks(&caller.0, sent.checks.len().max(1))?;
    let (mut ready, mut rejected) = (Vec::new(), Vec::new());
    for (line, check) in sent.checks {
        match Ready::read(&app, line, &check).await? {
            Ok(check) => ready.push(check),
            Err(faults) if sent.is_one => return Err(faults.into()),
            Err(faults) => rejected.extend(faults.iter().map(|fault| RejectedView::from(fault.at(line)))),
        }
    }
    let (questions, asked): (Vec<_>, Vec<_>) = ready.into_iter().map(Ready::apart).unzip();
    let found = found(&app, questions).await?;
    let mut answers = Vec::new();
    let mut refused = Vec::new();
    for (asked, found) in asked.iter().zip(&found) {
        match answer(asked, !found.is_empty(), &caller.0) {
            Some(answer) => answers.push(answer),
            None => refused.extend(asked.unreadable.iter().map(|fault| fault.at(asked.line))),
        }
    }
    let checks = asked.into_iter().map(|asked| asked.asked).zip(found).collect();
    app.casework.checked(&caller.0, ContentHash::of(&bytes), checks).await?;
    if sent.is_one && !refused.is_empty() {
        let faults = refused.into_iter().map(|fault| FieldFault {
            field: fault.field,
            reason: fault.reason,
        });
        return Err(Problem::from(faults.collect::<Vec<_>>()));
    }
    rejected.extend(refused.into_iter().map(RejectedView::from));
    rejected.sort_by_key(|rejected| rejected.line);
    if sent.is_one
        && let Some(mut answer) = answers.pop()
    {
        answer.line = None;
        return Ok(Json(answer).into_response());
    }
    Ok(Json(CheckAnswers { answers, rejected }).into_response())
}

/// The checks of a request, each with its line, as JSON that has not been read yet.
struct Sent {
    checks: Vec<(u64, Vec<u8>)>,
    /// One object, not a batch of one.
    is_one: bool,
}

impl Sent {
    fn of(headers: &HeaderMap, bytes: &[u8]) -> Result<Self, Problem> {
        let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = given.and_then(|given| given.split(';').next()).unwrap_or_default().trim();
        let checks: Vec<(u64, Vec<u8>)> = match Format::of_media_type(essence) {
            Some(Format::Ndjson) => (1..)
                .zip(bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii))
                .filter(|(_, line)| !line.is_empty())
                .map(|(number, line)| (number, line.to_vec()))
                .collect(),
            _ if bytes.trim_ascii_start().first() == Some(&b'[') => {
                let elements: Vec<serde_json::Value> = serde_json::from_slice(bytes)
                    .map_err(|error| Problem::invalid("", format!("expected a JSON array of checks: {error}")))?;
                (1..)
                    .zip(elements.iter().map(|element| element.to_string().into_bytes()))
                    .collect()
            }
            _ => {
                let checks = vec![(1, bytes.to_vec())];
                return Ok(Self { checks, is_one: true });
            }
        };
        if checks.is_empty() || checks.len() > CHECKS_MAX {
            return Err(Problem::invalid(
                "",
                format!("expected 1 to {CHECKS_MAX} checks, found {}", checks.len()),
            ));
        }
        Ok(Self { checks, is_one: false })
    }
}

/// A check that was read, its photo too.
struct Ready {
    asked: AskedAt,
    question: Question,
}

/// What was asked, without what is searched for.
struct AskedAt {
    line: u64,
    asked: Asked,
    unreadable: Vec<FieldFault>,
    rests_on: Vec<&'static str>,
}

impl Ready {
    async fn read(app: &App, line: u64, json: &[u8]) -> Result<Result<Self, Vec<FieldFault>>, Problem> {
        let check = match parse_check(json) {
            Ok(check) => check,
            Err(faults) => return Ok(Err(faults)),
        };
        let rests_on = check.rests_on();
        let asked = Asked {
            reference: check.reference,
            title: check.description.title.clone(),
            identifiers: check.description.identifiers.clone(),
            photo: check.image.is_some(),
        };
        let mut photos = Vec::new();
        if let Some(image) = check.image {
            match app.intake.look_at_photo(image.into()).await {
                Ok(reading) => photos.push(PhotoFacts {
                    fingerprint: Some(reading.fingerprint),
                    features: Some(reading.features),
                    body_serial: reading.exif.body_serial,
                    lens_serial: reading.exif.lens_serial,
                    numbers: Vec::new(),
                }),
                Err(error @ IntakeError::Photo(_)) => {
                    return Ok(Err(vec![FieldFault {
                        field: "image".to_owned(),
                        reason: error.to_string(),
                    }]));
                }
                Err(error) => return Err(error.into()),
            }
        }
        let question = Question {
            description: check.description,
            photos,
        };
        let asked = AskedAt {
            line,
            asked,
            unreadable: check.unreadable,
            rests_on,
        };
        Ok(Ok(Self { asked, question }))
    }

    fn apart(self) -> (Question, AskedAt) {
        (self.question, self.asked)
    }
}

/// What each may be.
async fn found(app: &App, questions: Vec<Question>) -> Result<Vec<Vec<Suspected>>, Problem> {
    let (matching, now) = (std::sync::Arc::clone(&app.matching), app.clock.now());
    let found = tokio::task::spawn_blocking(move || matching.check(&questions, now)).await;
    found.map_err(|_| StoreError::Stopped)?.map_err(|error| match error {
        MatchingError::Store(error) => error.into(),
        error => Problem::internal(&error),
    })
}

/// The answer; none where there is nothing that it could rest on.
fn answer(asked: &AskedAt, referred: bool, caller: &Principal) -> Option<CheckAnswer> {
    let (answer, advice) = match (referred, caller.partner()) {
        (false, _) => match (asked.rests_on.is_empty(), asked.unreadable.is_empty()) {
            (false, true) => ("clear", CLEAR),
            (false, false) => ("clear", CLEAR_OF_REST),
            (true, true) => ("clear", CLEAR_OF_WORDS),
            (true, false) => return None,
        },
        (true, Some(_)) => ("refer", REFER),
        (true, None) => ("refer", REFER_OFFICER),
    };
    let unreadable = asked.unreadable.iter().map(|fault| UnreadableView {
        field: fault.field.clone(),
        reason: fault.reason.clone(),
    });
    Some(CheckAnswer {
        line: Some(asked.line),
        id: asked.asked.reference.clone(),
        answer,
        advice,
        rests_on: asked.rests_on.clone(),
        unreadable: unreadable.collect(),
    })
}
