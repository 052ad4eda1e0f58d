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
use crate::config::Config;
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
        let config = self.place.existing()?;
        let Indexed {
            items,
            listings,
            skipped,
        } = reindex(&config, &Interrupt::listen()?)?;
        if self.json {
            return say_json(&serde_json::json!({ "items": items, "listings": listings, "skipped": skipped }));
        }
        say(&format!("indexed {items} items and {listings} listings"))?;
        if skipped > 0 {
            eprintln!("replevin: {skipped} records could not be read and were left out; the log names them");
        }
        Ok(())
    }
}

/// What stands in the index now, and how many records could not be read.
#[derive(Debug, PartialEq, Eq)]
struct Indexed {
    items: usize,
    listings: usize,
    skipped: u64,
}

/// Builds the index anew, from the first change to the last.
fn reindex(config: &Config, interrupt: &Interrupt) -> anyhow::Result<Indexed> {
    // Parts of the service expect a runtime around them.
    let runtime = runtime()?;
    let _entered = runtime.enter();
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let service = Service::open(config, Clock::system(), metrics)?;
    let app = &service.app;
    app.engine.clear().context("the index cannot be cleared")?;
    let last = app.store.read_blocking(|reader: &Reader<'_>| reader.last_change())?;
    let mut progress = Progress::of("changes", last.0);
    let mut skipped = 0;
    loop {
        let step = app.matching.step()?;
        skipped += step.skipped;
        if step.cleared {
            bail!(
                "the index is damaged as soon as it is written: check the disk under {}",
                config.index().display()
            );
        }
        progress.at(app.engine.checkpoint().0.min(last.0), last.0);
        if !step.behind {
            break;
        }
        // What is not indexed yet is indexed at the next start: stopping here loses nothing.
        interrupt.check()?;
    }
    drop(progress);
    let whole = app.matching.index_is_whole()?;
    app.store.close();
    if !whole && skipped == 0 {
        bail!("the index does not hold what the database holds; run reindex again");
    }
    Ok(Indexed {
        items: app.engine.len(Side::Registered),
        listings: app.engine.len(Side::Offered),
        skipped,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::account::{Account, Role};
    use crate::domain::ids::{AccountId, ItemId};
    use crate::domain::item::{Item, ItemDraft, ItemStatus};
    use crate::lifecycle::Administration;
    use crate::store::StoreError;

    #[test]
    fn an_index_is_built_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            data: folder.path().join("data"),
            ..Config::default()
        };
        let administration = Administration::open(&config, Clock::system()).unwrap();
        let now = chrono::Utc::now();
        let owner = AccountId::generate(now);
        let account = Account {
            id: owner,
            email: "owner@example.org".parse().unwrap(),
            name: "Owner".to_owned(),
            role: Role::Owner,
            partner: None,
            enabled: true,
            password_change_due: false,
            created_at: now,
        };
        (administration.store)
            .keep(move |tx| {
                tx.insert_account(&account, None)?;
                for _ in 0..20 {
                    tx.insert_item(&Item {
                        id: ItemId::generate(now),
                        owner,
                        status: ItemStatus::Registered,
                        draft: ItemDraft::default(),
                        photos: Vec::new(),
                        created_at: now,
                        updated_at: now,
                    })?;
                }
                Ok::<_, StoreError>(((), Vec::new()))
            })
            .unwrap();
        drop(administration);
        // The second time matching has been through already, and only the index is missing.
        for _ in 0..2 {
            let indexed = reindex(&config, &Interrupt::listen().unwrap()).unwrap();
            assert_eq!((indexed.items, indexed.listings, indexed.skipped), (20, 0, 0));
        }
    }
}
