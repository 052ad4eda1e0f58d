//! What a photo costs from its bytes to the photos that show a part of it, stage by stage.
//!
//!     cargo bench --workspace --bench photo_stages                    a register of 10,000 drawn photos
//!     cargo bench --workspace --bench photo_stages -- 2000            of 2,000
//!     cargo bench --workspace --bench photo_stages -- 10000 PHOTOS    with the photos of a directory among them
//!
//! The photos that are asked for stand in the register: some hundred drawn ones or, when there is a directory, of its photos.
//! One thread; time on the processor, the mean over the photos, in milliseconds. One line of JSON comes out.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::io::Cursor;
use std::path::PathBuf;

use image::codecs::jpeg::JpegDecoder;
use image::{DynamicImage, RgbImage};
use replevin_index::image::decode::{DecodeLimits, read};
use replevin_index::image::features::{FeatureIndex, PhotoFeatures, compare};
use replevin_index::image::hash;

#[path = "../examples/common/measuring.rs"]
mod measuring;
#[path = "../examples/common/pictures.rs"]
mod pictures;
#[path = "../examples/common/random.rs"]
#[allow(dead_code, reason = "each program draws in its own ways")]
mod random;

use measuring::{Stopwatch, in_parallel};

/// Photos that are asked for.
const ASKED: usize = 200;
/// Candidates compared for each form of a query, as the engine does.
const CANDIDATES: usize = 8;
const STAGES: [&str; 5] = ["decode", "hash", "features", "look_up", "verify"];

/// Where the bytes of a photo come from.
enum Source {
    File(PathBuf),
    Drawn(u64),
}

impl Source {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::File(path) => std::fs::read(path).unwrap(),
            Self::Drawn(number) => pictures::jpeg(*number),
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| !one.starts_with("--")).collect();
    let register: usize = arguments.first().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let mut sources: Vec<Source> = arguments.get(1).map(|directory| files(directory)).unwrap_or_default();
    let given = sources.len().min(register);
    sources.truncate(register);
    sources.extend((given..register).map(|number| Source::Drawn(number as u64)));
    let limits = DecodeLimits::default();
    let photos = in_parallel(&sources, |source| read(&source.bytes(), &limits).unwrap().features);
    let mut index = FeatureIndex::new();
    for (slot, features) in photos.iter().enumerate() {
        for (form, features) in features.forms().enumerate() {
            index.insert(slot as u32, form as u16, features);
        }
    }
    let choice = if given > 0 { given } else { register };
    let asked: Vec<usize> = (0..choice).step_by((choice / ASKED).max(1)).take(ASKED).collect();
    let (mut sums, mut candidates, mut found) = ([0.0; STAGES.len()], 0, 0);
    for &own in &asked {
        let (times, slots) = stages(&sources[own].bytes(), &photos, &index);
        sums.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
        candidates += slots.len();
        found += usize::from(slots.contains(&own));
    }
    assert_eq!(found, asked.len(), "a photo does not find itself");
    let mean = |sum: f64| sum / asked.len() as f64;
    let figures: Vec<String> = STAGES
        .iter()
        .zip(sums)
        .map(|(stage, sum)| format!("\"{stage}_ms\":{:.2}", mean(sum)))
        .collect();
    println!(
        "{{\"bench\":\"photo_stages\",\"register\":{register},\"given\":{given},\"photos\":{},{},\"all_ms\":{:.2},\"candidates\":{:.1}}}",
        asked.len(),
        figures.join(","),
        mean(sums.iter().sum()),
        mean(candidates as f64)
    );
}

fn files(directory: &str) -> Vec<Source> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{directory}: {error}"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jpg"))
        .collect();
    files.sort();
    files.into_iter().map(Source::File).collect()
}

/// The time that each stage took, and the photos that were named.
fn stages(bytes: &[u8], photos: &[PhotoFeatures], index: &FeatureIndex) -> ([f64; STAGES.len()], Vec<usize>) {
    let (picture, decode) = timed(|| decoded(bytes));
    let (_, hash) = timed(|| hash::fingerprint(&picture));
    let (features, extract) = timed(|| PhotoFeatures::extract(&picture));
    let (slots, look_up) = timed(|| {
        let found = features.forms().flat_map(|form| index.candidates(form, CANDIDATES));
        let mut slots: Vec<usize> = found.map(|found| found.slot as usize).collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    });
    let (_, verify) = timed(|| slots.iter().filter_map(|&slot| compare(&photos[slot], &features)).count());
    ([decode, hash, extract, look_up, verify], slots)
}

/// As the library decodes it.
fn decoded(bytes: &[u8]) -> RgbImage {
    let decoder = JpegDecoder::new(Cursor::new(bytes)).unwrap();
    DynamicImage::from_decoder(decoder).unwrap().into_rgb8()
}

fn timed<R>(work: impl FnOnce() -> R) -> (R, f64) {
    let watch = Stopwatch::start();
    let result = work();
    (result, watch.milliseconds())
}
