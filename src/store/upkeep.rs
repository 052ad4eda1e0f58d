//! Upkeep: backup, restore's check, and what the operator's figures need.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::{Reader, Store, StoreError};

impl Store {
    /// Copies the database into one file at `target` while the service runs: through SQLite's backup interface into a temporary
    /// file beside it, checked, synced, renamed.
    ///
    /// # Errors
    /// When the copy cannot be written or is not whole; nothing is left at `target` then.
    pub fn backup(&self, target: &Path) -> Result<(), StoreError> {
        let unfinished = target.with_extension("unfinished");
        let copied = self
            .read_blocking(|reader| reader.copy_to(&unfinished))
            .and_then(|()| check_integrity(&unfinished));
        if let Err(error) = copied {
            fs::remove_file(&unfinished).ok();
            return Err(error);
        }
        File::open(&unfinished)?.sync_all()?;
        fs::rename(&unfinished, target)?;
        if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    fn copy_to(&self, target: &Path) -> Result<(), StoreError> {
        let mut copy = Connection::open(target)?;
        let backup = Backup::new(self.connection, &mut copy)?;
        backup.run_to_completion(1000, Duration::from_millis(1), None)?;
        Ok(())
    }

    /// How many rows stand in the tables that operators watch.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn counts(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let tables = [
            "items",
            "listings",
            "photos",
            "reports",
            "questions",
            "audit_entries",
            "outbox",
        ];
        let mut counts = Vec::with_capacity(tables.len());
        for table in tables {
            let sql = format!("SELECT count(*) FROM {table}");
            let count: i64 = self.connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
            counts.push((table, count.unsigned_abs()));
        }
        Ok(counts)
    }
}

/// Whether a database file is whole: SQLite's own check and its foreign keys.
///
/// # Errors
/// [`StoreError::Integrity`] with what SQLite says.
pub fn check_integrity(path: &Path) -> Result<(), StoreError> {
    let connection = Connection::open(path)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Integrity(verdict));
    }
    let orphans: i64 = connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
    if orphans > 0 {
        return Err(StoreError::Integrity(format!(
            "{orphans} rows point to rows that are missing"
        )));
    }
    Ok(())
}
