//! `inspect`: what the engine sees in a text or a photo, and whether its photo hashes agree with reference vectors.

use std::io::{self, BufRead};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use replevin_index::identifier::extract::{self, Extracted};
use replevin_index::identifier::{IdentifierKind, Scheme, Validity};
use serde::Serialize;

use super::output::{say, say_json};

mod image;
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
    /// Read photos: size, hashes, what the camera wrote, barcodes, and the text on labels where tesseract is installed.
    #[command(after_help = "Example:\n  replevin inspect image front.jpg back.jpg --json")]
    Image {
        /// The files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Do not read the text on labels, which takes a second a photo.
        #[arg(long)]
        no_text: bool,
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
            What::Image { files, no_text, json } => image::images(&files, no_text, json),
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
}
