//! How many edited copies of photos are found again, and how many pairs of different photos are taken for copies.
//!
//!     cargo bench --workspace --bench photos -- ORIGINALS EDITED
//!
//! ORIGINALS holds photos, NAME.jpg; EDITED holds one directory for each edit with edited copies of the same names, and
//! `truth.csv` with lines `original,edit,file` in the order in which they were made; a collage shows the original and the next
//! one to three. Every copy is searched among all originals as a listing in the register, and every original among the copies
//! of an edit as an item in the archive; further arguments bound the copies of each edit and name the edits. `--fill=N` stands N
//! drawn photos beside the originals.
//!
//! One line of JSON for each edit, then a table in percent: found by the hash, by the hash of the picture or a panel; by
//! comparing the features directly with the original's; named as a candidate; proved as such; by hash or features; the other way
//! round; copies taken for another photo. Then the pairs of different photos by corners that lie alike, as the search meets them
//! (every copy with every other original) and compared directly (every two originals). Strangers are named on standard error.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use image::RgbImage;
use replevin_index::image::features::{FeatureIndex, PartComparison, PhotoFeatures, compare, panels};
use replevin_index::image::{PhotoFingerprint, hash};

#[path = "../examples/common/measuring.rs"]
mod measuring;
#[path = "../examples/common/pictures.rs"]
mod pictures;
#[path = "../examples/common/random.rs"]
#[allow(dead_code, reason = "each program draws in its own ways")]
mod random;

use measuring::{Stopwatch, in_parallel};

/// PDQ bits within which a hash alone counts as found.
const HASH_BITS: u16 = 40;
/// Candidates compared for each form of a query, as the engine does.
const CANDIDATES: usize = 8;
/// Copies that share so many corners or more are counted together.
const CORNERS_TOLD: usize = 20;

struct Original {
    name: String,
    fingerprint: PhotoFingerprint,
    features: PhotoFeatures,
}

struct Copy {
    edit: String,
    original: usize,
    /// Others that a collage shows too.
    also: Vec<usize>,
    file: PathBuf,
}

/// What a search by one copy came to.
struct Outcome {
    edit: String,
    original: usize,
    features: PhotoFeatures,
    hash: bool,
    panel_hash: bool,
    /// Comparison with the own original, found through the index, and directly.
    own: Option<PartComparison>,
    direct: bool,
    candidate: bool,
    /// Whether a search by the original finds the copy.
    back: bool,
    /// Comparisons that prove something with others, and the number of others within the hash radius.
    others: Vec<(usize, PartComparison)>,
    other_hashes: usize,
    milliseconds: [f64; 3],
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let fill = std::env::args().find_map(|argument| argument.strip_prefix("--fill=")?.parse().ok());
    let [originals, edited, rest @ ..] = arguments.as_slice() else {
        eprintln!("usage: photos ORIGINALS EDITED [COPIES_A_EDIT] [EDIT,EDIT,…] [--fill=N]");
        return;
    };
    let limit: usize = rest.first().and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
    let only: Vec<&str> = rest.get(1).map(|edits| edits.split(',').collect()).unwrap_or_default();
    let mut originals = read_originals(Path::new(originals));
    let given = originals.len();
    originals.extend(drawn(fill.unwrap_or(0)));
    let index = index_of(originals.iter().map(|original| &original.features));
    let copies = read_truth(Path::new(edited), &originals[..given], limit, &only);
    let mut outcomes = in_parallel(&copies, |copy| search(copy, &originals, &index));
    search_back(&mut outcomes, &originals);
    let mut strangers: BTreeMap<usize, usize> = BTreeMap::new();
    for outcome in &outcomes {
        for (at, found) in &outcome.others {
            name_strangers(&outcome.edit, &originals[outcome.original].name, &originals[*at].name, found);
            *strangers.entry(found.inliers).or_default() += 1;
        }
    }
    report(&outcomes, originals.len());
    let met = copies.iter().map(|copy| originals.len() - 1 - copy.also.len()).sum::<usize>();
    println!(
        "{{\"bench\":\"photo_strangers\",\"by\":\"search\",\"pairs\":{met},\"false_by_corners\":{}}}",
        json(&strangers)
    );
    compare_all(&originals[..given]);
}

/// Every form of every photo, as the engine keeps them.
fn index_of<'a>(photos: impl Iterator<Item = &'a PhotoFeatures>) -> FeatureIndex {
    let mut index = FeatureIndex::new();
    for (slot, features) in photos.enumerate() {
        for (form, features) in features.forms().enumerate() {
            index.insert(slot as u32, form as u16, features);
        }
    }
    index
}

