//! Codes drawn and photographed, and pictures that are none.

use image::Luma;
use proptest::prelude::*;
use rxing::BarcodeFormat;

use self::codes::{Shot, label, photographed};
use super::*;

#[path = "../../../examples/common/codes.rs"]
mod codes;

const ALL: [(BarcodeFormat, Symbology, &str); 7] = [
    (BarcodeFormat::CODE_128, Symbology::Code128, "WBK123456Z"),
    (BarcodeFormat::CODE_39, Symbology::Code39, "GZ7710345"),
    (BarcodeFormat::CODE_93, Symbology::Code93, "GZ7710345"),
    (BarcodeFormat::EAN_13, Symbology::EanUpc, "4006381333931"),
    (BarcodeFormat::QR_CODE, Symbology::QrCode, "S/N: GZ7710345"),
    (BarcodeFormat::DATA_MATRIX, Symbology::DataMatrix, "1M8GDM9AXKP042788"),
    (BarcodeFormat::PDF_417, Symbology::Pdf417, "GZ7710345"),
];

fn shot() -> Shot {
    Shot {
        width: 560,
        height: 420,
        ..Shot::default()
    }
}

fn reads(format: BarcodeFormat, symbology: Symbology, text: &str, shot: &Shot) -> bool {
    let picture = photographed(&label(format, text), shot, 5);
    let expected = Barcode {
        symbology,
        text: text.to_owned(),
    };
    read(&picture, &|| true).contains(&expected)
}

#[test]
fn every_symbology_is_read_off_a_photo() {
    for (format, symbology, text) in ALL {
        assert!(reads(format, symbology, text, &shot()), "{symbology:?}");
    }
}

#[test]
fn linear_codes_are_read_whatever_way_they_lie() {
    let (format, symbology, text) = ALL[0];
    for turned in [12.0, 38.0, 45.0, 90.0, 141.0, 180.0, 270.0, 333.0] {
        assert!(reads(format, symbology, text, &Shot { turned, ..shot() }), "{turned} degrees");
    }
}

#[test]
fn codes_are_read_from_the_side_in_noise_and_in_poor_light() {
    for (format, symbology, text) in [ALL[0], ALL[1], ALL[4]] {
        // Nothing but its corners says how a square code lies.
        let perspective = if symbology == Symbology::QrCode { 0.1 } else { 0.3 };
        let shots = [
            Shot { perspective, ..shot() },
            Shot { noise: 15.0, ..shot() },
            Shot { contrast: 0.3, ..shot() },
        ];
        for shot in shots {
            assert!(reads(format, symbology, text, &shot), "{symbology:?}: {shot:?}");
        }
    }
}

#[test]
fn all_codes_of_a_label_are_read() {
    let mut both = GrayImage::from_pixel(560, 420, Luma([200]));
    for (at, (format, _, text)) in ALL.iter().take(2).enumerate() {
        let code = photographed(
            &label(*format, text),
            &Shot {
                width: 520,
                height: 150,
                ..shot()
            },
            7,
        );
        image::imageops::replace(&mut both, &code, 20, 30 + 200 * at as i64);
    }
    let mut texts: Vec<_> = read(&both, &|| true).into_iter().map(|code| code.text).collect();
    texts.sort();
    assert_eq!(texts, ["GZ7710345", "WBK123456Z"]);
}

#[test]
fn the_caller_can_end_it() {
    let (format, _, text) = ALL[0];
    let picture = photographed(&label(format, text), &shot(), 5);
    assert_eq!(read(&picture, &|| false), []);
}

#[test]
fn small_plain_and_striped_pictures_hold_no_code() {
    let pictures = [
        GrayImage::new(0, 0),
        GrayImage::new(1, 1),
        GrayImage::new(3000, 1),
        GrayImage::from_pixel(300, 200, Luma([90])),
        GrayImage::from_fn(400, 300, |x, _| Luma([if x % 10 < 5 { 20 } else { 220 }])),
        GrayImage::from_fn(400, 300, |x, y| Luma([if (x / 8 + y / 8) % 2 == 0 { 20 } else { 220 }])),
    ];
    for picture in pictures {
        assert_eq!(read(&picture, &|| true), [], "{:?}", picture.dimensions());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_picture_makes_it_panic(width in 0_u32..140, height in 0_u32..140, seed: u64, grain in 1_u32..24, levels in 1_u8..8) {
        let mut state = seed | 1;
        let greys: Vec<u8> = (0..(width * height)).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 56) as u8 / levels).wrapping_mul(levels)
        }).collect();
        let picture = GrayImage::from_fn(width, height, |x, y| Luma([greys[(y / grain * width + x / grain) as usize]]));
        for code in read(&picture, &|| true) {
            prop_assert!(!code.text.is_empty() && code.text.chars().count() <= TEXT_CHARACTERS_MAX);
            prop_assert!(meaning::numbers(&code).len() <= 4);
        }
    }

    #[test]
    fn no_text_makes_its_meaning_panic(text in "\\PC{0,80}", gs1 in "[\\]C12d0-9A-Z\u{1d}]{0,60}") {
        for text in [text, gs1] {
            for symbology in [Symbology::Code128, Symbology::EanUpc, Symbology::QrCode] {
                let numbers = meaning::numbers(&Barcode { symbology, text: text.clone() });
                prop_assert!(numbers.len() <= 4);
            }
        }
    }
}
