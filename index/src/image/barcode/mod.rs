//! Barcodes in a photo: where one may be, and what it says.
//!
//! Owns the search for places that look like a code, the turn that lays a linear one level, and the containment of the decoder.
//! Leaves what a text means to [`meaning`], and what that is worth to the caller. Work is bounded by the number of places and
//! their pixels; between two attempts the caller is asked whether to go on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use serde::{Deserialize, Serialize};

mod crop;
mod decoder;
pub mod meaning;
mod places;

use crop::Pyramid;
use places::Places;

/// The version of the reader, of what is looked for and of what a text means; what another version read is read again.
pub const BARCODE_VERSION: u16 = 1;

/// Longest text that is kept, in characters; more is a document, not a number.
const TEXT_CHARACTERS_MAX: usize = 512;
/// Most codes of one photo.
const CODES_MAX: usize = 16;

/// How a barcode is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Symbology {
    /// EAN-13, EAN-8, UPC-A and UPC-E: what the trade puts on a product.
    EanUpc,
    /// Code 128 and GS1-128.
    #[serde(rename = "code_128")]
    Code128,
    /// Code 39, without a check character.
    #[serde(rename = "code_39")]
    Code39,
    /// Code 93.
    #[serde(rename = "code_93")]
    Code93,
    /// QR code.
    QrCode,
    /// Data Matrix.
    DataMatrix,
    /// PDF417.
    #[serde(rename = "pdf_417")]
    Pdf417,
}

/// A barcode that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Barcode {
    /// How it is written.
    pub symbology: Symbology,
    /// What it says: no control characters but U+001D, which parts the elements of a GS1 code.
    pub text: String,
}

/// Reads the barcodes of a picture, whatever way they lie. `more` is asked before each attempt; with `false` the reader returns
/// what it has.
#[must_use]
pub fn read(picture: &GrayImage, more: &dyn Fn() -> bool) -> Vec<Barcode> {
    let pyramid = Pyramid::new(picture);
    let places = Places::find(pyramid.overview());
    let mut found = Found(Vec::new());
    for place in &places.striped {
        if !more() || found.is_full() {
            return found.sorted();
        }
        let crop = pyramid.level_crop(place);
        found.add(contained(|| decoder::linear(&crop)));
        found.add(contained(|| decoder::stacked(&crop)));
    }
    for place in &places.busy {
        if !more() || found.is_full() {
            return found.sorted();
        }
        let crop = pyramid.plain_crop(place);
        found.add(contained(|| decoder::square(&crop, more)));
    }
    found.sorted()
}

/// The codes so far, each text once.
struct Found(Vec<Barcode>);

impl Found {
    fn add(&mut self, codes: Vec<Barcode>) {
        for code in codes {
            let text: String = code
                .text
                .trim()
                .chars()
                .filter(|c| !c.is_control() || *c == '\u{1d}')
                .collect();
            let code = Barcode { text, ..code };
            let fits = !code.text.is_empty() && code.text.chars().nth(TEXT_CHARACTERS_MAX).is_none();
            if fits && !self.is_full() && !self.0.contains(&code) {
                self.0.push(code);
            }
        }
    }

    fn is_full(&self) -> bool {
        self.0.len() >= CODES_MAX
    }

    fn sorted(mut self) -> Vec<Barcode> {
        self.0.sort();
        self.0
    }
}

/// The decoder is fed by strangers: where it panics there is no code.
fn contained(work: impl FnOnce() -> Vec<Barcode>) -> Vec<Barcode> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
