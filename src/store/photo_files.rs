//! The original bytes of photos: one file each, named by its SHA-256, synced before it is acknowledged.
//!
//! Owns the order between those who keep a photo and the upkeep that removes one: a file is removed only while nobody is
//! between keeping bytes and entering the row that names them. Which photos are used is for the database to say.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, RwLock, RwLockWriteGuard};

use crate::domain::photo::ContentHash;
use crate::domain::time::Timestamp;

/// A directory of original photo bytes. Clones share it.
#[derive(Debug, Clone)]
pub struct PhotoFiles {
    directory: PathBuf,
    order: Arc<RwLock<()>>,
}

/// Held from before bytes are kept until a row names them: nothing is removed meanwhile.
#[derive(Debug)]
pub struct Keeping {
    _order: OwnedRwLockReadGuard<()>,
}

/// Held while rows and their files are removed: nothing is kept meanwhile.
#[derive(Debug)]
pub struct Removing<'f> {
    files: &'f PhotoFiles,
    _order: RwLockWriteGuard<'f, ()>,
}

/// A file in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundFile {
    /// A photo's.
    Photo(ContentHash),
    /// One that was never finished.
    Unfinished(PathBuf),
}

impl PhotoFiles {
    /// Into how many folders the files are spread.
    pub const FOLDERS: u16 = 256;

    /// Uses `directory`, creating it as needed.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn open(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
            order: Arc::default(),
        })
    }

    /// Waits until nothing is being removed, and holds off removals as long as the answer lives.
    pub async fn keeping(&self) -> Keeping {
        Keeping {
            _order: Arc::clone(&self.order).read_owned().await,
        }
    }

    /// Waits until nobody is keeping a photo, and holds off others as long as the answer lives. Blocks: not for asynchronous
    /// threads.
    pub fn removing(&self) -> Removing<'_> {
        Removing {
            files: self,
            _order: self.order.blocking_write(),
        }
    }

    /// Keeps these bytes; returns once they are on disk. A file of that name that holds other bytes is damaged and is replaced.
    ///
    /// # Errors
    /// When the disk refuses; nothing is left behind then.
    pub fn keep(&self, bytes: &[u8]) -> io::Result<ContentHash> {
        let hash = ContentHash::of(bytes);
        let path = self.path(hash);
        let folder = path.parent().unwrap_or(&self.directory);
        if !holds(&path, bytes)? {
            fs::create_dir_all(folder)?;
            let unfinished = folder.join(format!(".{hash}.{}", uuid::Uuid::now_v7()));
            let written = write_synced(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &path));
            if let Err(error) = written {
                // Best effort: upkeep removes what stays.
                fs::remove_file(&unfinished).ok();
                return Err(error);
            }
        }
        // Also when another has just put the file there: its name may not be on disk yet.
        File::open(folder)?.sync_all()?;
        File::open(&self.directory)?.sync_all()?;
        Ok(hash)
    }

    /// The bytes, verified against their name.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when they are not held, [`io::ErrorKind::InvalidData`] when they are damaged.
    pub fn read(&self, hash: ContentHash) -> io::Result<Vec<u8>> {
        let bytes = fs::read(self.path(hash))?;
        if ContentHash::of(&bytes) != hash {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a stored photo is damaged"));
        }
        Ok(bytes)
    }

    /// The files of one folder that were last written before an instant, and how many files it has. What is neither a photo
    /// nor an unfinished one is not ours and left out.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn written_before(&self, folder: u8, before: Timestamp) -> io::Result<(Vec<FoundFile>, usize)> {
        let entries = match fs::read_dir(self.directory.join(format!("{folder:02x}"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
            entries => entries?,
        };
        let (mut found, mut seen) = (Vec::new(), 0);
        for entry in entries {
            let entry = entry?;
            seen += 1;
            let name = entry.file_name().to_string_lossy().into_owned();
            let file = match name.parse::<ContentHash>() {
                Ok(hash) if self.path(hash) == entry.path() => FoundFile::Photo(hash),
                _ if name.starts_with('.') => FoundFile::Unfinished(entry.path()),
                _ => continue,
            };
            let written = match entry.metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                metadata => Timestamp::from(metadata?.modified()?),
            };
            if written < before {
                found.push(file);
            }
        }
        Ok((found, seen))
    }

    /// Where the bytes of a hash lie.
    #[must_use]
    pub fn path(&self, hash: ContentHash) -> PathBuf {
        let name = hash.to_string();
        self.directory.join(&name[..2]).join(name)
    }
}

