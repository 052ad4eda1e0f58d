//! What waits for somebody, and when they want to be mailed of it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::domain::account::Role;
use crate::domain::digest::DigestChoice;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, NavLink, Page, render};

const TITLE: &str = "What waits for you";
/// Auditors have nothing that waits.
const READERS: [Role; 5] = [
    Role::Owner,
    Role::Partner,
    Role::Officer,
    Role::Supervisor,
    Role::Administrator,
];
const NOTICES: [(&str, &str); 1] = [("saved", "Your choice is saved.")];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/digest", get(show).post(choose))
}

#[derive(Template)]
#[template(path = "notify/digest.html")]
struct DigestPage {
    page: Page,
    waiting: Vec<NavLink>,
    sends_mail: bool,
    choices: Vec<Choice>,
}

async fn show(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    who.with_role(&app, &READERS).await?;
    let page = with_notice(who.page(TITLE, "/digest"), &uri, &NOTICES);
    let shown = digest_page(&app, &who, page).await?;
    Ok(render(StatusCode::OK, &shown))
}

async fn choose(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    form.who.with_role(&app, &READERS).await?;
    let Some(choice) = DigestChoice::of_word(form.fields.get("digest")) else {
        let page = form
            .who
            .page(TITLE, "/digest")
            .with_error("digest", "Choose when you want to be mailed.");
        let shown = digest_page(&app, &form.who, page).await?;
        return Ok(render(FORM_AGAIN, &shown));
    };
    app.notify.choose_digest(&form.who.principal(), choice).await?;
    Ok(see_other("/digest?done=saved"))
}

async fn digest_page(app: &App, who: &SignedIn, page: Page) -> Result<DigestPage, Refusal> {
    let (chosen, waiting) = app.notify.digest(&who.principal()).await?;
    let choice = |choice: DigestChoice| {
        let (label, hint) = match choice {
            DigestChoice::None => ("No mail", ""),
            DigestChoice::Daily => ("Once a day", "When something waits for you."),
            DigestChoice::Urgent => (
                "Once a day, and at once what is urgent",
                "At most one mail in a quarter of an hour.",
            ),
        };
        let made = Choice::new(choice.word(), label).chosen(choice == chosen);
        if hint.is_empty() { made } else { made.with_hint(hint) }
    };
    Ok(DigestPage {
        page,
        waiting: waiting
            .into_iter()
            .map(|waiting| NavLink::new(waiting.kind.page(), waiting.kind.says(waiting.count)))
            .collect(),
        sends_mail: app.notify.sends_mail(),
        choices: DigestChoice::ALL.into_iter().map(choice).collect(),
    })
}
