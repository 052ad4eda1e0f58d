//! Needing more: what an officer asks the owner or the partner on a report, answered in the system; and comments on a report.
//!
//! Whoever is asked sees the officer's words and their own thing, an item or a listing; nothing of the report, the other side, or
//! the case.

use serde_json::json;

use super::{Casework, CaseworkError, POLICE, reason, refusal};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, Subject, SubjectKind};
use crate::domain::ids::{AccountId, ReportId, ReportQuestionId};
use crate::domain::notification::Event;
use crate::domain::report::{Report, ReportState};
use crate::domain::report_question::{Asked, ReportQuestion};
use crate::store::{Reader, StoreError, Tx};

/// A question as whoever is asked sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedView {
    /// The question.
    pub question: ReportQuestion,
    /// What it is about: the owner's name of the item, or the partner's number and title of the listing.
    pub about: String,
    /// The partner's own id of the listing, where a partner is asked.
    pub listing: Option<String>,
}

impl Casework {
    /// The officer who has taken a report asks the owner or the partner. Logged.
    ///
    /// # Errors
    /// When the caller may not or has not taken the report, the question says too little, or the store fails.
    pub async fn ask_on_report(
        &self,
        caller: &Principal,
        id: ReportId,
        to: Asked,
        text: &str,
    ) -> Result<ReportQuestion, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let text = reason("question", text)?;
        let act = Act::new(Actor::Account(by), Action::ReportQuestionAsked, subject).with_detail(json!({ "asked": to }));
        let asked = self.store.act(act, move |tx| {
            let report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
            match report.state {
                ReportState::InReview { by: taken_by, .. } if taken_by == by => {}
                _ => return Err(CaseworkError::Conflict("only who has taken a report asks on it".to_owned())),
            }
            let question = ReportQuestion {
                id: ReportQuestionId::generate(tx.now()),
                report: id,
                to,
                text,
                asked_by: by,
                asked_at: tx.now(),
                answer: None,
            };
            tx.insert_report_question(&question)?;
            let step = match to {
                Asked::Owner => "asked the owner",
                Asked::Partner => "asked the partner",
            };
            tx.append_report_event(id, Some(by), step, Some(&question.text))?;
            if let (Asked::Partner, Some(listing)) = (to, tx.listing(report.listing)?) {
                tx.announce(&Event::question_asked(listing.partner, question.id))?;
            }
            Ok(question)
        });
        asked.await
    }

    /// The questions to the caller, an owner, a partner's person or its system, newest first.
    ///
    /// # Errors
    /// When the caller is neither, or the store fails.
    pub async fn questions_on_reports(&self, caller: &Principal) -> Result<Vec<AskedView>, CaseworkError> {
        self.asked(caller, SubjectKind::Question.all()).await?;
        let caller = caller.clone();
        self.store
            .read(move |reader| {
                let questions = match (&caller, caller.partner()) {
                    (_, Some(partner)) => reader.report_questions_to_partner(partner)?,
                    (Principal::Account { id, .. }, None) => reader.report_questions_to_owner(*id)?,
                    (Principal::Partner { .. }, None) => Vec::new(),
                };
                let views = questions.into_iter().map(|question| asked_view(reader, question));
                Ok(views.collect::<Result<Vec<_>, StoreError>>()?)
            })
            .await
    }

    /// Whoever is asked answers, once. Logged.
    ///
    /// # Errors
    /// When the question is somebody else's or answered, the answer says nothing, or the store fails.
    pub async fn answer_on_report(&self, caller: &Principal, id: ReportQuestionId, answer: &str) -> Result<(), CaseworkError> {
        let subject = SubjectKind::Question.with(id.0);
        let by = self.asked(caller, subject).await?;
        let answer = reason("answer", answer)?;
        let caller = caller.clone();
        self.settle(move |tx| {
            let question = tx.report_question(id)?;
            let own = match &question {
                Some(question) => is_asked(tx, question, &caller)?,
                None => false,
            };
            let Some(question) = question.filter(|_| own) else {
                let act = refusal(&caller, subject, "the question is somebody else's");
                return Ok((Err(CaseworkError::missing("question")), vec![act]));
            };
            if !tx.answer_report_question(id, by, &answer)? {
                return Err(CaseworkError::Conflict("this question has been answered".to_owned()));
            }
            let step = match question.to {
                Asked::Owner => "the owner answered",
                Asked::Partner => "the partner answered",
            };
            tx.append_report_event(question.report, None, step, None)?;
            tx.announce(&Event::question_answered(question.report, id))?;
            let act = Act::new(Actor::from(&caller), Action::ReportQuestionAnswered, subject);
            Ok((Ok(()), vec![act.with_detail(json!({ "report": question.report }))]))
        })
        .await
    }

    /// Whoever may be asked: the account of an owner or a partner's person, none of a partner's system. Else the refusal is logged.
    async fn asked(&self, caller: &Principal, subject: Subject) -> Result<Option<AccountId>, CaseworkError> {
        match caller {
            Principal::Partner { .. } => Ok(None),
            Principal::Account { .. } => self.person(caller, &[Role::Owner, Role::Partner], subject).await.map(Some),
        }
    }

    /// Somebody of the police comments on a report, whatever its state. Logged.
    ///
    /// # Errors
    /// When the caller may not, the comment says too little, or the store fails.
    pub async fn comment_on_report(&self, caller: &Principal, id: ReportId, text: &str) -> Result<(), CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let text = reason("comment", text)?;
        let act = Act::new(Actor::Account(by), Action::ReportCommented, subject);
        let done = self.store.act(act, move |tx| {
            tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
            tx.append_report_event(id, Some(by), "commented", Some(&text))?;
            Ok::<_, CaseworkError>(())
        });
        done.await
    }

    /// Gives a report to an officer: a supervisor anybody's that is open or in review, an officer their own. Logged.
    ///
    /// # Errors
    /// When the caller or the other may not, the state does not allow it, or the store fails.
    pub async fn assign_report(&self, caller: &Principal, id: ReportId, to: AccountId) -> Result<Report, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let supervises = caller.role() == Some(Role::Supervisor);
        let act = Act::new(Actor::Account(by), Action::ReportAssigned, subject).with_detail(json!({ "to": to }));
        let done = self.store.act(act, move |tx| assign(tx, id, (by, supervises), to));
        done.await
    }
}

