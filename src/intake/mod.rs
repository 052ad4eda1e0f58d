//! Intake: takes records and photos in, redacted and validated.

use crate::store::{PhotoFiles, Store};

/// The door for records and photos.
#[derive(Clone)]
#[expect(dead_code, reason = "the first function lands with its aggregate")]
pub struct Intake {
    store: Store,
    photo_files: PhotoFiles,
}

impl Intake {
    /// Over this store and these files.
    #[must_use]
    pub fn new(store: Store, photo_files: PhotoFiles) -> Self {
        Self { store, photo_files }
    }
}
