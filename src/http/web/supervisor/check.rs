//! The page on which a supervisor looks at their word before it is given, and gives their password again.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::APPROVALS;
use crate::app::App;
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
    let check = on_check(form, id, approves);
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

fn on_check(form: &PersonalForm, id: DisclosureRequestId, approves: bool) -> CheckPage {
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
    let typed = ["decision", "reason"].map(|name| (name.to_owned(), form.fields.get(name).to_owned()));
    CheckPage {
        page: form.who.page("Check your word", APPROVALS),
        back: NavLink::new(format!("{APPROVALS}/{id}"), "Back to the request"),
        caption: "Disclosure request".to_owned(),
        rows: SummaryRow::filled(&[("Your word", words.to_owned()), ("Why", form.fields.get("reason").to_owned())]),
        follows: vec![follows.to_owned(), "Your name is recorded with it.".to_owned()],
        action: format!("{APPROVALS}/{id}"),
        typed: typed.into(),
        button: button.to_owned(),
        look,
    }
}
