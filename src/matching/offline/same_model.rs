//! Whether an item and a listing from files name the same model: the learned score of two texts, which no report weighs, and how near
//! the top a search by words brings the item.

use replevin_index::text::same_model::SameModel;
use replevin_index::{Engine, EngineOptions};

use super::{OfflineItem, OfflineListing, OfflineStage, Sides, TemporaryDirectory, id};
use crate::matching::MatchingError;

/// Both sides in an index of their own, which counts how common words are. All items are in it, stolen or not.
pub struct SameModels {
    sides: Sides,
    engine: Engine,
    // The engine's files; taken away after it.
    _dir: TemporaryDirectory,
}

impl SameModels {
    /// Builds the index. `progress` is told how many records of how many are in it, and can end the work.
    ///
    /// # Errors
    /// When the index fails, which lives in a directory for temporary files, or when `progress` does.
    pub fn new<E: From<MatchingError>>(
        items: &[OfflineItem],
        listings: &[OfflineListing],
        mut progress: impl FnMut(OfflineStage, usize, usize) -> Result<(), E>,
    ) -> Result<Self, E> {
        let dir = TemporaryDirectory::new().map_err(|error| MatchingError::Engine(error.into()))?;
        let sides = Sides::new(&items.iter().collect::<Vec<_>>(), listings);
        let engine = Engine::open(dir.path(), EngineOptions::default()).map_err(MatchingError::from)?;
        sides.index(&engine, &mut progress)?;
        Ok(Self {
            sides,
            engine,
            _dir: dir,
        })
    }

    /// What the texts of two records, named by their places in the files, say of their being the same model; nothing when one
    /// has no title.
    ///
    /// # Errors
    /// When the index fails.
    ///
    /// # Panics
    /// When there is no such record.
    pub fn score(&self, item: usize, listing: usize) -> Result<Option<SameModel>, MatchingError> {
        let (ours, theirs) = (&self.sides.items[item].record.text, &self.sides.listings[listing].record.text);
        Ok(self.engine.same_model(ours, theirs)?)
    }

    /// The place of an item among those that the words of a listing bring up, the best is 0; nothing when they do not.
    ///
    /// # Errors
    /// When the index fails.
    ///
    /// # Panics
    /// When there is no such listing.
    pub fn rank(&self, item: usize, listing: usize) -> Result<Option<u32>, MatchingError> {
        let hits = self.engine.search(&self.sides.listings[listing].record)?;
        let found = hits.iter().find(|hit| hit.id == id(item));
        Ok(found.and_then(|hit| hit.text).map(|text| text.rank))
    }
}
