//! The page on which a supervisor looks at their word before it is given, and gives their password again.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::{APPROVALS, asked, over};
use crate::app::App;
use crate::casework::views::PendingView;
use crate::domain::ids::DisclosureRequestId;
use crate::http::web::confirming;
use crate::http::web::officer::CheckPage;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm};
use crate::http::web::shell::{NavLink, Page, SummaryRow, render};

/// A word and what follows from it, shown before it is given, with a field for the password when it must be given again.
#[derive(Template)]
#[template(path = "supervisor/approval_check.html")]
struct ApprovalCheckPage {
    page: Page,
    back: NavLink,
    caption: String,
    check: CheckPage,
    ask_password: bool,
}

/// The check page of a word on a request, for it or against; `wrong` says what is wrong with the password that was given.
pub(super) async fn check(
    app: &App,
    form: &PersonalForm,
    (id, approves): (DisclosureRequestId, bool),
    wrong: Option<String>,
) -> Result<Response, Refusal> {
    let status = if wrong.is_some() { FORM_AGAIN } else { StatusCode::OK };
    let pending = app.casework.disclosures_to_approve(&form.who.principal()).await?;
    let Some(view) = pending.into_iter().find(|view| view.request.id == id) else {
        return Ok(over(&form.who, id));
    };
    let check = on_check(form, &view, approves);
    let page = match wrong {
        Some(text) => check.page.clone().with_error(confirming::FIELD, text),
        None => check.page.clone(),
    };
    let shown = ApprovalCheckPage {
        page,
        back: check.back.clone(),
        caption: check.caption.clone(),
        ask_password: confirming::must_ask(app, &form.who).await?,
        check,
    };
    Ok(render(status, &shown))
}

fn on_check(form: &PersonalForm, view: &PendingView, approves: bool) -> CheckPage {
    let id = view.request.id;
    let (words, follows, button, look) = if approves {
        (
            "Approve",
            "With the approvals that the letter asks for, the request goes to the partner, who is then to answer in time.",
            "Approve the request",
            "",
        )
    } else {
        (
            "Refuse",
            "The request ends here. The officer sees your reason and may ask anew.",
            "Refuse the request",
            "warning",
        )
    };
    let mut rows = SummaryRow::filled(&[("Your word", words.to_owned()), ("Why", form.fields.get("reason").to_owned())]);
    rows.extend(asked(view));
    let another_case = view.theft_case.as_ref().filter(|_| view.is_for_another_case()).map(|theft| {
        format!(
            "The cases differ: the request is for {}, the theft is verified under {theft}.",
            view.request.purpose.case
        )
    });
    let typed = ["decision", "reason"].map(|name| (name.to_owned(), form.fields.get(name).to_owned()));
    CheckPage {
        page: form.who.page("Check your word", APPROVALS),
        back: NavLink::new(format!("{APPROVALS}/{id}"), "Back to the request"),
        caption: format!("SR-{}", view.report_number),
        rows,
        follows: another_case
            .into_iter()
            .chain([follows.to_owned(), "Your name is recorded with it.".to_owned()])
            .collect(),
        action: format!("{APPROVALS}/{id}"),
        typed: typed.into(),
        button: button.to_owned(),
        look,
    }
}