impl Removing<'_> {
    /// Removes the bytes; missing ones are no error.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(&self, file: &FoundFile) -> io::Result<()> {
        let path = match file {
            FoundFile::Photo(hash) => &self.files.path(*hash),
            FoundFile::Unfinished(path) => path,
        };
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Whether a file is there with just these bytes.
fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() != bytes.len() as u64 => Ok(false),
        Ok(_) => Ok(fs::read(path)? == bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{TimeDelta, Utc};

    use super::*;

    #[test]
    fn keeps_reads_and_notices_damage() {
        let directory = tempfile::tempdir().unwrap();
        let files = PhotoFiles::open(directory.path()).unwrap();
        let hash = files.keep(b"a photo").unwrap();
        assert_eq!(files.keep(b"a photo").unwrap(), hash);
        assert_eq!(files.read(hash).unwrap(), b"a photo");
        fs::write(files.path(hash), b"a phoPo").unwrap();
        assert_eq!(files.read(hash).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let removing = files.removing();
        removing.remove(&FoundFile::Photo(hash)).unwrap();
        removing.remove(&FoundFile::Photo(hash)).unwrap();
        assert_eq!(files.read(hash).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn keeping_again_heals_what_was_damaged() {
        let directory = tempfile::tempdir().unwrap();
        let files = PhotoFiles::open(directory.path()).unwrap();
        let hash = files.keep(b"a photo").unwrap();
        for damage in ["", "a pho", "a phoPo"] {
            fs::write(files.path(hash), damage).unwrap();
            files.keep(b"a photo").unwrap();
            assert_eq!(files.read(hash).unwrap(), b"a photo", "{damage:?}");
        }
        assert_eq!(
            fs::read_dir(files.path(hash).parent().unwrap()).unwrap().count(),
            1,
            "no leftovers"
        );
    }

    #[test]
    fn a_folder_tells_photos_from_leftovers_and_young_from_old() {
        let directory = tempfile::tempdir().unwrap();
        let files = PhotoFiles::open(directory.path()).unwrap();
        let hash = files.keep(b"a photo").unwrap();
        let folder = files.path(hash).parent().unwrap().to_owned();
        let leftover = folder.join(format!(".{hash}.x"));
        for path in [&leftover, &folder.join("note.txt")] {
            fs::write(path, "x").unwrap();
        }
        let (mut old, seen) = files.written_before(hash.0[0], Utc::now() + TimeDelta::hours(1)).unwrap();
        old.sort_by_key(|file| matches!(file, FoundFile::Unfinished(_)));
        assert_eq!(old, [FoundFile::Photo(hash), FoundFile::Unfinished(leftover)]);
        assert_eq!(seen, 3);
        let young = files.written_before(hash.0[0], Utc::now() - TimeDelta::hours(1)).unwrap();
        assert_eq!(young, (Vec::new(), 3));
        assert_eq!(files.written_before(!hash.0[0], Utc::now()).unwrap(), (Vec::new(), 0));
    }

    #[tokio::test]
    async fn nothing_is_removed_while_a_photo_is_being_kept() {
        let directory = tempfile::tempdir().unwrap();
        let files = PhotoFiles::open(directory.path()).unwrap();
        let keeping = files.keeping().await;
        assert!(files.order.try_write().is_err());
        assert!(files.order.try_read().is_ok(), "others may keep as well");
        drop(keeping);
        assert!(files.order.try_write().is_ok());
    }
}
