//! `backup`: database and photos in a new folder, while the service runs.
//!
//! Photos are copied before and after the database: those that it names when it is copied are all there, and one that was
//! erased in between is not needed. The folder gets its name when everything in it is verified and synced.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context, bail};

use super::Backup;
use super::manifest::{DATABASE, Entry, Manifest, PHOTOS, digest, photo_path};
use crate::cli::Usage;
use crate::cli::output::{Unfinished, say, say_json};
use crate::cli::progress::{Interrupt, Progress};
use crate::config::Config;
use crate::domain::photo::ContentHash;
use crate::store::{PhotoFiles, ReadOnlyStore, Reader, StoreError};

impl Backup {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        let config = self.place.existing()?;
        if fs::symlink_metadata(&self.dest).is_ok() {
            bail!(Usage(format!("{} exists; name a new folder", self.dest.display())));
        }
        let manifest = back_up(&config, &self.dest, &Interrupt::listen()?)?;
        if self.json {
            say_json(&manifest)?;
        } else {
            say(&format!(
                "backup in {}: database and {} photos, verified",
                self.dest.display(),
                manifest.photos()
            ))?;
        }
        eprintln!(
            "the keys in {} are NOT in the backup: keep a copy of them elsewhere, without them sealed answers stay closed",
            config.keys().display()
        );
        if let Some(calibration) = &config.matching.calibration {
            eprintln!(
                "nor is the calibration {}, which the configuration names: keep it with the configuration",
                calibration.display()
            );
        }
        Ok(())
    }
}

/// Makes the backup; `dest` appears when it is whole.
pub(super) fn back_up(config: &Config, dest: &Path, interrupt: &Interrupt) -> anyhow::Result<Manifest> {
    let store = ReadOnlyStore::open(&config.database()).with_context(|| config.data.display().to_string())?;
    let unfinished = Unfinished::beside(dest)?;
    fs::DirBuilder::new()
        .mode(0o700)
        .create(unfinished.path())
        .with_context(|| format!("cannot make {}", unfinished.path().display()))?;
    let copies = Copies {
        from: PhotoFiles::open(&config.photos())?,
        to: PhotoFiles::open(&unfinished.path().join(PHOTOS))?,
        interrupt,
    };
    let early = copies.copy(
        store.read(|reader: &Reader<'_>| reader.photo_hashes())?,
        &HashSet::new(),
        |hash| {
            // Erased since it was listed: the database that is copied next will not name it.
            Ok(store.read(|reader| reader.photo(hash))?.is_none())
        },
    )?;
    let database = unfinished.path().join(DATABASE);
    copy_database(&store, &database, interrupt)?;
    let copied = ReadOnlyStore::open(&database)?;
    let (named, head) = copied.read(|reader| Ok::<_, StoreError>((reader.photo_hashes()?, reader.verify_audit_log(&[])?)))?;
    drop(copied);
    // Reading the copy leaves these beside it, empty.
    for leftover in ["-wal", "-shm"] {
        fs::remove_file(unfinished.path().join(format!("{DATABASE}{leftover}"))).ok();
    }
    let head = head.context("the audit log is NOT intact; no backup is made of a broken log")?;
    copies.copy(named.clone(), &early, |_| Ok(false))?;
    let named: HashSet<ContentHash> = named.into_iter().collect();
    for superfluous in early.difference(&named) {
        fs::remove_file(copies.to.path(*superfluous))?;
    }
    let manifest = Manifest::new(head, entries(unfinished.path(), &named)?);
    manifest.write(unfinished.path())?;
    fs::File::open(unfinished.path())?.sync_all()?;
    unfinished.rename(dest)?;
    Ok(manifest)
}

/// From where to where photos are copied.
struct Copies<'a> {
    from: PhotoFiles,
    to: PhotoFiles,
    interrupt: &'a Interrupt,
}

impl Copies<'_> {
    /// Copies and verifies photos, but not those that were `done` before; returns all that are there now. A missing one is an
    /// error unless `may_miss` says otherwise.
    fn copy(
        &self,
        photos: Vec<ContentHash>,
        done: &HashSet<ContentHash>,
        may_miss: impl Fn(ContentHash) -> anyhow::Result<bool>,
    ) -> anyhow::Result<HashSet<ContentHash>> {
        let wanted: Vec<ContentHash> = photos.into_iter().filter(|hash| !done.contains(hash)).collect();
        let mut there = done.clone();
        let mut progress = Progress::of("photos", wanted.len() as u64);
        for hash in wanted {
            self.interrupt.check()?;
            match self.from.read(hash) {
                Ok(bytes) => {
                    self.to.keep(&bytes).context("cannot write the backup")?;
                    there.insert(hash);
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && may_miss(hash)? => {}
                Err(error) => return Err(error).with_context(|| format!("photo {hash}")),
            }
            progress.step();
        }
        Ok(there)
    }
}

fn copy_database(store: &ReadOnlyStore, target: &Path, interrupt: &Interrupt) -> anyhow::Result<()> {
    let mut progress = Progress::of("database pages", 1);
    let copied = store.backup(target, &mut |done, total| {
        progress.at(done, total);
        interrupt.check().is_ok()
    });
    drop(progress);
    interrupt.check()?;
    copied.context("the database cannot be copied")
}

fn entries(folder: &Path, photos: &HashSet<ContentHash>) -> anyhow::Result<Vec<Entry>> {
    let (sha256, size_bytes) = digest(&folder.join(DATABASE), None)?;
    let mut entries = vec![Entry {
        path: DATABASE.into(),
        sha256,
        size_bytes,
    }];
    let mut photos: Vec<ContentHash> = photos.iter().copied().collect();
    photos.sort_unstable();
    for sha256 in photos {
        let path = photo_path(sha256);
        let size_bytes = fs::metadata(folder.join(&path))?.len();
        entries.push(Entry {
            path,
            sha256,
            size_bytes,
        });
    }
    Ok(entries)
}
