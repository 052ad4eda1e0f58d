//! Items: registered and changed by their owners, and by nobody else.
//!
//! A verified theft rests on what an officer saw of its items. Whoever states the theft must not be able to rewrite that
//! unseen, as by entering the number of an offer that is already public: a change of what is compared sends the theft report
//! back to unverified, which stops matching and every disclosure until an officer has looked again.

use serde_json::json;

use super::{Intake, IntakeError};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, ItemId};
use crate::domain::item::{Item, ItemDraft, ItemStatus, Verification};
use crate::domain::item_change::{ItemChange, ItemStep};
use crate::domain::item_revision::{ItemDifference, differences};
use crate::store::{Reader, StoreError, Tx};

impl Intake {
    /// Registers an item of an owner, safe at home. Its photos are put afterwards.
    ///
    /// # Errors
    /// A failure of the store.
    pub async fn register_item(&self, owner: AccountId, draft: ItemDraft) -> Result<Item, IntakeError> {
        let register = move |tx: &mut Tx<'_>| {
            let item = Item {
                id: ItemId::generate(tx.now()),
                owner,
                status: ItemStatus::Registered,
                draft,
                photos: Vec::new(),
                created_at: tx.now(),
                updated_at: tx.now(),
            };
            tx.insert_item(&item)?;
            let act = Act::new(
                Actor::Account(owner),
                Action::ItemRegistered,
                SubjectKind::Item.with(item.id.0),
            );
            Ok::<_, IntakeError>((item, vec![act]))
        };
        self.0.store.act_with(register).await
    }

    /// Changes an owner's item, all or nothing: what the change names, and the step in its life. A verified theft of it falls
    /// back to unverified, unless only the value changes.
    ///
    /// # Errors
    /// [`IntakeError::NotOwner`], which is logged; [`IntakeError::Withdrawn`]; [`IntakeError::Step`]; [`StoreError::Missing`]
    /// when there is no such item.
    pub async fn change_item(
        &self,
        owner: AccountId,
        id: ItemId,
        step: Option<ItemStep>,
        change: ItemChange,
    ) -> Result<Item, IntakeError> {
        self.item_of(owner, id).await?;
        let change = move |tx: &mut Tx<'_>| {
            let before = unwithdrawn(owned(tx, owner, id)?)?;
            let mut after = before.clone();
            change.apply(&mut after.draft);
            after.status = match step {
                Some(ItemStep::Recovered) => before.status.mark_recovered()?,
                Some(ItemStep::Withdrawn) => before.status.withdraw()?,
                None => before.status,
            };
            if after != before {
                tx.save_item(&after)?;
            }
            let mut detail = json!({ "changed": changed_fields(&before, &after) });
            if step.is_some() {
                detail["status"] = after.status.word().into();
            }
            let act = Act::new(Actor::Account(owner), Action::ItemChanged, SubjectKind::Item.with(id.0)).with_detail(detail);
            let mut acts = vec![act];
            let after = tx.item(id)?.ok_or(StoreError::Missing { what: "item" })?;
            acts.extend(send_back(tx, &before, &after)?);
            Ok::<_, IntakeError>((after, acts))
        };
        self.0.store.act_with(change).await
    }

    /// An owner's own item.
    ///
    /// # Errors
    /// [`IntakeError::NotOwner`], which is logged; [`StoreError::Missing`] when there is no such item.
    pub async fn item_of(&self, owner: AccountId, id: ItemId) -> Result<Item, IntakeError> {
        let found = self.0.store.read(move |reader| owned(reader, owner, id)).await;
        if matches!(found, Err(IntakeError::NotOwner)) {
            let act = Act::new(Actor::Account(owner), Action::AccessRefused, SubjectKind::Item.with(id.0))
                .with_detail(json!({ "why": "another account's item" }));
            self.0.store.act(act, |_| Ok::<_, StoreError>(())).await?;
        }
        found
    }
}

/// What differs, by name only: the log names no personal data.
fn changed_fields(before: &Item, after: &Item) -> Vec<&'static str> {
    let mut fields: Vec<&str> = difference(before, after).iter().map(|one| one.field.word()).collect();
    fields.extend((before.draft.value != after.draft.value).then_some("value"));
    fields.dedup();
    fields
}

fn difference(before: &Item, after: &Item) -> Vec<ItemDifference> {
    let (said, says) = (&before.draft.description, &after.draft.description);
    differences((said, &before.photos), (says, &after.photos))
}

/// Sends a verified theft report back to unverified when its item is not any more what the officer saw.
pub(super) fn send_back(tx: &mut Tx<'_>, before: &Item, after: &Item) -> Result<Option<Act>, StoreError> {
    let ItemStatus::Stolen { theft_report } = after.status else {
        return Ok(None);
    };
    if difference(before, after).is_empty() {
        return Ok(None);
    }
    let verified = tx.theft_report(theft_report)?;
    let Some(mut report) = verified.filter(|report| matches!(report.verification, Verification::Verified { .. })) else {
        return Ok(None);
    };
    report.verification = report.verification.send_back();
    tx.save_verification(&report)?;
    for item in &report.items {
        tx.touch_item(*item)?;
    }
    let subject = SubjectKind::TheftReport.with(theft_report.0);
    let act = Act::new(Actor::Account(after.owner), Action::TheftSentBack, subject);
    Ok(Some(act.with_detail(json!({ "item": after.id }))))
}

/// The item, when it may still be changed.
pub(super) fn unwithdrawn(item: Item) -> Result<Item, IntakeError> {
    if item.status == ItemStatus::Withdrawn {
        Err(IntakeError::Withdrawn)
    } else {
        Ok(item)
    }
}

/// The item, when it is this owner's.
pub(super) fn owned(reader: &Reader<'_>, owner: AccountId, id: ItemId) -> Result<Item, IntakeError> {
    match reader.item(id)? {
        Some(item) if item.owner == owner => Ok(item),
        Some(_) => Err(IntakeError::NotOwner),
        None => Err(StoreError::Missing { what: "item" }.into()),
    }
}
