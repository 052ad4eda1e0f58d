//! What reading barcodes costs, and which are read how they are photographed.
//!
//!     cargo bench --workspace --bench barcodes                drawn labels, photographed in many ways
//!     cargo bench --workspace --bench barcodes -- PHOTOS      and the photos of a directory, which show none
//!
//! One thread; time on the processor, in milliseconds a photo. A line of JSON for each way, with the share of the codes that are
//! read, symbology by symbology, and one for the photos, with the codes that were read although there are none.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use image::GrayImage;
use replevin_index::image::barcode::read;
use replevin_index::image::decode::{DecodeLimits, grey};
use rxing::BarcodeFormat;

#[path = "../examples/common/codes.rs"]
mod codes;
#[path = "../examples/common/measuring.rs"]
#[allow(dead_code)] // one thread is enough
mod measuring;

use codes::{Shot, label, photographed};
use measuring::Stopwatch;

/// Photos of each way and symbology.
const SHOTS: u64 = 12;
const CODES: [(&str, BarcodeFormat, &str); 7] = [
    ("code_128", BarcodeFormat::CODE_128, "WBK123456Z"),
    ("code_39", BarcodeFormat::CODE_39, "GZ7710345"),
    ("code_93", BarcodeFormat::CODE_93, "GZ7710345"),
    ("ean_13", BarcodeFormat::EAN_13, "4006381333931"),
    ("qr_code", BarcodeFormat::QR_CODE, "S/N: GZ7710345"),
    ("data_matrix", BarcodeFormat::DATA_MATRIX, "1M8GDM9AXKP042788"),
    ("pdf_417", BarcodeFormat::PDF_417, "GZ7710345"),
];

fn main() {
    for (name, shot, turned_at_will) in ways() {
        let (mut figures, mut time, mut wrong) = (String::new(), 0.0, 0);
        for (symbology, format, text) in CODES {
            let label = label(format, text);
            let mut right = 0;
            for number in 0..SHOTS {
                // Nobody holds a camera straight.
                let turned = shot.turned
                    + if turned_at_will {
                        30.0 * number as f32 + 7.0
                    } else {
                        number as f32 % 5.0 - 2.0
                    };
                let picture = photographed(&label, &Shot { turned, ..shot }, number);
                let (codes, taken) = timed(&picture);
                time += taken;
                right += usize::from(codes.iter().any(|code| code == text));
                wrong += codes.iter().filter(|code| *code != text).count();
            }
            figures.push_str(&format!(",\"{symbology}\":{:.2}", right as f64 / SHOTS as f64));
        }
        let ms = time / (SHOTS * CODES.len() as u64) as f64;
        println!("{{\"bench\":\"barcodes {name}\",\"ms\":{ms:.1}{figures},\"wrong\":{wrong}}}");
    }
    if let Some(directory) = std::env::args().skip(1).find(|one| !one.starts_with("--")) {
        let mut files: Vec<_> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let (mut times, mut codes) = (Vec::new(), 0);
        for picture in files
            .iter()
            .filter_map(|file| grey(&std::fs::read(file).unwrap(), &DecodeLimits::default()).ok())
        {
            let (found, taken) = timed(&picture);
            codes += found.len();
            times.push(taken);
        }
        times.sort_by(f64::total_cmp);
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        let worst = times.last().unwrap();
        println!(
            "{{\"bench\":\"barcodes photos\",\"photos\":{},\"ms\":{mean:.1},\"ms_max\":{worst:.1},\"codes\":{codes}}}",
            times.len()
        );
    }
}

/// How labels are photographed, and whether in all directions.
fn ways() -> Vec<(&'static str, Shot, bool)> {
    let plain = Shot::default();
    let small = |module| Shot {
        module,
        blur: 0.4,
        ..plain
    };
    let large = |width, height| Shot { width, height, ..plain };
    vec![
        ("straight", plain, false),
        ("turned", plain, true),
        (
            "perspective 0.2",
            Shot {
                perspective: 0.2,
                ..plain
            },
            true,
        ),
        (
            "perspective 0.4",
            Shot {
                perspective: 0.4,
                ..plain
            },
            true,
        ),
        ("blur 1.0", Shot { blur: 1.0, ..plain }, false),
        ("blur 1.4", Shot { blur: 1.4, ..plain }, false),
        ("noise 10", Shot { noise: 10.0, ..plain }, true),
        ("noise 25", Shot { noise: 25.0, ..plain }, true),
        ("contrast 0.3", Shot { contrast: 0.3, ..plain }, true),
        ("contrast 0.15", Shot { contrast: 0.15, ..plain }, true),
        ("module 1.3", small(1.3), false),
        ("module 1.7", small(1.7), true),
        ("module 4", small(4.0), true),
        ("1600 by 1200", large(1600, 1200), true),
        ("4000 by 3000", large(4000, 3000), true),
    ]
}

fn timed(picture: &GrayImage) -> (Vec<String>, f64) {
    let watch = Stopwatch::start();
    let codes = read(picture, &|| true);
    let taken = watch.milliseconds();
    (codes.into_iter().map(|code| code.text).collect(), taken)
}
