//! Quiet questions to owners.

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::rows::{count, from_json, from_word, instant, maybe_instant, micros, to_json, to_word, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::assessment::Assessment;
use crate::domain::ids::{AccountId, ItemId, ListingId, QuestionId};
use crate::domain::question::{OwnersAnswer, Question};
use crate::domain::time::Timestamp;

impl Tx<'_> {
    /// Asks an owner about a pair, once. Returns the question's id when it is new.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn ask_question(
        &mut self,
        item: ItemId,
        listing: ListingId,
        owner: AccountId,
        assessment: &Assessment,
    ) -> Result<Option<QuestionId>, StoreError> {
        let id = QuestionId::generate(self.now());
        let now = micros(self.now());
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO questions (id, item_id, listing_id, owner_id, assessment, asked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (item_id, listing_id) DO NOTHING",
            )?
            .execute(params![
                id.0.as_bytes(),
                item.0.as_bytes(),
                listing.0.as_bytes(),
                owner.0.as_bytes(),
                to_json(assessment)?,
                now
            ])?;
        Ok((inserted > 0).then_some(id))
    }

    /// Enters the owner's answer.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn answer_question(&mut self, id: QuestionId, answer: OwnersAnswer) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached("UPDATE questions SET answer = ?2, answered_at = ?3 WHERE id = ?1")?
            .execute(params![id.0.as_bytes(), to_word(answer)?, now])?;
        Ok(())
    }

    /// Withdraws what is still asked about an item.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn withdraw_questions(&mut self, item: ItemId) -> Result<(), StoreError> {
        let now = micros(self.now());
        self.connection
            .prepare_cached(
                "UPDATE questions SET withdrawn_at = ?2 WHERE item_id = ?1 AND answer IS NULL AND withdrawn_at IS NULL",
            )?
            .execute(params![item.0.as_bytes(), now])?;
        Ok(())
    }

    /// Forgets the questions to an owner.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn delete_questions_of(&mut self, owner: AccountId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("DELETE FROM questions WHERE owner_id = ?1")?
            .execute([owner.0.as_bytes()])?;
        Ok(())
    }
}

/// Where a question stands among those to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionPlace {
    is_open: bool,
    asked_at: Timestamp,
    id: QuestionId,
}

impl From<&Question> for QuestionPlace {
    fn from(question: &Question) -> Self {
        Self {
            is_open: question.answer.is_none(),
            asked_at: question.asked_at,
            id: question.id,
        }
    }
}

impl Reader<'_> {
    /// A question.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn question(&self, id: QuestionId) -> Result<Option<Question>, StoreError> {
        let mut query = self.connection.prepare_cached("SELECT * FROM questions WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], question_row).optional()?)
    }

    /// The questions to an owner: open ones first, then newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn questions_of(&self, owner: AccountId) -> Result<Vec<Question>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM questions WHERE owner_id = ?1 ORDER BY answered_at IS NOT NULL, asked_at DESC, id DESC",
        )?;
        let rows = query.query_map([owner.0.as_bytes()], question_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A page of the questions to an owner that are open or answered, in the order of [`Reader::questions_of`], from behind a
    /// place on.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn questions_page(
        &self,
        owner: AccountId,
        after: Option<QuestionPlace>,
        limit: usize,
    ) -> Result<Vec<Question>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "SELECT * FROM questions
             WHERE owner_id = ?1 AND withdrawn_at IS NULL
               AND (?2 IS NULL OR (answered_at IS NULL, asked_at, id) < (?2, ?3, ?4))
             ORDER BY answered_at IS NULL DESC, asked_at DESC, id DESC LIMIT ?5",
        )?;
        let place = after.map(|place| (place.is_open, micros(place.asked_at), place.id.0.into_bytes()));
        let (is_open, asked_at, id) = place.map_or((None, None, None), |(a, b, c)| (Some(a), Some(b), Some(c)));
        let rows = query.query_map(params![owner.0.as_bytes(), is_open, asked_at, id, count(limit)], question_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// All questions, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn questions(&self) -> Result<Vec<Question>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM questions ORDER BY asked_at, id")?;
        let rows = query.query_map([], question_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn question_row(row: &Row<'_>) -> rusqlite::Result<Question> {
    let answered = maybe_instant(row, "answered_at")?;
    let answer = if answered.is_some() {
        Some(from_word(row, "answer")?)
    } else {
        None
    };
    Ok(Question {
        id: QuestionId(uuid(row, "id")?),
        item: ItemId(uuid(row, "item_id")?),
        listing: ListingId(uuid(row, "listing_id")?),
        owner: AccountId(uuid(row, "owner_id")?),
        assessment: from_json(row, "assessment")?,
        asked_at: instant(row, "asked_at")?,
        answer: answer.zip(answered),
        withdrawn_at: maybe_instant(row, "withdrawn_at")?,
    })
}
