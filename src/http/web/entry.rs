//! The way in: the first page, signing in and out, and an owner's sign-up.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use bytes::Bytes;

use super::held_form;
use super::refusal::Refusal;
use super::session::{FORM_AGAIN, Fields, PersonalForm, Visitor, home, see_other, set_cookie};
use super::shell::{Notice, Page, SignInPage, render};
use super::words::sentence;
use crate::access::AccessError;
use crate::app::App;
use crate::domain::account::Role;
use crate::http::client_address::ClientAddress;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(welcome))
        .route("/sign-in", get(sign_in_form).post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/sign-up", get(sign_up_form).post(sign_up))
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    page: Page,
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpPage {
    page: Page,
    name: String,
    email: String,
}

/// The first page; somebody who is signed in goes on to their desk.
async fn welcome(Visitor(visitor): Visitor) -> Response {
    match visitor {
        Some(who) => see_other(home(who.account.role)),
        None => render(
            StatusCode::OK,
            &WelcomePage {
                page: Page::new("Find what was stolen"),
            },
        ),
    }
}

async fn sign_in_form(uri: Uri, Visitor(visitor): Visitor) -> Response {
    if let Some(who) = visitor {
        return see_other(home(who.account.role));
    }
    let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
    let page = Page {
        notice: held_form::said(&query).map(Notice::information),
        ..Page::new("Sign in")
    };
    render(StatusCode::OK, &sign_in_page(page, "", query.get("next")))
}

async fn sign_in(State(app): State<App>, ClientAddress(address): ClientAddress, body: Bytes) -> Result<Response, Refusal> {
    let fields = Fields::parse(&body);
    let (name, next) = (fields.get("name"), fields.get("next"));
    match app.access.sign_in(name, fields.get("password"), address).await {
        Ok(signed_in) => {
            let address = own_path(next).unwrap_or_else(|| home(signed_in.account.role));
            let mut response = see_other(address);
            set_cookie(&app, &mut response, Some(signed_in.secret.reveal()));
            Ok(response)
        }
        Err(error @ (AccessError::Refused | AccessError::TooManyTries { .. })) => {
            let page = Page::new("Sign in").with_error("name", sentence(&error.to_string()));
            Ok(render(FORM_AGAIN, &sign_in_page(page, name, next)))
        }
        Err(error) => Err(error.into()),
    }
}

async fn sign_out(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    app.access.sign_out(form.who.secret()).await?;
    let mut response = see_other("/");
    set_cookie(&app, &mut response, None);
    Ok(response)
}

async fn sign_up_form() -> Response {
    render(
        StatusCode::OK,
        &SignUpPage {
            page: Page::new(SIGN_UP),
            name: String::new(),
            email: String::new(),
        },
    )
}

async fn sign_up(State(app): State<App>, ClientAddress(address): ClientAddress, body: Bytes) -> Result<Response, Refusal> {
    let fields = Fields::parse(&body);
    let (name, email, password) = (fields.get("name"), fields.get("email"), fields.get("password"));
    let again = |field: &str, text: String| {
        let page = Page::new(SIGN_UP).with_error(field, text);
        Ok(render(
            FORM_AGAIN,
            &SignUpPage {
                page,
                name: name.to_owned(),
                email: email.to_owned(),
            },
        ))
    };
    match app.access.sign_up_owner(name, email, password, address).await {
        Ok(_) => {
            let signed_in = app.access.sign_in(email, password, address).await?;
            let mut response = see_other(home(Role::Owner));
            set_cookie(&app, &mut response, Some(signed_in.secret.reveal()));
            Ok(response)
        }
        Err(AccessError::Password(fault)) => again("password", sentence(&fault.to_string())),
        Err(AccessError::Invalid { field, reason }) => again(field, sentence(&reason)),
        Err(error @ AccessError::TooManyTries { .. }) => again("email", sentence(&error.to_string())),
        Err(AccessError::Store(crate::store::StoreError::Exists { .. })) => again(
            "email",
            "There is already an account with this e-mail address: sign in instead.".to_owned(),
        ),
        Err(error) => Err(error.into()),
    }
}

const SIGN_UP: &str = "Create your account";

fn sign_in_page(page: Page, name: &str, next: &str) -> SignInPage {
    SignInPage {
        page,
        name: name.to_owned(),
        next: own_path(next).map(str::to_owned),
        sign_up: Some("/sign-up".to_owned()),
    }
}

/// A path of ours, never another site's: one slash first, and nothing that a browser might read as a host.
fn own_path(next: &str) -> Option<&str> {
    let plain = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    plain.then_some(next)
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_paths_of_ours_are_followed_after_signing_in() {
        for (next, followed) in [
            ("/items", true),
            ("/reports/1?x=1", true),
            ("", false),
            ("items", false),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
        ] {
            assert_eq!(own_path(next).is_some(), followed, "{next}");
        }
    }
}
