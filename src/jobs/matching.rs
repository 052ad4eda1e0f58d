//! Keeps index and matches up with the changes of items and listings.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;

/// How long to wait after a failure before trying again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Runs until `stop`: whenever the store commits, brings the index up to it and matches what is new.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut commits = app.store.commits();
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        let matching = Arc::clone(&app.matching);
        match tokio::task::spawn_blocking(move || matching.step()).await {
            Ok(Ok(progress)) if progress.behind => {}
            Ok(Ok(_)) => {
                tokio::select! {
                    changed = commits.changed() => if changed.is_err() { return },
                    () = stop.cancelled() => return,
                }
            }
            Ok(Err(error)) => {
                metrics::counter!("replevin_job_failures", "job" => "matching").increment(1);
                tracing::error!(error = &error as &dyn std::error::Error, "matching failed, will try again");
                pause(RETRY_AFTER, &stop).await;
            }
            Err(panic) => {
                metrics::counter!("replevin_job_failures", "job" => "matching").increment(1);
                tracing::error!(%panic, "matching panicked, will try again");
                pause(RETRY_AFTER, &stop).await;
            }
        }
    }
}

async fn pause(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.cancelled() => {}
    }
}
