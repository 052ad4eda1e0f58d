//! How casework learns which listings are nearly the same: from matching, for the pages and the API alike.

use std::sync::Arc;

use crate::app::App;
use crate::casework::AskAlike;

/// Asks the index; what it cannot tell just now is logged, and missing.
pub(in crate::http) fn alike(app: &App) -> AskAlike {
    let app = app.clone();
    Arc::new(move |reader, listing| {
        let told = app.matching.alike(reader, listing);
        let failed = |error: crate::matching::MatchingError| {
            tracing::error!(error = &error as &dyn std::error::Error, %listing, "listings like one were not looked for");
        };
        told.map_err(failed).ok()
    })
}
