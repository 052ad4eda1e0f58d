//! What searches see: one committed state of the text index with the tables in memory that belong to it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{PoisonError, RwLock};

use tantivy::collector::Count;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, Index, IndexReader, ReloadPolicy, Searcher, TERMINATED, TantivyDocument, Term};
use uuid::Uuid;

use super::schema::Fields;
use super::stored::{self, Summary};
use super::tables::Tables;
use super::{EngineError, disk};
use crate::image::near::NearHashes;
use crate::record::{Record, Sequence, Side};
use crate::text::marks::Counts;

/// More terms than this are not remembered between searches.
const FREQUENCIES_MAX: usize = 400_000;
/// How many records say all of several terms is remembered for so many sets of terms.
const CONJUNCTIONS_MAX: usize = 50_000;
/// Blocks of stored records that each segment keeps unpacked, 16 KiB each.
const STORE_CACHE_BLOCKS: usize = 64;

/// One committed state.
pub(super) struct State {
    pub(super) fields: Fields,
    pub(super) searcher: Searcher,
    pub(super) checkpoint: Sequence,
    sides: [Tables; 2],
    /// How many records of each side say a term, as far as it was asked.
    frequencies: RwLock<HashMap<Box<str>, [u32; 2]>>,
    /// How many offered records say all of several terms, likewise.
    conjunctions: RwLock<HashMap<Box<str>, u64>>,
}

/// A committed change of the tables.
pub(super) enum TableChange {
    Put(Summary),
    Remove { side: Side, id: Uuid },
}

/// The reader that [`State`]s take their searchers from; reloaded by hand, so that text and tables change together.
pub(super) fn reader(index: &Index) -> Result<IndexReader, EngineError> {
    let builder = index.reader_builder().reload_policy(ReloadPolicy::Manual);
    Ok(builder.doc_store_cache_num_blocks(STORE_CACHE_BLOCKS).try_into()?)
}

impl State {
    /// Fills the tables from the index. tantivy panics on some damaged files; that is damage as any other.
    pub(super) fn load(index: &Index, reader: &IndexReader, fields: &Fields) -> Result<Self, EngineError> {
        catch_unwind(AssertUnwindSafe(|| Self::fill(index, reader, fields)))
            .unwrap_or_else(|_| Err(EngineError::Damaged("reading it panicked".to_owned())))
    }

    fn fill(index: &Index, reader: &IndexReader, fields: &Fields) -> Result<Self, EngineError> {
        reader.reload()?;
        let searcher = reader.searcher();
        let mut state = Self {
            fields: fields.clone(),
            searcher: searcher.clone(),
            checkpoint: disk::committed(index)?,
            sides: [Tables::default(), Tables::default()],
            frequencies: RwLock::default(),
            conjunctions: RwLock::default(),
        };
        for segment in searcher.segment_readers() {
            let store = segment.get_store_reader(1)?;
            for document in store.iter::<TantivyDocument>(segment.alive_bitset()) {
                let document = document?;
                let bytes = fields
                    .record_bytes(&document)
                    .ok_or_else(|| EngineError::Damaged("no record".to_owned()))?;
                let summary = Summary::read(bytes)?;
                state.sides[usize::from(stored::side_number(summary.side))].load(summary);
            }
        }
        state.sides.iter_mut().for_each(Tables::loaded);
        if state.records() != searcher.num_docs() {
            return Err(EngineError::Damaged("a record stands in it twice".to_owned()));
        }
        Ok(state)
    }

    /// The photos of either side merged, where that is due. Takes seconds for millions, and changes nothing yet, so that
    /// searches go on meanwhile.
    pub(super) fn merged_photos(&self) -> [Option<NearHashes>; 2] {
        [0, 1].map(|side: usize| {
            let photos = &self.sides[side].photos;
            photos.merge_due().then(|| photos.merged())
        })
    }

