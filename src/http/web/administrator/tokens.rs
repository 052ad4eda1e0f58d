//! Tokens of a partner's system: made, shown once, revoked.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;

use super::partners::partner_page;
use super::{administrator, partner_of};
use crate::access::{AccessError, TokenHolder};
use crate::app::App;
use crate::domain::ids::TokenId;
use crate::domain::scope::Scopes;
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, see_other};
use crate::http::web::shell::render;
use crate::http::web::tokens::NewTokenPage;
use crate::http::web::words;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/partners/{id}/tokens", post(create))
        .route("/partners/{id}/tokens/{token}/revoked", post(revoke))
}

/// Makes a token. Its secret stands in this answer and nowhere else, so there is no address to come back to.
async fn create(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let partner = partner_of(&app, &id).await?;
    let label = form.fields.get("label");
    let again = async |field: &str, text: String| {
        let page = form.who.page(partner.name.clone(), "/partners").with_error(field, text);
        Ok(render(FORM_AGAIN, &partner_page(&app, page, &partner, label).await?))
    };
    let Ok(scopes) = Scopes::parse(form.fields.all("scopes")) else {
        return again("scopes", "Choose what the token is good for.".to_owned()).await;
    };
    let holder = TokenHolder::Partner(partner.id);
    match app.access.create_token(actor, holder, label, scopes).await {
        Ok(token) => {
            let page = form.who.page("Copy the token now", "/partners");
            let back = format!("/partners/{}", partner.id);
            let shown = NewTokenPage::of(page, &token, partner.slug.to_string(), back, String::new());
            Ok(render(StatusCode::OK, &shown))
        }
        Err(AccessError::Invalid { reason, .. }) => again("label", words::sentence(&reason)).await,
        Err(error) => Err(error.into()),
    }
}

async fn revoke(
    State(app): State<App>,
    Path((id, token)): Path<(String, String)>,
    form: PersonalForm,
) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let partner = partner_of(&app, &id).await?;
    let token: TokenId = token.parse().map_err(|_| Problem::missing("token"))?;
    let holder = TokenHolder::Partner(partner.id);
    app.access.revoke_token_of(actor, holder, token).await?;
    Ok(see_other(&format!("/partners/{}?done=token_revoked", partner.id)))
}
