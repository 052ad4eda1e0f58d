//! What administrators and partners see of the tokens of a partner's systems.

use askama::Template;

use super::shell::{Choice, Page};
use super::words;
use crate::access::NewToken;
use crate::domain::scope::{Scope, Scopes};
use crate::domain::time::Timestamp;
use crate::store::TokenSummary;

/// A token in a table.
pub(super) struct TokenRow {
    pub(super) id: String,
    pub(super) prefix: String,
    pub(super) label: String,
    pub(super) scopes: String,
    pub(super) created_at: String,
    pub(super) used_at: String,
    /// What became of it, or when it ends; empty while neither is so.
    pub(super) state: String,
    pub(super) in_force: bool,
}

impl TokenRow {
    /// As it stands at an instant.
    pub(super) fn of(token: &TokenSummary, now: Timestamp) -> Self {
        Self {
            id: token.id.to_string(),
            prefix: token.prefix.clone(),
            label: token.label.clone(),
            scopes: token.scopes.to_string().replace(' ', ", "),
            created_at: words::instant(token.created_at),
            used_at: token.used_at.map_or("never".to_owned(), words::instant),
            state: match (token.revoked_at, token.expires_at) {
                (Some(at), _) => format!("Revoked {}", words::instant(at)),
                (None, Some(at)) if at <= now => format!("Ended {}", words::instant(at)),
                (None, Some(at)) => format!("Replaced; works until {}", words::instant(at)),
                (None, None) => String::new(),
            },
            in_force: token.is_in_force(now),
        }
    }
}

/// The page that shows a new token, once.
#[derive(Template)]
#[template(path = "new_token.html")]
pub(super) struct NewTokenPage {
    page: Page,
    /// Where to go when it was copied.
    back: String,
    label: String,
    scopes: String,
    secret: String,
    slug: String,
    /// Until when the one before it works; empty where there was none.
    former: String,
}

impl NewTokenPage {
    /// For a token that was just made; `former` says until when the one before it works.
    pub(super) fn of(page: Page, token: &NewToken, slug: String, back: String, former: String) -> Self {
        Self {
            page,
            back,
            label: token.summary.label.clone(),
            scopes: token.summary.scopes.to_string().replace(' ', ", "),
            secret: token.secret.reveal().to_owned(),
            slug,
            former,
        }
    }
}

/// The scopes as a form offers them.
pub(super) fn choices(chosen: &Scopes) -> Vec<Choice> {
    let choice = |scope: Scope| {
        Choice::new(scope.word(), words::capitalised(scope.word()))
            .with_hint(scope.says())
            .chosen(chosen.has(scope))
    };
    Scope::ALL.into_iter().map(choice).collect()
}