fn assign(tx: &mut Tx<'_>, id: ReportId, (by, supervises): (AccountId, bool), to: AccountId) -> Result<Report, CaseworkError> {
    let officer = tx
        .account(to)?
        .filter(|account| account.enabled && POLICE.contains(&account.role));
    let officer = officer.ok_or_else(|| CaseworkError::invalid("officer", "choose an officer"))?;
    let mut report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
    if !supervises && report.state.officer() != Some(by) {
        return Err(CaseworkError::Conflict(
            "a report is passed on by whoever has taken it, or by a supervisor".to_owned(),
        ));
    }
    report.state = report.state.assign(to, tx.now())?;
    tx.save_report(&report)?;
    tx.append_report_event(id, Some(by), "assigned", Some(&format!("to {}", officer.name)))?;
    tx.report(id)?.ok_or(CaseworkError::missing("report"))
}

fn asked_view(reader: &Reader<'_>, question: ReportQuestion) -> Result<AskedView, StoreError> {
    let missing = StoreError::Missing { what: "report" };
    let report = reader.report(question.report)?.ok_or(missing)?;
    let (about, listing) = match question.to {
        Asked::Owner => {
            let item = reader.item(report.item)?;
            (item.map(|item| item.draft.description.title), None)
        }
        Asked::Partner => match reader.listing(report.listing)?.map(|listing| listing.draft) {
            Some(draft) => (
                Some(format!("{}, {}", draft.reference, draft.description.title)),
                Some(draft.reference),
            ),
            None => (None, None),
        },
    };
    Ok(AskedView {
        question,
        about: about.unwrap_or_default(),
        listing,
    })
}

/// Whether a question is put to the caller.
fn is_asked(reader: &Reader<'_>, question: &ReportQuestion, caller: &Principal) -> Result<bool, StoreError> {
    let Some(report) = reader.report(question.report)? else {
        return Ok(false);
    };
    Ok(match (question.to, caller) {
        (Asked::Owner, Principal::Account { id, .. }) => reader.item(report.item)?.is_some_and(|item| item.owner == *id),
        (Asked::Partner, _) => {
            let listing = reader.listing(report.listing)?;
            caller.partner().is_some() && listing.map(|listing| listing.partner) == caller.partner()
        }
        (Asked::Owner, Principal::Partner { .. }) => false,
    })
}
