//! What a camera wrote into the file about itself.
//!
//! Owns the few facts that help to tell one object from another. The place where a photo was taken is never read, only
//! whether the file holds one.

use std::io::Cursor;

use exif::{Context, Exif, In, Reader, Tag, Value};
use serde::{Deserialize, Serialize};

/// Longest text kept of a field, in characters.
const TEXT_CHARS_MAX: usize = 128;

/// Facts from the EXIF part of a photo; none are there when the file has none. All texts are as the camera wrote them, without
/// control characters and outer blanks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExifFacts {
    /// Serial number of the camera body (tag 0xA431).
    pub body_serial: Option<String>,
    /// Serial number of the lens (tag 0xA435).
    pub lens_serial: Option<String>,
    /// Name of the camera's owner (tag 0xA430): personal data.
    pub camera_owner: Option<String>,
    /// Maker of the camera.
    pub make: Option<String>,
    /// Model of the camera.
    pub model: Option<String>,
    /// When the photo was taken, as written ("2026:11:20 18:00:00", camera time).
    pub taken_at: Option<String>,
    /// Whether the EXIF part says where it was taken.
    pub has_gps: bool,
}

/// Reads the facts from a picture file of any format. A missing or broken EXIF part gives no facts, and no error: the
/// picture is good without.
pub(super) fn facts(bytes: &[u8]) -> ExifFacts {
    let read = Reader::new()
        .continue_on_error(true)
        .read_from_container(&mut Cursor::new(bytes));
    let Ok(exif) = read.or_else(|error| error.distill_partial_result(|_| ())) else {
        return ExifFacts::default();
    };
    ExifFacts {
        body_serial: serial(&exif, Tag::BodySerialNumber),
        lens_serial: serial(&exif, Tag::LensSerialNumber),
        camera_owner: text(&exif, Tag::CameraOwnerName),
        make: text(&exif, Tag::Make),
        model: text(&exif, Tag::Model),
        taken_at: text(&exif, Tag::DateTimeOriginal).filter(|time| time.contains(|c: char| c.is_ascii_digit())),
        has_gps: exif.fields().any(|field| field.tag.context() == Context::Gps),
    }
}

/// A serial of zeros or dashes alone says that the camera has none.
fn serial(exif: &Exif, tag: Tag) -> Option<String> {
    text(exif, tag).filter(|serial| serial.chars().any(|c| c.is_alphanumeric() && c != '0'))
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let Value::Ascii(parts) = &exif.get_field(tag, In::PRIMARY)?.value else {
        return None;
    };
    // The standard ends a text at the first NUL; what follows is rubbish.
    let bytes = parts.first()?.split(|byte| *byte == 0).next()?;
    let clean: String = String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_control()).collect();
    let trimmed: String = clean.trim().chars().take(TEXT_CHARS_MAX).collect();
    (!trimmed.is_empty()).then_some(trimmed)
}
