//! `/police-questions`: what officers ask owners and partners about their own things, and the answers.
//!
//! One page for both: it shows the officer's words and the person's own item or listing, and nothing else of a case.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use super::refusal::Refusal;
use super::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use super::shell::{Page, render};
use super::words;
use crate::app::App;
use crate::casework::{AskedView, CaseworkError};
use crate::domain::account::Role;
use crate::http::error::Problem;

const ADDRESS: &str = "/police-questions";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/police-questions", get(show))
        .route("/police-questions/{id}", post(answer))
}

#[derive(Template)]
#[template(path = "police_questions.html")]
struct QuestionsPage {
    page: Page,
    /// What the things are called that questions are about.
    about: &'static str,
    questions: Vec<Row>,
}

/// One question.
struct Row {
    id: String,
    /// The field of its answer.
    field: String,
    about: String,
    text: String,
    asked_at: String,
    /// The answer and when it was given.
    answer: Option<(String, String)>,
    /// What was typed and could not be used.
    typed: String,
}

async fn show(State(app): State<App>, uri: Uri, who: SignedIn) -> Result<Response, Refusal> {
    who.with_role(&app, &[Role::Owner, Role::Partner]).await?;
    let frame = with_notice(
        who.page("Questions of the police", ADDRESS),
        &uri,
        &[("answered", "Your answer is with the police.")],
    );
    Ok(render(StatusCode::OK, &page(&app, &who, frame, ("", "")).await?))
}

async fn page(app: &App, who: &SignedIn, page: Page, (typed_for, typed): (&str, &str)) -> Result<QuestionsPage, Refusal> {
    let questions = app.casework.questions_on_reports(&who.principal()).await?;
    let row = |view: AskedView| {
        let id = view.question.id.to_string();
        Row {
            field: format!("answer-{id}"),
            typed: if id == typed_for { typed.to_owned() } else { String::new() },
            id,
            about: view.about,
            text: view.question.text,
            asked_at: words::instant(view.question.asked_at),
            answer: view.question.answer.map(|(answer, at)| (answer, words::instant(at))),
        }
    };
    Ok(QuestionsPage {
        page,
        about: if who.account.role == Role::Partner {
            "listing"
        } else {
            "item"
        },
        questions: questions.into_iter().map(row).collect(),
    })
}

async fn answer(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    form.who.with_role(&app, &[Role::Owner, Role::Partner]).await?;
    let question = id.parse().map_err(|_| Problem::missing("question"))?;
    let given = form.fields.get("answer");
    match app.casework.answer_on_report(&form.who.principal(), question, given).await {
        Ok(()) => Ok(see_other(&format!("{ADDRESS}?done=answered"))),
        Err(CaseworkError::Invalid { .. }) => {
            let frame = form.who.page("Questions of the police", ADDRESS);
            let frame = frame.with_error(format!("answer-{id}"), "Answer in 3 to 2,000 characters.");
            Ok(render(FORM_AGAIN, &page(&app, &form.who, frame, (&id, given)).await?))
        }
        // The same form again: it was answered the first time.
        Err(CaseworkError::Conflict(_)) => Ok(see_other(&format!("{ADDRESS}?done=answered"))),
        Err(error) => Err(error.into()),
    }
}
