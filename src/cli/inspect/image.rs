//! `inspect image`: what the engine sees in a photo.

use std::path::{Path, PathBuf};

use anyhow::bail;
use replevin_index::identifier::{Identifier, IdentifierKind, Scheme, Validity};
use replevin_index::image::barcode::{self, Barcode, Symbology, meaning};
use replevin_index::image::decode::{DecodeLimits, ExifFacts, PhotoReading, grey, read};
use replevin_index::image::{Dihedral, Hash256, HashPair};
use serde::Serialize;

use super::word;
use crate::cli::output::{say, say_json};
use crate::config::{LabelReader, PhotosConfig};
use crate::domain::photo::ContentHash;
use crate::jobs::photo_numbers::Tesseract;
use crate::jobs::photo_numbers::label::{self, LabelText};
use crate::lifecycle::label_reader;

#[derive(Serialize)]
struct ImageView<'a> {
    file: &'a str,
    sha256: ContentHash,
    width: u32,
    height: u32,
    pdq: Hash256,
    pdq_quality: u8,
    /// The second, independent hash.
    gradient: Hash256,
    exif: ExifView<'a>,
    barcodes: Vec<CodeView>,
    /// The text that tesseract reads, form by form of the picture; absent where it is not installed or not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    label_text: Option<LabelView>,
}

/// A barcode, and the numbers that it carries.
#[derive(Serialize)]
struct CodeView {
    symbology: Symbology,
    text: String,
    identifiers: Vec<NumberView>,
}

/// The text of labels, and the numbers in it.
#[derive(Serialize)]
struct LabelView {
    texts: Vec<String>,
    identifiers: Vec<NumberView>,
}

/// One number off a picture.
#[derive(Serialize)]
struct NumberView {
    kind: IdentifierKind,
    scheme: Scheme,
    value: String,
    normalised: String,
    valid: Validity,
}

impl From<Identifier> for NumberView {
    fn from(identifier: Identifier) -> Self {
        Self {
            kind: identifier.kind,
            scheme: identifier.scheme,
            value: identifier.given,
            normalised: identifier.normalised,
            valid: identifier.valid,
        }
    }
}

/// What the camera wrote, as far as it did; never where.
#[derive(Serialize)]
struct ExifView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    body_serial: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lens_serial: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    camera_owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    make: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_at: Option<&'a str>,
}

impl<'a> From<&'a ExifFacts> for ExifView<'a> {
    fn from(facts: &'a ExifFacts) -> Self {
        Self {
            body_serial: facts.body_serial.as_deref(),
            lens_serial: facts.lens_serial.as_deref(),
            camera_owner: facts.camera_owner.as_deref(),
            make: facts.make.as_deref(),
            model: facts.model.as_deref(),
            taken_at: facts.taken_at.as_deref(),
        }
    }
}

pub(super) fn images(files: &[PathBuf], no_text: bool, json: bool) -> anyhow::Result<()> {
    let photos = PhotosConfig {
        tesseract: if no_text { LabelReader::Off } else { LabelReader::Auto },
        ..PhotosConfig::default()
    };
    let tesseract = label_reader(&photos);
    let mut faulty = 0;
    for path in files {
        let name = path.to_string_lossy();
        match read_whole(path, tesseract.as_ref()) {
            Ok(read) => show_image(&name, &read, json)?,
            Err(error) => {
                eprintln!("{name}: {error:#}");
                faulty += 1;
            }
        }
    }
    if faulty > 0 {
        bail!("{faulty} of {} files could not be read", files.len());
    }
    Ok(())
}

/// Reads a photo's hashes within the engine's limits; a file that is too long is not loaded.
pub(super) fn read_photo(path: &Path) -> anyhow::Result<(ContentHash, PhotoReading)> {
    let bytes = bytes(path)?;
    Ok((ContentHash::of(&bytes), read(&bytes, &DecodeLimits::default())?))
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let limits = DecodeLimits::default();
    let length = std::fs::metadata(path)?.len();
    if length > limits.bytes_max {
        bail!("the file has {length} bytes, at most {} are accepted", limits.bytes_max);
    }
    Ok(std::fs::read(path)?)
}

