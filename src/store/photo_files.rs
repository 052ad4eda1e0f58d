//! The original bytes of photos: one file each, named by its SHA-256, synced before it is acknowledged.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::domain::photo::ContentHash;

/// A directory of original photo bytes.
#[derive(Debug, Clone)]
pub struct PhotoFiles {
    directory: PathBuf,
}

impl PhotoFiles {
    /// Uses `directory`, creating it as needed.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn open(directory: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        Ok(Self {
            directory: directory.to_owned(),
        })
    }

    /// Keeps these bytes; returns once they are on disk. Keeping the same bytes again costs nothing.
    ///
    /// # Errors
    /// When the disk refuses; nothing is left behind then.
    pub fn keep(&self, bytes: &[u8]) -> io::Result<ContentHash> {
        let hash = ContentHash::of(bytes);
        let path = self.path(hash);
        if path.exists() {
            return Ok(hash);
        }
        let folder = path.parent().unwrap_or(&self.directory);
        fs::create_dir_all(folder)?;
        let unfinished = folder.join(format!(".{hash}.{}", uuid::Uuid::now_v7()));
        let written = write_synced(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            // Best effort: the name starts with a dot and is swept on the next verification.
            fs::remove_file(&unfinished).ok();
            return Err(error);
        }
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

    /// Removes the bytes; missing ones are no error.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(&self, hash: ContentHash) -> io::Result<()> {
        match fs::remove_file(self.path(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Where the bytes of a hash lie.
    #[must_use]
    pub fn path(&self, hash: ContentHash) -> PathBuf {
        let name = hash.to_string();
        self.directory.join(&name[..2]).join(name)
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
        files.remove(hash).unwrap();
        files.remove(hash).unwrap();
        assert_eq!(files.read(hash).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
