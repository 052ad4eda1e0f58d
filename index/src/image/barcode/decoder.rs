//! The one door to the decoder: a crop goes in, texts come out.
//!
//! Owns which symbologies are asked for. Left out are those without any check of their own that stripes in a photo imitate:
//! interleaved 2 of 5, Codabar, Telepen. A code without a check character must be read alike in two bands.

use std::collections::HashSet;

use image::GrayImage;
use rxing::common::HybridBinarizer;
use rxing::multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader};
use rxing::oned::MultiFormatOneDReader;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, MultiUseMultiFormatReader, RXingResult, Reader};

use super::{Barcode, Symbology};

/// Height of the bands in which a crop is looked through for linear codes, in pixels; the decoder looks at 15 rows of each.
const BAND_PIXELS: u32 = 40;
/// Fewest characters of a code that has no check character.
const UNCHECKED_CHARACTERS_MIN: usize = 5;

/// Linear codes that lie level in the crop, either way up.
pub(super) fn linear(crop: &GrayImage) -> Vec<Barcode> {
    let formats = [
        BarcodeFormat::CODE_128,
        BarcodeFormat::CODE_39,
        BarcodeFormat::CODE_93,
        BarcodeFormat::EAN_13,
        BarcodeFormat::EAN_8,
        BarcodeFormat::UPC_A,
        BarcodeFormat::UPC_E,
    ];
    let hints = hints(&formats, false);
    let mut reader = MultiFormatOneDReader::new(&hints);
    let bands = (crop.height() / BAND_PIXELS).max(1);
    let height = crop.height() / bands;
    let mut read: Vec<(Barcode, usize)> = Vec::new();
    for band in 0..bands {
        let first = (band * height * crop.width()) as usize;
        let pixels = &crop.as_raw()[first..first + (height * crop.width()) as usize];
        let Ok(source) = Luma8Source::new_with_slice(pixels, crop.width(), height) else {
            continue;
        };
        let found = reader.decode_with_hints(&mut BinaryBitmap::new(HybridBinarizer::new(source)), &hints);
        for code in found.iter().filter_map(barcode) {
            match read.iter_mut().find(|(other, _)| *other == code) {
                Some((_, times)) => *times += 1,
                None => read.push((code, 1)),
            }
        }
    }
    let sure = |(code, times): &(Barcode, usize)| {
        // One decimal digit is no check to speak of in eight.
        let is_checked = match code.symbology {
            Symbology::Code39 => false,
            Symbology::EanUpc => code.text.len() > 8,
            _ => true,
        };
        is_checked || (*times > 1 || bands == 1) && code.text.len() >= UNCHECKED_CHARACTERS_MIN
    };
    read.into_iter().filter(sure).map(|(code, _)| code).collect()
}

/// Stacked rows of stripes that lie level in the crop.
pub(super) fn stacked(crop: &GrayImage) -> Vec<Barcode> {
    two_dimensional(crop, &[BarcodeFormat::PDF_417], &|| true)
}

/// Square codes anywhere in the crop, whatever way they are turned.
pub(super) fn square(crop: &GrayImage, more: &dyn Fn() -> bool) -> Vec<Barcode> {
    two_dimensional(crop, &[BarcodeFormat::QR_CODE, BarcodeFormat::DATA_MATRIX], more)
}

fn two_dimensional(crop: &GrayImage, formats: &[BarcodeFormat], more: &dyn Fn() -> bool) -> Vec<Barcode> {
    let mut read = Vec::new();
    for &format in formats {
        if !more() {
            break;
        }
        let Ok(source) = Luma8Source::new_with_slice(crop.as_raw(), crop.width(), crop.height()) else {
            continue;
        };
        let mut reader = GenericMultipleBarcodeReader::new(MultiUseMultiFormatReader::default());
        let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
        let found = reader.decode_multiple_with_hints(&mut bitmap, &hints(&[format], true));
        read.extend(found.iter().flatten().filter_map(barcode));
    }
    read
}

fn hints(formats: &[BarcodeFormat], harder: bool) -> DecodeHints {
    DecodeHints {
        PossibleFormats: Some(formats.iter().copied().collect::<HashSet<_>>()),
        TryHarder: Some(harder),
        AssumeGs1: Some(true),
        ..DecodeHints::default()
    }
}

fn barcode(result: &RXingResult) -> Option<Barcode> {
    let symbology = match result.getBarcodeFormat() {
        BarcodeFormat::EAN_13 | BarcodeFormat::EAN_8 | BarcodeFormat::UPC_A | BarcodeFormat::UPC_E => Symbology::EanUpc,
        BarcodeFormat::CODE_128 => Symbology::Code128,
        BarcodeFormat::CODE_39 => Symbology::Code39,
        BarcodeFormat::CODE_93 => Symbology::Code93,
        BarcodeFormat::QR_CODE => Symbology::QrCode,
        BarcodeFormat::DATA_MATRIX => Symbology::DataMatrix,
        BarcodeFormat::PDF_417 => Symbology::Pdf417,
        _ => return None,
    };
    Some(Barcode {
        symbology,
        text: result.getText().to_owned(),
    })
}
