//! Keeps index and matches up with the changes of items and listings.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::matching::MatchingError;

/// How long to wait after a failure before trying again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Runs until `stop`: whenever the store commits, brings the index up to it and matches what is new. Once after the start it
/// has the index read through in the background.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut commits = app.store.commits();
    let matching = Arc::clone(&app.matching);
    let mut check = Some(tokio::task::spawn_blocking(move || matching.check_index()));
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        let matching = Arc::clone(&app.matching);
        match tokio::task::spawn_blocking(move || matching.step()).await {
            // Damage that comes again at once is the disk's: then there is no use in haste.
            Ok(Ok(progress)) if progress.cleared => pause(RETRY_AFTER, &stop).await,
            Ok(Ok(progress)) if progress.behind => {}
            Ok(Ok(_)) => {
                tokio::select! {
                    changed = commits.changed() => if changed.is_err() { return },
                    () = checked(&mut check), if check.is_some() => {}
                    () = stop.cancelled() => return,
                }
            }
            Ok(Err(error)) => {
                failed();
                tracing::error!(error = &error as &dyn std::error::Error, "matching failed, will try again");
                pause(RETRY_AFTER, &stop).await;
            }
            Err(panic) => {
                failed();
                tracing::error!(%panic, "matching panicked, will try again");
                pause(RETRY_AFTER, &stop).await;
            }
        }
    }
}

/// Waits until the index was read through; when it was damaged, it is empty now and the next step builds it anew.
async fn checked(check: &mut Option<JoinHandle<Result<bool, MatchingError>>>) {
    let Some(task) = check else { return };
    let done = task.await;
    *check = None;
    match done {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            failed();
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the search index could not be checked"
            );
        }
        Err(panic) => {
            failed();
            tracing::error!(%panic, "checking the search index panicked");
        }
    }
}

fn failed() {
    metrics::counter!("replevin_job_failures", "job" => "matching").increment(1);
}

async fn pause(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.cancelled() => {}
    }
}
