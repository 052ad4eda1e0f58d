//! What an owner changes of an item's description: only what is named. The steps in its life are named here
//! and taken by the item's own transitions.

use super::description::GivenIdentifier;
use super::item::ItemDraft;
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
}

impl ItemChange {
    /// Makes the change.
    pub fn apply(self, draft: &mut ItemDraft) {
        let said = &mut draft.description;
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
        set(&mut draft.value, self.value);
    }
}

fn set<T>(field: &mut T, change: Option<T>) {
    if let Some(value) = change {
        *field = value;
    }
}
