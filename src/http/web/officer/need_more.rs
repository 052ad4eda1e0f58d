//! When a report does not tell enough: a question to the owner or the partner, a comment, another officer. And whether keys work
//! as shortcuts for this person.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};

use super::decide::{caption, typed};
use super::{CheckPage, QUEUE, Step, back_to_report, police, report_id, stopped};
use crate::app::App;
use crate::casework::{CaseworkError, POLICE, REASON_CHARACTERS};
use crate::domain::ids::{AccountId, ReportId};
use crate::domain::report_question::Asked;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, NavLink, Page, SummaryRow, render};
use crate::http::web::words::sentence;
use crate::store::StoreError;

/// Under which name it is kept that keys are no shortcuts.
const SHORTCUTS: &str = "shortcuts";
const ASK: &str = "Ask for what is missing";
const ASSIGN: &str = "Give the report to somebody else";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/reports/{id}/questions", get(question_form).post(ask))
        .route("/reports/{id}/assign", get(assign_form).post(assign))
        .route("/reports/{id}/comments", post(comment))
        .route("/shortcuts", post(set_shortcuts))
}

#[derive(Template)]
#[template(path = "officer/ask.html")]
struct AskPage {
    page: Page,
    back: NavLink,
    caption: String,
    action: String,
    asked: Vec<Choice>,
    text: String,
}

#[derive(Template)]
#[template(path = "officer/assign.html")]
struct AssignPage {
    page: Page,
    back: NavLink,
    caption: String,
    action: String,
    officers: Vec<Choice>,
}

/// Whether keys are shortcuts for this person: unless they have turned them off.
pub(super) async fn shortcuts(app: &App, who: &SignedIn) -> Result<bool, Refusal> {
    Ok(app.casework.setting(who.account.id, SHORTCUTS).await?.is_none())
}

/// Who is asked, in words.
pub(super) fn asked(to: Asked) -> &'static str {
    match to {
        Asked::Owner => "the owner",
        Asked::Partner => "the partner",
    }
}

async fn question_form(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    let page = ask_page(&app, report_id(&id)?, who.page(ASK, QUEUE), ("", "")).await?;
    Ok(render(StatusCode::OK, &page))
}

async fn ask_page(app: &App, id: ReportId, page: Page, (to, text): (&str, &str)) -> Result<AskPage, Refusal> {
    let choice = |one: Asked, label: &str, hint: &str| Choice::new(one.word(), label).with_hint(hint).chosen(one.word() == to);
    Ok(AskPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/questions"),
        asked: vec![
            choice(
                Asked::Owner,
                "The owner",
                "They see your question and what they call the item, and nothing of the listing.",
            ),
            choice(
                Asked::Partner,
                "The partner",
                "They see your question and which listing it is about, and nothing of the item, its owner or the case.",
            ),
        ],
        text: text.to_owned(),
    })
}

async fn ask(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let (chosen, text) = (form.fields.get("to"), form.fields.get("question"));
    let to = Asked::ALL.into_iter().find(|one| one.word() == chosen);
    let mut page = form.who.page(ASK, QUEUE);
    if to.is_none() {
        page = page.with_error("to", "Say whom you ask.");
    }
    if !REASON_CHARACTERS.contains(&text.chars().count()) {
        page = page.with_error("question", "Ask in 3 to 2,000 characters.");
    }
    let step = Step::of(&form.fields);
    let Some(to) = to.filter(|_| page.errors.is_empty() && step != Step::Change) else {
        let status = if step == Step::Change { StatusCode::OK } else { FORM_AGAIN };
        return Ok(render(status, &ask_page(&app, id, page, (chosen, text)).await?));
    };
    if step == Step::Check {
        let page = CheckPage {
            page: form.who.page("Check your question", QUEUE),
            back: back_to_report(id),
            caption: caption(&app, id).await?,
            rows: SummaryRow::filled(&[("You ask", asked(to).to_owned()), ("Your question", text.to_owned())]),
            follows: vec![
                "They read these words as they are: name nobody, and nothing that they need not know.".to_owned(),
                "The report stays in your review while you wait. The answer appears on it.".to_owned(),
            ],
            action: format!("/reports/{id}/questions"),
            typed: typed(&form, &["to", "question"]),
            button: "Ask".to_owned(),
            look: "",
        };
        return Ok(render(StatusCode::OK, &page));
    }
    match app.casework.ask_on_report(&caller, id, to, text).await {
        Ok(_) => Ok(see_other(&format!("/reports/{id}?done=question"))),
        Err(error) => Ok(stopped(&form.who, QUEUE, error, back_to_report(id))),
    }
}

async fn assign_form(State(app): State<App>, Path(id): Path<String>, who: SignedIn) -> Result<Response, Refusal> {
    police(&app, &who).await?;
    let page = assign_page(&app, report_id(&id)?, &who, who.page(ASSIGN, QUEUE)).await?;
    Ok(render(StatusCode::OK, &page))
}

async fn assign_page(app: &App, id: ReportId, who: &SignedIn, page: Page) -> Result<AssignPage, Refusal> {
    let found = app.store.read(|reader| {
        let mut officers = Vec::new();
        for role in POLICE {
            officers.extend(reader.accounts(Some(role))?);
        }
        Ok::<_, StoreError>(officers)
    });
    let others = found
        .await?
        .into_iter()
        .filter(|account| account.enabled && account.id != who.account.id);
    let choice = |(id, name, role): (AccountId, String, &str)| Choice::new(id.to_string(), format!("{name} ({role})"));
    Ok(AssignPage {
        page,
        back: back_to_report(id),
        caption: caption(app, id).await?,
        action: format!("/reports/{id}/assign"),
        officers: others
            .map(|account| choice((account.id, account.name, account.role.word())))
            .collect(),
    })
}

async fn assign(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    let Ok(to) = form.fields.get("officer").parse::<AccountId>() else {
        let frame = form.who.page(ASSIGN, QUEUE).with_error("officer", "Choose an officer.");
        return Ok(render(FORM_AGAIN, &assign_page(&app, id, &form.who, frame).await?));
    };
    match app.casework.assign_report(&caller, id, to).await {
        Ok(_) => Ok(see_other(&format!("/reports/{id}?done=assigned"))),
        Err(error) => Ok(stopped(&form.who, QUEUE, error, back_to_report(id))),
    }
}

async fn comment(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let caller = police(&app, &form.who).await?;
    let id = report_id(&id)?;
    match app.casework.comment_on_report(&caller, id, form.fields.get("comment")).await {
        Ok(()) => Ok(see_other(&format!("/reports/{id}?done=commented"))),
        Err(CaseworkError::Invalid { reason, .. }) => {
            let typed = super::report::Typed {
                comment: form.fields.get("comment").to_owned(),
                faults: vec![("comment".to_owned(), sentence(&reason))],
                ..super::report::Typed::default()
            };
            super::report::page(&app, &form.who, id, None, typed).await
        }
        Err(error) => Ok(stopped(&form.who, QUEUE, error, back_to_report(id))),
    }
}

/// Turns the shortcuts on or off for this person, and leads back to where they were.
async fn set_shortcuts(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    police(&app, &form.who).await?;
    let value = if form.fields.get("keys") == "off" { "off" } else { "" };
    app.casework
        .save_setting(form.who.account.id, SHORTCUTS, value.to_owned())
        .await?;
    // A path of ours, and nothing else: a report, or the queue.
    let report = form.fields.get("report").parse::<ReportId>().ok();
    Ok(see_other(
        &report.map_or_else(|| QUEUE.to_owned(), |id| format!("/reports/{id}")),
    ))
}
