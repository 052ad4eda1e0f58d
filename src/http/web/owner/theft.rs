//! Reporting a theft: which items, when, where and how, everything once more, and what happens next.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::{item_form, only_owners, theft_form, title_of};
use crate::app::App;
use crate::casework::CaseworkError;
use crate::domain::ids::ItemId;
use crate::domain::item::{Item, ItemStatus};
use crate::http::web::clock::WallClock;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other};
use crate::http::web::shell::{Choice, FieldError, Page, SummaryRow, render};

/// The name under which the form is kept while it is filled in.
const FORM: &str = "theft";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/report-theft", get(which_form).post(which))
        .route("/report-theft/when", get(when_form).post(when))
        .route("/report-theft/where", get(where_form).post(where_))
        .route("/report-theft/check", get(check_form).post(check))
        .route("/report-theft/done", get(done))
}

/// The pages of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Which,
    When,
    Where,
}

impl Step {
    const ALL: [Self; 3] = [Self::Which, Self::When, Self::Where];

    fn address(self) -> &'static str {
        match self {
            Self::Which => "/report-theft",
            Self::When => "/report-theft/when",
            Self::Where => "/report-theft/where",
        }
    }

    fn next(self) -> &'static str {
        match self {
            Self::Which => "/report-theft/when",
            Self::When => "/report-theft/where",
            Self::Where => "/report-theft/check",
        }
    }

    fn back(self) -> &'static str {
        match self {
            Self::Which => "/items",
            Self::When => "/report-theft",
            Self::Where => "/report-theft/when",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Which => "What was stolen?",
            Self::When => "When was it stolen?",
            Self::Where => "Where and how was it stolen?",
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Which => &theft_form::WHICH,
            Self::When => &theft_form::WHEN,
            Self::Where => &theft_form::WHERE,
        }
    }
}

#[derive(Template)]
#[template(path = "owner/theft.html")]
struct StepPage {
    page: Page,
    step: Step,
    back: String,
    checking: bool,
    form: Fields,
    items: Vec<Choice>,
    clocks: Vec<Choice>,
    countries: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "owner/theft_check.html")]
struct CheckPage {
    page: Page,
    rows: Vec<SummaryRow>,
}

#[derive(Template)]
#[template(path = "owner/theft_done.html")]
struct DonePage {
    page: Page,
}

/// Begins the form; with `?item=` for that item.
async fn which_form(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
    let mut form = begun(&app, &who).await?;
    if !query.get("item").is_empty() {
        form = form.renewed(&theft_form::WHICH, &query);
    }
    let page = who.page(Step::Which.title(), "/items");
    let checking = query.get("from") == "check";
    Ok(render(
        StatusCode::OK,
        &step_page(&app, page, &who, Step::Which, form, checking).await?,
    ))
}

async fn when_form(state: State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    show(state, who, uri, Step::When).await
}

async fn where_form(state: State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    show(state, who, uri, Step::Where).await
}

async fn which(state: State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    take(state, form, Step::Which).await
}

async fn when(state: State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    take(state, form, Step::When).await
}

async fn where_(state: State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    take(state, form, Step::Where).await
}

async fn show(State(app): State<App>, who: SignedIn, uri: Uri, step: Step) -> Result<Response, Refusal> {
    let form = begun(&app, &who).await?;
    let checking = Fields::parse(uri.query().unwrap_or("").as_bytes()).get("from") == "check";
    let page = who.page(step.title(), "/items");
    Ok(render(
        StatusCode::OK,
        &step_page(&app, page, &who, step, form, checking).await?,
    ))
}

/// Takes one page's fields. What was typed on the others stays.
async fn take(State(app): State<App>, form: PersonalForm, step: Step) -> Result<Response, Refusal> {
    let fields = begun(&app, &form.who).await?.renewed(step.names(), &form.fields);
    let checking = form.fields.get("from_page") == "check";
    let errors = theft_form::read(&fields, app.clock.now()).err().unwrap_or_default();
    let errors: Vec<FieldError> = errors
        .into_iter()
        .filter(|error| step.names().contains(&error.field.as_str()))
        .collect();
    if !errors.is_empty() {
        return again(&app, &form.who, step, fields, checking, errors).await;
    }
    let owner = form.who.account.id;
    app.intake.save_form_draft(owner, FORM, fields.pairs().to_vec()).await?;
    Ok(see_other(if checking { "/report-theft/check" } else { step.next() }))
}

