//! The board of feeds that are being fetched: how far each is. Kept in memory only; how a run ended stands in the store.
//!
//! Owns who writes and who reads. What a run is, and when it ends, is for the job that pulls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Intake;
use crate::domain::feed::PullProgress;
use crate::domain::ids::FeedId;
use crate::domain::time::Timestamp;

/// Who is under way. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct PullBoard(Arc<Mutex<HashMap<FeedId, PullProgress>>>);

impl PullBoard {
    fn rows(&self) -> MutexGuard<'_, HashMap<FeedId, PullProgress>> {
        // Nothing panics while it is held; what is in it stays true all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A feed's row on the board, taken off when this is dropped. Clones are the same row.
#[derive(Debug, Clone)]
pub struct PullRow(Arc<Row>);

#[derive(Debug)]
struct Row {
    board: PullBoard,
    feed: FeedId,
}

impl Drop for Row {
    fn drop(&mut self) {
        self.board.rows().remove(&self.feed);
    }
}

impl PullRow {
    /// Changes what stands in the row.
    pub fn note(&self, change: impl FnOnce(&mut PullProgress)) {
        if let Some(row) = self.0.board.rows().get_mut(&self.0.feed) {
            change(row);
        }
    }
}

impl Intake {
    /// Puts a feed on the board whose fetching has begun.
    #[must_use]
    pub fn pull_begins(&self, feed: FeedId, started_at: Timestamp) -> PullRow {
        let board = self.0.pulls.clone();
        board.rows().insert(feed, PullProgress::begun(started_at));
        PullRow(Arc::new(Row { board, feed }))
    }

    /// How far fetching a feed is; none when it is not being fetched.
    #[must_use]
    pub fn pull_progress(&self, feed: FeedId) -> Option<PullProgress> {
        self.0.pulls.rows().get(&feed).copied()
    }
}
