//! Items: registered and changed by their owners, and by nobody else.

use serde_json::json;

use super::{Intake, IntakeError};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, ItemId};
use crate::domain::item::{Item, ItemDraft, ItemStatus};
use crate::domain::item_change::ItemChange;
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

    /// Changes an owner's item: only what the change names.
    ///
    /// # Errors
    /// [`IntakeError::NotOwner`], which is logged; [`StoreError::Missing`] when there is no such item.
    pub async fn change_item(&self, owner: AccountId, id: ItemId, change: ItemChange) -> Result<Item, IntakeError> {
        self.item_of(owner, id).await?;
        let change = move |tx: &mut Tx<'_>| {
            let before = owned(tx, owner, id)?;
            let mut after = before.clone();
            change.apply(&mut after.draft);
            if after != before {
                tx.save_item(&after)?;
            }
            let act = Act::new(Actor::Account(owner), Action::ItemChanged, SubjectKind::Item.with(id.0))
                .with_detail(json!({ "changed": after != before }));
            let after = tx.item(id)?.ok_or(StoreError::Missing { what: "item" })?;
            Ok::<_, IntakeError>((after, vec![act]))
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

/// The item, when it is this owner's.
pub(super) fn owned(reader: &Reader<'_>, owner: AccountId, id: ItemId) -> Result<Item, IntakeError> {
    match reader.item(id)? {
        Some(item) if item.owner == owner => Ok(item),
        Some(_) => Err(IntakeError::NotOwner),
        None => Err(StoreError::Missing { what: "item" }.into()),
    }
}
