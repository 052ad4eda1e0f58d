//! The police's work on suspicion reports: the queue, taking, deciding, closing.

use serde_json::{Value, json};

use super::views::{self, ReportView};
use super::{Casework, CaseworkError, POLICE, evidence_photos, hold_times, notices, ownership_proofs, reason};
use crate::domain::account::{Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, ReportId};
use crate::domain::item::ItemStatus;
use crate::domain::notification::Event;
use crate::domain::photo::ContentHash;
use crate::domain::report::{Decision, Outcome, Report, ReportState, ReportTransitionError, Review};
use crate::domain::review_reason::ReviewReason;
use crate::store::{QueueQuery, QueueRow, Tx};

/// What a decision rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grounds {
    /// From the fixed set.
    pub reasons: Vec<ReviewReason>,
    /// What the officer saw, in their words: what anybody can look up again.
    pub facts: Option<String>,
    /// What the officer concludes, in their words.
    pub words: String,
}

/// What a step leaves in the report's history.
#[derive(Debug, Clone, Default)]
struct Noted {
    /// Why, or what is concluded.
    note: Option<String>,
    /// What was seen.
    facts: Option<String>,
}

impl From<Option<String>> for Noted {
    fn from(note: Option<String>) -> Self {
        Self { note, facts: None }
    }
}

impl From<&str> for Grounds {
    fn from(words: &str) -> Self {
        Self {
            words: words.to_owned(),
            ..Self::default()
        }
    }
}

