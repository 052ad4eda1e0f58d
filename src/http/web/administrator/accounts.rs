//! Accounts: listed by role, made with a first password, stopped and let in again, given a new password.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};

use super::administrator;
use crate::access::{AccessError, FirstPassword, NewAccount};
use crate::app::App;
use crate::domain::account::{Account, Role};
use crate::domain::ids::AccountId;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, Fields, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, FieldError, Page, SummaryRow, render};
use crate::http::web::words;
use crate::store::StoreError;

const NEW: &str = "Create an account";
/// Accounts on one page.
const A_PAGE: usize = 50;

const NOTICES: [(&str, &str); 4] = [
    (
        "created",
        "The account is made. Give its person the first password by a way that you trust; they change it when they sign in.",
    ),
    (
        "password",
        "The password is set. All sessions of the account have ended; its person changes it when they sign in.",
    ),
    ("enabled", "The account can sign in again."),
    ("disabled", "The account cannot sign in any more. Its sessions have ended."),
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts", get(list))
        .route("/accounts/new", get(new_form).post(create))
        .route("/accounts/{id}", get(show))
        .route("/accounts/{id}/password", post(set_password))
        .route("/accounts/{id}/enabled", post(set_enabled))
}

struct AccountRow {
    id: String,
    name: String,
    email: String,
    role: &'static str,
    enabled: bool,
    created_at: String,
}

#[derive(Template)]
#[template(path = "administrator/accounts.html")]
struct AccountsPage {
    page: Page,
    roles: Vec<Choice>,
    accounts: Vec<AccountRow>,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "administrator/account_new.html")]
struct NewPage {
    page: Page,
    form: Fields,
    roles: Vec<Choice>,
    partners: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "administrator/account.html")]
