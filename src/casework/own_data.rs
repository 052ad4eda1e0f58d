//! An owner's own data: a copy of all of it, and its erasure.

use serde_json::{Value, json};

use super::{Casework, CaseworkError};
use crate::domain::account::{Account, Email, Principal, Role};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, ItemId, TheftReportId};
use crate::domain::item::{Item, ItemDraft, ItemStatus, TheftReport, Verification};
use crate::domain::item_revision::ItemRevision;
use crate::domain::photo::{ContentHash, PhotoRef};
use crate::store::{Reader, Tx};

/// What an erasure did, and what stays and why: sentences for the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Items that were wiped.
    pub items: usize,
    /// What stays.
    pub stays: Vec<String>,
}

impl Casework {
    /// Which photo stands at a number of the owner's own item, so that its picture may be served to them.
    ///
    /// # Errors
    /// When the item is missing or somebody else's, has no such photo, or the store fails.
    pub async fn own_item_photo(&self, caller: &Principal, id: ItemId, number: u16) -> Result<ContentHash, CaseworkError> {
        let subject = SubjectKind::Item.with(id.0);
        let owner = self.person(caller, &[Role::Owner], subject).await?;
        let item = self.store.read(move |reader| reader.item(id)).await?;
        let item = item.ok_or(CaseworkError::missing("item"))?;
        if item.owner != owner {
            return Err(match self.refuse(caller, subject, "the item is somebody else's").await {
                CaseworkError::NotAllowed(_) => CaseworkError::missing("item"),
                failure => failure,
            });
        }
        let photo = item.photos.iter().find(|photo| photo.number == number);
        photo.map(|photo| photo.sha256).ok_or(CaseworkError::missing("photo"))
    }

    /// A copy of everything that is held about an owner, as JSON. Logged.
    ///
    /// # Errors
    /// When the caller is no owner, or the store fails.
    pub async fn export_own_data(&self, caller: &Principal) -> Result<Value, CaseworkError> {
        let subjects = SubjectKind::Account;
        let owner = self.person(caller, &[Role::Owner], subjects.all()).await?;
        let act = Act::new(Actor::Account(owner), Action::AccountExported, subjects.with(owner.0));
        self.store.act(act, move |tx| copy(tx, owner)).await
    }

    /// Erases an owner: the account is nameless and cannot be used again, its items are wiped and withdrawn, their photos taken
    /// off. What the police need stays under ids that name nobody. Logged.
    ///
    /// # Errors
    /// When the caller is no owner, or the store fails.
    pub async fn erase_own_data(&self, caller: &Principal) -> Result<Erased, CaseworkError> {
        let subject = SubjectKind::Account;
        let owner = self.person(caller, &[Role::Owner], subject.all()).await?;
        let erased = self.store.act_with(move |tx| {
            let account = tx.account(owner)?.ok_or(CaseworkError::missing("account"))?;
            let reports = theft_reports(tx, owner)?;
            let suspected = suspicion_reports(tx, owner)?;
            let items = wipe_items(tx, owner)?;
            let kept = wipe_theft_reports(tx, owner, &reports)?;
            tx.delete_questions_of(owner)?;
            tx.wipe_report_answers_of(owner)?;
            wipe_account(tx, account)?;
            let detail = json!({ "items": items, "theft_reports_kept": kept, "reports_kept": suspected });
            let act = Act::new(Actor::Account(owner), Action::AccountErased, subject.with(owner.0)).with_detail(detail);
            let stays = what_stays(kept, suspected);
            Ok::<_, CaseworkError>((Erased { items, stays }, vec![act]))
        });
        erased.await
    }
}

