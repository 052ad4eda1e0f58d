//! Questions on reports, to owners and partners, and their answers.

use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use super::rows::{from_word, instant, maybe_instant, micros, uuid};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{AccountId, PartnerId, ReportId, ReportQuestionId};
use crate::domain::report_question::{Asked, ReportQuestion};

impl Tx<'_> {
    /// Enters a question.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn insert_report_question(&mut self, question: &ReportQuestion) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO report_questions (id, report_id, asked, text, asked_by, asked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                question.id.0.as_bytes(),
                question.report.0.as_bytes(),
                question.to.word(),
                question.text,
                question.asked_by.0.as_bytes(),
                micros(question.asked_at),
            ])?;
        Ok(())
    }

    /// Enters the answer to a question, by a person or, with none, by a partner's system; whether it had none before.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn answer_report_question(
        &mut self,
        id: ReportQuestionId,
        by: Option<AccountId>,
        answer: &str,
    ) -> Result<bool, StoreError> {
        let now = micros(self.now());
        let answered = self
            .connection
            .prepare_cached(
                "UPDATE report_questions SET answer = ?2, answered_by = ?3, answered_at = ?4 WHERE id = ?1 AND answer IS NULL",
            )?
            .execute(params![id.0.as_bytes(), answer, by.as_ref().map(|by| by.0.as_bytes()), now])?;
        Ok(answered > 0)
    }

    /// Wipes what an owner has answered; that it was answered stays.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn wipe_report_answers_of(&mut self, owner: AccountId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("UPDATE report_questions SET answer = '' WHERE answered_by = ?1 AND asked = 'owner'")?
            .execute([owner.0.as_bytes()])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// A question.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report_question(&self, id: ReportQuestionId) -> Result<Option<ReportQuestion>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT * FROM report_questions WHERE id = ?1")?;
        Ok(query.query_row([id.0.as_bytes()], question_row).optional()?)
    }

    /// The questions on a report, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report_questions(&self, report: ReportId) -> Result<Vec<ReportQuestion>, StoreError> {
        self.asked(
            "SELECT * FROM report_questions WHERE report_id = ?1 ORDER BY asked_at, id",
            report.0,
        )
    }

    /// The questions to an owner about their items, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report_questions_to_owner(&self, owner: AccountId) -> Result<Vec<ReportQuestion>, StoreError> {
        self.asked(
            "SELECT report_questions.* FROM items JOIN reports ON reports.item_id = items.id
                    JOIN report_questions ON report_questions.report_id = reports.id
             WHERE items.owner_id = ?1 AND asked = 'owner' ORDER BY asked_at DESC, report_questions.id",
            owner.0,
        )
    }

    /// The questions to a partner about its listings, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn report_questions_to_partner(&self, partner: PartnerId) -> Result<Vec<ReportQuestion>, StoreError> {
        self.asked(
            "SELECT report_questions.* FROM report_questions JOIN reports ON reports.id = report_questions.report_id
                    JOIN listings ON listings.id = reports.listing_id
             WHERE listings.partner_id = ?1 AND asked = 'partner' ORDER BY asked_at DESC, report_questions.id",
            partner.0,
        )
    }

    fn asked(&self, sql: &str, of: Uuid) -> Result<Vec<ReportQuestion>, StoreError> {
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map([of.as_bytes()], question_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn question_row(row: &Row<'_>) -> rusqlite::Result<ReportQuestion> {
    let answer: Option<String> = row.get("answer")?;
    let asked: Asked = from_word(row, "asked")?;
    Ok(ReportQuestion {
        id: ReportQuestionId(uuid(row, "id")?),
        report: ReportId(uuid(row, "report_id")?),
        to: asked,
        text: row.get("text")?,
        asked_by: AccountId(uuid(row, "asked_by")?),
        asked_at: instant(row, "asked_at")?,
        answer: answer.zip(maybe_instant(row, "answered_at")?),
    })
}
