//! Quiet questions to owners, and their answers.

use serde_json::json;

use super::views::{self, QuestionView};
use super::{Casework, CaseworkError, refusal};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{ItemId, QuestionId};
use crate::domain::item::ItemStatus;
use crate::domain::question::OwnersAnswer;
use crate::store::StoreError;

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
        let questions = self.store.read(move |reader| {
            let mut views = Vec::new();
            for question in reader.questions_of(owner)?.iter().filter(|one| one.withdrawn_at.is_none()) {
                views.extend(views::question(reader, question)?);
            }
            Ok::<_, StoreError>(views)
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
