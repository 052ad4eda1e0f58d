//! The index over both sides: `apply` changes, `commit` them, `search` the opposite side, ask for the `checkpoint`.
//!
//! Owns the on-disk state (one tantivy index that also stores each record's identifiers, fingerprints and features) and the
//! tables in memory that are filled from it on opening. It is derived: deleting its directory loses nothing, the caller applies its
//! changes again from [`Sequence`] 0. There is one commit point for everything, so all parts show the same checkpoint.
//!
//! Reading order: here, [`disk`] (directory, payload), [`schema`] and [`stored`] (what lies on disk), [`tables`] (what lies in
//! memory), [`state`] (both, as one commit), [`search`], [`parts`] and [`by_words`]; [`words`] keeps texts that were read lately.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tantivy::directory::error::OpenReadError;
use tantivy::{Index, IndexReader, IndexWriter, TantivyError};
use uuid::Uuid;

use self::schema::Fields;
use self::state::{State, TableChange};
use self::stored::Summary;
use self::words::RecentWords;
use crate::hit::Hit;
use crate::image::PhotoFingerprint;
use crate::record::{Change, Record, RecordText, Sequence, Side};
use crate::text::agreement::agreement;
use crate::text::same_model::{self, SameModel};

mod by_words;
mod disk;
mod parts;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
mod schema;
mod search;
mod state;
mod stored;
mod tables;
#[cfg(test)]
mod tests;
mod words;

pub use self::stored::StoredError;
pub use crate::text::agreement::TextAgreement;

/// How near a photo must be to be a hit, where nothing else is asked for, in bits. Watermarks move up to 40 bits (31 finds
/// 92 % of them, 40 finds 99 %, of 200 photos), and none of 55 million pairs of different photos lay that near; what such a
/// hit is worth, and that it is worth less between 32 and 40, is the caller's to weigh.
const PHOTO_RADIUS_BITS: u16 = 40;
/// tantivy refuses to write with less memory than this, in bytes.
const WRITER_MEMORY_BYTES_MIN: usize = 15_000_000;
/// A file that a merge deletes while it is read looks damaged; so often the check starts over.
const VALIDATE_ATTEMPTS: usize = 4;

/// How an engine is opened.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Memory that tantivy may use before it writes a segment, in bytes; at least 15 MB are used.
    pub writer_memory_bytes: usize,
    /// At most this many text candidates a search.
    pub text_candidates_max: usize,
    /// PDQ distance up to which a photo is a hit, in bits; at most 48.
    pub photo_radius_bits: u16,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            writer_memory_bytes: 64_000_000,
            text_candidates_max: 50,
            photo_radius_bits: PHOTO_RADIUS_BITS,
        }
    }
}

