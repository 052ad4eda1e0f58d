//! Quiet questions to owners, and their answers.

use serde_json::json;

use super::views::{self, QuestionView};
use super::{Casework, CaseworkError, refusal};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, ItemId, QuestionId};
use crate::domain::item::ItemStatus;
use crate::domain::question::OwnersAnswer;
use crate::store::{QuestionPlace, StoreError};

/// Where an answer leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterAnswer {
    /// The owner sells it, or it is another object: nothing more happens, and nobody else is told.
    Nothing,
    /// It is not the owner's offer, and the item is not reported stolen: the owner is led to reporting its theft.
    ReportTheft(ItemId),
    /// It is not the owner's offer, and the item is reported stolen: the police are on it.
    Reported,
}

impl Casework {
    /// The questions to an owner that are open or answered: open ones first, then newest first.
    ///
    /// # Errors
    /// When the caller is no owner, or the store fails.
    pub async fn questions(&self, caller: &Principal) -> Result<Vec<QuestionView>, CaseworkError> {
        let owner = self.person(caller, &[Role::Owner], SubjectKind::Question.all()).await?;
        let (questions, _) = self.read_questions(owner, None, usize::MAX).await?;
        Ok(questions)
    }

    /// A page of the same from behind a place on, and the place at which it ends when another page follows.
    ///
    /// # Errors
    /// As [`Casework::questions`].
    pub async fn questions_page(
        &self,
        caller: &Principal,
        after: Option<QuestionPlace>,
        limit: usize,
    ) -> Result<(Vec<QuestionView>, Option<QuestionPlace>), CaseworkError> {
        let owner = self.person(caller, &[Role::Owner], SubjectKind::Question.all()).await?;
        self.read_questions(owner, after, limit).await
    }

    async fn read_questions(
        &self,
        owner: AccountId,
        after: Option<QuestionPlace>,
        limit: usize,
    ) -> Result<(Vec<QuestionView>, Option<QuestionPlace>), CaseworkError> {
        let questions = self.store.read(move |reader| {
            // One more tells whether there is a next page.
            let mut page = reader.questions_page(owner, after, limit.saturating_add(1))?;
            let more = page.len() > limit;
            page.truncate(limit);
            let mut views = Vec::new();
            for question in &page {
                views.extend(views::question(reader, question)?);
            }
            Ok::<_, StoreError>((views, page.last().filter(|_| more).map(QuestionPlace::from)))
        });
        Ok(questions.await?)
    }

    /// The owner answers a question, once.
    ///
    /// # Errors
    /// When the question is somebody else's, answered already or withdrawn, or the store fails.
    pub async fn answer_question(
        &self,
        caller: &Principal,
        id: QuestionId,
        answer: OwnersAnswer,
    ) -> Result<AfterAnswer, CaseworkError> {
        let subject = SubjectKind::Question.with(id.0);
        let owner = self.person(caller, &[Role::Owner], subject).await?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let question = tx.question(id)?.ok_or(CaseworkError::missing("question"))?;
            if question.owner != owner {
                let act = refusal(&caller, subject, "the question is put to somebody else");
                return Ok((Err(CaseworkError::missing("question")), vec![act]));
            }
            if question.answer.is_some() {
                return Err(CaseworkError::Conflict("this question is answered already".to_owned()));
            }
            if question.withdrawn_at.is_some() {
                return Err(CaseworkError::Conflict(
                    "this question is withdrawn: nothing is to be answered any more".to_owned(),
                ));
            }
            tx.answer_question(id, answer)?;
            let stolen = |item: crate::domain::item::Item| matches!(item.status, ItemStatus::Stolen { .. });
            let after = match answer {
                OwnersAnswer::Mine | OwnersAnswer::AnotherObject => AfterAnswer::Nothing,
                OwnersAnswer::NotMine if tx.item(question.item)?.is_some_and(stolen) => AfterAnswer::Reported,
                OwnersAnswer::NotMine => AfterAnswer::ReportTheft(question.item),
            };
            let act = Act::new(Actor::Account(owner), Action::QuestionAnswered, subject).with_detail(json!({ "answer": answer }));
            Ok((Ok(after), vec![act]))
        })
        .await
    }
}
