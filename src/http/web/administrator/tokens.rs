//! Tokens of a partner's system: made, shown once, revoked.

use askama::Template;
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
use crate::http::error::Problem;
use crate::http::web::refusal::Refusal;
use crate::http::web::session::{FORM_AGAIN, PersonalForm, see_other};
use crate::http::web::shell::{Page, render};
use crate::http::web::words;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/partners/{id}/tokens", post(create))
        .route("/partners/{id}/tokens/{token}/revoked", post(revoke))
}

#[derive(Template)]
#[template(path = "administrator/token.html")]
struct TokenPage {
    page: Page,
    partner: String,
    label: String,
    secret: String,
    slug: String,
}

/// Makes a token. Its secret stands in this answer and nowhere else, so there is no address to come back to.
async fn create(State(app): State<App>, Path(id): Path<String>, form: PersonalForm) -> Result<Response, Refusal> {
    let actor = administrator(&app, &form.who).await?;
    let partner = partner_of(&app, &id).await?;
    let label = form.fields.get("label");
    match app.access.create_token(actor, TokenHolder::Partner(partner.id), label).await {
        Ok(token) => {
            let shown = TokenPage {
                page: form.who.page("Copy the token now", "/partners"),
                partner: partner.id.to_string(),
                label: token.summary.label,
                secret: token.secret.reveal().to_owned(),
                slug: partner.slug.to_string(),
            };
            Ok(render(StatusCode::OK, &shown))
        }
        Err(AccessError::Invalid { reason, .. }) => {
            let page = form.who.page(partner.name.clone(), "/partners");
            let page = page.with_error("label", words::sentence(&reason));
            Ok(render(FORM_AGAIN, &partner_page(&app, page, &partner, label).await?))
        }
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
    let own = app.access.tokens_of(TokenHolder::Partner(partner.id)).await?;
    if !own.iter().any(|known| known.id == token) {
        return Err(Problem::missing("token").into());
    }
    app.access.revoke_token(actor, token).await?;
    Ok(see_other(&format!("/partners/{}?done=token_revoked", partner.id)))
}
