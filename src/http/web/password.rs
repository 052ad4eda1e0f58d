//! Changing one's own password: for every role, and the only page for whoever has one that somebody else chose.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::refusal::Refusal;
use super::session::{FORM_AGAIN, PASSWORD_PAGE, PersonalForm, SignedIn, home, see_other, set_cookie};
use super::shell::{Page, render};
use super::words::sentence;
use crate::access::AccessError;
use crate::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/password", get(form).post(change))
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    page: Page,
    /// Whether nothing else is shown before it is changed.
    due: bool,
}

async fn form(who: SignedIn) -> Response {
    render(StatusCode::OK, &password_page(&who))
}

/// Changes it. All sessions of the account end; this browser goes on with a new one.
async fn change(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let (who, fields) = (form.who, form.fields);
    let again = |field: &str, text: String| {
        let mut shown = password_page(&who);
        shown.page = shown.page.with_error(field, text);
        Ok(render(FORM_AGAIN, &shown))
    };
    let (old, new) = (fields.get("old_password"), fields.get("password"));
    if new != fields.get("password_again") {
        return again("password_again", "The two new passwords are not the same.".to_owned());
    }
    match app.access.change_password(who.account.id, old, new).await {
        Ok(signed_in) => {
            let mut response = see_other(home(who.account.role));
            set_cookie(&app, &mut response, Some(signed_in.secret.reveal()));
            Ok(response)
        }
        Err(AccessError::Refused) => again("old_password", "This is not your present password.".to_owned()),
        Err(error @ AccessError::TooManyTries { .. }) => again("old_password", sentence(&error.to_string())),
        Err(AccessError::Password(fault)) => again("password", sentence(&fault.to_string())),
        Err(AccessError::Invalid { field, reason }) => again(field, sentence(&reason)),
        Err(error) => Err(error.into()),
    }
}

fn password_page(who: &SignedIn) -> PasswordPage {
    PasswordPage {
        page: who.page("Change your password", PASSWORD_PAGE),
        due: who.account.password_change_due,
    }
}
