//! Connections: how one is opened, and the readers' pool.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{Reader, StoreError};

/// At most this many idle reading connections are kept.
const IDLE_MAX: usize = 8;
/// At most this many reading connections are open at once, each with its cache; further readers wait for one.
const OPEN_MAX: usize = 32;

/// Opens the writing connection, with the settings that durability rests on.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Reading connections, opened when needed and kept when idle. A reader must not read again inside its work: with all
/// connections taken it would wait for itself.
pub(super) struct Pool {
    path: PathBuf,
    connections: Mutex<Connections>,
    returned: Condvar,
}

#[derive(Default)]
struct Connections {
    idle: Vec<Connection>,
    /// How many are at work.
    taken: usize,
}

/// A place among the connections that are at work; given back when dropped, however the work ends.
struct Place<'a> {
    pool: &'a Pool,
    /// Goes back with the place, when it is still good.
    connection: Option<Connection>,
}

impl Pool {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            connections: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Runs `work` in a read transaction, so that all it reads is of one instant.
    pub(super) fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut place = self.place();
        let mut connection = match place.connection.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        let result = {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Deferred)
                .map_err(|error| E::from(StoreError::from(error)))?;
            work(&Reader {
                connection: &transaction,
            })
        };
        place.connection = Some(connection);
        result
    }

    /// Waits for a place, with an idle connection when there is one.
    fn place(&self) -> Place<'_> {
        let connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |connections: &mut Connections| connections.taken >= OPEN_MAX;
        let waited = self.returned.wait_while(connections, full);
        let mut connections = waited.unwrap_or_else(PoisonError::into_inner);
        connections.taken += 1;
        Place {
            pool: self,
            connection: connections.idle.pop(),
        }
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        keep_statements(&connection)?;
        Ok(connection)
    }
}

/// Statements are prepared once: without the guarantee of stable plans, many would be again whenever other values are bound.
fn keep_statements(connection: &Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut connections = self.pool.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.taken -= 1;
        if connections.idle.len() < IDLE_MAX {
            connections.idle.extend(self.connection.take());
        }
        drop(connections);
        self.pool.returned.notify_one();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_connections_are_open_than_allowed_and_each_work_is_done() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        connect(&path).unwrap().execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
        let pool = Pool::new(&path);
        let (open, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for number in 0..OPEN_MAX * 3 {
                let (pool, open, most, done) = (&pool, &open, &most, &done);
                scope.spawn(move || {
                    let read = pool.read(|reader| {
                        most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::sleep(std::time::Duration::from_millis(5));
                        let count = reader
                            .connection
                            .query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0));
                        open.fetch_sub(1, Ordering::SeqCst);
                        // Failed work gives its place back, too.
                        if number % 3 == 0 {
                            Err(StoreError::Stopped)
                        } else {
                            Ok(count?)
                        }
                    });
                    done.fetch_add(usize::from(read.is_ok()), Ordering::SeqCst);
                });
            }
        });
        assert!((2..=OPEN_MAX).contains(&most.load(Ordering::SeqCst)));
        assert_eq!(done.load(Ordering::SeqCst), OPEN_MAX * 2);
        let connections = pool.connections.lock().unwrap();
        assert_eq!(connections.taken, 0);
        assert!(connections.idle.len() <= IDLE_MAX);
    }
}
