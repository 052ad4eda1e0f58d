//! The store: the truth, in one SQLite database. The only SQL of the service.
//!
//! Owns transactions, migrations, the audit chain and one file of queries an aggregate. All writing goes through one thread
//! that groups what arrives together into one transaction and answers after the commit; reading goes through a small pool.
//! The only door to a write names actor and action ([`Store::act`]) and appends the audit entry in the same transaction; the
//! bookkeeping of the service's own jobs ([`Store::keep`]) may append none, and what somebody keeps for themselves alone
//! ([`Store::keep_promptly`]) appends none. Leaves rules (who may, when, under which letter) to
//! its callers, who ask them inside the transaction.

mod accounts;
mod answers;
mod arrivals;
mod audit;
mod beside;
mod blind_reviews;
mod changes;
mod checkpoints;
mod decoys;
mod deliveries;
mod digests;
mod disclosure_notices;
mod disclosures;
mod error;
mod evidence_packs;
mod feed_pulls;
mod feeds;
mod figures;
mod form_drafts;
mod holds;
mod item_revisions;
mod items;
mod leads;
mod letters;
mod listing_photos;
mod listings;
mod messages;
mod migrate;
mod numbers;
mod outbox;
mod ownership_proofs;
mod partners;
mod photo_files;
mod photo_hosts;
mod photo_numbers;
mod photos;
mod places;
mod pool;
mod push_keys;
mod quarantine;
mod questions;
mod queue;
mod queue_rows;
mod report_photos;
mod report_questions;
mod reports;
mod rows;
mod saved_searches;
mod series;
mod settings;
mod spool;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod theft_reports;
mod tokens;
mod upkeep;
mod waiting;
mod webhooks;
mod writer;

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use crate::domain::audit::Act;
use crate::domain::time::{Clock, Timestamp};

pub use accounts::Session;
pub use answers::{Answered, NewAnswer};
pub use audit::{AuditFilter, ChainFault, Checkpoint};
pub use beside::ReadOnlyStore;
pub use changes::{ChangeRow, ChangedThing};
pub use digests::Digest;
pub use error::StoreError;
pub use figures::{DecisionRow, LookRow, YardstickRow};
pub use form_drafts::FormFields;
pub use listing_photos::PhotoTask;
pub use listings::{ListingHeading, Revision, Upserted};
pub use outbox::{DueEffect, Effect, Lanes};
pub use photo_files::{FoundFile, Keeping, PhotoFiles, Removing};
pub use photo_hosts::FetchedBefore;
pub use photos::PhotoUses;
pub use questions::QuestionPlace;
pub use queue::{Grouping, QueueFilter, QueueOrder, QueuePart, QueuePlace, QueueQuery, QueueRow};
pub use reports::Raised;
pub use saved_searches::SearchHit;
pub use series::{Link, SeriesRow};
pub use spool::{Spool, SpoolPlace};
pub use tokens::{Bearer, TokenSummary};
pub use upkeep::check_integrity;

/// The database of the service. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: writer::Writer,
    readers: Arc<pool::Pool>,
    clock: Clock,
}

/// A consistent view of the database for as long as it lives. The query functions of each aggregate hang here.
pub struct Reader<'c> {
    connection: &'c Connection,
}

/// An open write transaction. Reads as a [`Reader`]; the writing functions of each aggregate hang here.
pub struct Tx<'c> {
    reader: Reader<'c>,
    now: Timestamp,
    /// Who waits for the writer; none outside it.
    waiting: Option<&'c waiting::Waiting>,
    /// Whether somebody waits for the commit of this transaction who need not wait for this work.
    is_shared: bool,
}

impl<'c> std::ops::Deref for Tx<'c> {
    type Target = Reader<'c>;

    fn deref(&self) -> &Reader<'c> {
        &self.reader
    }
}

impl Tx<'_> {
    /// The instant at which this transaction happens.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Whether somebody waits who need not wait for the rest of work that gives way: see [`Store::act_giving_way`].
    #[must_use]
    pub fn others_wait(&self) -> bool {
        self.is_shared || self.waiting.is_some_and(waiting::Waiting::is_prompt)
    }

    /// Does a part of the work that may fail alone: then what it wrote is taken back, and the rest of the transaction stays.
    ///
    /// # Errors
    /// What `work` returns, or a failure of the database.
    pub fn apart<T, E: From<StoreError>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let run = |sql| self.reader.connection.execute_batch(sql).map_err(StoreError::from);
        run("SAVEPOINT apart")?;
        let done = work(self);
        let connection = self.reader.connection;
        let end = if done.is_ok() {
            "RELEASE apart"
        } else {
            "ROLLBACK TO apart; RELEASE apart"
        };
        connection.execute_batch(end).map_err(StoreError::from)?;
        done
    }
}