/// The photos that share most corners with any form of this one.
fn candidates(index: &FeatureIndex, features: &PhotoFeatures) -> Vec<usize> {
    let found = features.forms().flat_map(|form| index.candidates(form, CANDIDATES));
    let mut slots: Vec<usize> = found.map(|found| found.slot as usize).collect();
    slots.sort_unstable();
    slots.dedup();
    slots
}

fn read_originals(directory: &Path) -> Vec<Original> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    in_parallel(&files, |file| original(stem(file), &image::open(file).unwrap().into_rgb8()))
}

/// Photos to stand beside the originals; no edit shows one.
fn drawn(count: usize) -> Vec<Original> {
    let numbers: Vec<usize> = (0..count).collect();
    in_parallel(&numbers, |&number| {
        let picture = image::load_from_memory(&pictures::jpeg(number as u64)).unwrap().into_rgb8();
        original(format!("drawn-{number}"), &picture)
    })
}

fn original(name: String, picture: &RgbImage) -> Original {
    Original {
        name,
        fingerprint: hash::fingerprint(picture),
        features: PhotoFeatures::extract(picture),
    }
}

fn read_truth(edited: &Path, originals: &[Original], limit: usize, only: &[&str]) -> Vec<Copy> {
    let by_name: HashMap<&str, usize> = originals
        .iter()
        .enumerate()
        .map(|(at, original)| (original.name.as_str(), at))
        .collect();
    let text = std::fs::read_to_string(edited.join("truth.csv")).unwrap();
    let rows: Vec<[&str; 3]> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.trim().split(',').collect::<Vec<_>>().try_into().ok())
        .collect();
    let mut order: Vec<usize> = rows
        .iter()
        .map(|[original, ..]| by_name[stem(Path::new(original)).as_str()])
        .collect();
    order.dedup();
    let place: HashMap<usize, usize> = order.iter().enumerate().map(|(place, original)| (*original, place)).collect();
    let copy = |[original, edit, file]: &[&str; 3]| {
        let original = by_name[stem(Path::new(original)).as_str()];
        let others = if edit.starts_with("collage") { 3 } else { 0 };
        Copy {
            edit: (*edit).to_owned(),
            original,
            also: (1..=others)
                .map(|step| order[(place[&original] + step) % order.len()])
                .collect(),
            file: edited.join(file),
        }
    };
    let wanted = |copy: &Copy| place[&copy.original] < limit && (only.is_empty() || only.contains(&copy.edit.as_str()));
    let mut copies: Vec<Copy> = rows.iter().map(copy).filter(wanted).collect();
    copies.sort_by(|one, other| one.edit.cmp(&other.edit));
    copies
}

fn search(copy: &Copy, originals: &[Original], index: &FeatureIndex) -> Outcome {
    let picture = image::open(&copy.file).unwrap().into_rgb8();
    let own = &originals[copy.original];
    let start = Stopwatch::start();
    let features = PhotoFeatures::extract(&picture);
    let extracted = start.milliseconds();
    let cut: Vec<RgbImage> = panels(&picture).iter().map(|panel| panel.cut_from(&picture)).collect();
    let prints: Vec<PhotoFingerprint> = std::iter::once(&picture).chain(&cut).map(hash::fingerprint).collect();
    let near = |original: &Original, print| hash::compare(&original.fingerprint, print).pdq_bits <= HASH_BITS;
    let start = Stopwatch::start();
    let candidates = candidates(index, &features);
    let looked_up = start.milliseconds();
    let start = Stopwatch::start();
    let found = candidates.iter().map(|&at| (at, compare(&originals[at].features, &features)));
    let mut found: BTreeMap<usize, PartComparison> = found.filter_map(|(at, found)| Some((at, found?))).collect();
    let verified = start.milliseconds() / candidates.len().max(1) as f64;
    let stranger = |at: &usize| *at != copy.original && !copy.also.contains(at);
    Outcome {
        edit: copy.edit.clone(),
        original: copy.original,
        hash: near(own, &prints[0]),
        panel_hash: prints.iter().any(|print| near(own, print)),
        own: found.remove(&copy.original),
        direct: compare(&own.features, &features).is_some(),
        candidate: candidates.contains(&copy.original),
        back: false,
        others: found.into_iter().filter(|(at, _)| stranger(at)).collect(),
        other_hashes: (0..originals.len())
            .filter(stranger)
            .filter(|at| near(&originals[*at], &prints[0]))
            .count(),
        milliseconds: [extracted, looked_up, verified],
        features,
    }
}

/// Searches the copies of each edit by their originals.
fn search_back(outcomes: &mut [Outcome], originals: &[Original]) {
    for copies in outcomes.chunk_by_mut(|one, other| one.edit == other.edit) {
        let index = index_of(copies.iter().map(|copy| &copy.features));
        for (place, copy) in copies.iter_mut().enumerate() {
            let own = &originals[copy.original].features;
            copy.back = candidates(&index, own).contains(&place) && compare(own, &copy.features).is_some();
        }
    }
}

