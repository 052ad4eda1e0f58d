//! `restore`: a backup back into an empty data directory.
//!
//! Everything is copied, verified and logged in a folder inside the data directory first; the database takes its place last,
//! so that a service never finds half of it.

use std::collections::HashSet;
use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::json;

use super::Restore;
use super::manifest::{DATABASE, Manifest, PHOTOS, digest};
use crate::cli::output::{Unfinished, say, say_json};
use crate::cli::progress::{Interrupt, Progress};
use crate::config::Config;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::photo::ContentHash;
use crate::domain::time::Clock;
use crate::lifecycle::claim;
use crate::store::{Store, StoreError, check_integrity};

/// The folder inside the data directory in which a restore is prepared.
const UNFINISHED: &str = "restore.unfinished";

impl Restore {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        let config = self.place.config()?;
        let manifest = bring_back(&config, &self.src, &Interrupt::listen()?)?;
        if self.json {
            say_json(&manifest)?;
        } else {
            say(&format!(
                "restored {} into {}: database, audit log and {} photos verified",
                self.src.display(),
                config.data.display(),
                manifest.photos()
            ))?;
        }
        if !config.keys().is_dir() {
            eprintln!(
                "put your copy of the keys back into {} before you start the service: without them it does not start",
                config.keys().display()
            );
        }
        Ok(())
    }
}

/// Restores `backup`. The index is not part of a backup: the service builds it at its next start.
pub(super) fn bring_back(config: &Config, backup: &Path, interrupt: &Interrupt) -> anyhow::Result<Manifest> {
    let manifest = Manifest::read(backup)?;
    let _lock = claim(&config.data)?;
    require_empty(&config.data)?;
    let unfinished = Unfinished::at(config.data.join(UNFINISHED))?;
    fs::DirBuilder::new().mode(0o700).create(unfinished.path())?;
    copy_files(&manifest, backup, unfinished.path(), interrupt)?;
    verify_and_log(&manifest, &unfinished.path().join(DATABASE))?;
    interrupt.check()?;
    let photos = unfinished.path().join(PHOTOS);
    if photos.is_dir() {
        fs::rename(photos, config.photos())?;
    }
    fs::rename(unfinished.path().join(DATABASE), config.database())?;
    File::open(&config.data)?.sync_all()?;
    Ok(manifest)
}

/// Only keys that were put back before, and what a restore that was killed left behind, may be there.
fn require_empty(data: &Path) -> anyhow::Result<()> {
    // Photos get their place right before the database: alone they are a restore that was killed between the two.
    let killed = data.join(UNFINISHED).exists() && !data.join(DATABASE).exists();
    for found in fs::read_dir(data)? {
        let name = found?.file_name();
        if name == *PHOTOS && killed {
            fs::remove_dir_all(data.join(PHOTOS))?;
        } else if !["lock", "keys", UNFINISHED].iter().any(|expected| name == **expected) {
            bail!(
                "{} is not empty ({} is there); restore into an empty or missing data directory",
                data.display(),
                name.display()
            );
        }
    }
    Ok(())
}

