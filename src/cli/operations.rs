//! `reindex`, `backup` and `restore`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use metrics_exporter_prometheus::PrometheusBuilder;
use replevin_index::Side;

use super::Place;
use super::output::{say, say_json};
use super::progress::{Interrupt, Progress};
use super::serve::runtime;
use crate::domain::time::Clock;
use crate::lifecycle::Service;
use crate::store::Reader;

mod backup;
mod manifest;
mod restore;

/// Build the index anew from the store.
#[derive(Debug, Args)]
pub(super) struct Reindex {
    #[command(flatten)]
    place: Place,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// Copy database and photos into a new folder.
#[derive(Debug, Args)]
pub(super) struct Backup {
    #[command(flatten)]
    place: Place,
    /// The folder to make; it must not exist.
    dest: PathBuf,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// Bring a backup back.
#[derive(Debug, Args)]
pub(super) struct Restore {
    #[command(flatten)]
    place: Place,
    /// The backup's folder.
    src: PathBuf,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

impl Reindex {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let config = self.place.config()?;
        if !config.database().is_file() {
            bail!("there is no database in {}", config.data.display());
        }
        let interrupt = Interrupt::listen()?;
        // Parts of the service expect a runtime around them.
        let runtime = runtime()?;
        let _entered = runtime.enter();
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let service = Service::open(&config, Clock::system(), metrics)?;
        let app = &service.app;
        app.engine.clear().context("the index cannot be cleared")?;
        let last = app.store.read_blocking(|reader: &Reader<'_>| reader.last_change())?;
        let mut progress = Progress::of("changes", last.0);
        loop {
            let step = app.matching.step()?;
            progress.at(app.engine.checkpoint().0, last.0);
            if !step.behind {
                break;
            }
            // What is not indexed yet is indexed at the next start: stopping here loses nothing.
            interrupt.check()?;
        }
        drop(progress);
        app.store.close();
        let (items, listings) = (app.engine.len(Side::Registered), app.engine.len(Side::Offered));
        if self.json {
            return say_json(&serde_json::json!({ "items": items, "listings": listings }));
        }
        say(&format!("indexed {items} items and {listings} listings"))?;
        Ok(())
    }
}