    /// Goes on to the next commit. Merged photos are of this state; those they replace are left in their place, to be dropped
    /// when searches no longer wait.
    pub(super) fn advance(
        &mut self,
        searcher: Searcher,
        changes: Vec<TableChange>,
        checkpoint: Sequence,
        merged: &mut [Option<NearHashes>; 2],
    ) {
        for (tables, merged) in self.sides.iter_mut().zip(merged) {
            if let Some(merged) = merged {
                std::mem::swap(&mut tables.photos, merged);
            }
        }
        for change in changes {
            self.apply(change);
        }
        self.searcher = searcher;
        self.checkpoint = checkpoint;
        self.frequencies.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        self.conjunctions.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn apply(&mut self, change: TableChange) {
        match change {
            TableChange::Put(summary) => self.sides[usize::from(stored::side_number(summary.side))].put(summary),
            TableChange::Remove { side, id } => self.sides[usize::from(stored::side_number(side))].remove(id),
        }
    }

    pub(super) fn tables(&self, side: Side) -> &Tables {
        &self.sides[usize::from(stored::side_number(side))]
    }

    /// How many records stand on both sides.
    pub(super) fn records(&self) -> u64 {
        self.sides.iter().map(|tables| tables.len() as u64).sum()
    }

    /// How many records of the registered and of the offered side say a term. Deleted records count until their segment
    /// is merged.
    pub(super) fn frequencies(&self, term: &str) -> Result<[u32; 2], EngineError> {
        if let Some(known) = self.frequencies.read().unwrap_or_else(PoisonError::into_inner).get(term) {
            return Ok(*known);
        }
        let mut counts = [0; 2];
        for (count, side) in counts.iter_mut().zip([Side::Registered, Side::Offered]) {
            let found = self
                .searcher
                .doc_freq(&Term::from_field_text(self.fields.terms(side), term))?;
            *count = u32::try_from(found).unwrap_or(u32::MAX);
        }
        let mut known = self.frequencies.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= FREQUENCIES_MAX {
            known.clear();
        }
        known.insert(term.into(), counts);
        Ok(counts)
    }

    /// How many offered records say all of these terms, deleted ones left out.
    fn offering_all(&self, terms: &[String]) -> Result<u64, EngineError> {
        let key = terms.join(" ");
        if let Some(known) = (self.conjunctions.read().unwrap_or_else(PoisonError::into_inner)).get(key.as_str()) {
            return Ok(*known);
        }
        let field = self.fields.terms(Side::Offered);
        let all = (terms.iter()).map(|term| {
            let term = TermQuery::new(Term::from_field_text(field, term), IndexRecordOption::Basic);
            (Occur::Must, Box::new(term) as Box<dyn Query>)
        });
        let count = self.searcher.search(&BooleanQuery::new(all.collect()), &Count)? as u64;
        let mut known = self.conjunctions.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= CONJUNCTIONS_MAX {
            known.clear();
        }
        known.insert(key.into(), count);
        Ok(count)
    }

    /// Reads a whole record back.
    pub(super) fn record(&self, side: Side, id: Uuid) -> Result<Option<Record>, EngineError> {
        let key = self.fields.key(side, id);
        for (ordinal, segment) in (0..).zip(self.searcher.segment_readers()) {
            let index = segment.inverted_index(key.field())?;
            let Some(mut postings) = index.read_postings(&key, IndexRecordOption::Basic)? else {
                continue;
            };
            while postings.doc() != TERMINATED {
                if segment.alive_bitset().is_none_or(|alive| alive.is_alive(postings.doc())) {
                    let document: TantivyDocument = self.searcher.doc(DocAddress::new(ordinal, postings.doc()))?;
                    let bytes = self.fields.record_bytes(&document);
                    return Ok(Some(stored::read(
                        bytes.ok_or_else(|| EngineError::Damaged("no record".to_owned()))?,
                    )?));
                }
                postings.advance();
            }
        }
        Ok(None)
    }
}

/// What the comparison of two texts asks.
impl Counts for &State {
    type Error = EngineError;

    fn saying(&mut self, term: &str) -> Result<u64, EngineError> {
        Ok(self.frequencies(term)?.into_iter().map(u64::from).sum())
    }

    fn offering(&mut self, term: &str) -> Result<u64, EngineError> {
        let [_, offered] = self.frequencies(term)?;
        Ok(u64::from(offered))
    }

    fn offering_all(&mut self, terms: &[String]) -> Result<u64, EngineError> {
        State::offering_all(self, terms)
    }
}
