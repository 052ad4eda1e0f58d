//! Registering an item: a short form a page, then everything once more, and only then it counts. Photos follow one by one.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use super::item_numbers::{self, NumberRow};
use super::{item_form, only_owners};
use crate::app::App;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, Page, SummaryRow, render};

/// The name under which the form is kept while it is filled in.
const FORM: &str = "item";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/items/new", get(what_form).post(what))
        .route("/items/new/numbers", get(numbers_form).post(numbers))
        .route("/items/new/details", get(details_form).post(details))
        .route("/items/new/check", get(check_form).post(check))
        .route("/items/new/discard", post(discard))
}

/// The pages of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    What,
    Numbers,
    Details,
}

impl Step {
    fn address(self) -> &'static str {
        match self {
            Self::What => "/items/new",
            Self::Numbers => "/items/new/numbers",
            Self::Details => "/items/new/details",
        }
    }

    fn next(self) -> &'static str {
        match self {
            Self::What => "/items/new/numbers",
            Self::Numbers => "/items/new/details",
            Self::Details => "/items/new/check",
        }
    }

    fn back(self) -> &'static str {
        match self {
            Self::What => "/items",
            Self::Numbers => "/items/new",
            Self::Details => "/items/new/numbers",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::What => "What do you want to register?",
            Self::Numbers => "Which numbers does it carry?",
            Self::Details => "What tells it from others like it?",
        }
    }

    fn names(self) -> Vec<String> {
        match self {
            Self::What => item_form::WHAT.map(str::to_owned).to_vec(),
            Self::Numbers => item_numbers::number_names(),
            Self::Details => item_form::DETAILS.map(str::to_owned).to_vec(),
        }
    }
}

#[derive(Template)]
#[template(path = "owner/register.html")]
struct StepPage {
    page: Page,
    step: Step,
    back: String,
    checking: bool,
    begun: bool,
    form: Fields,
    categories: Vec<Choice>,
    languages: Vec<Choice>,
    numbers: Vec<NumberRow>,
}

#[derive(Template)]
#[template(path = "owner/register_check.html")]
struct CheckPage {
    page: Page,
    rows: Vec<SummaryRow>,
}

async fn what_form(state: State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    show(state, who, uri, Step::What).await
}

async fn numbers_form(state: State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    show(state, who, uri, Step::Numbers).await
}

async fn details_form(state: State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    show(state, who, uri, Step::Details).await
}

async fn what(state: State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    take(state, form, Step::What).await
}

async fn numbers(state: State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    take(state, form, Step::Numbers).await
}

async fn details(state: State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    take(state, form, Step::Details).await
}

async fn show(State(app): State<App>, who: SignedIn, uri: Uri, step: Step) -> Result<Response, Refusal> {
    let form = begun(&app, &who).await?;
    let checking = Fields::parse(uri.query().unwrap_or("").as_bytes()).get("from") == "check";
    let page = who.page(step.title(), "/items");
    Ok(render(StatusCode::OK, &step_page(page, step, form, checking)))
}

/// Takes one page's fields. What was typed on the others stays.
async fn take(State(app): State<App>, form: PersonalForm, step: Step) -> Result<Response, Refusal> {
    let (names, checking) = (step.names(), form.fields.get("from") == "check");
    let fields = begun(&app, &form.who).await?.renewed(&names, &form.fields);
    let mut page = form.who.page(step.title(), "/items");
    let errors = item_form::draft(&fields).err().unwrap_or_default();
    page.errors = errors.into_iter().filter(|error| names.contains(&error.field)).collect();
    if !page.errors.is_empty() {
        return Ok(render(FORM_AGAIN, &step_page(page, step, fields, checking)));
    }
    let owner = form.who.account.id;
    app.intake.save_form_draft(owner, FORM, fields.pairs().to_vec()).await?;
    Ok(see_other(if checking { "/items/new/check" } else { step.next() }))
}

async fn check_form(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    let form = begun(&app, &who).await?;
    if form.get("title").is_empty() {
        return Ok(see_other("/items/new"));
    }
    let page = who.page("Check your answers before you register this item", "/items");
    let address = |group: &str| {
        let step = match group {
            "numbers" => Step::Numbers,
            "details" => Step::Details,
            _ => Step::What,
        };
        Some(format!("{}?from=check", step.address()))
    };
    let rows = item_form::summary(&form, address);
    Ok(render(StatusCode::OK, &CheckPage { page, rows }))
}

async fn check(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let fields = begun(&app, &form.who).await?;
    let owner = form.who.account.id;
    let draft = match item_form::draft(&fields) {
        Ok(draft) => draft,
        Err(errors) => {
            let wrong = |step: &Step| {
                let names = step.names();
                errors.iter().any(|error| names.contains(&error.field))
            };
            let step = [Step::What, Step::Numbers, Step::Details].into_iter().find(wrong);
            let step = step.unwrap_or(Step::What);
            let mut page = form.who.page(step.title(), "/items");
            page.errors = errors;
            return Ok(render(FORM_AGAIN, &step_page(page, step, fields, true)));
        }
    };
    let item = app.intake.register_item(owner, draft).await?;
    app.intake.forget_form_draft(owner, FORM).await?;
    Ok(see_other(&format!("/items/{}/photos?done=registered", item.id)))
}

async fn discard(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    only_owners(&app, &form.who).await?;
    app.intake.forget_form_draft(form.who.account.id, FORM).await?;
    Ok(see_other("/items/new"))
}

/// What was typed so far.
async fn begun(app: &App, who: &SignedIn) -> Result<Fields, Refusal> {
    only_owners(app, who).await?;
    Ok(app.intake.form_draft(who.account.id, FORM).await?.into())
}

fn step_page(page: Page, step: Step, form: Fields, checking: bool) -> StepPage {
    StepPage {
        page,
        step,
        back: if checking { "/items/new/check" } else { step.back() }.to_owned(),
        checking,
        begun: !form.pairs().is_empty(),
        categories: item_form::categories(&form),
        languages: item_form::languages(&form),
        numbers: item_numbers::number_rows(&form),
        form,
    }
}
