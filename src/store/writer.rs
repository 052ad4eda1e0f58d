//! The one writer: a thread that groups what waits into one transaction and answers after the commit.
//!
//! A piece of work that fails is rolled back alone, to its own savepoint; the others of the group stay.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use tokio::sync::watch;

use super::{Reader, StoreError, Tx};
use crate::domain::time::Clock;

/// At most this many pieces of work share a commit: bounds how long the first one waits.
const GROUP_MAX: usize = 256;

/// One piece of work. It runs inside the transaction and hands back what to do once the commit is known.
type Work = Box<dyn FnOnce(&mut Tx<'_>) -> Attempt + Send>;

/// What a piece of work leaves behind: whether its changes stay, and how its caller is told.
struct Attempt {
    keep: bool,
    answer: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

/// A handle to the writer thread.
#[derive(Clone)]
pub(super) struct Writer {
    queue: Arc<Mutex<Option<Sender<Work>>>>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    commits: watch::Receiver<u64>,
}

impl Writer {
    pub(super) fn start(connection: Connection, clock: Clock) -> Result<Self, StoreError> {
        let (sender, receiver) = channel();
        let (committed, commits) = watch::channel(0);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(connection, &receiver, &clock, &committed))?;
        Ok(Self {
            queue: Arc::new(Mutex::new(Some(sender))),
            thread: Arc::new(Mutex::new(Some(thread))),
            commits,
        })
    }

    pub(super) async fn run<T, E>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        self.submit(attempt(work, move |result| drop(sender.send(result))))
            .map_err(E::from)?;
        receiver.await.unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    pub(super) fn run_blocking<T, E>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (sender, receiver) = channel();
        self.submit(attempt(work, move |result| drop(sender.send(result))))
            .map_err(E::from)?;
        receiver.recv().unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// Changes whenever a group was committed.
    pub(super) fn commits(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }

    /// Lets the thread finish what is queued, and waits for it.
    pub(super) fn stop(&self) {
        if let Ok(mut queue) = self.queue.lock() {
            queue.take();
        }
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the store's writer had panicked");
        }
    }

    fn submit(&self, work: Work) -> Result<(), StoreError> {
        let queue = self.queue.lock().map_err(|_| StoreError::Stopped)?;
        queue
            .as_ref()
            .ok_or(StoreError::Stopped)?
            .send(work)
            .map_err(|_| StoreError::Stopped)
    }
}

fn attempt<T, E>(
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    tell: impl FnOnce(Result<T, E>) + Send + 'static,
) -> Work
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    Box::new(move |tx| {
        let result = work(tx);
        let keep = result.is_ok();
        let answer = move |committed: Result<(), StoreError>| {
            tell(match (result, committed) {
                (Ok(value), Ok(())) => Ok(value),
                (Ok(_), Err(error)) => Err(error.into()),
                (Err(error), _) => Err(error),
            });
        };
        Attempt {
            keep,
            answer: Box::new(answer),
        }
    })
}

fn serve(mut connection: Connection, queue: &Receiver<Work>, clock: &Clock, committed: &watch::Sender<u64>) {
    while let Ok(first) = queue.recv() {
        let group: Vec<Work> = std::iter::once(first).chain(queue.try_iter().take(GROUP_MAX - 1)).collect();
        metrics::histogram!("replevin_store_group_size").record(f64::from(u32::try_from(group.len()).unwrap_or(u32::MAX)));
        serve_group(&mut connection, group, clock, committed);
    }
    // Fold the log back so that a copied database file alone is whole; failing that, the next opening does it.
    if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%error, "write-ahead log not folded at the end");
    }
}

fn serve_group(connection: &mut Connection, group: Vec<Work>, clock: &Clock, committed: &watch::Sender<u64>) {
    let mut answers = Vec::with_capacity(group.len());
    let rows_before = connection.total_changes();
    let outcome = (|| -> Result<(), StoreError> {
        let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for work in group {
            let mut savepoint = transaction.savepoint()?;
            let now = clock.now();
            let run = catch_unwind(AssertUnwindSafe(|| {
                work(&mut Tx {
                    reader: Reader { connection: &savepoint },
                    now,
                })
            }));
            // A panicking piece of work drops its answer, which tells its caller that the store has stopped for it.
            let keep = run.as_ref().is_ok_and(|attempt| attempt.keep);
            answers.extend(run.ok().map(|attempt| attempt.answer));
            if savepoint.is_autocommit() {
                // SQLite has rolled the whole transaction back itself, as it may when the disk is full or fails.
                return Err(StoreError::RolledBack);
            }
            if !keep {
                savepoint.rollback()?;
            }
            savepoint.commit()?;
        }
        transaction.commit()?;
        Ok(())
    })();
    match outcome {
        Ok(()) => {
            // Work that changed no row wakes nobody: else two jobs that only look would wake each other for ever.
            if connection.total_changes() != rows_before {
                committed.send_modify(|groups| *groups += 1);
            }
            answers.into_iter().for_each(|answer| answer(Ok(())));
        }
        Err(error) => {
            tracing::error!(%error, cause = ?std::error::Error::source(&error).map(ToString::to_string), "a group of writes failed");
            let full = is_full(&error);
            for answer in answers {
                answer(Err(if full { StoreError::Full } else { StoreError::RolledBack }));
            }
        }
    }
}

fn is_full(error: &StoreError) -> bool {
    matches!(error, StoreError::Database(rusqlite::Error::SqliteFailure(failure, _)) if failure.code == ErrorCode::DiskFull)
}
