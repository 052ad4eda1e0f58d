//! What a backup says about itself, so that a restore can tell that it is whole.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;
use crate::store::Checkpoint;

/// The manifest's name in the backup.
pub(super) const MANIFEST: &str = "manifest.json";
/// The database's name in the backup.
pub(super) const DATABASE: &str = "replevin.sqlite";
/// The photos' folder in the backup.
pub(super) const PHOTOS: &str = "photos";
/// The version of this file's form.
const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The version of this form.
    pub(super) format: u32,
    /// The program's version.
    pub(super) program: String,
    /// When the backup was made.
    pub(super) made_at: Timestamp,
    /// The head of the audit log in it.
    pub(super) audit: Checkpoint,
    /// All files but this one.
    pub(super) files: Vec<Entry>,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Where it lies, relative to the backup's folder.
    pub(super) path: PathBuf,
    /// Its content.
    pub(super) sha256: ContentHash,
    /// Its length, bytes.
    pub(super) size_bytes: u64,
}

impl Manifest {
    /// Of these files, now.
    pub(super) fn new(audit: Checkpoint, files: Vec<Entry>) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at: chrono::Utc::now(),
            audit,
            files,
        }
    }

    /// Reads the manifest of a backup and checks that it names what a backup must have, and nothing outside its folder.
    pub(super) fn read(backup: &Path) -> anyhow::Result<Self> {
        let path = backup.join(MANIFEST);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}: is this a backup?", path.display()))?;
        let manifest: Self = serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
        if manifest.format != FORMAT {
            bail!("the backup has form {}, this program reads form {FORMAT}", manifest.format);
        }
        if !manifest.files.iter().any(|entry| entry.path == Path::new(DATABASE)) {
            bail!("the backup has no database");
        }
        for entry in &manifest.files {
            if entry.path != Path::new(DATABASE) && entry.path != photo_path(entry.sha256) {
                bail!("the manifest names {}, which belongs to no backup", entry.path.display());
            }
        }
        Ok(manifest)
    }

    /// Writes it, synced.
    pub(super) fn write(&self, backup: &Path) -> anyhow::Result<()> {
        let mut file = File::create_new(backup.join(MANIFEST))?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        Ok(())
    }

    /// How many photos it names.
    pub(super) fn photos(&self) -> usize {
        self.files.len().saturating_sub(1)
    }
}

/// Where a photo lies in a backup and in a data directory.
pub(super) fn photo_path(sha256: ContentHash) -> PathBuf {
    let name = sha256.to_string();
    Path::new(PHOTOS).join(&name[..2]).join(name)
}

/// The hash and length of a file, read piece by piece, and copied on the way when a target is given.
pub(super) fn digest(path: &Path, mut copy: Option<&mut File>) -> io::Result<(ContentHash, u64)> {
    let mut file = File::open(path)?;
    let (mut hasher, mut length) = (Sha256::new(), 0);
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
        if let Some(copy) = &mut copy {
            copy.write_all(&piece[..read])?;
        }
        length += read as u64;
    }
    if let Some(copy) = copy {
        copy.sync_all()?;
    }
    Ok((ContentHash(hasher.finalize().into()), length))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::audit::CHAIN_START;

    #[test]
    fn a_manifest_that_names_files_elsewhere_is_refused() {
        let audit = Checkpoint {
            entries: 0,
            head: CHAIN_START,
        };
        let entry = |path: &str| Entry {
            path: path.into(),
            sha256: ContentHash::of(b"x"),
            size_bytes: 1,
        };
        let photo = photo_path(ContentHash::of(b"x"));
        for (paths, fine) in [
            (vec![DATABASE, photo.to_str().unwrap()], true),
            (vec![photo.to_str().unwrap()], false),
            (vec![DATABASE, "../keys/seal"], false),
            (vec![DATABASE, "photos/../../x"], false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let files = paths.iter().map(|path| entry(path)).collect();
            Manifest::new(audit, files).write(folder.path()).unwrap();
            assert_eq!(Manifest::read(folder.path()).is_ok(), fine, "{paths:?}");
        }
    }
}
