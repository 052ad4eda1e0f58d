//! Jobs: each reads the state, does bounded work, and moves on. None takes input; each can be killed at any instant.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::photo_numbers::Tesseract;
use crate::app::App;

mod desk;
pub mod fetch_photos;
mod figures;
mod fingerprints;
mod matching;
pub mod photo_numbers;
mod pull_feeds;
pub mod upkeep;

/// Starts all jobs; they end soon after `stop`. `label_reader` is asked once, off the async threads, for what reads the text on
/// photos; without one, none is read.
pub fn start(
    app: &App,
    schedule: cron::Schedule,
    label_reader: impl FnOnce() -> Option<Tesseract> + Send + 'static,
    tracker: &TaskTracker,
    stop: &CancellationToken,
) {
    tracker.spawn(matching::run(app.clone(), stop.clone()));
    tracker.spawn(fetch_photos::run(app.clone(), stop.clone()));
    tracker.spawn(fingerprints::run(app.clone(), stop.clone()));
    tracker.spawn(photo_numbers::run(app.clone(), label_reader, stop.clone()));
    tracker.spawn(pull_feeds::run(app.clone(), stop.clone()));
    tracker.spawn(figures::run(app.metrics.clone(), stop.clone()));
    tracker.spawn(desk::run(app.clone(), stop.clone()));
    tracker.spawn(upkeep::run(app.clone(), schedule, stop.clone()));
}