/// Reads all of a photo.
fn read_whole(path: &Path, tesseract: Option<&Tesseract>) -> anyhow::Result<ReadPhoto> {
    let (bytes, limits) = (bytes(path)?, DecodeLimits::default());
    let picture = grey(&bytes, &limits)?;
    Ok(ReadPhoto {
        sha256: ContentHash::of(&bytes),
        reading: read(&bytes, &limits)?,
        barcodes: barcode::read(&picture, &|| true),
        text: tesseract
            .map(|tesseract| label::read(tesseract, &picture, &|| true))
            .transpose()?,
    })
}

/// What is read from a photo.
struct ReadPhoto {
    sha256: ContentHash,
    reading: PhotoReading,
    barcodes: Vec<Barcode>,
    text: Option<LabelText>,
}

pub(super) fn upright(reading: &PhotoReading) -> HashPair {
    reading.fingerprint.full[Dihedral::Upright as usize]
}

fn view_image<'a>(name: &'a str, read: &'a ReadPhoto) -> ImageView<'a> {
    let reading = &read.reading;
    let HashPair { pdq, second } = upright(reading);
    ImageView {
        file: name,
        sha256: read.sha256,
        width: reading.width,
        height: reading.height,
        pdq,
        pdq_quality: reading.fingerprint.quality,
        gradient: second,
        exif: ExifView::from(&reading.exif),
        barcodes: read.barcodes.iter().map(CodeView::from).collect(),
        label_text: read.text.as_ref().map(LabelView::from),
    }
}

impl From<&Barcode> for CodeView {
    fn from(code: &Barcode) -> Self {
        let numbers = meaning::numbers(code).into_iter();
        Self {
            symbology: code.symbology,
            text: code.text.clone(),
            identifiers: numbers.map(|carried| carried.identifier.into()).collect(),
        }
    }
}

impl From<&LabelText> for LabelView {
    fn from(text: &LabelText) -> Self {
        let numbers = text.numbers().into_iter();
        Self {
            texts: text.texts.clone(),
            identifiers: numbers.map(|found| found.identifier.into()).collect(),
        }
    }
}

fn show_image(name: &str, read: &ReadPhoto, json: bool) -> anyhow::Result<()> {
    let view = view_image(name, read);
    if json {
        return say_json(&view);
    }
    say(name)?;
    say(&format!("  size     {} × {} pixels", view.width, view.height))?;
    say(&format!("  sha256   {}", view.sha256))?;
    say(&format!("  pdq      {} (quality {})", view.pdq, view.pdq_quality))?;
    say(&format!("  gradient {}", view.gradient))?;
    if let serde_json::Value::Object(facts) = serde_json::to_value(&view.exif)? {
        for (field, value) in facts {
            say(&format!("  {field}: {}", value.as_str().unwrap_or_default()))?;
        }
    }
    for code in &view.barcodes {
        say(&format!("  barcode  {} {:?}", word(&code.symbology), code.text))?;
        say_numbers(&code.identifiers)?;
    }
    if let Some(text) = &view.label_text {
        // The first form is the one that was read best.
        for line in text.texts.first().into_iter().flat_map(|text| text.lines()) {
            say(&format!("  text     {line}"))?;
        }
        say_numbers(&text.identifiers)?;
    }
    Ok(())
}

fn say_numbers(numbers: &[NumberView]) -> anyhow::Result<()> {
    for number in numbers {
        say(&format!(
            "    {} {} ({}, valid: {})",
            word(&number.kind),
            number.normalised,
            word(&number.scheme),
            word(&number.valid)
        ))?;
    }
    Ok(())
}

#[cfg(test)]
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_shows_both_hashes() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/photos/i-001-1.jpg");
        let read = read_whole(&path, None).unwrap();
        let shown = serde_json::to_value(view_image("front.jpg", &read)).unwrap();
        let hash = |name: &str| shown[name].as_str().unwrap().to_owned();
        let HashPair { pdq, second } = upright(&read.reading);
        assert_eq!((hash("pdq"), hash("gradient")), (pdq.to_string(), second.to_string()));
        assert_ne!(hash("pdq"), hash("gradient"));
    }

    #[test]
    fn exif_shows_only_what_is_there_and_never_the_place() {
        let facts = ExifFacts {
            body_serial: Some("6012345".to_owned()),
            has_gps: true,
            ..ExifFacts::default()
        };
        let shown = serde_json::to_string(&ExifView::from(&facts)).unwrap();
        assert_eq!(shown, r#"{"body_serial":"6012345"}"#);
    }
}
