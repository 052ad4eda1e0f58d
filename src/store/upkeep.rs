//! Upkeep: backup, restore's check, and what the operator's figures need.

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::pool::Pool;
use super::{Reader, Store, StoreError};

/// Pages copied between two looks at whether to go on: 16 MiB; in tests so few that there is a second look.
const BACKUP_PAGES: i32 = if cfg!(test) { 2 } else { 4096 };

impl Store {
    /// Copies the database into one file at `target` while the service runs: through SQLite's backup interface into a temporary
    /// file beside it, checked, synced, renamed.
    ///
    /// # Errors
    /// When the copy cannot be written or is not whole; nothing is left at `target` then.
    pub fn backup(&self, target: &Path) -> Result<(), StoreError> {
        backup(&self.readers, target, &mut |_, _| true)
    }
}

/// [`Store::backup`] from any readers. `pages` hears how many pages of how many are copied and says whether to go on.
pub(super) fn backup(readers: &Pool, target: &Path, pages: &mut dyn FnMut(u64, u64) -> bool) -> Result<(), StoreError> {
    let unfinished = target.with_extension("unfinished");
    let copied = readers
        .read(|reader| reader.copy_to(&unfinished, pages))
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

impl Reader<'_> {
    fn copy_to(&self, target: &Path, pages: &mut dyn FnMut(u64, u64) -> bool) -> Result<(), StoreError> {
        // A first look fixes the instant: without it every commit of another process would make the copy start over.
        self.connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
        let mut copy = Connection::open(target)?;
        let backup = Backup::new(self.connection, &mut copy)?;
        loop {
            let step = backup.step(BACKUP_PAGES)?;
            let progress = backup.progress();
            let total = u64::from(progress.pagecount.unsigned_abs());
            let more = pages(total - u64::from(progress.remaining.unsigned_abs()), total);
            match step {
                StepResult::Done => return Ok(()),
                _ if !more => return Err(StoreError::Stopped),
                StepResult::More => {}
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
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