fn name_strangers(what: &str, one: &str, other: &str, found: &PartComparison) {
    eprintln!(
        "{what}: {one} and {other}: {} corners, likeness {:.2}",
        found.inliers, found.likeness
    );
}

/// How many pairs of different originals are taken for copies, in the half on which limits are chosen and the other, when
/// every two are compared directly.
fn compare_all(originals: &[Original]) {
    let places: Vec<usize> = (0..originals.len()).collect();
    let found = in_parallel(&places, |&place| {
        let others = originals.iter().enumerate().filter(|(other, _)| *other != place);
        let compared = others.map(|(other, photo)| (other, compare(&photo.features, &originals[place].features)));
        compared
            .filter_map(|(other, found)| Some((other, found?)))
            .collect::<Vec<_>>()
    });
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, found) in found.iter().enumerate() {
        for (other, found) in found {
            name_strangers("directly", &originals[place].name, &originals[*other].name, found);
            *taken.entry(found.inliers).or_default() += 1;
        }
    }
    let pairs = originals.len() * originals.len().saturating_sub(1);
    println!(
        "{{\"bench\":\"photo_strangers\",\"by\":\"comparison\",\"pairs\":{pairs},\"false_by_corners\":{}}}",
        json(&taken)
    );
}

fn json(histogram: &BTreeMap<usize, usize>) -> String {
    let parts: Vec<String> = histogram
        .iter()
        .map(|(corners, count)| format!("\"{corners}\":{count}"))
        .collect();
    format!("{{{}}}", parts.join(","))
}

fn report(outcomes: &[Outcome], originals: usize) {
    let mut edits: Vec<&str> = outcomes.iter().map(|outcome| outcome.edit.as_str()).collect();
    edits.sort_unstable();
    edits.dedup();
    let mut table = String::from("edit          copies    hash  panels  direct  candid feature     all    back   false\n");
    for edit in edits.iter().copied().chain([""]) {
        let chosen: Vec<&Outcome> = outcomes
            .iter()
            .filter(|outcome| edit.is_empty() || outcome.edit == edit)
            .collect();
        table += &line(if edit.is_empty() { "all" } else { edit }, &chosen, originals);
    }
    println!("{table}");
    for (place, what) in ["extraction a photo", "candidates a photo", "comparison of a pair"]
        .iter()
        .enumerate()
    {
        let mut times: Vec<f64> = outcomes.iter().map(|outcome| outcome.milliseconds[place]).collect();
        times.sort_by(f64::total_cmp);
        println!("{what}: median {:.2} ms of processor time", times[times.len() / 2]);
    }
}

/// Prints the line of JSON for some copies and gives that of the table.
fn line(name: &str, chosen: &[&Outcome], originals: usize) -> String {
    let share = |test: &dyn Fn(&Outcome) -> bool| {
        100.0 * chosen.iter().filter(|outcome| test(outcome)).count() as f64 / chosen.len() as f64
    };
    let figures = [
        ("hash", share(&|outcome| outcome.hash)),
        ("hash_of_panels", share(&|outcome| outcome.panel_hash)),
        ("direct", share(&|outcome| outcome.direct)),
        ("candidates", share(&|outcome| outcome.candidate)),
        ("features", share(&|outcome| outcome.own.is_some())),
        ("all", share(&|outcome| outcome.hash || outcome.own.is_some())),
        ("back", share(&|outcome| outcome.hash || outcome.back)),
    ];
    let taken = |outcome: &&&Outcome| outcome.other_hashes + outcome.others.len() > 0;
    let untrue = chosen.iter().filter(taken).count();
    let (mut json, mut row) = (String::new(), format!("{name:<12}{:>8}", chosen.len()));
    for (what, figure) in figures {
        json += &format!(",\"{what}\":{figure:.1}");
        row += &format!("{figure:>8.1}");
    }
    let mut corners: BTreeMap<usize, usize> = BTreeMap::new();
    for own in chosen.iter().filter_map(|outcome| outcome.own.as_ref()) {
        *corners.entry(own.inliers.min(CORNERS_TOLD)).or_default() += 1;
    }
    let (copies, pairs, corners) = (chosen.len(), chosen.len() * (originals - 1), self::json(&corners));
    println!(
        "{{\"bench\":\"photos\",\"edit\":\"{name}\",\"copies\":{copies}{json},\"found_by_corners\":{corners},\"false\":{untrue},\"pairs\":{pairs}}}"
    );
    row + &format!("{untrue:>8}\n")
}

fn stem(file: &Path) -> String {
    file.file_stem().unwrap().to_string_lossy().into_owned()
}
