//! A photo that was fetched for one listing of a partner and is named by another: hung there too, without being fetched again.

use serde_json::json;

use super::{FeedGrant, Intake, IntakeError};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::ListingId;
use crate::domain::photo::ContentHash;
use crate::store::{PhotoTask, StoreError, Tx};

impl Intake {
    /// Hangs a photo that is held on a listing that names its address. `false` when it is not held any more: it has to be fetched.
    /// Does nothing when the photo is no longer wanted from there. Needs the partner's letter to be in force still.
    ///
    /// # Errors
    /// [`IntakeError::NoLetter`]; [`IntakeError::OtherBytes`] when it is not the announced one; a failure of the store.
    pub async fn accept_known_photo(
        &self,
        listing: ListingId,
        number: u16,
        task: &PhotoTask,
        sha256: ContentHash,
    ) -> Result<bool, IntakeError> {
        if task.expected.is_some_and(|expected| expected != sha256) {
            return Err(IntakeError::OtherBytes);
        }
        let (partner, url, expected) = (task.partner, task.url.clone(), task.expected);
        let hang = move |tx: &mut Tx<'_>| {
            FeedGrant::of(tx, partner, tx.now())??;
            let task = tx.photo_task(listing, number)?;
            if !task.is_some_and(|task| task.url == url && task.expected == expected) {
                return Ok::<_, IntakeError>((true, Vec::new()));
            }
            if !tx.photo_is_known(sha256)? {
                return Ok((false, Vec::new()));
            }
            tx.hold_listing_photo(listing, number, sha256, None)?;
            let act = Act::new(
                Actor::Service,
                Action::ListingPhotoReceived,
                SubjectKind::Listing.with(listing.0),
            )
            .with_detail(json!({ "number": number, "sha256": sha256, "known": true }));
            Ok((true, vec![act]))
        };
        let store = self.0.store.clone();
        let kept = tokio::task::spawn_blocking(move || store.keep(hang)).await;
        kept.map_err(|_| StoreError::Stopped)?
    }
}
