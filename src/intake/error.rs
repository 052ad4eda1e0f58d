//! Why something is not taken in.

use std::io;

use replevin_index::image::decode::PhotoError;

use super::NoLetter;
use crate::domain::item::ItemTransitionError;
use crate::domain::photo::ContentHash;
use crate::store::StoreError;

/// Why something is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The partner has no letter in force.
    #[error(transparent)]
    NoLetter(#[from] NoLetter),
    /// The bytes are no picture that is taken.
    #[error(transparent)]
    Photo(#[from] PhotoError),
    /// The bytes are not those that the partner announced.
    #[error("the picture's SHA-256 is not the one that was announced")]
    OtherBytes,
    /// A photo's number is out of range.
    #[error("photos are numbered from 1 to {max}")]
    PhotoNumber {
        /// The highest number.
        max: u16,
    },
    /// An item has as many photos as it may have.
    #[error("an item has at most {max} photos")]
    TooManyPhotos {
        /// How many it may have.
        max: usize,
    },
    /// The item has been withdrawn from the register.
    #[error("a withdrawn item cannot be changed")]
    Withdrawn,
    /// The item's status does not allow the step.
    #[error(transparent)]
    Step(#[from] ItemTransitionError),
    /// An uploaded photo is not the one that the listing's record announces at its number.
    #[error(
        "these bytes have the SHA-256 {found}, and the listing's record announces {announced} at this number: send the photo that it \
         announces, or the record with the right sha256, or without one"
    )]
    OtherThanAnnounced {
        /// What the record says.
        announced: ContentHash,
        /// What came.
        found: ContentHash,
    },
    /// The photo is named by the listing's record.
    #[error(
        "this photo was not uploaded: the listing's record names it by its address, so that it goes when the record is sent without it, \
         or with \"photos\": []"
    )]
    NamedPhoto,
    /// A request for proof takes no more pictures.
    #[error("{0}")]
    ProofClosed(&'static str),
    /// The item belongs to somebody else.
    #[error("this item belongs to another account")]
    NotOwner,
    /// Too many bodies are in memory.
    #[error("more is being sent than can be taken at once; send it again in a few seconds")]
    NoRoom,
    /// A key for a push is no key.
    #[error("an Idempotency-Key is 1 to 200 printable ASCII characters")]
    PushKeyForm,
    /// A partner uses a key again for another push.
    #[error("this key was used for another push; a new push needs a new key")]
    PushKeyReused,
    /// A photo's bytes could not be kept.
    #[error("the photo's file could not be written")]
    Files(#[source] io::Error),
    /// A feed's server wants a secret that is not held for it.
    #[error("say it: what is held was given for another server, or nothing is held yet")]
    FeedSecretNeeded {
        /// Which field says it.
        field: &'static str,
    },
    /// A feed's secret cannot be sent.
    #[error("the value of a header is visible ASCII characters")]
    FeedSecretForm,
    /// A feed's secret cannot be sealed.
    #[error("a feed's secret cannot be sealed now")]
    FeedSecretSeal,
    /// A feed's secret does not open.
    #[error("the secret of this feed is not held, or does not open here: give it again")]
    FeedSecretClosed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntakeError {
    /// Whether the sender is at fault, so that the same bytes will be refused again.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        !matches!(
            self,
            Self::Files(_) | Self::Store(_) | Self::NoLetter(_) | Self::NoRoom | Self::FeedSecretSeal
        )
    }
}