async fn check_form(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    let fields = begun(&app, &who).await?;
    let Ok(new) = theft_form::read(&fields, app.clock.now()) else {
        return Ok(see_other("/report-theft"));
    };
    let titles = own_items(&app, &who).await?;
    let titles: Vec<String> = titles
        .iter()
        .filter(|item| new.items.contains(&item.id))
        .map(title_of)
        .collect();
    let rows = theft_form::summary(&fields, &new, &titles);
    let page = who.page("Check your answers before you report the theft", "/items");
    Ok(render(StatusCode::OK, &CheckPage { page, rows }))
}

async fn check(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let fields = begun(&app, &form.who).await?;
    let new = match theft_form::read(&fields, app.clock.now()) {
        Ok(new) => new,
        Err(errors) => {
            let step = step_of(&errors);
            return again(&app, &form.who, step, fields, true, errors).await;
        }
    };
    match app.casework.report_theft(&form.who.principal(), new).await {
        Ok(_) => {
            app.intake.forget_form_draft(form.who.account.id, FORM).await?;
            Ok(see_other("/report-theft/done"))
        }
        Err(CaseworkError::Invalid { field, reason }) => {
            let errors = vec![theft_form::field_error(field, &reason)];
            let step = step_of(&errors);
            again(&app, &form.who, step, fields, true, errors).await
        }
        Err(CaseworkError::Item(error)) => {
            let errors = vec![theft_form::field_error("items", &error.to_string())];
            again(&app, &form.who, Step::Which, fields, true, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn done(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    only_owners(&app, &who).await?;
    let page = who.page("Theft reported", "/items");
    Ok(render(StatusCode::OK, &DonePage { page }))
}

async fn again(
    app: &App,
    who: &SignedIn,
    step: Step,
    fields: Fields,
    checking: bool,
    errors: Vec<FieldError>,
) -> Result<Response, Refusal> {
    let mut page = who.page(step.title(), "/items");
    page.errors = errors;
    Ok(render(FORM_AGAIN, &step_page(app, page, who, step, fields, checking).await?))
}

/// The first page that something is wrong on.
fn step_of(errors: &[FieldError]) -> Step {
    let wrong = |step: &Step| errors.iter().any(|error| step.names().contains(&error.field.as_str()));
    Step::ALL.into_iter().find(wrong).unwrap_or(Step::Which)
}

/// What was typed so far.
async fn begun(app: &App, who: &SignedIn) -> Result<Fields, Refusal> {
    only_owners(app, who).await?;
    Ok(app.intake.form_draft(who.account.id, FORM).await?.into())
}

async fn own_items(app: &App, who: &SignedIn) -> Result<Vec<Item>, Refusal> {
    let owner = who.account.id;
    Ok(app.store.read(move |reader| reader.items_of(owner)).await?)
}

async fn step_page(app: &App, page: Page, who: &SignedIn, step: Step, form: Fields, checking: bool) -> Result<StepPage, Refusal> {
    let chosen: Vec<ItemId> = form.all("item").filter_map(|id| id.parse().ok()).collect();
    let items = own_items(app, who).await?;
    let items = items
        .iter()
        .filter(|item| matches!(item.status, ItemStatus::Registered | ItemStatus::Recovered))
        .map(|item| Choice::new(item.id.to_string(), title_of(item)).chosen(chosen.contains(&item.id)));
    Ok(StepPage {
        page,
        step,
        back: if checking { "/report-theft/check" } else { step.back() }.to_owned(),
        checking,
        items: items.collect(),
        clocks: item_form::choices(WallClock::OPTIONS, form.get("clock")),
        countries: item_form::choices(theft_form::COUNTRIES, form.get("country")),
        form,
    })
}
