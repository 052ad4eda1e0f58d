//! Photos for the benchmark of pushing: drawn before the clock starts, given to items, sent for listings.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use replevin::app::App;
use replevin::domain::audit::{Act, Action, Actor, SubjectKind};
use replevin::domain::ids::ItemId;
use replevin::domain::photo::{ContentHash, Photo, PhotoRef};
use replevin::store::StoreError;
use replevin_index::image::decode::{DecodeLimits, read};

use crate::measuring::in_parallel;
use crate::support::answered;
use crate::{pictures, support};

/// Items whose photos are entered together.
const ITEMS_AT_ONCE: usize = 500;
/// Photos are sent by so many at once.
const SENDERS: usize = 8;

/// `count` photos from number `first` on.
pub(crate) fn drawn_photos(first: usize, count: usize) -> Vec<Vec<u8>> {
    let numbers: Vec<usize> = (first..first + count).collect();
    in_parallel(&numbers, |number| pictures::jpeg(*number as u64))
}

/// Gives every item a photo of its own.
pub(crate) fn give_photos(app: &App, items: &[ItemId]) {
    let numbered: Vec<(usize, ItemId)> = items.iter().copied().enumerate().collect();
    for some in numbered.chunks(ITEMS_AT_ONCE) {
        let read = in_parallel(some, |(number, item)| (*item, kept_photo(app, *number)));
        let written: Result<(), StoreError> = tokio::task::block_in_place(|| {
            app.store.act_with_blocking(move |tx| {
                for (item, photo) in &read {
                    let (number, sha256) = (1, photo.sha256);
                    tx.insert_photo(photo)?;
                    tx.put_item_photo(*item, &PhotoRef { number, sha256 })?;
                }
                let act = Act::new(Actor::CommandLine, Action::ItemRegistered, SubjectKind::Item.all());
                Ok(((), vec![act]))
            })
        });
        written.unwrap();
    }
}

/// A photo, kept and read as one that is taken in.
pub(crate) fn kept_photo(app: &App, number: usize) -> Photo {
    let bytes = pictures::jpeg(number as u64);
    let reading = read(&bytes, &DecodeLimits::default()).unwrap();
    let sha256: ContentHash = app.photo_files.keep(&bytes).unwrap();
    Photo {
        sha256,
        size_bytes: bytes.len() as u64,
        format: "jpeg".to_owned(),
        width: reading.width,
        height: reading.height,
        body_serial: None,
        lens_serial: None,
        fingerprint: Some(reading.fingerprint),
        features: Some(reading.features),
        created_at: app.clock.now(),
    }
}

/// Sends the photos of the listings from number `first` on, each `each` of them.
pub(crate) async fn send_photos(url: &str, token: &str, first: usize, each: usize, photos: Vec<Vec<u8>>) {
    let (photos, next) = (Arc::new(photos), Arc::new(AtomicUsize::new(0)));
    let senders = (0..SENDERS).map(|_| {
        let (url, token) = (url.to_owned(), token.to_owned());
        let (photos, next) = (Arc::clone(&photos), Arc::clone(&next));
        tokio::spawn(async move {
            let client = support::client();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(photo) = photos.get(place) else { return };
                let (listing, number) = (first + place / each, place % each + 1);
                let request = client.put(format!("{url}/B-{listing}/photos/{number}")).bearer_auth(&token);
                answered(request.header("content-type", "image/jpeg").body(photo.clone())).await;
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
}
