//! What an answer to a disclosure request may hold: which fields, and how long they are. Whether there may be one is the gate's.

use super::CaseworkError;
use crate::domain::disclosure::IdentityAnswer;
use crate::domain::partner::SellerField;

/// Most characters of one field of an identity.
pub const VALUE_CHARACTERS_MAX: usize = 500;

/// No field but those that were asked for, and none of them left out. An answer is given once: what it leaves out could not be told from what the partner does not know.
pub(super) fn check_fields(answer: &IdentityAnswer, asked: &[SellerField]) -> Result<(), CaseworkError> {
    if let Some(field) = answer.0.keys().find(|field| !asked.contains(field)) {
        let reason = format!("the seller's {} was not asked for; nothing was kept", field.word());
        return Err(CaseworkError::invalid("identity", reason));
    }
    let missing = asked.iter().filter(|field| !answer.0.contains_key(field));
    let missing: Vec<&str> = missing.map(|field| field.word()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "asked for and left out: {}; give each, or null where you do not know it; nothing was kept",
        missing.join(", ")
    );
    Err(CaseworkError::invalid("identity", reason))
}

/// Each value that is given says something, and one at least is.
pub(super) fn check_values(answer: &IdentityAnswer) -> Result<(), CaseworkError> {
    if answer.0.values().all(Option::is_none) {
        return Err(CaseworkError::invalid(
            "identity",
            "give at least one field that you know, or decline with a reason",
        ));
    }
    let usable = |value: &String| !value.trim().is_empty() && value.chars().count() <= VALUE_CHARACTERS_MAX;
    let mut values = answer.0.iter().filter_map(|(field, value)| Some((field, value.as_ref()?)));
    match values.find(|(_, value)| !usable(value)) {
        Some((field, _)) => {
            let reason = format!("{} must hold 1 to {VALUE_CHARACTERS_MAX} characters", field.word());
            Err(CaseworkError::invalid("identity", reason))
        }
        None => Ok(()),
    }
}
