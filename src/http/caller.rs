//! Who is asking, and for which purpose: read from a request's headers.

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

use super::error::Problem;
use super::scopes;
use crate::app::App;
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Actor, Purpose, PurposeError, SubjectKind};
use crate::domain::ids::{AccountId, PartnerId};
use crate::domain::partner::{Partner, Slug};

/// Whoever sent a request with a valid token.
#[derive(Debug, Clone)]
pub struct Caller(pub Principal);

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let secret = bearer(&parts.headers).ok_or_else(Problem::unauthenticated)?;
        let bearer = app.access.bearer(secret).await?.ok_or_else(Problem::unknown_token)?;
        let caller = Self(bearer.principal);
        let systems = matches!(caller.0, Principal::Partner { .. });
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        match scopes::lacking(route, &bearer.scopes).filter(|_| systems) {
            None => Ok(caller),
            Some(lacking) => Err(caller.refuse_for(app, "scope", &lacking).await),
        }
    }
}

impl Caller {
    /// The caller's account, when it has one of these roles.
    ///
    /// # Errors
    /// 403, which is logged.
    pub async fn account(&self, app: &App, roles: &[Role]) -> Result<AccountId, Problem> {
        match &self.0 {
            Principal::Account { id, role, .. } if roles.contains(role) => Ok(*id),
            _ => Err(self.refuse(app, "this needs another role").await),
        }
    }

    /// The partner of this short name, when the caller speaks for it.
    ///
    /// # Errors
    /// 403, which is logged; also when there is no such partner, so that nobody can try out names.
    pub async fn partner(&self, app: &App, slug: &str) -> Result<Partner, Problem> {
        let own: Option<PartnerId> = self.0.partner();
        let named = match slug.parse::<Slug>() {
            Ok(slug) => app.store.read(move |reader| reader.partner_by_slug(&slug)).await?,
            Err(_) => None,
        };
        match named {
            Some(partner) if own == Some(partner.id) => Ok(partner),
            _ => Err(self
                .refuse(app, "a partner may only use its own feed and its own requests")
                .await),
        }
    }

    /// Who is asking, for the log.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::from(&self.0)
    }

    /// The partner of this short name, when the caller is a person who answers for it, and no system of its.
    ///
    /// # Errors
    /// 403, which is logged.
    pub async fn partner_person(&self, app: &App, slug: &str) -> Result<Partner, Problem> {
        self.account(app, &[Role::Partner]).await?;
        self.partner(app, slug).await
    }

    /// Logs that this caller was refused, and says so.
    pub async fn refuse(&self, app: &App, detail: &str) -> Problem {
        self.refuse_for(app, "forbidden", detail).await
    }

    async fn refuse_for(&self, app: &App, kind: &str, detail: &str) -> Problem {
        let logged = app.access.turn_away(self.actor(), SubjectKind::Service.all(), detail);
        match logged.await {
            Ok(()) => Problem::new(StatusCode::FORBIDDEN, kind, detail),
            Err(error) => error.into(),
        }
    }
}

/// The purpose that a request states in `Purpose-Case` and `Purpose-Reason`, or what is wrong with it: who asks for personal data
/// without one is refused, and logged, where the data is.
#[derive(Debug, Clone)]
pub struct StatedPurpose(pub Result<Purpose, PurposeError>);

impl FromRequestParts<App> for StatedPurpose {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Self::Rejection> {
        let text = |name: &str| {
            let value = parts.headers.get(name);
            value
                .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
                .unwrap_or("")
        };
        Ok(Self(Purpose::parse(text("purpose-case"), text("purpose-reason"))))
    }
}

/// The account's password, given beside the token in `Confirm-Password`: what a signed-in person types again on the pages.
pub struct ConfirmPassword(pub Option<String>);

impl FromRequestParts<App> for ConfirmPassword {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("confirm-password") else {
            return Ok(Self(None));
        };
        match std::str::from_utf8(value.as_bytes()) {
            Ok(text) => Ok(Self(Some(text.to_owned()))),
            Err(_) => Err(Problem::invalid("Confirm-Password", "expected text in UTF-8")),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}