/// Why the engine could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The directory could not be read or written.
    #[error("index directory")]
    Io(#[from] std::io::Error),
    /// Another process has the index open.
    #[error("index is open elsewhere")]
    Locked,
    /// The text index failed.
    #[error("text index")]
    Index(#[from] TantivyError),
    /// A stored record does not read.
    #[error("stored record")]
    Stored(#[from] StoredError),
    /// A record or the commit payload could not be encoded.
    #[error("encoding")]
    Encode(#[from] serde_json::Error),
    /// The index is damaged: open it again, or [`Engine::clear`] it.
    #[error("damaged index: {0}")]
    Damaged(String),
}

impl EngineError {
    /// Whether the index is unusable as it lies there, as opposed to a machine that refuses to read it just now: whoever
    /// meets it calls [`Engine::clear`] and applies everything again.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        disk::is_damage(self)
    }
}

/// The search engine. Cheap to share behind an `Arc`; one thread applies and commits, any number search.
///
/// Searches see exactly what is committed: text, identifiers and photos of one commit, never parts of two. After an error
/// of [`Engine::apply`] or [`Engine::commit`] whatever was applied since [`Engine::checkpoint`] is forgotten and must be
/// applied again; applying twice does no harm.
pub struct Engine {
    dir: PathBuf,
    options: EngineOptions,
    fields: Fields,
    // Locked before `state`, never the other way round.
    writing: Mutex<Writing>,
    state: RwLock<State>,
    words: RecentWords,
    _lock: disk::DirectoryLock,
}

/// What only the applying thread uses.
struct Writing {
    index: Index,
    reader: IndexReader,
    /// Created when first needed and after each failure.
    writer: Option<IndexWriter>,
    /// Changes of the tables since the last commit.
    pending: Vec<TableChange>,
    /// The last applied change.
    through: Sequence,
}

impl Engine {
    /// Opens the index in `dir`, creating it when it is missing. An index of another format version, or a damaged one, is
    /// emptied, which shows as checkpoint 0.
    pub fn open(dir: &Path, options: EngineOptions) -> Result<Self, EngineError> {
        let lock = disk::lock(dir)?;
        let fields = Fields::new();
        let (writing, state) = match open_parts(dir, &fields) {
            Err(error) if disk::is_damage(&error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "search index is damaged and is emptied"
                );
                disk::empty(dir)?;
                open_parts(dir, &fields)?
            }
            parts => parts?,
        };
        let (writing, state) = (Mutex::new(writing), RwLock::new(state));
        Ok(Self {
            dir: dir.to_owned(),
            options,
            fields,
            writing,
            state,
            words: RecentWords::default(),
            _lock: lock,
        })
    }

    /// Applies changes in their order; `through` is the sequence number of the last. They are searchable after
    /// [`Engine::commit`]. Applying a change again, or changing a record several times before a commit, leaves what the
    /// last change says.
    pub fn apply(&self, changes: Vec<Change>, through: Sequence) -> Result<(), EngineError> {
        let mut writing = self.writing();
        let applied = self.add(&mut writing, changes);
        match applied {
            Ok(()) => writing.through = writing.through.max(through),
            Err(_) => self.forget_uncommitted(&mut writing),
        }
        applied
    }

    /// Makes everything applied durable and searchable; returns the new checkpoint.
    pub fn commit(&self) -> Result<Sequence, EngineError> {
        let mut writing = self.writing();
        let checkpoint = self.checkpoint();
        if writing.pending.is_empty() && writing.through == checkpoint {
            return Ok(checkpoint);
        }
        let committed = self.commit_pending(&mut writing);
        if committed.is_err() {
            self.forget_uncommitted(&mut writing);
        }
        committed
    }

    /// The last change that is durable and searchable in every part.
    #[must_use]
    pub fn checkpoint(&self) -> Sequence {
        self.state().checkpoint
    }

    /// Finds the records of the opposite side that are near the query by any way of finding. The query itself need not be
    /// in the index. Nearest first: by identifier, then by photo, then by part of a photo, then by
    /// text rank, then by id.
    pub fn search(&self, query: &Record) -> Result<Vec<Hit>, EngineError> {
        search::search(&self.state(), &self.options, query)
    }

    /// Like [`Engine::search`] by identifiers and photos alone: what can tell one object from another of its model, without
    /// the cost of finding what shares words.
    ///
    /// # Errors
    /// As [`Engine::search`].
    pub fn search_individual(&self, query: &Record) -> Result<Vec<Hit>, EngineError> {
        let options = EngineOptions {
            text_candidates_max: 0,
            ..self.options.clone()
        };
        search::search(&self.state(), &options, query)
    }

    /// How much the texts of two records agree, and which distinguishing marks both mention, with the term statistics of the
    /// whole index.
    pub fn text_agreement(&self, registered: &RecordText, offered: &RecordText) -> Result<TextAgreement, EngineError> {
        let (registered, offered) = (self.words.read(registered), self.words.read(offered));
        let state = self.state();
        agreement(&registered, &offered, state.records(), &mut &*state)
    }

    /// How sure it is that two records name the same model, and why, with the same statistics; `None` when either has no title.
    ///
    /// # Errors
    /// A failure of the index.
    pub fn same_model(&self, registered: &RecordText, offered: &RecordText) -> Result<Option<SameModel>, EngineError> {
        let (registered, offered) = (self.words.read(registered), self.words.read(offered));
        let state = self.state();
        same_model::score(&registered, &offered, state.records(), &mut &*state)
    }

    /// How many different sources on the offered side show a photo within the radius of this one. A record without a source
    /// counts as one of its own. Of the photos that show the very same picture, 10,000 are looked at.
    #[must_use]
    pub fn photo_sources(&self, photo: &PhotoFingerprint) -> usize {
        search::photo_sources(&self.state(), self.options.photo_radius_bits, photo)
    }

    /// The ids on a side, in no order.
    #[must_use]
    pub fn ids(&self, side: Side) -> Vec<Uuid> {
        self.state().tables(side).ids().collect()
    }

    /// How many records stand on a side.
    #[must_use]
    pub fn len(&self, side: Side) -> usize {
        self.state().tables(side).len()
    }

    /// Whether no record stands on a side.
    #[must_use]
    pub fn is_empty(&self, side: Side) -> bool {
        self.len(side) == 0
    }

    /// A record as it was committed last; `None` when there is none with this id.
    pub fn record(&self, side: Side, id: Uuid) -> Result<Option<Record>, EngineError> {
        self.state().record(side, id)
    }

    /// Whether every file of the index still has the checksum that it was written with. Reads all of it: seconds for
    /// millions of records. Searches and commits go on meanwhile.
    pub fn validate(&self) -> Result<bool, EngineError> {
        let index = self.writing().index.clone();
        let mut damaged = false;
        for _ in 0..VALIDATE_ATTEMPTS {
            match index.validate_checksum() {
                Ok(files) if files.is_empty() => return Ok(true),
                Ok(_) | Err(TantivyError::OpenReadError(OpenReadError::FileDoesNotExist(_))) => damaged = true,
                Err(error) if disk::is_damage(&EngineError::Index(error.clone())) => damaged = true,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(!damaged)
    }

    /// Forgets everything: checkpoint 0, no records.
    pub fn clear(&self) -> Result<(), EngineError> {
        let mut writing = self.writing();
        // Its threads write into the directory.
        writing.writer = None;
        disk::empty(&self.dir)?;
        let (emptied, state) = open_parts(&self.dir, &self.fields)?;
        *writing = emptied;
        *self.state_mut() = state;
        Ok(())
    }

    fn add(&self, writing: &mut Writing, changes: Vec<Change>) -> Result<(), EngineError> {
        for change in changes {
            match change {
                Change::Put(record) => {
                    let document = self.fields.document(&record)?;
                    let writer = self.writer(writing)?;
                    writer.delete_term(self.fields.key(record.side, record.id));
                    writer.add_document(document)?;
                    writing.pending.push(TableChange::Put(Summary::of(&record)));
                }
                Change::Remove { side, id } => {
                    self.writer(writing)?.delete_term(self.fields.key(side, id));
                    writing.pending.push(TableChange::Remove { side, id });
                }
            }
        }
        Ok(())
    }

    fn commit_pending(&self, writing: &mut Writing) -> Result<Sequence, EngineError> {
        let payload = disk::payload(writing.through)?;
        let mut prepared = self.writer(writing)?.prepare_commit()?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        let checkpoint = disk::committed(&writing.index)?;
        if checkpoint != writing.through {
            return Err(EngineError::Damaged("a commit is not on the disk".to_owned()));
        }
        writing.reader.reload()?;
        let searcher = writing.reader.searcher();
        // No one else changes the state in between.
        let mut merged = self.state().merged_photos();
        self.state_mut()
            .advance(searcher, std::mem::take(&mut writing.pending), checkpoint, &mut merged);
        Ok(checkpoint)
    }

    /// Goes back to the last commit, after a failure: a failed writer stays failed.
    fn forget_uncommitted(&self, writing: &mut Writing) {
        writing.writer = None;
        writing.pending.clear();
        writing.through = self.checkpoint();
        // The failure may have come after the commit was durable: then the disk is ahead of what searches see. If it cannot
        // be read either, the caller goes on from the older checkpoint, and applies again what is there already.
        let ahead = disk::committed(&writing.index).is_ok_and(|durable| durable != writing.through);
        if ahead && let Ok(state) = State::load(&writing.index, &writing.reader, &self.fields) {
            writing.through = state.checkpoint;
            *self.state_mut() = state;
        }
    }

    fn writer<'a>(&self, writing: &'a mut Writing) -> Result<&'a mut IndexWriter, EngineError> {
        let writer = match writing.writer.take() {
            Some(writer) => writer,
            None => writing
                .index
                .writer_with_num_threads(1, self.options.writer_memory_bytes.max(WRITER_MEMORY_BYTES_MIN))?,
        };
        Ok(writing.writer.insert(writer))
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_parts(dir: &Path, fields: &Fields) -> Result<(Writing, State), EngineError> {
    let index = disk::open(dir, fields)?;
    let reader = state::reader(&index)?;
    let state = State::load(&index, &reader, fields)?;
    let through = state.checkpoint;
    Ok((
        Writing {
            index,
            reader,
            writer: None,
            pending: Vec::new(),
            through,
        },
        state,
    ))
}