fn copy(reader: &Reader<'_>, owner: AccountId) -> Result<Value, CaseworkError> {
    let account = reader.account(owner)?.ok_or(CaseworkError::missing("account"))?;
    let photo = |item: &Item, photo: &PhotoRef| {
        json!({
            "number": photo.number,
            "sha256": photo.sha256,
            "path": format!("/api/v1/items/{}/photos/{}", item.id, photo.number),
        })
    };
    let mut items: Vec<Value> = Vec::new();
    for item in reader.items_of(owner)? {
        let revisions = reader.item_revisions(item.id)?;
        let said_before = |revision: &ItemRevision| json!({ "at": revision.at, "description": revision.description, "photos": revision.photos });
        items.push(json!({
                "id": item.id,
                "status": item.status.word(),
                "description": item.draft.description,
                "value": item.draft.value,
                "photos": item.photos.iter().map(|one| photo(&item, one)).collect::<Vec<_>>(),
                "created_at": item.created_at,
                "updated_at": item.updated_at,
                "revisions": revisions.iter().map(said_before).collect::<Vec<_>>(),
        }));
    }
    let questions: Vec<Value> = reader
        .questions_of(owner)?
        .iter()
        .map(|question| {
            json!({
                "id": question.id,
                "item": question.item,
                "listing": question.listing,
                "asked_at": question.asked_at,
                "answer": question.answer,
                "withdrawn_at": question.withdrawn_at,
            })
        })
        .collect();
    let asked = reader.report_questions_to_owner(owner)?;
    let asked = asked
        .iter()
        .map(|one| json!({ "question": one.text, "asked_at": one.asked_at, "answer": one.answer }));
    let asked: Vec<Value> = asked.collect();
    Ok(json!({
        "account": {
            "id": account.id,
            "email": account.email,
            "name": account.name,
            "role": account.role,
            "created_at": account.created_at,
        },
        "items": items,
        "theft_reports": theft_reports(reader, owner)?,
        "questions": questions,
        "asked_by_the_police": asked,
        "forms_begun": reader.form_drafts_of(owner)?,
        "not_included": "suspicion reports and the audit log are kept by the police and the control body; ask them for access",
    }))
}

/// The theft reports that name an item of the owner, each once, oldest first.
fn theft_reports(reader: &Reader<'_>, owner: AccountId) -> Result<Vec<TheftReport>, CaseworkError> {
    let mut reports: Vec<TheftReport> = Vec::new();
    for item in reader.items_of(owner)? {
        reports.extend(reader.theft_reports_of_item(item.id)?);
    }
    reports.sort_by_key(|report| report.id);
    reports.dedup_by_key(|report: &mut TheftReport| -> TheftReportId { report.id });
    Ok(reports)
}

fn suspicion_reports(reader: &Reader<'_>, owner: AccountId) -> Result<usize, CaseworkError> {
    let mut count = 0;
    for item in reader.items_of(owner)? {
        count += reader.reports_of_item(item.id)?.len();
    }
    Ok(count)
}

fn wipe_items(tx: &mut Tx<'_>, owner: AccountId) -> Result<usize, CaseworkError> {
    let items = tx.items_of(owner)?;
    let count = items.len();
    for mut item in items {
        tx.delete_item_photos(item.id)?;
        item.draft = ItemDraft::default();
        if item.status != ItemStatus::Withdrawn {
            item.status = item.status.withdraw()?;
        }
        tx.save_item(&item)?;
        tx.delete_item_revisions(item.id)?;
    }
    Ok(count)
}

/// Wipes what the owner wrote in reports that no officer verified; returns how many stay as they are.
fn wipe_theft_reports(tx: &mut Tx<'_>, owner: AccountId, reports: &[TheftReport]) -> Result<usize, CaseworkError> {
    let mut kept = 0;
    for report in reports {
        if matches!(report.verification, Verification::Verified { .. }) || report.reporter != owner {
            kept += 1;
        } else {
            tx.wipe_theft_report(report.id)?;
        }
    }
    Ok(kept)
}

fn wipe_account(tx: &mut Tx<'_>, mut account: Account) -> Result<(), CaseworkError> {
    for token in tx.tokens_of_account(account.id)? {
        if token.revoked_at.is_none() {
            tx.revoke_token(token.id)?;
        }
    }
    tx.delete_form_drafts_of(account.id)?;
    account.email = Email::erased(account.id);
    account.name = String::new();
    account.enabled = false;
    tx.save_account(&account)?;
    tx.set_password_hash(account.id, None)?;
    Ok(())
}

fn what_stays(theft_reports: usize, reports: usize) -> Vec<String> {
    let mut stays =
        vec!["The audit log keeps that acts were done, under an id that no longer leads to you: the law asks for it.".to_owned()];
    if theft_reports > 0 {
        stays.push(format!(
            "{theft_reports} theft reports that the police verified or made stay with time, place and circumstances: they belong to a criminal case."
        ));
    }
    if reports > 0 {
        stays.push(format!(
            "{reports} suspicion reports stay with their evidence, which may name an identifier of the item or rest on a photo of it: they belong to a criminal case."
        ));
    }
    stays
}
