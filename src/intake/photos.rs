//! Photos: read once, kept before they are acknowledged, then hung on an item or a listing.

use std::sync::Arc;

use bytes::Bytes;
use replevin_index::image::decode::{self, PhotoError, PhotoFormat};
use serde_json::json;

use super::{FeedGrant, Intake, IntakeError};
use crate::domain::account::Principal;
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, ItemId, ListingId, OwnershipProofId, PartnerId};
use crate::domain::item::Item;
use crate::domain::listing::{PhotoState, Upload};
use crate::domain::ownership_proof::PROOF_PHOTOS_MAX;
use crate::domain::photo::{ContentHash, PHOTOS_MAX, Photo, PhotoRef};
use crate::domain::time::Timestamp;
use crate::store::{Keeping, PhotoTask, Reader, StoreError, Tx};

/// The highest number of a photo, on either side.
const NUMBER_MAX: u16 = PHOTOS_MAX as u16;

/// A photo that is held now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoKept {
    /// The original bytes.
    pub sha256: ContentHash,
    /// Pixels, as displayed.
    pub width: u32,
    /// Pixels, as displayed.
    pub height: u32,
}

impl Intake {
    /// Takes in a photo of a listing, by the partner's own id. Needs a letter in force.
    ///
    /// # Errors
    /// [`IntakeError::NoLetter`], which is logged; a picture that is refused; [`IntakeError::OtherThanAnnounced`] when the record
    /// names other bytes at that number; [`StoreError::Missing`] when there is no such listing.
    pub async fn put_listing_photo(
        &self,
        actor: Actor,
        partner: PartnerId,
        reference: &str,
        number: u16,
        bytes: Bytes,
    ) -> Result<PhotoKept, IntakeError> {
        check_number(number)?;
        self.open_feed(actor, partner).await?;
        let wanted = reference.to_owned();
        let find = move |listing: Option<crate::domain::listing::Listing>| {
            listing
                .map(|listing| listing.id)
                .ok_or(StoreError::Missing { what: "listing" })
        };
        let known = self
            .0
            .store
            .read(move |reader| find(reader.listing_by_reference(partner, &wanted)?));
        let id = known.await?;
        let (photo, _keeping) = self.keep_photo(bytes).await?;
        let kept = PhotoKept::from(&photo);
        let hang = move |tx: &mut Tx<'_>| {
            FeedGrant::of(tx, partner, tx.now())??;
            let listing = tx.listing(id)?.ok_or(StoreError::Missing { what: "listing" })?;
            let named = listing.photos.iter().find(|named| named.number == number);
            if let Some(announced) = named
                .and_then(|named| named.expected)
                .filter(|announced| *announced != photo.sha256)
            {
                return Err(IntakeError::OtherThanAnnounced {
                    announced,
                    found: photo.sha256,
                });
            }
            hold(tx, id, number, &photo, Some(Upload::Stands))?;
            Ok::<_, IntakeError>(((), vec![listing_photo(actor, id, number, photo.sha256)]))
        };
        self.0.store.act_with(hang).await?;
        Ok(kept)
    }

    /// Takes an uploaded photo off a partner's listing: one that stood where the record names an address makes way for that. What it
    /// showed stays remembered as long as the listing does. Needs no letter: less is known afterwards, not more.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such listing or photo; [`IntakeError::NamedPhoto`] when it was not uploaded.
    pub async fn remove_listing_photo(
        &self,
        actor: Actor,
        partner: PartnerId,
        reference: &str,
        number: u16,
    ) -> Result<(), IntakeError> {
        let reference = reference.to_owned();
        let remove = move |tx: &mut Tx<'_>| {
            let listing = tx.listing_by_reference(partner, &reference)?;
            let listing = listing.ok_or(StoreError::Missing { what: "listing" })?;
            let photo = listing.photos.into_iter().find(|photo| photo.number == number);
            let photo = photo.ok_or(StoreError::Missing { what: "photo" })?;
            if photo.upload.is_none() {
                return Err(IntakeError::NamedPhoto);
            }
            tx.remove_listing_photo(listing.id, number)?;
            let sha256 = match photo.state {
                PhotoState::Held { sha256 } => Some(sha256),
                PhotoState::Pending { .. } | PhotoState::Failed { .. } => None,
            };
            let act = Act::new(actor, Action::ListingPhotoRemoved, SubjectKind::Listing.with(listing.id.0))
                .with_detail(json!({ "number": number, "sha256": sha256 }));
            Ok(((), vec![act]))
        };
        self.0.store.act_with(remove).await
    }

    /// Takes in a photo of an owner's item, in place of what stood at that number. Another photo than that sends a verified
    /// theft of the item back to unverified.
    ///
    /// # Errors
    /// A picture that is refused; [`IntakeError::NotOwner`]; [`IntakeError::Withdrawn`]; [`StoreError::Missing`] when there is
    /// no such item.
    pub async fn put_item_photo(
        &self,
        owner: AccountId,
        item: ItemId,
        number: u16,
        bytes: Bytes,
    ) -> Result<PhotoKept, IntakeError> {
        check_number(number)?;
        let (kept, _) = self.hang_item_photo(owner, item, bytes, move |_| Ok(number)).await?;
        Ok(kept)
    }

    /// Takes in one more photo of an owner's item, at the lowest number that is free. An item has at most `photos_max` then.
    ///
    /// # Errors
    /// As [`Intake::put_item_photo`], and [`IntakeError::TooManyPhotos`].
    pub async fn add_item_photo(
        &self,
        owner: AccountId,
        item: ItemId,
        photos_max: usize,
        bytes: Bytes,
    ) -> Result<(PhotoKept, u16), IntakeError> {
        let max = photos_max.min(usize::from(NUMBER_MAX));
        let free = move |item: &Item| {
            let taken = |number: &u16| item.photos.iter().any(|photo| photo.number == *number);
            let free = (1..=NUMBER_MAX).find(|number| !taken(number));
            free.filter(|_| item.photos.len() < max)
                .ok_or(IntakeError::TooManyPhotos { max })
        };
        self.hang_item_photo(owner, item, bytes, free).await
    }

    /// Takes in a picture that a seller shows as proof of ownership, at its number, while an answer is awaited. Read and drawn anew
    /// like every other photo.
    ///
    /// # Errors
    /// A picture that is refused; [`StoreError::Missing`] when the partner is asked for no such proof;
    /// [`IntakeError::ProofClosed`] when it was answered or taken back.
    pub async fn put_proof_photo(
        &self,
        caller: &Principal,
        id: OwnershipProofId,
        number: u16,
        bytes: Bytes,
    ) -> Result<PhotoKept, IntakeError> {
        if !(1..=PROOF_PHOTOS_MAX).contains(&number) {
            return Err(IntakeError::PhotoNumber { max: PROOF_PHOTOS_MAX });
        }
        let (actor, partner) = (Actor::from(caller), caller.partner());
        let awaited = move |reader: &Reader<'_>| {
            let proof = reader.ownership_proof(id)?;
            let own = proof.filter(|proof| Some(proof.partner) == partner);
            let own = own.ok_or(StoreError::Missing {
                what: "request for proof",
            })?;
            match (&own.answer, own.taken_back_at) {
                (None, None) => Ok(own),
                (_, Some(_)) => Err(IntakeError::ProofClosed(
                    "the police have taken this back: nothing is to be proved any more",
                )),
                (Some(_), None) => Err(IntakeError::ProofClosed(
                    "this has been answered: pictures come before the answer",
                )),
            }
        };
        self.0.store.read(awaited).await?;
        let (photo, _keeping) = self.keep_photo(bytes).await?;
        let kept = PhotoKept::from(&photo);
        let hang = move |tx: &mut Tx<'_>| {
            let proof = awaited(tx)?;
            tx.insert_photo(&photo)?;
            tx.put_proof_photo(id, number, photo.sha256)?;
            let act = Act::new(actor, Action::ProofPhotoReceived, SubjectKind::Report.with(proof.report.0))
                .with_detail(json!({ "proof": id, "number": number, "sha256": photo.sha256 }));
            Ok::<_, IntakeError>(((), vec![act]))
        };
        self.0.store.act_with(hang).await?;
        Ok(kept)
    }

    /// Takes a photo off an owner's item. It stays where a report's evidence rests on it. Sends a verified theft of the item
    /// back to unverified.
    ///
    /// # Errors
    /// [`IntakeError::NotOwner`], which is logged; [`StoreError::Missing`] when there is no such item or photo.
    pub async fn remove_item_photo(&self, owner: AccountId, item: ItemId, number: u16) -> Result<(), IntakeError> {
        self.item_of(owner, item).await?;
        let remove = move |tx: &mut Tx<'_>| {
            let before = super::items::owned(tx, owner, item)?;
            tx.delete_item_photo(item, number)?;
            let gone = before.photos.iter().find(|photo| photo.number == number);
            let act = item_photo(Action::ItemPhotoRemoved, owner, item)
                .with_detail(json!({ "number": number, "sha256": gone.map(|photo| photo.sha256) }));
            let mut acts = vec![act];
            let after = super::items::owned(tx, owner, item)?;
            acts.extend(super::items::send_back(tx, &before, &after)?);
            Ok::<_, IntakeError>(((), acts))
        };
        self.0.store.act_with(remove).await
    }

    /// Keeps a photo and hangs it on an item at the number that is chosen inside the transaction: of uploads that come at once
    /// none takes another's place.
    async fn hang_item_photo(
        &self,
        owner: AccountId,
        id: ItemId,
        bytes: Bytes,
        choose: impl Fn(&Item) -> Result<u16, IntakeError> + Send + 'static,
    ) -> Result<(PhotoKept, u16), IntakeError> {
        choose(&super::items::unwithdrawn(self.item_of(owner, id).await?)?)?;
        let (photo, _keeping) = self.keep_photo(bytes).await?;
        let kept = PhotoKept::from(&photo);
        let hang = move |tx: &mut Tx<'_>| {
            let before = super::items::unwithdrawn(super::items::owned(tx, owner, id)?)?;
            let number = choose(&before)?;
            tx.insert_photo(&photo)?;
            let place = PhotoRef {
                number,
                sha256: photo.sha256,
            };
            tx.put_item_photo(id, &place)?;
            let act =
                item_photo(Action::ItemPhotoReceived, owner, id).with_detail(json!({ "number": number, "sha256": photo.sha256 }));
            let mut acts = vec![act];
            let after = super::items::owned(tx, owner, id)?;
            acts.extend(super::items::send_back(tx, &before, &after)?);
            Ok::<_, IntakeError>((number, acts))
        };
        let number = self.0.store.act_with(hang).await?;
        Ok((kept, number))
    }

    /// Takes in the bytes that were fetched for a listing's photo. Does nothing when the photo is no longer wanted from where
    /// they came. Needs the partner's letter to be in force still.
    ///
    /// # Errors
    /// [`IntakeError::NoLetter`]; [`IntakeError::OtherBytes`] when they are not the announced ones; a picture that is refused.
    pub async fn accept_fetched_photo(
        &self,
        listing: ListingId,
        number: u16,
        task: &PhotoTask,
        bytes: Bytes,
    ) -> Result<(), IntakeError> {
        if task.expected.is_some_and(|expected| expected != ContentHash::of(&bytes)) {
            return Err(IntakeError::OtherBytes);
        }
        let (partner, url, expected) = (task.partner, task.url.clone(), task.expected);
        let wanted = move |reader: &Reader<'_>, now: Timestamp| {
            FeedGrant::of(reader, partner, now)??;
            let task = reader.photo_task(listing, number)?;
            Ok::<_, IntakeError>(task.is_some_and(|task| task.url == url && task.expected == expected))
        };
        let (asked_first, now) = (wanted.clone(), self.0.store.clock().now());
        if !self.0.store.read(move |reader| asked_first(reader, now)).await? {
            return Ok(());
        }
        let (photo, _keeping) = self.keep_photo(bytes).await?;
        let hang = move |tx: &mut Tx<'_>| {
            let wanted = wanted(tx, tx.now())?;
            if wanted {
                hold(tx, listing, number, &photo, None)?;
            }
            let act = listing_photo(Actor::Service, listing, number, photo.sha256);
            Ok::<_, IntakeError>(((), if wanted { vec![act] } else { Vec::new() }))
        };
        let store = self.0.store.clone();
        let kept = tokio::task::spawn_blocking(move || store.keep(hang)).await;
        kept.map_err(|_| StoreError::Stopped)?
    }

    /// Reads a picture and puts its bytes on disk. Bytes that are known are not decoded again. Hold the second answer until the
    /// photo's row is committed: upkeep leaves the bytes alone as long.
    ///
    /// # Errors
    /// A picture that is refused; a failure of the store or the files.
    pub async fn keep_photo(&self, bytes: Bytes) -> Result<(Photo, Keeping), IntakeError> {
        let limit = self.0.decode.bytes_max;
        if bytes.len() as u64 > limit {
            let bytes = bytes.len() as u64;
            return Err(PhotoError::TooManyBytes { bytes, limit }.into());
        }
        let sha256 = ContentHash::of(&bytes);
        let known = self.0.store.read(move |reader| reader.photo(sha256)).await?;
        let now = self.0.store.clock().now();
        let photo = match known {
            Some(photo) => photo,
            None => self.decode(sha256, bytes.clone(), now).await?,
        };
        let keeping = self.0.photo_files.keeping().await;
        let parts = Arc::clone(&self.0);
        let kept = tokio::task::spawn_blocking(move || parts.photo_files.keep(&bytes)).await;
        kept.map_err(|_| StoreError::Stopped)?.map_err(files_error)?;
        Ok((photo, keeping))
    }

    async fn decode(&self, sha256: ContentHash, bytes: Bytes, now: Timestamp) -> Result<Photo, IntakeError> {
        let _turn = self.0.decoders.acquire().await.map_err(|_| StoreError::Stopped)?;
        let limits = self.0.decode;
        let decoding = tokio::task::spawn_blocking(move || {
            let reading = decode::read(&bytes, &limits)?;
            Ok::<_, PhotoError>(Photo {
                sha256,
                size_bytes: bytes.len() as u64,
                format: format_word(reading.format).to_owned(),
                width: reading.width,
                height: reading.height,
                body_serial: reading.exif.body_serial,
                lens_serial: reading.exif.lens_serial,
                fingerprint: Some(reading.fingerprint),
                features: Some(reading.features),
                created_at: now,
            })
        });
        Ok(decoding.await.map_err(|_| StoreError::Stopped)??)
    }
}

