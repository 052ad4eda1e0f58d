//! An owner's own data: a copy of it to take away, and its erasure.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::only_owners;
use crate::access::AccessError;
use crate::app::App;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, set_cookie};
use crate::http::web::shell::{Page, SummaryRow, protect, render};
use crate::http::web::words;
use crate::http::web::words::sentence;

const ERASE: &str = "Erase your account and your data";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/my-data", get(show))
        .route("/my-data/export", post(export))
        .route("/my-data/erase", get(erase_form).post(erase))
}

#[derive(Template)]
#[template(path = "owner/my_data.html")]
struct MyDataPage {
    page: Page,
    rows: Vec<SummaryRow>,
}

#[derive(Template)]
#[template(path = "owner/erase.html")]
struct ErasePage {
    page: Page,
}

#[derive(Template)]
#[template(path = "owner/erased.html")]
struct ErasedPage {
    page: Page,
    items: usize,
    stays: Vec<String>,
}

async fn show(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    only_owners(&app, &who).await?;
    let account = &who.account;
    let rows = vec![
        SummaryRow::new("Name", account.name.clone()),
        SummaryRow::new("E-mail address", account.email.as_str().to_owned()),
        SummaryRow::new("Account since", words::instant(account.created_at)),
    ];
    let page = who.page("My data", "/my-data");
    Ok(render(StatusCode::OK, &MyDataPage { page, rows }))
}

/// Everything that is held about the owner, as a file. It is a form because the log gets an entry.
async fn export(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    only_owners(&app, &form.who).await?;
    let copy = app.casework.export_own_data(&form.who.principal()).await?;
    let text = serde_json::to_string_pretty(&copy).map_err(|error| Problem::internal(&error))?;
    let mut response = text.into_response();
    protect(response.headers_mut());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let attachment = HeaderValue::from_static("attachment; filename=\"replevin-my-data.json\"");
    headers.insert(header::CONTENT_DISPOSITION, attachment);
    Ok(response)
}

async fn erase_form(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    only_owners(&app, &who).await?;
    let page = who.page(ERASE, "/my-data");
    Ok(render(StatusCode::OK, &ErasePage { page }))
}

async fn erase(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    only_owners(&app, &form.who).await?;
    let again = |text: String| {
        let page = form.who.page(ERASE, "/my-data").with_error("password", text);
        Ok(render(FORM_AGAIN, &ErasePage { page }))
    };
    match app
        .access
        .verify_password(form.who.account.id, form.fields.get("password"))
        .await
    {
        Ok(true) => {}
        Ok(false) => return again("This is not your password.".to_owned()),
        Err(error @ AccessError::TooManyTries { .. }) => return again(sentence(&error.to_string())),
        Err(error) => return Err(error.into()),
    }
    let erased = app.casework.erase_own_data(&form.who.principal()).await?;
    let shown = ErasedPage {
        page: Page::new("Your data is erased"),
        items: erased.items,
        stays: erased.stays,
    };
    let mut response = render(StatusCode::OK, &shown);
    set_cookie(&app, &mut response, None);
    Ok(response)
}
