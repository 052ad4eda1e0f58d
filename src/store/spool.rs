//! Files that are read once and never kept: they have no name, so that nothing of them is left whatever happens.
//!
//! All of them together take up no more than a budget. Whoever came first is let finish: where there is no room left, the file
//! that was begun last gives way, and is written again another time.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::feed::Room;

/// Where such files lie while they are open. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Spool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    bytes_max: u64,
    open: Mutex<Open>,
}

/// The files that are open, by the order in which they were begun.
#[derive(Debug, Default)]
struct Open {
    begun: u64,
    files: BTreeMap<u64, Held>,
}

/// What one file takes up.
#[derive(Debug, Default)]
struct Held {
    bytes: u64,
    /// It has to give way to one that was begun before.
    gives_way: bool,
}

/// A file's place among the others, until it is dropped.
#[derive(Debug)]
pub struct SpoolPlace {
    shared: Arc<Shared>,
    order: u64,
}

impl Spool {
    /// In this folder, which is made when it is not there; with so many bytes for all files together.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path, bytes_max: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self(Arc::new(Shared {
            folder: folder.to_owned(),
            bytes_max,
            open: Mutex::default(),
        })))
    }

    /// An empty file to write and read, gone when it is closed, and its place, to be kept as long.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn file(&self) -> io::Result<(File, SpoolPlace)> {
        let path = self.0.folder.join(uuid::Uuid::now_v7().to_string());
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        fs::remove_file(&path)?;
        let mut open = self.0.open();
        open.begun += 1;
        let order = open.begun;
        open.files.insert(order, Held::default());
        let place = SpoolPlace {
            shared: Arc::clone(&self.0),
            order,
        };
        Ok((file, place))
    }

    /// What all files take up now, and what they may, bytes.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let held = self.0.open().files.values().map(|held| held.bytes).sum();
        (held, self.0.bytes_max)
    }
}

impl SpoolPlace {
    /// Asks for room for this file at a size, before it is written.
    #[must_use]
    pub fn room(&self, bytes: u64) -> Room {
        let mut open = self.shared.open();
        let others: u64 = open
            .files
            .iter()
            .filter(|(order, _)| **order != self.order)
            .map(|(_, held)| held.bytes)
            .sum();
        let last = open.files.last_key_value().map(|(order, _)| *order);
        let Some(held) = open.files.get_mut(&self.order) else {
            return Room::None;
        };
        if held.gives_way {
            return Room::None;
        }
        if others.saturating_add(bytes) <= self.shared.bytes_max {
            held.bytes = bytes;
            return Room::Given;
        }
        match last {
            Some(last) if last != self.order => {
                if let Some(last) = open.files.get_mut(&last) {
                    last.gives_way = true;
                }
                Room::Soon
            }
            _ => Room::None,
        }
    }
}

impl Drop for SpoolPlace {
    fn drop(&mut self) {
        self.shared.open().files.remove(&self.order);
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        // Nothing panics while it is held; what is in it stays true all the same.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn all_files_together_stay_within_the_budget_and_the_first_is_let_finish() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), 100).unwrap();
        let (_file, first) = spool.file().unwrap();
        let (_other, second) = spool.file().unwrap();
        assert_eq!((first.room(40), second.room(60)), (Room::Given, Room::Given));
        assert_eq!(spool.bytes(), (100, 100));
        // Full: who came first waits for the other to give way, which is told when it asks next.
        assert_eq!(first.room(50), Room::Soon);
        assert_eq!(second.room(60), Room::None);
        drop(second);
        assert_eq!((first.room(50), spool.bytes()), (Room::Given, (50, 100)));
        // The last one gives way of itself, and nobody gets more than there is.
        let (_third, third) = spool.file().unwrap();
        assert_eq!((third.room(60), first.room(50)), (Room::None, Room::Given));
        drop(third);
        assert_eq!(first.room(101), Room::None);
        drop(first);
        assert_eq!(spool.bytes(), (0, 100));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing has a name");
    }
}
