//! What can be said of a feed before it is stored: for the interface and for the page.

use super::error::Problem;
use crate::app::App;
use crate::domain::feed::{FeedSettings, Pull};
use crate::domain::mapping::Mapping;
use crate::feeds::{self, Format, UnknownFormat};

/// A feed's settings, when it can be read and fetched as they say.
///
/// # Errors
/// 400 with each field that cannot be used: `format`, those below `mapping`, or the first one below `pull`.
pub(super) fn checked(app: &App, format: &str, mapping: Mapping, pull: Option<Pull>) -> Result<FeedSettings, Problem> {
    let format: Format = format
        .parse()
        .map_err(|error: UnknownFormat| Problem::invalid("format", error.to_string()))?;
    feeds::mapping::check(&mapping).map_err(|faults| {
        let mut faults = faults
            .into_iter()
            .map(|fault| (format!("mapping.{}", fault.field), fault.reason));
        let (field, reason) = faults.next().unwrap_or_default();
        faults.fold(Problem::invalid(&field, reason), |problem, (field, reason)| {
            problem.with_fault(&field, reason)
        })
    })?;
    if let Some(pull) = &pull {
        check_pull(app, pull)?;
    }
    Ok(FeedSettings {
        format: format.word().to_owned(),
        mapping,
        pull,
    })
}

fn check_pull(app: &App, pull: &Pull) -> Result<(), Problem> {
    pull.times()
        .map_err(|error| Problem::invalid("pull.schedule", error.to_string()))?;
    let refused = app.fetcher.check_url(&pull.url, None);
    refused.map_err(|error| Problem::invalid("pull.url", error.to_string()))?;
    pull.check_asking()
        .map_err(|fault| Problem::invalid(&format!("pull.{}", fault.field), fault.reason))?;
    if pull.secret.is_some() || !pull.headers.is_empty() {
        // What is meant for one server must not be read on the way.
        let refused = app.fetcher.check_receiver(&pull.url);
        refused.map_err(|error| Problem::invalid("pull.url", error.to_string()))?;
    }
    Ok(())
}
