//! Using a database beside the service that holds it: reading, backing up, and short writes from the command line.
//!
//! SQLite in WAL lets several processes share a database: readers never wait, and writers wait their turn, since each of them
//! begins immediately and reads the head of the audit log inside its transaction. What must not happen beside a running
//! service is a migration under its feet, so a database of another version is refused here.

use std::path::Path;
use std::sync::Arc;

use super::{Reader, Store, StoreError, migrate, pool, upkeep, writer};
use crate::domain::time::Clock;

/// A database that is only read. Nothing in it is changed by anything done with this.
pub struct ReadOnlyStore {
    readers: pool::Pool,
}

impl ReadOnlyStore {
    /// Opens an existing database of this program's version.
    ///
    /// # Errors
    /// When there is none, or it is of another version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Missing { what: "database" });
        }
        let readers = pool::Pool::new(path);
        readers.read(|reader| migrate::require_current(reader.connection))?;
        Ok(Self { readers })
    }

    /// Reads a consistent view.
    ///
    /// # Errors
    /// What `work` returns, or a failure of the database.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        self.readers.read(work)
    }

    /// Copies the database as it is at this instant, see [`Store::backup`]. `pages` hears how many of how many are copied and
    /// says whether to go on.
    ///
    /// # Errors
    /// As [`Store::backup`]; [`StoreError::Stopped`] when `pages` does not want to go on.
    pub fn backup(&self, target: &Path, pages: &mut dyn FnMut(u64, u64) -> bool) -> Result<(), StoreError> {
        upkeep::backup(&self.readers, target, pages)
    }
}

impl Store {
    /// Opens a database that a running service of the same version holds, for short writes beside it.
    ///
    /// # Errors
    /// When there is none, or it is of another version.
    pub fn open_beside(path: &Path, clock: Clock) -> Result<Self, StoreError> {
        if !path.is_file() {
            return Err(StoreError::Missing { what: "database" });
        }
        let connection = pool::connect(path)?;
        migrate::require_current(&connection)?;
        Ok(Self {
            writer: writer::Writer::start(connection, path, clock.clone())?,
            readers: Arc::new(pool::Pool::new(path)),
            clock,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::domain::audit::{Act, Action, Actor, SubjectKind};

    fn act(store: &Store, actor: Actor) {
        let act = Act::new(actor, Action::AuditConsulted, SubjectKind::AuditLog.all());
        store
            .act_with_blocking(move |_| Ok::<_, StoreError>(((), vec![act])))
            .unwrap();
    }

    #[test]
    fn two_writers_share_one_unbroken_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("database");
        let service = Store::open(&path, Clock::system()).unwrap();
        let beside = Store::open_beside(&path, Clock::system()).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| (0..50).for_each(|_| act(&service, Actor::Service)));
            scope.spawn(|| (0..50).for_each(|_| act(&beside, Actor::CommandLine)));
        });
        beside.close();
        let head = ReadOnlyStore::open(&path)
            .unwrap()
            .read(|reader| reader.verify_audit_log(&[]))
            .unwrap()
            .unwrap();
        assert_eq!(head.entries, 100);
        act(&service, Actor::Service);
    }

    #[test]
    fn a_database_of_another_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("database");
        assert!(matches!(ReadOnlyStore::open(&path), Err(StoreError::Missing { .. })));
        assert!(!path.exists());
        Store::open(&path, Clock::system()).unwrap().close();
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 0)
            .unwrap();
        assert!(matches!(ReadOnlyStore::open(&path), Err(StoreError::Older)));
        assert!(matches!(Store::open_beside(&path, Clock::system()), Err(StoreError::Older)));
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 999)
            .unwrap();
        assert!(matches!(ReadOnlyStore::open(&path), Err(StoreError::Newer { .. })));
    }

    #[test]
    fn a_backup_under_writes_is_of_one_instant() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("database"), folder.path().join("copy"));
        let service = Store::open(&path, Clock::system()).unwrap();
        (0..20).for_each(|_| act(&service, Actor::Service));
        let store = ReadOnlyStore::open(&path).unwrap();
        store
            .backup(&copy, &mut |_, _| {
                act(&service, Actor::Service);
                true
            })
            .unwrap();
        let log = |path: &Path| {
            let store = ReadOnlyStore::open(path).unwrap();
            store.read(|reader| reader.verify_audit_log(&[])).unwrap().unwrap()
        };
        assert_eq!(log(&copy).entries, 20);
        assert!(log(&path).entries > 20);

        let stopped = folder.path().join("stopped");
        assert!(matches!(store.backup(&stopped, &mut |_, _| false), Err(StoreError::Stopped)));
        assert!(!stopped.exists() && !stopped.with_extension("unfinished").exists());
    }
}
