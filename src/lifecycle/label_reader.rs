//! From the configuration to what reads the text on labels, and the lines in the log that say which it is.

use std::time::Duration;

use crate::config::{LabelReader, PhotosConfig};
use crate::jobs::photo_numbers::Tesseract;

/// What reads the text on labels, and says so in the log.
pub(crate) fn label_reader(photos: &PhotosConfig) -> Option<Tesseract> {
    let program = match &photos.tesseract {
        LabelReader::Off => {
            tracing::info!("no text is read off photos: photos.tesseract is off");
            return None;
        }
        LabelReader::At(program) => program.clone(),
        LabelReader::Auto => match Tesseract::installed() {
            Some(program) => program,
            None => {
                tracing::info!("no text is read off photos: tesseract is not installed (Debian: tesseract-ocr)");
                return None;
            }
        },
    };
    match Tesseract::at(&program, Duration::from_secs(photos.tesseract_deadline_s.into())) {
        Ok(tesseract) => {
            tracing::info!(program = %program.display(), version = tesseract.version(), "text is read off photos");
            if !tesseract.is_limited() {
                tracing::warn!("prlimit is not installed (Debian: util-linux): tesseract's memory is not bounded");
            }
            Some(tesseract)
        }
        Err(error) => {
            tracing::error!(program = %program.display(), error = &error as &dyn std::error::Error, "no text is read off photos");
            None
        }
    }
}