struct AccountPage {
    page: Page,
    id: String,
    rows: Vec<SummaryRow>,
    enabled: bool,
    erased: bool,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let actor = administrator(&app, &who).await?;
    let query = Fields::parse(uri.query().unwrap_or("").as_bytes());
    let role = query.get("role").parse::<Role>().ok();
    let number: usize = query.get("page").parse().unwrap_or(1).clamp(1, 100_000);
    let (shown, count) = app.access.consult_accounts(actor, role, number, A_PAGE).await?;
    let word = role.map_or("", Role::word);
    let address = |number: usize| format!("/accounts?role={word}&page={number}");
    let page = with_notice(who.page("Accounts", "/accounts"), &uri, &NOTICES);
    let shown = AccountsPage {
        page,
        roles: roles(word, "All roles"),
        previous: (number > 1).then(|| address(number - 1)),
        next: (count > number * A_PAGE).then(|| address(number + 1)),
        accounts: shown.iter().map(row).collect(),
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn new_form(State(app): State<App>, who: SignedIn) -> Result<Response, Refusal> {
    administrator(&app, &who).await?;
    let page = who.page(NEW, "/accounts");
    Ok(render(StatusCode::OK, &new_page(&app, page, Fields::default()).await?))
}

async fn create(State(app): State<App>, form: PersonalForm) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let fields = form.fields;
    let mut page = form.who.page(NEW, "/accounts");
    let Ok(role) = fields.get("role").parse::<Role>() else {
        page = page.with_error("role", "Choose what the account is for.");
        return Ok(render(FORM_AGAIN, &new_page(&app, page, fields).await?));
    };
    let partner = (role == Role::Partner).then(|| fields.get("partner").parse().ok()).flatten();
    let new = NewAccount {
        email: fields.get("email").to_owned(),
        name: fields.get("name").to_owned(),
        role,
        partner,
        password: FirstPassword::Given(fields.get("password").to_owned()),
    };
    match app.access.create_account(actor, new).await {
        Ok(account) => Ok(see_other(&format!("/accounts/{}?done=created", account.id))),
        Err(error) => {
            page.errors.push(field_error(error)?);
            Ok(render(FORM_AGAIN, &new_page(&app, page, fields).await?))
        }
    }
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>, uri: Uri) -> Result<Response, Refusal> {
    let account = opened(&app, &who, &id).await?;
    let page = with_notice(who.page(title(&account), "/accounts"), &uri, &NOTICES);
    Ok(render(StatusCode::OK, &account_page(&app, page, &account).await?))
}

async fn set_password(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let id = account_id(&id)?;
    match app.access.set_password(actor, id, form.fields.get("password")).await {
        Ok(()) => Ok(see_other(&format!("/accounts/{id}?done=password"))),
        Err(AccessError::Password(fault)) => {
            let account = opened(&app, &form.who, &id.to_string()).await?;
            let page = form.who.page(title(&account), "/accounts");
            let page = page.with_error("password", words::sentence(&fault.to_string()));
            Ok(render(FORM_AGAIN, &account_page(&app, page, &account).await?))
        }
        Err(error) => Err(error.into()),
    }
}

async fn set_enabled(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let id = account_id(&id)?;
    let enabled = match form.fields.get("enabled") {
        "yes" => true,
        "no" => false,
        _ => return Err(Problem::invalid("enabled", "expected yes or no").into()),
    };
    app.access.set_enabled(actor, id, enabled).await?;
    let word = if enabled { "enabled" } else { "disabled" };
    Ok(see_other(&format!("/accounts/{id}?done={word}")))
}

/// An account, opened by an administrator: logged.
async fn opened(app: &App, who: &SignedIn, id: &str) -> Result<Account, Refusal> {
    let actor = administrator(app, who).await?;
    let id = account_id(id)?;
    Ok(app.access.open_account(actor, id).await?)
}

fn account_id(id: &str) -> Result<AccountId, Refusal> {
    Ok(id.parse().map_err(|_| Problem::missing("account"))?)
}

/// The field that the error is about; anything else is no fault of the form.
fn field_error(error: AccessError) -> Result<FieldError, Refusal> {
    let (field, text) = match error {
        AccessError::Invalid { field, reason } => (field, words::sentence(&reason)),
        AccessError::Password(fault) => ("password", words::sentence(&fault.to_string())),
        AccessError::Store(StoreError::Exists { .. }) => ("email", "There is already an account with this address.".to_owned()),
        AccessError::Store(StoreError::Missing { .. }) => ("partner", "Choose a partner.".to_owned()),
        other => return Err(other.into()),
    };
    Ok(FieldError {
        field: field.to_owned(),
        text,
    })
}

async fn new_page(app: &App, page: Page, form: Fields) -> Result<NewPage, Refusal> {
    let partners = app.store.read(|reader| reader.partners()).await?;
    let chosen = form.get("partner").to_owned();
    let mut choices = vec![Choice::new("", "Choose a partner")];
    choices.extend(partners.into_iter().map(|partner| {
        let id = partner.id.to_string();
        let is_chosen = id == chosen;
        Choice::new(id, partner.name).chosen(is_chosen)
    }));
    let mut roles = roles(form.get("role"), "");
    roles.retain(|role| !role.value.is_empty());
    Ok(NewPage {
        page,
        roles,
        partners: choices,
        form,
    })
}

async fn account_page(app: &App, page: Page, account: &Account) -> Result<AccountPage, Refusal> {
    let mut rows = vec![
        SummaryRow::new("E-mail address", account.email.as_str().to_owned()),
        SummaryRow::new("Role", words::capitalised(account.role.word())),
        SummaryRow::new("Made", words::instant(account.created_at)),
        SummaryRow::new(
            "Password",
            if account.password_change_due {
                "Not changed yet by its person"
            } else {
                "Its person's own"
            }
            .to_owned(),
        ),
        SummaryRow::new("May sign in", if account.enabled { "Yes" } else { "No" }.to_owned()),
    ];
    if let Some(id) = account.partner {
        let partner = app.store.read(move |reader| reader.partner(id)).await?;
        rows.insert(
            2,
            SummaryRow::new("Partner", partner.map(|partner| partner.name).unwrap_or_default()),
        );
    }
    Ok(AccountPage {
        page,
        id: account.id.to_string(),
        rows,
        enabled: account.enabled,
        erased: account.email.is_erased(),
    })
}

fn title(account: &Account) -> String {
    if account.name.is_empty() {
        "Erased account".to_owned()
    } else {
        account.name.clone()
    }
}

fn row(account: &Account) -> AccountRow {
    AccountRow {
        id: account.id.to_string(),
        name: title(account),
        email: account.email.as_str().to_owned(),
        role: account.role.word(),
        enabled: account.enabled,
        created_at: words::instant(account.created_at),
    }
}

fn roles(given: &str, all: &str) -> Vec<Choice> {
    let choice = |value: &str, label: String| Choice::new(value, label).chosen(value == given);
    let mut choices = vec![choice("", all.to_owned())];
    choices.extend(Role::ALL.map(|role| choice(role.word(), words::capitalised(role.word()))));
    choices
}