/// Copies every file that the manifest names and compares its hash on the way.
fn copy_files(manifest: &Manifest, from: &Path, to: &Path, interrupt: &Interrupt) -> anyhow::Result<()> {
    let mut progress = Progress::of("files", manifest.files.len() as u64);
    let mut folders = HashSet::new();
    for entry in &manifest.files {
        interrupt.check()?;
        let target = to.join(&entry.path);
        if let Some(folder) = target.parent()
            && folders.insert(folder.to_owned())
        {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&target)?;
        let source = from.join(&entry.path);
        let (sha256, size_bytes) =
            digest(&source, Some(&mut file)).with_context(|| format!("cannot copy {}", source.display()))?;
        if (sha256, size_bytes) != (entry.sha256, entry.size_bytes) {
            bail!("{} is damaged: it is not what the manifest says", source.display());
        }
        progress.step();
    }
    for folder in folders {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Checks the database, that its log holds the manifest's head, and that all its photos came along; then logs the restore.
fn verify_and_log(manifest: &Manifest, database: &Path) -> anyhow::Result<()> {
    check_integrity(database).context("the backup's database is damaged")?;
    let store = Store::open(database, Clock::system())?;
    let (log, named) = store.read_blocking(|reader| {
        let log = reader.verify_audit_log(&[manifest.audit])?;
        Ok::<_, StoreError>((log, reader.photo_hashes()?))
    })?;
    log.context("the backup's audit log is NOT intact")?;
    let held: HashSet<ContentHash> = manifest.files.iter().map(|entry| entry.sha256).collect();
    if let Some(missing) = named.iter().find(|hash| !held.contains(hash)) {
        bail!("the backup lacks photo {missing}");
    }
    let detail = json!({ "backup_made_at": manifest.made_at, "backup_entries": manifest.audit.entries });
    let act = Act::new(Actor::CommandLine, Action::Restored, SubjectKind::Service.all()).with_detail(detail);
    store.act_with_blocking(move |_| Ok::<_, StoreError>(((), vec![act])))?;
    store.close();
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use replevin_index::image::{FINGERPRINT_VERSION, Hash256, HashPair, PhotoFingerprint};

    use super::super::backup::back_up;
    use super::*;
    use crate::domain::photo::Photo;
    use crate::store::{PhotoFiles, ReadOnlyStore};

    fn config(data: &Path) -> Config {
        Config {
            data: data.to_owned(),
            ..Config::default()
        }
    }

    /// A data directory with one photo, in use by a service.
    fn running(data: &Path) -> (Config, Store, File) {
        let config = config(data);
        let lock = claim(data).unwrap();
        let store = Store::open(&config.database(), Clock::system()).unwrap();
        let hash = Hash256([0; 32]);
        let photo = Photo {
            sha256: PhotoFiles::open(&config.photos()).unwrap().keep(b"a photo").unwrap(),
            size_bytes: 7,
            format: "jpeg".to_owned(),
            width: 1,
            height: 1,
            body_serial: None,
            lens_serial: None,
            fingerprint: Some(PhotoFingerprint {
                version: FINGERPRINT_VERSION,
                quality: 0,
                full: [HashPair { pdq: hash, second: hash }; 8],
                trimmed: None,
            }),
            features: None,
            created_at: chrono::Utc::now(),
        };
        let act = Act::new(Actor::Service, Action::ItemPhotoReceived, SubjectKind::Item.all());
        store
            .act_with_blocking(move |tx| Ok::<_, StoreError>((tx.insert_photo(&photo)?, vec![act])))
            .unwrap();
        (config, store, lock)
    }

    #[test]
    fn a_backup_of_a_running_service_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let (from, _store, _lock) = running(&folder.path().join("data"));
        let dest = folder.path().join("backup");
        let interrupt = Interrupt::listen().unwrap();
        let made = back_up(&from, &dest, &interrupt).unwrap();
        assert_eq!((made.photos(), made.audit.entries), (1, 1));
        assert!(!folder.path().join("backup.unfinished").exists());
        assert_eq!(fs::read_dir(&dest).unwrap().count(), 3, "database, photos and manifest");

        let to = config(&folder.path().join("restored"));
        assert_eq!(bring_back(&to, &dest, &interrupt).unwrap(), made);
        let store = ReadOnlyStore::open(&to.database()).unwrap();
        let (head, photos) = store
            .read(|reader| Ok::<_, StoreError>((reader.verify_audit_log(&[made.audit])?, reader.photo_hashes()?)))
            .unwrap();
        assert_eq!(head.unwrap().entries, 2, "the restore is logged");
        let files = PhotoFiles::open(&to.photos()).unwrap();
        assert!(photos.iter().all(|hash| files.read(*hash).is_ok()));
        assert!(!to.data.join(UNFINISHED).exists());
        let again = bring_back(&to, &dest, &interrupt).unwrap_err();
        assert!(again.to_string().contains("not empty"), "{again}");
    }

    #[test]
    fn a_damaged_backup_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (from, _store, _lock) = running(&folder.path().join("data"));
        let dest = folder.path().join("backup");
        let interrupt = Interrupt::listen().unwrap();
        let made = back_up(&from, &dest, &interrupt).unwrap();
        for entry in &made.files {
            let path = dest.join(&entry.path);
            let mut bytes = fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&path, &bytes).unwrap();
            let to = config(&folder.path().join("restored"));
            let error = format!("{:#}", bring_back(&to, &dest, &interrupt).unwrap_err());
            assert!(error.contains("damaged"), "{error}");
            assert!(!to.database().exists() && !to.photos().exists() && !to.data.join(UNFINISHED).exists());
            bytes[middle] ^= 1;
            fs::write(&path, &bytes).unwrap();
        }
    }

    #[test]
    fn a_damaged_photo_is_not_backed_up() {
        let folder = tempfile::tempdir().unwrap();
        let (from, _store, _lock) = running(&folder.path().join("data"));
        let photo = PhotoFiles::open(&from.photos()).unwrap().path(ContentHash::of(b"a photo"));
        fs::write(photo, b"a phoPo").unwrap();
        let dest = folder.path().join("backup");
        let error = format!("{:#}", back_up(&from, &dest, &Interrupt::listen().unwrap()).unwrap_err());
        assert!(error.contains("damaged"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "an unfinished backup stayed");
    }
}