impl Store {
    /// Opens the database at `path`, creating and migrating it as needed.
    ///
    /// # Errors
    /// When the file cannot be used, or was written by a newer version of the program.
    pub fn open(path: &Path, clock: Clock) -> Result<Self, StoreError> {
        let mut connection = pool::connect(path)?;
        migrate::migrate(&mut connection)?;
        queue_rows::file_missing(&mut connection, clock.now())?;
        let readers = Arc::new(pool::Pool::new(path));
        Ok(Self {
            writer: writer::Writer::start(connection, path, clock.clone())?,
            readers,
            clock,
        })
    }

    /// Does an act: runs `work` in a write transaction and appends the act's audit entry in the same transaction. Returns when
    /// both are durable. When `work` fails nothing is written.
    ///
    /// # Errors
    /// What `work` returns, or a failure of the database.
    pub async fn act<T, E>(&self, act: Act, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.act_with(move |tx| Ok((work(tx)?, vec![act]))).await
    }

    /// Like [`Store::act`] for work that only knows at its end what was done: it returns the acts to log, at least one.
    ///
    /// # Errors
    /// What `work` returns, or a failure of the database.
    pub async fn act_with<T, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<(T, Vec<Act>), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.run(waiting::Lane::Prompt, move |tx| logged(tx, work)).await
    }

    /// Like [`Store::act_with`] for one of many pieces of work that follow each other: whatever else waits is done first, but for a little of it in every ninth commit. It should
    /// end soon after [`Tx::others_wait`] says so.
    ///
    /// # Errors
    /// As [`Store::act_with`].
    pub async fn act_giving_way<T, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<(T, Vec<Act>), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.run(waiting::Lane::GivesWay, move |tx| logged(tx, work)).await
    }

    /// [`Store::act_with`] for callers outside the asynchronous runtime.
    ///
    /// # Errors
    /// As [`Store::act_with`].
    pub fn act_with_blocking<T, E>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<(T, Vec<Act>), E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.run_blocking(waiting::Lane::Prompt, move |tx| logged(tx, work))
    }

    /// Writes a job's own bookkeeping (cursors, tries, expiries), behind whatever somebody waits for. It may return acts to log, and
    /// none when it did nothing that concerns anybody.
    ///
    /// # Errors
    /// What `work` returns, or a failure of the database.
    pub fn keep<T, E>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<(T, Vec<Act>), E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.run_blocking(waiting::Lane::GivesWay, move |tx| {
            let (value, acts) = work(tx)?;
            tx.append_entries(&acts)?;
            Ok(value)
        })
    }

    /// Writes what concerns nobody but the person who waits for it, such as a form begun: nothing is logged.
    ///
    /// # Errors
    /// What `work` returns, or a failure of the database.
    pub async fn keep_promptly<T, E>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.run(waiting::Lane::Prompt, work).await
    }

    /// Reads. For what shows somebody's personal data use [`Store::act`], which leaves an entry.
    ///
    /// # Errors
    /// What `work` returns, or a failure of the database.
    pub async fn read<T, E>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let readers = Arc::clone(&self.readers);
        match tokio::task::spawn_blocking(move || readers.read(work)).await {
            Ok(result) => result,
            Err(_) => Err(StoreError::Stopped.into()),
        }
    }

    /// [`Store::read`] for callers outside the asynchronous runtime.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_blocking<T, E: From<StoreError>>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T, E>) -> Result<T, E> {
        self.readers.read(work)
    }

    /// Changes whenever something was committed: what jobs wait for.
    #[must_use]
    pub fn commits(&self) -> tokio::sync::watch::Receiver<u64> {
        self.writer.commits()
    }

    /// The clock that this store stamps with.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Commits what was accepted, stops the writer and folds the write-ahead log into the database.
    pub fn close(&self) {
        self.writer.stop();
    }
}

fn logged<T, E: From<StoreError>>(tx: &mut Tx<'_>, work: impl FnOnce(&mut Tx<'_>) -> Result<(T, Vec<Act>), E>) -> Result<T, E> {
    let (value, acts) = work(tx)?;
    if acts.is_empty() {
        return Err(StoreError::Unlogged.into());
    }
    tx.append_entries(&acts)?;
    Ok(value)
}
