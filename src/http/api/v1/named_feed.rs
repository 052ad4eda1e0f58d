//! A partner's feed as an address names it, asked for by the partner itself.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::app::App;
use crate::domain::audit::Actor;
use crate::domain::ids::PartnerId;
use crate::domain::partner::{Slug, SlugError};
use crate::http::caller::Caller;
use crate::http::error::Problem;

/// The feed of an address `/partners/{partner}/feeds/{feed}…`. Whoever may not speak for the partner is refused, which is logged.
pub(super) struct NamedFeed {
    /// Who asks, for the log.
    pub(super) actor: Actor,
    /// Whose feed.
    pub(super) partner: PartnerId,
    name: String,
}

impl FromRequestParts<App> for NamedFeed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let named = Path::<(String, String)>::from_request_parts(parts, app).await;
        let Path((partner, name)) = named.map_err(|_| Problem::missing("feed"))?;
        Ok(Self {
            actor: caller.actor(),
            partner: caller.partner(app, &partner).await?.id,
            name,
        })
    }
}

impl NamedFeed {
    /// The name of a feed that may be there.
    ///
    /// # Errors
    /// 404 where no feed can have it.
    pub(super) fn name(&self) -> Result<Slug, Problem> {
        self.name.parse().map_err(|_| Problem::missing("feed"))
    }

    /// The name of a feed that is to be.
    ///
    /// # Errors
    /// 400 with what is wrong with it.
    pub(super) fn new_name(&self) -> Result<Slug, Problem> {
        self.name
            .parse()
            .map_err(|error: SlugError| Problem::invalid("feed", error.to_string()))
    }
}
