//! What a partner calls a push, so that it may be sent again as often as is needed and has one effect.

use super::{Intake, IntakeError, PushOutcome};
use crate::domain::ids::PartnerId;
use crate::domain::listing::Delivery;
use crate::domain::photo::ContentHash;

/// Longest key of a push, bytes.
const PUSH_KEY_BYTES_MAX: usize = 200;
/// Days for which a key is remembered.
pub const PUSH_KEY_DAYS: i64 = 3;

/// What a partner calls a push: under the same key the same push has one effect, however often it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushKey {
    pub(super) name: String,
    /// SHA-256 of what is asked: the body and how it is read.
    pub(super) request: ContentHash,
}

impl PushKey {
    /// A key, with or without quotation marks around it.
    ///
    /// # Errors
    /// [`IntakeError::PushKeyForm`].
    pub fn parse(text: &str, request: ContentHash) -> Result<Self, IntakeError> {
        let bare = text.trim();
        let name = bare.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(bare);
        let printable = name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if name.is_empty() || name.len() > PUSH_KEY_BYTES_MAX || !printable {
            return Err(IntakeError::PushKeyForm);
        }
        Ok(Self {
            name: name.to_owned(),
            request,
        })
    }

    pub(super) fn replayed(&self, (request, delivery): (ContentHash, Delivery)) -> Result<PushOutcome, IntakeError> {
        if request != self.request {
            return Err(IntakeError::PushKeyReused);
        }
        Ok(PushOutcome {
            accepted: delivery.accepted,
            unchanged: delivery.unchanged,
            rejected: delivery.rejected,
            rejected_count: delivery.rejected_count,
            notes: delivery.notes,
            replayed: true,
        })
    }
}

impl Intake {
    /// What became of a push that came before under its key; `None` when it is new. [`Intake::push_listings`] asks again.
    ///
    /// # Errors
    /// [`IntakeError::PushKeyReused`], or a failure of the store.
    pub async fn pushed_before(&self, partner: PartnerId, key: &PushKey) -> Result<Option<PushOutcome>, IntakeError> {
        let name = key.name.clone();
        let known = self.0.store.read(move |reader| reader.push_key(partner, &name)).await?;
        known.map(|known| key.replayed(known)).transpose()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_printable_and_bounded() {
        let parse = |text: &str| PushKey::parse(text, ContentHash::of(b"x")).map(|key| key.name);
        assert_eq!(parse("8e03978e-40d5").unwrap(), "8e03978e-40d5");
        assert_eq!(
            parse(" \"8e03978e-40d5\" ").unwrap(),
            "8e03978e-40d5",
            "as the draft of a standard writes it"
        );
        assert_eq!(parse(&"k".repeat(200)).unwrap().len(), 200);
        for text in ["", "\"\"", " ", "nøgle", "a\tb", &"k".repeat(201)] {
            assert!(matches!(parse(text), Err(IntakeError::PushKeyForm)), "{text:?}");
        }
    }
}
