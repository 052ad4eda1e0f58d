//! What an owner changes of an item: only what is named.

use super::description::GivenIdentifier;
use super::item::{Item, ItemTransitionError};
use super::money::Money;

/// A step in an item's life that its owner takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemStep {
    /// It is back.
    Recovered,
    /// It leaves the register.
    Withdrawn,
}

/// A change of an item. `None` leaves a field as it is; empty text, and `Some(None)`, take it away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemChange {
    /// One line that names the object.
    pub title: Option<String>,
    /// Free text.
    pub text: Option<String>,
    /// ISO 639-1 code of the language.
    pub language: Option<Option<String>>,
    /// Category.
    pub category: Option<String>,
    /// Maker or brand.
    pub brand: Option<String>,
    /// The maker's model.
    pub model: Option<String>,
    /// Colour.
    pub color: Option<String>,
    /// Condition.
    pub condition: Option<String>,
    /// Distinguishing marks.
    pub marks: Option<String>,
    /// Identifiers.
    pub identifiers: Option<Vec<GivenIdentifier>>,
    /// What it is worth.
    pub value: Option<Option<Money>>,
    /// A step in its life.
    pub step: Option<ItemStep>,
}

impl ItemChange {
    /// The item after the change.
    ///
    /// # Errors
    /// When its status does not allow the step.
    pub fn apply(self, mut item: Item) -> Result<Item, ItemTransitionError> {
        item.status = match self.step {
            None => item.status,
            Some(ItemStep::Recovered) => item.status.mark_recovered()?,
            Some(ItemStep::Withdrawn) => item.status.withdraw()?,
        };
        let said = &mut item.draft.description;
        set(&mut said.title, self.title);
        set(&mut said.text, self.text);
        set(&mut said.language, self.language);
        set(&mut said.category, self.category);
        set(&mut said.brand, self.brand);
        set(&mut said.model, self.model);
        set(&mut said.color, self.color);
        set(&mut said.condition, self.condition);
        set(&mut said.marks, self.marks);
        set(&mut said.identifiers, self.identifiers);
        set(&mut item.draft.value, self.value);
        Ok(item)
    }
}

fn set<T>(field: &mut T, change: Option<T>) {
    if let Some(value) = change {
        *field = value;
    }
}
