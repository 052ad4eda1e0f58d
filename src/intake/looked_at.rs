//! A picture that is only looked at: read within the limits of those that are kept, and forgotten.

use bytes::Bytes;
use replevin_index::image::decode::{self, PhotoError, PhotoReading};

use super::{Intake, IntakeError};
use crate::store::StoreError;

impl Intake {
    /// Reads a picture without keeping anything of it.
    ///
    /// # Errors
    /// When it is no picture that can be read within the limits.
    pub async fn look_at_photo(&self, bytes: Bytes) -> Result<PhotoReading, IntakeError> {
        let limit = self.0.decode.bytes_max;
        if bytes.len() as u64 > limit {
            let bytes = bytes.len() as u64;
            return Err(PhotoError::TooManyBytes { bytes, limit }.into());
        }
        let _turn = self.0.decoders.acquire().await.map_err(|_| StoreError::Stopped)?;
        let limits = self.0.decode;
        let read = tokio::task::spawn_blocking(move || decode::read(&bytes, &limits)).await;
        Ok(read.map_err(|_| StoreError::Stopped)??)
    }
}
