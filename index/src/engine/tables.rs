//! The tables in memory: which records stand on a side, their identifiers, their photos' hashes and corners.
//!
//! They are filled from the index on opening and follow it at each commit; nothing here is durable.

use std::collections::HashMap;

use uuid::Uuid;

use super::stored::Summary;
use crate::identifier::FoundIdentifier;
use crate::identifier::near::NearIdentifiers;
use crate::image::features::{FORMS_MAX, FeatureIndex};
use crate::image::near::NearHashes;
use crate::image::{FINGERPRINT_VERSION, Hash256};
use crate::record::SourceKey;

/// One side's records.
#[derive(Default)]
pub(super) struct Tables {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    slot_of_id: HashMap<Uuid, u32>,
    pub(super) identifiers: NearIdentifiers,
    pub(super) photos: NearHashes,
    /// A photo stands in it once for each of its forms, see [`place_of_form`].
    pub(super) features: FeatureIndex,
}

/// What is kept of a record.
pub(super) struct Slot {
    pub(super) id: Uuid,
    pub(super) source: Option<SourceKey>,
    pub(super) identifiers: Box<[FoundIdentifier]>,
}

impl Tables {
    /// Adds a record, in place of the one with the same id.
    pub(super) fn put(&mut self, summary: Summary) {
        self.add(summary, NearHashes::insert);
    }

    /// The same for many; their photos are found after [`Tables::loaded`].
    pub(super) fn load(&mut self, summary: Summary) {
        self.add(summary, NearHashes::stage);
    }

    /// Ends the loading.
    pub(super) fn loaded(&mut self) {
        self.photos.merge();
    }

    fn add(&mut self, summary: Summary, note: fn(&mut NearHashes, u32, u16, &Hash256)) {
        self.remove(summary.id);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as u32
        });
        for (position, found) in (0..).zip(&summary.identifiers) {
            self.identifiers.insert(slot, position, &found.identifier);
        }
        // Hashes of another version are other hashes: nothing here compares to them.
        let photos = (0..)
            .zip(&summary.photos)
            .filter(|(_, photo)| photo.version == FINGERPRINT_VERSION);
        for (index, photo) in photos {
            for hash in [Some(&photo.full), photo.trimmed.as_ref()].into_iter().flatten() {
                note(&mut self.photos, slot, index, hash);
            }
        }
        for (photo, features) in summary.features.iter().enumerate() {
            for (form, features) in features.forms().enumerate() {
                if let Some(place) = place_of_form(photo, form) {
                    self.features.insert(slot, place, features);
                }
            }
        }
        self.slot_of_id.insert(summary.id, slot);
        let identifiers = summary.identifiers.into_boxed_slice();
        self.slots[slot as usize] = Some(Slot {
            id: summary.id,
            source: summary.source,
            identifiers,
        });
    }

    /// Forgets a record; an unknown one is ignored.
    pub(super) fn remove(&mut self, id: Uuid) {
        if let Some(slot) = self.slot_of_id.remove(&id) {
            self.identifiers.remove(slot);
            self.photos.remove(slot);
            self.features.remove(slot);
            self.slots[slot as usize] = None;
            self.free.push(slot);
        }
    }

    pub(super) fn slot(&self, slot: u32) -> Option<&Slot> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.slot_of_id.keys().copied()
    }

    pub(super) fn len(&self) -> usize {
        self.slot_of_id.len()
    }
}

/// Which of a record's photos has the form at a place of the table of features.
pub(super) fn photo_of_place(place: u16) -> usize {
    usize::from(place) / FORMS_MAX
}

/// Where a form of a photo stands in the table of features; none for the photos of a record that has thousands.
fn place_of_form(photo: usize, form: usize) -> Option<u16> {
    u16::try_from(photo * FORMS_MAX + form).ok()
}
