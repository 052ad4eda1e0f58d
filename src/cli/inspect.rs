//! `inspect`: what the engine sees in a text or a photo, and whether its photo hashes agree with reference vectors.

use std::io::{self, BufRead};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use replevin_index::identifier::extract::{self, Extracted};
use replevin_index::identifier::{IdentifierKind, Scheme, Validity};
use replevin_index::image::decode::{DecodeLimits, ExifFacts, PhotoReading, read};
use replevin_index::image::{Dihedral, Hash256, HashPair};
use serde::Serialize;

use super::output::{say, say_json};
use crate::domain::photo::ContentHash;

mod pdq;

/// See what the engine sees.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Find the identifiers in a text, with kind, normal form and what their check digits say.
    #[command(
        after_help = "Example:\n  replevin inspect text 'Stel nr. WBK 123456 Z, pris 1200'\n  cut -f2 texts.tsv | replevin inspect text - --json"
    )]
    Text {
        /// The text, or - for one text a line from standard input.
        text: String,
        /// One JSON object a text.
        #[arg(long)]
        json: bool,
    },
    /// Read photos: size, hashes and what the camera wrote.
    #[command(after_help = "Example:\n  replevin inspect image front.jpg back.jpg --json")]
    Image {
        /// The files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// One JSON object a file.
        #[arg(long)]
        json: bool,
    },
    /// Compare this program's PDQ hashes with reference vectors.
    #[command(after_help = "Example:\n  replevin inspect pdq --vectors vectors.csv --root photos")]
    Pdq(pdq::Pdq),
}

impl Inspect {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Text { text, json } if text == "-" => texts(io::stdin().lock(), json),
            What::Text { text, json } => show_text(&text, json),
            What::Image { files, json } => images(&files, json),
            What::Pdq(command) => command.run(),
        }
    }
}

#[derive(Serialize)]
struct TextView<'a> {
    text: &'a str,
    identifiers: Vec<IdentifierView>,
    /// What might be a serial although nothing says so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    loose: Vec<IdentifierView>,
}

/// One identifier; offsets are characters, not bytes.
#[derive(Serialize)]
struct IdentifierView {
    kind: IdentifierKind,
    scheme: Scheme,
    value: String,
    normalised: String,
    valid: Validity,
    start: usize,
    end: usize,
}

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

impl From<Extracted> for IdentifierView {
    fn from(found: Extracted) -> Self {
        Self {
            kind: found.identifier.kind,
            scheme: found.identifier.scheme,
            value: found.identifier.given,
            normalised: found.identifier.normalised,
            valid: found.identifier.valid,
            start: found.start,
            end: found.end,
        }
    }
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

/// One text a line. A line that is no UTF-8 is named; the others are still read.
fn texts(mut input: impl BufRead, json: bool) -> anyhow::Result<()> {
    let (mut line, mut number, mut faulty) = (Vec::new(), 0, 0);
    loop {
        line.clear();
        number += 1;
        if input.read_until(b'\n', &mut line).context("standard input")? == 0 {
            break;
        }
        let ended = line.strip_suffix(b"\n").unwrap_or(&line);
        match std::str::from_utf8(ended.strip_suffix(b"\r").unwrap_or(ended)) {
            Ok(text) => show_text(text, json)?,
            Err(_) => {
                eprintln!("line {number}: not UTF-8");
                faulty += 1;
            }
        }
    }
    if faulty > 0 {
        bail!("{faulty} lines could not be read");
    }
    Ok(())
}

fn show_text(text: &str, json: bool) -> anyhow::Result<()> {
    let view = view_text(text);
    if json {
        return say_json(&view);
    }
    say(text)?;
    if view.identifiers.is_empty() {
        say("  no identifier")?;
    }
    for found in &view.identifiers {
        say(&format!(
            "  {} {} ({}, valid: {}) at {}–{}: {}",
            word(&found.kind),
            found.normalised,
            word(&found.scheme),
            word(&found.valid),
            found.start,
            found.end,
            found.value
        ))?;
    }
    for found in &view.loose {
        say(&format!(
            "  perhaps a serial {} at {}–{}: {}",
            found.normalised, found.start, found.end, found.value
        ))?;
    }
    Ok(())
}

fn view_text(text: &str) -> TextView<'_> {
    let reading = extract::read(text);
    TextView {
        text,
        identifiers: reading.identifiers.into_iter().map(IdentifierView::from).collect(),
        loose: reading.loose.into_iter().map(IdentifierView::from).collect(),
    }
}

/// The word that files use for a value of an enum.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn images(files: &[PathBuf], json: bool) -> anyhow::Result<()> {
    let mut faulty = 0;
    for path in files {
        let name = path.to_string_lossy();
        match read_photo(path) {
            Ok((sha256, reading)) => show_image(&name, sha256, &reading, json)?,
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

/// Reads a photo within the engine's limits; a file that is too long is not loaded.
fn read_photo(path: &std::path::Path) -> anyhow::Result<(ContentHash, PhotoReading)> {
    let limits = DecodeLimits::default();
    let length = std::fs::metadata(path)?.len();
    if length > limits.bytes_max {
        bail!("the file has {length} bytes, at most {} are accepted", limits.bytes_max);
    }
    let bytes = std::fs::read(path)?;
    let reading = read(&bytes, &limits)?;
    Ok((ContentHash::of(&bytes), reading))
}

fn upright(reading: &PhotoReading) -> HashPair {
    reading.fingerprint.full[Dihedral::Upright as usize]
}

fn view_image<'a>(name: &'a str, sha256: ContentHash, reading: &'a PhotoReading) -> ImageView<'a> {
    let HashPair { pdq, second } = upright(reading);
    ImageView {
        file: name,
        sha256,
        width: reading.width,
        height: reading.height,
        pdq,
        pdq_quality: reading.fingerprint.quality,
        gradient: second,
        exif: ExifView::from(&reading.exif),
    }
}

fn show_image(name: &str, sha256: ContentHash, reading: &PhotoReading, json: bool) -> anyhow::Result<()> {
    let view = view_image(name, sha256, reading);
    if json {
        return say_json(&view);
    }
    say(name)?;
    say(&format!("  size     {} × {} pixels", view.width, view.height))?;
    say(&format!("  sha256   {sha256}"))?;
    say(&format!("  pdq      {} (quality {})", view.pdq, view.pdq_quality))?;
    say(&format!("  gradient {}", view.gradient))?;
    if let serde_json::Value::Object(facts) = serde_json::to_value(&view.exif)? {
        for (field, value) in facts {
            say(&format!("  {field}: {}", value.as_str().unwrap_or_default()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_text_shows_as_the_contract_says() {
        let view = serde_json::to_string(&view_text("Stel nr. WBK 123456 Z, pris 1200")).unwrap();
        assert_eq!(
            view,
            r#"{"text":"Stel nr. WBK 123456 Z, pris 1200","identifiers":[{"kind":"frame_number","scheme":"danish","value":"WBK 123456 Z","normalised":"WBK123456Z","valid":"yes","start":9,"end":21}]}"#
        );
    }

    #[test]
    fn a_photo_shows_both_hashes() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/photos/i-001-1.jpg");
        let (sha256, reading) = read_photo(&path).unwrap();
        let shown = serde_json::to_value(view_image("front.jpg", sha256, &reading)).unwrap();
        let hash = |name: &str| shown[name].as_str().unwrap().to_owned();
        let HashPair { pdq, second } = upright(&reading);
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
