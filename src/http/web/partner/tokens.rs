//! The tokens of the partner's systems: seen, replaced by new ones, revoked. An administrator makes the first.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;

use super::own_partner;
use crate::access::{AccessError, TokenHolder};
use crate::app::App;
use crate::domain::audit::{Actor, SubjectKind};
use crate::domain::ids::{PartnerId, TokenId};
use crate::domain::scope::Scope;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, SignedIn, see_other, with_notice};
use crate::http::web::shell::{Choice, Page, SummaryRow, render};
use crate::http::web::tokens::{NewTokenPage, TokenRow};
use crate::http::web::words;
use crate::store::TokenSummary;

const LIST: &str = "/tokens";
const NOTICES: [(&str, &str); 1] = [("revoked", "The token is revoked. It opens nothing any more.")];
/// For how long the old token may work on: hours, and in words.
const OVERLAPS: [(&str, &str); 5] = [
    ("0", "It ends at once"),
    ("1", "One hour"),
    ("24", "One day"),
    ("72", "Three days"),
    ("168", "Seven days"),
];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/tokens", get(list))
        .route("/tokens/{token}", get(show).post(change))
}

#[derive(Template)]
#[template(path = "partner/tokens.html")]
struct TokensPage {
    page: Page,
    tokens: Vec<TokenRow>,
    /// Each scope and what it allows.
    scopes: Vec<SummaryRow>,
}

#[derive(Template)]
#[template(path = "partner/token.html")]
struct TokenPage {
    page: Page,
    token: TokenRow,
    rows: Vec<SummaryRow>,
    /// It was replaced already.
    ends: bool,
    overlaps: Vec<Choice>,
}

async fn list(State(app): State<App>, who: SignedIn, uri: Uri) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let (tokens, now) = (app.access.tokens_of(TokenHolder::Partner(partner)).await?, app.clock.now());
    let shown = TokensPage {
        page: with_notice(who.page("Tokens", LIST), &uri, &NOTICES),
        tokens: tokens.iter().map(|token| TokenRow::of(token, now)).collect(),
        scopes: Scope::ALL
            .iter()
            .map(|scope| SummaryRow::new(scope.word(), scope.says()))
            .collect(),
    };
    Ok(render(StatusCode::OK, &shown))
}

async fn show(State(app): State<App>, who: SignedIn, Path(id): Path<String>) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &who).await?;
    let token = own_token(&app, &who, partner, &id).await?;
    let page = who.page(format!("Token “{}”", token.label), LIST);
    Ok(render(StatusCode::OK, &token_page(&app, page, &token, "24")))
}

/// Replaces the token, or with `go=revoke` revokes it.
async fn change(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let partner = own_partner(&app, &form.who).await?;
    let token = own_token(&app, &form.who, partner, &id).await?;
    let (actor, holder) = (Actor::Account(form.who.account.id), TokenHolder::Partner(partner));
    if form.fields.get("go") == "revoke" {
        app.access.revoke_token_of(actor, holder, token.id).await?;
        return Ok(see_other("/tokens?done=revoked"));
    }
    let chosen = form.fields.get("overlap_hours");
    let again = |text: String| {
        let page = form.who.page(format!("Token “{}”", token.label), LIST);
        let page = page.with_error("overlap_hours", text);
        Ok(render(FORM_AGAIN, &token_page(&app, page, &token, chosen)))
    };
    let Ok(hours) = chosen.parse() else {
        return again("Choose for how long the old token works on.".to_owned());
    };
    match app.access.rotate_token(actor, holder, token.id, hours).await {
        Ok(new) => {
            let slug = app.store.read(move |reader| reader.partner(partner)).await?;
            let slug = slug.ok_or_else(|| Problem::missing("partner"))?.slug.to_string();
            let ends_at = app.clock.now() + chrono::TimeDelta::hours(hours.into());
            let page = form.who.page("Copy the token now", LIST);
            let shown = NewTokenPage::of(page, &new, slug, LIST.to_owned(), words::instant(ends_at));
            Ok(render(StatusCode::OK, &shown))
        }
        Err(AccessError::Invalid { reason, .. }) => again(words::sentence(&reason)),
        Err(error) => Err(error.into()),
    }
}

/// A token of the partner's.
async fn own_token(app: &App, who: &SignedIn, partner: PartnerId, id: &str) -> Result<TokenSummary, Refusal> {
    let id: TokenId = id.parse().map_err(|_| Problem::missing("token"))?;
    match app.store.read(move |reader| reader.token(id)).await? {
        Some(token) if token.partner == Some(partner) => Ok(token),
        Some(_) => Err(who.hide(app, SubjectKind::Token.with(id.0), "token").await),
        None => Err(Problem::missing("token").into()),
    }
}

fn token_page(app: &App, page: Page, token: &TokenSummary, chosen: &str) -> TokenPage {
    let row = TokenRow::of(token, app.clock.now());
    let state = match row.state.is_empty() {
        true => "In force",
        false => &row.state,
    };
    let choice = |(hours, text): (&str, &str)| Choice::new(hours, text).chosen(hours == chosen);
    TokenPage {
        page,
        rows: vec![
            SummaryRow::new("Begins with", format!("{}…", row.prefix)).as_serial(),
            SummaryRow::new("Good for", row.scopes.clone()),
            SummaryRow::new("Made", row.created_at.clone()),
            SummaryRow::new("Last used", row.used_at.clone()),
            SummaryRow::new("State", state),
        ],
        token: row,
        ends: token.expires_at.is_some(),
        overlaps: OVERLAPS.into_iter().map(choice).collect(),
    }
}