impl Casework {
    /// A page of the queue, in which evidence quotes nothing of items that are hidden. Logged.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn queue(&self, caller: &Principal, query: QueueQuery) -> Result<Vec<QueueRow>, CaseworkError> {
        let subject = SubjectKind::Report.all();
        let by = self.person(caller, &POLICE, subject).await?;
        let rows = self.store.act_with(move |tx| {
            let mut rows = tx.queue(&query, tx.now())?;
            for row in rows.iter_mut().filter(|row| row.item_hidden) {
                row.report.assessment.hide_item();
            }
            let shown: Vec<_> = rows.iter().map(|row| row.report.number).collect();
            let detail = json!({ "state": query.state, "order": query.order, "rows": rows.len(), "numbers": shown, "filter": query.filter });
            let act = Act::new(Actor::Account(by), Action::QueueConsulted, subject).with_detail(detail);
            Ok((rows, vec![act]))
        });
        rows.await
    }

    /// How many reports of a list were raised after the one of a number; 99 stands for more. Says nothing of anybody.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn newer_reports(&self, caller: &Principal, query: QueueQuery, number: u64) -> Result<u32, CaseworkError> {
        self.person(caller, &POLICE, SubjectKind::Report.all()).await?;
        Ok(self.store.read(move |reader| reader.count_newer(&query, number)).await?)
    }

    /// How many reports stand in each state: the glossary's word and the number. Says nothing of anybody.
    ///
    /// # Errors
    /// When the caller may not, or the store fails.
    pub async fn report_counts(&self, caller: &Principal) -> Result<Vec<(String, u64)>, CaseworkError> {
        self.person(caller, &POLICE, SubjectKind::Report.all()).await?;
        Ok(self.store.read(|reader| reader.count_reports()).await?)
    }

    /// Opens a report in words and figures. Logged each time, in the transaction that reads it.
    ///
    /// # Errors
    /// When the caller may not, there is no such report, or the store fails.
    pub async fn open_report(&self, caller: &Principal, id: ReportId) -> Result<ReportView, CaseworkError> {
        self.look_at_report(caller, id, |_| Value::Null).await
    }

    /// Opens a report on a page that shows its photos too: the entry lists them.
    ///
    /// # Errors
    /// As [`Casework::open_report`].
    pub async fn open_report_with_photos(&self, caller: &Principal, id: ReportId) -> Result<ReportView, CaseworkError> {
        self.look_at_report(caller, id, |view| json!({ "photos": view.photos_shown() }))
            .await
    }

    async fn look_at_report(
        &self,
        caller: &Principal,
        id: ReportId,
        detail: impl Fn(&ReportView) -> Value + Send + 'static,
    ) -> Result<ReportView, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let view = self.store.act_with(move |tx| {
            let view = views::report(tx, id, tx.now())?.ok_or(CaseworkError::missing("report"))?;
            tx.look_at_answers(id, by)?;
            let act = Act::new(Actor::Account(by), Action::ReportConsulted, subject).with_detail(detail(&view));
            Ok((view, vec![act]))
        });
        view.await
    }

    /// Whether a report shows a photo, so that its bytes may be served to the caller. Logged.
    ///
    /// # Errors
    /// When the caller may not, the report does not show the photo, or the store fails.
    pub async fn open_report_photo(&self, caller: &Principal, id: ReportId, sha256: ContentHash) -> Result<(), CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let by = self.person(caller, &POLICE, subject).await?;
        let act =
            Act::new(Actor::Account(by), Action::ReportConsulted, subject).with_detail(json!({ "photo": sha256.to_string() }));
        let shown = self.store.act(act, move |tx| {
            let report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
            if evidence_photos::shows(tx, &report, sha256)? {
                Ok(())
            } else {
                Err(CaseworkError::missing("photo"))
            }
        });
        shown.await
    }

    /// `open` → `in review` by the caller. The assessment stays as it is from then on.
    ///
    /// # Errors
    /// When the caller may not, the state does not allow it, there is no such report, or the store fails.
    pub async fn take_report(&self, caller: &Principal, id: ReportId) -> Result<Report, CaseworkError> {
        self.step(caller, id, Action::ReportTaken, "taken", None, |tx, by, mut report| {
            report.state = report.state.take(by, tx.now())?;
            Ok(report)
        })
        .await
    }

    /// `in review` → `open` by the one who took it.
    ///
    /// # Errors
    /// As [`Casework::take_report`].
    pub async fn release_report(&self, caller: &Principal, id: ReportId) -> Result<Report, CaseworkError> {
        self.step(caller, id, Action::ReportReleased, "released", None, |_, by, mut report| {
            report.state = report.state.release(by)?;
            Ok(report)
        })
        .await
    }

    /// `in review` → `confirmed` or `dismissed` by the one who took it, with reasons from the fixed set and one in words.
    ///
    /// # Errors
    /// As [`Casework::take_report`], and when the reason says too little.
    pub async fn review_report(
        &self,
        caller: &Principal,
        id: ReportId,
        decision: Decision,
        grounds: impl Into<Grounds>,
    ) -> Result<Report, CaseworkError> {
        let Grounds { reasons, facts, words } = grounds.into();
        let why = reason("reason", &words)?;
        let facts = facts.filter(|facts| !facts.trim().is_empty());
        let facts = facts.map(|facts| reason("facts", &facts)).transpose()?;
        if reasons.iter().any(|reason| !ReviewReason::of(decision).contains(reason)) {
            return Err(CaseworkError::invalid("reasons", "these reasons belong to another decision"));
        }
        let (action, word) = match decision {
            Decision::Confirmed => (Action::ReportConfirmed, "confirmed"),
            Decision::Dismissed => (Action::ReportDismissed, "dismissed"),
        };
        let noted = Noted {
            note: Some(why.clone()),
            facts: facts.clone(),
        };
        self.step(caller, id, action, word, noted, move |tx, by, mut report| {
            let review = Review {
                decision,
                reasons,
                facts,
                reason: why,
                by,
                at: tx.now(),
            };
            report.state = report.state.review(review)?;
            Ok(report)
        })
        .await
    }

    /// `confirmed`, `dismissed` or `closed` → `in review` by the one who thinks again, with a reason.
    ///
    /// # Errors
    /// As [`Casework::review_report`].
    pub async fn reopen_report(&self, caller: &Principal, id: ReportId, why: &str) -> Result<Report, CaseworkError> {
        let why = reason("reason", why)?;
        self.step(
            caller,
            id,
            Action::ReportReopened,
            "reopened",
            Some(why),
            |tx, by, mut report| {
                report.state = report.state.reopen(by, tx.now())?;
                Ok(report)
            },
        )
        .await
    }

    /// `confirmed` or `dismissed` → `closed` with an outcome that the decision allows, by the one who decided it or a
    /// supervisor. An object that was secured or returned makes its item `recovered`, so that it is not searched for any more.
    ///
    /// # Errors
    /// As [`Casework::take_report`].
    pub async fn close_report(
        &self,
        caller: &Principal,
        id: ReportId,
        outcome: Outcome,
        note: Option<&str>,
    ) -> Result<Report, CaseworkError> {
        let note = note
            .filter(|note| !note.trim().is_empty())
            .map(|note| reason("note", note))
            .transpose()?;
        let line = note.map_or_else(|| outcome.word().to_owned(), |note| format!("{}: {note}", outcome.word()));
        let supervises = caller.role() == Some(Role::Supervisor);
        self.step(
            caller,
            id,
            Action::ReportClosed,
            "closed",
            Some(line),
            move |tx, by, mut report| {
                if report.state.officer() != Some(by) && !supervises {
                    return Err(ReportTransitionError::TakenByAnother.into());
                }
                report.state = report.state.close(outcome, tx.now())?;
                if matches!(outcome, Outcome::Recovered | Outcome::ReturnedToOwner) {
                    recover_item(tx, &report)?;
                }
                Ok(report)
            },
        )
        .await
    }

    /// One step of a report's life: saved, in its history, logged.
    async fn step(
        &self,
        caller: &Principal,
        id: ReportId,
        action: Action,
        word: &'static str,
        noted: impl Into<Noted>,
        change: impl FnOnce(&mut Tx<'_>, AccountId, Report) -> Result<Report, CaseworkError> + Send + 'static,
    ) -> Result<Report, CaseworkError> {
        let subject = SubjectKind::Report.with(id.0);
        let noted = noted.into();
        let by = self.person(caller, &POLICE, subject).await?;
        let done = self.store.act_with(move |tx| {
            let report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
            let spoke = report.speaks_against_seller();
            let report = change(tx, by, report)?;
            tx.save_report(&report)?;
            if spoke != report.speaks_against_seller() {
                // What was recovered from a seller speaks for the other reports on them, and no longer when that is thought over.
                tx.touch_seller_reports(report.listing)?;
            }
            tx.append_decision(id, Some(by), word, (noted.note.as_deref(), noted.facts.as_deref()))?;
            let mut acts = vec![Act::new(Actor::Account(by), action, subject)];
            acts.extend(notices::recall(tx, by, &report)?);
            acts.extend(hold_times::lift_after(tx, by, &report)?);
            if let (ReportState::Decided(review), Action::ReportConfirmed | Action::ReportDismissed) = (&report.state, action) {
                tx.announce(&Event::report_decided(id, review.decision))?;
            }
            acts.extend(ownership_proofs::take_back(tx, by, &report)?);
            let report = tx.report(id)?.ok_or(CaseworkError::missing("report"))?;
            Ok::<_, CaseworkError>((report, acts))
        });
        done.await
    }
}

fn recover_item(tx: &mut Tx<'_>, report: &Report) -> Result<(), CaseworkError> {
    let Some(mut item) = tx.item(report.item)? else {
        return Ok(());
    };
    let theft_report = report.theft_report;
    if item.status == (ItemStatus::Stolen { theft_report }) {
        item.status = item.status.mark_recovered()?;
        tx.save_item(&item)?;
        tx.withdraw_questions(item.id)?;
    }
    Ok(())
}
