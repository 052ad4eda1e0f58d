//! The one writer: a thread that groups what waits into one transaction and answers after the commit.
//!
//! A piece of work that fails is rolled back alone, to its own savepoint; the others of the group stay. Work that gives way has
//! a group of its own, until somebody else waits, who then shares its commit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use tokio::sync::watch;

use super::waiting::{Lane, Waiting};
use super::{Reader, StoreError, Tx, checkpoints};
use crate::domain::time::Clock;

/// At most this many pieces that give way share a commit.
const GIVING_WAY_MAX: usize = 8;
/// So many commits may pass over what gives way; then some of it shares the next, else it would never come to its end…
const PASSED_OVER_MAX: u32 = 8;
/// …for about so long.
const SHARED_MAX: Duration = Duration::from_millis(5);

/// One piece of work. It runs inside the transaction and hands back what to do once the commit is known.
pub(super) type Work = Box<dyn FnOnce(&mut Tx<'_>) -> Attempt + Send>;

/// What a piece of work leaves behind: whether its changes stay, and how its caller is told.
pub(super) struct Attempt {
    keep: bool,
    answer: Answer,
}

type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A handle to the writer thread.
#[derive(Clone)]
pub(super) struct Writer {
    waiting: Arc<Waiting>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    commits: watch::Receiver<u64>,
}

impl Writer {
    pub(super) fn start(mut connection: Connection, path: &Path, clock: Clock) -> Result<Self, StoreError> {
        let waiting = Arc::new(Waiting::default());
        let (committed, commits) = watch::channel(0);
        let serving = Arc::clone(&waiting);
        let checkpoints = checkpoints::beside(&mut connection, path.to_owned())?;
        let thread = std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            serve(&mut connection, &serving, &clock, &committed);
            checkpoints::end(connection, checkpoints);
        })?;
        Ok(Self {
            waiting,
            thread: Arc::new(Mutex::new(Some(thread))),
            commits,
        })
    }

    pub(super) async fn run<T, E>(
        &self,
        lane: Lane,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        self.waiting
            .add(lane, attempt(work, move |result| drop(sender.send(result))))
            .map_err(E::from)?;
        receiver.await.unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    pub(super) fn run_blocking<T, E>(
        &self,
        lane: Lane,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (sender, receiver) = channel();
        self.waiting
            .add(lane, attempt(work, move |result| drop(sender.send(result))))
            .map_err(E::from)?;
        receiver.recv().unwrap_or_else(|_| Err(StoreError::Stopped.into()))
    }

    /// Changes whenever a group was committed.
    pub(super) fn commits(&self) -> watch::Receiver<u64> {
        self.commits.clone()
    }

    /// Lets the thread finish what is queued, and waits for it.
    pub(super) fn stop(&self) {
        self.waiting.close();
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the store's writer had panicked");
        }
    }
}

/// Whose turn it is in a group.
#[derive(Default)]
struct Turns {
    /// Commits in a row that passed over what gives way.
    passed_over: u32,
}

impl Turns {
    /// How many pieces that give way are done in a group: none where somebody waits for the commit, until they were passed over
    /// too often.
    fn giving_way(&mut self, somebody_waits: bool) -> usize {
        if !somebody_waits {
            self.passed_over = 0;
            return GIVING_WAY_MAX;
        }
        if self.passed_over < PASSED_OVER_MAX {
            self.passed_over += 1;
            return 0;
        }
        self.passed_over = 0;
        GIVING_WAY_MAX
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

fn serve(connection: &mut Connection, waiting: &Waiting, clock: &Clock, committed: &watch::Sender<u64>) {
    let mut turns = Turns::default();
    while waiting.wait() {
        let rows_before = connection.total_changes();
        let mut answers = Vec::new();
        let outcome = serve_group(connection, waiting, clock, &mut turns, &mut answers);
        metrics::histogram!("replevin_store_group_size").record(f64::from(u32::try_from(answers.len()).unwrap_or(u32::MAX)));
        // Work that changed no row wakes nobody: else two jobs that only look would wake each other for ever.
        if outcome.is_ok() && connection.total_changes() != rows_before {
            committed.send_modify(|groups| *groups += 1);
        }
        tell(answers, outcome);
    }
}

/// Does what waits, in one transaction: what is prompt, or else some of what gives way, and what came in while that was done.
fn serve_group(
    connection: &mut Connection,
    waiting: &Waiting,
    clock: &Clock,
    turns: &mut Turns,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let mut group = waiting.prompt();
    let begun = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let mut transaction = match begun {
        Ok(transaction) => transaction,
        Err(error) => {
            // Nobody is left waiting for an answer.
            group.extend(waiting.giving_way());
            drop(group);
            return Err(error.into());
        }
    };
    let is_shared = !group.is_empty();
    let mut run = |work, is_shared| serve_one(&mut transaction, work, (waiting, is_shared), clock, answers);
    group.into_iter().try_for_each(|work| run(work, false))?;
    let (pieces, began) = (turns.giving_way(is_shared && waiting.is_giving_way()), Instant::now());
    for _ in 0..pieces {
        let Some(work) = waiting.giving_way() else { break };
        run(work, is_shared)?;
        if is_shared && began.elapsed() >= SHARED_MAX {
            break;
        }
        if waiting.is_prompt() && !is_shared {
            waiting.prompt().into_iter().try_for_each(|work| run(work, false))?;
            break;
        }
    }
    Ok(transaction.commit()?)
}

fn serve_one(
    transaction: &mut Transaction<'_>,
    work: Work,
    (waiting, is_shared): (&Waiting, bool),
    clock: &Clock,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    let mut savepoint = transaction.savepoint()?;
    let now = clock.now();
    let run = catch_unwind(AssertUnwindSafe(|| {
        work(&mut Tx {
            reader: Reader { connection: &savepoint },
            now,
            waiting: Some(waiting),
            is_shared,
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
    Ok(savepoint.commit()?)
}

/// Tells everybody in a group what became of it.
fn tell(answers: Vec<Answer>, outcome: Result<(), StoreError>) {
    let Err(error) = outcome else {
        return answers.into_iter().for_each(|answer| answer(Ok(())));
    };
    tracing::error!(%error, cause = ?std::error::Error::source(&error).map(ToString::to_string), "a group of writes failed");
    let full = is_full(&error);
    for answer in answers {
        answer(Err(if full { StoreError::Full } else { StoreError::RolledBack }));
    }
}

fn is_full(error: &StoreError) -> bool {
    matches!(error, StoreError::Database(rusqlite::Error::SqliteFailure(failure, _)) if failure.code == ErrorCode::DiskFull)
}
