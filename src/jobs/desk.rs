//! Keeps the police desk current: takes that were left go back to the queue, sales that have ended are filed
//! as over, partners are reminded of answers that are due, the force is told of sales that end soon, feeds that have fallen silent
//! are noticed, holds begin and run out, saved searches are run over what is new, and whoever asked for it is mailed of what waits.

use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::casework::STALE_HOURS;
use crate::store::StoreError;

/// How long to rest between two rounds.
const REST: Duration = Duration::from_secs(60);
/// Sales that are filed in one transaction.
const FILED_AT_ONCE: usize = 500;

/// Runs until `stop`, every minute.
pub(super) async fn run(app: App, stop: CancellationToken) {
    loop {
        let blocking = app.clone();
        match tokio::task::spawn_blocking(move || step(&blocking)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                metrics::counter!("replevin_job_failures", "job" => "desk").increment(1);
                tracing::error!(error = &error as &dyn std::error::Error, "keeping the desk current failed");
            }
            Err(panic) => tracing::error!(%panic, "keeping the desk current panicked"),
        }
        tokio::select! {
            () = tokio::time::sleep(REST) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// One round.
fn step(app: &App) -> Result<(), StoreError> {
    let file = || {
        app.store
            .keep(|tx| Ok::<_, StoreError>((tx.file_ended_sales(FILED_AT_ONCE)?, Vec::new())))
    };
    while file()? == FILED_AT_ONCE {}
    while !app.casework.release_stale_takes(TimeDelta::hours(STALE_HOURS))?.is_empty() {}
    app.casework.chase_disclosures()?;
    while app.casework.announce_urgent()? > 0 {}
    let silent = app.casework.notice_silences()?;
    metrics::gauge!("replevin_feeds_silent").set(silent as f64);
    while app.casework.keep_holds()? > 0 {}
    while app.casework.run_saved_searches()? > 0 {}
    app.notify.write_digests()?;
    Ok(())
}
