//! Photos: read once, kept before they are acknowledged, then hung on an item or a listing.

use std::sync::Arc;

use bytes::Bytes;
use replevin_index::image::decode::{self, PhotoError, PhotoFormat};
use serde_json::json;
use url::Url;

use super::{FeedGrant, Intake, IntakeError};
use crate::domain::audit::{Act, Action, Actor, SubjectKind};
use crate::domain::ids::{AccountId, ItemId, ListingId, PartnerId};
use crate::domain::photo::{ContentHash, PHOTOS_MAX, Photo, PhotoRef};
use crate::domain::time::Timestamp;
use crate::store::{PhotoTask, StoreError, Tx};

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
    /// [`IntakeError::NoLetter`], which is logged; a picture that is refused; [`StoreError::Missing`] when there is no such listing.
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
        let photo = self.keep_photo(bytes).await?;
        let kept = PhotoKept::from(&photo);
        let hang = move |tx: &mut Tx<'_>| {
            FeedGrant::of(tx, partner, tx.now())??;
            if tx.listing(id)?.is_none() {
                return Err(StoreError::Missing { what: "listing" }.into());
            }
            hold(tx, id, number, &photo)?;
            Ok::<_, IntakeError>(((), vec![listing_photo(actor, id, number, photo.sha256)]))
        };
        self.0.store.act_with(hang).await?;
        Ok(kept)
    }

    /// Takes in a photo of an owner's item, in place of what stood at that number. Another photo than that sends a verified
    /// theft of the item back to unverified.
    ///
    /// # Errors
    /// A picture that is refused; [`IntakeError::NotOwner`]; [`StoreError::Missing`] when there is no such item.
    pub async fn put_item_photo(
        &self,
        owner: AccountId,
        item: ItemId,
        number: u16,
        bytes: Bytes,
    ) -> Result<PhotoKept, IntakeError> {
        check_number(number)?;
        self.item_of(owner, item).await?;
        let photo = self.keep_photo(bytes).await?;
        let kept = PhotoKept::from(&photo);
        let hang = move |tx: &mut Tx<'_>| {
            let before = super::items::owned(tx, owner, item)?;
            tx.insert_photo(&photo)?;
            let place = PhotoRef {
                number,
                sha256: photo.sha256,
            };
            tx.put_item_photo(item, &place)?;
            let act = Act::new(
                Actor::Account(owner),
                Action::ItemPhotoReceived,
                SubjectKind::Item.with(item.0),
            )
            .with_detail(json!({ "number": number, "sha256": photo.sha256 }));
            let mut acts = vec![act];
            let after = super::items::owned(tx, owner, item)?;
            acts.extend(super::items::send_back(tx, &before, &after)?);
            Ok::<_, IntakeError>(((), acts))
        };
        self.0.store.act_with(hang).await?;
        Ok(kept)
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
        let photo = self.keep_photo(bytes).await?;
        let (partner, url): (PartnerId, Url) = (task.partner, task.url.clone());
        let hang = move |tx: &mut Tx<'_>| {
            FeedGrant::of(tx, partner, tx.now())??;
            let wanted = tx.photo_task(listing, number)?.is_some_and(|task| task.url == url);
            if wanted {
                hold(tx, listing, number, &photo)?;
            }
            let act = listing_photo(Actor::Service, listing, number, photo.sha256);
            Ok::<_, IntakeError>(((), if wanted { vec![act] } else { Vec::new() }))
        };
        let store = self.0.store.clone();
        let kept = tokio::task::spawn_blocking(move || store.keep(hang)).await;
        kept.map_err(|_| StoreError::Stopped)?
    }

    /// Reads a picture and puts its bytes on disk. Bytes that are known are not decoded again.
    async fn keep_photo(&self, bytes: Bytes) -> Result<Photo, IntakeError> {
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
        let parts = Arc::clone(&self.0);
        let kept = tokio::task::spawn_blocking(move || parts.photo_files.keep(&bytes)).await;
        kept.map_err(|_| StoreError::Stopped)?.map_err(files_error)?;
        Ok(photo)
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

fn hold(tx: &mut Tx<'_>, listing: ListingId, number: u16, photo: &Photo) -> Result<(), StoreError> {
    tx.insert_photo(photo)?;
    tx.hold_listing_photo(listing, number, photo.sha256)
}

fn listing_photo(actor: Actor, listing: ListingId, number: u16, sha256: ContentHash) -> Act {
    Act::new(actor, Action::ListingPhotoReceived, SubjectKind::Listing.with(listing.0))
        .with_detail(json!({ "number": number, "sha256": sha256 }))
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
