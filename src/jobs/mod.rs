//! Jobs: each reads the state, does bounded work, and moves on. None takes input; each can be killed at any instant.

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::photo_numbers::Tesseract;
use crate::app::App;
use crate::domain::schedule::Schedule;

mod desk;
pub mod fetch_photos;
mod figures;
mod fingerprints;
mod matching;
pub mod numbers;
pub mod photo_numbers;
mod pull_feeds;
mod send_messages;
pub mod upkeep;

/// What all jobs need.
pub struct Jobs<'a> {
    /// What they work on.
    pub app: &'a App,
    /// Knows when they have ended.
    pub tracker: &'a TaskTracker,
    /// Where they run.
    pub threads: &'a Handle,
    /// Ends them soon.
    pub stop: &'a CancellationToken,
}

impl Jobs<'_> {
    /// Starts all jobs. `label_reader` is asked once, off the async threads, for what reads the text on photos; without one, none
    /// is read.
    pub fn start(&self, schedule: Schedule, label_reader: impl FnOnce() -> Option<Tesseract> + Send + 'static) {
        let app = || self.app.clone();
        let stop = || self.stop.clone();
        self.spawn(matching::run(app(), stop()));
        self.spawn(fetch_photos::run(app(), stop()));
        self.spawn(fingerprints::run(app(), stop()));
        self.spawn(photo_numbers::run(app(), label_reader, stop()));
        self.spawn(numbers::run(app(), stop()));
        self.spawn(pull_feeds::run(app(), stop()));
        self.spawn(send_messages::run(app(), stop()));
        self.spawn(figures::run(self.app.metrics.clone(), stop()));
        self.spawn(desk::run(app(), stop()));
        self.spawn(upkeep::run(app(), schedule, stop()));
    }

    fn spawn(&self, job: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn_on(job, self.threads);
    }
}
