//! Checkpoints of SQLite's write-ahead log: its pages are copied into the database file beside the writer, who would otherwise
//! do it within some commit, for which everybody waits.
//!
//! Owns when that is done and by whom. Leaves durability to the commits, which write the log through by themselves.

use std::ffi::c_int;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, MAIN_DB};

use super::{StoreError, pool};

/// The log is copied whenever it has grown by so many pages of 4 KiB.
const PAGES_EACH: c_int = 1_000;
/// From here on, in pages, the writer copies what is left itself: as long as it goes on writing, nobody else comes to the end of
/// the log, and only then does it begin anew.
const PAGES_MAX: c_int = 16_000;

/// Copies the log of a writing connection from now on, in a thread that ends with the connection.
///
/// # Errors
/// When no thread can be started, or the connection is no longer open.
pub(super) fn beside(writing: &mut Connection, path: PathBuf) -> Result<JoinHandle<()>, StoreError> {
    // One that waits stands for all.
    let (due, told) = sync_channel(1);
    let left = Arc::new(AtomicI32::new(0));
    let copying = Arc::clone(&left);
    let thread = std::thread::Builder::new()
        .name("store-checkpoints".to_owned())
        .spawn(move || serve(&path, &told, &copying))?;
    let mut told_at = 0;
    writing.wal_hook(Some(move |log: &mut Wal, pages: c_int| {
        grown(log, pages, &mut told_at, (&due, &left));
        Ok(())
    }))?;
    Ok(thread)
}

/// Ends the copying beside a writing connection and copies the rest, so that the database file alone is whole; failing that, the
/// next opening does it.
pub(super) fn end(mut writing: Connection, thread: JoinHandle<()>) {
    // With the hook goes what the thread waits for.
    if let Err(error) = writing.wal_hook(None::<fn(&mut Wal, c_int) -> rusqlite::Result<()>>) {
        tracing::warn!(%error, "write-ahead log not folded at the end");
        return;
    }
    if thread.join().is_err() {
        tracing::error!("the store's checkpoints had panicked");
    }
    match writing.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::TRUNCATE) {
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "write-ahead log not folded at the end"),
    }
}

/// Looks at the length of the log after a commit. `left` is how many pages the thread could not copy when it tried last.
fn grown(log: &mut Wal, pages: c_int, told_at: &mut c_int, (due, left): (&SyncSender<()>, &AtomicI32)) {
    if pages < *told_at {
        *told_at = 0;
    }
    if pages - *told_at >= PAGES_EACH {
        *told_at = pages;
        // One that waits already does.
        due.try_send(()).ok();
    }
    // Where a long read kept the thread from copying, it has first to catch up.
    if pages >= PAGES_MAX && left.load(Ordering::Relaxed) < PAGES_EACH {
        // The thread tells what fails; that it is at it just now is no failure.
        log.checkpoint_v2(CheckpointMode::PASSIVE).ok();
    }
}

fn serve(path: &Path, told: &Receiver<()>, left: &AtomicI32) {
    let mut own = None;
    while told.recv().is_ok() {
        let connection = match own.take() {
            Some(connection) => Ok(connection),
            None => pool::connect(path),
        };
        let done = connection.and_then(|connection| {
            let (pages, copied) = connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::PASSIVE)?;
            left.store(pages - copied, Ordering::Relaxed);
            Ok(connection)
        });
        match done {
            Ok(connection) => own = Some(connection),
            Err(error) => tracing::warn!(%error, "write-ahead log not copied, tried again later"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_copied_beside_the_writer_and_begins_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let mut writing = pool::connect(&path).unwrap();
        let thread = beside(&mut writing, path.clone()).unwrap();
        writing.execute_batch("CREATE TABLE t (n INTEGER, text BLOB)").unwrap();
        let pages = |path: &Path| std::fs::metadata(path).unwrap().len() / 4096;
        let log = path.with_extension("db-wal");
        // Several times more than the log may ever hold.
        for n in 0..150 {
            let row = rusqlite::params![n, vec![0_u8; 2 << 20]];
            writing.execute("INSERT INTO t VALUES (?1, ?2)", row).unwrap();
        }
        let most = u64::from(PAGES_MAX.unsigned_abs());
        assert!(pages(&log) < 2 * most, "{}", pages(&log));
        assert!(pages(&path) > most, "{}", pages(&path));
        drop(writing);
        thread.join().unwrap();
    }
}
