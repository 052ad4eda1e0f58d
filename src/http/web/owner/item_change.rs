//! Changing what is said of a registered item, on one page.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::item_numbers::{self, NumberRow};
use super::items::caution_for;
use super::{item_form, own_item, title_of};
use crate::app::App;
use crate::domain::item::{Item, ItemStatus};
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, Page, render};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/items/{id}/change", get(change_form).post(change))
}

#[derive(Template)]
#[template(path = "owner/item_change.html")]
struct ChangePage {
    page: Page,
    id: String,
    /// What follows from a change, when something does.
    caution: &'static str,
    form: Fields,
    categories: Vec<Choice>,
    languages: Vec<Choice>,
    numbers: Vec<NumberRow>,
}

async fn change_form(State(app): State<App>, who: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    let item = changeable(&app, &who, &id).await?;
    let page = who.page(format!("Change “{}”", title_of(&item)), "/items");
    Ok(render(
        StatusCode::OK,
        &change_page(&app, page, &item, item_form::of_item(&item)).await?,
    ))
}

async fn change(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let item = changeable(&app, &form.who, &id).await?;
    match item_form::change(&form.fields) {
        Ok(change) => {
            app.intake.change_item(form.who.account.id, item.id, None, change).await?;
            Ok(see_other(&format!("/items/{}?done=changed", item.id)))
        }
        Err(errors) => {
            let mut page = form.who.page(format!("Change “{}”", title_of(&item)), "/items");
            page.errors = errors;
            Ok(render(FORM_AGAIN, &change_page(&app, page, &item, form.fields).await?))
        }
    }
}

async fn changeable(app: &App, who: &SignedIn, id: &str) -> Result<Item, Refusal> {
    let item = own_item(app, who, id).await?;
    if item.status == ItemStatus::Withdrawn {
        return Err(Problem::conflict("a withdrawn item cannot be changed").into());
    }
    Ok(item)
}

async fn change_page(app: &App, page: Page, item: &Item, form: Fields) -> Result<ChangePage, Refusal> {
    Ok(ChangePage {
        page,
        id: item.id.to_string(),
        caution: caution_for(app, item).await?,
        categories: item_form::categories(&form),
        languages: item_form::languages(&form),
        numbers: item_numbers::number_rows(&form),
        form,
    })
}
