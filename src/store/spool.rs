//! Files that are read once and never kept: they have no name, so that nothing of them is left whatever happens.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where such files lie while they are open. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Spool(Arc<PathBuf>);

impl Spool {
    /// In this folder, which is made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self(Arc::new(folder.to_owned())))
    }

    /// An empty file to write and read, gone when it is closed.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn file(&self) -> io::Result<File> {
        let path = self.0.join(uuid::Uuid::now_v7().to_string());
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        fs::remove_file(&path)?;
        Ok(file)
    }
}
