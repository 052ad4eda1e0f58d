//! Draws the samples of timed figures together, so that they do not pile up until somebody reads `/metrics`, which may be never.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Between two rounds: the samples of so long a time are held at once.
const EVERY: Duration = Duration::from_secs(5);

/// Runs until `stop`, once at start and then every few seconds.
pub(super) async fn run(metrics: PrometheusHandle, stop: CancellationToken) {
    let mut rounds = interval(EVERY);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            () = stop.cancelled() => return,
        }
        let metrics = metrics.clone();
        match tokio::task::spawn_blocking(move || metrics.run_upkeep()).await {
            Ok(()) => metrics::counter!("replevin_figures_rounds_total").increment(1),
            Err(panic) => tracing::error!(%panic, "drawing figures together panicked"),
        }
    }
}
