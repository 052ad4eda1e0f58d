//! Photos made small for display: re-encoded, so that nothing of the original but the picture leaves the service.

use std::io;
use std::sync::Arc;

use replevin_index::image::decode;

use super::{Intake, IntakeError};
use crate::domain::photo::ContentHash;
use crate::store::StoreError;

impl Intake {
    /// A held photo as JPEG without metadata, its longer side at most `side_max` pixels. Whether the one who asks may see it
    /// is the caller's business. As few pictures are decoded at once as when they are taken in.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when its bytes are not held, [`StoreError::Damaged`] when they are not what they were.
    pub async fn thumbnail(&self, sha256: ContentHash, side_max: u32) -> Result<Vec<u8>, IntakeError> {
        let _turn = self.0.decoders.acquire().await.map_err(|_| StoreError::Stopped)?;
        let parts = Arc::clone(&self.0);
        let shrinking = tokio::task::spawn_blocking(move || {
            let bytes = parts.photo_files.read(sha256).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => StoreError::Missing { what: "photo" },
                io::ErrorKind::InvalidData => StoreError::Damaged { what: "photo" },
                _ => StoreError::Io(error),
            })?;
            Ok::<_, IntakeError>(decode::thumbnail(&bytes, &parts.decode, side_max)?)
        });
        shrinking.await.map_err(|_| StoreError::Stopped)?
    }
}
