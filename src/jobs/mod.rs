//! Jobs: each reads the state, does bounded work, and moves on. None takes input; each can be killed at any instant.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;

pub mod fetch_photos;
mod figures;
mod fingerprints;
mod matching;
pub mod upkeep;

/// Starts all jobs; they end soon after `stop`.
pub fn start(app: &App, schedule: cron::Schedule, tracker: &TaskTracker, stop: &CancellationToken) {
    tracker.spawn(matching::run(app.clone(), stop.clone()));
    tracker.spawn(fetch_photos::run(app.clone(), stop.clone()));
    tracker.spawn(fingerprints::run(app.clone(), stop.clone()));
    tracker.spawn(figures::run(app.metrics.clone(), stop.clone()));
    tracker.spawn(upkeep::run(app.clone(), schedule, stop.clone()));
}
