//! The board of feeds that are being fetched, or wait for it: how far each is. Kept in memory only; how a run ended stands in the
//! store.
//!
//! Owns who writes and who reads. What a run is, and when it ends, is for the job that pulls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Intake;
use crate::domain::feed::PullProgress;
use crate::domain::ids::FeedId;
use crate::domain::time::Timestamp;

/// Who is under way, and who waits. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct PullBoard(Arc<Mutex<Board>>);

#[derive(Debug, Default)]
struct Board {
    rows: HashMap<FeedId, PullProgress>,
    /// Feeds that are due and have no place yet, with when they were due, in the order in which they come.
    waiting: Vec<(FeedId, Timestamp)>,
    /// Feeds under way that wait for their next part, in the order in which they come.
    queue: Vec<FeedId>,
}

impl PullBoard {
    fn open(&self) -> MutexGuard<'_, Board> {
        // Nothing panics while it is held; what is in it stays true all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self, feed: FeedId) -> Option<PullProgress> {
        let board = self.open();
        let place = |at: Option<usize>| at.map(|before| before as u64);
        if let Some(row) = board.rows.get(&feed) {
            return Some(PullProgress {
                before: place(board.queue.iter().position(|other| *other == feed)),
                ..*row
            });
        }
        let at = board.waiting.iter().position(|(other, _)| *other == feed)?;
        Some(PullProgress {
            before: place(Some(at)),
            ..PullProgress::begun(board.waiting[at].1)
        })
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
        let mut board = self.board.open();
        board.rows.remove(&self.feed);
        board.queue.retain(|feed| *feed != self.feed);
    }
}

impl PullRow {
    /// Changes what stands in the row.
    pub fn note(&self, change: impl FnOnce(&mut PullProgress)) {
        if let Some(row) = self.0.board.open().rows.get_mut(&self.0.feed) {
            change(row);
        }
    }

    /// Waits for its next part, behind those that wait already.
    pub fn waits(&self) {
        self.0.board.open().queue.push(self.0.feed);
    }

    /// Waits no longer.
    pub fn goes_on(&self) {
        self.0.board.open().queue.retain(|feed| *feed != self.0.feed);
    }
}

impl Intake {
    /// Puts a feed on the board whose fetching has begun.
    #[must_use]
    pub fn pull_begins(&self, feed: FeedId, started_at: Timestamp) -> PullRow {
        let board = self.0.pulls.clone();
        board.open().rows.insert(feed, PullProgress::begun(started_at));
        PullRow(Arc::new(Row { board, feed }))
    }

    /// Says which feeds are due and have no place yet, each with when it was due, in the order in which they come.
    pub fn pulls_wait(&self, waiting: Vec<(FeedId, Timestamp)>) {
        self.0.pulls.open().waiting = waiting;
    }

    /// How far fetching a feed is, or how many come before it; none when it is neither being fetched nor due.
    #[must_use]
    pub fn pull_progress(&self, feed: FeedId) -> Option<PullProgress> {
        self.0.pulls.progress(feed)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_knows_how_many_come_before() {
        let (board, now) = (PullBoard::default(), Timestamp::default());
        let feeds: Vec<FeedId> = (0..3).map(|_| FeedId::generate(now)).collect();
        let row = |feed| {
            board.open().rows.insert(feed, PullProgress::begun(now));
            PullRow(Arc::new(Row {
                board: board.clone(),
                feed,
            }))
        };
        let (one, two) = (row(feeds[0]), row(feeds[1]));
        board.open().waiting = vec![(feeds[2], now)];
        let before = |feed: FeedId| board.progress(feed).unwrap().before;
        assert_eq!((before(feeds[0]), before(feeds[2])), (None, Some(0)));
        one.waits();
        two.waits();
        assert_eq!((before(feeds[0]), before(feeds[1])), (Some(0), Some(1)));
        one.goes_on();
        assert_eq!((before(feeds[0]), before(feeds[1])), (None, Some(0)));
        drop(two);
        assert!(board.progress(feeds[1]).is_none() && board.open().queue.is_empty());
    }
}