impl From<&Photo> for PhotoKept {
    fn from(photo: &Photo) -> Self {
        Self {
            sha256: photo.sha256,
            width: photo.width,
            height: photo.height,
        }
    }
}

fn check_number(number: u16) -> Result<(), IntakeError> {
    if (1..=NUMBER_MAX).contains(&number) {
        Ok(())
    } else {
        Err(IntakeError::PhotoNumber { max: NUMBER_MAX })
    }
}

fn hold(tx: &mut Tx<'_>, listing: ListingId, number: u16, photo: &Photo, upload: Option<Upload>) -> Result<(), StoreError> {
    tx.insert_photo(photo)?;
    tx.hold_listing_photo(listing, number, photo.sha256, upload)
}

fn listing_photo(actor: Actor, listing: ListingId, number: u16, sha256: ContentHash) -> Act {
    Act::new(actor, Action::ListingPhotoReceived, SubjectKind::Listing.with(listing.0))
        .with_detail(json!({ "number": number, "sha256": sha256 }))
}

fn item_photo(action: Action, owner: AccountId, item: ItemId) -> Act {
    Act::new(Actor::Account(owner), action, SubjectKind::Item.with(item.0))
}

fn files_error(error: std::io::Error) -> IntakeError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        StoreError::Full.into()
    } else {
        IntakeError::Files(error)
    }
}

fn format_word(format: PhotoFormat) -> &'static str {
    match format {
        PhotoFormat::Jpeg => "jpeg",
        PhotoFormat::Png => "png",
        PhotoFormat::WebP => "webp",
        PhotoFormat::Gif => "gif",
        PhotoFormat::Tiff => "tiff",
        PhotoFormat::Bmp => "bmp",
    }
}
